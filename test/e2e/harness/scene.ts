import { COUNTER_BITS, COUNTER_SQUARE } from '../../peers/footage.js';
import { grayJpeg } from './decode.js';

const WIDTH = 128;
const HEIGHT = 72;
export const GRAY_SIZE = { width: WIDTH, height: HEIGHT } as const;
const SQUARE = WIDTH * COUNTER_SQUARE;
/** Luma of JPEG's full range beyond which a square of the counter is one or the other. */
const DARK = 70;
const BRIGHT = 185;
/** Part of the picture that is neither dark nor bright: the scene's coloured middle has more, a drawn notice less. */
const COLOURED = 0.25;

/** The frame number that a JPEG of the test scene shows, or undefined for any other picture. */
export async function frameNumber(jpeg: Buffer): Promise<number | undefined> {
  return numberIn(await grayJpeg(jpeg, WIDTH, HEIGHT));
}

/** The same of a gray picture of {@link GRAY_SIZE}. */
export function numberIn(gray: Buffer): number | undefined {
  const between = gray.filter((luma) => luma >= DARK && luma <= BRIGHT).length;
  if (between < COLOURED * gray.length) return undefined;
  let number = 0;
  for (let bit = 0; bit < COUNTER_BITS; bit++) {
    const luma = gray[Math.floor(SQUARE / 2) * WIDTH + Math.floor((bit + 0.5) * SQUARE)] ?? 0;
    if (luma > DARK && luma < BRIGHT) return undefined;
    if (luma >= BRIGHT) number += 2 ** bit;
  }
  return number;
}
