import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

/** By character: its advance, and its outline as an SVG path; both in units of which {@link UNITS} are the font's size. */
export type Letters = Readonly<Record<string, readonly [advance: number, outline: string]>>;

export const UNITS = 1024;

/** Inter, a weight of 500, made by scripts/assets.mjs: text can be drawn where no font is installed. */
const FILE = new URL('../../../assets/inter-medium.json.gz', import.meta.url);

let loading: Promise<Letters> | undefined;

export function loadLetters(): Promise<Letters> {
  loading ??= readFile(FILE)
    .then((packed) => promisify(gunzip)(packed))
    .then((json) => JSON.parse(json.toString()) as Letters);
  return loading;
}

const ELLIPSIS = '…';

/** Ems a character is wide that has no outline: those of East Asia fill a square. */
const guessed = (character: string): number => ((character.codePointAt(0) ?? 0) >= 0x1100 ? 1 : 0.6);

export const isCovered = (letters: Letters, text: string): boolean =>
  Array.from(text).every((character) => Object.hasOwn(letters, character));

/** Width of a line in ems; a guess where outlines lack. */
export function widthOf(letters: Letters, text: string): number {
  return Array.from(text).reduce((sum, character) => {
    const advance = Object.hasOwn(letters, character) ? letters[character]?.[0] : undefined;
    return sum + (advance === undefined ? guessed(character) : advance / UNITS);
  }, 0);
}

/** The text, or as much of it as fits into a width in ems, with an ellipsis. */
export function shortened(letters: Letters, text: string, width: number): string {
  if (widthOf(letters, text) <= width) return text;
  const graphemes = Array.from(new Intl.Segmenter().segment(text), ({ segment }) => segment);
  while (graphemes.length > 0 && widthOf(letters, `${graphemes.join('')}${ELLIPSIS}`) > width) graphemes.pop();
  return `${graphemes.join('').trimEnd()}${ELLIPSIS}`;
}

/** Longer names are cut before anything else is done with them. */
const MOST = 200;

/** What can be drawn as text: marks joined with their letters, no control characters, no pictographs without outline. */
export const drawable = (letters: Letters, text: string): string =>
  text
    .slice(0, MOST)
    .normalize('NFC')
    .replace(
      /[\p{C}\p{Extended_Pictographic}\p{Regional_Indicator}\p{Emoji_Modifier}\u{20e3}\p{Variation_Selector}]/gu,
      (character) => (Object.hasOwn(letters, character) ? character : ' '),
    )
    .replace(/\s+/g, ' ')
    .trim();
