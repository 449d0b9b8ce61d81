import mqtt, { type IClientOptions, type IPublishPacket, type MqttClient } from 'mqtt';
import type { Log } from '../camera/log.js';
import type { MqttSettings } from '../settings/settings.js';
import { type Credentials, readCredentials } from './credentials.js';
import type { Outbox } from './outbox.js';
import { longerPause } from './pause.js';
import { RetainedStates } from './retained.js';
import { statusTopic } from './topics.js';
import { isPassing, troubleOf } from './trouble.js';
import { Unread } from './unread.js';

/** A message that came in. */
export interface Heard {
  readonly topic: string;
  readonly payload: Buffer;
  /** The broker had kept it: it may be as old as can be. */
  readonly retained: boolean;
}

export interface BusOptions {
  readonly settings: MqttSettings;
  /** The same over restarts, and no other client's. */
  readonly clientId: string;
  readonly outbox: Outbox;
  /** What is subscribed to. */
  readonly filters: readonly string[];
  readonly onMessage: (heard: Heard) => void;
  /** A message of more than 1 MiB was on its way to us; on which topic is not known. */
  readonly onOversized: () => void;
  readonly log: Pick<Log, 'info' | 'warn' | 'debug'>;
  readonly signal: AbortSignal;
  /** Default 5000 ms. */
  readonly reconnect?: number;
  /** Default 3000 ms. */
  readonly settle?: number;
}

const RECONNECT = 5000;
/** What has waited for the broker waits so much longer, ms, for those who are to hear it: they have lost it, too. */
const SETTLE = 3000;
/** The broker remembers us for so long, seconds: what it has half of is not told it twice. */
const SESSION = 24 * 3600;
/** More than a message of Frigate's has, bytes. A broker that speaks MQTT 5 sends us nothing that is larger. */
const MOST_BYTES = 256 * 1024;
const OVERSIZED =
  'it sends a message of more than 1 MiB, which is not read. See who publishes that to a topic that is heard, and ' +
  'whether the broker retains it: an empty one, retained as well, takes it back';
/** Of what is of this moment only, as many wait for the broker. */
const MOST_MOMENTARY = 20;
/** What comes in is heard so many at a time, so that others get on with their work. */
const AT_ONCE = 50;
/** A message that the broker could not take is tried again after so long, ms. */
const RETRY = 1000;
/** So long the broker has to hear that we go, ms. */
const FAREWELL = 1000;

/** The one connection to the broker: says states, what happens, and what waits in the outbox; hears what is subscribed to. */
export class Bus {
  readonly #options: BusOptions;
  readonly #states: RetainedStates;
  readonly #status: string;
  #client: MqttClient | undefined;
  #connected = false;
  /** Attempts since the last connection that ended without an answer to what we said. */
  #unanswered = 0;
  #told: string | undefined;
  #momentary = 0;
  #delivering = false;
  #settling: NodeJS.Timeout | undefined;
  /** The letter on its way; only letters are of quality 2. */
  #messageId: number | undefined;
  #heard = 0;
  readonly #unread = new Unread();

  constructor(options: BusOptions) {
    this.#options = options;
    this.#status = statusTopic(options.settings.topic);
    this.#states = new RetainedStates((topic, payload, done) => {
      this.#client?.publish(topic, payload, { qos: 1, retain: true }, done);
    });
    this.#states.set(this.#status, 'online');
  }

  get connected(): boolean {
    return this.#connected;
  }

  get #reconnect(): number {
    return this.#options.reconnect ?? RECONNECT;
  }

  /** Until the next state of that topic this is what everybody hears, whenever they come. Empty: nothing any more. */
  state(topic: string, payload: string | Buffer): void {
    this.#states.set(topic, payload);
  }

  /** Of this moment: who is not there does not hear it. */
  moment(topic: string, payload: string): void {
    if (!this.#connected || this.#momentary >= MOST_MOMENTARY) return;
    this.#momentary++;
    this.#client?.publish(topic, payload, { qos: 1 }, () => {
      this.#momentary--;
    });
  }

  /** Told in order, once, as soon as the broker is there. */
  letter(topic: string, payload: (number: number) => string): void {
    this.#options.outbox.add(topic, payload);
    this.#deliver();
  }

  /** Runs until the signal is aborted; the broker has heard then that we are gone, if it listens at all. */
  async run(): Promise<void> {
    const { signal } = this.#options;
    const credentials = await this.#credentials();
    if (signal.aborted || credentials === undefined) return;
    const client = mqtt.connect(this.#clientOptions(credentials));
    this.#client = client;
    this.#listen(client);
    await new Promise<void>((resolve) => {
      const end = (): void => void this.#end(client).then(resolve);
      signal.addEventListener('abort', end, { once: true });
      if (signal.aborted) end();
    });
  }

  async #credentials(): Promise<Credentials | undefined> {
    const { settings, log } = this.#options;
    try {
      return await readCredentials(settings);
    } catch (error) {
      log.warn(`MQTT: ${error instanceof Error ? error.message : String(error)}. There is no MQTT until a restart.`);
      return undefined;
    }
  }

  #clientOptions(credentials: Credentials): IClientOptions {
    const { settings, clientId } = this.#options;
    const { url, scheme, host, port } = settings.url;
    const { pathname, search } = new URL(url.replace(/^[a-z]+:/, 'http:'));
    return {
      protocol: scheme as 'mqtt' | 'mqtts' | 'ws' | 'wss',
      host,
      port: port ?? PORTS[scheme] ?? 1883,
      ...((scheme === 'ws' || scheme === 'wss') && { path: `${pathname === '/' ? '/mqtt' : pathname}${search}` }),
      ...credentials,
      clientId,
      protocolVersion: 5,
      // What an earlier process of ours left half said means nothing to this one …
      clean: true,
      // … but what this one does, does to itself.
      properties: { sessionExpiryInterval: SESSION, maximumPacketSize: MOST_BYTES },
      will: { topic: this.#status, payload: Buffer.from('offline'), qos: 1, retain: true },
      reconnectPeriod: this.#reconnect,
      reconnectOnConnackError: true,
      resubscribe: false,
      queueQoSZero: false,
      connectTimeout: 15_000,
      keepalive: 30,
    };
  }

  #listen(client: MqttClient): void {
    const { signal } = this.#options;
    const watch = (): void => {
      this.#watch(client);
    };
    watch();
    // It is about to connect.
    client.on('reconnect', () => {
      queueMicrotask(watch);
    });
    client.on('connect', () => {
      this.#onConnect(client);
    });
    client.on('close', () => {
      if (!this.#connected && ++this.#unanswered % 2 === 0) this.#tryOther(client);
      if (this.#connected && !signal.aborted) this.#tell('it has closed the connection');
      this.#connected = false;
      this.#settle(undefined);
    });
    client.on('error', (error) => {
      if (signal.aborted) return;
      const trouble = troubleOf(error);
      if (trouble.tooNew && client.options.protocolVersion === 5) {
        this.#tryOther(client);
        return;
      }
      this.#tell(trouble.said);
      if (trouble.login) void this.#renew(client);
    });
    client.on('packetsend', (packet) => {
      if (packet.cmd === 'publish' && packet.qos === 2) this.#messageId = packet.messageId;
    });
    client.on('packetreceive', (packet) => {
      this.#unread.packet();
      // To a broker that has forgotten our session the rest of the letter means nothing: it is told anew, in its time.
      if (packet.cmd !== 'connack' || packet.sessionPresent || this.#messageId === undefined) return;
      client.removeOutgoingMessage(this.#messageId);
    });
    client.on('message', (topic, payload, packet) => {
      this.#hear(topic, payload, packet);
    });
    client.handleMessage = (_, done) => {
      if (++this.#heard % AT_ONCE === 0) setImmediate(done);
      else done();
    };
  }

  /** From its beginning: MQTT.js says that it is connected when all that was said before has had an answer. */
  #watch({ stream, options }: MqttClient): void {
    options.reconnectPeriod = this.#reconnect;
    this.#unread.watch(stream, (inARow) => {
      if (inARow === 1) this.#told = undefined;
      this.#tell(OVERSIZED);
      // One that is retained comes again with each connection.
      options.reconnectPeriod = longerPause(this.#reconnect, inARow);
      this.#connected = false;
      this.#unanswered = 0;
      this.#options.onOversized();
    });
  }

  #hear(topic: string, payload: Buffer, { retain }: IPublishPacket): void {
    const { signal, onMessage } = this.#options;
    if (!signal.aborted) onMessage({ topic, payload, retained: retain });
  }

  #onConnect(client: MqttClient): void {
    const { log, settings, filters, outbox, settle = SETTLE } = this.#options;
    this.#connected = true;
    this.#unanswered = 0;
    client.options.clean = false;
    const version = client.options.protocolVersion === 5 ? '5' : '3.1.1';
    log.info(`MQTT: connected to ${settings.url.display} with MQTT ${version}.`);
    if (this.#told !== OVERSIZED) this.#told = undefined;
    const lost = outbox.takeLost();
    if (lost > 0) log.warn(`MQTT: ${lost} messages about events were given up while the broker was away.`);
    for (const filter of filters) this.#subscribe(client, filter);
    this.#states.sayAll();
    this.#settle(outbox.size > 0 ? settle : 0);
  }

  /** @param wait before letters are delivered, ms; undefined: until the next connection */
  #settle(wait: number | undefined): void {
    clearTimeout(this.#settling);
    this.#settling = undefined;
    if (wait === undefined) return;
    const go = (): void => {
      this.#settling = undefined;
      this.#deliver();
    };
    this.#settling = setTimeout(go, wait).unref();
  }

  #subscribe(client: MqttClient, filter: string): void {
    // Brokers keep nothing of quality 0 for who is away: a ring of an hour ago rings nobody.
    client.subscribe(filter, { qos: 0, rh: 2 }, (error, granted) => {
      const refused = (error !== null && this.#connected) || granted?.some(({ qos }) => qos === 128);
      if (refused !== true || this.#options.signal.aborted) return;
      this.#options.log.warn(`MQTT: the broker does not let us hear ${filter}. See its access rules.`);
    });
  }

  /** One at a time, so that their order is certain. MQTT.js says it again over a new connection, in the same session. */
  #deliver(): void {
    const { outbox, log, signal } = this.#options;
    const { head } = outbox;
    const waits = this.#delivering || this.#settling !== undefined || !this.#connected || signal.aborted;
    if (head === undefined || waits) return;
    this.#delivering = true;
    this.#client?.publish(head.topic, head.payload, { qos: 2 }, (error) => {
      this.#messageId = undefined;
      if (signal.aborted && error) return;
      const next = (): void => {
        this.#delivering = false;
        this.#deliver();
      };
      if (error && isPassing(error)) {
        setTimeout(next, this.#connected ? RETRY : 0).unref();
        return;
      }
      if (error) log.warn(`MQTT: the broker refuses what happened (${troubleOf(error).said}). See its access rules.`);
      outbox.delivered(head.number);
      next();
    });
  }

  /** Before MQTT 5 there was 3.1.1; some brokers that know no better than that hang up without a word. */
  #tryOther(client: MqttClient): void {
    client.options.protocolVersion = client.options.protocolVersion === 5 ? 4 : 5;
    this.#options.log.debug(`MQTT: trying version ${client.options.protocolVersion === 5 ? '5' : '3.1.1'}.`);
  }

  async #renew(client: MqttClient): Promise<void> {
    const credentials = await readCredentials(this.#options.settings).catch(() => undefined);
    if (credentials !== undefined) Object.assign(client.options, credentials);
  }

  /** Once for each reason. */
  #tell(said: string): void {
    if (said === this.#told) return;
    this.#told = said;
    const { log, settings } = this.#options;
    log.warn(`MQTT: no connection to ${settings.url.display}: ${said}. It is tried again and again.`);
  }

  async #end(client: MqttClient): Promise<void> {
    if (this.#connected) {
      await within(FAREWELL, (done) => client.publish(this.#status, 'offline', { qos: 1, retain: true }, done));
    }
    this.#connected = false;
    await within(FAREWELL, (done) => client.end(true, done));
    await this.#options.outbox.close();
  }
}

const PORTS: Readonly<Record<string, number>> = { mqtt: 1883, mqtts: 8883, ws: 80, wss: 443 };

function within(limit: number, work: (done: () => void) => unknown): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, limit);
    work(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
