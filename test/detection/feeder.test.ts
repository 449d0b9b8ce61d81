import fc from 'fast-check';
import { Feeder, joined, type FeederGop } from '../../src/detection/feeder.js';
import type { Portion } from '../../src/detection/messages.js';
import type { WatchMode } from '../../src/detection/mode.js';
import type { VideoFormat, VideoPacket } from '../../src/media/packet.js';

const JPEG: VideoFormat = {
  kind: 'video',
  codec: 'mjpeg',
  width: 640,
  height: 360,
  parameterSets: [],
  extradata: Buffer.alloc(0),
};
const OTHER: VideoFormat = { ...JPEG, width: 320, height: 240 };
const THEORA: VideoFormat = { ...JPEG, codec: 'theora' };
const GOP = 1000;
const STEP = 250;

const packet = (time: number): VideoPacket => ({
  kind: 'video',
  time,
  keyframe: time % GOP === 0,
  units: [Buffer.from([1])],
  bytes: 1,
});

/** What was handed over, in short: `f` format, `-` interrupted, `s` sizes, `!` a jump, `K` a keyframe, `.` another picture. */
const short = (portions: readonly Portion[]): string =>
  portions
    .map((portion) => {
      switch (portion.type) {
        case 'format':
          return `f${portion.format.width}`;
        case 'undecodable':
          return `x ${portion.codec}`;
        case 'interrupted':
          return '-';
        case 'sizes':
          return portion.packets.map(() => 's').join('');
        case 'coded':
          return (
            (portion.jump ? '!' : '') +
            portion.pictures.map(({ time, keyframe }) => `${keyframe ? 'K' : '.'}${time / STEP}`).join('')
          );
      }
    })
    .join(' ');

/** A feeder before a stream with a keyframe in every fourth picture; all of it stays in memory. */
class Stream {
  readonly memory: { start: number; formats: { video: VideoFormat }; packets: VideoPacket[] }[] = [];
  readonly feeder: Feeder;
  format = JPEG;
  time = 0;

  constructor(mode: WatchMode) {
    this.feeder = new Feeder({ mode, memory: (): readonly FeederGop[] => this.memory });
  }

  /** So many pictures come. */
  come(count: number): Portion[] {
    return Array.from({ length: count }, () => {
      const next = packet(this.time);
      this.time += STEP;
      if (next.keyframe) this.memory.push({ start: next.time, formats: { video: this.format }, packets: [] });
      this.memory.at(-1)?.packets.push(next);
      return this.feeder.packet(next, this.format);
    }).flat();
  }

  reconnect(): Portion[] {
    this.memory.length = 0;
    this.time = Math.ceil(this.time / GOP) * GOP;
    return this.feeder.interrupted();
  }
}

describe('Feeder', () => {
  it('hands over everything where everything is looked at, and no sizes', () => {
    expect(short(new Stream('always').come(6))).toBe('f640 K0 .1 .2 .3 K4 .5');
  });

  it('hands over keyframes and sizes', () => {
    expect(short(new Stream('keyframes').come(6))).toBe('f640 s K0 s s s s K4 s');
  });

  it('begins with a keyframe, whenever it comes', () => {
    const stream = new Stream('always');
    stream.time = 2 * STEP;
    expect(short(stream.come(4))).toBe('f640 K4 .5');
  });

  it('opens a window in the past, at the keyframe before, and goes on until it is over', () => {
    const stream = new Stream('keyframes');
    stream.come(11);
    expect(short(stream.feeder.look(5 * STEP, 12 * STEP))).toBe('!K4.5.6.7 K8.9.10');
    expect(short(stream.come(7))).toBe('s .11 s K12 s s s s K16 s');
  });

  it.each([
    ['before all that is in memory', -10, '!K0.1.2.3 K4.5'],
    ['now', 5, '!K4.5'],
    ['in the future', 9, '!K4.5'],
  ])('opens a window from %s', (_, from, expected) => {
    const stream = new Stream('keyframes');
    stream.come(6);
    expect(short(stream.feeder.look(from * STEP, 20 * STEP))).toBe(expected);
  });

  it('extends a window without a jump, as long as nothing was left out', () => {
    const stream = new Stream('keyframes');
    stream.come(5);
    stream.feeder.look(4 * STEP, 6 * STEP);
    stream.come(2);
    expect(short(stream.feeder.look(4 * STEP, 9 * STEP))).toBe('');
    expect(short(stream.come(3))).toBe('s .7 s K8 s .9');
    expect(short(stream.come(1))).toBe('s');
    // It comes late: what was left out follows upon what was fed.
    expect(short(stream.feeder.look(4 * STEP, 12 * STEP))).toBe('.10');
    expect(short(stream.come(2))).toBe('s .11 s K12');
    expect(short(stream.come(5))).toBe('s s s s K16 s');
    expect(short(stream.feeder.look(4 * STEP, 18 * STEP))).toBe('!K4.5.6.7 K8.9.10.11 K12.13.14.15 K16.17');
  });

  it('does not shorten a window', () => {
    const stream = new Stream('keyframes');
    stream.come(5);
    stream.feeder.look(4 * STEP, 7 * STEP);
    stream.feeder.look(4 * STEP, 5 * STEP);
    expect(short(stream.come(3))).toBe('s .5 s .6 s .7');
  });

  it('has nothing to show of an empty memory, and begins with the next keyframe', () => {
    const stream = new Stream('keyframes');
    expect(short(stream.feeder.look(0, 20 * STEP))).toBe('');
    stream.time = STEP;
    expect(short(stream.come(5))).toBe('f640 s s s s K4 s .5');
  });

  it('forgets its window when the stream is interrupted', () => {
    const stream = new Stream('keyframes');
    stream.come(5);
    stream.feeder.look(4 * STEP, 100 * STEP);
    expect(short(stream.reconnect())).toBe('-');
    expect(short(stream.come(3))).toBe('s K8 s s');
  });

  it('waits for a keyframe after an interruption', () => {
    const stream = new Stream('always');
    stream.come(2);
    stream.feeder.interrupted();
    expect(short(stream.come(4))).toBe('K4 .5');
  });

  it('describes everything anew to whoever lost it', () => {
    const stream = new Stream('always');
    stream.come(2);
    stream.feeder.forget();
    expect(short(stream.come(4))).toBe('f640 K4 .5');
  });

  it('says when the format changes, also in the past', () => {
    const stream = new Stream('keyframes');
    stream.come(4);
    stream.format = OTHER;
    expect(short(stream.come(2))).toBe('f320 s K4 s');
    expect(short(stream.feeder.look(0, 20 * STEP))).toBe('f640 !K0.1.2.3 f320 K4.5');
  });

  it('says where there is no decoder, once, and hands nothing over', () => {
    const stream = new Stream('always');
    stream.format = THEORA;
    expect(short(stream.come(6))).toBe('x theora');
    stream.format = JPEG;
    expect(short(stream.come(4))).toBe('f640 K8 .9');
  });

  it('leaves out the rest of each GOP of an event that is well known, without a jump, until it is over', () => {
    const stream = new Stream('keyframes');
    stream.come(5);
    stream.feeder.look(4 * STEP, 100 * STEP);
    stream.feeder.event(4 * STEP);
    expect(short(stream.come(23)).replaceAll('s ', '')).toMatch(/^\.5 .* K16 \.17 \.18 \.19 K20 \.21 K24 \.25 s$/);
    expect(short(stream.come(8)).replaceAll('s ', '')).toBe('K28 .29 K32 .33 s');
    expect(short(stream.feeder.look(4 * STEP, 110 * STEP))).toBe('');
    expect(short(stream.come(2)).replaceAll('s ', '')).toBe('K36 .37');
    stream.feeder.event(undefined);
    expect(short(stream.come(4)).replaceAll('s ', '')).toBe('.38 .39 K40 .41');
  });

  it('looks at all of a window once the event is over, though it opens in the middle of a rest', () => {
    const stream = new Stream('keyframes');
    stream.come(5);
    stream.feeder.look(4 * STEP, 32 * STEP);
    stream.feeder.event(4 * STEP);
    stream.come(30);
    stream.feeder.event(undefined);
    expect(short(stream.feeder.look(33 * STEP, 40 * STEP))).toBe('!K32.33.34');
    expect(short(stream.come(2))).toBe('s .35 s K36');
  });

  it('does not feed the keyframe again that came when a window had just ended', () => {
    const stream = new Stream('keyframes');
    stream.come(8);
    expect(short(stream.feeder.look(0, 0))).toBe('!K0.1.2.3 K4.5.6.7');
    expect(short(stream.come(2))).toBe('s K8 s');
    expect(short(stream.feeder.look(0, 12 * STEP))).toBe('.9');
    expect(short(stream.come(1))).toBe('s .10');
  });

  it('never rests where everything is looked at', () => {
    const stream = new Stream('always');
    stream.come(4);
    stream.feeder.event(0);
    expect(short(stream.come(32))).not.toMatch(/s/);
    expect(short(stream.come(4))).toBe('K36 .37 .38 .39');
  });

  it('changes its way at the next keyframe', () => {
    const stream = new Stream('keyframes');
    stream.come(2);
    stream.feeder.watchBy('always');
    expect(short(stream.come(4))).toBe('K4 .5');
    stream.feeder.watchBy('keyframes');
    expect(short(stream.come(4))).toBe('s s s K8 s');
  });

  it('never skips a picture inside a run, and begins each with a keyframe, whatever is said', () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('come' as const), count: fc.integer({ min: 1, max: 9 }) }),
      fc.record({ do: fc.constant('look' as const), from: fc.integer({ min: -5, max: 60 }), length: fc.nat(20) }),
      fc.record({
        do: fc.constant('event' as const),
        from: fc.option(fc.integer({ min: -40, max: 60 }), { nil: undefined }),
      }),
      fc.record({ do: fc.constantFrom('reconnect' as const, 'forget' as const) }),
      fc.record({ do: fc.constant('mode' as const), mode: fc.constantFrom<WatchMode>('always', 'keyframes') }),
      fc.record({ do: fc.constant('format' as const), format: fc.constantFrom(JPEG, OTHER) }),
    );
    fc.assert(
      fc.property(
        fc.constantFrom<WatchMode>('always', 'keyframes'),
        fc.array(step, { maxLength: 40 }),
        (mode, steps) => {
          const stream = new Stream(mode);
          const portions = steps.flatMap((each) => {
            switch (each.do) {
              case 'come':
                return stream.come(each.count);
              case 'look':
                return stream.feeder.look(each.from * STEP, (each.from + each.length) * STEP);
              case 'event':
                stream.feeder.event(each.from === undefined ? undefined : each.from * STEP);
                return [];
              case 'reconnect':
                return stream.reconnect();
              case 'forget':
                stream.feeder.forget();
                return [{ type: 'interrupted' } as const];
              case 'mode':
                stream.feeder.watchBy(each.mode);
                return [];
              case 'format':
                stream.format = each.format;
                return [];
            }
          });
          for (const handedOver of [portions, joined(portions)]) {
            let before = NaN;
            for (const portion of handedOver) {
              if (portion.type === 'interrupted') before = NaN;
              if (portion.type !== 'coded') continue;
              if (portion.jump) before = NaN;
              for (const { time, keyframe } of portion.pictures) {
                if (!keyframe) expect(time).toBe(before + STEP);
                else if (!Number.isNaN(before)) expect(time).toBeGreaterThan(before);
                before = time;
              }
            }
          }
        },
      ),
    );
  });
});

describe('joined', () => {
  const coded = (jump: boolean, ...at: number[]): Portion => ({
    type: 'coded',
    jump,
    pictures: at.map((each) => ({ time: each * STEP, keyframe: each % 4 === 0, data: new Uint8Array(1) })),
  });
  const sizes: Portion = { type: 'sizes', packets: [{ time: 0, bytes: 1, keyframe: false }] };
  it.each<[readonly Portion[], string]>([
    [[], ''],
    [[coded(false, 0), coded(false, 1, 2)], 'K0.1.2'],
    [[coded(true, 0), coded(false, 1)], '!K0.1'],
    [[coded(false, 4), coded(true, 0)], 'K4 !K0'],
    [[sizes, sizes, coded(false, 0), sizes], 'ss K0 s'],
    [[coded(false, 0), { type: 'interrupted' }, coded(false, 4)], 'K0 - K4'],
  ])('keeps the order: %#', (portions, expected) => {
    expect(short(joined(portions))).toBe(expected);
  });
});
