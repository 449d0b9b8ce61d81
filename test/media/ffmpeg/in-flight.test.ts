import { InFlight, type Admission } from '../../../src/media/ffmpeg/in-flight.js';

const MB = 1024 * 1024;
const at = (time: number, keyframe = false) => ({ time, keyframe });

it.each<[string, number, number, number, boolean, Admission]>([
  ['nothing waits', 1000, 1050, 0, false, 'show'],
  ['a slow camera is one picture behind', 1000, 1400, 0, false, 'show'],
  ['the encoder is slow', 1000, 1450, 0, false, 'hide'],
  ['the encoder is slow, and a keyframe comes', 1000, 1450, 0, true, 'hide'],
  ['the encoder stands still', 1000, 4050, 0, false, 'drop'],
  ['much waits', 1000, 1050, 5 * MB, false, 'drop'],
])('%s', (_, awaited, time, bytes, keyframe, expected) => {
  const inFlight = new InFlight();
  inFlight.admit(at(0, true), 0);
  inFlight.out(0);
  inFlight.admit(at(awaited), 0);
  expect(inFlight.admit(at(time, keyframe), bytes)).toBe(expected);
});

it('is not behind before the first picture has come out', () => {
  const inFlight = new InFlight();
  const admissions = Array.from({ length: 200 }, (_, i) => inFlight.admit(at(i * 50, i === 0), 0));
  expect(new Set(admissions)).toEqual(new Set(['show']));
});

it('passes over pictures up to a keyframe, and over that one too while too much waits', () => {
  const inFlight = new InFlight();
  expect(inFlight.admit(at(0, true), 5 * MB)).toBe('drop');
  expect(inFlight.admit(at(50), 0)).toBe('drop');
  expect(inFlight.admit(at(100, true), 5 * MB)).toBe('drop');
  expect(inFlight.admit(at(150, true), MB)).toBe('show');
  expect(inFlight.admit(at(200), MB)).toBe('show');
});

it('has caught up when the newest has come out, though others never do', () => {
  const inFlight = new InFlight();
  for (const time of [0, 50, 100, 150]) inFlight.admit(at(time), 0);
  inFlight.out(150.01);
  expect(inFlight.admit(at(600), 0)).toBe('show');
  inFlight.out(0);
  expect(inFlight.admit(at(1050), 0)).toBe('hide');
});
