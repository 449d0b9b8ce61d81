import { footage } from '../peers/footage.js';
import { startRtspServer } from '../peers/rtsp-server.js';
import { decodeVideo, grayJpeg } from './harness/decode.js';
import { Home, SETUP_TIMEOUT } from './harness/home.js';
import { fromKeyframe } from './harness/measure.js';
import { frameNumber } from './harness/scene.js';
import { poll } from './harness/until.js';
import { Viewer } from './harness/viewer.js';

/** The right of the picture; left of it the footage counts its frames. */
const POLYGON = [
  [0.5, 0],
  [1, 0],
  [1, 1],
  [0.5, 1],
];

describe('a camera with a mask', () => {
  const stack = new AsyncDisposableStack();
  let home: Home;

  beforeAll(async () => {
    const source = stack.use(await startRtspServer({ file: await footage() })).url();
    const zones = [{ name: 'Street', purpose: 'mask', polygon: POLYGON }];
    home = stack.use(await Home.start([{ name: 'Porch', source, detect: { enabled: false, zones } }]));
  }, SETUP_TIMEOUT);

  afterAll(() => stack.disposeAsync());

  it('shows nothing of what is masked in pictures', async () => {
    using phone = await home.connect('Porch');
    const real = async (): Promise<Buffer | undefined> => {
      const { body } = await phone.picture({ width: 640, height: 360 });
      return (await frameNumber(body)) === undefined ? undefined : body;
    };
    const gray = await grayJpeg(await poll('a real picture', real, 10_000), 64, 36);
    const brightest = (from: number, to: number): number =>
      Math.max(...gray.filter((_, at) => at % 64 >= from && at % 64 < to));
    expect(brightest(33, 64)).toBeLessThanOrEqual(24);
    expect(brightest(0, 32)).toBeGreaterThan(100);
  });

  it('shows nothing of it in a live view that would else be passed on as it is', async () => {
    using phone = await home.connect('Porch');
    await using viewer = await Viewer.open(phone, { video: { width: 1280, height: 720, bitrate: 800 } });
    await viewer.firstKeyframe();
    await viewer.until('ten more pictures', () => viewer.pictures[10]);
    const pictures = fromKeyframe([...viewer.pictures]);
    const lumas = async (crop: string): Promise<number[]> =>
      (await decodeVideo(pictures, crop)).frames.map(({ luma }) => luma);
    const [masked, open] = [await lumas('crop=iw*0.49:ih:iw*0.51:0,'), await lumas('crop=iw*0.49:ih:0:0,')];
    expect(masked.length).toBeGreaterThan(0);
    expect(Math.max(...masked)).toBeLessThanOrEqual(17);
    expect(Math.min(...open)).toBeGreaterThan(40);
  });
});
