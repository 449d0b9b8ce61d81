import { h264Encoders } from '../../../src/media/ffmpeg/encoders.js';
import { findFfmpeg } from '../../../src/media/ffmpeg/capabilities.js';
import type { Codings } from '../../../src/camera/clips/coding.js';
import type { FeedState } from '../../../src/camera/feed/feed.js';
import { NothingLeft, RecordingSession, type RecordingPart } from '../../../src/homekit/recording/session.js';
import { TestFeed } from '../../camera/clips/feed.js';
import { noChildren } from '../../media/ffmpeg/processes.js';
import { coded, type Coded } from '../../media/fmp4/coded.js';
import { decode, listen } from '../../media/fmp4/probe.js';
import { SELECTION } from './selections.js';

class LiveFeed extends TestFeed {
  watch(): () => void {
    return () => undefined;
  }

  go(kind: 'off' | 'connecting'): void {
    for (const listener of [...this.listeners]) listener.state?.({ kind, since: 0 } satisfies FeedState);
  }
}

/** Six seconds with a keyframe every two. */
let clip: Coded;
beforeAll(async () => {
  clip = await coded();
}, 60_000);
afterEach(() => noChildren());

/** Of `clip`, transcoded, picture and sound. */
async function transcoded(feed: LiveFeed, change: Partial<Codings> = {}): Promise<RecordingSession> {
  const ffmpeg = await findFfmpeg();
  const [encoder] = await h264Encoders(ffmpeg);
  const size = { width: 160, height: 90, bitrate: 200_000, profile: 'main', keyframeInterval: 2000 } as const;
  const codings: Codings = {
    video: () => ({ mode: 'transcode', output: size }),
    audio: () => ({ mode: 'transcode', output: { codec: 'aac-lc', packetTime: 0, ...SELECTION.sound } }),
    ...change,
  };
  return new RecordingSession({
    ...{ feed, coders: { ffmpeg, encoder }, codings, selection: SELECTION },
    ...{ from: 0, until: () => Infinity, isHeard: () => true, now: () => performance.now() },
    // However busy the machine is, its encoders come in time.
    startGrace: 60_000,
  });
}

async function rest(parts: AsyncGenerator<RecordingPart>): Promise<RecordingPart[]> {
  const read: RecordingPart[] = [];
  for await (const part of parts) read.push(part);
  return read;
}

it('ends with all that the camera has sent when it goes away, also what is in an encoder yet', async () => {
  const feed = new LiveFeed(clip.formats);
  feed.send(clip.packets);
  const session = await transcoded(feed);
  const parts = session.parts();
  const reading = rest(parts);
  feed.go('connecting');
  const read = await reading;
  expect(read.at(-1)?.isLast).toBe(true);
  expect(session.ending).toBe('camera-lost');
  const file = Buffer.concat(read.map(({ data }) => data));
  const { pictures, complaints } = await decode(file);
  expect([pictures.length, complaints]).toEqual([120, '']);
  expect((await listen(file)).complaints).toBe('');
}, 60_000);

it('does not wait for sound that a camera declares and has not sent', async () => {
  const feed = new LiveFeed(clip.formats);
  feed.send(clip.packets.filter(({ kind }) => kind === 'video'));
  const parts = (await transcoded(feed, { video: () => ({ mode: 'copy' }) })).parts();
  const [init, fragment] = [await parts.next(), await parts.next()];
  await parts.return();
  const file = Buffer.concat([init, fragment].map(({ value }) => (value as RecordingPart).data));
  const { pictures, complaints } = await decode(file);
  expect([pictures.length, complaints]).toEqual([80, '']);
  expect((await listen(file)).complaints).toBe('');
});

it.each(['off', 'connecting'] as const)('ends at once where there is nothing when the camera is %s', async (kind) => {
  const feed = new LiveFeed(clip.formats);
  if (kind === 'off') feed.send(clip.packets);
  const parts = (await transcoded(feed)).parts();
  const next = parts.next();
  feed.go(kind);
  await expect(next).rejects.toThrow(NothingLeft);
  expect(feed.listeners.size).toBe(0);
});
