import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { parseRtp, type RtpPacket } from '../../../src/media/rtp/rtp.js';
import { header, type RtspRequest } from '../../../src/media/rtsp/message.js';
import { RtspReader } from '../../../src/media/rtsp/reader.js';

/** A camera with a loudspeaker: what it is asked, and the sound that it is sent. */
export interface ListeningCamera extends AsyncDisposable {
  readonly port: number;
  readonly requests: readonly RtspRequest[];
  readonly packets: readonly RtpPacket[];
  /** Connections now, and ever. */
  readonly open: number;
  readonly total: number;
  /** Resolves when `look` says so; it is asked whenever something has come. */
  until(look: () => boolean): Promise<void>;
  /** Closes all connections. */
  drop(): void;
}

export const BACKCHANNEL = 'www.onvif.org/ver20/backchannel';
const CHANNEL = 4;

const SDP = (formats: readonly string[]): string =>
  [
    'v=0',
    'a=control:*',
    ...['m=video 0 RTP/AVP 96', 'a=rtpmap:96 H264/90000', 'a=control:track1', 'a=recvonly'],
    ...['m=audio 0 RTP/AVP 0', 'a=control:track2', 'a=recvonly'],
    ...(formats.length === 0 ? [] : [...formats, 'a=control:back', 'a=sendonly']),
    '',
  ].join('\r\n');

export interface ListeningOptions {
  /** The way back in the SDP, `m=` first; none for an empty list. Default: µ-law. */
  readonly formats?: readonly string[];
  /** The status of the answer to a method, where it is not 200. */
  readonly status?: (method: string, request: RtspRequest) => number | undefined;
}

/** A server of RTSP that describes its way back to who requires it (ONVIF Streaming Specification, 5.3), as a camera. */
export async function listeningCamera({
  formats = ['m=audio 0 RTP/AVP 0', 'a=rtpmap:0 PCMU/8000'],
  status = () => undefined,
}: ListeningOptions = {}): Promise<ListeningCamera> {
  const requests: RtspRequest[] = [];
  const packets: RtpPacket[] = [];
  const sockets = new Set<Socket>();
  const waiting = new Set<() => void>();
  let total = 0;
  const changed = (): void => {
    for (const look of [...waiting]) look();
  };

  const answer = (request: RtspRequest): string => {
    const code = status(request.method, request) ?? 200;
    const required = header(request, 'require') === BACKCHANNEL;
    const body = request.method === 'DESCRIBE' && code === 200 ? SDP(required ? formats : []) : '';
    return [
      `RTSP/1.0 ${code} ${code === 200 ? 'OK' : 'No'}`,
      `CSeq: ${header(request, 'cseq') ?? ''}`,
      'Session: 5;timeout=60',
      ...(request.method === 'SETUP' ? [`Transport: RTP/AVP/TCP;unicast;interleaved=${CHANNEL}-${CHANNEL + 1}`] : []),
      ...(body === '' ? [] : ['Content-Type: application/sdp', `Content-Length: ${body.length}`]),
      '',
      body,
    ].join('\r\n');
  };

  const server = createServer((socket) => {
    const reader = new RtspReader();
    sockets.add(socket);
    total++;
    socket.on('error', () => undefined);
    socket.on('close', () => {
      sockets.delete(socket);
      changed();
    });
    socket.on('data', (chunk) => {
      // The reader is a client's, and knows no RECORD: to be given sound is the same to this camera either way.
      const bytes = Buffer.from(chunk.toString('latin1').replace(/^RECORD /, 'PLAY '), 'latin1');
      for (const item of reader.push(bytes)) {
        if (item.kind === 'request') {
          requests.push(item);
          socket.write(answer(item));
        } else if (item.kind === 'frame' && (item.channel === CHANNEL || item.channel === CHANNEL + 1)) {
          const packet = item.channel === CHANNEL ? parseRtp(Buffer.from(item.payload)) : undefined;
          if (packet !== undefined) packets.push(packet);
        } else throw new Error(`a camera has no use for ${JSON.stringify(item)}`);
      }
      changed();
    });
    changed();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    requests,
    packets,
    get open() {
      return sockets.size;
    },
    get total() {
      return total;
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
    drop: () => {
      for (const socket of sockets) socket.destroy();
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
