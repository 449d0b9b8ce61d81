import { Random } from '../../bench/detection/random.js';
import { makeScenery } from '../../bench/detection/scenery.js';
import { Detector, type DetectorOptions } from '../../src/detection/detector.js';
import { Scene } from '../../src/detection/scene.js';
import type { Finding, GrayFrame, Pair } from '../../src/detection/types.js';
import { HEIGHT, WIDTH } from '../../src/detection/types.js';
import { WATCH_THRESHOLD } from '../../src/detection/watch.js';
import { WEIGHTS } from '../../src/detection/weights.js';

const view = Uint8Array.from(makeScenery(new Random(5)).pixels);

/** The view, and from `begin` on a bright box that walks to the right. */
function frameAt(time: number, begin = Infinity, keyframe = time % 2000 === 0): GrayFrame {
  const pixels = view.slice();
  const left = 20 + Math.floor((time - begin) / 100);
  if (time >= begin)
    for (let y = 40; y < 64; y++) pixels.fill(y % 5 === 0 ? 120 : 250, y * WIDTH + left, y * WIDTH + left + 10);
  return { time, pixels, keyframe };
}

const events = (findings: readonly Finding[]): string[] =>
  findings.flatMap((f) => (f.type === 'event' && f.phase !== 'update' ? [f.phase] : []));
const wholePicture: Pair[] = [
  [0, 0],
  [1, 0],
  [1, 1],
  [0, 1],
];

/** Feeds a detector on keyframes as a hub does: what it asks for, from the past on. */
function live(detector: Detector, seconds: number, begin: number): Finding[] {
  const findings: Finding[] = [];
  let until = -1;
  let fed = 0;
  for (let now = 0; now <= seconds * 1000; now += 200) {
    const hear = (heard: readonly Finding[]): void => {
      for (const finding of heard) {
        findings.push(finding);
        if (finding.type !== 'look') continue;
        if (until < 0) fed = Math.ceil(Math.max(0, finding.from) / 200) * 200;
        until = finding.until;
      }
    };
    if (until < 0 && now % 2000 === 0) hear(detector.push(frameAt(now, begin)));
    for (; until >= 0 && fed <= now; fed += 200) {
      if (fed > until) {
        until = -1;
        break;
      }
      hear(detector.push(frameAt(fed, begin)));
    }
  }
  findings.push(...detector.finish());
  return findings;
}

describe('on keyframes', () => {
  const findings = live(new Detector({ mode: 'keyframes' }), 30, 18_600);
  const looks = findings.flatMap((f) => (f.type === 'look' ? [f] : []));

  it('looks at the first 6 s, and then again from before the keyframe that differs', () => {
    expect(looks[0]).toMatchObject({ from: 0, until: 6_000, source: 'start' });
    const second = looks.find((look) => look.from > 0);
    expect(second).toMatchObject({ from: 18_000, source: 'keyframe' });
  });

  it('raises the event when the keyframe came, with the time at which it began', () => {
    const [start] = findings.flatMap((f) => (f.type === 'event' ? [f.event] : []));
    expect(start?.start).toBeGreaterThanOrEqual(18_600);
    expect(start?.start).toBeLessThanOrEqual(19_000);
    expect(start?.detectedAt).toBeGreaterThanOrEqual(20_000);
    expect(start?.detectedAt).toBeLessThanOrEqual(20_400);
    expect(events(findings)).toEqual(['start', 'end']);
  });

  it('holds the window open while something goes on', () => {
    expect(Math.max(...looks.map((look) => look.until))).toBeGreaterThan(29_000);
  });

  it('asks for nothing that was looked at when it holds a window open', () => {
    for (const [nth, { from, until, source }] of looks.entries()) {
      const before = looks[nth - 1];
      if (before?.source !== source) continue;
      expect(from).toBeGreaterThan(before.from);
      expect(until - from).toBeLessThan(8000);
    }
    expect(looks.at(-1)?.from).toBeGreaterThan(24_000);
  });

  it('says only what can be sent from a worker', () => {
    expect(structuredClone(findings)).toEqual(findings);
  });
});

describe('candidates from outside', () => {
  const still = (detector: Detector, from: number, to: number): Finding[] => {
    const findings: Finding[] = [];
    for (let time = from; time <= to; time += 200) findings.push(...detector.push(frameAt(time)));
    return findings;
  };

  it('are answered though nothing is seen', () => {
    const detector = new Detector();
    still(detector, 0, 2000);
    detector.candidate(2100, 'onvif');
    expect(still(detector, 2200, 9200)).toEqual([
      { type: 'non-event', nonEvent: { at: 2100, reason: 'nothing-seen' } },
    ]);
  });

  it('open a window that begins before them', () => {
    const detector = new Detector({ mode: 'keyframes' });
    live(detector, 16, Infinity);
    expect(detector.candidate(16_300, 'mqtt')).toEqual([{ type: 'look', from: 12_300, until: 18_300, source: 'mqtt' }]);
  });

  it('behind a mask are told so, and the pixels are black', () => {
    const detector = new Detector({ zones: [{ name: 'all', polygon: wholePicture, purpose: 'mask' }] });
    const findings: Finding[] = [];
    for (let time = 0; time <= 9000; time += 200) {
      if (time === 2000) detector.candidate(2000, 'homekit');
      const frame = frameAt(time, 2000);
      findings.push(...detector.push(frame));
      expect(frame.pixels[(HEIGHT / 2) * WIDTH + 80]).toBe(0);
    }
    expect(findings).toEqual([{ type: 'non-event', nonEvent: { at: 2000, reason: 'masked' } }]);
  });
});

describe('zones', () => {
  it('are named by the event that touched them', () => {
    const half: Pair[] = [
      [0, 0],
      [0.5, 0],
      [0.5, 1],
      [0, 1],
    ];
    const detector = new Detector({
      zones: [
        { name: 'left', polygon: half, purpose: 'notice' },
        { name: 'far right', polygon: half.map(([x, y]) => [x / 10 + 0.95, y] as const), purpose: 'notice' },
      ],
    });
    const findings: Finding[] = [];
    for (let time = 0; time <= 9000; time += 200) findings.push(...detector.push(frameAt(time, 5000)));
    findings.push(...detector.finish());
    const ends = findings.flatMap((f) => (f.type === 'event' && f.phase === 'end' ? [f.event] : []));
    expect(ends.map((event) => event.zones)).toEqual([['left']]);
  });
});

describe('somebody who stops for a while', () => {
  it('is a new event on going on, which has nothing of the one before', () => {
    const left: Pair[] = [[0, 0], [0.35, 0], [0.35, 1], [0, 1]]; // prettier-ignore
    const right: Pair[] = [[0.5, 0], [1, 0], [1, 1], [0.5, 1]]; // prettier-ignore
    const zones = [
      { name: 'Left', polygon: left, purpose: 'notice' },
      { name: 'Right', polygon: right, purpose: 'notice' },
    ] as const;
    const detector = new Detector({ zones });
    const findings: Finding[] = [];
    for (let time = 0; time <= 26_000; time += 200) {
      const walked = time < 11_000 ? time : Math.max(11_000, time - 8000);
      findings.push(...detector.push({ ...frameAt(walked, 6000), time }));
    }
    const ended = [...findings, ...detector.finish()].flatMap((f) =>
      f.type === 'event' && f.phase === 'end' ? [f.event] : [],
    );
    expect(ended.map((event) => event.zones)).toEqual([['Left'], ['Right']]);
    const [before, after] = ended;
    expect(before?.end).toBeLessThan(13_000);
    expect(after?.start).toBeGreaterThanOrEqual(19_000);
    expect(after?.detectedAt).toBe(after?.start);
  });
});

describe('what was learned', () => {
  it('can be kept, and reset', () => {
    const adaptation = { day: { factor: 2, vain: 3, at: 0 }, night: { factor: 1, vain: 0, at: 0 } };
    const detector = new Detector({ mode: 'keyframes', adaptation });
    expect(detector.adaptation).toEqual(adaptation);
    detector.resetAdaptation();
    expect(detector.adaptation.day.factor).toBe(1);
  });
});

describe('doubt', () => {
  const walk = (detector: Detector): string[] => {
    const findings = Array.from({ length: 60 }, (_, nth) => detector.push(frameAt(nth * 200, 6000))).flat();
    return events([...findings, ...detector.finish()]);
  };

  it('asks for more, from the start or from then on, and can be taken back', () => {
    expect(walk(new Detector({}))).toEqual(['start', 'end']);
    expect(walk(new Detector({ doubt: 30 }))).toEqual([]);
    const detector = new Detector({});
    detector.doubtBy(30);
    expect(walk(detector)).toEqual([]);
    const relieved = new Detector({ doubt: 30 });
    relieved.doubtBy(0);
    expect(walk(relieved)).toEqual(['start', 'end']);
  });

  it('does not make windows rarer as well: one without an event may have had one', () => {
    const vainOf = (options: DetectorOptions): number => {
      const detector = new Detector({ mode: 'keyframes', ...options });
      expect(events(live(detector, 30, 18_600))).toEqual([]);
      const { day, night } = detector.adaptation;
      return day.vain + night.vain;
    };
    expect(vainOf({ doubt: 30 })).toBe(0);
    expect(vainOf({ weights: { ...WEIGHTS, bias: WEIGHTS.bias - 30 } })).toBeGreaterThanOrEqual(1);
  });
});

describe('a keyframe that opens a window', () => {
  it('teaches the background nothing: the frames of the window see what it saw', () => {
    const shareOf = (watched: boolean): number => {
      const scene = new Scene(WEIGHTS);
      for (let time = 0; time < 8000; time += 200) scene.look(frameAt(time));
      if (watched) expect(scene.watch(frameAt(10_000, 9000), WATCH_THRESHOLD).score).toBeGreaterThan(WATCH_THRESHOLD);
      return scene.look(frameAt(9200, 9000)).score;
    };
    expect(shareOf(true)).toBe(shareOf(false));
  });
});

describe('a keyframe that differs a little', () => {
  /** From 9 s on a patch that is a little brighter than the view. */
  const faint = (time: number): GrayFrame => {
    const { pixels, keyframe } = frameAt(time);
    if (time >= 9000)
      for (let y = 40; y < 46; y++)
        for (let i = y * WIDTH + 60; i < y * WIDTH + 66; i++) pixels[i] = Math.min(255, (pixels[i] ?? 0) + 11);
    return { time, pixels, keyframe };
  };
  it('is looked at from there on, for a second, and no more often than the budget allows', () => {
    const detector = new Detector({ mode: 'keyframes' });
    const looks: [number, number][] = [];
    for (let time = 0; time < 8200; time += 200) detector.push(faint(time));
    for (let time = 10_000; time < 70_000; time += 2000)
      for (const f of detector.push({ ...faint(time), keyframe: true }))
        if (f.type === 'look') looks.push([f.from, f.until]);
    expect(looks[0]).toEqual([10_000, 11_000]);
    expect(looks.length).toBeLessThanOrEqual(7);
  });
});
