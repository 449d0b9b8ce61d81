import fc from 'fast-check';
import { AccessUnits, type AccessUnit } from '../../../src/media/rtsp/access-units.js';
import { nal } from './packetise.js';

const IDR = nal('h264', 5);
const P = nal('h264', 1);
const IDR_MORE = nal('h264', 5, false);
const P_MORE = nal('h264', 1, false);
const [SEI, SPS, PPS, AUD, FILLER] = [6, 7, 8, 9, 12].map((type) => nal('h264', type)) as [
  Buffer,
  Buffer,
  Buffer,
  Buffer,
  Buffer,
];
const NAMES = new Map([
  [IDR, 'I'],
  [P, 'P'],
  [IDR_MORE, 'i'],
  [P_MORE, 'p'],
  [SEI, 'e'],
  [SPS, 'S'],
  [PPS, 'T'],
]);

type Step = readonly [units: readonly Buffer[], timestamp: number, marker: boolean] | 'lost';

/** The pictures as words, and after which step each one was there. */
function assemble(steps: readonly Step[]): { pictures: string[]; after: number[] } {
  const pictures: string[] = [];
  const after: number[] = [];
  let now = 0;
  const assembler = new AccessUnits('h264', ({ units, timestamp }) => {
    pictures.push(`${timestamp}${units.map((unit) => NAMES.get(unit) ?? '?').join('')}`);
    after.push(now);
  });
  for (const [index, step] of steps.entries()) {
    now = index;
    if (step === 'lost') assembler.lost();
    else assembler.add(...step);
  }
  return { pictures, after };
}

const whole = (timestamp: number, marker: boolean): Step => [[timestamp % 5 === 1 ? IDR : P], timestamp, marker];
const END: Step = [[AUD], 99, false];

describe('access units', () => {
  it.each<[string, Step[], string[]]>([
    ['end at a change of the timestamp', [[[IDR], 1, false], [[P], 2, false], END], ['1I', '2P']],
    ['end where a new picture begins at the same time', [[[IDR], 1, true], [[P], 1, true], END], ['1I', '1P']],
    ['hold all slices', [[[IDR], 1, false], [[IDR_MORE], 1, false], [[IDR_MORE], 1, true], END], ['1Iii']],
    [
      'hold all slices where each has a marker',
      [[[IDR], 1, true], [[IDR_MORE], 1, true], [[P, P_MORE], 2, true], END],
      ['1Ii', '2Pp'],
    ],
    [
      'take parameter sets along from an earlier time',
      [[[SPS], 1, true], [[PPS], 2, true], [[SEI, IDR], 3, true], END],
      ['3STeI'],
    ],
    ['begin with parameter sets', [[[IDR], 1, false], [[SPS, PPS, IDR], 1, true], END], ['1I', '1STI']],
    ['leave delimiters and filler out', [[[AUD, IDR, FILLER], 1, true], END], ['1I']],
    ['begin with a keyframe', [[[P], 1, true], [[P], 2, true], [[IDR], 3, true], [[P], 4, true], END], ['3I', '4P']],
    [
      'are dropped from a loss to the next keyframe',
      [[[IDR], 1, true], [[P], 2, false], 'lost', [[P_MORE], 2, true], [[P], 3, true], [[IDR], 4, true], END],
      ['1I', '4I'],
    ],
    [
      'are dropped where a keyframe lost its beginning',
      [[[IDR], 1, true], 'lost', [[IDR_MORE], 2, true], [[P], 3, true], [[IDR], 4, true], END],
      ['4I'],
    ],
    [
      'come apart where a camera packs them with start codes',
      [[[Buffer.concat([SPS, Buffer.of(0, 0, 0, 1), PPS, Buffer.of(0, 0, 1), IDR])], 1, true], END],
      ['1???'],
    ],
  ])('%s', (_, steps, expected) => {
    expect(assemble(steps).pictures).toEqual(expected);
  });

  it('come at once, by their markers, when these have proved right', () => {
    const steps = Array.from({ length: 10 }, (_, index) => whole(index + 1, true));
    expect(assemble(steps).after).toEqual([1, 2, 3, 3, 4, 5, 6, 7, 8, 9]);
    expect(assemble(steps.map((step) => (step === 'lost' ? step : [step[0], step[1], false]))).after).toEqual([
      1, 2, 3, 4, 5, 6, 7, 8, 9,
    ]);
  });

  it('give on a picture that a marker cut in two once at most', () => {
    const slices = (timestamp: number): Step[] => [
      [[timestamp % 5 === 1 ? IDR : P], timestamp, true],
      [[timestamp % 5 === 1 ? IDR_MORE : P_MORE], timestamp, true],
    ];
    const good = [1, 2, 3, 4, 5].map((timestamp) => whole(timestamp, true));
    const { pictures } = assemble([...good, ...[6, 7, 8, 9, 10, 11, 12].flatMap(slices), END]);
    expect(pictures).toEqual(['1I', '2P', '3P', '4P', '5P', '6I', '11Ii', '12Pp']);
  });

  it('leave out HEVC pictures that refer to what came before the first keyframe', () => {
    const [CRA, RASL, TRAIL] = [21, 8, 1].map((type) => nal('hevc', type)) as [Buffer, Buffer, Buffer];
    const got: AccessUnit[] = [];
    const assembler = new AccessUnits('hevc', (unit) => got.push(unit));
    for (const [index, unit] of [CRA, RASL, RASL, TRAIL, CRA, RASL, TRAIL, AUD].entries())
      assembler.add([unit], index, true);
    assembler.lost();
    for (const [index, unit] of [CRA, RASL, TRAIL, TRAIL].entries()) assembler.add([unit], 20 + index, true);
    expect(got.map(({ timestamp }) => timestamp)).toEqual([0, 3, 4, 5, 6, 20, 22, 23]);
    expect(got.map(({ keyframe }) => keyframe)).toEqual([true, false, true, false, false, true, false, false]);
  });

  it('are bounded', () => {
    const got: AccessUnit[] = [];
    const assembler = new AccessUnits('h264', (unit) => got.push(unit));
    const big = nal('h264', 5, false, 1, 1_000_000);
    assembler.add([IDR], 1, false);
    for (let i = 0; i < 20; i++) assembler.add([big], 1, false);
    assembler.add([P], 2, false);
    for (let i = 0; i < 3000; i++) assembler.add([SEI], 3 + i, false);
    expect(got).toEqual([]);
  });

  it('never fail, and each is a whole of what came without loss', () => {
    const step = fc.oneof(
      fc.constant('lost' as const),
      fc.tuple(
        fc.array(
          fc.oneof(
            fc.constantFrom(IDR, P, IDR_MORE, P_MORE, SEI, SPS, AUD),
            fc.uint8Array({ maxLength: 9 }).map((bytes) => Buffer.from(bytes)),
          ),
          { maxLength: 3 },
        ),
        fc.nat(4),
        fc.boolean(),
      ),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        let waiting = true;
        const assembler = new AccessUnits('h264', (unit) => {
          if (waiting) expect(unit.keyframe).toBe(true);
          waiting = false;
          expect(unit.bytes).toBe(unit.units.reduce((sum, { length }) => sum + length, 0));
        });
        for (const one of steps) {
          if (one === 'lost') {
            assembler.lost();
            waiting = true;
          } else {
            assembler.add(...one);
          }
        }
      }),
    );
  });
});
