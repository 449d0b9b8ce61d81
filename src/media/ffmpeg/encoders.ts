import { readAll, type Ffmpeg } from './capabilities.js';
import { startFfmpeg } from './process.js';

/** How an H.264 encoder is driven for a live view: no B-frames, no delay, IDR where a keyframe is forced. */
export interface H264Encoder {
  /** ffmpeg's name. */
  readonly name: string;
  /** Before `-i`. */
  readonly device: readonly string[];
  /** At the end of the filter chain, behind the scaling. */
  readonly filter: string;
  readonly options: readonly string[];
  /** Whether it takes `-profile:v baseline`, `main`, `high` by name. */
  readonly namedProfiles: boolean;
}

export interface H264Output {
  /** Pixels, even. */
  readonly width: number;
  readonly height: number;
  /** Bits a second. */
  readonly bitrate: number;
  readonly profile: 'baseline' | 'main' | 'high';
}

/** The best first; the last ones always work where they are built in. */
export const H264_ENCODERS: readonly H264Encoder[] = [
  {
    name: 'h264_videotoolbox',
    device: [],
    filter: 'format=nv12',
    options: ['-realtime', '1', '-allow_sw', '0'],
    namedProfiles: true,
  },
  {
    name: 'h264_vaapi',
    device: ['-vaapi_device', '/dev/dri/renderD128'],
    filter: 'format=nv12,hwupload',
    options: ['-async_depth', '1'],
    namedProfiles: false,
  },
  {
    // Intel's newer graphics encode in this mode only.
    name: 'h264_vaapi',
    device: ['-vaapi_device', '/dev/dri/renderD128'],
    filter: 'format=nv12,hwupload',
    options: ['-async_depth', '1', '-low_power', '1'],
    namedProfiles: false,
  },
  {
    name: 'h264_qsv',
    device: [],
    filter: 'format=nv12',
    options: ['-preset', 'veryfast', '-async_depth', '1', '-forced_idr', '1', '-look_ahead', '0'],
    namedProfiles: true,
  },
  {
    name: 'h264_nvenc',
    device: [],
    filter: 'format=yuv420p',
    options: ['-preset', 'p1', '-tune', 'ull', '-zerolatency', '1', '-delay', '0', '-rc', 'cbr', '-forced-idr', '1'],
    namedProfiles: true,
  },
  {
    name: 'h264_v4l2m2m',
    device: [],
    filter: 'format=yuv420p',
    options: ['-num_output_buffers', '8', '-num_capture_buffers', '8'],
    namedProfiles: false,
  },
  {
    name: 'h264_rkmpp',
    device: [],
    filter: 'format=nv12',
    options: ['-rc_mode', 'CBR'],
    namedProfiles: true,
  },
  {
    name: 'libx264',
    device: [],
    filter: 'format=yuv420p',
    options: ['-preset', 'superfast', '-tune', 'zerolatency', '-sc_threshold', '0', '-forced-idr', '1'],
    namedProfiles: true,
  },
  {
    name: 'libopenh264',
    device: [],
    filter: 'format=yuv420p',
    options: ['-rc_mode', 'bitrate', '-allow_skip_frames', '1'],
    namedProfiles: false,
  },
];

/**
 * Encodes at a steady rate, with keyframes only where they are forced. Half a second of buffer: steady enough for a
 * phone's network, roomy enough for a keyframe.
 */
export function encodingArguments(encoder: H264Encoder, { bitrate, profile }: Omit<H264Output, 'width' | 'height'>) {
  return [
    ...['-c:v', encoder.name, ...encoder.options, ...(encoder.namedProfiles ? ['-profile:v', profile] : [])],
    ...['-bf', '0', '-g', '1000', '-b:v', String(bitrate), '-maxrate', String(bitrate)],
    ...['-bufsize', String(Math.round(bitrate / 2)), '-rc_init_occupancy', String(Math.round(bitrate / 4))],
  ];
}

const known = new WeakMap<Ffmpeg, Promise<readonly H264Encoder[]>>();

/** The H.264 encoders that work on this machine, the best first; found out once, by encoding a frame with each. */
export function h264Encoders(ffmpeg: Ffmpeg): Promise<readonly H264Encoder[]> {
  const found = known.get(ffmpeg) ?? probe(ffmpeg);
  known.set(ffmpeg, found);
  return found;
}

async function probe(ffmpeg: Ffmpeg): Promise<readonly H264Encoder[]> {
  const working: H264Encoder[] = [];
  // One after the other: a hub that starts has better things to do.
  for (const encoder of H264_ENCODERS) {
    if (ffmpeg.encoders.has(encoder.name) && (await works(ffmpeg, encoder))) working.push(encoder);
  }
  return working;
}

const PROBE_TIMEOUT = 5_000;

/** An encoder may be built in without its hardware, or with hardware that refuses: only a frame that comes out counts. */
async function works(ffmpeg: Ffmpeg, encoder: H264Encoder): Promise<boolean> {
  const picture = ['-f', 'lavfi', '-i', 'color=black:size=640x360:rate=10:duration=0.3'];
  const process = startFfmpeg({
    path: ffmpeg.path,
    args: [
      ...['-hide_banner', '-v', 'error', '-nostdin', ...encoder.device, ...picture, '-vf', encoder.filter],
      ...[...encodingArguments(encoder, { bitrate: 500_000, profile: 'main' }), '-f', 'h264', 'pipe:1'],
    ],
    signal: AbortSignal.timeout(PROBE_TIMEOUT),
  });
  const [output, { code }] = await Promise.all([readAll(process.stdout), process.exited]);
  return code === 0 && output.length > 0;
}
