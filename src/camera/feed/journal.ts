import type { Log } from '../log.js';
import { adviceFor } from './advice.js';
import type { Feed, FeedState } from './feed.js';
import type { StreamInfo } from './stream-info.js';

/** Keyframe distances and rates are known well enough after this long, ms. */
const SETTLED = 12_000;

export interface JournalOptions {
  /** The camera's name, and which stream where it has two. */
  readonly title: string;
  readonly wantsAudio: boolean;
  /** Why it is away is said elsewhere; default: it is not. */
  readonly isSaid?: (reason: string) => boolean;
  readonly log: Log;
  /** Milliseconds since the epoch, as in {@link FeedState}. */
  readonly wallclock: () => number;
}

/**
 * Tells the admin what becomes of a feed: that it runs and with what, why it does not, and what it will cost.
 * Says each thing once until it changes.
 */
export function keepJournal(feed: Feed, { title, wantsAudio, isSaid, log, wallclock }: JournalOptions): () => void {
  const told = new Set<string>();
  let lastReason = '';
  let announced = '';
  return feed.subscribe({
    state: (state) => {
      if (state.kind === 'online' || state.kind === 'off') lastReason = '';
      if (state.kind !== 'offline' || state.failure === 'absent' || state.reason === lastReason) return;
      lastReason = state.reason;
      if (isSaid?.(state.reason) === true) return;
      log.warn(`${title}: ${state.reason.replace(/\.$/, '')}. Trying again until it is back.`);
    },
    packet: (packet) => {
      if (packet.kind === 'audio' || !packet.keyframe || !isSettled(feed.state, wallclock())) return;
      const info = feed.info;
      if (info === undefined) return;
      const description = describe(info);
      if (description !== announced) log.info(`${title}: ${description}.`);
      announced = description;
      for (const { topic, sentence } of adviceFor(info, wantsAudio)) {
        const key = `${topic}, ${description}`;
        if (!told.has(key)) log.warn(`${title} ${sentence}`);
        told.add(key);
      }
    },
  });
}

const isSettled = (state: FeedState, now: number): boolean => state.kind === 'online' && now - state.since >= SETTLED;

/** For example `H264 main 1280×720, sound aac 16 kHz`. Only what does not waver. */
export function describe(info: StreamInfo): string {
  const size = info.width > 0 ? ` ${info.width}×${info.height}` : '';
  const profile = info.profile === undefined ? '' : ` ${info.profile}`;
  const sound = info.audio === undefined ? 'no sound' : `sound ${info.audio.codec} ${info.audio.sampleRate / 1000} kHz`;
  return `${info.codec.toUpperCase()}${profile}${size}, ${sound}`;
}
