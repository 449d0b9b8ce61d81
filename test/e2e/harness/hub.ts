import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { deviceIdOf } from './accessory-info.js';
import { builtPlugin, environmentWithoutJest, NODE, PROJECT } from './built-plugin.js';
import {
  alive,
  anonymousMiB,
  cpuSeconds,
  killQuietly,
  nameOf,
  type ProcessEntry,
  processTree,
  programsBelow,
  pssMiB,
} from './process-tree.js';
import { Changes, poll } from './until.js';

export interface HubOptions {
  /** The platform's settings without its name. */
  readonly lookout: Readonly<Record<string, unknown>>;
  /** Homebridge's major version. */
  readonly homebridge?: 1 | 2;
  /** An existing storage folder, to start a hub again; it stays the caller's. */
  readonly storage?: string;
  /** A folder with a plugin other than ours. */
  readonly plugin?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Homebridge's debug log (`-D`). */
  readonly debug?: boolean;
}

export interface LogLine {
  /** Milliseconds of `performance.now()`. */
  readonly at: number;
  readonly text: string;
}

/** How a HomeKit controller reaches an accessory. */
export interface AccessoryAddress {
  readonly name: string;
  readonly deviceId: string;
  readonly port: number;
  readonly pin: string;
}

const BIN = {
  1: join(PROJECT, 'node_modules', 'homebridge-1', 'bin', 'homebridge'),
  2: join(PROJECT, 'node_modules', 'homebridge', 'bin', 'homebridge.js'),
} as const;
const PIN = '031-45-154';
const START_TIMEOUT = 30_000;
/** From its being announced to the device id in a file that is whole, ms. */
const WRITTEN_WITHIN = 5_000;

/** A real Homebridge in a storage folder of its own, on ports that the system chooses. */
export class Hub {
  readonly log: LogLine[] = [];
  readonly #changes = new Changes();
  /** Every process ever seen below the hub, so that orphans are found after it has gone. */
  readonly #seen = new Map<string, ProcessEntry>();
  #exited = false;

  private constructor(
    private readonly child: ChildProcessByStdio<null, Readable, Readable>,
    readonly storage: string,
    private readonly ownsStorage: boolean,
    /** When the process was started, on `performance.now()`. */
    readonly startedAt: number,
  ) {
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (text) => {
        this.log.push({ at: performance.now(), text });
        this.#changes.changed();
      });
    }
    const dieWithUs = (): unknown => child.kill('SIGKILL');
    process.once('exit', dieWithUs);
    child.once('exit', () => {
      process.off('exit', dieWithUs);
      this.#exited = true;
      this.#changes.changed();
    });
  }

  /** Resolves when Homebridge is up; cameras are published a moment later, see {@link accessory}. */
  static async start(options: HubOptions): Promise<Hub> {
    const plugin = options.plugin ?? (await builtPlugin());
    const storage = options.storage ?? mkdtempSync(join(tmpdir(), 'lookout-hub-'));
    configure(storage, options.lookout);
    const args = [BIN[options.homebridge ?? 2], '-U', storage, '-P', plugin, '--strict-plugin-resolution', '-Q', '-T'];
    const startedAt = performance.now();
    const child = spawn(NODE, options.debug === true ? [...args, '-D'] : args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...environmentWithoutJest(), ...options.environment },
    });
    const hub = new Hub(child, storage, options.storage === undefined, startedAt);
    try {
      await hub.waitFor(/Homebridge v\S+ \(HAP v\S+\) .* is running on port/, START_TIMEOUT);
      if (/ERROR (LOADING|INITIALIZING) PLUGIN/.test(hub.text)) throw new Error(`the plugin did not load\n${hub.text}`);
    } catch (error) {
      await hub.kill();
      throw error;
    }
    return hub;
  }

  get pid(): number {
    return this.child.pid ?? -1;
  }

  get text(): string {
    return this.log.map((line) => line.text).join('\n');
  }

  /** The first line that matches, already there or still to come; `from` skips the lines before that index. */
  waitFor(pattern: RegExp, timeout = START_TIMEOUT, from = 0): Promise<LogLine> {
    return this.#changes.until(
      `a line like ${String(pattern)} in the hub's log`,
      () => {
        const line = this.log.slice(from).find(({ text }) => pattern.test(text));
        if (line === undefined && this.#exited) throw new Error(`the hub has ended\n${this.text}`);
        return line;
      },
      timeout,
      () => `\n${this.text}`,
    );
  }

  /** Where a published camera can be reached. HAP-NodeJS puts four digits of the device id behind its name. */
  async accessory(name: string): Promise<AccessoryAddress> {
    const pattern = new RegExp(`(?:^|\\s)(${escape(name)}(?: [0-9A-F]{4})?) is running on port (\\d+)`);
    const [, shown = '', port] = pattern.exec((await this.waitFor(pattern)).text) ?? [];
    const deviceId = await poll(`the device id of ${shown}`, () => deviceIdOf(this.storage, shown), WRITTEN_WITHIN);
    return { name, port: Number(port), pin: PIN, deviceId };
  }

  /** The programs that run below the hub, without what Homebridge's announcer asks of the system for a moment. */
  children(): ProcessEntry[] {
    return programsBelow(this.#tree()).filter(({ command }) => !OF_ANNOUNCER.test(command));
  }

  /** The hub and all below it, whatever it is; nothing when the hub has ended: its number may be another's by then. */
  #tree(): ProcessEntry[] {
    const tree = this.#exited ? [] : processTree(this.pid);
    for (const entry of tree) this.#seen.set(nameOf(entry), entry);
    return tree;
  }

  /** Kills all that runs below the hub; some of it may just have ended by itself. @returns what that was */
  killChildren(): ProcessEntry[] {
    const victims = this.children();
    for (const victim of victims) killQuietly(victim);
    return victims;
  }

  /** CPU seconds of the whole tree so far (Linux). */
  cpu(): number {
    return [this.pid, ...this.children().map(({ pid }) => pid)].reduce((sum, pid) => sum + cpuSeconds(pid), 0);
  }

  /** Memory of the whole tree in MiB (PSS, Linux). */
  memory(): number {
    return [this.pid, ...this.children().map(({ pid }) => pid)].reduce((sum, pid) => sum + pssMiB(pid), 0);
  }

  /** What of that is no file's, in MiB. */
  anonymous(): number {
    return [this.pid, ...this.children().map(({ pid }) => pid)].reduce((sum, pid) => sum + anonymousMiB(pid), 0);
  }

  /**
   * Sends SIGTERM and waits until nothing of the tree is left. Gives the milliseconds until the children had gone and
   * until Homebridge itself had (1.x always takes five seconds).
   */
  async stop(timeout = 10_000): Promise<{ readonly children: number; readonly all: number }> {
    this.#tree();
    const below = [...this.#seen.values()].filter(({ pid }) => pid !== this.pid);
    const sent = performance.now();
    this.child.kill('SIGTERM');
    try {
      const children = await poll('the end of every child', () => elapsed(alive(below), sent), timeout, 10);
      const all = await poll(
        'the end of Homebridge',
        () => (this.#exited ? elapsed([], sent) : undefined),
        timeout,
        10,
      );
      return { children, all };
    } finally {
      await this.kill();
    }
  }

  /** Ends the hub at once with everything below it, and removes its storage when that is its own. */
  async kill(): Promise<void> {
    // It begins nothing more, so that all that is below it is known.
    this.child.kill('SIGSTOP');
    this.#tree();
    for (const entry of alive(this.#seen.values())) killQuietly(entry);
    this.child.kill('SIGKILL');
    await poll(
      'the end of the hub',
      () => (this.#exited ? elapsed(alive(this.#seen.values()), 0) : undefined),
      5_000,
      10,
    );
    if (this.ownsStorage) rmSync(this.storage, { recursive: true, force: true });
  }
}

/** ciao looks for the networks that there are now and then. */
const OF_ANNOUNCER = /^(?:\/bin\/sh -c )?ip -o link show/;

const elapsed = (left: readonly ProcessEntry[], since: number): number | undefined =>
  left.length > 0 ? undefined : performance.now() - since;

function configure(storage: string, lookout: Readonly<Record<string, unknown>>): void {
  const username = ['0E', ...(randomBytes(5).toString('hex').toUpperCase().match(/../g) ?? [])].join(':');
  const bridge = { name: `Hub ${username.slice(-5)}`, username, port: 0, pin: PIN, advertiser: 'ciao' };
  const platforms = [{ platform: 'Lookout', name: 'Lookout', ...lookout }];
  writeFileSync(join(storage, 'config.json'), JSON.stringify({ bridge, platforms }));
}

const escape = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
