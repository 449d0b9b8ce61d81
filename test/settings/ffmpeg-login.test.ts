import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseSource } from '../../src/settings/source-address.js';

/** What a real ffmpeg sends as user name and password when it is given this URL. */
async function sentBy(source: (port: number) => string): Promise<string | undefined> {
  let sent: string | undefined;
  const server = createServer((request, response) => {
    const [, credentials] = request.headers.authorization?.split(' ') ?? [];
    if (credentials !== undefined) sent = Buffer.from(credentials, 'base64').toString();
    response.writeHead(401, { 'www-authenticate': 'Basic realm="camera"' }).end();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = parseSource(source((server.address() as AddressInfo).port));
  if ('fault' in address) throw new Error(address.fault);
  const ffmpeg = spawn('ffmpeg', ['-v', 'quiet', '-nostdin', '-i', address.url, '-f', 'null', '-'], {
    stdio: 'ignore',
  });
  await once(ffmpeg, 'close');
  server.closeAllConnections();
  await once(server.close(), 'close');
  return sent;
}

describe('canonical URLs', () => {
  it.each(['secret', 'p@ss', 'a:b', 'p@ss#1/x?', '100%', '%41', '50%25', 'a b+c', 'größe', `"'\\<>&=;`])(
    'make ffmpeg log in with %s',
    async (password) => {
      const typed = password === '%41' || password === '50%25' ? encodeURIComponent(password) : password;
      expect(await sentBy((port) => `http://admin:${typed}@127.0.0.1:${String(port)}/live`)).toBe(`admin:${password}`);
    },
  );
});
