import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CameraModes, type CameraModesOptions } from '../../../src/camera/modes/camera-modes.js';
import { ALL_ON, modesText, switched } from '../../../src/camera/modes/modes.js';

describe('CameraModes', () => {
  let folder: string;
  let warnings: string[];
  let clock: number;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lookout-modes-'));
    warnings = [];
    clock = 1000;
  });
  afterEach(() => rm(folder, { recursive: true }));

  const open = (options: Partial<CameraModesOptions> = {}): Promise<CameraModes> =>
    CameraModes.open({
      folder,
      camera: { id: 'porch', name: 'Porch' },
      switches: { privacySwitch: true, detectionSwitch: true },
      wallclock: () => clock,
      log: { warn: (message) => warnings.push(message) },
      ...options,
    });

  it('are all on at first, and in no file', async () => {
    const modes = await open();
    expect([modes.current, modes.offSince, modes.known]).toEqual([ALL_ON.modes, undefined, false]);
    await modes.close();
    expect(await readdir(folder)).toEqual([]);
    expect(warnings).toEqual([]);
  });

  it('tell at once, of changes only, and are there again after a restart', async () => {
    const modes = await open();
    const told: [active: boolean, before: boolean][] = [];
    const end = modes.subscribe(({ active }, before) => told.push([active, before.active]));
    modes.change({ active: true });
    modes.change({ active: false });
    clock = 2000;
    modes.change({ active: false });
    expect([told, modes.known]).toEqual([[[false, true]], true]);
    end();
    modes.change({ detection: false });
    expect(told).toHaveLength(1);
    await modes.close();
    clock = 3000;
    const again = await open();
    expect(again.current).toEqual({ ...ALL_ON.modes, active: false, detection: false });
    expect([again.offSince, again.known]).toEqual([1000, true]);
    expect(await readdir(join(folder, 'modes'))).toEqual(['porch.json']);
  });

  it('have the last of many changes in the file', async () => {
    const modes = await open();
    for (let nth = 0; nth < 101; nth++) modes.change({ privacy: nth % 2 === 0, indicator: nth % 3 === 0 });
    await modes.close();
    expect((await open()).current).toEqual({ ...ALL_ON.modes, privacy: true, indicator: false });
  });

  it('forget what a switch said that is gone', async () => {
    const modes = await open();
    modes.change({ privacy: true, detection: false });
    await modes.close();
    const without = await open({ switches: { privacySwitch: false, detectionSwitch: false } });
    expect([without.current, without.offSince]).toEqual([ALL_ON.modes, undefined]);
  });

  it.each<[string, string | undefined]>([
    ['half a file', modesText(switched(ALL_ON, { privacy: true }, 0)).slice(0, 40)],
    ['a file without end', ' '.repeat(20_000) + modesText(ALL_ON)],
    ['a folder in its place', undefined],
  ])('are off where there is %s, which is said', async (_, text) => {
    const path = join(folder, 'modes', 'porch.json');
    await mkdir(text === undefined ? path : join(folder, 'modes'), { recursive: true });
    if (text !== undefined) await writeFile(path, text);
    const modes = await open();
    expect(modes.current).toEqual({ ...ALL_ON.modes, active: false });
    expect([modes.offSince, modes.known]).toEqual([1000, false]);
    expect(warnings).toEqual([expect.stringMatching(/^Porch: whether it was switched off cannot be read \(/)]);
  });

  it('go on where they cannot be written, say so once, and try again', async () => {
    const modes = await open({ folder: join(folder, 'none') });
    await writeFile(join(folder, 'none'), '');
    modes.change({ active: false });
    modes.change({ privacy: true });
    await modes.close();
    expect(modes.current).toEqual({ ...ALL_ON.modes, active: false, privacy: true });
    expect(warnings).toEqual([
      expect.stringMatching(/^Porch: how it is switched cannot be kept over a restart \(E[A-Z]+\)\./),
    ]);
    await rm(join(folder, 'none'));
    await modes.close();
    expect(JSON.parse(await readFile(join(folder, 'none', 'modes', 'porch.json'), 'utf8'))).toMatchObject({
      active: false,
      privacy: true,
    });
  });
});
