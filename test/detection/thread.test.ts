import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import type { News, Portion } from '../../src/detection/messages.js';
import { AnalysisThread, type Analyst } from '../../src/detection/thread.js';
import { findFfmpeg, type Ffmpeg } from '../../src/media/ffmpeg/capabilities.js';
import { codedFormat, codedPicture } from '../../src/media/ffmpeg/coded-picture.js';
import { processTree } from '../e2e/harness/process-tree.js';
import { clipOf, type Clip } from '../media/ffmpeg/pictures.js';
import { walkers } from '../peers/walkers.js';

const WALK = { width: 320, height: 180, gop: 1, seconds: 14, first: 2, every: 100, audio: false } as const;

interface Camera {
  readonly analyst: Analyst;
  readonly phases: () => string[];
  readonly reasons: () => string[];
  readonly losses: () => number;
  readonly returns: () => number;
}

let ffmpeg: Ffmpeg;
let clip: Clip;
let life: AbortController;
let deaths: string[];
let thread: AnalysisThread;
beforeAll(async () => {
  ffmpeg = await findFfmpeg();
  clip = await clipOf(await walkers(WALK), 'h264');
}, 60_000);
beforeEach(() => {
  life = new AbortController();
  deaths = [];
  thread = new AnalysisThread({ signal: life.signal, onDeath: (reason) => deaths.push(reason) });
});
afterEach(async () => {
  life.abort();
  await until(() => decoders().length === 0);
});

const decoders = (): number[] =>
  processTree(process.pid).flatMap(({ pid, command }) => (command.includes('rawvideo') ? pid : []));
function theDecoder(): number {
  const [decoder] = decoders();
  // Number 0 is everybody.
  if (decoder === undefined) throw new Error('there is no decoder');
  return decoder;
}
/** Children of this process that have ended, but whose end nobody has heard. */
const defunct = (): number[] =>
  (existsSync('/proc') ? readdirSync('/proc') : [])
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      const [, state, parent] = /\) (\S) (\d+) /.exec(statOf(pid)) ?? [];
      return state === 'Z' && parent === String(process.pid) ? [Number(pid)] : [];
    });
function statOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return '';
  }
}
/** Threads of this process; 0 where the system does not tell. */
const threads = (): number => (existsSync('/proc/self/task') ? readdirSync('/proc/self/task').length : 0);

function open(): Camera {
  const news: News[] = [];
  let [losses, returns] = [0, 0];
  const analyst = thread.open({
    settings: {
      ffmpeg: { path: ffmpeg.path, passthrough: ffmpeg.passthrough },
      mode: 'always',
      zones: [],
      sensitivity: 50,
      adaptation: undefined,
      doubt: 0,
    },
    onNews: (each) => news.push(each),
    onLost: () => {
      losses++;
    },
    onBack: () => {
      returns++;
    },
  });
  const phases = () =>
    news
      .flatMap((each) => (each.type === 'finding' && each.finding.type === 'event' ? [each.finding.phase] : []))
      .filter((phase) => phase !== 'update');
  const reasons = () =>
    news.flatMap((each) =>
      each.type === 'finding' && each.finding.type === 'non-event' ? [each.finding.nonEvent.reason] : [],
    );
  return { analyst, phases, reasons, losses: () => losses, returns: () => returns };
}

/** The clip from its beginning to a second of it. Handed over, it is gone: each time it is made anew. */
function clipUntil(second: number): Portion[] {
  const format = codedFormat(clip.format);
  if (format === undefined) throw new Error(`there is no decoder for ${clip.format.codec}`);
  const pictures = clip.packets
    .filter(({ time }) => time < second * 1000)
    .map((packet) => codedPicture(clip.format, packet))
    .filter((picture) => picture !== undefined);
  return [
    { type: 'format', format },
    { type: 'coded', jump: true, pictures },
  ];
}

/** A message that no hub sends: the thread dies of it. */
const DEADLY = { type: 'sizes', packets: undefined } as unknown as Portion;

describe('AnalysisThread', () => {
  it('has each camera looked at, and tells the end of what is going on when it is closed', async () => {
    const [one, other] = [open(), open()];
    one.analyst.feed(clipUntil(5));
    other.analyst.feed(clipUntil(5));
    await until(() => one.phases().length > 0 && other.phases().length > 0);
    expect(decoders()).toHaveLength(2);
    one.analyst.close();
    await until(() => one.phases().includes('end') && decoders().length === 1);
    expect([one.phases(), other.phases()]).toEqual([['start', 'end'], ['start']]);
  });

  it('takes the pictures’ memory over', () => {
    const { analyst } = open();
    const portions = clipUntil(1);
    analyst.feed(portions);
    const sizes = portions.flatMap((portion) =>
      portion.type === 'coded' ? portion.pictures.map((p) => p.data.length) : [],
    );
    expect(new Set(sizes)).toEqual(new Set([0]));
  });

  it('begins anew when it has died, and says so to those who are still open', async () => {
    const [camera, closed] = [open(), open()];
    camera.analyst.feed(clipUntil(5));
    await until(() => camera.phases().length > 0);
    camera.analyst.feed([DEADLY]);
    await until(() => deaths.length > 0);
    expect(deaths).toEqual([expect.stringMatching(/packets|iterable/)]);
    await until(() => decoders().length === 0);
    expect([camera, closed].map((each) => [each.losses(), each.returns()])).toEqual([
      [1, 0],
      [1, 0],
    ]);
    closed.analyst.close();
    camera.analyst.feed(clipUntil(1));
    await until(() => camera.returns() === 1);
    camera.analyst.feed(clipUntil(5));
    await until(() => camera.phases().length === 2);
    camera.analyst.close();
    await until(() => camera.phases().length === 3);
    expect(camera.phases()).toEqual(['start', 'start', 'end']);
    expect(closed.returns()).toBe(0);
    expect(deaths).toHaveLength(1);
  });

  it('doubts one camera as it is told, also when it has begun anew', async () => {
    const [doubted, other] = [open(), open()];
    doubted.analyst.doubtBy(30);
    for (const { analyst } of [doubted, other]) analyst.feed(clipUntil(5));
    await until(() => other.phases().length > 0);
    doubted.analyst.feed([DEADLY]);
    await until(() => doubted.returns() === 1 && other.returns() === 1);
    // Who asks gets an event or a reason: then it has looked.
    doubted.analyst.candidate(3000, 'mqtt');
    for (const { analyst } of [doubted, other]) analyst.feed(clipUntil(14));
    await until(() => other.phases().length >= 2 && doubted.reasons().length > 0);
    expect(doubted.phases()).toEqual([]);
  });

  it('waits for its decoders before it dies', async () => {
    const cameras = [open(), open(), open()];
    for (const { analyst } of cameras) analyst.feed(clipUntil(5));
    await until(() => cameras.every(({ phases }) => phases().length > 0));
    const own = decoders();
    expect(own).toHaveLength(3);
    cameras[1]?.analyst.feed([DEADLY]);
    await until(() => deaths.length > 0);
    expect(decoders()).toEqual([]);
    expect(defunct().filter((pid) => own.includes(pid))).toEqual([]);
  });

  it('leaves nothing behind after its end: the last is still told, then decoders and thread are gone', async () => {
    const before = threads();
    const camera = open();
    camera.analyst.feed(clipUntil(5));
    await until(() => camera.phases().length > 0);
    expect(decoders()).toHaveLength(1);
    life.abort();
    await until(() => decoders().length === 0 && threads() <= before);
    expect(camera.phases()).toEqual(['start', 'end']);
    expect(deaths).toEqual([]);
  });

  it('waits for a decoder that is stuck, and ends it', async () => {
    const before = threads();
    const camera = open();
    camera.analyst.feed(clipUntil(1));
    await until(() => decoders().length === 1);
    process.kill(theDecoder(), 'SIGSTOP');
    life.abort();
    await until(() => decoders().length === 0 && threads() <= before);
  });

  it('does not begin anew after its end', async () => {
    const before = threads();
    const camera = open();
    camera.analyst.feed([DEADLY]);
    await until(() => deaths.length > 0);
    life.abort();
    open().analyst.feed(clipUntil(1));
    await pause(1500);
    await until(() => threads() <= before);
    expect([decoders(), camera.returns()]).toEqual([[], 0]);
  });
});

async function until(holds: () => boolean, limit = 30_000): Promise<void> {
  const end = performance.now() + limit;
  while (!holds()) {
    if (performance.now() > end) throw new Error('it did not come to hold in time');
    await pause(10);
  }
}
