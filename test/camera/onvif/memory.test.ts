import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { deviceOf, openMemory, textOf } from '../../../src/camera/onvif/memory.js';
import type { KnownDevice } from '../../../src/camera/onvif/state.js';

const DEVICE: KnownDevice = {
  information: { maker: 'Acme', model: undefined, firmware: '1.0' },
  offers: { events: true, presets: false, nightVision: true, backchannel: false },
};

describe('what a camera could do', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lookout-onvif-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('is known after a restart', async () => {
    const memory = await openMemory(folder, 'yard');
    expect(memory.known).toBeUndefined();
    await memory.keep(DEVICE);
    await memory.keep(DEVICE);
    expect((await openMemory(folder, 'yard')).known).toEqual(DEVICE);
    expect((await openMemory(folder, 'door')).known).toBeUndefined();
  });

  it('is not known where it cannot be read, and may be where it cannot be kept', async () => {
    await mkdir(join(folder, 'onvif'));
    await writeFile(join(folder, 'onvif', 'yard.json'), '{ "version": 1,');
    const memory = await openMemory(folder, 'yard');
    expect(memory.known).toBeUndefined();
    await writeFile(join(folder, 'file'), '');
    await (await openMemory(join(folder, 'file'), 'yard')).keep(DEVICE);
  });
});

it.each(['', 'null', '[]', '{}', '{"version":2}', '{"version":1,"events":1}', 'x'])('is not known from %j', (text) => {
  expect(deviceOf(text)).toBeUndefined();
});

it('is what was written, however long the camera’s names are', () => {
  const name = fc.option(fc.string({ unit: 'binary', maxLength: 500 }), { nil: undefined });
  fc.assert(
    fc.property(name, name, fc.boolean(), (maker, model, nightVision) => {
      const offers = { ...DEVICE.offers, nightVision };
      const read = deviceOf(textOf({ information: { maker, model, firmware: undefined }, offers }));
      expect([read?.information.maker, read?.information.model]).toEqual([maker?.slice(0, 200), model?.slice(0, 200)]);
      expect(read?.offers).toEqual(offers);
    }),
  );
});
