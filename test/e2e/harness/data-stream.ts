import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type Controller, HAP } from './controller.js';
import { decoded, encoded } from './data-stream-coder.js';
import { readTlv, tlv, u8 } from './tlv8.js';
import { Changes } from './until.js';

export type Message = Readonly<Record<string, unknown>>;

export interface Answer {
  /** 0: success. */
  readonly status: number;
  readonly message: Message;
}

const ANSWER_TIMEOUT = 15_000;
const TAG = 16;
const HEAD = 4;

/** A HomeKit Data Stream to one accessory, as a home hub opens it. */
export class DataStream implements Disposable {
  readonly changes = new Changes();
  private readonly answers = new Map<number, Answer>();
  private readonly listeners = new Set<(topic: string, message: Message) => void>();
  private received = Buffer.alloc(0);
  private nextId = 1;
  private sent = 0;
  private read = 0;
  #closed = false;

  private constructor(
    private readonly socket: Socket,
    private readonly keys: { readonly read: Buffer; readonly write: Buffer },
  ) {
    socket.on('data', (chunk: Buffer) => {
      this.take(chunk);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#closed = true;
      this.changes.changed();
    });
  }

  static async open(controller: Controller): Promise<DataStream> {
    const salt = randomBytes(32);
    const { iid } = controller.find(HAP.dataStreamTransport, HAP.setupDataStream);
    const request = tlv([1, u8(0)], [2, u8(0)], [3, salt]).toString('base64');
    const answer = readTlv(Buffer.from(String(await controller.putForAnswer(iid, request)), 'base64'));
    const parameters = readTlv(answer.get(2) ?? Buffer.alloc(0));
    const port = parameters.get(1)?.readUInt16LE() ?? 0;
    const both = Buffer.concat([salt, answer.get(3) ?? Buffer.alloc(0)]);
    const key = (info: string): Buffer =>
      Buffer.from(hkdfSync('sha512', controller.sharedSecret, both, `HDS-${info}-Encryption-Key`, 32));
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    const stream = new DataStream(socket, { read: key('Read'), write: key('Write') });
    await stream.request('control', 'hello', {});
    return stream;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** @returns ends the subscription */
  subscribe(listener: (topic: string, message: Message) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  async request(protocol: string, request: string, message: Message): Promise<Answer> {
    const id = this.nextId++;
    this.send({ protocol, request, id }, message);
    return this.changes.until(
      `an answer to ${protocol}/${request}`,
      () => {
        if (this.#closed) throw new Error('the accessory closed the data stream');
        return this.answers.get(id);
      },
      ANSWER_TIMEOUT,
    );
  }

  event(protocol: string, event: string, message: Message): void {
    this.send({ protocol, event }, message);
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }

  private send(header: Message, message: Message): void {
    const first = encoded(header);
    const payload = Buffer.concat([u8(first.length), first, encoded(message)]);
    const head = Buffer.alloc(HEAD);
    head.writeUInt32BE(2 ** 24 + payload.length);
    const cipher = createCipheriv('chacha20-poly1305', this.keys.write, nonce(this.sent++), { authTagLength: TAG });
    cipher.setAAD(head, { plaintextLength: payload.length });
    const sealed = Buffer.concat([cipher.update(payload), cipher.final()]);
    this.socket.write(Buffer.concat([head, sealed, cipher.getAuthTag()]));
  }

  private take(chunk: Buffer): void {
    this.received = Buffer.concat([this.received, chunk]);
    for (;;) {
      const { received } = this;
      const length = received.length < HEAD ? Infinity : received.readUIntBE(1, 3);
      if (received.length < HEAD + length + TAG) break;
      this.received = received.subarray(HEAD + length + TAG);
      this.hear(this.opened(received.subarray(0, HEAD), received.subarray(HEAD, HEAD + length + TAG)));
    }
    this.changes.changed();
  }

  private opened(head: Buffer, sealed: Buffer): Buffer {
    const decipher = createDecipheriv('chacha20-poly1305', this.keys.read, nonce(this.read++), { authTagLength: TAG });
    decipher.setAAD(head, { plaintextLength: sealed.length - TAG });
    decipher.setAuthTag(sealed.subarray(-TAG));
    return Buffer.concat([decipher.update(sealed.subarray(0, -TAG)), decipher.final()]);
  }

  private hear(payload: Buffer): void {
    const length = payload.readUInt8(0);
    const [header, message] = [payload.subarray(1, 1 + length), payload.subarray(1 + length)].map(
      (data) => decoded(data) as Message,
    );
    if (header === undefined || message === undefined) return;
    if ('response' in header) this.answers.set(Number(header['id']), { status: Number(header['status']), message });
    else if ('event' in header) for (const listener of [...this.listeners]) listener(String(header['event']), message);
  }
}

/** 96 bits: a counter behind four bytes of 0. */
function nonce(counter: number): Buffer {
  const bytes = Buffer.alloc(12);
  bytes.writeBigUInt64LE(BigInt(counter), 4);
  return bytes;
}
