import { jest } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OnvifError } from '../../src/onvif/device.js';
import { exchange, failureOf, type HttpAnswer } from '../../src/onvif/exchange.js';
import { XmlReader } from '../../src/onvif/xml.js';

describe('a request', () => {
  const life = new AbortController();

  afterAll(() => {
    life.abort();
  });

  const post = (port: number, timeout = 5_000, scheme = 'http'): Promise<HttpAnswer> =>
    exchange({
      ...{ url: new URL(`${scheme}://127.0.0.1:${port}/a?b=c`), host: '127.0.0.1' },
      ...{ headers: { 'X-Said': 'é ≤' }, body: '<é/>', timeout },
      signal: life.signal,
    });

  /** Answers each connection as it likes; resolves with what `post` came to, when the connection is closed. */
  const answered = async (answer: (socket: Socket) => void, timeout?: number): Promise<HttpAnswer | OnvifError> => {
    let closed: Promise<unknown> = Promise.resolve();
    const server = createServer((socket) => {
      closed = new Promise((resolve) => socket.once('close', resolve));
      socket.on('error', () => undefined).resume();
      answer(socket);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const result = await post((server.address() as AddressInfo).port, timeout).catch((error: unknown) => {
      if (error instanceof OnvifError) return error;
      throw error;
    });
    await closed;
    server.close();
    await once(server, 'close');
    return result;
  };

  it('is one whole message', async () => {
    let heard = '';
    const answer = await answered((socket) => {
      socket.on('data', (data) => {
        heard += data.toString();
        if (heard.endsWith('<é/>')) socket.end('HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\n\r\n<a/>');
      });
    });
    expect(heard).toContain('X-Said: é ≤\r\n');
    expect(heard).toMatch(/\r\nHost: 127.0.0.1:\d+\r\n/);
    expect(heard).toMatch(/^POST \/a\?b=c HTTP\/1.1\r\n(?:.*\r\n)*Content-Length: 5\r\n/);
    expect(answer).toMatchObject({ status: 200, date: Date.UTC(2026, 0), document: { name: 'a' } });
  });

  it('hears each challenge', async () => {
    const answer = await answered((socket) => {
      socket.end(
        'HTTP/1.1 401 No\r\nWWW-Authenticate: Digest é\r\nWWW-Authenticate: Basic b\r\nContent-Length: 0\r\n\r\n',
      );
    });
    expect(answer).toMatchObject({ status: 401, challenges: ['Digest é', 'Basic b'], document: undefined });
  });

  it('waits for the whole answer no longer than it has to, however it trickles', async () => {
    const answer = await answered((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n<a>');
      const drip = setInterval(() => socket.write(' '), 20);
      socket.on('close', () => {
        clearInterval(drip);
      });
    }, 300);
    // In the same words whatever was waited for: it is one trouble.
    expect(answer).toMatchObject({ fault: 'silent', message: expect.stringMatching(/in time: [^\d]*$/) as string });
  });

  it.each([
    'Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n<a/>\r\n0\r\n\r\n',
    'Server: a\u0001b\r\nContent-Length: 4\r\n\r\n<a/>',
  ])('is answered with headers that are not quite right: %j', async (said) => {
    const answer = await answered((socket) => socket.end(`HTTP/1.1 200 OK\r\n${said}`));
    expect(answer).toMatchObject({ document: { name: 'a' } });
  });

  it('does not wait for more where the answer is whole', async () => {
    const answer = await answered((socket) => socket.write('HTTP/1.1 200 OK\r\n\r\n<a/>\n'), 600_000);
    expect(answer).toMatchObject({ document: { name: 'a' } });
  });

  it('leaves others their turn while a long answer is read', async () => {
    let turns = 0;
    let reads = true;
    const turn = (): void => {
      turns++;
      if (reads) setImmediate(turn);
    };
    // Long before the first byte of it comes.
    turn();
    const body = `<a>${'<b/>'.repeat(9_000)}</a>`;
    const before = await answered((socket) => socket.end('HTTP/1.1 200 OK\r\n\r\n<a/>'));
    const pieces: { readonly turn: number; readonly size: number }[] = [];
    const { write } = Object.getOwnPropertyDescriptors(XmlReader.prototype);
    const spied = jest.spyOn(XmlReader.prototype, 'write').mockImplementation(function (this: XmlReader, bytes) {
      pieces.push({ turn: turns, size: bytes.length });
      write.value?.call(this, bytes);
    });
    const answer = await answered((socket) => socket.end(`HTTP/1.1 200 OK\r\n\r\n${body}`));
    spied.mockRestore();
    reads = false;
    expect([before, answer]).toMatchObject([{ document: { name: 'a' } }, { document: { name: 'a' } }]);
    expect(Math.max(...pieces.map(({ size }) => size))).toBeLessThanOrEqual(4096);
    expect(new Set(pieces.map(({ turn }) => turn)).size).toBe(pieces.length);
  });

  it('that cannot be written is one that failed', async () => {
    const options = { url: new URL('http://127.0.0.1/'), host: '127.0.0.1', body: '', timeout: 5_000 };
    const asked = exchange({ ...options, headers: { A: 'b\nc' }, signal: life.signal });
    await expect(asked).rejects.toMatchObject({
      fault: 'nonsense',
      message: expect.not.stringMatching(/b\nc/) as string,
    });
  });

  it.each([
    ['headers without an end', `HTTP/1.1 200 OK\r\nA: ${'b'.repeat(100_000)}`, 'absent'],
    ['another protocol', 'SSH-2.0-OpenSSH_9\r\n', 'absent'],
    ['an answer without an end', `HTTP/1.1 200 OK\r\n\r\n${'<a>b</a>'.repeat(200_000)}`, 'nonsense'],
  ])('is bounded: %s', async (_, said, fault) => {
    expect(await answered((socket) => socket.write(said))).toMatchObject({ fault });
  });

  it('goes over TLS to whoever signed for himself', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lookout-onvif-'));
    const [key, cert] = [join(folder, 'key'), join(folder, 'cert')];
    const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
    execFileSync('openssl', ['req', '-x509', ...ec, '-subj', '/CN=camera', '-keyout', key, '-out', cert], {
      stdio: 'ignore',
    });
    const server = createTlsServer({ key: readFileSync(key), cert: readFileSync(cert) }, (_, response) => {
      response.end('<a/>');
    });
    rmSync(folder, { recursive: true });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const answer = await post((server.address() as AddressInfo).port, 5_000, 'https');
    expect(answer.document?.name).toBe('a');
    server.close();
    await once(server, 'close');
  });

  it.each([
    ['ENOTFOUND', 'absent'],
    ['ECONNREFUSED', 'absent'],
    ['EHOSTUNREACH', 'silent'],
    ['ETIMEDOUT', 'silent'],
    ['ECONNRESET', 'nonsense'],
    ['HPE_INVALID_CONSTANT', 'absent'],
    ['EPROTO', 'absent'],
    [undefined, 'absent'],
  ])('that fails by %s is %s', (code, fault) => {
    const error = failureOf(Object.assign(new Error('x'), { code }), 'camera', 80);
    expect(error.fault).toBe(fault);
    expect(error.message).toMatch(/camera.*: .+\.$/);
  });
});
