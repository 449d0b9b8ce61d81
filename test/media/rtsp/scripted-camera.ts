import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';

export interface Request {
  readonly method: string;
  readonly uri: string;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
}

export interface Camera extends AsyncDisposable {
  readonly port: number;
  readonly requests: readonly Request[];
  readonly socket: Socket | undefined;
}

/**
 * A server that answers each request as told: with what `answer` returns, `{cseq}` standing for the sequence number;
 * with nothing for undefined.
 */
export async function scriptedCamera(
  answer: (request: Request, socket: Socket) => string | Buffer | undefined,
): Promise<Camera> {
  const requests: Request[] = [];
  const sockets = new Set<Socket>();
  let last: Socket | undefined;
  const server = createServer((socket) => {
    last = socket;
    sockets.add(socket);
    let text = '';
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      for (let end = text.indexOf('\r\n\r\n'); end >= 0; end = text.indexOf('\r\n\r\n')) {
        const [line = '', ...lines] = text.slice(0, end).split('\r\n');
        text = text.slice(end + 4);
        const [method = '', uri = ''] = line.split(' ');
        const headers = new Map(
          lines.map((field) => [field.split(':')[0]?.toLowerCase() ?? '', field.replace(/^[^:]*:\s*/, '')]),
        );
        if (method.startsWith('RTSP/')) continue;
        const request = { method, uri, headers };
        requests.push(request);
        const said = answer(request, socket);
        if (said === undefined) continue;
        socket.write(typeof said === 'string' ? said.replace('{cseq}', headers.get('cseq') ?? '') : said);
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    requests,
    get socket() {
      return last;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

export const SPS = 'Z2QAFqyyAUBf8uAiAAADAAIAAAMAUB4sXJA=';
export const PPS = 'aOvDyyLA';
export const SDP = [
  'v=0',
  'a=control:*',
  'm=video 0 RTP/AVP 96',
  'a=rtpmap:96 H264/90000',
  `a=fmtp:96 packetization-mode=1;sprop-parameter-sets=${SPS},${PPS}`,
  'a=control:track1',
  'm=audio 0 RTP/AVP 0',
  'a=control:track2',
  '',
].join('\r\n');

export const response = (status: string, headers: readonly string[] = [], body = ''): string =>
  [
    `RTSP/1.0 ${status}`,
    'CSeq: {cseq}',
    ...headers,
    ...(body === '' ? [] : ['Content-Type: application/sdp', `Content-Length: ${body.length}`]),
    '',
    body,
  ].join('\r\n');

/** What a camera without peculiarities answers. */
export function ordinary({ method, headers }: Request): string | undefined {
  switch (method) {
    case 'OPTIONS':
      return response('200 OK', ['Public: OPTIONS, DESCRIBE, SETUP, PLAY, GET_PARAMETER, TEARDOWN']);
    case 'DESCRIBE':
      return response('200 OK', [], SDP);
    case 'SETUP':
      return response('200 OK', ['Session: 77;timeout=2', `Transport: ${headers.get('transport') ?? ''}`]);
    default:
      return response('200 OK', ['Session: 77;timeout=2']);
  }
}

/** An interleaved frame with an RTP packet. */
export function rtpFrame(
  channel: number,
  {
    type,
    marker = true,
    sequence,
    timestamp,
    ssrc = 1,
  }: { type: number; marker?: boolean; sequence: number; timestamp: number; ssrc?: number },
  payload: Buffer,
): Buffer {
  const packet = Buffer.alloc(16);
  packet[0] = 0x24;
  packet[1] = channel;
  packet.writeUInt16BE(12 + payload.length, 2);
  packet[4] = 0x80;
  packet[5] = (marker ? 0x80 : 0) | type;
  packet.writeUInt16BE(sequence & 0xffff, 6);
  packet.writeUInt32BE(timestamp >>> 0, 8);
  packet.writeUInt32BE(ssrc, 12);
  return Buffer.concat([packet, payload]);
}
