import { header, type RtspResponse } from './message.js';
import type { RtspConnection } from './connection.js';
import { garbage, READ_WITH_FFMPEG, statusError, unsupported } from './failure.js';
import {
  parseRtpInfo,
  parseSession,
  parseTransport,
  publicMethods,
  type RtpInfo,
  type SessionField,
} from './fields.js';
import { planTracks, type Plan } from './plan.js';
import { controlUrl, parseSdp, type Sdp } from './sdp.js';
import type { TrackKind } from './camera-clock.js';

export interface Description {
  readonly plan: Plan;
  /** What PLAY, keep-alives and TEARDOWN address. */
  readonly url: string;
  readonly trackUrls: Readonly<Record<TrackKind, string>>;
}

/** What a camera offers, as it describes it, and where each stream of it is to be asked for. */
export interface Offer {
  readonly sdp: Sdp;
  readonly track: (control: string | undefined) => string;
}

/** What a session is for. */
export interface SessionPurpose {
  /** For the requests that ask for streams. */
  readonly headers: Readonly<Record<string, string>>;
  /** What follows from something that the camera cannot do; goes on after a comma. */
  readonly otherwise: string;
}

const READING: SessionPurpose = { headers: {}, otherwise: READ_WITH_FFMPEG };

/** Between keep-alives at most, s: some servers forget a client sooner than they say. */
const LONGEST_SILENCE = 30;
const SHORTEST_SILENCE = 1;
/** For the answer to TEARDOWN, ms. */
const FAREWELL = 300;

/** One RTSP session (RFC 2326), from its first request to its last. Every step rejects with a `SourceError`. */
export class RtspSession {
  private methods: ReadonlySet<string> = new Set();
  private session: SessionField | undefined;
  private url: string;
  private keepAliveTimer: NodeJS.Timeout | undefined;
  private keepAliveMethod = 'OPTIONS';
  private over = false;

  /** @param url without credentials */
  constructor(
    private readonly connection: RtspConnection,
    private readonly host: string,
    url: string,
    private readonly purpose = READING,
  ) {
    this.url = url;
  }

  /** What the camera offers, and what of it will be read. */
  async describe(audio: boolean): Promise<Description> {
    const { sdp, track } = await this.offer();
    const plan = planTracks(sdp, audio);
    if (typeof plan === 'string') throw this.unsupported(plan);
    const trackUrls = { video: track(plan.video.media.control), audio: track(plan.audio?.media.control) };
    return { plan, url: this.url, trackUrls };
  }

  async offer(): Promise<Offer> {
    const options = await this.connection.request('OPTIONS', this.url);
    // Some cameras know no OPTIONS; what else is wrong, DESCRIBE will show.
    if (options.status === 200) this.methods = publicMethods(options);
    if (options.status === 401) throw this.refused('OPTIONS', options);
    const response = await this.connection.request('DESCRIBE', this.url, {
      Accept: 'application/sdp',
      ...this.purpose.headers,
    });
    if (response.status >= 300 && response.status < 400) {
      throw this.unsupported('sends its viewers to another address');
    }
    if (response.status !== 200) throw this.refused('DESCRIBE', response);
    const sdp = parseSdp(response.body.toString('utf8'));
    if (!sdp) throw garbage(this.host, response.body.toString('latin1', 0, 40).replace(/[^ -~]+/g, '·'));
    const base = withoutUser(header(response, 'content-base') ?? header(response, 'content-location') ?? '');
    const root = /^rtsps?:\/\//i.test(base) ? base : this.url;
    const track = (control: string | undefined): string => withoutUser(controlUrl(root, control));
    this.url = track(sdp.control);
    return { sdp, track };
  }

  /**
   * Asks for one stream over this connection.
   * @param channels to ask for
   * @returns the channels that the server chose
   */
  async setUp(url: string, channels: readonly [number, number]): Promise<readonly [number, number]> {
    const response = await this.connection.request('SETUP', url, {
      Transport: `RTP/AVP/TCP;unicast;interleaved=${channels.join('-')}`,
      ...this.purpose.headers,
      ...this.sessionHeader(),
    });
    if (response.status !== 200) throw this.refused('SETUP', response);
    this.session ??= parseSession(response);
    const transport = parseTransport(header(response, 'transport') ?? 'RTP/AVP/TCP');
    if (transport.multicast) throw this.unsupported('sends its stream by multicast');
    if (!transport.tcp) throw this.unsupported('sends its stream over UDP only');
    return transport.interleaved ?? channels;
  }

  async play(): Promise<RtpInfo[]> {
    const response = await this.connection.request('PLAY', this.url, {
      ...this.purpose.headers,
      ...this.sessionHeader(),
      Range: 'npt=0.000-',
    });
    if (response.status !== 200) throw this.refused('PLAY', response);
    this.session = parseSession(response) ?? this.session;
    if (this.methods.has('GET_PARAMETER')) this.keepAliveMethod = 'GET_PARAMETER';
    this.scheduleKeepAlive();
    return parseRtpInfo(header(response, 'rtp-info') ?? '');
  }

  /** Frees the camera's place for the next viewer; takes no longer than {@link FAREWELL}. */
  async tearDown(): Promise<void> {
    this.over = true;
    clearTimeout(this.keepAliveTimer);
    if (!this.session) return;
    let timer: NodeJS.Timeout | undefined;
    const farewell = new Promise<void>((resolve) => (timer = setTimeout(resolve, FAREWELL)));
    const answer = this.connection.request('TEARDOWN', this.url, this.sessionHeader()).catch(() => undefined);
    await Promise.race([answer, farewell]);
    clearTimeout(timer);
  }

  private sessionHeader(): Record<string, string> {
    return this.session ? { Session: this.session.id } : {};
  }

  private scheduleKeepAlive(): void {
    // The answer to PLAY may come after the end.
    if (this.over) return;
    const timeout = this.session?.timeout ?? 60;
    const silence = Math.max(SHORTEST_SILENCE, Math.min(LONGEST_SILENCE, timeout / 2));
    this.keepAliveTimer = setTimeout(() => {
      this.keepAlive();
      this.scheduleKeepAlive();
    }, silence * 1000);
  }

  /** What is answered does not end the stream, and many cameras answer nonsense: only a method is given up for it. */
  private keepAlive(): void {
    const method = this.keepAliveMethod;
    this.connection.request(method, this.url, this.sessionHeader()).then(
      ({ status }) => {
        if (status >= 400 && status !== 401) this.keepAliveMethod = method === 'OPTIONS' ? 'GET_PARAMETER' : 'OPTIONS';
      },
      () => undefined,
    );
  }

  private refused(method: string, response: RtspResponse): Error {
    const { hasCredentials } = this.connection.authenticator;
    return statusError(this.host, method, response.status, hasCredentials, this.purpose.otherwise);
  }

  private unsupported(reason: string): Error {
    return unsupported(this.host, reason, this.purpose.otherwise);
  }
}

/** An address that the camera gives may hold a password; requests carry it in no address. */
const withoutUser = (url: string): string => url.replace(/^(rtsps?:\/\/)[^/@]*@/i, '$1');
