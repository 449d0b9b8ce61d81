import { isAbsolute } from 'node:path';
import * as z from 'zod';
import { parseAddress } from './address.js';
import { flag, group, list, oneOf, reading, text } from './checks.js';

const BROKER = 'an mqtt://, mqtts://, ws:// or wss:// URL';
const TOPIC = 'a topic of up to 200 characters without spaces, "+" and "#", and without "/" at its ends';
const HEARD = 'a topic of up to 200 characters without "+" and "#"';
const FILE = 'the absolute path of a file';
const LOGIN = 'a text of up to 256 characters';
const PATH = 'names and numbers with dots between them, such as "after.label" or "actions.0"';

const topic = () => z.string({ error: TOPIC }).regex(/^[^+#\s/$](?:[^+#\s]{0,198}[^+#\s/])?$/, TOPIC);

const file = () => text(FILE).refine((path) => isAbsolute(path), { error: FILE });

/** The broker, and how to be let in. */
export const mqttSchema = group({
  url: reading(z.string({ error: BROKER }), (value) => parseAddress(value, ['mqtt', 'mqtts', 'ws', 'wss'], BROKER))
    .exactOptional()
    .meta({
      title: 'Broker',
      description: 'Left out: no MQTT.',
      placeholder: 'mqtt://user:password@127.0.0.1:1883',
    }),
  username: text(LOGIN, 256).exactOptional().meta({
    title: 'User name',
    description: 'Where it is not in the URL.',
  }),
  password: text(LOGIN, 256).exactOptional().meta({
    title: 'Password',
    description: 'Where it is not in the URL.',
  }),
  passwordFile: file().exactOptional().meta({
    title: 'File with the password',
    description: 'Its first line is the password, so that it need not stand here.',
    placeholder: '/run/secrets/mqtt',
  }),
  ca: file().exactOptional().meta({
    title: 'Certificate authority',
    description: 'A PEM file: the broker’s certificate has to be signed by it. Left out: by one that the system knows.',
    placeholder: '/etc/mosquitto/ca.crt',
  }),
  certificate: file().exactOptional().meta({
    title: 'Client certificate',
    description: 'A PEM file, for brokers that ask for one.',
  }),
  certificateKey: file().exactOptional().meta({ title: 'Client certificate’s key', description: 'A PEM file.' }),
  topic: topic().default('lookout').meta({
    title: 'Topic',
    description: 'What all topics begin with.',
  }),
  discovery: flag().default(true).meta({ title: 'Announce to Home Assistant' }),
  discoveryTopic: topic().default('homeassistant').meta({
    title: 'Home Assistant’s topic',
    description: 'What its discovery topics begin with.',
  }),
  frigateTopic: topic().default('frigate').meta({
    title: 'Frigate’s topic',
    description: 'What Frigate’s topics begin with, for cameras that have a name there.',
  }),
}).superRefine(({ certificate, certificateKey }, context) => {
  if ((certificate === undefined) === (certificateKey === undefined)) return;
  const missing = certificate === undefined ? 'certificate' : 'certificateKey';
  context.addIssue({ code: 'custom', path: [missing], message: 'a certificate and its key, or neither' });
});

/** What a topic of somebody else may say of a camera. */
const SAYS = ['motion', 'ring', 'person', 'vehicle', 'animal', 'package'] as const;

const heard = group({
  topic: z
    .string({ error: HEARD })
    .trim()
    .regex(/^[^+#\0]{1,200}$/, HEARD)
    .meta({
      title: 'Topic',
      placeholder: 'zigbee2mqtt/door-button',
    }),
  path: z
    .string({ error: PATH })
    .trim()
    .regex(/^[^.\s]{1,64}(?:\.[^.\s]{1,64}){0,7}$/, PATH)
    .exactOptional()
    .meta({
      title: 'Path',
      description: 'Where in the JSON of a message the value stands. Left out: the message is the value.',
      placeholder: 'action',
    }),
  on: text('a text of up to 64 characters', 64).default('ON').meta({
    title: 'On',
    description: 'The value that says so.',
  }),
  off: text('a text of up to 64 characters', 64).default('OFF').meta({
    title: 'Off',
    description: 'The value that says that it is over.',
  }),
  says: oneOf(SAYS).default('motion').meta({ title: 'Says' }),
});

/** What a camera hears over MQTT beside its own topics. */
export const cameraMqttSchema = group({
  trust: flag().default(false).meta({
    title: 'Believe what comes over MQTT',
    description: 'What others say is an event, even if the hub sees nothing. Otherwise they make the hub look.',
  }),
  frigate: z
    .string({ error: 'the name of a camera in Frigate' })
    .regex(/^[\w-]{1,64}$/, 'the name of a camera in Frigate')
    .exactOptional()
    .meta({
      title: 'Name in Frigate',
      description: 'Frigate’s events of this camera are heard.',
      placeholder: 'front_door',
    }),
  listen: list(heard, 'a list of topics', 32).prefault([]).meta({
    title: 'Topics',
    description: 'Buttons, motion sensors and other cameras’ detectors, which speak of this camera.',
  }),
});
