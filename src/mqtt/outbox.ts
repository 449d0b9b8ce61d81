import { appendFile, chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { Log } from '../camera/log.js';
import { readUpTo, writeWhole } from '../camera/whole-file.js';
import { codeOf } from '../events/files.js';
import { type Entry, entryOf, type Letter, lineOf } from './outbox-lines.js';

export interface OutboxOptions {
  /** `lookout`, below Homebridge's storage folder. */
  readonly folder: string;
  readonly log: Pick<Log, 'warn'>;
  readonly limits?: OutboxLimits;
}

export interface OutboxLimits {
  readonly letters: number;
  /** Of topics and payloads. */
  readonly bytes: number;
}

/** Days of a busy house; in memory, too. */
const LIMITS: OutboxLimits = { letters: 5000, bytes: 8 * 1024 * 1024 };
/** What is delivered stays in the file until it has so many bytes. */
const COMPACT_AT = 256 * 1024;
/** Lines that are read without letting others work. */
const AT_ONCE = 200;

export const outboxPath = (folder: string): string => join(folder, 'mqtt-outbox.jsonl');

/**
 * What is to be delivered in order, each once, over restarts of the broker and of the hub: a file to which both what
 * comes in and what is delivered is appended. Its owner closes it.
 */
export class Outbox {
  readonly #options: OutboxOptions;
  readonly #limits: OutboxLimits;
  readonly #path: string;
  /** By their numbers, the oldest first. */
  readonly #waiting = new Map<number, Letter>();
  #bytes = 0;
  #last = 0;
  #delivered = 0;
  #lost = 0;
  #unwritten: string[] = [];
  #fileBytes = 0;
  #writing: Promise<void> | undefined;
  #failed = false;

  private constructor(options: OutboxOptions) {
    this.#options = options;
    this.#limits = options.limits ?? LIMITS;
    this.#path = outboxPath(options.folder);
  }

  /** Never rejects: what cannot be read is given up, which is said. */
  static async open(options: OutboxOptions): Promise<Outbox> {
    const outbox = new Outbox(options);
    await outbox.#read();
    return outbox;
  }

  /** The next to be delivered. */
  get head(): Letter | undefined {
    return this.#waiting.values().next().value;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** @param payload made for its number */
  add(topic: string, payload: (number: number) => string): void {
    const number = ++this.#last;
    const letter = { number, topic, payload: payload(number) };
    this.#keep(letter);
    this.#append({ kind: 'letter', letter });
    while (this.#waiting.size > this.#limits.letters || (this.#bytes > this.#limits.bytes && this.#waiting.size > 1)) {
      this.#lose();
    }
  }

  /** The broker has it. */
  delivered(number: number): void {
    this.#take(number);
    this.#delivered = Math.max(this.#delivered, number);
    this.#append({ kind: 'delivered', number });
  }

  /** How many were given up for want of room since this was last asked. */
  takeLost(): number {
    const lost = this.#lost;
    this.#lost = 0;
    return lost;
  }

  /** Resolves when all is written, or cannot be. */
  async close(): Promise<void> {
    await this.#writing;
    if (this.#unwritten.length > 0) await (this.#writing = this.#write());
  }

  #keep(letter: Letter): void {
    this.#waiting.set(letter.number, letter);
    this.#bytes += sizeOf(letter);
  }

  #take(number: number): void {
    const letter = this.#waiting.get(number);
    if (letter === undefined) return;
    this.#waiting.delete(number);
    this.#bytes -= sizeOf(letter);
  }

  #lose(): void {
    const { head } = this;
    if (head === undefined) return;
    if (this.#lost === 0) {
      const { letters, bytes } = this.#limits;
      const room = `${letters} messages or ${Math.round(bytes / 1024 / 1024)} MiB`;
      this.#options.log.warn(`MQTT: the broker has been away for more than ${room}; the oldest events are not told.`);
    }
    this.#lost++;
    this.#take(head.number);
    this.#append({ kind: 'delivered', number: head.number });
  }

  #append(entry: Entry): void {
    this.#unwritten.push(lineOf(entry));
    this.#writing ??= this.#write();
  }

  /** Whatever has come in the meantime is written at once. */
  async #write(): Promise<void> {
    // Whoever adds goes on first.
    await setImmediate();
    while (this.#unwritten.length > 0) {
      const text = this.#unwritten.join('');
      this.#unwritten = [];
      try {
        await this.#writeText(text);
        this.#failed = false;
      } catch (error) {
        this.#fail(error);
      }
    }
    this.#writing = undefined;
  }

  async #writeText(text: string): Promise<void> {
    const grown = this.#fileBytes + Buffer.byteLength(text);
    if (grown <= COMPACT_AT + 2 * this.#bytes && !this.#failed) {
      await appendFile(this.#path, text, { mode: 0o600 });
      this.#fileBytes = grown;
      return;
    }
    // All that is still needed; lines that were to be appended are in it.
    const entries: Entry[] = [{ kind: 'delivered', number: this.#delivered }];
    for (const letter of this.#waiting.values()) entries.push({ kind: 'letter', letter });
    const whole = entries.map(lineOf).join('');
    this.#unwritten = [];
    await writeWhole(this.#path, whole);
    this.#fileBytes = Buffer.byteLength(whole);
  }

  #fail(error: unknown): void {
    if (!this.#failed)
      this.#options.log.warn(
        `MQTT: what the broker has not heard yet cannot be kept over a restart (${reasonOf(error)}). ` +
          'See who owns Lookout’s folder, and whether the disk is full.',
      );
    this.#failed = true;
  }

  async #read(): Promise<void> {
    let text: string | undefined;
    try {
      text = await readUpTo(this.#path, COMPACT_AT + 4 * this.#limits.bytes);
      await chmod(this.#path, 0o600);
      if (text === undefined) throw new Error('it is too large');
    } catch (error) {
      // Numbers go on from a time that no earlier outbox has reached.
      this.#last = Date.now();
      this.#delivered = this.#last;
      if (codeOf(error) === 'ENOENT') {
        this.#append({ kind: 'delivered', number: this.#delivered });
        return;
      }
      this.#options.log.warn(`MQTT: what the broker had not heard before the start is lost (${reasonOf(error)}).`);
      this.#failed = true;
      this.#append({ kind: 'delivered', number: this.#delivered });
      return;
    }
    await this.#takeIn(text);
  }

  async #takeIn(text: string): Promise<void> {
    this.#fileBytes = Buffer.byteLength(text);
    let nth = 0;
    for (const line of text.split('\n')) {
      if (++nth % AT_ONCE === 0) await setImmediate();
      const entry = entryOf(line);
      if (entry?.kind === 'delivered') this.#delivered = Math.max(this.#delivered, entry.number);
      else if (entry !== undefined && entry.letter.number > this.#last) {
        this.#keep(entry.letter);
        this.#last = entry.letter.number;
      }
    }
    // A file that says nothing of numbers is none of ours.
    this.#last = Math.max(this.#last, this.#delivered) || Date.now();
    this.#delivered ||= this.#waiting.size === 0 ? this.#last : 0;
    for (const number of [...this.#waiting.keys()]) if (number <= this.#delivered) this.#take(number);
    // A line that was cut off must not spoil the next.
    if (text !== '' && !text.endsWith('\n')) this.#unwritten.push('\n');
  }
}

const sizeOf = ({ topic, payload }: Letter): number => topic.length + payload.length;

const reasonOf = (error: unknown): string => codeOf(error) || (error instanceof Error ? error.message : String(error));
