import { drawable, isCovered, loadLetters, shortened, UNITS, widthOf, type Letters } from './letters.js';
import { loadSharp } from './sharp.js';
import type { Size } from './size.js';
import { canShow } from './system-fonts.js';

/** What a picture says that shows no camera's picture. */
export interface Drawing {
  readonly glyph: 'camera' | 'camera-off';
  /** The first one stands out. */
  readonly lines: readonly string[];
}

export class DrawingError extends Error {
  override readonly name = 'DrawingError';
}

/**
 * @returns a JPEG of that size
 * @throws DrawingError where there is nothing to draw with
 */
export async function draw(drawing: Drawing, size: Size): Promise<Buffer> {
  const [sharp, letters] = await Promise.all([loadSharp(), loadLetters()]);
  if (sharp === undefined)
    throw new DrawingError('sharp, which draws pictures, is not installed or does not run here.');
  const lines = await Promise.all(
    drawing.lines.map(async (line) => {
      const text = drawable(letters, line);
      // A name in a script that nothing here can write is left out: the Home app writes it below the picture.
      return isCovered(letters, text) || (await canShow(sharp, text)) ? text : '';
    }),
  );
  return sharp(Buffer.from(svgOf({ ...drawing, lines }, size, letters)))
    .jpeg({ quality: 88, chromaSubsampling: '4:4:4' })
    .toBuffer();
}

const INK = { background: '#1b1d21', glyph: '#5b616b', first: '#f2f3f5', others: '#9aa0aa' };

/** All lengths in units of which 9 are the picture's height, or 16 its width where that is less. */
const GLYPH = { size: 2.1, top: 1.7 };
const LINES = [
  { size: 0.85, below: 1.4, ink: INK.first },
  { size: 0.62, below: 1, ink: INK.others },
  { size: 0.56, below: 0.9, ink: INK.others },
];
const MARGIN = 0.7;

/** @param drawing its lines as {@link drawable} leaves them; empty ones are left out */
export function svgOf({ glyph, lines }: Drawing, { width, height }: Size, letters: Letters): string {
  const unit = Math.min(width / 16, height / 9);
  const across = width / unit - 2 * MARGIN;
  let baseline = height / 2 + (GLYPH.top + GLYPH.size - 4.5) * unit;
  const texts = lines.slice(0, LINES.length).map((line, at) => {
    const style = LINES[at] ?? { size: 0, below: 0, ink: '' };
    if (line === '') return '';
    baseline += style.below * unit;
    const text = shortened(letters, line, across / style.size);
    return textOf(text, { x: width / 2, y: baseline, size: style.size * unit, ink: style.ink }, letters);
  });
  const scale = (GLYPH.size * unit) / 24;
  const place = `translate(${round(width / 2 - 12 * scale)} ${round(height / 2 + (GLYPH.top - 4.5) * unit)}) scale(${round(scale)})`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">`,
    `<rect width="100%" height="100%" fill="${INK.background}"/>`,
    `<g transform="${place}">${GLYPHS[glyph]}</g>`,
    ...texts,
    '</svg>',
  ].join('');
}

interface TextPlace {
  /** Where the middle of the line is. */
  readonly x: number;
  /** The baseline. */
  readonly y: number;
  readonly size: number;
  readonly ink: string;
}

/** Outlines where every character has one; else the system's fonts, whatever they are. */
function textOf(text: string, { x, y, size, ink }: TextPlace, letters: Letters): string {
  if (!isCovered(letters, text)) {
    const style = `font-family="sans-serif" font-size="${round(size)}" text-anchor="middle" fill="${ink}"`;
    return `<text x="${round(x)}" y="${round(y)}" ${style}>${escaped(text)}</text>`;
  }
  let at = 0;
  const outlines = Array.from(text, (character) => {
    const [advance, outline] = letters[character] ?? [0, ''];
    const path = `<path transform="translate(${at})" d="${outline}"/>`;
    at += advance;
    return path;
  });
  const left = x - (widthOf(letters, text) * size) / 2;
  const place = `translate(${round(left)} ${round(y)}) scale(${round(size / UNITS)})`;
  return `<g transform="${place}" fill="${ink}">${outlines.join('')}</g>`;
}

/** Drawn in a square of 24 units. */
const CAMERA =
  `<rect x="1.5" y="5.5" width="14.5" height="13" rx="3" fill="${INK.glyph}"/>` +
  `<path d="M17.5 10.4l3.6-2.7c.6-.4 1.4 0 1.4.7v7.2c0 .7-.8 1.1-1.4.7l-3.6-2.7z" fill="${INK.glyph}"/>`;
const stroke = (ink: string, width: number): string =>
  `<path d="M3.5 3.5l17 17" stroke="${ink}" stroke-width="${width}" stroke-linecap="round"/>`;

const GLYPHS: Readonly<Record<Drawing['glyph'], string>> = {
  camera: CAMERA,
  'camera-off': CAMERA + stroke(INK.background, 4.2) + stroke(INK.glyph, 1.7),
};

const round = (value: number): number => Math.round(value * 1e4) / 1e4;

const escaped = (text: string): string =>
  text.replace(/[<>&"']/g, (character) => `&#${character.codePointAt(0) ?? 0};`);
