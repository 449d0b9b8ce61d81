import { quietHours } from '../../../src/camera/events/quiet.js';

it('reads quiet hours as minutes of the day', () => {
  expect(
    quietHours([
      { from: '22:00', to: '06:30' },
      { from: '00:00', to: '23:59' },
    ]),
  ).toEqual([
    { from: 1320, to: 390 },
    { from: 0, to: 1439 },
  ]);
});
