import { readings, readUserinfo } from './authority.js';
import { percentDecode } from './percent.js';
import { PROTECT, secretKind } from './secret-spans.js';

export interface CollectedSecret {
  readonly kind: 'password' | 'username';
  /** Decoded. */
  readonly secret: string;
}

/** A configuration is never this large; what lies beyond is not looked at. */
const MAX_VALUES = 100_000;
const MAX_TEXT = 16_384;
const MAX_URLS = 16;

/** Finds user names and passwords in any JSON value, valid as a configuration or not. */
export function* collectSecrets(raw: unknown): Generator<CollectedSecret> {
  const pending: (readonly [key: string, value: unknown])[] = [['', raw]];
  const seen = new Set<unknown>();
  for (let entry = pending.pop(); entry && seen.size < MAX_VALUES; entry = pending.pop()) {
    const [key, value] = entry;
    if (typeof value === 'object' && value !== null) {
      if (!seen.has(value)) for (const inner of Object.entries(value)) pending.push(inner);
      seen.add(value);
    } else if (typeof value === 'string' || typeof value === 'number') {
      const text = String(value).slice(0, MAX_TEXT);
      const kind = secretKind(key);
      if (kind) yield { kind, secret: text };
      yield* inText(text);
    }
  }
}

function* inText(text: string): Generator<CollectedSecret> {
  const [first = '', ...rest] = text.split('://', MAX_URLS);
  if (rest.length === 0 && first.includes('@')) yield* inUserinfo(text);
  let start = first.length + 3;
  for (const piece of rest) {
    yield* inUserinfo(text.slice(start));
    start += piece.length + 3;
  }
  for (const [, name = '', value = ''] of text.matchAll(/([a-z_]{2,20})=([^&]*)/gi)) {
    const kind = secretKind(name);
    if (kind) yield { kind, secret: percentDecode(value) };
  }
  for (const [, token = ''] of text.matchAll(PROTECT)) yield { kind: 'password', secret: token };
}

/** Whichever way the text is read: what is no password in the end does little harm by being masked. */
function* inUserinfo(text: string): Generator<CollectedSecret> {
  const { strict, loose } = readings(text);
  for (const reading of [strict, loose]) {
    const { username = '', password } = readUserinfo(reading?.userinfo);
    yield { kind: 'username', secret: username };
    if (password === undefined) continue;
    yield { kind: 'password', secret: password };
    yield { kind: 'password', secret: Buffer.from(`${username}:${password}`).toString('base64') };
  }
  const longest = readUserinfo(text.slice(0, Math.max(0, text.lastIndexOf('@'))));
  yield { kind: 'password', secret: longest.password ?? '' };
}
