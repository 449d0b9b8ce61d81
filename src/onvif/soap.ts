import { createHash } from 'node:crypto';
import { all, at, type Element, escapeXml, find } from './xml.js';

export interface Login {
  readonly username: string;
  readonly password: string;
}

const SOAP = 'http://www.w3.org/2003/05/soap-envelope';
const WSSE = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd';
const WSU = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd';
const TOKEN = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0';
const MESSAGES = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0';

export const envelope = (header: string, body: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="${SOAP}">` +
  `${header === '' ? '' : `<s:Header>${header}</s:Header>`}<s:Body>${body}</s:Body></s:Envelope>`;

/**
 * WS-Security's UsernameToken with a digest (UsernameToken Profile 1.0, 3.1).
 *
 * @param created ms since 1970 on the camera's clock
 * @param nonce 16 random bytes, never used before
 */
export function usernameToken({ username, password }: Login, created: number, nonce: Buffer): string {
  const stamp = stampOf(created);
  const digest = createHash('sha1').update(nonce).update(stamp).update(password, 'utf8').digest('base64');
  return (
    `<Security s:mustUnderstand="1" xmlns="${WSSE}"><UsernameToken><Username>${escapeXml(username)}</Username>` +
    `<Password Type="${TOKEN}#PasswordDigest">${digest}</Password>` +
    `<Nonce EncodingType="${MESSAGES}#Base64Binary">${nonce.toString('base64')}</Nonce>` +
    `<Created xmlns="${WSU}">${stamp}</Created></UsernameToken></Security>`
  );
}

/** Whole seconds, which all cameras can read; a clock that is nonsense still has a time that can be written. */
function stampOf(created: number): string {
  const date = new Date(created);
  return Number.isNaN(date.getTime()) ? '1970-01-01T00:00:00Z' : `${date.toISOString().split('.')[0] ?? ''}Z`;
}

export interface Fault {
  /** Code and subcodes without their prefixes. */
  readonly codes: readonly string[];
  /** For a person to read, without control characters, at most 120 characters. */
  readonly reason: string;
  readonly detail: Element | undefined;
}

/** What a camera answered. `none`: no SOAP at all. */
export type Answer =
  | { readonly kind: 'body'; readonly body: Element }
  | { readonly kind: 'fault'; readonly fault: Fault }
  | { readonly kind: 'none' };

export function answerOf(document: Element | undefined): Answer {
  const content = document?.name === 'Envelope' ? at(document, 'Body') : undefined;
  if (content === undefined) return { kind: 'none' };
  const fault = at(content, 'Fault');
  if (fault !== undefined) return { kind: 'fault', fault: faultOf(fault) };
  const [body] = content.children;
  return body === undefined ? { kind: 'none' } : { kind: 'body', body };
}

/** Of SOAP 1.2, or 1.1, which some cameras answer with. */
function faultOf(fault: Element): Fault {
  const codes: string[] = [];
  for (let code = at(fault, 'Code'); code !== undefined; code = at(code, 'Subcode'))
    codes.push(...all(code, 'Value').map(({ text }) => localName(text)));
  const old = at(fault, 'faultcode')?.text;
  if (old !== undefined) codes.push(localName(old));
  const reason = at(fault, 'Reason', 'Text')?.text ?? at(fault, 'faultstring')?.text ?? '';
  return { codes, reason: readable(reason), detail: at(fault, 'Detail') ?? at(fault, 'detail') };
}

const localName = (name: string): string => name.slice(name.lastIndexOf(':') + 1);

/** For a person to read: without control characters, at most 120 characters. */
export const readable = (text: string): string =>
  text
    .slice(0, 2_000)
    .replace(/[\p{C}\s]+/gu, ' ')
    .trim()
    .slice(0, 120);

const NOT_AUTHORIZED = new Set(['NotAuthorized', 'FailedAuthentication', 'InvalidSecurity', 'InvalidSecurityToken']);

/** Whether it is of who asks, and not of what is asked. */
export const isNotAuthorized = ({ codes, reason }: Fault): boolean =>
  codes.some((code) => NOT_AUTHORIZED.has(code)) || /not authori[sz]ed|authority failure|unauthori[sz]ed/i.test(reason);

/** The longest that the camera lets somebody wait for messages, ms; undefined where it does not say. */
export function longestWaitOf({ detail }: Fault): number | undefined {
  const said = detail === undefined ? undefined : find(detail, 'MaxTimeout')?.text;
  const [, minutes = '0', seconds = '0'] = /^PT(?:(\d{1,4})M)?(?:(\d{1,5})(?:\.\d+)?S)?$/.exec(said ?? '') ?? [];
  const wait = (Number(minutes) * 60 + Number(seconds)) * 1000;
  return wait > 0 ? wait : undefined;
}
