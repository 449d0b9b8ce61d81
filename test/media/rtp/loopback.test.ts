import { execFileSync } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { randomBytes } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { isRtcp, RtcpPacketConverter, RtcpSrPacket, RtpPacket, SrtcpSession, SrtpSession } from 'werift-rtp';
import {
  isAccessUnitDelimiter,
  isKeyframe,
  isParameterSet,
  splitAnnexB,
  toAnnexB,
} from '../../../src/media/h26x/nal.js';
import type { VideoPacket } from '../../../src/media/packet.js';
import { SrtpContext } from '../../../src/media/rtp/srtp.js';
import { VideoSender } from '../../../src/media/rtp/video-sender.js';
import { depacketize } from './depacketize.js';

const GOP = 25;

/** Two GOPs of noisy 720p, whose keyframes are far larger than a receive buffer holds. */
const clip = (): Buffer =>
  execFileSync(
    'ffmpeg',
    [
      ['-nostdin', '-v', 'error', '-f', 'lavfi', '-i', 'testsrc2=size=1280x720:rate=25,noise=alls=40'],
      [
        '-frames:v',
        String(2 * GOP),
        '-c:v',
        'libx264',
        '-preset',
        'ultrafast',
        '-qp',
        '22',
        '-bf',
        '0',
        '-g',
        String(GOP),
      ],
      ['-pix_fmt', 'yuv420p', '-x264-params', 'aud=1:scenecut=0', '-f', 'h264', 'pipe:1'],
    ].flat(),
    { maxBuffer: 2 ** 28 },
  );

function accessUnits(stream: Buffer): Buffer[][] {
  const units: Buffer[][] = [];
  for (const unit of splitAnnexB(stream)) {
    if (isAccessUnitDelimiter('h264', unit)) units.push([]);
    else units.at(-1)?.push(unit);
  }
  return units;
}

/** What ffmpeg makes of a stream: a checksum a frame; throws where it complains. */
function decode(stream: Buffer): string[] {
  const out = execFileSync(
    'ffmpeg',
    ['-v', 'error', '-xerror', '-err_detect', 'explode', '-f', 'h264', '-i', 'pipe:0', '-f', 'framemd5', 'pipe:1'],
    { input: stream, maxBuffer: 2 ** 28, stdio: ['pipe', 'pipe', 'pipe'] },
  );
  return out
    .toString()
    .split('\n')
    .filter((line) => line.startsWith('0,'))
    .map((line) => line.slice(-32));
}

const closed = async (socket: Socket): Promise<void> => {
  socket.close();
  await once(socket, 'close');
};

describe('a picture over real UDP', () => {
  it('comes whole from backlog and live frames, is decrypted by werift and decoded by ffmpeg', async () => {
    const stream = clip();
    const [key, salt] = [randomBytes(16), randomBytes(14)];
    const theirs = {
      keys: { localMasterKey: key, localMasterSalt: salt, remoteMasterKey: key, remoteMasterSalt: salt },
      profile: 1 as const,
    };
    const [srtp, srtcp] = [new SrtpSession(theirs), new SrtcpSession(theirs)];
    const [here, there] = [createSocket('udp4'), createSocket('udp4')];
    const end = new AbortController();
    try {
      there.bind(0, '127.0.0.1');
      await once(there, 'listening');
      here.connect(there.address().port, '127.0.0.1');
      await once(here, 'connect');

      const frames: VideoPacket[] = accessUnits(stream).map((units, i) => ({
        kind: 'video',
        time: performance.now() + (i - GOP) * 40,
        keyframe: isKeyframe('h264', units),
        units: units.filter((unit) => !isParameterSet('h264', unit)),
        bytes: units.reduce((sum, { length }) => sum + length, 0),
      }));
      expect(frames.filter(({ keyframe }) => keyframe)).toHaveLength(2);
      expect(frames[0]?.bytes).toBeGreaterThan(250_000);

      const received: RtpPacket[] = [];
      const reports: RtcpSrPacket[] = [];
      let ended = 0;
      const whole = new Promise<void>((resolve) => {
        there.on('message', (datagram) => {
          if (isRtcp(datagram)) {
            for (const packet of RtcpPacketConverter.deSerialize(srtcp.decrypt(datagram)))
              if (packet instanceof RtcpSrPacket) reports.push(packet);
            return;
          }
          const packet = RtpPacket.deSerialize(srtp.decrypt(datagram));
          received.push(packet);
          if (packet.header.marker && ++ended === frames.length) resolve();
        });
      });

      const sender = new VideoSender({
        ssrc: 77,
        payloadType: 99,
        cname: 'lookout',
        srtp: new SrtpContext(key, salt),
        send: (datagram) => {
          here.send(datagram);
        },
        clock: { now: () => performance.now(), wallclock: () => Date.now() },
        signal: end.signal,
        parameterSets: splitAnnexB(stream)
          .filter((unit) => isParameterSet('h264', unit))
          .slice(0, 2),
      });
      sender.sendBacklog(frames.slice(0, GOP));
      for (const frame of frames.slice(GOP)) sender.send(frame);
      expect(sender.dropped).toBe(0);
      // Where something is lost, what is missing is to be seen before the test is given up.
      await Promise.race([whole, once(AbortSignal.timeout(40_000), 'abort')]);

      const numbers = received.map(({ header }) => header.sequenceNumber);
      const first = numbers[0] ?? 0;
      expect(numbers).toEqual(numbers.map((_, i) => (first + i) & 0xffff));
      expect(Math.max(...received.map(({ payload }) => payload.length))).toBe(1200);
      expect(reports[0]).toMatchObject({ ssrc: 77, senderInfo: { packetCount: 0, octetCount: 0 } });

      const units: Buffer[] = [];
      let payloads: Buffer[] = [];
      for (const { header, payload } of received) {
        payloads.push(payload);
        if (!header.marker) continue;
        units.push(...depacketize(payloads));
        payloads = [];
      }
      const pictures = decode(toAnnexB(units));
      expect(pictures).toHaveLength(2 * GOP);
      expect(pictures).toEqual(decode(stream));
    } finally {
      end.abort();
      await Promise.all([closed(here), closed(there)]);
    }
  }, 60_000);
});
