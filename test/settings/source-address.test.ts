import fc from 'fast-check';
import { parseSource, type SourceAddress } from '../../src/settings/source-address.js';

function parsed(text: string): SourceAddress {
  const address = parseSource(text);
  if ('fault' in address) throw new Error(`${text}: ${address.fault}`);
  return address;
}

describe('user information', () => {
  it.each<[text: string, username: string | undefined, password: string | undefined, host: string]>([
    ['rtsp://192.168.1.20/live', undefined, undefined, '192.168.1.20'],
    ['rtsp://admin@192.168.1.20/live', 'admin', undefined, '192.168.1.20'],
    ['rtsp://admin:@192.168.1.20/live', 'admin', '', '192.168.1.20'],
    ['rtsp://:pw@192.168.1.20/live', '', 'pw', '192.168.1.20'],
    ['rtsp://@192.168.1.20/live', undefined, undefined, '192.168.1.20'],
    ['rtsp://admin:secret@cam/live', 'admin', 'secret', 'cam'],
    // Encoded as it should be.
    ['rtsp://admin:p%40ss@cam/live', 'admin', 'p@ss', 'cam'],
    ['rtsp://admin:a%3Ab%2fc%3fd%23e%25f%20g@cam/live', 'admin', 'a:b/c?d#e%f g', 'cam'],
    ['rtsp://admin:%C3%BCber@cam/live', 'admin', 'über', 'cam'],
    ['rtsp://us%3Aer:pw@cam/live', 'us:er', 'pw', 'cam'],
    // The last @ of the authority.
    ['rtsp://admin:p@ss@cam/live', 'admin', 'p@ss', 'cam'],
    ['rtsp://admin:@@@@cam/live', 'admin', '@@@', 'cam'],
    ['rtsp://me@home.org:pw@192.168.1.20/live', 'me@home.org', 'pw', '192.168.1.20'],
    // Colons, equals signs, spaces, umlauts, quotes.
    ['rtsp://admin:a:b:c@192.168.1.20/live', 'admin', 'a:b:c', '192.168.1.20'],
    ['rtsp://admin:a=b&c;d@192.168.1.20/live', 'admin', 'a=b&c;d', '192.168.1.20'],
    ['rtsp://admin:my pass word@192.168.1.20/live', 'admin', 'my pass word', '192.168.1.20'],
    ['rtsp://jürgen:größe@192.168.1.20/live', 'jürgen', 'größe', '192.168.1.20'],
    [`rtsp://admin:"'<>\`{}|^@192.168.1.20/live`, 'admin', `"'<>\`{}|^`, '192.168.1.20'],
    ['rtsp://HOME\\admin:a\\b@192.168.1.20/live', 'HOME\\admin', 'a\\b', '192.168.1.20'],
    ['rtsp://admin:🔑@192.168.1.20/live', 'admin', '🔑', '192.168.1.20'],
    // Literal percent signs.
    ['rtsp://admin:100%@192.168.1.20/live', 'admin', '100%', '192.168.1.20'],
    ['rtsp://admin:100%zz%4@192.168.1.20/live', 'admin', '100%zz%4', '192.168.1.20'],
    ['rtsp://admin:%@192.168.1.20/live', 'admin', '%', '192.168.1.20'],
    ['rtsp://admin:5%E9@192.168.1.20/live', 'admin', '5%E9', '192.168.1.20'],
    ['rtsp://admin:%2540@192.168.1.20/live', 'admin', '%40', '192.168.1.20'],
    ['rtsp://admin:a%40b@c@192.168.1.20/live', 'admin', 'a@b@c', '192.168.1.20'],
    // Characters that end an authority, where the RFC's reading has no port that is one.
    ['rtsp://admin:a/b@192.168.1.20/live', 'admin', 'a/b', '192.168.1.20'],
    ['rtsp://admin:/@192.168.1.20/live', 'admin', '/', '192.168.1.20'],
    ['rtsp://admin:a?b@192.168.1.20/live', 'admin', 'a?b', '192.168.1.20'],
    ['rtsp://admin:a#b@192.168.1.20/live', 'admin', 'a#b', '192.168.1.20'],
    ['rtsp://admin:#@192.168.1.20/live', 'admin', '#', '192.168.1.20'],
    ['rtsp://admin:a/b@cam/live', 'admin', 'a/b', 'cam'],
    ['rtsp://admin:a#b?c/d@[fe80::1]:554/live', 'admin', 'a#b?c/d', 'fe80::1'],
    ['rtsp://admin:a/b@c/d@cam/live', 'admin', 'a/b@c/d', 'cam'],
    ['rtsp://admin:@0\\?@192.168.1.20/', 'admin', '@0\\?', '192.168.1.20'],
    ['rtsp://admin:99999/@192.168.1.20/live', 'admin', '99999/', '192.168.1.20'],
    // Where the RFC's reading has a host, but not one that anybody would have.
    ['rtsp://admin:p@ss#1/x?@192.168.1.20:554/live?a=b', 'admin', 'p@ss#1/x?', '192.168.1.20'],
    ['rtsp://admin:p@ss/x@192.168.1.20:554/live', 'admin', 'p@ss/x', '192.168.1.20'],
    ['rtsp://admin:p@ss?x=1@192.168.1.20/live', 'admin', 'p@ss?x=1', '192.168.1.20'],
    ['rtsp://admin:p@ss/x@cam.local/live', 'admin', 'p@ss/x', 'cam.local'],
    ['rtsp://admin:1234/5@192.168.1.20/live', 'admin', '1234/5', '192.168.1.20'],
    ['rtsp://admin:1234#5@192.168.1.20/live', 'admin', '1234#5', '192.168.1.20'],
    ['rtsp://admin:12#5@cam/live', 'admin', '12#5', 'cam'],
    // Where the RFC is right.
    ['rtsp://cam.local/live@2x', undefined, undefined, 'cam.local'],
    ['rtsp://192.168.1.20/live?mail=me@example.org', undefined, undefined, '192.168.1.20'],
    ['rtsp://u:p@192.168.1.20/live?mail=me@example.org', 'u', 'p', '192.168.1.20'],
    ['rtsp://u:p@cam/live@home', 'u', 'p', 'cam'],
    ['http://hub:1984/api?src=rtsp://u:p@192.168.1.5/', undefined, undefined, 'hub'],
    ['http://a:b@hub:1984/api?src=rtsp://u:p@192.168.1.5/', 'a', 'b', 'hub'],
  ])('%s', (text, username, password, host) => {
    const address = parsed(text);
    expect([address.username, address.password, address.host]).toEqual([username, password, host]);
    const canonical = new URL(address.url);
    expect([decodeURIComponent(canonical.username), decodeURIComponent(canonical.password)]).toEqual([
      username ?? '',
      password ?? '',
    ]);
    // What is canonical already is left as it is.
    expect({ ...parsed(address.url), doubtful: false }).toEqual({ ...address, doubtful: false });
  });

  it('says which URLs have two readings', () => {
    expect(parsed('rtsp://admin:p@ss/x@192.168.1.20/live').doubtful).toBe(true);
    expect(parsed('rtsp://u:p@proxy/cam@home').doubtful).toBe(true);
    expect(parsed('rtsp://admin:a/b@192.168.1.20/live').doubtful).toBe(false);
    expect(parsed('rtsp://admin:p@ss@192.168.1.20/live').doubtful).toBe(false);
    expect(parsed('http://hub:1984/api?src=rtsp://u:p@192.168.1.5/').doubtful).toBe(false);
    expect(parsed('rtsp://u:p@192.168.1.20/x?mail=me@home.org').doubtful).toBe(false);
  });
});

describe('canonical', () => {
  it.each<[text: string, url: string, display: string]>([
    ['  RTSP://Cam:554/live  ', 'rtsp://Cam:554/live', 'rtsp://Cam:554/live'],
    ['rtsps://192.168.1.1:7441/aBcDeFgH', 'rtsps://192.168.1.1:7441/aBcDeFgH', 'rtsps://192.168.1.1:7441/***'],
    ['rtsp://cam', 'rtsp://cam', 'rtsp://cam'],
    ['rtsp://cam?channel=1', 'rtsp://cam?channel=1', 'rtsp://cam?channel=1'],
    ['rtsp://[FE80::1]/live', 'rtsp://[FE80::1]/live', 'rtsp://[FE80::1]/live'],
    ['rtsp://[fe80::1%eth0]:8554/x', 'rtsp://[fe80::1%25eth0]:8554/x', 'rtsp://[fe80::1%25eth0]:8554/x'],
    ['rtsp://u:p@[::1]:8554/x', 'rtsp://u:p@[::1]:8554/x', 'rtsp://[::1]:8554/x'],
    ['http://my_camera.lan/a b', 'http://my_camera.lan/a%20b', 'http://my_camera.lan/a%20b'],
    ['http://kamera-süd.lan/x', 'http://xn--kamera-sd-x9a.lan/x', 'http://xn--kamera-sd-x9a.lan/x'],
    ['http://cam/%zz/ä?x=100%', 'http://cam/%25zz/%C3%A4?x=100%25', 'http://cam/%25zz/%C3%A4?x=100%25'],
    ['http://cam/x?a=[1]&b="c"', 'http://cam/x?a=%5B1%5D&b=%22c%22', 'http://cam/x?a=%5B1%5D&b=%22c%22'],
    [
      'http://cam/v?user=me&password=a#b&x=1',
      'http://cam/v?user=me&password=a%23b&x=1',
      'http://cam/v?user=***&password=***&x=1',
    ],
    [
      'rtsp://cam/user=me&password=pw&channel=1',
      'rtsp://cam/user=me&password=pw&channel=1',
      'rtsp://cam/user=***&password=***&channel=1',
    ],
    ['rtsp://cam/live@2x', 'rtsp://cam/live@2x', 'rtsp://…'],
    ['rtsp://cam.lan/live@2x', 'rtsp://cam.lan/live@2x', 'rtsp://cam.lan/live%402x'],
    [
      'http://hub:1984/api?src=rtsp://u:p@10.0.0.5/',
      'http://hub:1984/api?src=rtsp://u:p@10.0.0.5/',
      'http://hub:1984/api?src=rtsp://***%4010.0.0.5/',
    ],
    ['/video/a clip.mp4', '/video/a clip.mp4', '/video/a clip.mp4'],
    ['file:///video/a%20clip.mp4', '/video/a clip.mp4', '/video/a clip.mp4'],
    ['file://localhost/video/clip.mp4', '/video/clip.mp4', '/video/clip.mp4'],
    ['FILE:/video/clip.mp4', '/video/clip.mp4', '/video/clip.mp4'],
    ['C:\\video\\clip.mp4', 'C:\\video\\clip.mp4', 'C:\\video\\clip.mp4'],
    ['file:///C:/video/clip.mp4', 'C:/video/clip.mp4', 'C:/video/clip.mp4'],
  ])('%s', (text, url, display) => {
    expect(parsed(text)).toMatchObject({ url, display });
  });

  it.each<[text: string, kind: string, port: number | undefined]>([
    ['rtsp://cam/', 'rtsp', 554],
    ['rtsps://cam/', 'rtsps', 322],
    ['http://cam/', 'http', 80],
    ['https://cam/', 'https', 443],
    ['https://cam:65535/', 'https', 65535],
    ['/clip.mp4', 'file', undefined],
  ])('%s is %s on port %s', (text, kind, port) => {
    expect(parsed(text)).toMatchObject({ kind });
    expect(parsed(text).port).toBe(port);
  });
});

describe('transport', () => {
  it.each<[text: string, transport: string, url: string]>([
    ['rtsp://cam/live', 'tcp', 'rtsp://cam/live'],
    ['rtsp://cam/live?udp', 'udp', 'rtsp://cam/live'],
    ['rtsp://cam/live?tcp', 'tcp', 'rtsp://cam/live'],
    ['rtsp://cam/live?udp&a=b', 'udp', 'rtsp://cam/live?a=b'],
    ['rtsp://cam/live?a=b&udp', 'udp', 'rtsp://cam/live?a=b'],
    ['rtsp://cam/live?a=b&udp&c', 'udp', 'rtsp://cam/live?a=b&c'],
    ['rtsp://cam?udp', 'udp', 'rtsp://cam'],
    ['rtsp://cam/user=a&channel=1?udp', 'udp', 'rtsp://cam/user=a&channel=1'],
    ['rtsp://cam/live?udp=1', 'tcp', 'rtsp://cam/live?udp=1'],
    ['rtsp://u:a?udp@cam/live', 'tcp', 'rtsp://u:a%3Fudp@cam/live'],
    ['rtsps://cam/live?udp', 'tcp', 'rtsps://cam/live?udp'],
    ['http://cam/live?udp', 'tcp', 'http://cam/live?udp'],
  ])('%s is %s', (text, transport, url) => {
    expect(parsed(text)).toMatchObject({ transport, url });
  });
});

describe('faults', () => {
  it.each<[text: string, fault: string]>([
    ['', 'empty'],
    ['   ', 'empty'],
    ['ftp://u:secret@cam/', '"ftp://…"'],
    ['rtsp:/cam/live', '"rtsp:…" without "://"'],
    ['rtsp:\\\\cam', '"rtsp:…" without "://"'],
    ['192.168.1.20', 'a text that begins with neither a scheme such as "rtsp://" nor a "/"'],
    ['u:secret@192.168.1.20/live', 'a text that begins with neither a scheme such as "rtsp://" nor a "/"'],
    ['~/clip.mp4', 'a text that begins with neither a scheme such as "rtsp://" nor a "/"'],
    ['clip.mp4', 'a text that begins with neither a scheme such as "rtsp://" nor a "/"'],
    ['rtsp://', '"rtsp://…" with a host or port that cannot be read'],
    ['rtsp:///live', '"rtsp://…" with a host or port that cannot be read'],
    ['rtsp://u:secret@/live', '"rtsp://…" with a host or port that cannot be read'],
    ['rtsp://cam:0/', '"rtsp://…" with a host or port that cannot be read'],
    ['rtsp://cam:65536/', '"rtsp://…" with a host or port that cannot be read'],
    ['rtsp://192.168.1.256/', '"rtsp://…" with a host or port that cannot be read'],
    ['rtsp://192.168.1/', '"rtsp://…" with a host or port that cannot be read'],
    ['rtsp://fe80::1/', '"rtsp://…" with a host or port that cannot be read'],
    ['rtsp://[fe80::zz]/', '"rtsp://…" with a host or port that cannot be read'],
    ['rtsp://a b/', '"rtsp://…" with a host or port that cannot be read'],
    ['rtsp://cam/\r\nX: y', 'a text with line breaks or control characters'],
    ['file:///a%00b', 'a text with line breaks or control characters'],
    ['file://server/clip.mp4', '"file://…"'],
    [`rtsp://cam/${'x'.repeat(5000)}`, 'a text of 5011 characters'],
  ])('%j', (text, fault) => {
    expect(parseSource(text)).toEqual({
      fault,
      expected: 'an rtsp://, rtsps://, http:// or https:// URL or the path of a file',
    });
  });
});

describe('any password', () => {
  const hosts = fc.constantFrom('192.168.1.20', '192.168.1.20:554', 'cam.local', '[fe80::1]:8554', 'front-door.lan');
  const tails = fc.constantFrom('', '/', '/live', '/a/b?c=d&e', '?x=y', '/user=a&password=b');

  it('arrives unchanged when it is encoded', () => {
    const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(text, text, hosts, tails, (username, password, host, tail) => {
        const url = `rtsp://${encodeURIComponent(username)}:${encodeURIComponent(password)}@${host}${tail}`;
        expect(parsed(url)).toMatchObject({ username, password, doubtful: false });
        expect(parsed(parsed(url).url)).toEqual(parsed(url));
      }),
      { numRuns: 1000 },
    );
  });

  it('arrives unchanged when it is not encoded and can be told', () => {
    const hostile = fc.string({
      unit: fc.constantFrom(...Array.from('@:#=%/?&;+ äß"\'\\{}()[]<>|^~`$!*,aZ09.-_')),
      maxLength: 24,
    });
    // A URL within, an encoded character, and what would be a host of its own can only be guessed.
    const plain = (password: string): boolean =>
      !password.includes('://') && !/%[0-9a-f]{2}/i.test(password) && !/@[^@/?#]*\.[^@/?#]*[/?#]/.test(password);
    fc.assert(
      fc.property(hostile.filter(plain), hosts, tails, (password, host, tail) => {
        const address = parsed(`rtsp://admin:${password}@${host}${tail}`);
        expect(address).toMatchObject({ username: 'admin', password });
        expect(new URL(address.url).hostname).toBe(new URL(`rtsp://${host}`).hostname);
        expect(decodeURIComponent(new URL(address.url).password)).toBe(password);
      }),
      { numRuns: 3000 },
    );
  });

  it('never makes it throw, whatever surrounds it', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('', 'rtsp://', 'http://', 'file:', 'mqtt://'),
        fc.string({ unit: 'binary' }),
        (scheme, rest) => {
          const address = parseSource(scheme + rest);
          if (!('fault' in address) && address.kind !== 'file') expect(address.url).toMatch(/^[\x21-\x7e]+$/);
        },
      ),
      { numRuns: 2000 },
    );
    expect(parsed('rtsp://u:\ud800@cam/\ud800').url).toBe('rtsp://u:%EF%BF%BD@cam/%EF%BF%BD');
  });
});
