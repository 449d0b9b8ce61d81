import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';

export interface HttpCamera extends AsyncDisposable {
  /** `http://127.0.0.1:PORT` */
  readonly origin: string;
  /** Requests that were let in, by path. */
  readonly requests: string[];
  /** Streams that are open. */
  readonly open: () => number;
}

export interface HttpCameraOptions {
  readonly file: string;
  /** For `/hls/`: where playlist and segments are. */
  readonly folder?: string;
  readonly login?: { readonly user: string; readonly password: string; readonly scheme: 'basic' | 'digest' };
}

/**
 * A camera, or a shop of them: `/live.ts`, `/live.flv`, `/live.mp4` (fragmented), `/live.mjpg`, `/file.mp4`, `/hls/…`,
 * `/picture.jpg`, `/page`, `/redirect`, `/loop`, `/silent`, `/mute`, `/busy`.
 */
export async function startHttpCamera({ file, folder = '', login }: HttpCameraOptions): Promise<HttpCamera> {
  const children = new Set<ChildProcess>();
  const requests: string[] = [];
  const nonce = 'b7d1';

  function stream(response: ServerResponse, type: string, args: readonly string[]): void {
    const input = ['-v', 'error', '-nostdin', '-re', '-stream_loop', '-1', '-i', file];
    const child = spawn('ffmpeg', [...input, ...args, 'pipe:1'], { stdio: ['ignore', 'pipe', 'inherit'] });
    children.add(child);
    response.writeHead(200, { 'content-type': type });
    child.stdout.pipe(response);
    const end = (): void => {
      children.delete(child);
      child.kill('SIGKILL');
      response.destroy();
    };
    child.stdout.on('error', end);
    response.on('close', end);
    child.on('exit', end);
  }

  async function send(request: IncomingMessage, response: ServerResponse, path: string, type: string): Promise<void> {
    const { size } = await stat(path);
    const [, from = '0'] = /bytes=(\d+)-/.exec(request.headers.range ?? '') ?? [];
    const start = Number(from);
    const head = { 'content-type': type, 'content-length': size - start, 'accept-ranges': 'bytes' };
    if (start > 0) response.writeHead(206, { ...head, 'content-range': `bytes ${start}-${size - 1}/${size}` });
    else response.writeHead(200, head);
    createReadStream(path, { start }).pipe(response);
  }

  const may = ({ headers: { authorization = '' }, method = '', url = '' }: IncomingMessage): boolean => {
    if (login === undefined) return true;
    const { user, password, scheme } = login;
    if (scheme === 'basic') return authorization === `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
    const md5 = (text: string): string => createHash('md5').update(text).digest('hex');
    const field = (name: string): string => new RegExp(`\\b${name}="?([^",]*)`).exec(authorization)?.[1] ?? '';
    const ha1 = md5(`${user}:camera:${password}`);
    const middle = [nonce, field('nc'), field('cnonce'), 'auth'].join(':');
    return field('response') === md5(`${ha1}:${middle}:${md5(`${method}:${url}`)}`);
  };

  const server = createServer((request, response) => {
    const { url: path = '' } = request;
    response.on('error', () => undefined);
    if (!may(request)) {
      const challenge =
        login?.scheme === 'basic' ? 'Basic realm="camera"' : `Digest realm="camera", nonce="${nonce}", qop="auth"`;
      response.writeHead(401, { 'www-authenticate': challenge }).end('no');
      return;
    }
    requests.push(path);
    const copy = ['-c', 'copy'];
    if (path === '/live.ts') stream(response, 'video/mp2t', [...copy, '-f', 'mpegts']);
    else if (path === '/live.flv') stream(response, 'video/x-flv', [...copy, '-f', 'flv']);
    else if (path === '/live.mp4') {
      stream(response, 'video/mp4', [
        ...copy,
        '-movflags',
        'frag_every_frame+empty_moov+default_base_moof',
        '-f',
        'mp4',
      ]);
    } else if (path === '/live.mjpg') {
      const picture = ['-an', '-r', '10', '-c:v', 'mjpeg', '-q:v', '5', '-f', 'mpjpeg', '-boundary_tag', 'frame'];
      stream(response, 'multipart/x-mixed-replace; boundary=frame', picture);
    } else if (path === '/file.mp4') void send(request, response, file, 'video/mp4');
    else if (path.startsWith('/hls/')) {
      const type = path.endsWith('.m3u8') ? 'application/vnd.apple.mpegurl' : 'video/mp2t';
      send(request, response, join(folder, path.slice(5)), type).catch(() => response.writeHead(404).end());
    } else if (path === '/picture.jpg') response.writeHead(200, { 'content-type': 'image/jpeg' }).end(JPEG);
    else if (path === '/page') response.writeHead(200, { 'content-type': 'text/html' }).end('<!DOCTYPE html><p>Hello');
    else if (path === '/redirect') response.writeHead(302, { location: '/live.ts' }).end();
    else if (path === '/loop') response.writeHead(302, { location: '/loop' }).end();
    else if (path === '/mute') response.writeHead(200, { 'content-type': 'video/mp2t' }).flushHeaders();
    else if (path === '/busy') response.writeHead(503).end();
    else if (path === '/noise') response.writeHead(200).end(Buffer.alloc(100_000, 'noise'));
    else if (path !== '/silent') response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  return {
    origin: `http://127.0.0.1:${port}`,
    requests,
    open: () => children.size,
    async [Symbol.asyncDispose]() {
      for (const child of children) child.kill('SIGKILL');
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const JPEG = Buffer.from('ffd8ffe000104a464946', 'hex');
