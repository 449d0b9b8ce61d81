/** A stretch of text that must not be printed: [start, end) in UTF-16 units. */
export type Span = readonly [start: number, end: number];

/** The secrets that give themselves away by what stands around them: in URLs, queries and headers. */
export function secretSpans(text: string): Span[] {
  return [...userinfoSpans(text)];
}

function* userinfoSpans(text: string): Generator<Span> {
  for (let at = text.indexOf('://'); at >= 0;) {
    const start = at + 3;
    const next = text.indexOf('://', start);
    const end = next < 0 ? text.length : next;
    const last = text.lastIndexOf('@', end);
    if (last > start) yield [start, last];
    at = next;
  }
}
