import { chooseMode, type WatchChoice } from '../../detection/mode.js';
import type { FeedState } from '../feed/feed.js';
import type { StreamInfo } from '../feed/stream-info.js';

export type StreamName = 'main' | 'sub';

export interface WatchedStream {
  readonly state: FeedState;
  readonly info: StreamInfo | undefined;
}

export interface WatchPlan extends Pick<WatchChoice, 'mode'> {
  readonly stream: StreamName;
  /** For the admin, one or two sentences. */
  readonly why: string;
  /** It rests on what was measured, and is worth telling. */
  readonly settled: boolean;
}

/** Keyframe distances are known well enough after this long, ms; the detector looks at everything until then anyway. */
const SETTLED = 12_000;

/**
 * Which stream is looked at, and how. The small one serves where there is one; while it is away, the main stream does.
 * @param now milliseconds since the epoch
 */
export function chooseWatch(main: WatchedStream, sub: WatchedStream | undefined, now: number): WatchPlan {
  if (sub?.state.kind === 'offline' && sub.state.failure === 'absent') return chooseWatch(main, undefined, now);
  const fallback = sub?.state.kind === 'offline' && main.state.kind === 'online';
  const stream: StreamName = sub !== undefined && !fallback ? 'sub' : 'main';
  const { state, info } = stream === 'sub' && sub !== undefined ? sub : main;
  const settled = state.kind === 'online' && now - state.since >= SETTLED && info !== undefined;
  const { mode, why } = chooseMode(info && { ...info, keyframeInterval: settled ? info.keyframeInterval : undefined });
  const lead = fallback
    ? 'The smaller stream is away: motion is looked for in the main stream.'
    : `Motion is looked for in the ${stream === 'sub' ? 'smaller' : 'main'} stream.`;
  return { stream, mode, why: `${lead} ${why}`, settled };
}
