import type { Ffmpeg } from './capabilities.js';

/** What ffmpeg reads. */
export type Input =
  /** Played in a loop, at its own pace. */
  | { readonly kind: 'file'; readonly path: string }
  /** Read once, as fast as it can be. */
  | { readonly kind: 'recording'; readonly path: string }
  | { readonly kind: 'rtsp'; readonly url: string; readonly transport: 'tcp' | 'udp' }
  /** A recording, or HLS: it comes faster than it plays, and is read at its own pace. */
  | { readonly kind: 'paced'; readonly url: string }
  /** What a live stream over HTTP holds, by stdin. */
  | { readonly kind: 'body'; readonly parts: boolean };

export interface Reading {
  readonly args: readonly string[];
  /** What goes into ffmpeg's stdin, where that is not the stream itself. */
  readonly script: string | undefined;
}

/** Added to all times, s. */
export const TIME_OFFSET = 86_400;

/** How long ffmpeg waits for a socket, ms. The feed's watchdog is quicker; this is for what it does not see. */
export const SOCKET_PATIENCE = 5_000;

/** Measured: half the time to the first picture of an RTSP source, whose SDP says what there is. */
const SHORT_PROBE = { analyzeduration: '0', probesize: '32k' };
/** Other sources have to be read for a while to be known; what was read then is not lost. */
const LONG_PROBE = { analyzeduration: '1500000', probesize: '1M' };

export function reading(ffmpeg: Pick<Ffmpeg, 'rtspTimeout' | 'scriptedInput'>, input: Input, audio: boolean): Reading {
  const { before, options, url } = inputOf(ffmpeg, input, audio);
  const hidden = ffmpeg.scriptedInput && (input.kind === 'rtsp' || input.kind === 'paced');
  return {
    args: [
      ...['-hide_banner', '-v', 'error', '-nostdin', ...before],
      ...(hidden ? SCRIPTED : [...Object.entries(options).flatMap(([name, value]) => [`-${name}`, value]), '-i', url]),
      ...['-map', '0:v:0', ...(audio ? ['-map', '0:a:0?'] : []), '-c', 'copy', '-copyinkf'],
      // NUT has no times below zero, and sound may begin before the picture or a camera set its clock back: ffmpeg would end.
      ...['-output_ts_offset', String(TIME_OFFSET)],
      // Without an index: it would grow for ever.
      ...['-max_interleave_delta', '1', '-f', 'nut', '-write_index', '0', '-flush_packets', '1', 'pipe:1'],
    ],
    script: hidden ? script(url, options) : undefined,
  };
}

/**
 * The address is given as a script by stdin, so that it stands in no list of processes. Measured: it makes no difference
 * to times and delay.
 */
const SCRIPTED = [
  ...['-analyzeduration', '0', '-probesize', '32k', '-f', 'concat', '-safe', '0'],
  ...['-protocol_whitelist', 'pipe,rtp,srtp,udp,tcp,tls,http,https,httpproxy,crypto,data', '-i', 'pipe:0'],
];

const script = (url: string, options: Readonly<Record<string, string>>): string =>
  [
    'ffconcat version 1.0',
    `file '${url.replace(/[\r\n]/g, '').replaceAll("'", "'\\''")}'`,
    ...Object.entries(options).map(([name, value]) => `option ${name} ${value}`),
    '',
  ].join('\n');

interface InputArguments {
  /** For whatever opens the address. */
  readonly before: readonly string[];
  /** For what stands at the address. */
  readonly options: Readonly<Record<string, string>>;
  readonly url: string;
}

function inputOf({ rtspTimeout }: Pick<Ffmpeg, 'rtspTimeout'>, input: Input, audio: boolean): InputArguments {
  const patience = String(SOCKET_PATIENCE * 1000);
  switch (input.kind) {
    case 'file':
      return { before: ['-re', '-stream_loop', '-1'], options: {}, url: `file:${input.path}` };
    case 'recording':
      return { before: [], options: {}, url: `file:${input.path}` };
    case 'rtsp':
      return {
        before: [],
        options: {
          ...SHORT_PROBE,
          fflags: 'nobuffer',
          [rtspTimeout]: patience,
          rtsp_transport: input.transport,
          // The camera need not send what is not looked at, such as ONVIF's metadata.
          allowed_media_types: audio ? 'video+audio' : 'video',
        },
        url: input.url,
      };
    case 'paced':
      return { before: ['-re'], options: { ...LONG_PROBE, rw_timeout: patience }, url: input.url };
    case 'body':
      return input.parts
        ? // Pictures one by one, without times.
          { before: ['-use_wallclock_as_timestamps', '1', '-f', 'mpjpeg'], options: SHORT_PROBE, url: 'pipe:0' }
        : { before: [], options: LONG_PROBE, url: 'pipe:0' };
  }
}
