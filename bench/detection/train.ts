/* eslint-disable @typescript-eslint/no-non-null-assertion -- every index is bounded by its loop */
// usage: train.ts STREAMS TRUTH CACHE — learns the weights of src/detection/weights.ts, and prints how they do on cameras left out.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
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
import type { Tally } from './score.js';
import { emptyTally, figures, raisedBy, tally } from './score.js';
import type { Shot } from './shots.js';
import { laidShots, madeShots, peopledShots, realShots } from './shots.js';
import { Detector } from '../../src/detection/detector.js';

interface Sample extends Row {
  readonly camera: string;
  readonly set: Shot['set'];
}

/** Clip and frame number to the pixels of what is truly there, as far as a first model knows. */
type Things = Map<string, Uint8Array[]>;

const PENALTY = 1e-4;
const within = (spans: readonly Interval[], seconds: number, before: number, after: number): boolean =>
  spans.some((s) => seconds >= s.start - before && seconds <= s.end + after);

/** Runs a shot and answers a row for every track in every frame whose nature is known. */
function collect(shot: Shot, weights: Weights, things: Things | undefined): Sample[] {
  const rows: { features: Float64Array; positive: boolean }[] = [];
  const labels = shot.set === 'real' ? undefined : shot.labels();
  const known = shot.clip === undefined ? undefined : things?.get(shot.clip);
  let index = 0;
  const scene = new Scene(weights, undefined, (track, features, _seen, finder) => {
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
    weight: 1 / Math.sqrt(count[r.positive ? 1 : 0]! + 20),
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

export function raise(shot: Shot, weights: Weights) {
  const detector = new Detector({ weights });
  return raisedBy([...shot.frames().flatMap((frame) => detector.push(frame)), ...detector.finish()]);
}

const line = (name: string, t: Tally): string => {
  const f = figures(t);
  const n = (x: number, d = 2): string => x.toFixed(d);
  return `| ${name.padEnd(22)} | ${f.events} | ${n(f.precision)} | ${n(f.recall)} | ${n(f.f1, 3)} | ${f.falseAlarms} | ${n(f.falseAlarmsPerHour, 1)} | ${n(f.median, 1)} / ${n(f.p90, 1)} |`;
};

const [streams = '/tmp/streams', truth = '/work/shared/footage', cache = '/tmp/shots'] = process.argv.slice(2);
const sub = await readClips(join(streams, 'sub'), truth, join(cache, 'sub'));
const main = await readClips(join(streams, 'main'), truth, join(cache, 'main'));
const real = [...realShots(sub, 'sub'), ...realShots(main, 'main')];
const made = madeShots(join(cache, 'made'), 1, 120);
const test = madeShots(join(cache, 'made'), 10_001, 60);
const laid = laidShots(join(cache, 'laid'), sub);
const peopled = peopledShots(join(cache, 'peopled'), sub, 10);
const cameras = [...new Set(real.map((s) => s.camera))];

const gather = (shots: readonly Shot[], weights: Weights, things?: Things): Sample[] =>
  shots.flatMap((s) => collect(s, weights, things));
const t0 = Date.now();
const say = (...what: unknown[]): void => {
  console.log(((Date.now() - t0) / 1000).toFixed(0), ...what);
};
const evalOnly = process.env['EVAL'];
const stored =
  evalOnly === undefined
    ? undefined
    : (JSON.parse(readFileSync(evalOnly, 'utf8')) as { all: Weights; made: Weights; folds: Record<string, Weights> });
const first = stored !== undefined ? [] : gather([...made, ...peopled], WEIGHTS);
say('rows', first.length, first.filter((r) => r.positive).length);
const start = stored?.made ?? fitLogistic(first, PENALTY);
say('made only', JSON.stringify(start));
const things: Things = new Map(
  (stored ? [] : real).filter((s) => s.name.startsWith('sub')).map((s) => [s.clip!, findThings(s, start)]),
);
const rows =
  stored !== undefined ? [] : [...gather([...made, ...peopled], start), ...gather([...real, ...laid], start, things)];
say('rows', rows.length, rows.filter((r) => r.positive).length);

type Variants = Record<string, { drop: string[]; realPositives: number; laidPositives: number; posWeight: number }>;
const variants: Variants = JSON.parse(
  process.env['VARIANTS'] ?? '{"all":{"drop":[],"realPositives":1,"laidPositives":1,"posWeight":1}}',
) as Variants;
const line1 = (t: Tally): string => {
  const f = figures(t);
  return `${f.precision.toFixed(2)}/${f.recall.toFixed(2)} ${f.f1.toFixed(3)} fa${f.falseAlarms} ${f.median.toFixed(1)}/${f.p90.toFixed(1)}`;
};
for (const [name, v] of Object.entries(variants)) {
  const gone = v.drop.map((f) => FEATURES.indexOf(f as never));
  const use = rows
    .filter(
      (r) => !r.positive || (r.set === 'real' ? v.realPositives > 0 : r.set === 'laid' ? v.laidPositives > 0 : true),
    )
    .map((r) => {
      const features = r.features.slice();
      for (const j of gone) features[j] = 0;
      return {
        ...r,
        features,
        weight:
          r.weight *
          (r.positive
            ? v.posWeight * (r.set === 'real' ? v.realPositives : r.set === 'laid' ? v.laidPositives : 1)
            : 1),
      };
    });
  const all = stored?.all ?? fitLogistic(use, PENALTY);
  const folds = new Map(
    cameras.map((c) => [
      c,
      stored?.folds[c] ??
        fitLogistic(
          use.filter((r) => r.camera !== c),
          PENALTY,
        ),
    ]),
  );
  say('==', name, JSON.stringify(v));
  console.log(
    FEATURES.map(
      (f, j) =>
        `${f} ${all.features[j]!.toFixed(2)} (${cameras.map((c) => folds.get(c)!.features[j]!.toFixed(1)).join(' ')})`,
    ).join('\n'),
    '\nbias',
    all.bias.toFixed(2),
  );
  if (stored === undefined)
    writeFileSync(`/tmp/weights-${name}.json`, JSON.stringify({ all, made: start, folds: Object.fromEntries(folds) }));
  const sets = new Map<string, Tally>();
  const add = (set: string, shot: Shot, raised: ReturnType<typeof raise>): void => {
    const t = sets.get(set) ?? emptyTally();
    tally(shot.expected, raised, t);
    sets.set(set, t);
  };
  for (const shot of [...real, ...laid, ...peopled, ...test]) {
    const raised = raise(shot, folds.get(shot.camera) ?? all);
    const set = shot.set === 'real' ? shot.name.slice(0, shot.name.indexOf('-')) : shot.set;
    add(set, shot, raised);
    if (shot.set === 'laid' && process.env['KINDS']) add(`laid ${shot.kinds[0]!}`, shot, raised);
    if (shot.set === 'real' && process.env['ROWS']) add(`  ${shot.name}`, shot, raised);
  }
  say('evaluated', name);
  if (process.env['KINDS'] || process.env['ROWS']) for (const [set, t] of sets) console.log(line(set, t));
  console.log(
    'SUM',
    name.padEnd(14),
    ['sub', 'main', 'laid', 'peopled', 'made'].map((set) => `${set} ${line1(sets.get(set)!)}`).join(' | '),
  );
}
