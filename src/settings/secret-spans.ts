/** A stretch of text that must not be printed: [start, end) in UTF-16 units. */
export type Span = readonly [start: number, end: number];

/**
 * What gives itself away as a secret by what stands around it: user information in URLs, parameters and fields with
 * telling names, headers. In doubt it takes too much. Its time is linear in the length of the text: no quantifier
 * below can run over the same characters twice without having found something.
 */
export function secretSpans(text: string): Span[] {
  return [userinfo, logins, paths, fields, elements, headers, basic].flatMap((find) => [...find(text)]);
}

/** UniFi Protect's stream URLs (`rtsps://…:7441/token`): who has the path needs no password. */
export const PROTECT = /:744[17]\/([a-z\d]{8,64})/gi;

function* paths(text: string): Generator<Span> {
  for (const { 0: match, 1: token = '', index } of text.matchAll(PROTECT)) {
    yield [index + match.length - token.length, index + match.length];
  }
}

/**
 * From `://` to the last `@` before the next URL or the line's end, whatever stands between: an unencoded password may
 * hold any character. An `@` beside a space (`[rtsp @ 0x55d0]`) ends no user information.
 */
function* userinfo(text: string): Generator<Span> {
  for (const { 0: line, index } of text.matchAll(/[^\r\n]+/g)) {
    const starts = urlStarts(line);
    for (const [nth, start] of starts.entries()) {
      const length = userinfoLength(line.slice(start, starts[nth + 1]));
      if (length > 0) yield [index + start, index + start + length];
    }
  }
}

/** Where authorities begin. A `://` amid a word, but for the first, is taken for a piece of a password. */
function urlStarts(line: string): number[] {
  const starts: number[] = [];
  for (let at = line.indexOf('://'); at >= 0; at = line.indexOf('://', at + 3)) {
    const before = line.slice(Math.max(0, at - 21), at);
    const apart = /(?:^|[\s"'=,;(<[|]|[^:/]\/)[a-z][a-z\d+.-]*$/i.test(before);
    if ((apart || starts.length === 0) && !/(?:^|[^a-z])file$/i.test(before)) starts.push(at + 3);
  }
  return starts;
}

/** How much of the text behind `://` is user information, or may be: `admin:secr` is, even where its `@` was cut off. */
function userinfoLength(text: string): number {
  const [authority = ''] = /^[^/?#\s"'<>]*/.exec(text) ?? [];
  const plain = /^(?:[^:@]*|\[[^\]@]*\])(?::\d*)?$/.test(authority);
  const domain = /^(?:[\w-]+\.[\w.-]+|localhost)(?::\d+)?$/.test(authority);
  for (let at = text.lastIndexOf('@'); at > 0; at = text.lastIndexOf('@', at - 1)) {
    const joined = /^[^\s]@[^\s]/.test(text.slice(at - 1, at + 2));
    const scope = domain && text[at - 1] === '/';
    if (joined && !scope) return at;
  }
  return plain ? 0 : authority.length;
}

/** `user:password@host` without a scheme; not a path with a scope in it (`C:\node_modules\@homebridge`). */
function* logins(text: string): Generator<Span> {
  for (const { 0: word, index } of text.matchAll(/[^\s"'<>]+/g)) {
    const at = word.lastIndexOf('@');
    if (at <= 0 || at === word.length - 1 || word.includes('://') || /[/\\]/.test(word.charAt(at - 1))) continue;
    if (word.lastIndexOf(':', at) >= 0) yield [index, index + at];
  }
}

/** Names of parameters, headers and keys; those of the first list with any prefix (`mqttPassword`). */
const PASSWORD = 'pass(?:wor[dt]|wd|w|phrase|code)?|pwd|psw|token|secret|loginpas';
const USERNAME = 'user(?:name)?|usr|loginuse';
const GENERIC = 'pw|key|auth|sig|login|account|api_?key|signature';

/** `password=…` up to an `&`, a space or a quote; `"password": "…"` up to the closing quote. */
const FIELD = new RegExp(
  `(?:(?:${PASSWORD}|(?<![a-z\\d])(?:${USERNAME}|${GENERIC}))(?:=|%3D)(["']?)` +
    `|(?:${PASSWORD}|(?<![a-z\\d])(?:${USERNAME}))\\\\?["']?\\s{0,4}:\\s{0,4}\\\\?(["']))`,
  'gi',
);

/** Whether values of this name are secrets, as it stands before a `=` or as a key. */
export function secretKind(name: string): 'password' | 'username' | undefined {
  if (USERNAME_ONLY.test(name)) return 'username';
  return PASSWORD_END.test(name) ? 'password' : undefined;
}

const USERNAME_ONLY = new RegExp(`(?<![a-z\\d])(?:${USERNAME}|login|account)$`, 'i');
const PASSWORD_END = new RegExp(`(?:${PASSWORD}|(?<![a-z\\d])(?:${GENERIC}))$`, 'i');

function* fields(text: string): Generator<Span> {
  for (const match of matches(text, FIELD)) {
    const quote = match[2] ?? match[1] ?? '';
    const value =
      quote === '' ? /(?:[^&\s"<>\\]|\\(?![rn]))*/y : quote === '"' ? /(?:[^"\\\r\n]|\\.)*/y : /(?:[^'\\\r\n]|\\.)*/y;
    yield match.take(value);
  }
}

/** Elements of SOAP messages (WS-UsernameToken), as ONVIF has them. */
function* elements(text: string): Generator<Span> {
  for (const match of matches(text, /<(?:[\w-]{1,20}:)?(?:username|password|nonce)\b[^<>]{0,200}>/gi)) {
    yield match.take(/[^<]*/y);
  }
}

/** Up to a line break, or one as it is written in arguments. */
const REST_OF_LINE = /(?:[^\r\n\\]|\\(?![rn]))*/y;

/** `Authorization: Basic …`; of a scheme whose credentials have parts, such as Digest, the rest of the line. */
function* headers(text: string): Generator<Span> {
  const header = /authorization\\?["']?\s{0,4}[:=]\s{0,4}\\?["']?(?:([a-z][a-z\d-]{0,20})[ \t]{1,4})?/gi;
  for (const match of matches(text, header)) {
    yield match.take(/^(?:basic|bearer)$/i.test(match[1] ?? '') ? /[^\s"',\\]*/y : REST_OF_LINE);
  }
  for (const match of matches(text, /\bdigest\s{1,4}(?=username)/gi)) yield match.take(REST_OF_LINE);
  for (const match of matches(text, /\bresponse="(?=[\da-f]{32})/gi)) yield match.take(/[^"]*/y);
}

/** `Basic …` on its own, where what follows is a user name and a password in base64. */
function* basic(text: string): Generator<Span> {
  for (const match of matches(text, /\bbasic\s{1,4}(?=[a-z\d+/_-]{4})/gi)) {
    const [start, end] = match.take(/[a-z\d+/_-]*={0,2}/iy);
    if (Buffer.from(text.slice(start, end), 'base64').includes(':')) yield [start, end];
  }
}

type Taker = RegExpExecArray & {
  /** What matches right behind; the search goes on behind that. */
  take(sticky: RegExp): Span;
};

function* matches(text: string, pattern: RegExp): Generator<Taker> {
  const search = new RegExp(pattern);
  for (let match = search.exec(text); match; match = search.exec(text)) {
    const start = search.lastIndex;
    yield Object.assign(match, {
      take(sticky: RegExp): Span {
        sticky.lastIndex = start;
        sticky.exec(text);
        search.lastIndex = Math.max(start, sticky.lastIndex);
        return [start, search.lastIndex];
      },
    });
  }
}
