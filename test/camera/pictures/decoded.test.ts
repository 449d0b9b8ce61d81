import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import sharp from 'sharp';
import { Pictures } from '../../../src/camera/pictures/pictures.js';
import { findFfmpeg, type Ffmpeg } from '../../../src/media/ffmpeg/capabilities.js';
import { KeyframeDecoders } from '../../../src/media/ffmpeg/keyframe-decoder.js';
import { maskFilter } from '../../../src/media/ffmpeg/mask-filter.js';
import { processTree } from '../../e2e/harness/process-tree.js';
import { frameCount, keyframesOf, type Keyframes } from '../../media/ffmpeg/keyframes.js';
import { TestFeed } from './feed.js';

const TILE = { width: 640, height: 360 };
const now = (): number => performance.now();

/** A camera that plays a clip's keyframes in a loop, but for the first: it counts 0, as what is drawn seems to. */
class Player {
  readonly feed = new TestFeed(now);
  private next = 0;

  constructor(private readonly clip: Keyframes) {}

  /** @returns the count in the picture that was sent */
  send(): number {
    const at = 1 + (this.next++ % (this.clip.keyframes.length - 1));
    const keyframe = this.clip.keyframes[at];
    if (keyframe === undefined) throw new Error('the clip has no keyframe');
    if (this.next === 1) this.feed.connect(this.clip.format, keyframe);
    else this.feed.send(keyframe);
    return at * 5;
  }
}

describe('Pictures of real footage', () => {
  let ffmpeg: Ffmpeg;
  let life: AbortController;
  beforeAll(async () => {
    ffmpeg = await findFfmpeg();
  });
  beforeEach(() => {
    life = new AbortController();
  });
  afterEach(async () => {
    life.abort();
    const end = now() + 4000;
    while (decoding().length > 0) {
      if (now() > end) throw new Error('a process outlived its owner');
      await pause(10);
    }
  });

  const decoding = (): number[] =>
    processTree(process.pid)
      .filter(({ command }) => command.includes('mjpeg'))
      .map(({ pid }) => pid);

  const hub = () => new KeyframeDecoders({ ffmpeg, signal: life.signal, patience: { warm: 5000, cold: 10_000 } });
  const camera = (name: string, main: TestFeed, decoders: KeyframeDecoders, sub?: TestFeed) =>
    new Pictures({ name, main, sub, decoders, signal: life.signal });

  /** The first one may be drawn on a machine that is busy: a decoder has been started for it a moment ago. */
  async function untilDecoded(pictures: Pictures, count: number): Promise<Buffer> {
    const end = now() + 10_000;
    while (now() < end) {
      const picture = await pictures.picture(TILE);
      if ((await frameCount(picture)) === count) return picture;
      await pause(5);
    }
    throw new Error('the picture did not come');
  }

  it('two cameras of other sizes and codecs, one of them twice: each its own pictures', async () => {
    const [large, small, other] = await Promise.all([
      keyframesOf(),
      keyframesOf({ width: 640, height: 480 }),
      keyframesOf({ codec: 'hevc', width: 640, height: 360 }),
    ]);
    const decoders = hub();
    const players = [new Player(large), new Player(small), new Player(other), new Player(large)];
    players[3]?.send();
    const cameras = players.map(({ feed }, at) => camera(`Camera ${at}`, feed, decoders));
    const counts = players.map((player) => player.send());
    const pictures = await Promise.all(cameras.map((each, at) => untilDecoded(each, counts[at] ?? -1)));
    const sizes = await Promise.all(pictures.map(async (picture) => sharp(picture).metadata()));
    expect(sizes.map(({ width, height }) => [width, height])).toEqual([
      [640, 360],
      [480, 360],
      [640, 360],
      [640, 360],
    ]);
    expect(decoding()).toHaveLength(3);
  });

  it('shows nothing of what is masked, of either stream', async () => {
    const below = maskFilter([
      [
        [0, 0.2],
        [1, 0.2],
        [1, 1],
        [0, 1],
      ],
    ]);
    const [large, small] = await Promise.all([keyframesOf(), keyframesOf({ width: 640, height: 360 })]);
    const decoders = hub();
    for (const [main, sub] of [
      [new Player(large), undefined],
      [new Player(large), new Player(small)],
    ] as const) {
      const { signal } = life;
      const pictures = new Pictures({ name: 'Porch', main: main.feed, sub: sub?.feed, decoders, mask: below, signal });
      sub?.send();
      const picture = await untilDecoded(pictures, main.send());
      const { data, info } = await sharp(picture).grayscale().raw().toBuffer({ resolveWithObject: true });
      const brightest = data.subarray(info.width * Math.ceil(info.height * 0.23)).reduce((a, b) => Math.max(a, b), 0);
      expect(brightest).toBeLessThanOrEqual(24);
    }
  });

  it('goes on after the decoder was killed between two requests', async () => {
    const player = new Player(await keyframesOf());
    const pictures = camera('Porch', player.feed, hub());
    await untilDecoded(pictures, player.send());
    await pause(1000);
    for (const pid of decoding()) process.kill(pid, 'SIGKILL');
    await untilDecoded(pictures, player.send());
  });

  it('figures: drawn, first, warm', async () => {
    const [clip, small] = await Promise.all([keyframesOf(), keyframesOf({ width: 640, height: 360 })]);
    const decoders = hub();
    for (const [title, player, sub] of [
      ['720p', new Player(clip), undefined],
      ['720p with a 360p stream', new Player(clip), new Player(small)],
    ] as const) {
      const started = now();
      const pictures = camera('Porch', player.feed, decoders, sub?.feed);
      const drawn = await pictures.picture(TILE);
      const first = now() - started;
      expect((await sharp(drawn).metadata()).format).toBe('jpeg');
      const connected = now();
      sub?.send();
      await untilDecoded(pictures, player.send());
      const real = now() - connected;
      const delay = monitorEventLoopDelay({ resolution: 1 });
      delay.enable();
      const times: number[] = [];
      for (let poll = 0; poll < 20; poll++) {
        if (poll % 4 === 0) [sub, player].forEach((each) => each?.send());
        await pause(300);
        const asked = now();
        await pictures.picture(TILE);
        times.push(now() - asked);
      }
      delay.disable();
      times.sort((a, b) => a - b);
      const [median = 0, p95 = 0] = [times[10], times[18]];
      process.stdout.write(
        `${title}: drawn ${first.toFixed(0)} ms, first real ${real.toFixed(0)} ms, ` +
          `warm median ${median.toFixed(2)} ms, p95 ${p95.toFixed(2)} ms, event loop at most ${(delay.max / 1e6).toFixed(0)} ms\n`,
      );
      expect(times).toHaveLength(20);
    }
  });
});
