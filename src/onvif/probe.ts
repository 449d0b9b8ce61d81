import { DEVICE_PATH } from './addresses.js';
import type { FoundCamera } from './device.js';
import { readable } from './soap.js';
import { all, at, type Element, find, parseXml, textAt } from './xml.js';

const MOST_MATCHES = 16;
/** Printers and computers answer, too, and have none of these. */
const SCOPES = 'onvif://www.onvif.org/';

/** What an ONVIF camera is by WS-Discovery. */
const CAMERA = '<Types xmlns:dn="http://www.onvif.org/ver10/network/wsdl">dn:NetworkVideoTransmitter</Types>';

/**
 * What WS-Discovery asks everybody for.
 *
 * @param id a UUID, new for each probe
 * @param whom everything that answers, since some cameras do not know what they are, or cameras alone
 */
export const probe = (id: string, whom: 'cameras' | 'everything'): string =>
  '<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" ' +
  'xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing"><s:Header>' +
  '<a:Action s:mustUnderstand="1">http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</a:Action>' +
  `<a:MessageID>uuid:${id}</a:MessageID>` +
  '<a:To s:mustUnderstand="1">urn:schemas-xmlsoap-org:ws:2005:04:discovery</a:To></s:Header><s:Body>' +
  '<Probe xmlns="http://schemas.xmlsoap.org/ws/2005/04/discovery">' +
  `${whom === 'cameras' ? CAMERA : ''}</Probe></s:Body></s:Envelope>`;

/**
 * The cameras in an answer to a probe.
 *
 * @param from the address that it came from, which is where the camera is, whatever it says
 */
export function matchesOf(datagram: Uint8Array, from: string): readonly FoundCamera[] {
  const document = parseXml(datagram);
  if (document?.name !== 'Envelope') return [];
  return all(at(document, 'Body', 'ProbeMatches'), 'ProbeMatch')
    .slice(0, MOST_MATCHES)
    .flatMap((match) => cameraOf(match, from) ?? []);
}

function cameraOf(match: Element, from: string): FoundCamera | undefined {
  const scopes = (textAt(match, 'Scopes') ?? '').split(/\s+/);
  const isCamera =
    textAt(match, 'Types')?.includes('NetworkVideoTransmitter') === true ||
    scopes.some((scope) => scope.toLowerCase().startsWith(SCOPES));
  const named = (find(match, 'XAddrs')?.text ?? '').split(/\s+/).flatMap((said) => URL.parse(said) ?? []);
  const usable = named.filter(({ protocol }) => /^https?:$/.test(protocol));
  // Of several networks' addresses that of the network on which it answered.
  const url =
    usable.find(({ hostname }) => hostname === from) ??
    usable.find(({ protocol }) => protocol === 'http:') ??
    usable[0];
  if (!isCamera || url === undefined) return undefined;
  const said = readable(textAt(match, 'EndpointReference', 'Address') ?? '');
  // Some leave it out.
  const id = said === '' ? `http://${from}:${url.port}` : said;
  const tls = url.protocol === 'https:';
  const port = url.port === '' ? undefined : Number(url.port);
  return {
    id,
    address: { host: from, port, tls, ...pathOf(url), username: undefined, password: undefined },
    name: scopeOf(scopes, 'name'),
    model: scopeOf(scopes, 'hardware'),
  };
}

/** Where its device service is, if not where nearly all have it. */
function pathOf({ pathname, search }: URL): { readonly path?: string } {
  const path = pathname + search;
  return path === '/' || path === DEVICE_PATH ? {} : { path };
}

/** Of `onvif://www.onvif.org/name/Front%20door`. */
function scopeOf(scopes: readonly string[], kind: string): string | undefined {
  const start = `${SCOPES}${kind}/`;
  const said = scopes.find((scope) => scope.toLowerCase().startsWith(start))?.slice(start.length) ?? '';
  const text = readable(decoded(said));
  return text === '' ? undefined : text;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
