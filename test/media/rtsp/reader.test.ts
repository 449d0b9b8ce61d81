import fc from 'fast-check';
import { RtspReader, type RtspItem } from '../../../src/media/rtsp/reader.js';

const frame = (channel: number, payload: Buffer): Buffer => {
  const head = Buffer.from([0x24, channel, 0, 0]);
  head.writeUInt16BE(payload.length, 2);
  return Buffer.concat([head, payload]);
};
const rtp = (fill: number, length = 20): Buffer => Buffer.concat([Buffer.from([0x80, 96]), Buffer.alloc(length, fill)]);

/** What matters of an item, comparable. */
const show = (item: RtspItem): string => {
  switch (item.kind) {
    case 'frame':
      return `$${item.channel} ${item.payload.toString('hex')}`;
    case 'response':
      return `${item.status} ${item.reason} ${JSON.stringify([...item.headers])} ${item.body.toString('latin1')}`;
    case 'request':
      return `${item.method} ${item.uri} ${JSON.stringify([...item.headers])}`;
    case 'junk':
      return 'junk';
  }
};

function read(...chunks: readonly (Buffer | string)[]): string[] {
  const reader = new RtspReader();
  return chunks.flatMap((chunk) => reader.push(Buffer.from(chunk as string))).map(show);
}

/** Cuts `data` at the given places. */
function cut(data: Buffer, places: readonly number[]): Buffer[] {
  const sorted = [0, ...[...places].map((place) => place % (data.length + 1)).sort((a, b) => a - b), data.length];
  return sorted.slice(1).map((end, index) => data.subarray(sorted[index], end));
}

const ok = 'RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n';
const okRead = '200 OK [["cseq",["1"]]] ';

describe('the reader of RTSP connections', () => {
  it.each([
    ['a response', ok, [okRead]],
    ['bare line feeds', 'RTSP/1.0 200 OK\nCSeq: 1\n\n', [okRead]],
    ['no reason', 'RTSP/1.0 200\r\ncseq:1\r\n\r\n', ['200  [["cseq",["1"]]] ']],
    ['blank lines before a message', `\r\n\r\n${ok}`, [okRead]],
    [
      'names in any case, and repeated fields',
      'RTSP/1.0 401 No\r\nwww-AUTHENTICATE: a\r\nWWW-Authenticate: b\r\n\r\n',
      ['401 No [["www-authenticate",["a","b"]]] '],
    ],
    [
      'a folded line and one without a colon',
      'RTSP/1.0 200 OK\r\nPublic: A,\r\n  B\r\nnonsense\r\n\r\n',
      ['200 OK [["public",["A, B"]]] '],
    ],
    ['a body', 'RTSP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nv=0\r\n', ['200 OK [["content-length",["5"]]] v=0\r\n']],
    ['two messages', ok + ok, [okRead, okRead]],
    ['a request of the server', 'OPTIONS * RTSP/1.0\r\nCSeq: 7\r\n\r\n', ['OPTIONS * [["cseq",["7"]]]']],
    ['a web server', 'HTTP/1.1 400 Bad Request\r\n\r\n', ['junk']],
    ['a TLS alert', '\x15\x03\x01\x00\x02\x02\x28', ['junk']],
    ['a line without end', `RTSP/1.0 200 ${'x'.repeat(9000)}`, ['junk']],
    ['a head without end', `RTSP/1.0 200 OK\r\n${'a: b\r\n'.repeat(9000)}`, ['junk']],
    ['a body out of bounds', 'RTSP/1.0 200 OK\r\nContent-Length: 99999999\r\n\r\n', ['junk']],
  ])('reads %s', (_, text, expected) => {
    expect(read(text)).toEqual(expected);
  });

  it('reads frames before, between and within messages', () => {
    const [a, b, c, d] = [1, 2, 3, 4].map((fill) => frame(fill, rtp(fill))) as [Buffer, Buffer, Buffer, Buffer];
    const shown = [1, 2, 3, 4].map((fill) => `$${fill} ${rtp(fill).toString('hex')}`);
    const parts = [a, 'RTSP/1.0 200 OK\r\n', b, 'Content-Length: 10\r\n\r\n', c, 'v=0\r\n', d, 's=x\r\n', a];
    const body = '200 OK [["content-length",["10"]]] v=0\r\ns=x\r\n';
    expect(read(Buffer.concat(parts.map((part) => Buffer.from(part as string))))).toEqual([...shown, body, shown[0]]);
  });

  it('ends an SDP of unknown length where it ends, or at silence', () => {
    const head = 'RTSP/1.0 200 OK\r\nContent-Type: application/sdp\r\n\r\n';
    const shown = (body: string): string => `200 OK [["content-type",["application/sdp"]]] ${body}`;
    expect(read(`${head}v=0\r\ns=x\r\n${ok}`)).toEqual([shown('v=0\r\ns=x\r\n'), okRead]);
    const reader = new RtspReader();
    expect(reader.push(Buffer.from(`${head}v=0\r\ns=x`))).toEqual([]);
    expect(reader.inBody).toBe(true);
    expect(reader.endBody().map(show)).toEqual([shown('v=0\r\ns=x')]);
    expect(reader.inBody).toBe(false);
    expect(reader.push(Buffer.from(ok)).map(show)).toEqual([okRead]);
  });

  it('finds its way again after a frame of a wrong length', () => {
    const good = frame(0, rtp(7));
    const short = frame(0, rtp(9, 50)).subarray(0, 40);
    const items = read(Buffer.concat([Buffer.from(ok), good, short, good, good, good, good]));
    expect(items.slice(0, 2)).toEqual([okRead, `$0 ${rtp(7).toString('hex')}`]);
    expect(items.slice(-2)).toEqual([`$0 ${rtp(7).toString('hex')}`, `$0 ${rtp(7).toString('hex')}`]);
  });

  it('gives up where nothing makes sense any more', () => {
    const reader = new RtspReader();
    const items = reader.push(Buffer.from(ok));
    for (let i = 0; i < 100; i++) items.push(...reader.push(Buffer.alloc(8192, 0x41)));
    expect(items.map(show)).toEqual([okRead, 'junk']);
    expect(reader.push(Buffer.from(ok))).toEqual([]);
  });

  const part = fc.oneof(
    fc.constant(Buffer.from(ok)),
    fc.constant(Buffer.from('RTSP/1.0 200 OK\nContent-Type: application/sdp\nContent-Length: 12\n\nv=0\na=b:c\nxx')),
    fc.constant(Buffer.from('RTSP/1.0 200 OK\r\nContent-Type: application/sdp\r\n\r\nv=0\r\nm=video 0\r\n')),
    fc.constant(Buffer.from('GET_PARAMETER rtsp://x/ RTSP/1.0\r\n\r\n')),
    fc.tuple(fc.nat(3), fc.nat(255), fc.nat(300)).map(([channel, fill, length]) => frame(channel, rtp(fill, length))),
    fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
    fc
      .constantFrom('$', 'R', 'RTSP/', '$\0', 'RTSP/1.0 200 OK\r\n', '\r\n', 'OPTIONS')
      .map((text) => Buffer.from(text)),
  );

  it('reads the same from any chunks, whatever comes', () => {
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), fc.array(fc.nat(), { maxLength: 30 }), (parts, places) => {
        const data = Buffer.concat([Buffer.from(ok), ...parts]);
        const whole = read(data);
        expect(read(...cut(data, places))).toEqual(whole);
        expect(read(...cut(data, [...data.keys()]))).toEqual(whole);
      }),
      { numRuns: 500 },
    );
  });

  it('gives no more bytes than it was given', () => {
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
        const data = Buffer.concat(parts);
        const items = new RtspReader().push(data);
        const bytes = items.reduce((sum, item) => {
          if (item.kind === 'frame') return sum + item.payload.length;
          return sum + (item.kind === 'junk' ? 0 : item.body.length);
        }, 0);
        expect(bytes).toBeLessThanOrEqual(data.length);
      }),
    );
  });
});
