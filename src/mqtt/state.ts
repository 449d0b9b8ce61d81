import type { StoredEvent } from '../events/event.js';
import { cameraTopic, DETECTED, type SettableMode, topicKeys } from './topics.js';

/** What is said on a topic. Retained, so that whoever comes later hears it, too. */
export type States = ReadonlyMap<string, string>;

/** All that is told of a camera as a state. */
export interface CameraState {
  readonly id: string;
  readonly online: boolean;
  /** Pictures are looked at. */
  readonly watching: boolean;
  /** That go on, by their ids. */
  readonly ongoing: readonly Pick<StoredEvent, 'category' | 'zones' | 'heldBack'>[];
  readonly zones: readonly string[];
  readonly modes: Readonly<Partial<Record<SettableMode, boolean>>>;
  /** In words, without secrets; undefined where nothing is wrong. */
  readonly reason: string | undefined;
  /** Milliseconds since the epoch. */
  readonly since: number;
}

const onOff = (on: boolean): string => (on ? 'ON' : 'OFF');

/**
 * A camera's states by topic. An event that is held back for where or when it is switches nothing on; one that follows
 * another does, as that one has.
 */
export function statesOf(root: string, camera: CameraState): States {
  const { id, online, watching, ongoing, zones, modes, reason, since } = camera;
  const told = ongoing.filter(({ heldBack }) => heldBack === undefined || heldBack === 'preceding-event');
  const keys = topicKeys(zones);
  const topic = (name: Parameters<typeof cameraTopic>[2]): string => cameraTopic(root, id, name);
  return new Map([
    [topic('availability'), online ? 'online' : 'offline'],
    [topic('motion'), onOff(told.length > 0)],
    ...DETECTED.map((category): [string, string] => [
      topic(category),
      onOff(told.some((event) => event.category === category)),
    ]),
    ...zones.map((zone): [string, string] => [
      topic(`zone/${keys.get(zone) ?? zone}`),
      onOff(told.some((event) => event.zones.includes(zone))),
    ]),
    ...(Object.entries(modes) as [SettableMode, boolean][]).map(([mode, on]): [string, string] => [
      topic(`mode/${mode}`),
      onOff(on),
    ]),
    [topic('diagnostics'), JSON.stringify({ online, watching, since, ...(reason !== undefined && { reason }) })],
  ]);
}
