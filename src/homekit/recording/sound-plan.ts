import type { Coding } from '../../camera/clips/coding.js';
import type { AudioOutput } from '../../media/ffmpeg/transcode-audio.js';
import type { AudioFormat } from '../../media/packet.js';
import { aacConfig } from '../../media/rtsp/aac-config.js';
import type { SoundSelection } from './selection.js';

const AAC_LC = 2;

/**
 * What becomes of a camera's sound. It is copied where it is what the hub selected: AAC-LC of the same rate and channels.
 * @returns undefined where there is to be silence
 */
export function planSound(
  audio: AudioFormat | undefined,
  selection: SoundSelection,
  canEncode: boolean,
): Coding<AudioOutput> | undefined {
  if (audio === undefined || audio.sampleRate <= 0 || audio.channels < 1) return undefined;
  if (isAsSelected(audio, selection)) return { mode: 'copy' };
  if (!canEncode) return undefined;
  return { mode: 'transcode', output: { codec: 'aac-lc', packetTime: 0, ...selection } };
}

function isAsSelected({ codec, extradata }: AudioFormat, { sampleRate, channels }: SoundSelection): boolean {
  const config = codec === 'aac' ? aacConfig(extradata) : undefined;
  if (config?.samples !== 1024 || extradata.readUInt8(0) >> 3 !== AAC_LC) return false;
  return config.sampleRate === sampleRate && config.channels === channels;
}
