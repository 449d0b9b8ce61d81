import type { Socket } from 'node:net';
import type { ReadGate, Source, SourceSink } from '../source.js';
import type { TrackKind } from './camera-clock.js';
import { connectToCamera, type Connect } from './connect.js';
import { RtspConnection } from './connection.js';
import { cameraError, unsupported } from './failure.js';
import type { RtpInfo } from './fields.js';
import { Receiver } from './receiver.js';
import { RtspSession, type Description } from './session.js';

export interface RtspSourceOptions {
  /** A valid `rtsp://` or `rtsps://` address, without credentials. */
  readonly url: string;
  readonly username?: string;
  readonly password?: string;
  /** Whether to read the sound, where there is some. */
  readonly audio: boolean;
  /** Default: TCP, or TLS for `rtsps:`. */
  readonly connect?: Connect;
  /** Monotonic milliseconds. */
  readonly now: () => number;
}

const USER_AGENT = 'Lookout';
/** 322 is the registered port of rtsps. */
const PORTS: Readonly<Record<string, number>> = { 'rtsp:': 554, 'rtsps:': 322 };

/** Reads a camera over RTSP 1.0, interleaved in one TCP or TLS connection. No process, no delay. */
export function rtspSource(options: RtspSourceOptions): Source {
  return async (sink, gate, signal) => {
    const url = new URL(options.url);
    const port = Number(url.port) || PORTS[url.protocol];
    if (port === undefined) throw unsupported(url.hostname, `has an address of ${url.protocol}`);
    const host = url.hostname.replace(/^\[|\]$/g, '');
    url.username = url.password = url.hash = '';
    try {
      const connect = options.connect ?? connectToCamera;
      const socket = await connect({ host, port, tls: url.protocol === 'rtsps:' }, signal);
      await run({ socket, host, url: url.href, options, sink, gate, signal });
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  };
}

interface Run {
  readonly socket: Socket;
  readonly host: string;
  readonly url: string;
  readonly options: RtspSourceOptions;
  readonly sink: SourceSink;
  readonly gate: ReadGate;
  readonly signal: AbortSignal;
}

async function run({ socket, host, url, options, sink, gate, signal }: Run): Promise<void> {
  const { username, password = '' } = options;
  let receiver: Receiver | undefined;
  let abort: () => void = () => undefined;
  const aborted = new Promise<void>((resolve) => (abort = resolve));
  signal.addEventListener('abort', abort, { once: true });
  const connection = new RtspConnection({
    socket,
    host,
    gate,
    userAgent: USER_AGENT,
    credentials: username === undefined ? undefined : { username, password },
    onFrame: ({ channel, payload }) => {
      if (signal.aborted) return;
      receiver?.frame(channel, payload);
      if (receiver?.ended) connection.fail(cameraError('closed', host, 'has ended its stream'));
    },
  });
  const session = new RtspSession(connection, host, url);
  const start = async (): Promise<void> => {
    const description = await session.describe(options.audio);
    const receiving = new Receiver(description.plan, sink, options.now);
    await setUp(session, description, receiving);
    receiving.announce();
    receiver = receiving;
    for (const [kind, timestamp] of starts(await session.play(), description)) receiving.startsAt(kind, timestamp);
  };
  try {
    if (signal.aborted) return;
    await Promise.race([start(), aborted, connection.ended]);
    await Promise.race([aborted, connection.ended]);
  } finally {
    signal.removeEventListener('abort', abort);
    connection.ungate();
    await session.tearDown();
    connection.destroy();
  }
}

async function setUp(session: RtspSession, { plan, trackUrls }: Description, receiver: Receiver): Promise<void> {
  receiver.bind('video', await session.setUp(trackUrls.video, [0, 1]));
  if (plan.audio) receiver.bind('audio', await session.setUp(trackUrls.audio, [2, 3]));
}

/** Which stream each entry of RTP-Info means: by its address, which some servers shorten. */
function starts(info: readonly RtpInfo[], { plan, trackUrls }: Description): [TrackKind, number][] {
  const kinds: readonly TrackKind[] = ['video', 'audio'];
  return info.flatMap(({ url, timestamp }) => {
    const kind = kinds.find(
      (kind) => trackUrls[kind].endsWith(url) || plan[kind]?.media.control?.endsWith(url) === true,
    );
    return kind === undefined || timestamp === undefined ? [] : [[kind, timestamp]];
  });
}
