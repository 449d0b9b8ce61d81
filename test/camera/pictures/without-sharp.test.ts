import { jest } from '@jest/globals';

jest.unstable_mockModule('sharp', () => {
  throw new Error('Could not load the "sharp" module using the linux-x64 runtime');
});

describe('Pictures where sharp does not run', () => {
  it("gives the decoder's own size, and drawn ones from the shelf", async () => {
    const { Pictures } = await import('../../../src/camera/pictures/pictures.js');
    const { shelved } = await import('../../../src/camera/pictures/shelf.js');
    const { TestFeed } = await import('./feed.js');
    const life = new AbortController();
    const main = new TestFeed(() => performance.now());
    const jpeg = await shelved('connecting');
    const pictures = new Pictures({
      name: 'Porch',
      main,
      sub: undefined,
      decoders: { prepare: () => () => undefined, jpeg: () => Promise.resolve(jpeg), forget: () => undefined },
      signal: life.signal,
    });
    const tile = { width: 640, height: 360 };
    main.fail('unreachable');
    expect(await pictures.picture(tile)).toEqual(await shelved('offline'));
    main.connect(
      { kind: 'video', codec: 'mjpeg', width: 1280, height: 720, parameterSets: [], extradata: Buffer.alloc(0) },
      { kind: 'video', time: 0, keyframe: true, units: [jpeg], bytes: jpeg.length },
    );
    expect(await pictures.picture(tile)).toBe(jpeg);
    life.abort();
  });
});
