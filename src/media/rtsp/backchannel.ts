import type { ReadGate } from '../source.js';
import { BackchannelSender } from './backchannel-sender.js';
import { planBackchannel, type BackchannelPlan } from './backchannel-plan.js';
import { connectToCamera, type Connect } from './connect.js';
import { RtspConnection } from './connection.js';
import { cameraError, unsupported } from './failure.js';
import { RtspSession, type SessionPurpose } from './session.js';

export interface BackchannelOptions {
  /** A valid `rtsp://` or `rtsps://` address of a stream of the camera, without credentials. */
  readonly url: string;
  readonly username?: string;
  readonly password?: string;
  /** Default: TCP, or TLS for `rtsps:`. */
  readonly connect?: Connect;
  /** Monotonic milliseconds. */
  readonly now: () => number;
}

/** A connection by which a camera can be talked to. */
export interface Backchannel {
  /** What it is to be sent. */
  readonly plan: BackchannelPlan;
  /** @param data a run of PCM of any length, or one AAC access unit; as the plan says */
  send(data: Buffer): void;
  /**
   * Resolves when the connection has ended with all that belongs to it: with a `SourceError` where that was not
   * because `signal` was aborted. Never rejects.
   */
  readonly ended: Promise<Error | undefined>;
}

/** 322 is the registered port of rtsps. */
const PORTS: Readonly<Record<string, number>> = { 'rtsp:': 554, 'rtsps:': 322 };
const OTHERWISE = 'so nothing can be said to it through ONVIF: set "talk" to a URL of its own for that, or to false';
/** ONVIF Streaming Specification, 5.3.1: with it a camera describes its way back, without it it does not. */
const PURPOSE: SessionPurpose = { headers: { Require: 'www.onvif.org/ver20/backchannel' }, otherwise: OTHERWISE };
/** What a camera sends here, its reports on what it gets, is little. */
const NO_GATE: ReadGate = { afterRead: () => undefined };

/**
 * Opens a camera's ONVIF backchannel, on a connection of its own, interleaved in TCP or TLS.
 * @throws SourceError where the camera has none, refuses it, or wants to be sent what cannot be made
 */
export async function openBackchannel(options: BackchannelOptions, signal: AbortSignal): Promise<Backchannel> {
  const url = new URL(options.url);
  const port = Number(url.port) || PORTS[url.protocol];
  if (port === undefined) throw unsupported(url.hostname, `has an address of ${url.protocol}`, OTHERWISE);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  url.username = url.password = url.hash = '';
  const { username, password = '', connect = connectToCamera } = options;
  const socket = await connect({ host, port, tls: url.protocol === 'rtsps:' }, signal);
  const connection = new RtspConnection({
    socket,
    host,
    gate: NO_GATE,
    userAgent: 'Lookout',
    credentials: username === undefined ? undefined : { username, password },
    onFrame: () => undefined,
  });
  const session = new RtspSession(connection, host, url.href, PURPOSE);
  let abort: () => void = () => undefined;
  const aborted = new Promise<undefined>((resolve) => {
    abort = (): void => {
      resolve(undefined);
    };
    signal.addEventListener('abort', abort, { once: true });
  });
  const end = async (): Promise<void> => {
    signal.removeEventListener('abort', abort);
    await session.tearDown();
    connection.destroy();
  };
  try {
    const opened = await Promise.race([open(session, host), aborted, connection.ended]);
    signal.throwIfAborted();
    if (opened === undefined) throw cameraError('closed', host, 'closed the connection');
    const { plan, channel } = opened;
    const sender = new BackchannelSender(
      plan,
      (packet) => {
        connection.sendFrame(channel, packet);
      },
      options.now,
    );
    const over = Promise.race([aborted, connection.ended]).catch((error: unknown) => error as Error);
    return {
      plan,
      send: (data) => {
        if (!signal.aborted) sender.push(data);
      },
      ended: over.then(async (error) => {
        await end();
        return error;
      }),
    };
  } catch (error) {
    await end();
    throw error;
  }
}

async function open(session: RtspSession, host: string): Promise<{ plan: BackchannelPlan; channel: number }> {
  const { sdp, track } = await session.offer();
  const plan = planBackchannel(sdp);
  if (typeof plan === 'string') throw unsupported(host, plan, OTHERWISE);
  const [channel] = await session.setUp(track(plan.media.control), [0, 1]);
  await session.play();
  return { plan, channel };
}
