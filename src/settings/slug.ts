import { createHash } from 'node:crypto';

/** Letters that NFKD does not take apart. */
const PLAIN: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ł: 'l',
  ħ: 'h',
  ı: 'i',
};

/**
 * An id for a name: `Haustür (Süd)` is `haustur-sud`. Where letters have no plain counterpart, or none is left, a piece
 * of the name's hash keeps it distinct and stable: `车库 2` is `2-1b7d2b0c`.
 */
export function slugOf(name: string): string {
  const plain = name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/\p{M}/gu, '')
    .replace(/[^\x20-\x7f]/gu, (letter) => PLAIN[letter] ?? letter);
  const slug = plain
    .replace(/['’]/g, '')
    .replace(/[^a-z\d]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 48);
  const complete = /[a-z]/.test(slug) && !/(?![\x20-\x7f])[\p{L}\p{N}]/u.test(plain);
  if (complete) return slug.replace(/-$/, '');
  const hash = createHash('sha256').update(name.normalize('NFC')).digest('hex').slice(0, 8);
  return `${slug === '' ? 'camera' : slug.replace(/-$/, '')}-${hash}`;
}
