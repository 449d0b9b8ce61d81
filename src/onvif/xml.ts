import { SaxesParser } from 'saxes';

/** An element by its local name: the prefixes are of each camera's own choosing. */
export interface Element {
  readonly name: string;
  /** Its namespace; empty where it has none, or an unknown one. */
  readonly uri: string;
  /** By local name. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly Element[];
  /** What stands in it directly, trimmed. */
  readonly text: string;
}

interface Growing {
  readonly name: string;
  readonly uri: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: Growing[];
  text: string;
}

const DEEPEST = 64;
const MOST_ELEMENTS = 10_000;
const MOST_ATTRIBUTES = 256;
/** Cameras forget to bind a prefix or to name an entity; what has more faults than that is something else. */
const MOST_FAULTS = 50;
/** An `&` that begins no entity, which cameras forget to escape in names and addresses. */
const BARE = /&(?!(?:#\d{1,7}|#x[\da-f]{1,6}|[a-z]\w{0,15});)/gi;
/** What may be the beginning of an entity at the end of a piece. */
const BEGUN = /&[#\w]{0,17}$/;

class Unreadable extends Error {}

/**
 * Reads XML as it comes in, in pieces that hold up the event loop as briefly as they are small. Entities of its own are never expanded, and
 * its depth and number of elements are bounded; its size is bounded by who writes.
 */
export class XmlReader {
  readonly #parser = new SaxesParser({ xmlns: true });
  readonly #decoder = new TextDecoder();
  readonly #open: Growing[] = [];
  #held = '';
  #root: Growing | undefined;
  #elements = 0;
  #faults = 0;
  #state: 'reading' | 'whole' | 'unreadable' = 'reading';

  constructor() {
    this.#parser.on('error', () => {
      if (++this.#faults > MOST_FAULTS) throw new Unreadable();
    });
    let attributes = 0;
    this.#parser.on('opentagstart', () => (attributes = 0));
    this.#parser.on('attribute', () => {
      if (++attributes > MOST_ATTRIBUTES) throw new Unreadable();
    });
    this.#parser.on('opentag', ({ local, uri, attributes }) => {
      if (++this.#elements > MOST_ELEMENTS || this.#open.length >= DEEPEST) throw new Unreadable();
      const named = Object.values(attributes).map(({ local, value }) => [local, value] as const);
      const element: Growing = { name: local, uri, attributes: new Map(named), children: [], text: '' };
      if (this.#open.length === 0) this.#root ??= element;
      this.#open.at(-1)?.children.push(element);
      this.#open.push(element);
    });
    this.#parser.on('closetag', () => {
      const closed = this.#open.pop();
      if (closed === undefined) return;
      closed.text = closed.text.trim();
      if (closed === this.#root) this.#state = 'whole';
    });
    const add = (text: string): void => {
      const element = this.#open.at(-1);
      if (element !== undefined) element.text += text;
    };
    this.#parser.on('text', add);
    this.#parser.on('cdata', (text) => {
      add(text.replaceAll('&amp;', '&'));
    });
  }

  write(bytes: Uint8Array): void {
    if (this.#state !== 'reading') return;
    try {
      const text = this.#held + this.#decoder.decode(bytes, { stream: true });
      this.#held = BEGUN.exec(text)?.[0] ?? '';
      this.#parser.write(text.slice(0, text.length - this.#held.length).replace(BARE, '&amp;'));
    } catch {
      this.#state = 'unreadable';
    }
  }

  /** Whether what follows may still matter. */
  get isReading(): boolean {
    return this.#state === 'reading';
  }

  /** The outermost element once it is whole. */
  get root(): Element | undefined {
    return this.#state === 'whole' ? this.#root : undefined;
  }
}

/** Undefined for what is no XML, or not whole. */
export function parseXml(bytes: Uint8Array): Element | undefined {
  const reader = new XmlReader();
  reader.write(bytes);
  return reader.root;
}

/** The first element at the end of a path of local names. */
export const at = (element: Element | undefined, ...path: readonly string[]): Element | undefined =>
  path.reduce<Element | undefined>((outer, name) => outer?.children.find((child) => child.name === name), element);

export const all = (element: Element | undefined, name: string): readonly Element[] =>
  element?.children.filter((child) => child.name === name) ?? [];

/** The text at the end of a path; undefined where there is none. */
export function textAt(element: Element | undefined, ...path: readonly string[]): string | undefined {
  const text = at(element, ...path)?.text;
  return text === '' ? undefined : text;
}

/** The first descendant of that name, in the order of the document. */
export function find(element: Element, name: string): Element | undefined {
  for (const child of element.children) {
    const found = child.name === name ? child : find(child, name);
    if (found !== undefined) return found;
  }
  return undefined;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

/** For text and attributes; what XML cannot hold at all is left out. */
export const escapeXml = (text: string): string =>
  text
    .toWellFormed()
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '')
    .replace(/[&<>"']/g, (character) => ESCAPES[character] ?? '');

/** An element written anew, with what is added to the outermost one's attributes. */
export function writeXml({ name, uri, attributes, children, text }: Element, added = ''): string {
  // Declarations of prefixes are written for each element.
  const kept = [...attributes].filter(([key, value]) => key !== 'xmlns' && !value.startsWith('http'));
  const written = kept.map(([key, value]) => ` ${key}="${escapeXml(value)}"`).join('');
  const inner = escapeXml(text) + children.map((child) => writeXml(child)).join('');
  return `<${name} xmlns="${escapeXml(uri)}"${written}${added}>${inner}</${name}>`;
}
