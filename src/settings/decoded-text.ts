import { encodedCharacterAt, type EncodedCharacter } from './percent.js';

/** A text with its escapes undone, and where it came from. */
export interface DecodedText {
  readonly text: string;
  /** For each UTF-16 unit, and for the end, where its original begins. */
  readonly origins: Uint32Array;
}

/** `%40` as `@`. */
export const decodePercent = (text: string): DecodedText => decode(text, '%', encodedCharacterAt);

/** `\"` as `"`, `\u0040` as `@`: escapes as JSON and shells have them. */
export const decodeBackslash = (text: string): DecodedText => decode(text, '\\', escapedCharacterAt);

function escapedCharacterAt(text: string, at: number): EncodedCharacter | undefined {
  const [, digits] = /^\\u([\da-f]{4})/i.exec(text.slice(at, at + 6)) ?? [];
  if (digits !== undefined) return { text: String.fromCharCode(Number.parseInt(digits, 16)), length: 6 };
  return at + 1 < text.length ? { text: text.charAt(at + 1), length: 2 } : undefined;
}

function decode(
  text: string,
  mark: string,
  characterAt: (text: string, at: number) => EncodedCharacter | undefined,
): DecodedText {
  const origins = new Uint32Array(text.length + 1);
  const pieces: string[] = [];
  let length = 0;
  let at = 0;
  const copy = (end: number): void => {
    pieces.push(text.slice(at, end));
    while (at < end) origins[length++] = at++;
  };
  for (let next = text.indexOf(mark); next >= 0; next = text.indexOf(mark, at)) {
    copy(next);
    const character = characterAt(text, at);
    if (character === undefined) {
      copy(at + 1);
      continue;
    }
    pieces.push(character.text);
    origins.fill(at, length, length + character.text.length);
    length += character.text.length;
    at += character.length;
  }
  copy(text.length);
  origins[length] = text.length;
  return { text: pieces.join(''), origins: origins.subarray(0, length + 1) };
}
