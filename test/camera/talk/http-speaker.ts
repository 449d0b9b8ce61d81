import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What listens at a URL for what is posted to it. */
export interface HttpSpeaker extends AsyncDisposable {
  readonly port: number;
  /** Of all requests; those with an empty body ask how to log in. */
  readonly requests: readonly IncomingHttpHeaders[];
  /** What was heard. */
  heard(): Buffer;
  /** Connections now. */
  readonly open: number;
  until(look: () => boolean): Promise<void>;
}

export interface HttpSpeakerOptions {
  /** For digest authentication. */
  readonly login?: { readonly username: string; readonly password: string };
  /** Refuses whatever comes with this status. */
  readonly status?: number;
  /** Answers as soon as it is asked, not at the end. */
  readonly eager?: boolean;
}

const REALM = 'camera';
const NONCE = 'abc';

export async function httpSpeaker({ login, status, eager = false }: HttpSpeakerOptions = {}): Promise<HttpSpeaker> {
  const requests: IncomingHttpHeaders[] = [];
  const chunks: Buffer[] = [];
  const waiting = new Set<() => void>();
  const changed = (): void => {
    for (const look of [...waiting]) look();
  };
  let open = 0;
  const server = createServer((request, response) => {
    requests.push(request.headers);
    request.on('error', () => undefined);
    if (status !== undefined) {
      response.writeHead(status).end();
      return;
    }
    if (login !== undefined && !isSigned(request.headers.authorization, request.url ?? '', login)) {
      response.writeHead(401, { 'www-authenticate': `Digest realm="${REALM}", nonce="${NONCE}"` }).end();
      return;
    }
    request.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      changed();
    });
    // Whole, but not ended: at its end Node would close the connection.
    if (eager) response.writeHead(200, { 'content-length': '0' }).flushHeaders();
    changed();
  });
  server.on('connection', (socket) => {
    open++;
    socket.on('close', () => {
      open--;
      changed();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    requests,
    heard: () => Buffer.concat(chunks),
    get open() {
      return open;
    },
    until: (look) =>
      new Promise((resolve) => {
        const check = (): void => {
          if (!look()) return;
          waiting.delete(check);
          resolve();
        };
        waiting.add(check);
        check();
      }),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** RFC 2069's digest, which is what a challenge without `qop` asks for. */
function isSigned(
  authorization: string | undefined,
  uri: string,
  login: { username: string; password: string },
): boolean {
  const hash = (text: string): string => createHash('md5').update(text).digest('hex');
  const secret = hash(`${login.username}:${REALM}:${login.password}`);
  const expected = hash(`${secret}:${NONCE}:${hash(`POST:${uri}`)}`);
  return authorization?.includes(`response="${expected}"`) === true;
}
