import { slugOf } from '../settings/slug.js';

/** What the house is told, and what it may say, by topic. `root` is the setting `mqtt.topic`. */

export const statusTopic = (root: string): string => `${root}/status`;

/** What is to be known of the hub. */
export const hubTopic = (root: string): string => `${root}/diagnostics`;

/** A camera's own topics. */
export const cameraTopic = (root: string, camera: string, name: CameraTopic): string => `${root}/${camera}/${name}`;

export type CameraTopic =
  | 'availability'
  | 'motion'
  | 'ring'
  | 'event'
  | 'picture'
  | 'diagnostics'
  | 'trigger'
  | 'feedback'
  | `zone/${string}`
  | `mode/${SettableMode}`
  | `set/${SettableMode | 'preset'}`
  | DetectedCategory;

/** Categories that an event may have beside plain motion. */
export const DETECTED = ['person', 'vehicle', 'animal', 'package'] as const;
export type DetectedCategory = (typeof DETECTED)[number];

/** What can be switched over MQTT, where the camera has such a switch at all. */
export const SETTABLE = ['privacy', 'detection', 'chime'] as const;
export type SettableMode = (typeof SETTABLE)[number];

/** The part of a topic that stands for a zone or a preset: different for those with different names. */
export function topicKeys(names: readonly string[]): ReadonlyMap<string, string> {
  const taken = new Set<string>();
  return new Map(
    names.map((name) => {
      const plain = slugOf(name);
      let key = plain;
      for (let nth = 2; taken.has(key); nth++) key = `${plain}-${nth}`;
      taken.add(key);
      return [name, key];
    }),
  );
}

/** What a topic of ours asks for; undefined where it asks for nothing. */
export type Asked =
  | { readonly camera: string; readonly kind: 'trigger' | 'feedback' }
  | { readonly camera: string; readonly kind: 'set'; readonly mode: string };

export function askedOf(root: string, topic: string): Asked | undefined {
  if (!topic.startsWith(`${root}/`)) return undefined;
  const [camera = '', kind, mode, ...rest] = topic.slice(root.length + 1).split('/');
  if ((kind === 'trigger' || kind === 'feedback') && mode === undefined) return { camera, kind };
  return kind === 'set' && mode !== undefined && rest.length === 0 ? { camera, kind, mode } : undefined;
}

/** What is subscribed to of our own topics. */
export const ownFilters = (root: string): string[] => [`${root}/+/trigger`, `${root}/+/set/+`, `${root}/+/feedback`];
