import type { Items } from './answers.js';
import type { OnvifClaim } from './device.js';
import { readable } from './soap.js';

/** What one message of a camera claims. */
export interface Claimed {
  readonly claim: OnvifClaim;
  readonly state: 'begins' | 'ends';
  /** Whether the camera says when it is over. */
  readonly lasts: boolean;
  readonly rule: string | undefined;
}

interface Topic {
  readonly topic: RegExp;
  readonly claim: OnvifClaim;
  /** What has no state in it is a moment that has come, rather than nothing. */
  readonly moment?: true;
}

/** By the topic without prefixes; the first that fits. What is in none of them claims nothing. */
const TOPICS: readonly Topic[] = [
  // Axis counts under the same name.
  { topic: /ObjectAnalytics\/(?!.*(?:Threshold|xinternal))./, claim: 'motion' },
  { topic: /CameraApplicationPlatform\/FenceGuard\b/, claim: 'line' },
  { topic: /CameraApplicationPlatform\/(?:VMD|MotionGuard|LoiteringGuard)\b/, claim: 'motion' },
  { topic: /\/(?:Visitor|RingDetector\/\w+|Doorbell\w*)$/i, claim: 'ring', moment: true },
  { topic: /\/Non_?Motor_?VehicleDetect\w*$/i, claim: 'vehicle' },
  {
    topic: /\/(?:People|Person|Human|HumanShape|Face)(?:Detect\w*|Detection)?$|\/FaceDetection\/\w+$/,
    claim: 'person',
  },
  { topic: /\/(?:Vehicle|Car)(?:Detect\w*)?$/, claim: 'vehicle' },
  { topic: /\/(?:DogCat|Pet|Animal)(?:Detect\w*)?$/, claim: 'animal' },
  // Reolink's doorbells.
  { topic: /\/Package(?:Detect\w*)?$/, claim: 'package' },
  { topic: /\/LineDetector\/Cross\w+$|\/(?:CrossLine\w*|LineCross\w*|Tripwire\w*)$/i, claim: 'line', moment: true },
  { topic: /\/(?:TamperDetector\/\w+|Tamper\w*|GlobalSceneChange(?:\/\w+)?)$/, claim: 'tamper', moment: true },
  { topic: /\/ImageToo(?:Dark|Blurry)(?:\/\w+)?$/, claim: 'tamper' },
  { topic: /\/FieldDetector\/Objects?Inside$|\/(?:Intrusion|CrossRegion|RegionEntrance)\w*$/, claim: 'motion' },
  { topic: /\/LoiteringDetector\/\w+$|\/(?:TpSmartEvent|ObjectDetection)(?:\/\w+)?$/i, claim: 'motion' },
  { topic: /\/(?:CellMotionDetector|MotionRegionDetector|MotionDetector)\/Motion$/, claim: 'motion' },
  { topic: /\/Motion(?:Alarm|Detection|Detector)?$|\/Sensor\/PIR$/, claim: 'motion' },
];

/** Names of items whose value is a state, and what some say by the name alone (TP-Link has one topic for all). */
const STATES = /^(?:State|Active|LogicalState|Detected|Is[A-Z]\w*|Motion|Inside|Alarm|Tampering)$/i;
const BY_ITEM: Readonly<Record<string, OnvifClaim>> = {
  ...{ ispeople: 'person', isperson: 'person', isvehicle: 'vehicle', ispet: 'animal', islinecross: 'line' },
  ...{ istamper: 'tamper' },
};

const TRUE = new Set(['true', '1', 'on', 'active', 'yes']);
const FALSE = new Set(['false', '0', 'off', 'inactive', 'no']);

const CLASS_ITEMS = /^(?:ObjectTypes?|ClassTypes?|ObjectClass(?:es)?|Class(?:es)?|Type)$/i;
const CLASSES: readonly (readonly [RegExp, OnvifClaim])[] = [
  [/human|person|people|pedestrian|face/i, 'person'],
  [/vehicle|\bcar\b|truck|\bbus\b|bicycle|motor|\bbike\b/i, 'vehicle'],
  [/\b(?:package|parcel)s?\b/i, 'package'],
  [/animal|\bdogs?\b|\bcats?\b|\bpets?\b/i, 'animal'],
];

const DOORBELL = /door ?-?_?bell|visitor|\bring(?:er)?\b|klingel/i;

/**
 * What a message claims; undefined for what is of no interest, or says nothing. Where it names a class (`ObjectType`,
 * `ClassTypes`, or the rule itself as Hikvision does), the class is the claim: who crosses a line is a person.
 *
 * @param topic without prefixes: `RuleEngine/CellMotionDetector/Motion`
 */
export function claimOf(topic: string, source: readonly Items[], data: readonly Items[]): Claimed | undefined {
  const rule = ruleOf(source);
  const button = buttonOf(topic, source, data);
  if (button !== undefined) return { ...button, rule };
  const known = TOPICS.find(({ topic: pattern }) => pattern.test(`/${topic}`));
  if (known === undefined) return undefined;
  const classes = classesOf(source, data);
  const named = classes === undefined ? undefined : claimOfClass(classes);
  const item = data.find(({ name, value }) => STATES.test(name) && isState(value));
  const byItem = item === undefined ? undefined : own(BY_ITEM, item.name.toLowerCase());
  const plain = known.claim === 'motion' || known.claim === 'line';
  const claim =
    byItem ?? (plain ? (named ?? (isField(topic) ? claimOfRule(rule) : undefined)) : undefined) ?? known.claim;
  if (item !== undefined) return { claim, state: isTrue(item.value) ? 'begins' : 'ends', lasts: true, rule };
  if (known.moment === true) return { claim, state: 'begins', lasts: false, rule };
  // Profile M has the classes that are there, and an empty list when they are gone.
  return classes === undefined ? undefined : { claim, state: classes === '' ? 'ends' : 'begins', lasts: true, rule };
}

const isTrue = (value: string): boolean => TRUE.has(value.toLowerCase());

const isState = (value: string): boolean => isTrue(value) || FALSE.has(value.toLowerCase());

const own = <T>(table: Readonly<Record<string, T>>, key: string): T | undefined =>
  Object.hasOwn(table, key) ? table[key] : undefined;

/** Mobotix says in words what happens; an input is a doorbell only where it is called so. */
function buttonOf(topic: string, source: readonly Items[], data: readonly Items[]): Omit<Claimed, 'rule'> | undefined {
  if (/(?:^|\/)VideoSource\/Alarm$/.test(topic)) {
    const rings = data.some(({ name, value }) => name === 'State' && /^(?:Ring|CameraBellButton)$/i.test(value));
    return rings ? { claim: 'ring', state: 'begins', lasts: false } : undefined;
  }
  if (!/(?:^|\/)Trigger\/DigitalInput$/.test(topic) || !source.some(({ value }) => DOORBELL.test(value)))
    return undefined;
  const item = data.find(({ name, value }) => STATES.test(name) && isState(value));
  return item && { claim: 'ring', state: isTrue(item.value) ? 'begins' : 'ends', lasts: true };
}

function ruleOf(source: readonly Items[]): string | undefined {
  const rule = readable(source.find(({ name }) => /^Rule(?:Name)?$/i.test(name))?.value ?? '');
  return rule === '' ? undefined : rule;
}

const isField = (topic: string): boolean => /FieldDetector|LineDetector|Intrusion/.test(topic);

const claimOfRule = (rule: string | undefined): OnvifClaim | undefined =>
  /^(?:human|person|people|vehicle|car|animal|pet)$/i.test(rule ?? '') ? claimOfClass(rule ?? '') : undefined;

function classesOf(source: readonly Items[], data: readonly Items[]): string | undefined {
  const said = [...data, ...source].filter(({ name }) => CLASS_ITEMS.test(name));
  return said.length === 0
    ? undefined
    : said
        .map(({ value }) => value)
        .join(' ')
        .trim();
}

const claimOfClass = (classes: string): OnvifClaim | undefined =>
  CLASSES.find(([pattern]) => pattern.test(classes))?.[1];
