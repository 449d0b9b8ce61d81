import { type ChildProcess, spawn } from 'node:child_process';
import { deviceIdOf } from './harness/accessory-info.js';
import { environmentWithoutJest } from './harness/built-plugin.js';
import type { AccessoryAddress } from './harness/hub.js';
import { alive, killQuietly, nameOf, type ProcessEntry, processTree } from './harness/process-tree.js';
import { Changes, poll } from './harness/until.js';

/** Set-up has nothing to do by then, but the demonstration scene may have to be drawn. */
const START = 120_000;
/** From its being announced to the device id in a file that is whole, ms. */
const WRITTEN_WITHIN = 5_000;

/** `npm start` as somebody types it, with a storage folder of its own. */
export class NpmStart implements AsyncDisposable {
  said = '';
  /** Undefined while it runs. */
  code: number | null | undefined;
  readonly #changes = new Changes();
  /** Every process ever seen below it, so that orphans are found after it has gone. */
  readonly #seen = new Map<string, ProcessEntry>();

  private constructor(
    private readonly child: ChildProcess,
    private readonly store: string,
  ) {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.said += text;
        this.#changes.changed();
      });
    }
    child.once('close', (code) => {
      this.code = code;
      this.#changes.changed();
    });
  }

  static run(
    store: string,
    environment: Readonly<Record<string, string>> = {},
    args: readonly string[] = [],
  ): NpmStart {
    const env = { ...environmentWithoutJest(), NODE_ENV: '', LOOKOUT_STORE: store, ...environment };
    const child = spawn('npm', ['start', '--', ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    return new NpmStart(child, store);
  }

  async line(pattern: RegExp): Promise<RegExpExecArray> {
    return this.#changes.until(
      `${String(pattern)} from npm start`,
      () => {
        const found = pattern.exec(this.said);
        if (found !== null) return found;
        if (this.code !== undefined) throw new Error(`npm start has ended\n${this.said}`);
        return undefined;
      },
      START,
      () => `\n${this.said}`,
    );
  }

  async ended(): Promise<number | null> {
    const { code } = await this.#changes.until(
      'the end of npm start',
      () => (this.code === undefined ? undefined : { code: this.code }),
      START,
      () => `\n${this.said}`,
    );
    return code;
  }

  /** How a controller reaches the camera that was announced. */
  async camera(): Promise<AccessoryAddress> {
    const [, name = '', pin = ''] = await this.line(/"([^"]+)" is running\. Its setup code is (\d{3}-\d{2}-\d{3})\n/);
    const [, port] = await this.line(new RegExp(`${name} is running on port (\\d+)`));
    const deviceId = await poll(`the device id of ${name}`, () => deviceIdOf(this.store, name), WRITTEN_WITHIN);
    return { name, pin, port: Number(port), deviceId };
  }

  /** All that it has started until now and has not been seen to end. */
  running(): ProcessEntry[] {
    for (const entry of this.#tree()) this.#seen.set(nameOf(entry), entry);
    return alive(this.#seen.values());
  }

  /** Nothing when it has ended: its number may be another's by then. */
  #tree(): ProcessEntry[] {
    const { pid, exitCode, signalCode } = this.child;
    return pid === undefined || exitCode !== null || signalCode !== null ? [] : processTree(pid);
  }

  /** The process below it whose command line matches. */
  find(command: RegExp): number {
    const found = this.#tree().find((entry) => command.test(entry.command));
    if (found === undefined) throw new Error(`nothing like ${String(command)} is running`);
    return found.pid;
  }

  /** Signals the process that was started, as a terminal or a service manager does; gives milliseconds until all had gone. */
  async stop(signal: NodeJS.Signals, pid = this.child.pid ?? -1): Promise<number> {
    this.running();
    const sent = performance.now();
    process.kill(pid, signal);
    await poll('the end of all that npm start began', () => (this.running().length > 0 ? undefined : true), 15_000, 10);
    return performance.now() - sent;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const entry of this.running()) killQuietly(entry);
    await poll('the end of npm start', () => (this.running().length > 0 ? undefined : true), 5_000, 10);
  }
}
