import fc from 'fast-check';
import { Background, FOREGROUND, HELD, PLAIN } from '../../src/detection/background.js';
import { SAME_LIGHT } from '../../src/detection/light.js';
import { HEIGHT, PIXELS, WIDTH } from '../../src/detection/types.js';

interface Patch {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly lighter: number;
}

const patch = fc.record<Patch>({
  left: fc.integer({ min: 0, max: WIDTH - 1 }),
  top: fc.integer({ min: 0, max: HEIGHT - 1 }),
  width: fc.integer({ min: 1, max: 12 }),
  height: fc.integer({ min: 1, max: 12 }),
  lighter: fc.integer({ min: -90, max: 90 }),
});

const plain = (tone: number): Uint8Array => new Uint8Array(PIXELS).fill(tone);

function withPatches(tone: number, patches: readonly Patch[]): Uint8Array {
  const pixels = plain(tone);
  for (const { left, top, width, height, lighter } of patches)
    for (let y = top; y < Math.min(HEIGHT, top + height); y++)
      pixels.fill(tone + lighter, y * WIDTH + left, y * WIDTH + Math.min(WIDTH, left + width));
  return pixels;
}

/** By the words of the design: the mean of nine shares of their thresholds, of which each counts for 2.5 at most, is above 1. */
function foregroundOf({ difference, deviation, busyness }: Background): number[] {
  const share = (x: number, y: number): number => {
    const i = Math.min(HEIGHT - 1, Math.max(0, y)) * WIDTH + Math.min(WIDTH - 1, Math.max(0, x));
    const threshold = Math.max(8, 4.5 * (deviation[i] ?? 0)) * (1 + 2 * (busyness[i] ?? 0));
    return Math.min(2.5, Math.abs(difference[i] ?? 0) / threshold);
  };
  const found: number[] = [];
  for (let y = 0; y < HEIGHT; y++)
    for (let x = 0; x < WIDTH; x++) {
      let sum = 0;
      for (const dy of [-1, 0, 1]) for (const dx of [-1, 0, 1]) sum += share(x + dx, y + dy);
      if (sum / 9 > 1.00001) found.push(y * WIDTH + x);
    }
  return found;
}

const marked = (foreground: Uint8Array): number[] => [...foreground.keys()].filter((i) => foreground[i] === 1);

it('all that differs is foreground, wherever it is, and nothing else', () => {
  fc.assert(
    fc.property(fc.array(patch, { maxLength: 6 }), fc.array(patch, { maxLength: 6 }), (before, now) => {
      const background = new Background();
      background.reset(plain(120));
      background.compare(withPatches(120, before), SAME_LIGHT, undefined);
      background.learn(new Uint8Array(PIXELS), SAME_LIGHT, 200);
      const share = background.compare(withPatches(120, now), SAME_LIGHT, undefined);
      const expected = foregroundOf(background);
      expect(marked(background.foreground)).toEqual(expected);
      expect(share).toBe(expected.length / PIXELS);
      for (const i of expected) expect(background.ratio[i]).toBeGreaterThan(1);
    }),
    { numRuns: 25 },
  );
});

it('nothing under a mask is foreground', () => {
  const background = new Background();
  background.reset(plain(120));
  expect(background.compare(plain(200), SAME_LIGHT, new Uint8Array(PIXELS).fill(1))).toBe(0);
  expect(background.compare(plain(200), SAME_LIGHT, undefined)).toBe(1);
});

function learned(kind: number, frames: number, elapsed: number, background = new Background()): Background {
  if (background.empty) background.reset(plain(120));
  for (let frame = 0; frame < frames; frame++) {
    background.compare(plain(140), SAME_LIGHT, undefined);
    background.learn(new Uint8Array(PIXELS).fill(kind), SAME_LIGHT, elapsed);
  }
  return background;
}

it('what stands there is learned soon; a thing later, and it makes the place a restless one; an event hardly at all', () => {
  const [known, thing, event] = [PLAIN, FOREGROUND, HELD].map((kind) => learned(kind, 10, 200)) as [
    Background,
    Background,
    Background,
  ];
  const [usual, passing, held] = [known, thing, event].map(({ mean }) => (mean[77] ?? NaN) - 120) as [
    number,
    number,
    number,
  ];
  expect(held).toBeGreaterThan(0);
  expect(passing).toBeGreaterThan(2 * held);
  expect(usual).toBeGreaterThan(1.5 * passing);
  expect(usual).toBeLessThan(20);
  expect([known, thing, event].map(({ busyness }) => (busyness[77] ?? NaN) > 0.01)).toEqual([false, true, false]);
  expect(event.deviation[77]).toBe(3);
  expect(thing.deviation[77]).toBeGreaterThan(3);
});

it('a place that has been restless becomes quiet', () => {
  const background = learned(FOREGROUND, 10, 10_000);
  expect(background.busyness[0]).toBeGreaterThan(0.5);
  learned(PLAIN, 40, 10_000, background);
  expect(background.busyness[0]).toBeLessThan(0.01);
});
