import { performance } from 'node:perf_hooks';
import { setTimeout as pauseFor } from 'node:timers/promises';
import { reachable, reachableStream } from './addresses.js';
import * as answers from './answers.js';
import { type IrCutFilter, type OnvifAddress, type OnvifDevice, OnvifError, type OnvifEvent } from './device.js';
import { type EventOptions, pullEvents } from './events.js';
import { type Exchange, exchange as overHttp, UPDATE_IT } from './exchange.js';
import { OnvifRefusal, Session } from './session.js';
import { chosenSource, isOfSource, profilesOfSource, sourcesOf, type Wanted } from './video-sources.js';
import { type Element, escapeXml } from './xml.js';

export interface OnvifDeps {
  /** The device's life: everything of it ends with this. */
  readonly signal: AbortSignal;
  /** Default: that of the largest picture. */
  readonly source?: Wanted;
  /** Ms on the hub's monotonic clock. */
  readonly now?: () => number;
  /** Ms since 1970. */
  readonly wallclock?: () => number;
  readonly exchange?: Exchange;
  readonly pause?: EventOptions['pause'];
  /** For each answer, ms. */
  readonly timeout?: number;
}

const TIMEOUT = 10_000;

const DEVICE = 'http://www.onvif.org/ver10/device/wsdl';
const MEDIA = 'http://www.onvif.org/ver10/media/wsdl';
const MEDIA_2 = 'http://www.onvif.org/ver20/media/wsdl';
const IMAGING = 'http://www.onvif.org/ver20/imaging/wsdl';
const PTZ = 'http://www.onvif.org/ver20/ptz/wsdl';
const SCHEMA = 'http://www.onvif.org/ver10/schema';

const REQUESTS = {
  information: `<GetDeviceInformation xmlns="${DEVICE}"/>`,
  services: `<GetServices xmlns="${DEVICE}"><IncludeCapability>false</IncludeCapability></GetServices>`,
  capabilities: `<GetCapabilities xmlns="${DEVICE}"><Category>All</Category></GetCapabilities>`,
  profiles: `<GetProfiles xmlns="${MEDIA}"/>`,
  profiles2: `<GetProfiles xmlns="${MEDIA_2}"><Type>All</Type></GetProfiles>`,
  outputs: `<GetAudioOutputs xmlns="${MEDIA}"/>`,
  outputs2: `<GetAudioOutputConfigurations xmlns="${MEDIA_2}"/>`,
  streamUri: (token: string) =>
    `<GetStreamUri xmlns="${MEDIA}"><StreamSetup><Stream xmlns="${SCHEMA}">RTP-Unicast</Stream>` +
    `<Transport xmlns="${SCHEMA}"><Protocol>RTSP</Protocol></Transport></StreamSetup>` +
    `<ProfileToken>${escapeXml(token)}</ProfileToken></GetStreamUri>`,
  streamUri2: (token: string) =>
    `<GetStreamUri xmlns="${MEDIA_2}"><Protocol>RTSP</Protocol>` +
    `<ProfileToken>${escapeXml(token)}</ProfileToken></GetStreamUri>`,
  imaging: (source: string) =>
    `<GetImagingSettings xmlns="${IMAGING}"><VideoSourceToken>${escapeXml(source)}</VideoSourceToken></GetImagingSettings>`,
  setFilter: (source: string, filter: IrCutFilter) =>
    `<SetImagingSettings xmlns="${IMAGING}"><VideoSourceToken>${escapeXml(source)}</VideoSourceToken><ImagingSettings>` +
    `<IrCutFilter xmlns="${SCHEMA}">${filter.toUpperCase()}</IrCutFilter></ImagingSettings>` +
    '<ForcePersistence>true</ForcePersistence></SetImagingSettings>',
  presets: (profile: string) =>
    `<GetPresets xmlns="${PTZ}"><ProfileToken>${escapeXml(profile)}</ProfileToken></GetPresets>`,
  goTo: (profile: string, preset: string) =>
    `<GotoPreset xmlns="${PTZ}"><ProfileToken>${escapeXml(profile)}</ProfileToken>` +
    `<PresetToken>${escapeXml(preset)}</PresetToken></GotoPreset>`,
};

/**
 * Finds out what a camera offers by ONVIF, and logs in. Rejects with an `OnvifError` where there is no ONVIF, where the
 * login is refused, which is tried once in each way that the camera knows, and where nothing answers; whatever else
 * fails is not offered.
 */
export async function openOnvif(address: OnvifAddress, deps: OnvifDeps): Promise<OnvifDevice> {
  const { signal, wallclock = Date.now, exchange = overHttp, timeout = TIMEOUT } = deps;
  const session = new Session({ address, wallclock, exchange, timeout, signal });
  const optional = async (answer: Promise<Element>): Promise<Element | undefined> => {
    try {
      return await answer;
    } catch (error) {
      // What is refused, hangs or cannot be read is not offered, once it is known that there is a camera.
      if (error instanceof OnvifError && error.fault !== 'login' && session.spoke && !signal.aborted) return undefined;
      throw error;
    }
  };
  await session.readClock().catch((error: unknown) => {
    // Then the clock is taken for right, and the next answer says what this is.
    if (!(error instanceof OnvifError) || error.fault !== 'nonsense') throw error;
  });
  // One after the other until the login has held: cameras lock accounts after a few wrong ones at once.
  const information = answers.informationOf(await optional(session.call(session.device, REQUESTS.information)));
  const named: answers.ServiceAddresses = {
    ...answers.capabilitiesOf(await optional(session.call(session.device, REQUESTS.capabilities))),
    ...answers.servicesOf(await optional(session.call(session.device, REQUESTS.services))),
  };
  const services = new Map<answers.Service, URL>();
  for (const service of answers.SERVICES) {
    const url = reachable(named[service] ?? '', session.device);
    if (named[service] !== undefined && url !== undefined) services.set(service, url);
  }
  if (services.size === 0)
    throw new OnvifError('nonsense', `${address.host} names no ONVIF service that could be used: ${UPDATE_IT}.`);
  const { source = { channel: undefined, streams: true } } = deps;
  const call = (url: URL, body: string) => optional(session.call(url, body));
  const found = await survey(services, call, (profiles) => chosenSource(address.host, profiles, source));
  return new Device(address.host, session, services, information, deps, found);
}

/** What was found when it was opened. */
interface Survey {
  readonly all: readonly answers.FoundProfile[];
  /** Of the source that is meant. */
  readonly profiles: readonly answers.FoundProfile[];
  /** That source; undefined where it cannot be told. */
  readonly meant: string | undefined;
  /** Whose filter can be switched. */
  readonly source: string | undefined;
  readonly filter: IrCutFilter | undefined;
  /** The profile whose lens moves, where it has presets. */
  readonly moving: string | undefined;
  readonly outputs: boolean;
}

type Services = ReadonlyMap<answers.Service, URL>;

async function survey(
  services: Services,
  call: (url: URL, body: string) => Promise<Element | undefined>,
  choose: (profiles: readonly answers.FoundProfile[]) => string | undefined,
): Promise<Survey> {
  const ask = async (service: answers.Service, body: string | undefined): Promise<Element | undefined> => {
    const url = services.get(service);
    return url === undefined || body === undefined ? undefined : call(url, body);
  };
  const first = answers.profilesOf(await ask('media', REQUESTS.profiles), 'media');
  const second = answers.profilesOf(await ask('media2', REQUESTS.profiles2), 'media2');
  const all = answers.mergeProfiles(first, second);
  const meant = choose(all);
  const profiles = profilesOfSource(all, meant);
  const source = profiles.find(({ source }) => source !== undefined)?.source;
  const moving = profiles.find(({ moves }) => moves)?.profile.token;
  const [imaging, presets, outputs, outputs2] = await Promise.all([
    ask('imaging', source === undefined ? undefined : REQUESTS.imaging(source)),
    ask('ptz', moving === undefined ? undefined : REQUESTS.presets(moving)),
    ask('media', REQUESTS.outputs),
    services.has('media') ? undefined : ask('media2', REQUESTS.outputs2),
  ]);
  return {
    ...{ all, profiles, meant, source, filter: answers.irCutFilterOf(imaging) },
    moving: presets === undefined ? undefined : moving,
    outputs: answers.hasOutputs(outputs) || answers.hasOutputs(outputs2),
  };
}

class Device implements OnvifDevice {
  readonly sources: number;
  readonly profiles: OnvifDevice['profiles'];
  readonly offers: OnvifDevice['offers'];

  constructor(
    private readonly host: string,
    private readonly session: Session,
    private readonly services: Services,
    readonly information: OnvifDevice['information'],
    private readonly deps: OnvifDeps,
    private readonly found: Survey,
  ) {
    this.sources = sourcesOf(found.all).length;
    this.profiles = found.profiles.map(({ profile }) => profile);
    this.offers = {
      events: services.has('events'),
      presets: found.moving !== undefined,
      nightVision: found.filter !== undefined,
      backchannel: found.outputs,
    };
  }

  get clockOffset(): number {
    return this.session.clockOffset;
  }

  async streamUrl(profile: string, signal: AbortSignal): Promise<string> {
    const found = this.found.profiles.find(({ profile: { token } }) => token === profile);
    if (found === undefined) throw new OnvifRefusal(`${this.host} has no ONVIF profile of that name.`, undefined);
    const body = found.by === 'media' ? REQUESTS.streamUri(profile) : REQUESTS.streamUri2(profile);
    const said = answers.streamUriOf(await this.#ask(found.by, body, signal)) ?? '';
    const url = reachableStream(said, this.session.device);
    if (url !== undefined) return url;
    throw new OnvifError('nonsense', `${this.host} names no RTSP address for its picture: ${UPDATE_IT}.`);
  }

  async *events(signal: AbortSignal): AsyncGenerator<OnvifEvent, void> {
    const { now = () => performance.now(), wallclock = Date.now, timeout = TIMEOUT } = this.deps;
    const pause: EventOptions['pause'] = this.deps.pause ?? (async (ms, signal) => pauseFor(ms, undefined, { signal }));
    const { all, meant } = this.found;
    yield* pullEvents({
      hears: (source) => isOfSource(all, meant, source),
      ...{ session: this.session, service: this.#service('events'), host: this.host, now, wallclock, timeout, pause },
      signal: AbortSignal.any([signal, this.deps.signal]),
    });
  }

  async irCutFilter(signal: AbortSignal): Promise<IrCutFilter> {
    const filter = answers.irCutFilterOf(await this.#ask('imaging', REQUESTS.imaging(this.found.source ?? ''), signal));
    if (filter !== undefined) return filter;
    throw new OnvifRefusal(`${this.host} does not say how it sees at night.`, undefined);
  }

  async setIrCutFilter(filter: IrCutFilter, signal: AbortSignal): Promise<void> {
    await this.#ask('imaging', REQUESTS.setFilter(this.found.source ?? '', filter), signal);
  }

  async presets(signal: AbortSignal): ReturnType<OnvifDevice['presets']> {
    return answers.presetsOf(await this.#ask('ptz', REQUESTS.presets(this.found.moving ?? ''), signal));
  }

  async goTo(preset: string, signal: AbortSignal): Promise<void> {
    await this.#ask('ptz', REQUESTS.goTo(this.found.moving ?? '', preset), signal);
  }

  async #ask(service: answers.Service, body: string, signal: AbortSignal): Promise<Element> {
    return this.session.call(this.#service(service), body, { signal });
  }

  #service(service: answers.Service): URL {
    const url = this.services.get(service);
    if (url === undefined) throw new OnvifRefusal(`${this.host} does not offer that by ONVIF.`, undefined);
    return url;
  }
}
