import fc from 'fast-check';
import { CameraClock } from '../../../src/media/rtsp/camera-clock.js';

const VIDEO = 90;
const AUDIO = 8;

/** A clock, and the hub's time that it reads. */
function start() {
  const hub = { time: 1000 };
  return { hub, clock: new CameraClock({ video: VIDEO * 1000, audio: AUDIO * 1000 }, () => hub.time) };
}
/** Compact NTP of a moment in ms. */
const ntp = (milliseconds: number): number => Math.round(milliseconds * 65.536) >>> 0;

describe('the clock of a camera', () => {
  it('begins with arrival, and counts on over the wrap of the timestamps', () => {
    const { hub, clock } = start();
    const first = 2 ** 32 - 50 * VIDEO;
    expect(clock.time('video', first)).toBe(1000);
    hub.time = 1060;
    expect(clock.time('video', 0)).toBe(1050);
    expect(clock.time('video', 50 * VIDEO)).toBe(1100);
    expect(clock.time('video', 2 ** 32 - 10 * VIDEO)).toBe(1040);
  });

  it('puts both streams together by RTP-Info', () => {
    const { hub, clock } = start();
    clock.startsAt('video', 0);
    clock.startsAt('audio', 70_000);
    expect(clock.time('video', 100 * VIDEO)).toBe(1000);
    hub.time = 1300;
    expect(clock.time('audio', 70_000 + 50 * AUDIO)).toBe(950);
  });

  it('does not believe an RTP-Info that makes no sense', () => {
    const { hub, clock } = start();
    clock.startsAt('video', 0);
    clock.startsAt('audio', 0);
    expect(clock.time('video', 3_000_000_000)).toBe(1000);
    hub.time = 1010;
    expect(clock.time('audio', 77)).toBe(1010);
  });

  /** Plays both streams, with a report of each every 5 s; the sound arrives `late` and the camera knows by NTP. */
  function play(late: number, seconds: number, step = 0): { audio: number[]; error: number } {
    const { hub, clock } = start();
    const audio: number[] = [];
    let error = 0;
    for (let at = 0; at < seconds * 1000; at += 20) {
      hub.time = 1000 + at;
      const video = clock.time('video', at * VIDEO);
      // What was heard `late` ms before what is now seen.
      const heard = clock.time('audio', at * AUDIO);
      audio.push(heard);
      error = heard - (video - late);
      const wallclock = 40_000_000 + at + (at > 20_000 ? step : 0);
      if (at % 5000 === 0) clock.report('video', at * VIDEO, ntp(wallclock));
      if (at % 5000 === 2500) clock.report('audio', at * AUDIO, ntp(wallclock - late));
    }
    return { audio, error };
  }

  it.each([0, 300, -300, 2000, -2000])(
    'puts sound that is %d ms late in step by the reports, without a step back',
    (late) => {
      const { audio, error } = play(late, 30);
      expect(Math.abs(error)).toBeLessThan(10);
      const steps = audio.slice(1).map((time, index) => time - (audio[index] ?? 0));
      expect(Math.min(...steps)).toBeGreaterThan(5);
    },
  );

  it('stays in step while the camera sets its clock', () => {
    const { audio, error } = play(300, 60, 3_600_000);
    expect(Math.abs(error)).toBeLessThan(10);
    expect(Math.max(...audio.slice(1).map((time, index) => time - (audio[index] ?? 0)))).toBeLessThan(400);
    expect(Math.abs(play(300, 60, 3000).error)).toBeLessThan(10);
  });

  it('waits for a second report before it believes in a great change', () => {
    const { hub, clock } = start();
    const report = (kind: 'video' | 'audio', at: number, wallclock: number): void => {
      clock.report(kind, at * (kind === 'video' ? VIDEO : AUDIO), ntp(wallclock));
    };
    const playAt = (at: number): number => {
      hub.time = 1000 + at;
      clock.time('video', at * VIDEO);
      return clock.time('audio', at * AUDIO) - 1000 - at;
    };
    playAt(0);
    report('video', 0, 5_000);
    report('audio', 0, 5_100);
    expect(playAt(20)).toBeCloseTo(100, 0);
    report('video', 20, 8_020);
    expect(playAt(40)).toBeCloseTo(100, 0);
    report('audio', 40, 8_140);
    expect(playAt(60)).toBeCloseTo(100, 0);
    report('audio', 60, 9_060);
    expect(playAt(80)).toBeCloseTo(100, 0);
    report('audio', 80, 9_080);
    expect(playAt(100)).toBeCloseTo(1000, 0);
  });

  it('begins anew after a jump of the timestamps, or with a new source', () => {
    const { hub, clock } = start();
    clock.time('video', 0);
    hub.time = 1050;
    expect(clock.time('video', 5000 * 1000 * VIDEO)).toBe(1050);
    hub.time = 1100;
    clock.restart('video');
    expect(clock.time('video', 17)).toBe(1100);
  });

  it('gives finite times, whatever comes', () => {
    const uint32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });
    const event = fc.tuple(
      fc.constantFrom('time', 'report', 'startsAt', 'restart'),
      fc.constantFrom('video', 'audio'),
      uint32,
      uint32,
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 60 }), (events) => {
        const { hub, clock } = start();
        for (const [what, kind, timestamp, compact] of events as [string, 'video' | 'audio', number, number][]) {
          hub.time += 20;
          if (what === 'time') expect(Math.abs(clock.time(kind, timestamp) - hub.time)).toBeLessThan(3_000_000);
          else if (what === 'report') clock.report(kind, timestamp, compact);
          else if (what === 'startsAt') clock.startsAt(kind, timestamp);
          else clock.restart(kind);
        }
      }),
    );
  });
});
