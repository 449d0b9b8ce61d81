import { toUSVString } from 'node:util';

/** One percent-encoded character: its text and the length of its encoding. */
export interface EncodedCharacter {
  readonly text: string;
  /** In UTF-16 units of the encoded text: 3, 6, 9 or 12. */
  readonly length: number;
}

/** The UTF-8 character that stands percent-encoded at `at`, or undefined where the `%` there is a literal one. */
export function encodedCharacterAt(text: string, at: number): EncodedCharacter | undefined {
  const lead = encodedByteAt(text, at);
  if (lead === undefined) return undefined;
  const count = lead < 0x80 ? 1 : lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  const encoded = text.slice(at, at + 3 * count);
  try {
    return { text: decodeURIComponent(encoded), length: 3 * count };
  } catch {
    return undefined;
  }
}

function encodedByteAt(text: string, at: number): number | undefined {
  const digits = text.slice(at, at + 3);
  return /^%[0-9a-f]{2}$/i.test(digits) ? Number.parseInt(digits.slice(1), 16) : undefined;
}

/** Decodes every percent-encoded UTF-8 character; any other `%` (`100%`, `%zz`, `%E9` in Latin-1) is taken literally. */
export function percentDecode(text: string): string {
  let decoded = '';
  let at = 0;
  for (let next = text.indexOf('%'); next >= 0; next = text.indexOf('%', at)) {
    const character = encodedCharacterAt(text, next);
    decoded += text.slice(at, next) + (character?.text ?? '%');
    at = next + (character?.length ?? 1);
  }
  return decoded + text.slice(at);
}

/** Encodes everything but the unreserved characters (RFC 3986, 2.3), so that the result fits any part of a URL. */
export function percentEncode(text: string): string {
  return encodeURIComponent(toUSVString(text)).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** Encodes what may not stand in a path or query (RFC 3986, 3.3 and 3.4), and leaves what is encoded already. */
export function encodeTail(tail: string): string {
  return toUSVString(tail)
    .replace(/%(?![0-9a-f]{2})/gi, '%25')
    .replace(/[^\w.~!$&'()*+,;=:@/?%-]/gu, percentEncode);
}
