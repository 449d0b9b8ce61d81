import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface RtspServerOptions {
  /** Played live and for ever; its video is passed through. */
  readonly file: string;
  /** Default `aac`; nothing where the file has no sound. */
  readonly audio?: 'none' | 'aac' | 'pcmu' | 'pcma' | 'opus';
  /** Default 0: any free one. */
  readonly port?: number;
  /** Default `/stream`. */
  readonly path?: string;
  readonly user?: string;
  readonly password?: string;
  readonly auth?: 'digest' | 'basic';
  /** Speak RTSP over TLS, with a self-signed certificate. */
  readonly tls?: boolean;
  /** Offer UDP as well as TCP. */
  readonly udp?: boolean;
  /** Put small NAL units together into STAP-A or AP packets. */
  readonly aggregate?: boolean;
  /** Seconds between parameter sets in band, -1: with every keyframe (default), 0: in the SDP only. */
  readonly configInterval?: number;
}

export interface RtspClients {
  /** Open connections. */
  readonly connected: number;
  /** Connections that have asked for the stream to play. */
  readonly playing: number;
  /** Connections since the start. */
  readonly total: number;
  /** TEARDOWN requests since the start. */
  readonly farewells: number;
}

export interface RtspServer extends AsyncDisposable {
  readonly port: number;
  readonly path: string;
  /** The stream's address with its user and password, percent-encoded; without them for `credentials: false`. */
  url(options?: { credentials?: boolean }): string;
  clients(): Promise<RtspClients>;
  /** Sends nothing more, on connections that stay open and still answer requests. */
  stall(): Promise<void>;
  resume(): Promise<void>;
  /** Closes all clients' connections; the camera goes on. */
  kill(): Promise<void>;
  /** Goes on with another file of the same codecs. */
  switch(file: string): Promise<void>;
  /** Ends the server, and resolves when its processes are gone. */
  stop(): Promise<void>;
}

const SCRIPT = fileURLToPath(new URL('rtsp-server.py', import.meta.url));

/** A camera that is always on: GStreamer's RTSP server on 127.0.0.1. Rejects with what the server said on stderr. */
export async function startRtspServer(options: RtspServerOptions): Promise<RtspServer> {
  const path = options.path ?? '/stream';
  const child = spawn('/usr/bin/python3', [SCRIPT, JSON.stringify({ audio: 'aac', ...options, path })], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let complaints = '';
  child.stderr.on('data', (chunk: Buffer) => (complaints = (complaints + chunk.toString()).slice(-4000)));
  const ended = once(child, 'close');
  const dieWithUs = (): unknown => child.kill('SIGKILL');
  process.once('exit', dieWithUs);
  const waiting: ((line: string) => void)[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => waiting.shift()?.(line));
  child.stdin.on('error', () => undefined);

  async function answer<T>(): Promise<T> {
    const line = await Promise.race([new Promise<string>((resolve) => waiting.push(resolve)), ended]);
    if (typeof line !== 'string') throw new Error(`The RTSP server has ended: ${complaints}`);
    return JSON.parse(line) as T;
  }

  function command<T>(line: string): Promise<T> {
    child.stdin.write(`${line}\n`);
    return answer<T>();
  }

  async function stop(): Promise<void> {
    child.stdin.end();
    const killer = setTimeout(() => child.kill('SIGKILL'), 2000);
    await ended;
    clearTimeout(killer);
    process.off('exit', dieWithUs);
  }

  const { port } = await answer<{ port: number }>();
  return {
    port,
    path,
    url({ credentials = true } = {}) {
      const { user, password = '' } = options;
      const login =
        credentials && user !== undefined ? `${encodeURIComponent(user)}:${encodeURIComponent(password)}@` : '';
      return `${options.tls ? 'rtsps' : 'rtsp'}://${login}127.0.0.1:${port}${path}`;
    },
    clients: () => command('status'),
    stall: () => command('stall'),
    resume: () => command('resume'),
    kill: () => command('kill'),
    switch: (file) => command(`switch ${file}`),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
