/** What is known of a camera's streams when its way of watching is chosen. */
export interface Watchable {
  readonly width: number;
  readonly height: number;
  /** Milliseconds between keyframes, the longest seen lately; undefined while none was measured. */
  readonly keyframeInterval: number | undefined;
}

/** *always*: 5 fps all the time. *keyframes*: keyframes, and jumps in packet sizes, open windows of 5 fps. */
export type WatchMode = 'always' | 'keyframes';

export interface WatchChoice {
  readonly mode: WatchMode;
  readonly stream: 'small' | 'main';
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

export function chooseMode(main: Watchable, small: Watchable | undefined): WatchChoice {
  const [stream, chosen] = small === undefined ? (['main', main] as const) : (['small', small] as const);
  const { keyframeInterval } = chosen;
  if (chosen.width * chosen.height <= SMALL_PIXELS)
    return { mode: 'always', stream, why: 'The stream is small enough to be looked at five times a second.' };
  if (keyframeInterval === undefined)
    return { mode: 'always', stream, why: 'The distance of the keyframes is not known yet.' };
  const seconds = (keyframeInterval / 1000).toFixed(1);
  if (keyframeInterval <= LONGEST_INTERVAL)
    return { mode: 'keyframes', stream, why: `Keyframes come every ${seconds} s: they are watched, and open windows.` };
  const advice = 'A second, smaller stream, or keyframes every 2 s, would save most of that.';
  return {
    mode: 'always',
    stream,
    why: `Keyframes are up to ${seconds} s apart, too rare to be waited for: every frame is decoded. ${advice}`,
  };
}
