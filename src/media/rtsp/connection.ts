import type { Socket } from 'node:net';
import type { ReadGate } from '../source.js';
import { Authenticator, type Credentials } from '../auth.js';
import { closed, garbage, silent } from './failure.js';
import { formatAgreement, formatRequest, header, type InterleavedFrame, type RtspResponse } from './message.js';
import { RtspReader, type RtspItem } from './reader.js';

export interface ConnectionOptions {
  readonly socket: Socket;
  /** As messages name the camera. */
  readonly host: string;
  readonly credentials: Credentials | undefined;
  readonly userAgent: string;
  readonly gate: ReadGate;
  readonly onFrame: (frame: InterleavedFrame) => void;
}

/** How long an answer may take, ms. */
const PATIENCE = 5_000;
/** A body that stops short of its announced length is taken as it is after this silence, ms. */
const BODY_SILENCE = 500;
/** About two seconds of G.711 that a camera has not taken, bytes: what comes later than that is of no use. */
const MOST_UNSENT = 16 * 1024;
/** The first try, one with the credentials, one with a fresh nonce. */
const MOST_TRIES = 3;

/** Requests and their answers over one socket, which it owns from then on. */
export class RtspConnection {
  /** Ends all waiting with this error. */
  fail: (error: Error) => void = () => undefined;
  /** Settles, always with an error, when nothing can come any more. */
  readonly ended = new Promise<never>((_, reject) => {
    this.fail = reject;
  });
  readonly authenticator: Authenticator;
  private readonly reader = new RtspReader();
  private readonly waiting = new Map<number, (response: RtspResponse) => void>();
  private bodyTimer: NodeJS.Timeout | undefined;
  private passing: NodeJS.Immediate | undefined;
  private ungated = false;
  private cseq = 0;

  constructor(private readonly options: ConnectionOptions) {
    const { socket, host } = options;
    this.authenticator = new Authenticator(options.credentials);
    this.ended.catch(() => undefined);
    socket.on('data', (chunk: Buffer) => {
      this.read(chunk);
    });
    socket.on('error', (error) => {
      this.fail(closed(host, error));
    });
    socket.on('close', () => {
      this.fail(closed(host));
    });
  }

  /**
   * Sends a request and waits for its answer, which may have any status but 401 that credentials can mend.
   * Rejects with a `SourceError` if none comes.
   */
  async request(method: string, uri: string, headers: Readonly<Record<string, string>> = {}): Promise<RtspResponse> {
    let challenged = false;
    for (let tries = 1; ; tries++) {
      const authorization = this.authenticator.sign(method, uri);
      const response = await this.exchange(method, uri, {
        ...headers,
        ...(authorization === undefined ? {} : { Authorization: authorization }),
      });
      if (response.status !== 401 || tries === MOST_TRIES) return response;
      const challenges = response.headers.get('www-authenticate') ?? [];
      if (!this.authenticator.challenged(challenges, challenged)) return response;
      challenged = true;
    }
  }

  /** Sends an interleaved frame (RFC 2326, 10.12); drops it where the camera does not take what it was sent before. */
  sendFrame(channel: number, payload: Buffer): void {
    const { socket } = this.options;
    if (socket.destroyed || socket.writableLength > MOST_UNSENT) return;
    const head = Buffer.from([0x24, channel, payload.length >> 8, payload.length & 0xff]);
    socket.write(Buffer.concat([head, payload]));
  }

  /** From here on reads at once: what is awaited now may not be held back. */
  ungate(): void {
    this.ungated = true;
    clearImmediate(this.passing);
    this.options.socket.resume();
  }

  destroy(): void {
    clearTimeout(this.bodyTimer);
    clearImmediate(this.passing);
    this.options.socket.destroy();
    this.fail(closed(this.options.host));
  }

  private async exchange(
    method: string,
    uri: string,
    headers: Readonly<Record<string, string>>,
  ): Promise<RtspResponse> {
    const cseq = this.send(method, uri, headers);
    let timer: NodeJS.Timeout | undefined;
    const answer = new Promise<RtspResponse>((resolve, reject) => {
      this.waiting.set(cseq, resolve);
      timer = setTimeout(() => {
        reject(silent(this.options.host, method, PATIENCE / 1000));
      }, PATIENCE);
    });
    try {
      return await Promise.race([answer, this.ended]);
    } finally {
      clearTimeout(timer);
      this.waiting.delete(cseq);
    }
  }

  private send(method: string, uri: string, headers: Readonly<Record<string, string>>): number {
    const cseq = ++this.cseq;
    const text = formatRequest(method, uri, { CSeq: String(cseq), 'User-Agent': this.options.userAgent, ...headers });
    this.options.socket.write(text);
    return cseq;
  }

  private read(chunk: Buffer): void {
    clearTimeout(this.bodyTimer);
    this.takeAll(this.reader.push(chunk));
    if (this.reader.inBody) {
      this.bodyTimer = setTimeout(() => {
        this.takeAll(this.reader.endBody());
      }, BODY_SILENCE);
    }
    this.pass();
  }

  /** Before the gate, once all that has arrived is read: one wake-up may bring many chunks, with TLS one a record. */
  private pass(): void {
    if (this.ungated) return;
    this.passing ??= setImmediate(() => {
      this.passing = undefined;
      this.options.gate.afterRead(this.options.socket);
    });
  }

  private takeAll(items: readonly RtspItem[]): void {
    try {
      for (const item of items) this.take(item);
    } catch (error) {
      // From the listener of frames: it must not escape into the socket's event.
      this.fail(error instanceof Error ? error : new Error(String(error)));
    }
  }

  private take(item: RtspItem): void {
    switch (item.kind) {
      case 'frame':
        this.options.onFrame(item);
        break;
      case 'response':
        this.answer(item);
        break;
      case 'request':
        this.options.socket.write(formatAgreement(header(item, 'cseq') ?? '0'));
        if (item.method === 'TEARDOWN') this.fail(closed(this.options.host));
        break;
      case 'junk':
        this.fail(garbage(this.options.host, item.sample));
        break;
    }
  }

  /** Some servers give no sequence number, or one that never was: then the answer is to the only request there is. */
  private answer(response: RtspResponse): void {
    if (response.status < 200) return;
    const cseq = Number(header(response, 'cseq') ?? Number.NaN);
    const was = cseq >= 1 && cseq <= this.cseq;
    const [only] = this.waiting.size === 1 && !was ? this.waiting.values() : [];
    (this.waiting.get(cseq) ?? only)?.(response);
  }
}
