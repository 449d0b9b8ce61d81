import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { freePort } from './free-port.js';

export const USER = 'hub';
export const PASSWORD = 'p@ss w#rd';

/** A retained message says when a client hears. */
const OPEN = 'ears/open';

export interface MosquittoOptions {
  readonly tls?: boolean;
  /** Clients have to show a certificate of the same authority. */
  readonly clientCertificates?: boolean;
}

/** Debian has it where only an administrator looks. */
const SERVER = ['/usr/sbin/mosquitto', '/usr/local/sbin/mosquitto', '/opt/homebrew/sbin/mosquitto'].find(existsSync);

/** A real broker with passwords, in a folder of its own. What it has retained is kept over its death. */
export class Mosquitto implements AsyncDisposable {
  #server: ChildProcess | undefined;
  readonly #clients = new Set<ChildProcess>();
  #invitations = 0;

  private constructor(
    readonly port: number,
    readonly folder: string,
    private readonly options: MosquittoOptions,
  ) {}

  static async start(options: MosquittoOptions = {}): Promise<Mosquitto> {
    const folder = mkdtempSync(join(tmpdir(), 'lookout-mosquitto-'));
    const broker = new Mosquitto(await freePort(), folder, options);
    broker.#configure();
    await broker.start();
    return broker;
  }

  get pid(): number {
    return this.#server?.pid ?? -1;
  }

  get ca(): string {
    return join(this.folder, 'ca.crt');
  }

  certificate(name: 'server' | 'client'): { readonly certificate: string; readonly certificateKey: string } {
    return { certificate: join(this.folder, `${name}.crt`), certificateKey: join(this.folder, `${name}.key`) };
  }

  #configure(): void {
    const { folder, options, port } = this;
    mkdirSync(join(folder, 'data'));
    const passwords = join(folder, 'passwords');
    execFileSync('mosquitto_passwd', ['-b', '-c', passwords, USER, PASSWORD], { stdio: 'ignore' });
    chmodSync(passwords, 0o600);
    if (options.tls === true || options.clientCertificates === true) this.#certify();
    const { certificate, certificateKey } = this.certificate('server');
    const lines = [
      `listener ${port} 127.0.0.1`,
      'allow_anonymous false',
      `password_file ${passwords}`,
      'persistence true',
      `persistence_location ${join(folder, 'data')}/`,
      'autosave_on_changes true',
      'autosave_interval 1',
      'set_tcp_nodelay true',
      `user ${execFileSync('id', ['-un'], { encoding: 'utf8' }).trim()}`,
      ...(options.tls === true || options.clientCertificates === true
        ? [`cafile ${this.ca}`, `certfile ${certificate}`, `keyfile ${certificateKey}`]
        : []),
      ...(options.clientCertificates === true ? ['require_certificate true'] : []),
    ];
    writeFileSync(join(folder, 'mosquitto.conf'), `${lines.join('\n')}\n`);
  }

  #certify(): void {
    const { folder } = this;
    const openssl = (...args: string[]): void => {
      execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' });
    };
    const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    openssl('req', '-x509', ...ec, '-days', '2', '-subj', '/CN=House', '-keyout', 'ca.key', '-out', 'ca.crt');
    writeFileSync(join(folder, 'names'), 'subjectAltName=IP:127.0.0.1,DNS:localhost\n');
    for (const name of ['server', 'client']) {
      openssl('req', ...ec, '-subj', `/CN=${name}`, '-keyout', `${name}.key`, '-out', `${name}.csr`);
      const signed = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2', '-extfile', 'names'];
      openssl('x509', '-req', '-in', `${name}.csr`, ...signed, '-out', `${name}.crt`);
    }
  }

  /** Resolves when it listens. */
  async start(): Promise<void> {
    if (SERVER === undefined) throw new Error('mosquitto is not installed');
    const server = spawn(SERVER, ['-c', join(this.folder, 'mosquitto.conf')], { stdio: ['ignore', 'ignore', 'pipe'] });
    this.#server = server;
    let said = '';
    server.stderr.on('data', (text: Buffer) => (said += text.toString()));
    for (;;) {
      if (server.exitCode !== null) throw new Error(`mosquitto has ended: ${said}`);
      if (await listens(this.port)) return;
      await setTimeout(10);
    }
  }

  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server?.exitCode !== null) return;
    server.kill(signal);
    await once(server, 'exit');
  }

  #login(): string[] {
    const { certificate, certificateKey } = this.certificate('client');
    return [
      ...['-h', '127.0.0.1', '-p', String(this.port), '-u', USER, '-P', PASSWORD],
      ...(this.options.tls === true || this.options.clientCertificates === true ? ['--cafile', this.ca] : []),
      ...(this.options.clientCertificates === true ? ['--cert', certificate, '--key', certificateKey] : []),
    ];
  }

  /** Publishes with mosquitto_pub; resolves when the broker has it. */
  publish(topic: string, payload: string | Buffer, ...options: string[]): void {
    execFileSync('mosquitto_pub', [...this.#login(), '-q', '1', '-t', topic, '-s', ...options], { input: payload });
  }

  /** Publishes each line of what is written to it. */
  publisher(topic: string): ChildProcess {
    return this.#client('mosquitto_pub', [...this.#login(), '-t', topic, '-l'], ['pipe', 'ignore', 'ignore']);
  }

  /** Hears with mosquitto_sub, which comes back by itself after a death of the broker; resolves when it is subscribed. */
  async hear(...filters: string[]): Promise<Ear> {
    const topics = [...filters, OPEN].flatMap((filter) => ['-t', filter]);
    this.#invite();
    // Of quality 0 the broker passes on at once, before it answers who published: it has nothing to lose when it dies.
    const args = [...this.#login(), '-q', '0', '-k', '5', ...topics, '-F', '%j'];
    const ear = new Ear(this.#client('mosquitto_sub', args, ['ignore', 'pipe', 'ignore']));
    await ear.subscribed(this.#invitations);
    return ear;
  }

  /** After a restart of the broker: resolves when that ear hears again. */
  async heardAgainBy(ear: Ear): Promise<void> {
    this.#invite();
    await ear.subscribed(this.#invitations);
  }

  /** What is retained is heard as soon as all is subscribed to. */
  #invite(): void {
    this.publish(OPEN, String(++this.#invitations), '-r');
  }

  #client(program: string, args: readonly string[], stdio: ('pipe' | 'ignore')[]): ChildProcess {
    const child = spawn(program, args, { stdio });
    this.#clients.add(child);
    return child;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) client.kill('SIGKILL');
    await this.stop('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => {
      resolve(false);
    });
  });
}

export interface Message {
  readonly topic: string;
  readonly payload: string;
  readonly retain: boolean;
  readonly qos: number;
  /** When it was read here, on `performance.now()`. */
  readonly at: number;
}

/** What mosquitto_sub has heard. */
export class Ear {
  readonly messages: Message[] = [];
  #changed: (() => void)[] = [];
  #invitation = 0;

  constructor(child: ChildProcess) {
    if (child.stdout === null) throw new Error('mosquitto_sub says nothing');
    createInterface({ input: child.stdout }).on('line', (line) => {
      this.#take(line);
      for (const changed of this.#changed.splice(0)) changed();
    });
  }

  async subscribed(invitation: number): Promise<void> {
    await this.#until('a subscription', () => (this.#invitation >= invitation ? true : undefined));
  }

  #take(line: string): void {
    const { topic, payload, retain, qos } = JSON.parse(line) as Record<string, unknown>;
    if (topic === OPEN) {
      this.#invitation = Number(payload);
      return;
    }
    const text = typeof payload === 'string' ? payload : JSON.stringify(payload ?? '').replace(/^""$/, '');
    this.messages.push({
      topic: String(topic),
      payload: text,
      retain: retain === 1,
      qos: Number(qos),
      at: performance.now(),
    });
  }

  /** The last word on each topic. */
  get last(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.messages.map(({ topic, payload }) => [topic, payload]));
  }

  of(topic: string): Message[] {
    return this.messages.filter((message) => message.topic === topic);
  }

  /** The first message that matches, heard already or still to come. */
  until(what: string, wanted: (message: Message) => boolean, timeout = 15_000): Promise<Message> {
    return this.#until(what, () => this.messages.find(wanted), timeout);
  }

  /** When `answer` gives something after a message. */
  async #until<T>(what: string, answer: () => T | undefined, timeout = 15_000): Promise<T> {
    const end = performance.now() + timeout;
    for (;;) {
      const found = answer();
      if (found !== undefined) return found;
      const left = end - performance.now();
      if (left <= 0) throw new Error(`${what} was not heard; heard was ${JSON.stringify(this.messages.slice(-20))}`);
      const over = new AbortController();
      const next = new Promise<void>((resolve) => this.#changed.push(resolve));
      await Promise.race([next, setTimeout(left, undefined, { signal: over.signal }).catch(() => undefined)]);
      over.abort();
    }
  }

  count(what: string, wanted: () => boolean, timeout?: number): Promise<true> {
    return this.#until(what, () => (wanted() ? true : undefined), timeout);
  }
}
