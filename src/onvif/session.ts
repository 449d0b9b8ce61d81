import { randomBytes } from 'node:crypto';
import { authorization, type Challenge, chooseChallenge, isStale, parseChallenges } from '../media/auth.js';
import { DEVICE_PATH } from './addresses.js';
import { clockOf } from './answers.js';
import { type OnvifAddress, OnvifError } from './device.js';
import { type Exchange, type HttpAnswer, SWITCH_ON, UPDATE_IT } from './exchange.js';
import { type Answer, answerOf, envelope, type Fault, isNotAuthorized, type Login, usernameToken } from './soap.js';
import type { Element } from './xml.js';

/** The camera understood and refuses. */
export class OnvifRefusal extends OnvifError {
  constructor(
    message: string,
    readonly soap: Fault | undefined,
    /** It is this user who may not. */
    readonly ofUser = false,
  ) {
    super('refused', message);
  }
}

export interface SessionOptions {
  readonly address: OnvifAddress;
  /** Ms since 1970 on the hub's clock. */
  readonly wallclock: () => number;
  readonly exchange: Exchange;
  /** For each answer, ms. */
  readonly timeout: number;
  /** The session's life. */
  readonly signal: AbortSignal;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
  /** Default: the session's. */
  readonly timeout?: number;
  /** More for the SOAP header. */
  readonly header?: string;
  /** It is the last word of something that has ended: what ends that, the session's life too, does not stop it. */
  readonly isFarewell?: boolean;
  /** What SOAP calls the request by; default: its namespace and name. */
  readonly action?: string;
}

/** How the camera takes the login: WS-Security's token, HTTP's digest, or nothing, where there is no login. */
type Way =
  | { readonly by: 'nothing' }
  | { readonly by: 'token' }
  | { readonly by: 'digest'; readonly challenge: Challenge; count: number };

/** Whoever asks is answered, right password or wrong. */
const ASKED_BY_ALL = new Set(['GetDeviceInformation', 'GetServices', 'GetCapabilities']);

const NEVER = new AbortController().signal;

const DEVICE = 'http://www.onvif.org/ver10/device/wsdl';
/** A clock that is this much off makes a token that cameras refuse, ms. */
const CLOCK_MOVED = 3_000;

/** One camera's SOAP services and one login to them, which is tried once in each way: cameras lock accounts. */
export class Session {
  readonly device: URL;
  readonly #login: Login | undefined;
  #way: Way;
  #state: 'new' | 'proven' | 'refused' = 'new';
  #spoke = false;
  #clockOffset = 0;

  constructor(private readonly options: SessionOptions) {
    const { username, password } = options.address;
    this.device = deviceService(options.address);
    this.#login = username === undefined ? undefined : { username, password: password ?? '' };
    this.#way = { by: this.#login === undefined ? 'nothing' : 'token' };
  }

  /** Whether it has answered in SOAP at least once. */
  get spoke(): boolean {
    return this.#spoke;
  }

  /** What has to be added to the camera's clock to have the hub's, ms. */
  get clockOffset(): number {
    return this.#clockOffset;
  }

  /** Asks what time the camera has, which needs no login. */
  async readClock(signal?: AbortSignal): Promise<void> {
    const asked = this.options.wallclock();
    const request = { service: this.device, body: `<GetSystemDateAndTime xmlns="${DEVICE}"/>` };
    const { http, answer } = await this.#send(request, signal === undefined ? {} : { signal }, { by: 'nothing' });
    const said = answer.kind === 'body' ? clockOf(answer.body) : undefined;
    const camera = said ?? http.date;
    if (camera !== undefined) this.#clockOffset = Math.round((asked + this.options.wallclock()) / 2 - camera);
  }

  /**
   * @param body one element with its namespace as `xmlns`, escaped
   * @returns the answer's element in the body
   */
  async call(service: URL, body: string, options: CallOptions = {}): Promise<Element> {
    if (this.#state === 'refused') throw this.#refusedLogin();
    const request = { service, body, way: this.#way, clockOffset: this.#clockOffset };
    let reply = await this.#send(request, options, request.way);
    if (isRefused(reply)) reply = await this.#otherwise(request, options, reply);
    else this.#prove(reply, body);
    return this.#bodyOf(reply, body);
  }

  /** What follows upon a refused login, at most once: another way, a new nonce, or a clock that is read anew. */
  async #otherwise(request: TriedRequest, options: CallOptions, refused: Reply): Promise<Reply> {
    const next = this.#login === undefined ? undefined : await this.#nextWay(request, options, refused);
    if (next !== undefined) {
      const reply = await this.#send(request, options, next);
      if (!isRefused(reply)) {
        this.#way = next;
        this.#prove(reply, request.body);
        return reply;
      }
    }
    if (this.#state === 'proven' && this.#login !== undefined) return refused;
    this.#state = 'refused';
    throw this.#refusedLogin();
  }

  #prove({ answer }: Reply, body: string): void {
    if (answer.kind === 'body' && !ASKED_BY_ALL.has(nameOf(body))) this.#state = 'proven';
  }

  async #nextWay(request: TriedRequest, options: CallOptions, { http }: Reply): Promise<Way | undefined> {
    // Another request, sent at the same time, has found it already.
    if (this.#way !== request.way) return this.#way;
    const challenge = digestOf(http);
    if (request.way.by === 'digest') {
      // Only a nonce that has grown old is worth a second attempt.
      const isOld =
        challenge !== undefined &&
        (isStale(challenge) || (this.#state === 'proven' && nonceOf(challenge) !== nonceOf(request.way.challenge)));
      return isOld ? { by: 'digest', challenge, count: 0 } : undefined;
    }
    if (challenge !== undefined) return { by: 'digest', challenge, count: 0 };
    if (this.#state === 'proven') {
      await this.readClock(options.signal);
      return Math.abs(this.#clockOffset - request.clockOffset) > CLOCK_MOVED ? { by: 'token' } : undefined;
    }
    // Some only challenge who brings no token. It is no attempt: nothing is claimed.
    const bare = digestOf((await this.#send(request, options, { by: 'nothing' })).http);
    return bare === undefined ? undefined : { by: 'digest', challenge: bare, count: 0 };
  }

  async #send(
    { service, body }: Request,
    { signal, timeout = this.options.timeout, header = '', action = actionOf(body), isFarewell = false }: CallOptions,
    way: Way,
  ): Promise<Reply> {
    const login = this.#login;
    const created = this.options.wallclock() - this.#clockOffset;
    const token = way.by === 'token' && login !== undefined ? usernameToken(login, created, randomBytes(16)) : '';
    const signed =
      way.by === 'digest' && login !== undefined
        ? { Authorization: signature(way.challenge, login, service, ++way.count) }
        : {};
    const http = await this.options.exchange({
      ...{ url: service, host: this.options.address.host },
      headers: { 'Content-Type': `application/soap+xml; charset=utf-8; action="${action}"`, ...signed },
      body: envelope(token + header, body),
      timeout,
      signal: isFarewell ? NEVER : AbortSignal.any([this.options.signal, ...(signal === undefined ? [] : [signal])]),
    });
    const answer = answerOf(http.document);
    if (answer.kind !== 'none') this.#spoke = true;
    return { http, answer };
  }

  #bodyOf({ http, answer }: Reply, body: string): Element {
    const host = this.options.address.host;
    const what = nameOf(body);
    if (answer.kind === 'body' && http.status < 400) return answer.body;
    const fault = answer.kind === 'fault' ? answer.fault : undefined;
    if (isRefused({ http, answer })) {
      const remedy = 'give the user more rights on the camera (operator)';
      throw new OnvifRefusal(`${host} refuses ${what} to this user: ${remedy}.`, fault, true);
    }
    if (fault !== undefined) {
      const reason = fault.reason || (fault.codes.at(-1) ?? 'no reason is given');
      throw new OnvifRefusal(`${host} refuses ${what}: ${reason}.`, fault);
    }
    if (this.device.protocol === 'http:' && http.status >= 300 && http.location?.startsWith('https:') === true)
      throw new OnvifError('absent', `${host} wants to be asked over TLS: use onvifs:// or https:// for its ONVIF.`);
    if (!this.#spoke && (http.status >= 300 || (http.document !== undefined && http.document.name !== 'Envelope')))
      throw new OnvifError('absent', `${host} has no ONVIF there (HTTP status ${http.status}): ${SWITCH_ON}.`);
    if (http.status >= 300)
      throw new OnvifRefusal(`${host} refuses ${what} with HTTP status ${http.status}.`, undefined);
    throw new OnvifError('nonsense', `${host} answers ${what} with what cannot be read: ${UPDATE_IT}.`);
  }

  #refusedLogin(): OnvifError {
    const { host } = this.options.address;
    return new OnvifError(
      'login',
      this.#login === undefined
        ? `${host} wants a user name and a password for ONVIF: add them.`
        : `${host} refuses the user name or the password for ONVIF: check both. Many cameras have users for ONVIF alone, ` +
            'made on a page of their own settings, and lock a user for some minutes after wrong passwords.',
    );
  }
}

interface Request {
  readonly service: URL;
  readonly body: string;
}

/** How it was sent at first. */
interface TriedRequest extends Request {
  readonly way: Way;
  readonly clockOffset: number;
}

interface Reply {
  readonly http: HttpAnswer;
  readonly answer: Answer;
}

/** Whether it is of who asks. */
const isRefused = ({ http, answer }: Reply): boolean =>
  http.status === 401 || (answer.kind === 'fault' ? isNotAuthorized(answer.fault) : http.status === 403);

/** The password itself is never sent. */
const digestOf = ({ challenges }: HttpAnswer): Challenge | undefined =>
  chooseChallenge(parseChallenges(challenges).filter(({ scheme }) => scheme === 'digest'));

const nonceOf = ({ parameters }: Challenge): string | undefined => parameters.get('nonce');

const signature = (challenge: Challenge, login: Login, { pathname, search }: URL, count: number): string =>
  authorization(challenge, login, { method: 'POST', uri: pathname + search }, count, randomBytes(8).toString('hex'));

/** What a request is called: `GetProfiles` of `<GetProfiles xmlns="…"/>`. */
const nameOf = (body: string): string => /^<(\w+)/.exec(body)?.[1] ?? '';

const actionOf = (body: string): string => `${/xmlns="([^"]*)"/.exec(body)?.[1] ?? ''}/${nameOf(body)}`;

function deviceService({ host, port, tls, path = DEVICE_PATH }: OnvifAddress): URL {
  // A URL knows no zones.
  const name = host.includes(':') ? `[${host.replace(/%.*/, '')}]` : host;
  const server = `${tls ? 'https' : 'http'}://${name}:${port ?? (tls ? 443 : 80)}`;
  const url = /[\s/?#@\\]/.test(host) ? null : URL.parse(server + path);
  if (url !== null) return url;
  throw new OnvifError('absent', "The camera's address is none: name a host, such as 192.168.1.20.");
}
