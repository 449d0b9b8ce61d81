import type { IrCutFilter, OnvifInformation, OnvifPreset, OnvifProfile } from './device.js';
import { readable } from './soap.js';
import { all, at, type Element, find, textAt } from './xml.js';

/** What a camera's answers say, each undefined or empty where it says nothing that can be used. Nothing here throws. */

const MOST_PROFILES = 64;
const MOST_PRESETS = 256;
const MOST_MESSAGES = 256;
const MOST_ITEMS = 32;
const LONGEST_TOKEN = 256;
const LONGEST_ADDRESS = 2_048;

/** Of GetSystemDateAndTime: ms since 1970. */
export function clockOf(answer: Element): number | undefined {
  const utc = find(answer, 'UTCDateTime');
  const number = (...path: readonly string[]): number => Number.parseInt(textAt(utc, ...path) ?? '', 10);
  const [year, month, day] = [number('Date', 'Year'), number('Date', 'Month'), number('Date', 'Day')];
  const time = Date.UTC(
    ...([year, month - 1, day, number('Time', 'Hour'), number('Time', 'Minute'), number('Time', 'Second')] as const),
  );
  return Number.isNaN(time) ? undefined : time;
}

export function informationOf(answer: Element | undefined): OnvifInformation {
  const said = (name: string): string | undefined => {
    const text = readable(textAt(answer, name) ?? '');
    return text === '' ? undefined : text;
  };
  return { maker: said('Manufacturer'), model: said('Model'), firmware: said('FirmwareVersion') };
}

export const SERVICES = ['media', 'media2', 'events', 'imaging', 'ptz'] as const;
export type Service = (typeof SERVICES)[number];

/** Where services are, as the camera names it. */
export type ServiceAddresses = Readonly<Partial<Record<Service, string>>>;

const NAMESPACES: Readonly<Record<Service, string>> = {
  media: '/ver10/media/wsdl',
  media2: '/ver20/media/wsdl',
  events: '/ver10/events/wsdl',
  imaging: '/ver20/imaging/wsdl',
  ptz: '/ver20/ptz/wsdl',
};

/** What is longer than any address is none: it would be sent back again and again. */
function addressAt(element: Element | undefined, ...path: readonly string[]): string | undefined {
  const said = textAt(element, ...path);
  return said === undefined || said.length > LONGEST_ADDRESS ? undefined : said;
}

/** Of GetServices. */
export function servicesOf(answer: Element | undefined): ServiceAddresses {
  const services = all(answer, 'Service');
  return addresses((service) => {
    const offered = services.find((said) => textAt(said, 'Namespace')?.endsWith(NAMESPACES[service]) === true);
    return addressAt(offered, 'XAddr');
  });
}

/** Of GetCapabilities, which knows no second media service. */
export function capabilitiesOf(answer: Element | undefined): ServiceAddresses {
  const capabilities = at(answer, 'Capabilities');
  const names = { media: 'Media', media2: undefined, events: 'Events', imaging: 'Imaging', ptz: 'PTZ' };
  return addresses((service) => {
    const name = names[service];
    const said = name === undefined ? undefined : at(capabilities, name);
    const isPulled = service !== 'events' || textAt(said, 'WSPullPointSupport')?.toLowerCase() !== 'false';
    return isPulled ? addressAt(said, 'XAddr') : undefined;
  });
}

const addresses = (of: (service: Service) => string | undefined): ServiceAddresses =>
  Object.fromEntries(SERVICES.flatMap((service) => (of(service) === undefined ? [] : [[service, of(service)]])));

/** A profile, and what else of it is asked for. */
export interface FoundProfile {
  readonly profile: OnvifProfile;
  /** Its video source's token. */
  readonly source: string | undefined;
  /** The token of what it has set for that source. */
  readonly configuration: string | undefined;
  readonly moves: boolean;
  readonly by: 'media' | 'media2';
}

/** Of GetProfiles, the first media service's or the second's. */
export const profilesOf = (answer: Element | undefined, by: FoundProfile['by']): readonly FoundProfile[] =>
  all(answer, 'Profiles')
    .slice(0, MOST_PROFILES)
    .flatMap((said) => {
      const token = tokenOf(said);
      if (token === undefined) return [];
      const part = (first: string, second: string): Element | undefined =>
        at(said, first) ?? at(said, 'Configurations', second);
      const profile = {
        ...{ token, name: readable(textAt(said, 'Name') ?? token) },
        video: videoOf(part('VideoEncoderConfiguration', 'VideoEncoder')),
        audio: part('AudioEncoderConfiguration', 'AudioEncoder') !== undefined,
      };
      const configuration = part('VideoSourceConfiguration', 'VideoSource');
      const of = {
        source: textAt(configuration, 'SourceToken'),
        configuration: configuration && tokenOf(configuration),
      };
      return [{ profile, ...of, moves: part('PTZConfiguration', 'PTZ') !== undefined, by }];
    });

const CODECS: Readonly<Record<string, 'h264' | 'hevc' | 'jpeg'>> = {
  ...{ H264: 'h264', AVC: 'h264', H265: 'hevc', HEVC: 'hevc', JPEG: 'jpeg', MJPEG: 'jpeg' },
};

function videoOf(encoder: Element | undefined): OnvifProfile['video'] {
  const encoding = textAt(encoder, 'Encoding');
  if (encoding === undefined) return undefined;
  const name = encoding.toUpperCase().replace(/[^A-Z0-9]/g, '');
  const size = (side: string): number => sizeOf(textAt(encoder, 'Resolution', side));
  const codec = Object.hasOwn(CODECS, name) ? CODECS[name] : undefined;
  return { codec: codec ?? 'other', width: size('Width'), height: size('Height') };
}

const sizeOf = (text: string | undefined): number => (/^\d{1,5}$/.test(text ?? '') ? Number(text) : 0);

/**
 * What both media services say of one camera: the first one's order. It cannot express HEVC, and names it H.264 or
 * nothing, so there the second is right.
 */
export function mergeProfiles(
  first: readonly FoundProfile[],
  second: readonly FoundProfile[],
): readonly FoundProfile[] {
  const merged = first.map((found) => {
    const other = second.find(({ profile }) => profile.token === found.profile.token);
    const knowsMore = found.profile.video === undefined || other?.profile.video?.codec === 'hevc';
    const { source = other?.source, configuration = other?.configuration } = found;
    const all = { ...found, source, configuration };
    return other?.profile.video !== undefined && knowsMore ? { ...all, profile: other.profile, by: other.by } : all;
  });
  const known = new Set(first.map(({ profile }) => profile.token));
  return [...merged, ...second.filter(({ profile }) => !known.has(profile.token))].slice(0, MOST_PROFILES);
}

function tokenOf(element: Element): string | undefined {
  const token = element.attributes.get('token');
  return token === undefined || token === '' || token.length > LONGEST_TOKEN ? undefined : token;
}

/** Of GetStreamUri of either media service. */
export const streamUriOf = (answer: Element): string | undefined =>
  addressAt(answer, 'MediaUri', 'Uri') ?? addressAt(answer, 'Uri');

const FILTERS: Readonly<Record<string, IrCutFilter>> = { ON: 'on', OFF: 'off', AUTO: 'auto' };

/** Of GetImagingSettings. */
export function irCutFilterOf(answer: Element | undefined): IrCutFilter | undefined {
  const said = textAt(answer, 'ImagingSettings', 'IrCutFilter')?.toUpperCase() ?? '';
  return Object.hasOwn(FILTERS, said) ? FILTERS[said] : undefined;
}

/** Of GetPresets; those without a name are called by their token. */
export const presetsOf = (answer: Element | undefined): readonly OnvifPreset[] =>
  all(answer, 'Preset')
    .slice(0, MOST_PRESETS)
    .flatMap((preset) => {
      const token = tokenOf(preset);
      const name = readable(textAt(preset, 'Name') ?? '');
      return token === undefined ? [] : [{ token, name: name === '' ? token : name }];
    });

/** Of GetAudioOutputs, or GetAudioOutputConfigurations of the second media service. */
export const hasOutputs = (answer: Element | undefined): boolean =>
  all(answer, 'AudioOutputs').length + all(answer, 'Configurations').length > 0;

/** When something ends by the camera's own clock: what is left of it, ms. */
export type Lease = number | undefined;

export interface Subscription {
  readonly address: string;
  /** What goes into the header of all that is said to it. */
  readonly parameters: readonly Element[];
  readonly lease: Lease;
}

/** Of CreatePullPointSubscription; undefined where it names no address. */
export function subscriptionOf(answer: Element): Subscription | undefined {
  const reference = at(answer, 'SubscriptionReference');
  const address = addressAt(reference, 'Address');
  if (address === undefined) return undefined;
  const parameters = at(reference, 'ReferenceParameters')?.children ?? [];
  return { address, parameters: parameters.slice(0, MOST_ITEMS), lease: leaseOf(answer) };
}

/** Of what is answered to a pull or a renewal, too. Times of day differ by hours from ours, their difference does not. */
export function leaseOf(answer: Element): Lease {
  const from = timeOf(textAt(answer, 'CurrentTime'));
  const until = timeOf(textAt(answer, 'TerminationTime'));
  const left = from === undefined || until === undefined ? Number.NaN : until - from;
  return left > 0 && left < 86_400_000 ? left : undefined;
}

/** ms since 1970; undefined for what is no time. Without a zone it is UTC, as ONVIF has it. */
export function timeOf(text: string | undefined): number | undefined {
  const [, stamp, zone] = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?)(Z|[+-]\d\d:\d\d)?$/.exec(text ?? '') ?? [];
  if (stamp === undefined) return undefined;
  const time = Date.parse(`${stamp}${zone ?? 'Z'}`);
  return Number.isNaN(time) ? undefined : time;
}

export interface Items {
  readonly name: string;
  readonly value: string;
}

/** One message of an event topic. */
export interface Notice {
  /** `RuleEngine/CellMotionDetector/Motion`: without prefixes. */
  readonly topic: string;
  readonly operation: 'Initialized' | 'Changed' | 'Deleted';
  readonly time: number | undefined;
  readonly source: readonly Items[];
  readonly data: readonly Items[];
}

/** Of PullMessages. */
export const noticesOf = (answer: Element): readonly Notice[] =>
  all(answer, 'NotificationMessage')
    .slice(0, MOST_MESSAGES)
    .flatMap((said) => {
      const message = at(said, 'Message', 'Message');
      const topic = textAt(said, 'Topic');
      if (message === undefined || topic === undefined || topic.length > LONGEST_TOKEN) return [];
      const operation = message.attributes.get('PropertyOperation');
      return [
        {
          topic: topic.replaceAll(/[^/:\s]+:/g, '').replaceAll(/[\s]|\/+$/g, ''),
          operation: operation === 'Initialized' || operation === 'Deleted' ? operation : 'Changed',
          time: timeOf(message.attributes.get('UtcTime')),
          source: [...itemsOf(message, 'Source'), ...itemsOf(message, 'Key')],
          data: itemsOf(message, 'Data'),
        },
      ];
    });

const itemsOf = (message: Element, part: string): readonly Items[] =>
  all(at(message, part), 'SimpleItem')
    .slice(0, MOST_ITEMS)
    .flatMap(({ attributes }) => {
      const [name, value] = [attributes.get('Name'), attributes.get('Value')];
      return name === undefined || value === undefined ? [] : [{ name, value: value.slice(0, LONGEST_TOKEN).trim() }];
    });
