import * as z from 'zod';
import { parseAddress } from './address.js';
import { flag, group, list, reading, text, wholeNumber } from './checks.js';
import { isOnvif, type OnvifSource, type SourceAddress } from './source-address.js';

const SERVICE = 'an http:// or https:// URL';
const LOGIN = 'a text of up to 256 characters';
const PRESET = 'a name of 1 to 64 characters';
/** Each is a switch in HomeKit. */
const MOST_PRESETS = 16;

/** Where a source names no host. */
export const SERVICE_NEEDED = `${SERVICE}, as the source names no host`;

/** What is asked of a camera by ONVIF, beside its streams. */
export const onvifSchema = group({
  // A form writes false where nobody ticked it.
  enabled: flag().default(false).meta({
    title: 'Use ONVIF',
    description: 'It is used anyway where the source is onvif://, or anything else here is set.',
  }),
  address: reading(z.string({ error: SERVICE }), (value) => parseAddress(value, ['http', 'https'], SERVICE))
    .exactOptional()
    .meta({
      title: 'Address',
      description: 'Left out: the host of the source, port 80.',
      placeholder: 'http://192.168.1.20:8000',
    }),
  username: text(LOGIN, 256).exactOptional().meta({
    title: 'User name',
    description: 'Left out: that of the address or the source.',
  }),
  password: text(LOGIN, 256).exactOptional().meta({
    title: 'Password',
    description: 'Left out: that of the address or the source.',
  }),
  channel: wholeNumber(1, 256).exactOptional().meta({
    title: 'Channel',
    description: 'Of a recorder, or a camera with several lenses. Left out: the one with the largest picture.',
  }),
  events: flag().default(true).meta({
    title: 'Hear what the camera sees',
    description: 'Motion, persons, vehicles, lines that are crossed, and the button of a doorbell.',
  }),
  trust: flag().default(false).meta({
    title: 'Believe what the camera sees',
    description: 'It is an event, even if the hub sees nothing. Otherwise it makes the hub look.',
  }),
  presets: list(text(PRESET, 64), 'a list of names', MOST_PRESETS).default([]).meta({
    title: 'Presets',
    description: 'Names of positions of a camera that moves: each becomes a switch in HomeKit.',
    uniqueItems: true,
  }),
});

type Onvif = z.output<typeof onvifSchema>;

/** A camera is not asked for what nobody wants. Defaults alone are what the form leaves behind. */
export const wantsOnvif = (
  source: SourceAddress | OnvifSource,
  { enabled, address, username, password, channel, trust, presets }: Onvif,
): boolean =>
  isOnvif(source) ||
  enabled ||
  [address, username, password, channel].some((given) => given !== undefined) ||
  trust ||
  presets.length > 0;
