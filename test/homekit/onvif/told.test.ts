import { createRequire } from 'node:module';
import type { HAP, PlatformAccessory, Service } from 'homebridge';
import { addNightVision, type ToldCamera } from '../../../src/homekit/onvif/night-vision.js';
import { addPresets, presetSubtypes } from '../../../src/homekit/onvif/presets.js';

/** The HAP that a Homebridge gives to its plugins. */
function hapOf(homebridge: string, name: string): HAP {
  const fromHere = createRequire(import.meta.url);
  return createRequire(fromHere.resolve(homebridge))(name) as HAP;
}

/** HAP's own number (`HAPStatus.SERVICE_COMMUNICATION_FAILURE`). */
const FAILURE = -70402;

const OFFERS = { events: true, presets: true, nightVision: true, backchannel: false };

/** A camera's accessory, and a camera that does as it is told, or not. */
class Scene {
  readonly said: string[] = [];
  readonly told: string[] = [];
  readonly warnings: unknown[] = [];
  readonly life = new AbortController();
  readonly accessory: PlatformAccessory;
  trouble: string | undefined;
  nightVision = true;
  resume: () => void = () => undefined;
  private readonly listeners = new Set<() => void>();
  readonly camera = {
    connected: false,
    offers: undefined as typeof OFFERS | undefined,
    subscribe: (listener: () => void) => {
      this.listeners.add(listener);
      return () => void this.listeners.delete(listener);
    },
    nightVision: () => Promise.resolve(this.nightVision),
    setNightVision: (on: boolean) => this.answer(`night vision ${on}`),
    goTo: (preset: string) => this.answer(preset),
  };

  constructor(
    readonly hap: HAP,
    presets: readonly string[] = [],
    offers?: typeof OFFERS,
  ) {
    this.camera.offers = offers;
    const accessory = new hap.Accessory('Garden', hap.uuid.generate('garden'));
    accessory.on(hap.AccessoryEventTypes.CHARACTERISTIC_WARNING, (warning) => this.warnings.push(warning));
    this.accessory = accessory as unknown as PlatformAccessory;
    this.accessory.addService(hap.Service.CameraOperatingMode, '', '');
    const told: ToldCamera = { name: 'Garden', settings: { onvif: { presets } }, onvif: this.camera };
    const log = { warn: (text: string) => void this.said.push(text) };
    addNightVision(hap, this.accessory, told, log, this.life.signal);
    addPresets(hap, this.accessory, told, log, this.life.signal, (_, run) => {
      this.resume = run;
      return () => {
        this.resume = () => undefined;
      };
    });
  }

  private async answer(what: string): Promise<void> {
    await Promise.resolve();
    if (this.trouble !== undefined) throw new Error(this.trouble);
    this.told.push(what);
  }

  get mode(): Service {
    const found = this.accessory.getService(this.hap.Service.CameraOperatingMode);
    if (found === undefined) throw new Error('no operating mode');
    return found;
  }

  get switches(): Service[] {
    return this.accessory.services.filter(({ UUID }) => UUID === this.hap.Service.Switch.UUID);
  }

  async connect(connected: boolean): Promise<void> {
    this.camera.connected = connected;
    for (const listener of [...this.listeners]) listener();
    await new Promise((resolve) => setImmediate(resolve));
  }

  /** What a phone writes; gives the status where it is refused. */
  write(service: Service | undefined, type: 'NightVision' | 'On', value: unknown): Promise<unknown> {
    const characteristic = service?.getCharacteristic(this.hap.Characteristic[type]);
    if (characteristic === undefined) throw new Error('no such switch');
    return characteristic.handleSetRequest(value as never, { phone: true } as never).then(
      () => undefined,
      (status: unknown) => status,
    );
  }

  on(service: Service | undefined): unknown {
    return Number(service?.getCharacteristic(this.hap.Characteristic.On).value);
  }
}

describe.each([
  ['Homebridge 2', hapOf('homebridge', '@homebridge/hap-nodejs')],
  ['Homebridge 1', hapOf('homebridge-1', 'hap-nodejs')],
])("what a camera is told in %s's HAP", (_, hap) => {
  const { NightVision, ConfiguredName } = hap.Characteristic;

  it('is night vision, once the camera is known to have it', async () => {
    const scene = new Scene(hap);
    const has = (): boolean => scene.mode.testCharacteristic(NightVision);
    const shown = (): unknown => Boolean(scene.mode.getCharacteristic(NightVision).value);
    expect(has()).toBe(false);
    scene.camera.offers = { ...OFFERS, nightVision: false };
    await scene.connect(true);
    expect(has()).toBe(false);
    await scene.connect(false);
    scene.camera.offers = OFFERS;
    await scene.connect(true);
    expect([has(), shown()]).toEqual([true, true]);
    expect(await scene.write(scene.mode, 'NightVision', false)).toBeUndefined();
    expect([scene.told, shown()]).toEqual([['night vision false'], false]);
    // As somebody has switched it in the camera meanwhile.
    await scene.connect(false);
    expect(has()).toBe(true);
    await scene.connect(true);
    expect(shown()).toBe(true);
    scene.trouble = 'It did not answer in time.';
    expect(await scene.write(scene.mode, 'NightVision', 0)).toBe(FAILURE);
    expect([shown(), scene.said]).toEqual([
      true,
      ['Garden: its night vision could not be switched. It did not answer in time.'],
    ]);
    expect(scene.warnings).toEqual([]);
  });

  it('is night vision at once, where the camera had it before the restart', async () => {
    const scene = new Scene(hap, [], OFFERS);
    expect(scene.mode.testCharacteristic(NightVision)).toBe(true);
    await scene.connect(true);
    expect(Boolean(scene.mode.getCharacteristic(NightVision).value)).toBe(true);
    expect(scene.warnings).toEqual([]);
  });

  it('are presets, whose switches go off by themselves', async () => {
    const scene = new Scene(hap, ['Gate', 'Door', 'gate']);
    expect(scene.switches.map((each) => each.getCharacteristic(ConfiguredName).value)).toEqual(['Gate', 'Door']);
    const [gate, door] = scene.switches;
    expect(await scene.write(gate, 'On', true)).toBeUndefined();
    expect([scene.told, scene.on(gate), scene.on(door)]).toEqual([['Gate'], 1, 0]);
    scene.resume();
    expect(scene.on(gate)).toBe(0);
    expect(await scene.write(gate, 'On', false)).toBeUndefined();
    scene.trouble = 'It has no preset “Door”. It has “Gate”.';
    expect(await scene.write(door, 'On', true)).toBe(FAILURE);
    expect([scene.told, scene.on(door), scene.said]).toEqual([
      ['Gate'],
      0,
      ['Garden: it did not go to its preset “Door”. It has no preset “Door”. It has “Gate”.'],
    ]);
    const read = (): Promise<unknown> | undefined =>
      door?.getCharacteristic(hap.Characteristic.On).handleGetRequest({ phone: true } as never);
    await expect(read()).rejects.toBe(FAILURE);
    scene.resume();
    expect(Number(await read())).toBe(0);
    expect(scene.warnings).toEqual([]);
  });

  it('is nothing where the camera is not asked', () => {
    const scene = new Scene(hap);
    expect([scene.switches, scene.mode.testCharacteristic(NightVision)]).toEqual([[], false]);
  });
});

it('knows presets by their names', () => {
  expect([...presetSubtypes(['Gate', 'Haustür', 'GATE', '门'])]).toEqual([
    ['preset:gate', 'Gate'],
    ['preset:haustur', 'Haustür'],
    [expect.stringMatching(/^preset:camera-[\da-f]{8}$/), '门'],
  ]);
});
