import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import fc from 'fast-check';
import type { CameraRecordingConfiguration, HAP, RecordingPacket } from 'homebridge';
import type { Camera } from '../../../src/camera/camera.js';
import type { FeedState } from '../../../src/camera/feed/feed.js';
import { describeStream } from '../../../src/camera/feed/stream-info.js';
import { RecordingDelegate } from '../../../src/homekit/recording/delegate.js';
import { RecordingDiagnosis } from '../../../src/homekit/recording/diagnose.js';
import { SoundSwitch } from '../../../src/homekit/recording/silence.js';
import type { Ffmpeg } from '../../../src/media/ffmpeg/capabilities.js';
import type { Packet } from '../../../src/media/packet.js';
import { loudness } from '../../e2e/harness/recorded.js';
import { TestFeed } from '../../camera/clips/feed.js';
import { coded, type Coded } from '../../media/fmp4/coded.js';
import { decode, listen, probe } from '../../media/fmp4/probe.js';

const fromHere = createRequire(import.meta.url);
const hap = createRequire(fromHere.resolve('homebridge'))('@homebridge/hap-nodejs') as HAP;

class RecordedFeed extends TestFeed {
  state: FeedState = { kind: 'online', since: 0 };
  watched = 0;

  get info() {
    return describeStream(this.ring.all);
  }

  watch(): () => void {
    this.watched++;
    return () => this.watched--;
  }

  go(kind: 'online' | 'connecting'): void {
    this.state = { kind, since: 0 };
    for (const listener of [...this.listeners]) listener.state?.(this.state);
  }
}

const CONFIGURATION = {
  prebufferLength: 4000,
  eventTriggerTypes: [1],
  mediaContainerConfiguration: { type: 0, fragmentLength: 4000 },
  videoCodec: {
    type: 0,
    parameters: { profile: 2, level: 2, bitRate: 2000, iFrameInterval: 4000 },
    resolution: [1920, 1080, 30],
  },
  audioCodec: { type: 0, audioChannels: 1, bitrateMode: 0, bitrate: 64, samplerate: 5 },
} as unknown as CameraRecordingConfiguration;

/** A camera, and a hub that records it, in the test's hands; the hub's clock goes with the packets. */
class Scene {
  readonly feed: RecordedFeed;
  readonly warnings: string[] = [];
  readonly motion = {
    ...{ isOn: true, beganAt: undefined as number | undefined, endedAt: undefined as number | undefined },
    rangAt: undefined,
  };
  readonly sound = new SoundSwitch(true);
  readonly life = new AbortController();
  readonly diagnosis = new RecordingDiagnosis({
    ...{ motionLinked: true, wallclock: () => 0, debug: () => undefined, hint: () => undefined },
  });
  readonly delegate: RecordingDelegate;
  private taken = 0;

  constructor(
    private readonly clip: Coded,
    now: () => number = () => this.time,
    ffmpeg = { encoders: new Set() } as unknown as Ffmpeg,
  ) {
    this.feed = new RecordedFeed(clip.formats);
    const log = () => undefined;
    this.delegate = new RecordingDelegate({
      hap,
      camera: {
        ...{ name: 'Gate', sub: undefined, pictureMask: undefined, settings: { audio: true } },
        main: this.feed,
      } as unknown as Camera,
      ffmpeg,
      ...{ motion: this.motion, sound: this.sound, diagnosis: this.diagnosis, now, signal: this.life.signal },
      log: { info: log, error: log, debug: log, warn: (text) => this.warnings.push(text) },
    });
  }

  /** Of the newest packet. */
  get time(): number {
    return this.clip.packets[this.taken - 1]?.time ?? 0;
  }

  /** Sends what the camera has up to a time, seconds of the clip. */
  play(seconds: number): void {
    const start = this.clip.packets[0]?.time ?? 0;
    const rest = this.clip.packets.slice(this.taken);
    const until = rest.findIndex(({ time }) => time - start >= seconds * 1000);
    const packets: readonly Packet[] = until < 0 ? rest : rest.slice(0, until);
    this.taken += packets.length;
    this.feed.send(packets);
  }

  begin(): void {
    this.delegate.updateRecordingConfiguration(CONFIGURATION);
    this.delegate.updateRecordingActive(true);
  }
}

const file = (packets: readonly RecordingPacket[]): Buffer => Buffer.concat(packets.map(({ data }) => data));

async function all(recording: AsyncGenerator<RecordingPacket>): Promise<RecordingPacket[]> {
  const packets: RecordingPacket[] = [];
  for await (const packet of recording) packets.push(packet);
  return packets;
}

let clip: Coded;
beforeAll(async () => {
  clip = await coded({ gop: 1, seconds: 20 });
}, 60_000);

it('gives the init and the prebuffer at once, without a process, and ends with a part that says so', async () => {
  const scene = new Scene(clip);
  scene.begin();
  scene.play(10.5);
  const recording = scene.delegate.handleRecordingStreamRequest(1);
  const first = [await recording.next(), await recording.next()].map(({ value }) => value as RecordingPacket);
  expect(first.map(({ isLast }) => isLast)).toEqual([false, false]);
  scene.play(13.2);
  scene.motion.isOn = false;
  scene.motion.endedAt = scene.time + 1;
  scene.play(14);
  const rest = await all(recording);
  expect(rest.map(({ isLast }) => isLast)).toEqual([...rest.slice(1).map(() => false), true]);
  const whole = file([...first, ...rest]);
  const { pictures, complaints } = await decode(whole);
  expect(complaints).toBe('');
  // From the keyframe before 4 s before 10.5 s to 13.2 s.
  expect(pictures.length).toBe(144);
  const { packets } = await probe(whole);
  expect(packets.every(({ kind, duration }) => kind === 'audio' || Math.abs(duration - 0.05) < 0.002)).toBe(true);
  expect((await listen(whole)).complaints).toBe('');
  expect([scene.feed.listeners.size, scene.feed.watched]).toEqual([0, 0]);
});

/** The time of timers is the test's; processes and files take theirs. */
function standStill(): void {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
}
afterEach(() => {
  jest.useRealTimers();
});

it('gives the init before the encoder of its sound has started, and loses none of that', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lookout-encoder-'));
  try {
    const path = join(folder, 'ffmpeg');
    const start = join(folder, 'start');
    const script = `#!/bin/sh\nwhile [ ! -e ${start} ]; do sleep 0.02; done\nexec ffmpeg "$@"\n`;
    await writeFile(path, script, { mode: 0o755 });
    standStill();
    const scene = new Scene(clip, undefined, { path, encoders: new Set(['aac']) } as unknown as Ffmpeg);
    scene.delegate.updateRecordingActive(true);
    scene.delegate.updateRecordingConfiguration({
      ...CONFIGURATION,
      audioCodec: { ...CONFIGURATION.audioCodec, samplerate: hap.AudioRecordingSamplerate.KHZ_32 },
    });
    scene.play(6);
    const recording = scene.delegate.handleRecordingStreamRequest(1);
    const init = (await recording.next()).value as RecordingPacket;
    const next = recording.next();
    await jest.advanceTimersByTimeAsync(1500);
    await writeFile(start, '');
    const first = (await next).value as RecordingPacket;
    await recording.return(undefined);
    jest.useRealTimers();
    const { streams } = await probe(file([init, first]));
    expect(streams[1]).toMatchObject({ codec: 'aac', sampleRate: 32_000 });
    expect((await loudness(file([init, first]))).seconds[0]).toBeGreaterThan(0.05);
  } finally {
    await rm(folder, { recursive: true });
  }
});

it.each<[string, (scene: Scene) => void, string | undefined]>([
  [
    'the camera goes away',
    (scene) => {
      scene.feed.go('connecting');
    },
    undefined,
  ],
  [
    'it begins anew',
    (scene) => {
      scene.feed.interrupt();
    },
    undefined,
  ],
  [
    'it sends another format',
    (scene) => {
      scene.feed.change({ ...clip.formats, audio: undefined });
    },
    undefined,
  ],
  [
    'recording is switched off',
    (scene) => {
      scene.delegate.updateRecordingActive(false);
    },
    undefined,
  ],
  [
    'the plugin ends',
    (scene) => {
      scene.life.abort();
    },
    undefined,
  ],
])('ends with what is whole when %s', async (_, happen) => {
  const scene = new Scene(clip);
  scene.begin();
  scene.play(9.5);
  const recording = scene.delegate.handleRecordingStreamRequest(1);
  const begun = [await recording.next(), await recording.next()].map(({ value }) => value as RecordingPacket);
  happen(scene);
  const rest = await all(recording);
  expect(rest.at(-1)?.isLast).toBe(true);
  expect(rest.at(-1)?.data.length).toBeGreaterThan(0);
  expect((await decode(file([...begun, ...rest]))).complaints).toBe('');
  expect([scene.feed.listeners.size, scene.feed.watched]).toEqual([0, 0]);
});

it.each<[string, (scene: Scene, hub: AbortController) => void]>([
  [
    'closes',
    ({ delegate }) => {
      delegate.closeRecordingStream(1, hap.HDSProtocolSpecificErrorReason.NORMAL);
    },
  ],
  [
    'loses its connection',
    ({ delegate }) => {
      delegate.closeRecordingStream(1, undefined);
    },
  ],
  [
    'acknowledges',
    ({ delegate }) => {
      delegate.acknowledgeStream(1);
    },
  ],
  [
    'aborts',
    (_, hub) => {
      hub.abort();
    },
  ],
])('nothing more is given when the hub %s, and nothing is left', async (_, happen) => {
  const scene = new Scene(clip);
  scene.begin();
  scene.play(6);
  const hub = new AbortController();
  const recording = scene.delegate.handleRecordingStreamRequest(1, hub.signal);
  await recording.next();
  await recording.next();
  const next = recording.next();
  happen(scene, hub);
  expect((await next).done).toBe(true);
  expect([scene.feed.listeners.size, scene.feed.watched]).toEqual([0, 0]);
});

it.each<[string, (scene: Scene) => void, number, RegExp]>([
  [
    'no configuration',
    (scene) => {
      scene.play(6);
      scene.delegate.updateRecordingConfiguration(undefined);
    },
    9,
    /never said how/,
  ],
  ['no picture', () => undefined, 5, /sends no picture/],
  [
    'a camera that is away',
    (scene) => {
      scene.play(6);
      scene.feed.go('connecting');
    },
    5,
    /sends no picture/,
  ],
])('refuses with a reason: %s', async (_, arrange, reason, warning) => {
  const scene = new Scene(clip);
  scene.begin();
  arrange(scene);
  await expect(all(scene.delegate.handleRecordingStreamRequest(1))).rejects.toMatchObject({ reason });
  expect(scene.warnings).toEqual([expect.stringMatching(warning)]);
});

it('ends where keyframes stop coming, before the hub gives up', async () => {
  standStill();
  const scene = new Scene(clip, () => performance.now());
  scene.begin();
  scene.play(6);
  const [isLast, times]: [boolean[], number[]] = [[], []];
  const reading = (async () => {
    for await (const part of scene.delegate.handleRecordingStreamRequest(1)) {
      isLast.push(part.isLast);
      times.push(performance.now());
    }
    return 'read' as const;
  })();
  while ((await Promise.race([reading, jest.advanceTimersByTimeAsync(20)])) !== 'read');
  expect(isLast).toEqual([...isLast.slice(1).map(() => false), true]);
  const gaps = times.slice(1).map((time, at) => time - (times[at] ?? 0));
  expect(Math.max(...gaps)).toBeGreaterThan(4000);
  expect(Math.max(...gaps)).toBeLessThan(5000);
  expect(scene.warnings).toHaveLength(1);
});

it('never throws, whatever is called in whatever order', async () => {
  const id = fc.integer({ min: 1, max: 3 });
  const step = fc.oneof(
    fc.record({ call: fc.constant('open' as const), id }),
    fc.record({ call: fc.constant('pull' as const), id }),
    fc.record({ call: fc.constantFrom('close' as const, 'acknowledge' as const), id }),
    fc.record({
      call: fc.constantFrom(
        'on' as const,
        'off' as const,
        'select' as const,
        'forget' as const,
        'play' as const,
        'away' as const,
        'back' as const,
        'interrupt' as const,
        'still' as const,
        'mute' as const,
      ),
      id,
    }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      const scene = new Scene(clip);
      const { delegate, feed } = scene;
      const open = new Map<number, AsyncGenerator<RecordingPacket>>();
      const begun: AsyncGenerator<RecordingPacket>[] = [];
      const pulls: Promise<unknown>[] = [];
      const calls: Record<(typeof steps)[number]['call'], (nth: number) => void> = {
        open: (nth) => {
          const recording = delegate.handleRecordingStreamRequest(nth);
          open.set(nth, recording);
          begun.push(recording);
        },
        pull: (nth) => {
          pulls.push(
            open
              .get(nth)
              ?.next()
              .catch((error: unknown) => {
                expect(error).toBeInstanceOf(hap.HDSProtocolError);
              }) ?? Promise.resolve(),
          );
        },
        close: (nth) => {
          delegate.closeRecordingStream(nth, hap.HDSProtocolSpecificErrorReason.TIMEOUT);
        },
        acknowledge: (nth) => {
          delegate.acknowledgeStream(nth);
        },
        on: () => {
          delegate.updateRecordingActive(true);
        },
        off: () => {
          delegate.updateRecordingActive(false);
        },
        select: () => {
          delegate.updateRecordingConfiguration(CONFIGURATION);
        },
        forget: () => {
          delegate.updateRecordingConfiguration(undefined);
        },
        play: (nth) => {
          scene.play((scene.time - (clip.packets[0]?.time ?? 0)) / 1000 + nth);
        },
        away: () => {
          feed.go('connecting');
        },
        back: () => {
          feed.go('online');
        },
        interrupt: () => {
          feed.interrupt();
        },
        still: () => {
          scene.motion.isOn = false;
          scene.motion.endedAt = scene.time;
        },
        mute: (nth) => {
          scene.sound.set(nth > 1, scene.time);
        },
      };
      for (const { call, id: nth } of steps) {
        calls[call](nth);
        await new Promise((resolve) => setImmediate(resolve));
      }
      for (const nth of [1, 2, 3]) delegate.closeRecordingStream(nth, undefined);
      scene.life.abort();
      for (const recording of begun) await recording.return(undefined).catch(() => undefined);
      await Promise.all(pulls);
      expect([feed.listeners.size, feed.watched]).toEqual([0, 0]);
    }),
    { numRuns: 60 },
  );
}, 60_000);
