import { once } from 'node:events';
import { setPriority } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import type { Mosquitto } from './mosquitto.js';

/** What is thrown at a topic, line by line, over and over. */
export interface Target {
  readonly topic: string;
  readonly lines: readonly string[];
}

export interface Flooded {
  /** Messages that the publishers have passed on to the broker. */
  readonly sent: number;
  /** From the first of them to the last, ms. */
  readonly took: number;
}

export interface FloodOptions {
  /** Messages a second, of all targets. */
  readonly rate: number;
  /** How long, ms. */
  readonly duration: number;
}

/** Between two portions, ms. */
const BEAT = 20;

/** Whoever floods and the broker are other computers as a rule: they take nothing of the processor that the hub wants. */
const NICE = 19;

/**
 * Throws messages at a broker's topics with a mosquitto_pub for each. One that does not keep up is given less; what is
 * counted has left it.
 */
export async function flood(
  broker: Mosquitto,
  targets: readonly Target[],
  { rate, duration }: FloodOptions,
): Promise<Flooded> {
  setPriority(broker.pid, NICE);
  const began = performance.now();
  const each = await Promise.all(targets.map((target) => pour(broker, target, rate / targets.length, duration)));
  return { sent: each.reduce((sum, sent) => sum + sent, 0), took: performance.now() - began };
}

async function pour(broker: Mosquitto, { topic, lines }: Target, rate: number, duration: number): Promise<number> {
  const publisher = broker.publisher(topic);
  const { stdin } = publisher;
  if (stdin === null) throw new Error('mosquitto_pub hears nothing');
  if (publisher.pid !== undefined) setPriority(publisher.pid, NICE);
  const ended = once(publisher, 'exit');
  const began = performance.now();
  let sent = 0;
  for (let now = began; now < began + duration; now = performance.now()) {
    const due = Math.floor(((now - began) * rate) / 1000) - sent;
    // What was missed is not made up for.
    const portion = Math.max(0, Math.min(due, Math.ceil((rate * BEAT * 5) / 1000)));
    const text = Array.from({ length: portion }, (_, nth) => `${lines[(sent + nth) % lines.length] ?? ''}\n`).join('');
    await new Promise<void>((resolve, reject) => {
      stdin.write(text, (error) => {
        if (error) reject(error);
        else resolve();
      });
    });
    sent += portion;
    await setTimeout(BEAT);
  }
  stdin.end();
  const [code] = (await ended) as [number | null];
  if (code !== 0) throw new Error(`mosquitto_pub has ended with ${code}`);
  return sent;
}

/**
 * What a house may write to a camera that hears all there is to hear, and what nobody should.
 *
 * @param root what the topics begin with
 * @param mapped a topic of somebody else's
 */
export const targetsOf = (root: string, camera: string, mapped: string): Target[] => [
  {
    topic: `${root}/${camera}/trigger`,
    lines: [
      'motion',
      '{"says":"person","confidence":0.5,"box":[0.1,0.1,0.2,0.4]}',
      '{"says":"vehicle","id":"again"}',
      '{"says":"motion","at":5}',
      'ring',
      '{"says":',
      `"${'x'.repeat(2000)}"`,
    ],
  },
  { topic: `${root}/${camera}/set/detection`, lines: ['OFF', 'ON', 'perhaps'] },
  { topic: `${root}/${camera}/set/chime`, lines: ['OFF', 'ON'] },
  {
    topic: `${root}/${camera}/feedback`,
    lines: ['{"event":"0mm7p6yo0tf9iro","verdict":"wrong"}', '{"event":1}', 'wrong'],
  },
  { topic: mapped, lines: ['{"action":"single","battery":90}', '{"action":"double"}', '{}', 'single'] },
  { topic: `${root}/nobody/trigger`, lines: ['ring'] },
];
