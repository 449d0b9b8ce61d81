import { distanceOf, type LiveTrack, straightnessOf, type Went } from './tracks.js';

/**
 * The probability from which on a track is an event, and the evidence that it takes, by its area in pixels. What covers
 * 5 % of the picture is no insect and no leaf, what covers 0.8 % is rarely one. With one demand for all (0.6 and 4) the slow
 * tenth of disturbed clips takes 2.7 instead of 1.9 s, for one false alarm in 20 less on them and on made-up films.
 */
const DEMANDS = [
  { area: 700, confirm: 0.55, enough: 0.4 },
  { area: 250, confirm: 0.6, enough: 1.2 },
  { area: 120, confirm: 0.6, enough: 2 },
] as const;
const DEMAND_OF_SMALL = { confirm: 0.6, enough: 4 };
const RELEASE = 0.3;
const STEP = 3;
const DOUBTFUL_FRAMES = 6;
/** A track says nothing before its third hit: its way and its change are not known. */
const FIRST_HIT = 3;
/**
 * What is as clear at once need not be seen again: half of the real events .2 s sooner, and one or two false alarms more on
 * made-up and disturbed films.
 */
const CLEAR = 0.8;

/**
 * Adds one frame's logit to a track's running evidence, and confirms or releases it. A sum holds back what is probable
 * for a moment only (insects: 7 false alarms without it, 2 with it, at no latency).
 */
export function decide(track: LiveTrack, logit: number): void {
  if (track.hits < FIRST_HIT) return;
  const { confirm, enough } = DEMANDS.find(({ area }) => track.area >= area) ?? DEMAND_OF_SMALL;
  track.before = track.probability;
  track.probability = 1 / (1 + Math.exp(-logit));
  track.peak = Math.max(track.peak, track.probability);
  const neutral = Math.log(confirm / (1 - confirm));
  const step = Math.min(STEP, Math.max(-STEP, logit - neutral));
  track.evidence = Math.max(0, track.evidence + step);
  if (!track.confirmed) {
    const lasting = (track.before + track.probability) / 2 > confirm;
    const clear = track.hits === FIRST_HIT && track.probability > CLEAR;
    track.confirmed = track.evidence > enough && track.probability > confirm && (lasting || clear);
    track.doubtful = 0;
    return;
  }
  track.doubtful = track.probability < RELEASE ? track.doubtful + 1 : 0;
  if (track.doubtful < DOUBTFUL_FRAMES) return;
  track.confirmed = false;
  track.evidence = 0;
}

/** In its own sizes, as roots of areas: what only swings to and fro never gets as far. */
const ELSEWHERE = 2;

/**
 * What speaks for an event that has led somewhere, at its best: who comes back has been there, and who stays long is no
 * less somebody. Of figures that pace for 100 s in 36 made-up films .73 of that time is an event, .40 without it.
 */
export function wentOf(track: LiveTrack, time: number): Went | undefined {
  const { confirmed, went } = track;
  if (!confirmed) return undefined;
  const distance = distanceOf(track);
  if (distance <= ELSEWHERE * Math.sqrt(track.maxArea)) return went;
  return {
    far: Math.max(distance, went?.far ?? 0),
    straight: Math.max(straightnessOf(track), went?.straight ?? 0),
    at: went?.at ?? time,
  };
}
