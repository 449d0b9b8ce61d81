import httpClient from 'hap-controller/lib/transport/ip/http-client.js';
import httpConnection, { type HttpResponse } from 'hap-controller/lib/transport/ip/http-connection.js';
import pairingProtocol, { type PairingData } from 'hap-controller/lib/protocol/pairing-protocol.js';
import type { AccessoryAddress } from './hub.js';
import { Changes } from './until.js';

// Only the parts of hap-controller that speak IP are loaded: its entry would load native Bluetooth modules.
const HttpClient = httpClient.default;
const HttpConnection = httpConnection.default;
const PairingProtocol = pairingProtocol.default;

type Connection = InstanceType<typeof HttpConnection>;

/** The short forms of the types that tests ask for (HAP-NodeJS's `ServiceDefinitions` and `CharacteristicDefinitions`). */
export const HAP = {
  accessoryInformation: '3E',
  cameraOperatingMode: '21A',
  dataStreamTransport: '129',
  motionSensor: '85',
  recordingManagement: '204',
  doorbell: '121',
  streamManagement: '110',
  active: 'B0',
  firmwareRevision: '52',
  manufacturer: '20',
  model: '21',
  motionDetected: '22',
  name: '23',
  recordingAudioActive: '226',
  selectedRecording: '209',
  selectedStream: '117',
  serialNumber: '30',
  setupDataStream: '131',
  setupEndpoints: '118',
  statusActive: '75',
  statusFault: '77',
  streamingStatus: '120',
  supportedAudio: '115',
  supportedRtp: '116',
  supportedVideo: '114',
} as const;

export interface CharacteristicEntry {
  readonly type: string;
  readonly iid: number;
  readonly value?: unknown;
}

export interface ServiceEntry {
  readonly type: string;
  readonly iid: number;
  readonly characteristics: readonly CharacteristicEntry[];
}

export interface CharacteristicEvent {
  readonly at: number;
  readonly iid: number;
  readonly value: unknown;
}

/** What a request for a picture got, and how long it took in milliseconds. */
export interface PictureAnswer {
  readonly status: number;
  readonly body: Buffer;
  readonly took: number;
}

export interface PictureRequest {
  readonly width: number;
  readonly height: number;
  /** `ResourceRequestReason`: 0 a periodic tile, 1 an event. */
  readonly reason?: 0 | 1;
}

/** Longer than HAP-NodeJS takes to give up on a picture (25 s): the connection itself never answers a lost request. */
const ANSWER_TIMEOUT = 30_000;
/** Milliseconds. */
const TIMED_WRITE = 5_000;
const AID = 1;

/** Pairs with an accessory; the keys are what a phone keeps. */
export async function pair(address: AccessoryAddress): Promise<PairingData> {
  const client = new HttpClient(address.deviceId, '127.0.0.1', address.port);
  await client.pairSetup(address.pin);
  await client.close();
  const keys = client.getLongTermData();
  if (keys === null) throw new Error(`${address.name} has paired and gave no keys`);
  return keys;
}

/** Whether the accessory still knows these keys. */
export async function isPaired(address: AccessoryAddress, keys: PairingData): Promise<boolean> {
  try {
    (await Controller.connect(address, keys)).close();
    return true;
  } catch {
    return false;
  }
}

/** One device that looks at one camera: a verified HAP connection of its own. */
export class Controller implements Disposable {
  #services: readonly ServiceEntry[] = [];

  private constructor(
    private readonly connection: Connection,
    /** What both sides derive keys from (HAP, 5.7.1). */
    readonly sharedSecret: Buffer,
  ) {}

  static async connect(address: AccessoryAddress, keys: PairingData): Promise<Controller> {
    const { connection, sharedSecret } = await verifiedConnection(address, keys);
    const controller = new Controller(connection, sharedSecret);
    await controller.readAccessory();
    return controller;
  }

  close(): void {
    this.connection.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** Reads the accessory anew; services and values. */
  async readAccessory(): Promise<readonly ServiceEntry[]> {
    const response = await this.#answered(this.connection.get('/accessories'));
    if (response.statusCode !== 200) throw new Error(`GET /accessories was answered with ${response.statusCode}`);
    const said = JSON.parse(response.body.toString()) as { accessories: { services: ServiceEntry[] }[] };
    return (this.#services = said.accessories[0]?.services ?? []);
  }

  /** All services of a (short) type, in the accessory's order. */
  services(type: string): ServiceEntry[] {
    return this.#services.filter((service) => short(service.type) === type);
  }

  characteristic(service: ServiceEntry, type: string): CharacteristicEntry {
    const found = service.characteristics.find((entry) => short(entry.type) === type);
    if (found === undefined) throw new Error(`service ${service.type} has no characteristic ${type}`);
    return found;
  }

  /** The characteristic of the first service of a type. */
  find(service: string, characteristic: string): CharacteristicEntry {
    const found = this.services(service)[0];
    if (found === undefined) throw new Error(`the accessory has no service ${service}`);
    return this.characteristic(found, characteristic);
  }

  async get(iid: number): Promise<unknown> {
    const response = await this.#answered(this.connection.get(`/characteristics?id=${AID}.${iid}`));
    const said = JSON.parse(response.body.toString()) as { characteristics: { value?: unknown; status?: number }[] };
    const entry = said.characteristics[0];
    if (entry?.status !== undefined && entry.status !== 0) throw new Error(`GET ${iid} gave status ${entry.status}`);
    return entry?.value;
  }

  put(iid: number, value: unknown): Promise<void> {
    return write(this.connection, [{ aid: AID, iid, value }]);
  }

  /** As {@link put}, for characteristics that are only written in two steps (HAP, 6.7.2.4). */
  async timedPut(iid: number, value: unknown): Promise<void> {
    const pid = Date.now();
    await this.#answered(this.connection.put('/prepare', JSON.stringify({ ttl: TIMED_WRITE, pid })));
    const body = JSON.stringify({ characteristics: [{ aid: AID, iid, value }], pid });
    const response = await this.#answered(this.connection.put('/characteristics', body));
    if (response.statusCode !== 204) throw new Error(`PUT ${body} was answered with ${response.body.toString()}`);
  }

  /** Writes, and gives what the accessory answers to it (HAP, 6.7.2.5). */
  async putForAnswer(iid: number, value: unknown): Promise<unknown> {
    const body = JSON.stringify({ characteristics: [{ aid: AID, iid, value, r: true }] });
    const response = await this.#answered(this.connection.put('/characteristics', body));
    const said = JSON.parse(response.body.toString()) as { characteristics: { value?: unknown }[] };
    return said.characteristics[0]?.value;
  }

  async picture({ width, height, reason }: PictureRequest): Promise<PictureAnswer> {
    const body = JSON.stringify({ 'resource-type': 'image', 'image-width': width, 'image-height': height, reason });
    const asked = performance.now();
    const response = await this.#answered(this.connection.post('/resource', body));
    return { status: response.statusCode, body: response.body, took: performance.now() - asked };
  }

  #answered(response: Promise<HttpResponse>): Promise<HttpResponse> {
    return answered(this.connection, response);
  }
}

/**
 * What an accessory tells of itself, on a connection that asks for nothing else: hap-controller reads events and
 * answers on one connection with two readers, which then wait for each other for ever.
 */
export class Subscription implements Disposable {
  readonly events: CharacteristicEvent[] = [];
  readonly changes = new Changes();

  private constructor(private readonly connection: Connection) {
    connection.on('event', (body: string) => {
      const said = JSON.parse(body) as { characteristics: { iid: number; value: unknown }[] };
      for (const { iid, value } of said.characteristics) this.events.push({ at: performance.now(), iid, value });
      this.changes.changed();
    });
  }

  static async open(address: AccessoryAddress, keys: PairingData, iids: readonly number[]): Promise<Subscription> {
    const { connection } = await verifiedConnection(address, keys);
    const subscription = new Subscription(connection);
    await write(
      connection,
      iids.map((iid) => ({ aid: AID, iid, ev: true })),
      true,
    );
    return subscription;
  }

  [Symbol.dispose](): void {
    this.connection.close();
  }
}

interface Verified {
  readonly connection: Connection;
  readonly sharedSecret: Buffer;
}

async function verifiedConnection(address: AccessoryAddress, keys: PairingData): Promise<Verified> {
  const connection = new HttpConnection('127.0.0.1', address.port);
  const protocol = new PairingProtocol(keys);
  const verify = async (message: Buffer): Promise<Buffer> =>
    (await answered(connection, connection.post('/pair-verify', message, 'application/pairing+tlv8'))).body;
  await protocol.parsePairVerifyM2(await verify(await protocol.buildPairVerifyM1()));
  await protocol.parsePairVerifyM4(await verify(await protocol.buildPairVerifyM3()));
  connection.setSessionKeys(protocol.getSessionKeys());
  const { pairVerify } = protocol as unknown as { pairVerify: { sharedSecret: Uint8Array } };
  return { connection, sharedSecret: Buffer.from(pairVerify.sharedSecret) };
}

async function write(connection: Connection, characteristics: readonly object[], listen = false): Promise<void> {
  const body = JSON.stringify({ characteristics });
  const response = await answered(connection, connection.put('/characteristics', body, 'application/hap+json', listen));
  if (response.statusCode !== 204) throw new Error(`PUT ${body} was answered with ${response.body.toString()}`);
}

/** Gives up on an answer when the connection closes or too much time has passed. */
async function answered(connection: Connection, response: Promise<HttpResponse>): Promise<HttpResponse> {
  let timer: NodeJS.Timeout | undefined;
  let closed: (() => void) | undefined;
  const given = new Promise<never>((_, reject) => {
    closed = (): void => {
      reject(new Error('the accessory closed the connection before it answered'));
    };
    connection.once('disconnect', closed);
    timer = setTimeout(() => {
      reject(new Error(`the accessory did not answer within ${ANSWER_TIMEOUT} ms`));
    }, ANSWER_TIMEOUT);
  });
  try {
    return await Promise.race([response, given]);
  } finally {
    clearTimeout(timer);
    if (closed !== undefined) connection.removeListener('disconnect', closed);
  }
}

/** `00000110-0000-1000-8000-0026BB765291` and `110` are the same type (HAP, 6.6.1). */
const short = (type: string): string =>
  type
    .toUpperCase()
    .replace(/-0000-1000-8000-0026BB765291$/, '')
    .replace(/^0+/, '');
