import { existsSync } from 'node:fs';
import type Sharp from 'sharp';

/** Without it the text engine complains on stderr, and has no font either. */
const FONTCONFIG = '/etc/fonts/fonts.conf';

/** Characters that never have a glyph: fonts show a box of the same shape for each that they lack. */
const GLYPHLESS = { basic: '\u{fdd0}', supplementary: '\u{1fffe}' };

/** Whether the fonts of the system can show a text; told by its first characters, which stand for its script. */
export async function canShow(sharp: typeof Sharp, text: string): Promise<boolean> {
  if (process.platform === 'linux' && !existsSync(FONTCONFIG)) return false;
  const letters = Array.from(text.matchAll(/\p{L}/gu), ([letter]) => letter).filter((letter) => letter > '\u{24f}');
  const shown = await Promise.all(letters.slice(0, 3).map((letter) => hasGlyph(sharp, letter)));
  return shown.every(Boolean);
}

async function hasGlyph(sharp: typeof Sharp, letter: string): Promise<boolean> {
  const glyphless = letter.length === 1 ? GLYPHLESS.basic : GLYPHLESS.supplementary;
  const [shape, box] = await Promise.all([shapeOf(sharp, letter), shapeOf(sharp, glyphless)]);
  return shape !== box;
}

/** Where its ink lies. */
async function shapeOf(sharp: typeof Sharp, character: string): Promise<string> {
  const svg =
    '<svg xmlns="http://www.w3.org/2000/svg" width="96" height="96"><rect width="96" height="96" fill="#fff"/>' +
    `<text x="16" y="64" font-family="sans-serif" font-size="48">${character}</text></svg>`;
  const { info } = await sharp(Buffer.from(svg)).trim().raw().toBuffer({ resolveWithObject: true });
  return [info.width, info.height, info.trimOffsetLeft, info.trimOffsetTop].join(' ');
}
