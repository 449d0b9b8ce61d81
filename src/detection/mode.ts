/** What is known of a camera's streams when its way of watching is chosen. */
export interface Watchable {
  readonly width: number;
  readonly height: number;
  /** Milliseconds between keyframes, the longest seen lately; undefined while none was measured. */
  readonly keyframeInterval: number | undefined;
}

/** *always*: 5 fps all the time. *keyframes*: keyframes and packet sizes open windows. *packets*: packet sizes alone do. */
export type WatchMode = 'always' | 'keyframes' | 'packets';

export interface WatchChoice {
  readonly mode: WatchMode;
  readonly stream: 'small' | 'main';
  /** For the admin. */
  readonly why: string;
}

/** Decoding 360p at 5 fps all the time costs 0.0075 CPU s per s; 720p 0.025. Up to 480p it is simpler, as good, and quicker. */
const SMALL_PIXELS = 854 * 480;
const LONGEST_INTERVAL = 4_000;
/** Above this share of time in windows the windows save too little for what they miss. */
const OPEN_TOO_OFTEN = 0.25;

/**
 * @param openShare share of time for which packet sizes would have opened windows lately, 0 to 1; undefined until it was
 * measured for some minutes
 */
export function chooseMode(main: Watchable, small: Watchable | undefined, openShare: number | undefined): WatchChoice {
  if (small !== undefined && small.width * small.height <= SMALL_PIXELS)
    return {
      mode: 'always',
      stream: 'small',
      why: 'The small stream is cheap enough to be looked at five times a second.',
    };
  const [stream, name] = small === undefined ? (['main', main] as const) : (['small', small] as const);
  if (name.width * name.height <= SMALL_PIXELS)
    return { mode: 'always', stream, why: 'The stream is small enough to be looked at five times a second.' };
  const seconds = ((name.keyframeInterval ?? 0) / 1000).toFixed(1);
  if (name.keyframeInterval === undefined)
    return { mode: 'always', stream, why: 'The distance of the keyframes is not known yet.' };
  if (name.keyframeInterval <= LONGEST_INTERVAL)
    return { mode: 'keyframes', stream, why: `Keyframes come every ${seconds} s: they are watched, and open windows.` };
  if (openShare === undefined)
    return {
      mode: 'always',
      stream,
      why: `Keyframes are up to ${seconds} s apart; whether packet sizes would do is being measured.`,
    };
  const share = Math.round(openShare * 100);
  return openShare <= OPEN_TOO_OFTEN
    ? {
        mode: 'packets',
        stream,
        why: `Keyframes are up to ${seconds} s apart; packet sizes open windows ${share} % of the time.`,
      }
    : {
        mode: 'always',
        stream,
        why: `Keyframes are up to ${seconds} s apart, and packet sizes would open windows ${share} % of the time: every frame is decoded. A smaller second stream, or keyframes every 2 s, would save most of that.`,
      };
}
