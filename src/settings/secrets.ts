import { collectSecrets } from './collect-secrets.js';
import { decodeBackslash, decodePercent, type DecodedText } from './decoded-text.js';
import { secretSpans, type Span } from './secret-spans.js';

export const MASK = '***';

/** A password of four characters and more is found inside of words too. */
const SHORT = 4;

/** Anything shorter stands everywhere by chance; it is masked only where its surroundings give it away. */
const TOO_SHORT = 3;

/** The one place that masks: everything that is printed, or kept for the admin, passes through {@link mask}. */
export class Secrets {
  readonly #anywhere = new Set<string>();
  readonly #asWord = new Set<string>();

  constructor(known: Iterable<string> = []) {
    for (const secret of known) this.add(secret);
  }

  /** Has `secret` masked wherever it stands, encoded or not: one of three characters as a whole word only. */
  add(secret: string): void {
    if (secret.length >= SHORT) this.#add(this.#anywhere, secret);
    else this.addWord(secret);
  }

  /** For what may well be a piece of a harmless word, such as a user name: masked as a whole word only. */
  addWord(secret: string): void {
    if (secret.length >= TOO_SHORT) this.#add(this.#asWord, secret);
  }

  /** Forms write a space as `+`. */
  #add(secrets: Set<string>, secret: string): void {
    secrets.add(secret).add(secret.replaceAll(' ', '+'));
  }

  /** Puts `***` in the place of every secret, known or apparent. */
  mask(text: string): string {
    // What is masked and what stands around it may happen to spell a secret again.
    for (let round = 0; round < 3; round++) {
      const masked = replace(text, [...secretSpans(text), ...this.#known(text)]);
      if (masked === text) break;
      text = masked;
    }
    return text;
  }

  *#known(text: string): Generator<Span> {
    yield* this.#find(text);
    if (text.includes('\\')) yield* this.#findDecoded(decodeBackslash(text));
    if (!text.includes('%')) return;
    const once = decodePercent(text);
    yield* this.#findDecoded(once);
    // `%2540`: an encoded URL as a parameter of another.
    if (once.text.includes('%')) yield* this.#findDecoded(chain(once, decodePercent(once.text)));
  }

  *#findDecoded({ text, origins }: DecodedText): Generator<Span> {
    for (const [start, end] of this.#find(text)) yield [origins[start] ?? 0, origins[end] ?? 0];
  }

  *#find(text: string): Generator<Span> {
    for (const secret of this.#anywhere) yield* occurrences(text, secret);
    for (const secret of this.#asWord) {
      for (const span of occurrences(text, secret)) if (isWord(text, span)) yield span;
    }
  }
}

/** Collects every password and user name of a configuration, before it is known to be valid. */
export function secretsOf(raw: unknown): Secrets {
  const secrets = new Secrets();
  for (const { kind, secret } of collectSecrets(raw)) {
    if (kind === 'password') secrets.add(secret);
    else secrets.addWord(secret);
  }
  return secrets;
}

function* occurrences(text: string, secret: string): Generator<Span> {
  for (let at = text.indexOf(secret); at >= 0; at = text.indexOf(secret, at + secret.length)) {
    yield [at, at + secret.length];
  }
}

const WORD = /[\p{L}\p{N}_]/u;

const isWord = (text: string, [start, end]: Span): boolean =>
  !WORD.test(text.charAt(start - 1)) && !WORD.test(text.charAt(end));

const chain = (first: DecodedText, second: DecodedText): DecodedText => ({
  text: second.text,
  origins: second.origins.map((origin) => first.origins[origin] ?? 0),
});

/** Overlapping and touching spans become one. */
function replace(text: string, spans: Span[]): string {
  let masked = '';
  let at = 0;
  for (const [start, end] of spans.sort(([a], [b]) => a - b)) {
    if (end <= at || start === end) continue;
    if (start > at || at === 0) masked += text.slice(at, start) + MASK;
    at = end;
  }
  return masked + text.slice(at);
}
