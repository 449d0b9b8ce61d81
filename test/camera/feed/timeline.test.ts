import fc from 'fast-check';
import { Timeline } from '../../../src/camera/feed/timeline.js';

describe('Timeline', () => {
  it('keeps the spacing of the camera, whatever the delays', () => {
    const timeline = new Timeline();
    const delays = [0, 30, 5, 190, 150, 110, 70, 30, 0];
    const placed = delays.map((delay, at) => timeline.place('video', 7_000_000 + at * 40, 1000 + at * 40 + delay));
    expect(placed).toEqual(delays.map((_, at) => 1000 + at * 40));
  });

  it('never places a packet in the future: a burst ends now', () => {
    const timeline = new Timeline();
    const placed = Array.from({ length: 50 }, (_, at) => timeline.place('video', at * 40, 500));
    expect(Math.max(...placed)).toBe(500);
    expect(timeline.place('video', 50 * 40, 540)).toBe(540);
  });

  it('shares one offset between picture and sound', () => {
    const timeline = new Timeline();
    expect(timeline.place('video', 100, 1000)).toBe(1000);
    expect(timeline.place('audio', 90, 1010)).toBe(990);
    expect(timeline.place('audio', 110, 1011)).toBe(1010);
  });

  it('never moves one stream back because the other one came with less delay', () => {
    const timeline = new Timeline();
    expect(timeline.place('video', 0, 300)).toBe(300);
    expect(timeline.place('audio', 200, 305)).toBe(305);
    expect(timeline.place('video', 50, 310)).toBe(300);
    expect(timeline.place('video', 450, 560)).toBe(555);
  });

  it.each([
    ['forwards', 60_000],
    ['backwards', -60_000],
  ])('goes on in our time when the camera sets its clock %s', (_, jump) => {
    const timeline = new Timeline();
    timeline.place('video', 100_000, 1000);
    timeline.place('audio', 100_010, 1010);
    expect(timeline.place('video', 100_040 + jump, 1040)).toBe(1040);
    expect(timeline.place('audio', 100_050 + jump, 1050)).toBe(1050);
  });

  it('lets pictures be presented out of order', () => {
    const timeline = new Timeline();
    timeline.place('video', 1000, 100);
    timeline.place('video', 1120, 220);
    expect(timeline.place('video', 1040, 230)).toBe(140);
  });

  it('follows a camera whose clock is slow, a little at a time', () => {
    const timeline = new Timeline();
    let late = 0;
    for (let at = 0; at < 60_000; at += 40) {
      const now = 1000 + at * 1.001;
      late = now - timeline.place('video', at, now);
    }
    expect(late).toBeLessThan(30);
  });

  it('stays within the longest delay of now, for any arrivals', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 300 }), (delays) => {
        const timeline = new Timeline();
        let now = 0;
        delays.forEach((delay, at) => {
          now = Math.max(now, at * 40 + delay);
          const time = timeline.place('video', at * 40, now);
          expect(time).toBeLessThanOrEqual(now);
          expect(now - time).toBeLessThanOrEqual(400 + 40);
        });
      }),
    );
  });
});
