/** What is known of the stream that is looked at. */
export interface Watchable {
  readonly width: number;
  readonly height: number;
  /** Milliseconds between keyframes, the longest seen lately; undefined while that is not known. */
  readonly keyframeInterval: number | undefined;
}

/** *always*: 5 fps all the time. *keyframes*: keyframes, and jumps in packet sizes, open windows of 5 fps. */
export type WatchMode = 'always' | 'keyframes';

export interface WatchChoice {
  readonly mode: WatchMode;
  /** For the admin. */
  readonly why: string;
}

/** Decoding 360p all the time costs 0.0075 CPU s per s, 720p 0.025. Up to 480p it is simpler, as good, and quicker. */
const SMALL_PIXELS = 854 * 480;

/**
 * With keyframes 20 s apart, windows that packet sizes open find 67 % of the events, the slow tenth after 28 s; looking all
 * the time finds 93 to 100 %, the slow tenth after 1.9 s (docs/detection.md). So rare keyframes are not waited for.
 */
const LONGEST_INTERVAL = 4_000;

/** @param stream undefined while nothing has come from it */
export function chooseMode(stream: Watchable | undefined): WatchChoice {
  if (stream === undefined) return { mode: 'keyframes', why: 'Nothing has come from it yet.' };
  const { width, height, keyframeInterval } = stream;
  if (width * height <= SMALL_PIXELS)
    return { mode: 'always', why: 'The stream is small enough to be looked at five times a second.' };
  if (keyframeInterval === undefined)
    return {
      mode: 'keyframes',
      why: 'Keyframes are watched, and open windows, until it is known how far they are apart.',
    };
  const seconds = (keyframeInterval / 1000).toFixed(1);
  if (keyframeInterval <= LONGEST_INTERVAL)
    return { mode: 'keyframes', why: `Keyframes come every ${seconds} s: they are watched, and open windows.` };
  return {
    mode: 'always',
    why:
      `Keyframes are up to ${seconds} s apart, too rare to be waited for: every frame is decoded. ` +
      'A second, smaller stream, or keyframes every 2 s, would save most of that.',
  };
}
