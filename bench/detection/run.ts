// usage: run.ts STREAMS TRUTH CACHE OUT [always|keyframes] — plays clips to the detector, writes OUT/<stream>/<clip>.jsonl, and scores them.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Detector } from '../../src/detection/detector.js';
import type { WatchMode } from '../../src/detection/mode.js';
import type { Finding } from '../../src/detection/types.js';
import { readClips } from './clips.js';
import { play } from './play.js';
import { emptyTally, figures, raisedBy, tally } from './score.js';

const [streams, truth, cache, out, mode = 'always'] = process.argv.slice(2) as [
  string,
  string,
  string,
  string,
  WatchMode?,
];

const lineOf = (finding: Finding, clip: string): string | undefined => {
  if (finding.type === 'non-event')
    return JSON.stringify({ type: 'non-event', at: finding.nonEvent.at / 1000, reason: finding.nonEvent.reason });
  if (finding.type !== 'event' || finding.phase !== 'end') return undefined;
  const { start, detectedAt, end, category, confidence, box, zones, continues } = finding.event;
  const times = { start: start / 1000, detectedAt: detectedAt / 1000, end: end / 1000 };
  return JSON.stringify({ type: 'event', clip, ...times, category, confidence, box, zones, continues });
};

for (const stream of ['sub', 'main']) {
  const clips = await readClips(join(streams, stream), truth, join(cache, stream));
  mkdirSync(join(out, stream), { recursive: true });
  const sum = emptyTally();
  let [cpu, seconds] = [0, 0];
  for (const clip of clips) {
    const detector = new Detector({ mode });
    const before = process.cpuUsage();
    const played = play(detector, clip.frames, clip.packets, mode === 'always');
    const used = process.cpuUsage(before);
    const length = (clip.frames.length * 200) / 1000;
    const cost = (used.user + used.system) / 1e6;
    cpu += cost;
    seconds += length;
    const lines = played.findings.map((f) => lineOf(f, clip.name)).filter((l) => l !== undefined);
    writeFileSync(join(out, stream, `${clip.name}.jsonl`), lines.map((l) => `${l}\n`).join(''));
    if (clip.truth === undefined) continue;
    const one = emptyTally();
    const expected = { seconds: clip.truth.duration_s, events: clip.truth.events, ignore: clip.truth.ignore };
    tally(expected, raisedBy(played.findings), one);
    tally(expected, raisedBy(played.findings), sum);
    const reasons = played.findings.flatMap((f) => (f.type === 'non-event' ? [f.nonEvent.reason] : []));
    const counts = Object.entries(Object.groupBy(reasons, (r) => r)).map(([r, all]) => `${r} ${all.length}`);
    console.log(
      `${stream} ${clip.name.padEnd(14)} found ${one.found} missed ${one.missed} false ${one.falseAlarms} latency [${one.latencies.map((l) => l.toFixed(1)).join(' ')}] cpu ${(cost / length).toFixed(4)} keyframes ${played.keyframes} frames ${played.framesLookedAt} windows ${((100 * played.windows) / length).toFixed(0)} % | ${counts.join(', ')}`,
    );
  }
  const f = figures(sum);
  console.log(
    `${stream} ${mode}: P ${f.precision.toFixed(3)} R ${f.recall.toFixed(3)} F1 ${f.f1.toFixed(3)} false ${f.falseAlarms} latency ${f.median.toFixed(2)}/${f.p90.toFixed(2)} cpu ${(cpu / seconds).toFixed(4)}`,
  );
}
