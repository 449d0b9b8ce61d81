import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../peers/free-port.js';
import { builtPlugin, environmentWithoutJest, NODE, PROJECT } from './built-plugin.js';
import { alive, killQuietly, type ProcessEntry, processTree } from './process-tree.js';
import { poll } from './until.js';

const PROGRAM = join(PROJECT, 'node_modules', 'homebridge-config-ui-x', 'dist', 'bin', 'standalone.js');
const START_TIMEOUT = 30_000;

export const ADMIN = { username: 'admin', password: 'not a secret' } as const;

/** A real Homebridge UI (homebridge-config-ui-x), as a process beside the hub whose storage folder it has. */
export class HomebridgeUi implements AsyncDisposable {
  said = '';

  private constructor(
    private readonly child: ChildProcess,
    private readonly plugins: string,
    /** Without a path. */
    readonly url: string,
  ) {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.said += text;
      });
    }
    const dieWithUs = (): unknown => child.kill('SIGKILL');
    process.once('exit', dieWithUs);
    child.once('exit', () => process.off('exit', dieWithUs));
  }

  /** @param storage Homebridge's storage folder, with a config.json */
  static async start(storage: string): Promise<HomebridgeUi> {
    // It cannot be told to take any.
    const port = await freePort();
    configure(storage, { platform: 'config', name: 'Config', port, lightingMode: 'auto' });
    const plugins = mkdtempSync(join(tmpdir(), 'lookout-plugins-'));
    mkdirSync(join(plugins, 'node_modules'));
    symlinkSync(await builtPlugin(), join(plugins, 'node_modules', 'homebridge-lookout'));
    const args = [PROGRAM, '-U', storage, '-P', join(plugins, 'node_modules')];
    const child = spawn(NODE, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...environmentWithoutJest(), UIX_STRICT_PLUGIN_RESOLUTION: '1' },
    });
    const ui = new HomebridgeUi(child, plugins, `http://127.0.0.1:${port}`);
    try {
      await poll('Homebridge’s UI', () => ui.#createUser(), START_TIMEOUT, 100);
    } catch (error) {
      await ui[Symbol.asyncDispose]();
      throw new Error(`${String(error)}\n${ui.said}`, { cause: error });
    }
    return ui;
  }

  /** The processes that serve plugins' pages. */
  servers(): number[] {
    return this.#tree()
      .filter(({ command }) => command.includes('homebridge-ui'))
      .map(({ pid }) => pid);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // It begins nothing more, so that all that is below it is known.
    this.child.kill('SIGSTOP');
    const tree = this.#tree();
    for (const entry of tree) killQuietly(entry);
    await poll('the end of Homebridge’s UI', () => (alive(tree).length > 0 ? undefined : true), 5000, 10);
    rmSync(this.plugins, { recursive: true, force: true });
  }

  /** Nothing when it has ended: its number may be another's by then. */
  #tree(): ProcessEntry[] {
    const { pid, exitCode, signalCode } = this.child;
    return pid === undefined || exitCode !== null || signalCode !== null ? [] : processTree(pid);
  }

  async #createUser(): Promise<true | undefined> {
    if (this.child.exitCode !== null) throw new Error(`it has ended with ${this.child.exitCode}`);
    const path = `${this.url}/api/setup-wizard/create-first-user`;
    const body = JSON.stringify({ ...ADMIN, name: 'Admin' });
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body };
    const answer = await fetch(path, init).catch(() => undefined);
    if (answer?.ok === false) throw new Error(`there is no user: ${await answer.text()}`);
    return answer && true;
  }
}

/** The hub has read its settings by then: this platform is none of its own. */
function configure(storage: string, platform: object): void {
  const file = join(storage, 'config.json');
  const config = JSON.parse(readFileSync(file, 'utf8')) as { platforms?: object[] };
  writeFileSync(file, JSON.stringify({ ...config, platforms: [...(config.platforms ?? []), platform] }));
}
