import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { Analysis } from '../../src/detection/analysis.js';
import type { News, Portion } from '../../src/detection/messages.js';
import { findFfmpeg, type Ffmpeg } from '../../src/media/ffmpeg/capabilities.js';
import { codedFormat, codedPicture } from '../../src/media/ffmpeg/coded-picture.js';
import { processTree } from '../e2e/harness/process-tree.js';
import { clipOf, type Clip } from '../media/ffmpeg/pictures.js';
import { CROSSING, walkers } from '../peers/walkers.js';

const WALK = { width: 320, height: 180, gop: 1, seconds: 10, first: 2, every: 100, audio: false } as const;

let ffmpeg: Ffmpeg;
let clip: Clip;
let life: AbortController;
let now: number;
beforeAll(async () => {
  ffmpeg = await findFfmpeg();
  clip = await clipOf(await walkers(WALK), 'h264');
}, 60_000);
beforeEach(() => {
  life = new AbortController();
  now = 0;
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

function start(path = ffmpeg.path) {
  const news: News[] = [];
  const analysis = new Analysis({
    settings: {
      ffmpeg: { path, passthrough: ffmpeg.passthrough },
      mode: 'always',
      zones: [],
      sensitivity: 50,
      adaptation: undefined,
      doubt: 0,
    },
    signal: life.signal,
    now: () => now,
    onNews: (each) => news.push(each),
  });
  const phases = () =>
    news.flatMap((each) => (each.type === 'finding' && each.finding.type === 'event' ? each.finding.phase : []));
  const troubles = () => news.flatMap((each) => (each.type === 'trouble' ? [each.reason] : []));
  return { analysis, news, phases, troubles };
}

function format({ format }: Clip): Portion {
  const described = codedFormat(format);
  if (described === undefined) throw new Error(`there is no decoder for ${format.codec}`);
  return { type: 'format', format: described };
}

/** Pictures from one second of the clip to another, each with the time that it has in the clip. */
function seconds(from: number, to: number, { format, packets }: Clip = clip): Portion {
  const chosen = packets.filter(({ time }) => time >= from * 1000 && time < to * 1000);
  const pictures = chosen.map((packet) => codedPicture(format, packet)).filter((picture) => picture !== undefined);
  return { type: 'coded', jump: false, pictures };
}

describe('Analysis', () => {
  it('tells when somebody comes and when they are gone', async () => {
    const { analysis, news, phases, troubles } = start();
    analysis.take([format(clip), seconds(0, 10)]);
    await analysis.drained();
    analysis.finish();
    const told = phases();
    expect([told[0], told.at(-1)]).toEqual(['start', 'end']);
    expect(told.filter((phase) => phase !== 'update')).toEqual(['start', 'end']);
    const [event] = news.flatMap((each) =>
      each.type === 'finding' && each.finding.type === 'event' && each.finding.phase === 'end'
        ? [each.finding.event]
        : [],
    );
    expect(Math.abs((event?.start ?? 0) - WALK.first * 1000)).toBeLessThan(1000);
    expect(Math.abs((event?.end ?? 0) - (WALK.first + CROSSING) * 1000)).toBeLessThan(1000);
    expect(troubles()).toEqual([]);
    expect(analysis.looked).toBe(50);
  });

  it('ends what is going on when the stream is interrupted', async () => {
    const { analysis, phases } = start();
    analysis.take([format(clip), seconds(0, 5)]);
    await analysis.settled();
    expect(phases()[0]).toBe('start');
    expect(phases()).not.toContain('end');
    analysis.take([{ type: 'interrupted' }]);
    expect(phases().at(-1)).toBe('end');
  });

  it('tells of a killed decoder once, ends what was going on, and goes on with another after a while', async () => {
    const { analysis, phases, troubles } = start();
    analysis.take([format(clip), seconds(0, 5)]);
    await analysis.settled();
    process.kill(theDecoder(), 'SIGKILL');
    await until(() => troubles().length > 0);
    expect(troubles()).toEqual(['ffmpeg, which decodes what is looked at, has ended: without a word']);
    expect(phases().at(-1)).toBe('end');
    analysis.take([seconds(5, 6)]);
    expect(decoders()).toEqual([]);
    now += 1000;
    analysis.take([seconds(6, 8)]);
    await analysis.settled();
    expect(troubles()).toEqual([expect.stringContaining('has ended'), undefined]);
    expect(phases().filter((phase) => phase !== 'update')).toEqual(['start', 'end', 'start']);
    expect(decoders()).toHaveLength(1);
  });

  it('tries less and less often where a decoder never lives, and says so once', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lookout-analysis-'));
    const [program, log] = [join(folder, 'ffmpeg'), join(folder, 'log')];
    writeFileSync(log, '');
    writeFileSync(program, `#!/bin/sh\necho . >> ${log}\necho it is broken >&2\nexit 1\n`, { mode: 0o755 });
    const { analysis, troubles } = start(program);
    analysis.take([format(clip)]);
    const attempts: number[] = [];
    for (let second = 0; second < 70; second++) {
      now = second * 1000;
      const before = readFileSync(log, 'utf8');
      analysis.take([seconds(0, 1)]);
      await analysis.settled();
      if (readFileSync(log, 'utf8') !== before) attempts.push(second);
    }
    rmSync(folder, { recursive: true });
    expect(troubles()).toEqual(['ffmpeg, which decodes what is looked at, has ended: it is broken']);
    expect(attempts).toEqual([0, 1, 3, 7, 15, 31, 61]);
  });

  it('takes a change of format, with another decoder where the codec is another', async () => {
    const other = await clipOf(await walkers(WALK), 'mjpeg');
    const { analysis, phases, troubles } = start();
    analysis.take([format(clip), seconds(0, 5)]);
    await analysis.settled();
    const [before] = decoders();
    analysis.take([format(other), seconds(5, 10, other)]);
    await analysis.drained();
    analysis.finish();
    expect(decoders()).not.toContain(before);
    expect(troubles()).toEqual([]);
    expect(analysis.looked).toBe(50);
    expect(phases().filter((phase) => phase !== 'update')).toEqual(['start', 'end']);
  });

  it('takes another size in the same decoder', async () => {
    const larger = await clipOf(await walkers({ ...WALK, width: 640, height: 360 }), 'h264');
    const { analysis, troubles } = start();
    analysis.take([format(clip), seconds(0, 5)]);
    await analysis.settled();
    const before = decoders();
    analysis.take([format(larger), seconds(5, 10, larger)]);
    await analysis.settled();
    expect(decoders()).toEqual(before);
    expect(troubles()).toEqual([]);
    expect(analysis.looked).toBe(50);
  });

  it('says that there is no decoder, once, until there is one', async () => {
    const { analysis, troubles } = start();
    analysis.take([{ type: 'undecodable', codec: 'theora' }, seconds(0, 1)]);
    analysis.take([{ type: 'undecodable', codec: 'theora' }]);
    await analysis.settled();
    expect(decoders()).toEqual([]);
    expect(troubles()).toEqual(['there is no decoder for theora']);
    analysis.take([format(clip), seconds(0, 1)]);
    await analysis.settled();
    expect(troubles()).toEqual(['there is no decoder for theora', undefined]);
  });

  it('says once that the hub is too slow, and that it is over after a calm while', async () => {
    const { analysis, troubles } = start();
    analysis.take([format(clip), seconds(0, 1)]);
    await analysis.settled();
    const decoder = theDecoder();
    process.kill(decoder, 'SIGSTOP');
    const padding = Buffer.alloc(2 * 1024 * 1024);
    const portion = seconds(1, 2);
    if (portion.type !== 'coded') throw new Error('these are pictures');
    for (const picture of portion.pictures)
      analysis.take([{ ...portion, pictures: [{ ...picture, data: Buffer.concat([picture.data, padding]) }] }]);
    expect(troubles()).toEqual(['the hub is too slow to decode all that is to be looked at']);
    process.kill(decoder, 'SIGCONT');
    await analysis.settled();
    analysis.take([seconds(2, 3)]);
    await analysis.settled();
    expect(troubles()).toHaveLength(1);
    now += 30_000;
    analysis.take([seconds(3, 4)]);
    await analysis.settled();
    expect(troubles().slice(1)).toEqual([undefined]);
  });

  it('is silent and has no decoder after its end', async () => {
    const { analysis, news } = start();
    analysis.take([format(clip), seconds(0, 5)]);
    await analysis.settled();
    const before = news.length;
    life.abort();
    analysis.take([format(clip), seconds(5, 10)]);
    await analysis.ended;
    expect(decoders()).toEqual([]);
    expect(news).toHaveLength(before);
  });
});

async function until(holds: () => boolean, limit = 5000): Promise<void> {
  const end = performance.now() + limit;
  while (!holds()) {
    if (performance.now() > end) throw new Error('it did not come to hold in time');
    await pause(10);
  }
}
