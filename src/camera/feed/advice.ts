import type { StreamInfo } from './stream-info.js';

/** Keyframes further apart than this make recordings and first looks late. */
const FAR_APART = 4_000;

export interface Advice {
  readonly topic: 'codec' | 'b-frames' | 'keyframes' | 'sound';
  /** Goes on after the camera's name: what is, what it costs, and the setting that mends it. */
  readonly sentence: string;
}

/**
 * What a stream will cost the admin, and which setting of the camera mends it.
 * @param wantsAudio whether the settings ask for sound
 */
export function adviceFor(info: StreamInfo, wantsAudio: boolean): Advice[] {
  const advice: Advice[] = [];
  const add = (topic: Advice['topic'], sentence: string): void => void advice.push({ topic, sentence });
  if (info.codec === 'hevc') {
    add(
      'codec',
      'sends H.265 (HEVC), which HomeKit cannot show: every live view is transcoded. ' +
        "Set the stream's video codec to H.264 in the camera, and switch H.265+ or smart codec off.",
    );
  } else if (info.codec !== 'h264') {
    add(
      'codec',
      `sends ${info.codec.toUpperCase()}, which HomeKit cannot show: every live view is transcoded. ` +
        'Give its H.264 stream instead, if it has one.',
    );
  } else if (!info.plain) {
    add(
      'codec',
      `sends H.264 in a form that HomeKit's viewers cannot decode (${info.profile ?? 'unusual profile'}): ` +
        "every live view is transcoded. Set the stream's profile to Main or High, 8 bit, progressive.",
    );
  }
  if (info.reordered) {
    add(
      'b-frames',
      'sends B-frames, which do not belong in a live view: it is transcoded. ' +
        "Set the stream's profile to Main or Baseline, or switch B-frames off in the camera.",
    );
  }
  if (info.keyframeInterval > FAR_APART) {
    const frames = info.fps === undefined ? '' : ` (${Math.round(info.fps * 2)} frames)`;
    add(
      'keyframes',
      `sends a keyframe only every ${(info.keyframeInterval / 1000).toFixed(0)} s: pictures are as old as that. ` +
        `Set the keyframe interval (I-frame interval, GOP) to 2 s${frames} in the camera, and switch smart codec off.`,
    );
  }
  if (wantsAudio && info.audio === undefined) {
    add(
      'sound',
      'sends no sound. Switch the microphone on in the camera (audio in the stream settings), ' +
        'or set "audio" to false here.',
    );
  }
  return advice;
}
