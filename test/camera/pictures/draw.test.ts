import fc from 'fast-check';
import sharp from 'sharp';
import { draw, svgOf } from '../../../src/camera/pictures/draw.js';
import { drawable, loadLetters, widthOf, type Letters } from '../../../src/camera/pictures/letters.js';
import { shelved } from '../../../src/camera/pictures/shelf.js';

describe('a drawn picture', () => {
  let letters: Letters;
  beforeAll(async () => {
    letters = await loadLetters();
  });

  it.each([
    [1280, 720],
    [640, 360],
    [320, 180],
    [480, 640],
    [1920, 1080],
    [321, 241],
    [16, 16],
  ])('is a JPEG of %i×%i', async (width, height) => {
    const jpeg = await draw(
      { glyph: 'camera-off', lines: ['Haustür', 'Offline since 14:03', 'and why'] },
      { width, height },
    );
    const { data, info } = await sharp(jpeg, { failOn: 'warning' }).raw().toBuffer({ resolveWithObject: true });
    expect([info.width, info.height]).toEqual([width, height]);
    // Dark at its edges, with something bright in it.
    expect(Math.max(...data.subarray(0, 3))).toBeLessThan(64);
    if (width >= 320) expect(data.reduce((most, value) => Math.max(most, value), 0)).toBeGreaterThan(200);
  });

  it.each([
    'Front door',
    'Haustür – Übergröße',
    'Łódź',
    'Αυλή',
    'Дверь №2',
    'Cổng trước',
    'Cafe\u0301',
    'a < b & "c"',
    'Kamera™ ©',
  ])('needs no font for %s', (name) => {
    expect(
      svgOf({ glyph: 'camera', lines: [drawable(letters, name), 'Connecting…'] }, { width: 640, height: 360 }, letters),
    ).not.toContain('<text');
  });

  it('leaves other scripts to the fonts of the system, escaped', () => {
    const svg = svgOf({ glyph: 'camera', lines: ['前门 <&"\'>'] }, { width: 640, height: 360 }, letters);
    expect(svg).toContain('>前门 &#60;&#38;&#34;&#39;&#62;</text>');
  });

  it('leaves pictographs out', () => {
    expect(drawable(letters, '🚪 Door\n👨‍👩‍👧 1️⃣ 🇩🇪\u0000')).toBe('Door 1');
  });

  it('shortens a name that is too long to what fits, and no more', async () => {
    const name = 'The camera at the very far end of the garden behind the shed';
    const svg = svgOf({ glyph: 'camera', lines: [name] }, { width: 640, height: 360 }, letters);
    const shown = svg.split('<path transform').length - 1;
    expect(shown).toBeGreaterThan(15);
    expect(shown).toBeLessThan(name.length);
    expect(widthOf(letters, name)).toBeGreaterThan(16);
    const { data, info } = await sharp(Buffer.from(svg)).grayscale().raw().toBuffer({ resolveWithObject: true });
    const bright = (x: number) =>
      Array.from({ length: info.height }, (_, y) => data[(y * info.width + x) * info.channels] ?? 0).some(
        (value) => value > 150,
      );
    const columns = Array.from({ length: info.width }, (_, x) => x).filter(bright);
    expect(columns[0]).toBeGreaterThan(10);
    expect(columns.at(-1)).toBeLessThan(630);
  });

  it('leaves a name out that nothing here can write', async () => {
    const size = { width: 320, height: 180 };
    // Hieroglyphs: no font that a system comes with has them.
    const unwritten = await draw({ glyph: 'camera', lines: ['\u{13000}\u{13001}', 'Connecting…'] }, size);
    expect(unwritten).toEqual(await draw({ glyph: 'camera', lines: ['', 'Connecting…'] }, size));
  });

  it('can be drawn of any name', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 400 }), async (name) => {
        await draw({ glyph: 'camera', lines: [name, name, name, name] }, { width: 64, height: 36 });
      }),
      { numRuns: 15 },
    );
  });

  it.each(['connecting', 'online', 'offline', 'off'] as const)('lies on the shelf as well: %s', async (state) => {
    const { width, height, format } = await sharp(await shelved(state)).metadata();
    expect({ width, height, format }).toEqual({ width: 1280, height: 720, format: 'jpeg' });
  });
});
