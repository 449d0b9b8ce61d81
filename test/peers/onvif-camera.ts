import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { OnvifAddress } from '../../src/onvif/device.js';
import { type DigestForm, LoginCheck, type LoginWay } from './onvif-login.js';
import { type Lie, tellLie } from './onvif-lies.js';
import { type Maker, MAKERS } from './onvif-makers.js';
import { clock, fault, type Place, probeMatch, type Said, type SaidEvent, type Shape } from './onvif-shapes.js';

export const USERNAME = 'hub & home';

export interface OnvifCameraOptions {
  readonly maker?: Maker;
  readonly password?: string;
  /** Default: the maker's. */
  readonly logins?: readonly LoginWay[];
  readonly digest?: DigestForm;
  readonly rtsp?: { readonly main: string; readonly sub: string };
  /** By how much the camera's clock is ahead, ms. */
  readonly clockSkew?: number;
  /** By the request's name; `*` for all. */
  readonly lies?: Readonly<Record<string, Lie>>;
  /** What it calls itself, where that is not true: `http://0.0.0.0`. */
  readonly origin?: string;
  /** The longest wait that it takes, s. */
  readonly longestWait?: number;
  /** Whether it says so when a wait is too long; default true. */
  readonly saysLongestWait?: boolean;
  /** It never waits for events. */
  readonly emptyAtOnce?: boolean;
  /** How long its subscriptions last, whatever is asked for, ms. */
  readonly lease?: number;
}

/** A request as it came in. */
export interface HeardRequest {
  /** `GetProfiles` */
  readonly action: string;
  readonly body: string;
  readonly path: string;
  readonly login: LoginWay | undefined;
  /** When it came, on `performance.now()`. */
  readonly at: number;
}

interface Point {
  readonly queue: string[];
  until: number;
  wake: () => void;
}

/** An ONVIF camera that speaks as one maker's do, on loopback, and lies where it is told to. */
export class OnvifCamera implements AsyncDisposable {
  readonly heard: HeardRequest[] = [];
  readonly points = new Map<number, Point>();
  readonly logins: LoginCheck;
  lies: Readonly<Record<string, Lie>>;
  clockSkew: number;
  filter = 'AUTO';
  readonly #shape: Shape;
  readonly #server: Server;
  readonly #udp: Socket;
  readonly #listeners = new Set<() => void>();
  #next = 1;

  private constructor(private readonly options: OnvifCameraOptions) {
    this.#shape = MAKERS[options.maker ?? 'hikvision'];
    this.logins = new LoginCheck(USERNAME, this.password, options.digest);
    this.lies = options.lies ?? {};
    this.clockSkew = options.clockSkew ?? 0;
    this.#server = createServer(
      (request, response) => void this.#answer(request, response).catch(() => response.destroy()),
    );
    this.#udp = createSocket('udp4');
    this.#udp.on('message', (datagram, from) => {
      if (datagram.includes('Probe>'))
        this.#udp.send(probeMatch(this.#shape, this.#place, this.port), from.port, from.address);
    });
  }

  static async start(options: OnvifCameraOptions = {}): Promise<OnvifCamera> {
    const camera = new OnvifCamera(options);
    camera.#server.listen(0, '127.0.0.1');
    camera.#udp.bind(0, '127.0.0.1');
    await Promise.all([once(camera.#server, 'listening'), once(camera.#udp, 'listening')]);
    return camera;
  }

  get password(): string {
    return this.options.password ?? 'p@ss <w#rd>';
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Where it hears probes, by UDP. */
  get discoveryPort(): number {
    return this.#udp.address().port;
  }

  /** How it is reached with the right login. */
  get address(): OnvifAddress {
    return { host: '127.0.0.1', port: this.port, tls: false, username: USERNAME, password: this.password };
  }

  /** Connections that are open. */
  connections(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.getConnections((error, count) => {
        if (error === null) resolve(count);
        else reject(error);
      });
    });
  }

  actions(): string[] {
    return this.heard.map(({ action }) => action);
  }

  /** Resolves when that many requests of that name were heard in all. */
  async until(action: string, count = 1): Promise<void> {
    while (this.actions().filter((name) => name === action).length < count)
      await new Promise<void>((resolve) => this.#listeners.add(resolve));
  }

  /** Says what it sees to all that listen; throws where this maker's cameras have no words for it. */
  say(said: Said | SaidEvent, on = true, operation?: SaidEvent['operation']): void {
    const event = typeof said === 'string' ? this.#shape.events[said]?.(on) : said;
    if (event === undefined) throw new Error('This maker has no such event.');
    const notice = this.#shape.notice({ ...(operation && { operation }), ...event }, this.#time());
    for (const point of this.points.values()) {
      point.queue.push(notice);
      point.wake();
    }
  }

  /** Its subscriptions are gone, as after a restart. */
  forget(): void {
    for (const point of this.points.values()) point.wake();
    this.points.clear();
  }

  get #place(): Place {
    const origin = this.options.origin ?? `http://127.0.0.1:${this.port}`;
    const rtsp = this.options.rtsp ?? { main: 'rtsp://127.0.0.1:554/main', sub: 'rtsp://127.0.0.1:554/sub' };
    return { origin, rtsp, filter: this.filter };
  }

  get #now(): number {
    return Date.now() + this.clockSkew;
  }

  #time(after = 0): string {
    return new Date(this.#now + after).toISOString().replace(/\.\d+Z$/, 'Z');
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    const action = /<(?:\w+:)?Body[^>]*>\s*<(?:\w+:)?(\w+)/.exec(body)?.[1] ?? '';
    const isOpen = action === 'GetSystemDateAndTime';
    const login = isOpen ? undefined : this.#loginOf(request, body);
    this.heard.push({ action, body, path: request.url ?? '', login, at: performance.now() });
    const lie = this.lies[action] ?? this.lies['*'];
    try {
      if (lie === 'fault') this.#fault(response, 'ter:ActionNotSupported', 'Optional Action Not Implemented');
      else if (lie !== undefined) tellLie(lie, response, this.logins.challenge());
      else if (login === undefined && !isOpen) this.#refuse(response);
      else await this.#tell(action, body, request, response);
    } finally {
      for (const resolve of this.#listeners) resolve();
      this.#listeners.clear();
    }
  }

  #loginOf(request: IncomingMessage, body: string): LoginWay | undefined {
    const logins = this.options.logins ?? this.#shape.logins;
    if (logins.includes('digest') && this.logins.signature(request)) return 'digest';
    return logins.includes('token') && this.logins.token(body, this.#now) ? 'token' : undefined;
  }

  #refuse(response: ServerResponse): void {
    const logins = this.options.logins ?? this.#shape.logins;
    if (!logins.includes('digest')) {
      this.#fault(response, 'ter:NotAuthorized', 'Sender not Authorized');
      return;
    }
    response.writeHead(401, { 'WWW-Authenticate': this.logins.challenge() }).end();
  }

  #send(response: ServerResponse, body: string, status = 200): void {
    response.writeHead(status, { 'Content-Type': 'application/soap+xml; charset=utf-8' });
    response.end(this.#shape.envelope(body));
  }

  #fault(response: ServerResponse, code: string, reason: string, detail = ''): void {
    this.#send(response, fault(this.#shape.envelope(''), code, reason, detail), 400);
  }

  async #tell(action: string, body: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (action === 'GetSystemDateAndTime') {
      this.#send(response, clock(new Date(this.#now)));
      return;
    }
    if (action === 'CreatePullPointSubscription') {
      this.#subscribe(response);
      return;
    }
    if (['PullMessages', 'Renew', 'Unsubscribe'].includes(action)) return this.#pulled(action, body, request, response);
    const token = /ProfileToken[^>]*>([^<]*)</.exec(body)?.[1] ?? '';
    const media = body.includes('/ver20/media/') ? 'media2' : 'media';
    const answers = this.#shape.answers;
    const answer = answers[action] ?? answers[`${action}/${token}`] ?? answers[`${media}/${action}`];
    if (answer === undefined) {
      this.#fault(response, 'ter:ActionNotSupported', 'Optional Action Not Implemented');
      return;
    }
    if (action === 'SetImagingSettings') this.filter = /IrCutFilter[^>]*>(\w+)</.exec(body)?.[1] ?? this.filter;
    this.#send(response, answer(this.#place));
  }

  #lease(prefix: 'wsnt' | 'tev', left: number): string {
    const [now, until] = [this.#time(), this.#time(left)];
    return `<${prefix}:CurrentTime>${now}</${prefix}:CurrentTime><${prefix}:TerminationTime>${until}</${prefix}:TerminationTime>`;
  }

  #subscribe(response: ServerResponse): void {
    const id = this.#next++;
    const lease = this.options.lease ?? 60_000;
    this.points.set(id, { queue: [], until: Date.now() + lease, wake: () => undefined });
    const reference = this.#shape.pullPoint(this.#place, id);
    this.#send(
      response,
      `<tev:CreatePullPointSubscriptionResponse>${reference}${this.#lease('wsnt', lease)}</tev:CreatePullPointSubscriptionResponse>`,
    );
  }

  async #pulled(action: string, body: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { byParameter, renews } = this.#shape.pulls;
    const said = byParameter
      ? /<(?:\w+:)?SubscriptionId xmlns(?::\w+)?="http:\/\/www.axis.com\/2009\/event"[^>]*>(\d+)</.exec(body)
      : /(\d+)(?:_2020)?$/.exec(request.url ?? '');
    const id = Number(said?.[1]);
    const point = this.points.get(id);
    if (point === undefined || Date.now() > point.until) {
      this.#fault(response, 'wsrf-rw:ResourceUnknownFault', 'The subscription is unknown');
      return;
    }
    const lease = this.options.lease ?? 60_000;
    if (action === 'Unsubscribe') {
      this.points.delete(id);
      point.wake();
      this.#send(response, '<wsnt:UnsubscribeResponse/>');
    } else if (action === 'Renew') {
      if (!renews) {
        this.#fault(response, 'ter:ActionNotSupported', 'Optional Action Not Implemented');
        return;
      }
      point.until = Date.now() + lease;
      this.#send(response, `<wsnt:RenewResponse>${this.#lease('wsnt', lease)}</wsnt:RenewResponse>`);
    } else await this.#hold(point, body, response, id);
  }

  async #hold(point: Point, body: string, response: ServerResponse, id: number): Promise<void> {
    const wait = Number(/Timeout>PT(\d+)S</.exec(body)?.[1] ?? 0);
    const { longestWait, saysLongestWait = true, emptyAtOnce = false } = this.options;
    if (longestWait !== undefined && wait > longestWait) {
      const detail = `<tev:PullMessagesFaultResponse><tev:MaxTimeout>PT${longestWait}S</tev:MaxTimeout></tev:PullMessagesFaultResponse>`;
      this.#fault(response, 'ter:InvalidArgVal', 'The wait is too long', saysLongestWait ? detail : '');
      return;
    }
    for (const resolve of this.#listeners) resolve();
    this.#listeners.clear();
    if (point.queue.length === 0 && !emptyAtOnce) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, wait * 1000);
        point.wake = () => {
          clearTimeout(timer);
          resolve();
        };
        response.once('close', point.wake);
      });
    }
    if (response.destroyed) return;
    if (!this.points.has(id)) {
      this.#fault(response, 'wsrf-rw:ResourceUnknownFault', 'The subscription is unknown');
      return;
    }
    const left = this.#lease('tev', point.until - Date.now());
    this.#send(
      response,
      `<tev:PullMessagesResponse>${left}${point.queue.splice(0).join('\n')}</tev:PullMessagesResponse>`,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.forget();
    this.#udp.close();
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }
}
