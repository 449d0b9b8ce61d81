import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as bare from './bare-ffmpeg.js';
import type { Row } from './table.js';

const run = promisify(execFile);

type StreamName = 'main' | 'sub';

/** A line that `lookout replay` ends each recording with. */
interface Summary {
  readonly type: string;
  readonly clip: string;
  readonly videoSeconds: number;
  readonly cpuSeconds: number;
  readonly ownCpuSeconds: number;
  readonly windowSeconds: number;
}

interface Score {
  readonly clips: number;
  readonly events: number;
  readonly precision: number;
  readonly recall: number;
  readonly F1: number;
  readonly latencyMedian: number;
  readonly latencyP90: number;
  readonly falseAlarms: number;
}

/** What the project promises, CPU seconds per second of video. */
const COSTS = { idle: { main: 0.008, sub: 0.011 }, busy: { main: 0.02, sub: 0.011 }, own: 0.003 } as const;
const LATENCY = { main: 1.2, sub: 1.0 } as const;

/**
 * Quality and cost of detection on footage with ground truth: a folder with `<clip>.gt.json`, a `score.mjs` that scores
 * results, and a `make-streams.sh OUT` that makes OUT/main and OUT/sub.
 * @param made a folder with streams that were made before
 */
export async function footageRows(footage: string, made: string | undefined): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'lookout-bench-'));
  try {
    const streams = made ?? folder;
    if (made === undefined) await run('bash', [join(footage, 'make-streams.sh'), streams]);
    return [
      ...(await streamRows('sub', footage, streams, join(folder, 'results-sub'))),
      ...(await streamRows('main', footage, streams, join(folder, 'results-main'))),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function streamRows(stream: StreamName, footage: string, streams: string, results: string): Promise<Row[]> {
  const files = readdirSync(join(streams, stream))
    .filter((name) => name.endsWith('.mp4'))
    .sort()
    .map((name) => join(streams, stream, name));
  await run(process.execPath, ['dist/cli/main.js', 'replay', '--json', '--out', results, ...files], LARGE);
  const summaries = readdirSync(results).flatMap((name) => summariesIn(join(results, name)));
  const decoded = new Map<string, number>();
  for (const file of files) decoded.set(file, await bare.decodeFile(file));
  const { stdout } = await run(process.execPath, [join(footage, 'score.mjs'), results], LARGE);
  return [...qualityRows(stream, JSON.parse(stdout) as Score), ...costRows(stream, summaries, decoded)];
}

const LARGE = { maxBuffer: 256 * 1024 * 1024 };

const summariesIn = (file: string): Summary[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Summary)
    .filter(({ type }) => type === 'summary');

const qualityRows = (stream: StreamName, score: Score): Row[] => [
  { figure: `${stream}: F1 (${score.events} events, ${score.clips} clips)`, value: score.F1, unit: '', least: 0.95 },
  { figure: `${stream}: recall`, value: score.recall, unit: '', least: 0.93 },
  { figure: `${stream}: precision`, value: score.precision, unit: '' },
  { figure: `${stream}: false alarms`, value: score.falseAlarms, unit: '', target: 1 },
  { figure: `${stream}: latency, median`, value: score.latencyMedian, unit: 's', target: LATENCY[stream] },
  { figure: `${stream}: latency, p90`, value: score.latencyP90, unit: 's', target: 2 },
];

function costRows(stream: StreamName, summaries: readonly Summary[], decoded: ReadonlyMap<string, number>): Row[] {
  const isIdle = ({ clip }: Summary): boolean => clip.startsWith('idle_');
  const rows = (title: string, some: readonly Summary[], target: number): Row[] => {
    const sum = (value: (of: Summary) => number): number => some.reduce((total, of) => total + value(of), 0);
    const seconds = sum(({ videoSeconds }) => videoSeconds);
    if (seconds === 0) return [];
    const peer = sum(({ clip }) => [...decoded].find(([file]) => file.endsWith(`/${clip}.mp4`))?.[1] ?? 0) / seconds;
    const share = sum(({ windowSeconds }) => windowSeconds) / seconds;
    return [
      {
        figure: `${stream}, ${title}: CPU s per s`,
        value: sum(({ cpuSeconds }) => cpuSeconds) / seconds,
        unit: '',
        target,
        bare: peer,
      },
      {
        figure: `${stream}, ${title}: of that our own`,
        value: sum(({ ownCpuSeconds }) => ownCpuSeconds) / seconds,
        unit: '',
        target: COSTS.own,
      },
      { figure: `${stream}, ${title}: looked at in full`, value: share * 100, unit: '%' },
    ];
  };
  return [
    ...rows('idle', summaries.filter(isIdle), COSTS.idle[stream]),
    ...rows(
      'busy',
      summaries.filter((of) => !isIdle(of)),
      COSTS.busy[stream],
    ),
  ];
}
