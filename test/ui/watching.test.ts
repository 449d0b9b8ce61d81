import { watchWhileVisible } from '../../ui/watching.js';

/** A page that can be hidden, with a clock that the test moves. */
function open(visible = true, ask: () => Promise<unknown> = () => Promise.resolve()) {
  const world = { visible, asked: [] as boolean[], silences: 0, tick: undefined as (() => void) | undefined };
  let changed = (): void => undefined;
  const heard = watchWhileVisible({
    ask: (on) => {
      world.asked.push(on);
      return ask();
    },
    isVisible: () => world.visible,
    onVisibility: (listener) => {
      changed = listener;
    },
    repeat: (listener) => {
      world.tick = listener;
      return () => {
        world.tick = undefined;
      };
    },
    onSilence: () => world.silences++,
  });
  const show = (on: boolean): void => {
    world.visible = on;
    changed();
  };
  return { world, heard, show };
}

it('asks once for reports, and for none while it is not seen', () => {
  const { world, show } = open();
  expect(world.asked).toEqual([true]);
  show(false);
  expect(world.asked).toEqual([true, false]);
  expect(world.tick).toBeUndefined();
  show(true);
  expect(world.asked).toEqual([true, false, true]);
});

it('asks for none where it is opened unseen', () => {
  const { world } = open(false);
  expect(world).toMatchObject({ asked: [false], tick: undefined });
});

it('asks anew when reports stay away, and says so', () => {
  const { world, heard } = open();
  heard();
  world.tick?.();
  expect(world).toMatchObject({ asked: [true], silences: 0 });
  world.tick?.();
  expect(world).toMatchObject({ asked: [true, true], silences: 1 });
  heard();
  world.tick?.();
  expect(world).toMatchObject({ asked: [true, true], silences: 1 });
});

it('says at once that it cannot ask', async () => {
  const { world } = open(true, () => Promise.reject(new Error('offline')));
  await new Promise(setImmediate);
  expect(world.silences).toBe(1);
});
