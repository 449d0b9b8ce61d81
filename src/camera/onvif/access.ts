import type { OnvifAddress } from '../../onvif/device.js';
import { wantsOnvif } from '../../settings/onvif-schema.js';
import { percentEncode } from '../../settings/percent.js';
import type { CameraSettings } from '../../settings/settings.js';
import { isOnvif, parseSource, type SourceAddress } from '../../settings/source-address.js';

/** Where a camera's ONVIF is, and what is wanted of it. */
export interface OnvifAccess {
  readonly address: OnvifAddress;
  /** It is asked where its streams are. */
  readonly streams: boolean;
  readonly events: boolean;
  /** Which of several video sources, from 1 on; undefined where that is not said. */
  readonly channel: number | undefined;
}

/** Undefined where nobody wants the camera to be asked. */
export function onvifAccess({ source, onvif }: Pick<CameraSettings, 'source' | 'onvif'>): OnvifAccess | undefined {
  const { address, events, channel } = onvif;
  const host = address?.host ?? source.host;
  if (!wantsOnvif(source, onvif) || host === undefined) return undefined;
  const streams = isOnvif(source);
  const named = address ?? (streams ? source : undefined);
  return {
    address: {
      host,
      port: named?.port,
      tls: address === undefined ? source.kind === 'onvifs' : address.scheme === 'https',
      ...(named && pathOf(named.url)),
      username: onvif.username ?? address?.username ?? source.username,
      password: onvif.password ?? address?.password ?? source.password,
    },
    streams,
    events,
    channel,
  };
}

/** Where the device service is at its host, where that is said; a login in it is percent-encoded. */
function pathOf(url: string): { readonly path?: string } {
  const path = url.replace(/^\w+:\/\/[^/?#]*/, '');
  return path === '' || path === '/' ? {} : { path };
}

/**
 * The address of a stream that a camera has named, to be logged in to as for ONVIF. The host is the one that the admin
 * has named: many cameras know a wrong one of themselves, and nobody else is to hear the password.
 *
 * @param url as the camera has it, and as such anything
 * @returns undefined where it is no stream's
 */
export function streamAddress(url: string, { host, username, password }: OnvifAddress): SourceAddress | undefined {
  const [, scheme, rest] = /^(rtsps?:\/\/)(.*)$/is.exec(url.trim()) ?? [];
  const named = scheme === undefined || rest === undefined ? undefined : parseSource(scheme + rest);
  if (named === undefined || 'fault' in named) return undefined;
  const login = username === undefined ? '' : `${percentEncode(username)}:${percentEncode(password ?? '')}@`;
  const tail = named.url.replace(/^\w+:\/\/[^/?]*/, '');
  const server = `${host.includes(':') ? `[${host.replace('%', '%25')}]` : host}:${named.port ?? 554}`;
  const address = parseSource(`${named.kind}://${login}${server}${tail}`);
  return 'fault' in address ? undefined : { ...address, transport: 'tcp' };
}
