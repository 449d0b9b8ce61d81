import * as z from 'zod';
import { configurationSchema } from './schema.js';

type Json = Record<string, unknown>;

/** config.schema.json: what Homebridge and its settings page (homebridge-config-ui-x) want to know of the plugin. */
export function configSchema(): Json {
  const { properties } = z.toJSONSchema(configurationSchema, { target: 'draft-7', io: 'input', override: forForms });
  return {
    pluginAlias: 'Lookout',
    pluginType: 'platform',
    singular: true,
    customUi: true,
    headerDisplay: 'Network cameras in HomeKit at once. A name and a source are all that a camera needs.',
    footerDisplay: 'Every setting is explained in docs/settings.md, which comes with the plugin.',
    schema: { type: 'object', properties, required: ['name'] },
    layout,
  };
}

function forForms({ jsonSchema }: { jsonSchema: Json }): void {
  // Homebridge adds keys of its own; unknown ones are told at start.
  delete jsonSchema['additionalProperties'];
  // The defaults within an object do.
  if (jsonSchema['type'] === 'object') delete jsonSchema['default'];
  // Forms have a field for several types, but none for alternatives.
  const alternatives = jsonSchema['anyOf'];
  if (Array.isArray(alternatives)) {
    delete jsonSchema['anyOf'];
    jsonSchema['type'] = alternatives.map((alternative: Json) => alternative['type']);
  }
  // A text field would show a false as a text.
  if (Array.isArray(jsonSchema['type'])) delete jsonSchema['default'];
}

const folded = (title: string, items: unknown[], key?: string): Json => ({
  ...(key !== undefined && { key }),
  type: 'section',
  title,
  expandable: true,
  expanded: false,
  items,
});

const camera = (...fields: string[]): string[] => fields.map((field) => `cameras[].${field}`);

const cameraItems: readonly unknown[] = [
  ...camera('name', 'source', 'detectSource', 'type', 'audio', 'record'),
  folded('Detection', [
    ...camera('detect.enabled', 'detect.sensitivity', 'detect.hold', 'detect.alertWindow', 'detect.categories'),
    { key: 'cameras[].detect.zones', type: 'array', listItems: 0 },
  ]),
  folded('Doorbell', camera('doorbell.visit', 'doorbell.interval', 'doorbell.chimeSwitch', 'doorbell.sound')),
  folded('ONVIF', [
    ...camera(
      'onvif.enabled',
      'onvif.address',
      'onvif.username',
      'onvif.password',
      'onvif.channel',
      'onvif.events',
      'onvif.trust',
    ),
    { key: 'cameras[].onvif.presets', type: 'array', listItems: 0 },
  ]),
  folded('MQTT', [
    ...camera('mqtt.trust', 'mqtt.frigate'),
    { key: 'cameras[].mqtt.listen', type: 'array', listItems: 0 },
  ]),
  folded(
    'More',
    camera(
      ...['talk', 'talkCodec', 'talkHalfDuplex', 'privacySwitch', 'detectionSwitch'],
      ...['homekit.triggerSwitch', 'homekit.trust', 'id'],
    ),
  ),
];

/**
 * Titles in braces are filled in by the form. It takes each item of a list's layout for one that the list has, and
 * without `listItems` begins every list with an empty one.
 */
const layout: readonly unknown[] = [
  'name',
  {
    key: 'cameras',
    type: 'tabarray',
    title: "{{ value.name || 'New camera' }}",
    items: [{ type: 'div', items: cameraItems }],
  },
  folded('MQTT', [
    ...['url', 'username', 'password', 'passwordFile', 'ca', 'certificate', 'certificateKey'].map(
      (field) => `mqtt.${field}`,
    ),
    ...['topic', 'discovery', 'discoveryTopic', 'frigateTopic'].map((field) => `mqtt.${field}`),
  ]),
  folded('HTTP', ['http.port', 'http.listen', 'http.token']),
  folded('Event store', ['store.url', 'store.keepDays', 'store.pictureDays', 'store.clipDays', 'store.maxGiB']),
  folded('Quiet hours', [{ key: 'quiet', type: 'array', notitle: true, listItems: 0 }]),
  folded('Programs', ['ffmpeg']),
];
