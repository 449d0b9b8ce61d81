/** Where nearly all cameras have their device service. */
export const DEVICE_PATH = '/onvif/device_service';

/**
 * Where a service is: what the camera names, at the host that answered. Cameras behind NAT or with a second network name
 * a host that cannot be reached, some `0.0.0.0`; then the port is that which answered, too.
 *
 * @returns undefined for what is no address
 */
export function reachable(named: string, reached: URL): URL | undefined {
  const url = URL.parse(named.trim(), reached.href);
  if (url === null || !/^https?:$/.test(url.protocol)) return undefined;
  const isSame = url.hostname === reached.hostname && url.protocol === reached.protocol;
  const result = new URL(reached);
  if (isSame) result.port = url.port;
  result.pathname = url.pathname;
  result.search = url.search;
  return result;
}

/**
 * The address of a stream at the host that answered, without user name and password. Its port stays: where it is
 * translated, nobody can know to what.
 *
 * @returns undefined for what is no RTSP address
 */
export function reachableStream(named: string, reached: URL): string | undefined {
  const [, scheme = '', authority = '', rest = ''] = /^(rtsps?):\/\/([^/?#\s]*)([^\s]*)$/i.exec(named.trim()) ?? [];
  const [, port] = /:(\d{1,5})$/.exec(authority.slice(authority.lastIndexOf('@') + 1)) ?? [];
  if (scheme === '' || Number(port ?? 1) > 65_535) return undefined;
  const path = rest.startsWith('/') || rest === '' ? rest : `/${rest}`;
  return `${scheme.toLowerCase()}://${reached.hostname}${port === undefined || port === '0' ? '' : `:${port}`}${path}`;
}
