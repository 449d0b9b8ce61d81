import * as z from 'zod';

/**
 * What Home Assistant takes as a discovery message, component by component, stricter than it is: what it does not know
 * it drops without a word, and here that is refused. Written after home-assistant/core of 2026 (for single components, of
 * the years before), `homeassistant/components/mqtt/`: `schemas.py` (`MQTT_ENTITY_COMMON_SCHEMA`, device, origin,
 * availability), `config.py` (`MQTT_BASE_SCHEMA`, `MQTT_RO_SCHEMA`, `MQTT_RW_SCHEMA`), `binary_sensor.py`, `button.py`, `camera.py`,
 * `event.py`, `switch.py` (`PLATFORM_SCHEMA_MODERN`), `util.py` (topics), `discovery.py` (`TOPIC_MATCHER`); the device
 * classes after the `__init__.py` of the component itself.
 */

/** `valid_topic`: no empty one, nothing that UTF-8 does not have, no control characters. */
const topic = z
  .string()
  .min(1)
  .refine((text) => text.isWellFormed() && Buffer.byteLength(text) <= 65_535 && !/\p{Cc}/u.test(text));
/** `valid_publish_topic`; what we announce is heard without wildcards, too. */
const plainTopic = topic.refine((text) => !/[+#]/.test(text));
const text = z.string();
const template = z.string();
/** `cv.configuration_url` */
const url = z.url({ protocol: /^(https?|homeassistant)$/ });
/** `cv.icon` */
const icon = z.string().includes(':');
const qos = z.literal([0, 1, 2]);
const seconds = z.int().min(0);

const device = z
  .strictObject({
    identifiers: z.array(text),
    connections: z.array(z.tuple([text, text])),
    manufacturer: text,
    model: text,
    model_id: text,
    name: text,
    hw_version: text,
    serial_number: text,
    sw_version: text,
    via_device: text,
    suggested_area: text,
    configuration_url: url,
  })
  .partial()
  .refine(({ identifiers = [], connections = [] }) => identifiers.length + connections.length > 0);

const origin = z.strictObject({ name: text, sw_version: text.optional(), support_url: url.optional() });

const payloads = { payload_available: text.optional(), payload_not_available: text.optional() };
const availability = z.strictObject({ topic: plainTopic, ...payloads, value_template: template.optional() });

/** Every entity's. `unique_id` and `origin` may be left out in Home Assistant, and then a device is none. */
const common = {
  availability: z.array(availability).min(1),
  availability_mode: z.enum(['all', 'any', 'latest']).optional(),
  ...payloads,
  device,
  entity_picture: z.url().optional(),
  origin,
  enabled_by_default: z.boolean().optional(),
  visible_by_default: z.boolean().optional(),
  entity_category: z.enum(['config', 'diagnostic']).optional(),
  icon: icon.optional(),
  json_attributes_topic: plainTopic.optional(),
  json_attributes_template: template.optional(),
  message_expiry_interval: seconds.optional(),
  unique_id: text.min(1),
  /** `MQTT_BASE_SCHEMA` */
  qos: qos.optional(),
  encoding: text.optional(),
  group: z.array(text).optional(),
  /** Null: it is called as its device is. */
  name: text.min(1).nullable(),
};

/** `<component>.<slug>`: what else it is, Home Assistant makes a slug of. */
const entityId = (component: string) => z.string().regex(new RegExp(`^${component}\\.[a-z\\d]+(_[a-z\\d]+)*$`));

const readOnly = { state_topic: plainTopic, value_template: template.optional() };
const onOff = { payload_on: text.optional(), payload_off: text.optional() };

export const BINARY_SENSOR_CLASSES = [
  ...['battery', 'battery_charging', 'carbon_monoxide', 'cold', 'connectivity', 'door', 'garage_door', 'gas', 'heat'],
  ...['light', 'lock', 'moisture', 'motion', 'moving', 'occupancy', 'opening', 'plug', 'power', 'presence', 'problem'],
  ...['running', 'safety', 'smoke', 'sound', 'tamper', 'update', 'vibration', 'window'],
];

export const SCHEMAS = {
  binary_sensor: z.strictObject({
    ...common,
    ...readOnly,
    ...onOff,
    default_entity_id: entityId('binary_sensor'),
    device_class: z.enum(BINARY_SENSOR_CLASSES).nullish(),
    expire_after: seconds.optional(),
    force_update: z.boolean().optional(),
    off_delay: seconds.optional(),
    /** Home Assistant adds no binary sensor that is there to configure something. */
    entity_category: z.literal('diagnostic').optional(),
  }),
  button: z.strictObject({
    ...common,
    command_topic: plainTopic,
    command_template: template.optional(),
    payload_press: text.optional(),
    retain: z.boolean().optional(),
    device_class: z.enum(['identify', 'restart', 'update']).nullish(),
    default_entity_id: entityId('button'),
  }),
  camera: z.strictObject({
    ...common,
    topic: plainTopic,
    image_encoding: z.literal('b64').optional(),
    default_entity_id: entityId('camera'),
  }),
  event: z
    .strictObject({
      ...common,
      ...readOnly,
      event_types: z.array(text.min(1)).min(1),
      device_class: z.enum(['doorbell', 'button', 'motion']).optional(),
      default_entity_id: entityId('event'),
    })
    // `DoorbellEventType`
    .refine(({ device_class, event_types }) => device_class !== 'doorbell' || event_types.includes('ring')),
  switch: z.strictObject({
    ...common,
    ...onOff,
    command_topic: plainTopic,
    command_template: template.optional(),
    state_topic: plainTopic.optional(),
    value_template: template.optional(),
    state_on: text.optional(),
    state_off: text.optional(),
    optimistic: z.boolean().optional(),
    retain: z.boolean().optional(),
    device_class: z.enum(['outlet', 'switch']).nullish(),
    default_entity_id: entityId('switch'),
  }),
} as const;

/** `<prefix>/<component>/<node>/<object>/config`, by `TOPIC_MATCHER`. */
const ANNOUNCEMENT = /^(\w+)\/(?:[\w-]+\/)?[\w-]+\/config$/;

/** What Home Assistant would have against a discovery message; empty where it would have nothing. */
export function objections(prefix: string, name: string, payload: unknown): string[] {
  const [, component = ''] = ANNOUNCEMENT.exec(name.slice(prefix.length + 1)) ?? [];
  if (!name.startsWith(`${prefix}/`) || !Object.hasOwn(SCHEMAS, component)) return [`${name} announces nothing`];
  const { error } = SCHEMAS[component as keyof typeof SCHEMAS].safeParse(payload);
  return error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? [];
}
