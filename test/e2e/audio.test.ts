import { footage } from '../peers/footage.js';
import { startRtspServer } from '../peers/rtsp-server.js';
import { decodeOpus } from './harness/decode.js';
import { figure, median } from './harness/figures.js';
import { Home, SETUP_TIMEOUT } from './harness/home.js';
import { audioClock, offset, timestampSteps } from './harness/measure.js';
import { opusSamples } from './harness/ogg.js';
import { poll } from './harness/until.js';
import { Viewer } from './harness/viewer.js';

const CAMERAS = [
  { name: 'Hall', audio: 'aac' },
  { name: 'Cellar', audio: 'pcmu' },
  { name: 'Attic', audio: 'opus' },
  { name: 'Silent', audio: 'none' },
  { name: 'Muted', audio: 'aac', settings: { audio: false } },
] as const;

describe('the sound of a live view', () => {
  const stack = new AsyncDisposableStack();
  let home: Home;

  beforeAll(async () => {
    const file = await footage({ width: 640, height: 360, bitrate: 400_000 });
    const cameras = [];
    for (const { name, audio, ...camera } of CAMERAS) {
      const server = stack.use(await startRtspServer({ file, audio }));
      cameras.push({ name, source: server.url(), ...('settings' in camera ? camera.settings : {}) });
    }
    home = stack.use(await Home.start(cameras));
    for (const { name } of CAMERAS) (await home.connectOnline(name)).close();
  }, SETUP_TIMEOUT);

  afterAll(() => stack.disposeAsync());

  it.each([
    [24, 20],
    [24, 40],
    [24, 60],
    [16, 20],
  ] as const)(
    'is Opus at %i kHz in packets of %i ms, on the clock that HomeKit expects',
    async (sampleRate, packetTime) => {
      using phone = await home.connectOnline('Hall');
      await using viewer = await Viewer.open(phone, { audio: { sampleRate, packetTime } });
      const first = await viewer.until('sound', () => viewer.audio.packets[0]);
      figure(`first audio, ${packetTime} ms at ${sampleRate} kHz`, first.at - viewer.askedAt, 'ms');
      await viewer.until('three seconds of sound', () => viewer.audio.packets[3000 / packetTime]);
      const packets = [...viewer.audio.packets];
      expect(new Set(packets.map(({ payload }) => opusSamples(payload)))).toEqual(new Set([packetTime * 48]));
      expect(median(timestampSteps(viewer.audio))).toBe(sampleRate * packetTime);
      expect(audioClock(viewer) / 1000).toBeCloseTo(sampleRate, 0);
      const { samples, errors } = await decodeOpus(packets.map(({ payload }) => payload));
      expect(errors).toEqual([]);
      expect(samples.some((sample) => Math.abs(sample) > 0.2)).toBe(true);
    },
  );

  it.each(['Hall', 'Cellar', 'Attic'])('of the %s is in step with the picture', async (name) => {
    using phone = await home.connectOnline(name);
    await using viewer = await Viewer.open(phone, { video: { width: 640, height: 360 } });
    await viewer.firstKeyframe();
    const { played, arrived } = await poll(
      'four flashes and their beeps',
      async () => {
        const offsets = await offset(viewer);
        return offsets.played.length >= 4 ? offsets : undefined;
      },
      30_000,
      1000,
    );
    figure(`${name}: sound behind the picture, as played`, played, 'ms');
    figure(`${name}: sound behind the picture, as it arrives`, arrived, 'ms');
    // The aim is ±80 ms; beyond this bound lips are visibly wrong (EBU R37 ends at 60 ms late for broadcast).
    expect(Math.abs(median(played))).toBeLessThan(160);
  });

  it.each(['Silent', 'Muted'])('is missing where there is none (%s), and the picture is there', async (name) => {
    using phone = await home.connectOnline(name);
    await using viewer = await Viewer.open(phone);
    await viewer.firstKeyframe();
    await viewer.until('twenty more pictures', () => viewer.pictures[20]);
    expect(viewer.audio.packets).toEqual([]);
  });
});
