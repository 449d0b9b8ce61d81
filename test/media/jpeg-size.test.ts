import fc from 'fast-check';
import sharp from 'sharp';
import { jpegSize } from '../../src/media/jpeg-size.js';

const make = (width: number, height: number) => sharp({ create: { width, height, channels: 3, background: '#456' } });

describe('jpegSize', () => {
  it.each([
    [1, 1],
    [320, 180],
    [641, 361],
    [1920, 1080],
  ])('reads %i×%i, however it is coded', async (width, height) => {
    const picture = make(width, height);
    const kinds = [
      picture.clone().jpeg(),
      picture.clone().jpeg({ progressive: true }),
      picture.clone().grayscale().jpeg(),
      picture
        .clone()
        .withExif({ IFD0: { Copyright: 'x'.repeat(3000) } })
        .withIccProfile('srgb')
        .jpeg(),
    ];
    for (const kind of kinds) expect(jpegSize(await kind.toBuffer())).toEqual({ width, height });
  });

  it.each<[string, Buffer]>([
    ['nothing', Buffer.alloc(0)],
    ['no JPEG', Buffer.from('GIF89a, and some more bytes')],
    ['a start alone', Buffer.from([0xff, 0xd8])],
    ['no frame before the scan', Buffer.from('ffd8ffda000c03010002110311003f00', 'hex')],
    ['a frame of no height', Buffer.from('ffd8ffc0000b080000004001011100ffd9', 'hex')],
    ['segments of length 0', Buffer.from(`ffd8${'ffe00000'.repeat(50)}`, 'hex')],
  ])('finds none in %s', (_, bytes) => {
    expect(jpegSize(bytes)).toBeUndefined();
  });

  it('passes fill bytes and another segment by', () => {
    expect(jpegSize(Buffer.from('ffd8ffffffe00004aabbffc0000b0800b4014001011100', 'hex'))).toEqual({
      width: 320,
      height: 180,
    });
  });

  it('takes whatever comes, cut anywhere', async () => {
    const whole = await make(64, 48).jpeg().toBuffer();
    fc.assert(
      fc.property(
        fc.nat(whole.length),
        fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255))),
        (length, changes) => {
          const bytes = Buffer.from(whole);
          for (const [at, value] of changes) bytes[at] = value;
          const size = jpegSize(bytes.subarray(0, length));
          if (size !== undefined) expect(Math.min(size.width, size.height)).toBeGreaterThan(0);
        },
      ),
    );
  });
});
