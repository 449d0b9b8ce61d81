/* eslint-disable @typescript-eslint/no-non-null-assertion -- every index is bounded by its loop */
// usage: train.ts STREAMS TRUTH CACHE [--write] — learns the weights of src/detection/weights.ts, and prints how they do on
// cameras that were left out. --write puts those learned from all cameras into place.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Detector } from '../../src/detection/detector.js';
import { Scene } from '../../src/detection/scene.js';
import type { Weights } from '../../src/detection/score.js';
import { FEATURES } from '../../src/detection/score.js';
import { PIXELS } from '../../src/detection/types.js';
import { WEIGHTS } from '../../src/detection/weights.js';
import { DISTURBED, THING } from './canvas.js';
import type { Interval } from './clips.js';
import { readClips } from './clips.js';
import type { Row } from './logistic.js';
import { fitLogistic } from './logistic.js';
import { fitNetworks } from './network.js';
import type { Raised, Tally } from './score.js';
import { emptyTally, figures, raisedBy, tally } from './score.js';
import type { Shot } from './shots.js';
import { laidShots, madeShots, peopledShots, plainShots, realShots } from './shots.js';

interface Sample extends Row {
  readonly camera: string;
  readonly set: Shot['set'];
}

/** Clip and frame number to the pixels of what is truly there, as far as a first model knows. */
type Things = Map<string, Uint8Array[]>;

const PENALTY = 1e-4;
/** A false alarm costs more than some frames' delay, and the few real things are worth more than the many made-up ones. */
const weightOf = (shot: Shot, positive: boolean): number => (!positive ? 1.7 : shot.set === 'real' ? 2 : 1);
const within = (spans: readonly Interval[], seconds: number, before: number, after: number): boolean =>
  spans.some((s) => seconds >= s.start - before && seconds <= s.end + after);

/** Runs a shot and answers a row for every track in every frame whose nature is known. */
function collect(shot: Shot, weights: Weights, things: Things | undefined): Sample[] {
  const rows: { features: Float64Array; positive: boolean }[] = [];
  const labels = shot.set === 'real' ? undefined : shot.labels();
  const known = shot.clip === undefined ? undefined : things?.get(shot.clip);
  let index = 0;
  const scene = new Scene(weights, undefined, 0, (track, features, _seen, finder) => {
    if (track.hits < 3) return;
    const blob = track.blob!;
    const seconds = (index * 200) / 1000;
    let [thing, disturbed] = [0, 0];
    const mask = known?.[index];
    const marks = labels?.[index];
    for (let at = blob.first; at < blob.first + blob.area; at++) {
      const i = finder.pixels[at]!;
      const mark = marks?.[i] ?? 0;
      if ((mark & THING) !== 0 || mask?.[i] === 1) thing++;
      if ((mark & DISTURBED) !== 0) disturbed++;
    }
    const share = thing / blob.area;
    const idle =
      shot.clip === undefined ||
      !(within(shot.expected.events, seconds, 0.5, 4) || within(shot.expected.ignore, seconds, 0.5, 4));
    if (share > 0.4) {
      if (!idle || shot.clip === undefined) rows.push({ features: features.slice(), positive: true });
    } else if (share < 0.1 && (idle || disturbed / blob.area > 0.5) && seconds > 2)
      rows.push({ features: features.slice(), positive: false });
  });
  for (const frame of shot.frames()) {
    scene.look(frame);
    index++;
  }
  const count = [rows.filter((r) => !r.positive).length, rows.filter((r) => r.positive).length];
  return rows.map((r) => ({
    ...r,
    camera: shot.camera,
    set: shot.set,
    weight: weightOf(shot, r.positive) / Math.sqrt(count[r.positive ? 1 : 0]! + 20),
  }));
}

/** Where things are in a real clip: the pixels of tracks that are confirmed during a true event, a little widened. */
function findThings(shot: Shot, weights: Weights): Uint8Array[] {
  const scene = new Scene(weights);
  const tracks = new Map<number, { frame: number; pixels: Int32Array }[]>();
  const confirmed = new Set<number>();
  const frames = shot.frames();
  frames.forEach((frame, index) => {
    scene.look(frame);
    for (const track of scene.tracker.live) {
      if (track.confirmed) confirmed.add(track.id);
      if (track.blob === undefined) continue;
      const list = tracks.get(track.id) ?? [];
      list.push({
        frame: index,
        pixels: scene.finder.pixels.slice(track.blob.first, track.blob.first + track.blob.area),
      });
      tracks.set(track.id, list);
    }
  });
  const masks = frames.map(() => new Uint8Array(PIXELS));
  for (const id of confirmed)
    for (const { frame, pixels } of tracks.get(id) ?? [])
      if (within(shot.expected.events, frame / 5, 0, 0)) for (const i of pixels) masks[frame]![i] = 1;
  return masks;
}

function raise(shot: Shot, weights: Weights): Raised[] {
  const detector = new Detector({ weights });
  return raisedBy([...shot.frames().flatMap((frame) => detector.push(frame)), ...detector.finish()]);
}

const row = (name: string, t: Tally): string => {
  const f = figures(t);
  const cells = [
    name,
    f.events,
    f.precision.toFixed(2),
    f.recall.toFixed(2),
    f.f1.toFixed(3),
    f.falseAlarms,
    f.falseAlarmsPerHour.toFixed(1),
    `${f.median.toFixed(1)} / ${f.p90.toFixed(1)}`,
  ];
  return `| ${cells.join(' | ')} |`;
};

/** Tallies by name, in the order in which they were first asked for. */
class Tallies {
  readonly #of = new Map<string, Tally>();

  add(name: string, shot: Shot, raised: readonly Raised[]): void {
    const t = this.#of.get(name) ?? emptyTally();
    tally(shot.expected, raised, t);
    this.#of.set(name, t);
  }

  print(title: string): void {
    console.log(`\n| ${title} | events | precision | recall | F1 | false alarms | per hour | latency median / p90 s |`);
    console.log('|---|---|---|---|---|---|---|---|');
    for (const [name, t] of this.#of) console.log(row(name, t));
  }
}

const MADE_UP = {
  peopled: 'made-up things in real scenes',
  made: 'made-up scenes',
  plain: 'plain made-up scenes',
} as const;

const [streams, truth, cache] = process.argv.slice(2) as [string, string, string];
const sub = await readClips(join(streams, 'sub'), truth, join(cache, 'sub'));
const main = await readClips(join(streams, 'main'), truth, join(cache, 'main'));
const real = [...realShots(sub, 'sub'), ...realShots(main, 'main')];
const made = madeShots(join(cache, 'made'), 1, 300);
const walls = plainShots(join(cache, 'walls'), 1, 100);
const unseen = [...madeShots(join(cache, 'made'), 10_001, 60), ...madeShots(join(cache, 'made'), 20_001, 80)];
const unseenWalls = plainShots(join(cache, 'walls'), 30_001, 50);
const laid = laidShots(join(cache, 'laid'), sub);
const peopled = peopledShots(join(cache, 'peopled'), sub, 10);
const cameras = [...new Set(real.map((shot) => shot.camera))];

const gather = (shots: readonly Shot[], weights: Weights, things?: Things): Sample[] =>
  shots.flatMap((shot) => collect(shot, weights, things));

// A first model, of made-up things alone, finds the true ones in the real clips: their truth says when, not where.
const first = fitLogistic(gather([...made, ...walls, ...peopled], WEIGHTS), PENALTY);
const things: Things = new Map(
  real.filter((shot) => shot.name.startsWith('sub-')).map((shot) => [shot.clip!, findThings(shot, first)]),
);
// What a disturbance covers in a true event is not known well enough to learn from: there, only what is nothing is used.
const rows = [
  ...gather([...made, ...walls, ...peopled, ...real], first, things),
  ...gather(laid, first, things).filter((sample) => !sample.positive),
];
const all = fitNetworks(rows, PENALTY);
const withoutCamera = new Map(
  cameras.map((camera) => [
    camera,
    fitNetworks(
      rows.filter((sample) => sample.camera !== camera),
      PENALTY,
    ),
  ]),
);
console.log(`${rows.length} rows, ${rows.filter((sample) => sample.positive).length} of things`);
const [sets, kinds, clips] = [new Tallies(), new Tallies(), new Tallies()];
for (const shot of [...real, ...laid, ...peopled, ...unseen, ...unseenWalls]) {
  const raised = raise(shot, withoutCamera.get(shot.camera) ?? all);
  if (shot.set === 'real') {
    sets.add(`real, ${shot.name.startsWith('sub-') ? 'sub' : 'main'} streams`, shot, raised);
    clips.add(shot.camera, shot, raised);
    sets.add('real, both, weights of made-up scenes alone', shot, raise(shot, first));
  } else if (shot.set === 'laid') {
    sets.add('real, disturbed', shot, raised);
    kinds.add(shot.kinds.join(), shot, raised);
    clips.add(`${shot.camera}, disturbed`, shot, raised);
  } else sets.add(MADE_UP[shot.set], shot, raised);
}
sets.print('on cameras left out');
clips.print('camera left out');
kinds.print('real, disturbed by');

if (process.argv.includes('--write')) {
  const { bias, features, units = [] } = all;
  const lines = features.map((value, j) => `    ${value}, // ${FEATURES[j]!}`);
  const steps = units.map((u) => `    { weight: ${u.weight}, bias: ${u.bias}, features: [${u.features.join(', ')}] },`);
  writeFileSync(
    new URL('../../src/detection/weights.ts', import.meta.url),
    `import type { Weights } from './score.js';

/**
 * Learned by bench/detection/train.ts on generated scenes, on generated things in real empty scenes, and on real clips with
 * and without generated disturbances; docs/detection.md has how they do on cameras that were left out. The mean of two that
 * were learned from other beginnings. \`units\` correct the sum; their measures are in the same order.
 */
export const WEIGHTS: Weights = {
  bias: ${bias},
  features: [
${lines.join('\n')}
  ],
  // prettier-ignore
  units: [
${steps.join('\n')}
  ],
};
`,
  );
}
