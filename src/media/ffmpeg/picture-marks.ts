/**
 * What is to become of a picture travels with it through ffmpeg's decoder and filters to the encoder, in the last digit
 * of its time in microseconds: a keyframe on demand needs no restart and no jump of the clock, which would upset the
 * encoder's rate control.
 */
export const MARK = { show: 0, keyframe: 1, hide: 2 } as const;

export type Mark = keyof typeof MARK;

/** @param time ms @returns microseconds, to the nearest ten, with the mark */
export const markedTime = (time: number, mark: Mark): number => Math.round(time * 100) * 10 + MARK[mark];

/** @param time ms, as it came back @returns ms, to 10 µs */
export const unmarkedTime = (time: number): number => Math.floor((time + ROUNDING) * 100) / 100;

/** Some encoders keep times in ticks of 1/90000 s. */
const ROUNDING = 0.006;

const DIGIT = 'mod(round(t*1000000),10)';

/** For the filter `select`: hidden pictures are decoded and left out; of the others, no more than `maxFps` a second. */
export function selectMarked(maxFps: number | undefined): string {
  if (maxFps === undefined) return `not(eq(${DIGIT},${MARK.hide}))`;
  const step = (1 / maxFps).toFixed(6);
  // Variable 0 is when the next picture is due; a camera's times waver, so a quarter of a step early is not early.
  const paced = `if(gte(t+${step}/4,ld(0)),1+0*st(0,max(ld(0),t-${step})+${step}),0)`;
  return `if(eq(${DIGIT},${MARK.hide}),0,if(eq(${DIGIT},${MARK.keyframe}),1,${paced}))`;
}

/**
 * For `-force_key_frames`. There, times count from the first picture, whatever its mark: so a keyframe's mark is known
 * by how its digit differs from the one before.
 */
export const FORCE_MARKED = `expr:st(1,${DIGIT});st(2,eq(mod(ld(1)-ld(0)+10,10),1));st(0,ld(1));ld(2)`;
