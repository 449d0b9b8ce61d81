import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import type {
  CameraController,
  CameraRecordingDelegate,
  Characteristic,
  HAP,
  PlatformAccessory,
  Service,
  WithUUID,
} from 'homebridge';
import { CameraModes } from '../../../src/camera/modes/camera-modes.js';
import { ALL_ON, type Modes } from '../../../src/camera/modes/modes.js';
import { StreamingDelegate } from '../../../src/homekit/live/delegate.js';
import { addOperatingMode } from '../../../src/homekit/modes/operating-mode.js';
import { addSwitches } from '../../../src/homekit/modes/switches.js';
import { recordingOptions } from '../../../src/homekit/recording/options.js';

/** The HAP that a Homebridge gives to its plugins. */
function hapOf(homebridge: string, name: string): HAP {
  const fromHere = createRequire(import.meta.url);
  return createRequire(fromHere.resolve(homebridge))(name) as HAP;
}

interface Wishes {
  readonly record?: boolean;
  readonly privacySwitch?: boolean;
  readonly detectionSwitch?: boolean;
  readonly name?: string;
}

type Type = WithUUID<new () => Characteristic>;

/** HAP's own numbers (`HAPStatus`). */
const STATUS = { INSUFFICIENT_PRIVILEGES: -70401, NOT_ALLOWED_IN_CURRENT_STATE: -70412 } as const;
const PICTURE = Buffer.from('picture');
const UNUSED: CameraRecordingDelegate = {
  updateRecordingActive: () => undefined,
  updateRecordingConfiguration: () => undefined,
  handleRecordingStreamRequest: () => {
    throw new Error('nothing is recorded here');
  },
  closeRecordingStream: () => undefined,
};

/** A camera's accessory, as HomeKit sees its switches. */
class Scene {
  readonly warnings: unknown[] = [];
  readonly life = new AbortController();
  readonly accessory: PlatformAccessory;
  readonly controller: CameraController;

  constructor(
    readonly hap: HAP,
    readonly modes: CameraModes,
    { record = false, privacySwitch = false, detectionSwitch = false, name = 'Garden' }: Wishes,
  ) {
    const accessory = new hap.Accessory('Garden', hap.uuid.generate('garden'));
    accessory.on(hap.AccessoryEventTypes.CHARACTERISTIC_WARNING, (warning) => this.warnings.push(warning));
    this.accessory = accessory as unknown as PlatformAccessory;
    const pictures = { picture: () => Promise.resolve(PICTURE) };
    this.controller = new hap.CameraController({
      cameraStreamCount: 1,
      delegate: new StreamingDelegate({ hap, camera: { modes, pictures } as never } as never),
      streamingOptions: {
        supportedCryptoSuites: [hap.SRTPCryptoSuites.NONE],
        video: {
          codec: { levels: [hap.H264Level.LEVEL3_1], profiles: [hap.H264Profile.BASELINE] },
          resolutions: [[640, 360, 30]],
        },
      },
      ...(record && { recording: { options: recordingOptions(hap), delegate: UNUSED } }),
    });
    accessory.configureController(this.controller);
    const camera = { name, settings: { privacySwitch, detectionSwitch }, modes };
    addOperatingMode(hap, this.accessory, camera, this.life.signal);
    addSwitches(hap, this.accessory, camera, this.life.signal);
  }

  get mode(): Service {
    const { UUID } = this.hap.Service.CameraOperatingMode;
    const [found, ...others] = this.accessory.services.filter((service) => service.UUID === UUID);
    if (found === undefined || others.length > 0) throw new Error('there is not one operating mode');
    return found;
  }

  /** What HomeKit reads. */
  shown(): unknown[] {
    const { HomeKitCameraActive, EventSnapshotsActive, PeriodicSnapshotsActive, CameraOperatingModeIndicator } =
      this.hap.Characteristic;
    return [HomeKitCameraActive, EventSnapshotsActive, PeriodicSnapshotsActive, CameraOperatingModeIndicator].map(
      (type) => Number(this.mode.getCharacteristic(type).value),
    );
  }

  /** What a phone writes. */
  async write(type: Type, value: unknown, service = this.mode): Promise<void> {
    await service.getCharacteristic(type).handleSetRequest(value as never, { phone: true } as never);
  }

  switch(subtype: string): Service {
    const found = this.accessory.getServiceById(this.hap.Service.Switch, subtype);
    if (found === undefined) throw new Error(`no switch ${subtype}`);
    return found;
  }

  /** How a request for a picture is answered: a status, or nothing where there is one. */
  picture(reason?: number): Promise<unknown> {
    return this.controller.handleSnapshotRequest(360, 640, 'Garden', reason as never).then(
      () => undefined,
      (status: unknown) => status,
    );
  }
}

describe.each([
  ['Homebridge 2', hapOf('homebridge', '@homebridge/hap-nodejs')],
  ['Homebridge 1', hapOf('homebridge-1', 'hap-nodejs')],
])("switches in %s's HAP", (_, hap) => {
  const C = hap.Characteristic;
  let folder: string;
  const opened: CameraModes[] = [];
  const scenes: Scene[] = [];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lookout-modes-'));
  });
  afterEach(async () => {
    for (const { life } of scenes.splice(0)) life.abort();
    await Promise.all(opened.splice(0).map((modes) => modes.close()));
    await rm(folder, { recursive: true });
  });

  const scene = async (wishes: Wishes = {}, change: Partial<Modes> = {}): Promise<Scene> => {
    const modes = await CameraModes.open({
      folder,
      camera: { id: 'garden', name: 'Garden' },
      switches: { privacySwitch: true, detectionSwitch: true },
      wallclock: Date.now,
      log: { warn: () => undefined },
    });
    opened.push(modes);
    modes.change(change);
    const made = new Scene(hap, modes, wishes);
    scenes.push(made);
    return made;
  };

  describe.each([{ record: true }, { record: false }])('of a camera with %j', (wishes) => {
    it('say how the camera is', async () => {
      const { modes, ...shown } = await scene(wishes);
      expect(modes.current).toEqual(ALL_ON.modes);
      expect((await scene(wishes)).shown()).toEqual([1, 1, 1, 1]);
      expect((await scene(wishes, { active: false, periodicSnapshots: false })).shown()).toEqual([0, 1, 0, 1]);
      expect(shown.warnings).toEqual([]);
    });

    it.each<[string, keyof Modes, at: number]>([
      ['HomeKitCameraActive', 'active', 0],
      ['EventSnapshotsActive', 'eventSnapshots', 1],
      ['PeriodicSnapshotsActive', 'periodicSnapshots', 2],
      ['CameraOperatingModeIndicator', 'indicator', 3],
    ])('take %s from whoever writes it, and show what others change', async (name, mode, at) => {
      const garden = await scene(wishes);
      const type = (C as unknown as Record<string, Type>)[name];
      if (type === undefined) throw new Error(`no ${name}`);
      await garden.write(type, mode === 'indicator' ? false : 0);
      expect(garden.modes.current).toEqual({ ...ALL_ON.modes, [mode]: false });
      garden.modes.change({ [mode]: true });
      expect(garden.shown()).toEqual([1, 1, 1, 1]);
      garden.modes.change({ [mode]: false });
      expect(garden.shown()[at]).toBe(0);
      expect(garden.warnings).toEqual([]);
    });

    it('are put back when HAP-NodeJS restores what is older', async () => {
      const garden = await scene(wishes, { active: false });
      garden.mode.updateCharacteristic(C.HomeKitCameraActive, true);
      expect([garden.modes.current.active, garden.shown()]).toEqual([false, [0, 1, 1, 1]]);
    });

    it('are what HAP-NodeJS restores where nobody else knows', async () => {
      const garden = await scene(wishes);
      garden.mode.updateCharacteristic(C.HomeKitCameraActive, false);
      expect([garden.modes.current.active, garden.shown()]).toEqual([false, [0, 1, 1, 1]]);
    });

    it.each<[Partial<Modes>, ...answers: (keyof typeof STATUS | undefined)[]]>([
      [{}, undefined, undefined, undefined],
      [{ eventSnapshots: false }, 'INSUFFICIENT_PRIVILEGES', undefined, 'NOT_ALLOWED_IN_CURRENT_STATE'],
      [{ periodicSnapshots: false }, 'INSUFFICIENT_PRIVILEGES', 'NOT_ALLOWED_IN_CURRENT_STATE', undefined],
      [
        { eventSnapshots: false, periodicSnapshots: false },
        'INSUFFICIENT_PRIVILEGES',
        'NOT_ALLOWED_IN_CURRENT_STATE',
        'NOT_ALLOWED_IN_CURRENT_STATE',
      ],
    ])('with %j decide on pictures for nothing, a tile and an event', async (change, ...answers) => {
      const garden = await scene(wishes, change);
      const statuses = answers.map((answer) => answer && STATUS[answer]);
      expect([await garden.picture(), await garden.picture(0), await garden.picture(1)]).toEqual(statuses);
    });

    it('survive whatever is written, in any order', async () => {
      const garden = await scene({ ...wishes, privacySwitch: true, detectionSwitch: true });
      const { mode } = garden;
      const places: [Type, Service][] = [
        [C.HomeKitCameraActive, mode],
        [C.EventSnapshotsActive, mode],
        [C.PeriodicSnapshotsActive, mode],
        [C.CameraOperatingModeIndicator, mode],
        [C.ManuallyDisabled, mode],
        [C.On, garden.switch('privacy')],
        [C.On, garden.switch('detection')],
      ];
      const value = fc.oneof(fc.constantFrom(0, 1, true, false), fc.jsonValue(), fc.constant(undefined));
      const writes = fc.array(fc.tuple(fc.constantFrom(...places), value, fc.boolean()), { maxLength: 30 });
      await fc.assert(
        fc.asyncProperty(writes, async (all) => {
          for (const [[type, service], written, byHap] of all) {
            if (byHap) service.updateCharacteristic(type, written as never);
            else await garden.write(type, written, service).catch(() => undefined);
          }
          expect(Object.values(garden.modes.current).filter((each) => typeof each !== 'boolean')).toEqual([]);
          const { active, eventSnapshots, periodicSnapshots, indicator } = garden.modes.current;
          expect(garden.shown()).toEqual([active, eventSnapshots, periodicSnapshots, indicator].map(Number));
        }),
        { numRuns: 50 },
      );
    });
  });

  it('are no more than the settings ask for', async () => {
    const garden = await scene();
    expect(garden.accessory.services.filter(({ UUID }) => UUID === hap.Service.Switch.UUID)).toEqual([]);
    expect(garden.mode.testCharacteristic(C.ManuallyDisabled)).toBe(false);
  });

  it('for privacy and detection have names of their own, and do what they say', async () => {
    const garden = await scene({ privacySwitch: true, detectionSwitch: true }, { detection: false });
    const [privacy, detection] = [garden.switch('privacy'), garden.switch('detection')];
    const named = [privacy, detection].map((each) => [
      each.displayName,
      each.getCharacteristic(C.ConfiguredName).value,
    ]);
    expect(named).toEqual([
      ['Garden Privacy', 'Garden Privacy'],
      ['Garden Detection', 'Garden Detection'],
    ]);
    const shown = (): unknown[] => [
      Number(privacy.getCharacteristic(C.On).value),
      Number(garden.mode.getCharacteristic(C.ManuallyDisabled).value),
      Number(detection.getCharacteristic(C.On).value),
    ];
    expect(shown()).toEqual([0, 0, 0]);
    await garden.write(C.On, true, privacy);
    await garden.write(C.On, true, detection);
    expect([shown(), garden.modes.current]).toEqual([[1, 1, 1], { ...ALL_ON.modes, privacy: true }]);
    garden.modes.change({ privacy: false, detection: false });
    expect(shown()).toEqual([0, 0, 0]);
    expect(garden.warnings).toEqual([]);
  });

  it('have whole names, however long the camera’s is', async () => {
    const garden = await scene({ privacySwitch: true, name: 'ö'.repeat(64) });
    expect(garden.switch('privacy').displayName).toBe(`${'ö'.repeat(50)} Privacy`);
    expect(garden.warnings).toEqual([]);
  });

  it('follow nothing after the end', async () => {
    const garden = await scene({ privacySwitch: true });
    garden.life.abort();
    garden.modes.change({ active: false, privacy: true });
    expect(garden.shown()).toEqual([1, 1, 1, 1]);
    expect(garden.switch('privacy').getCharacteristic(C.On).value).toBe(false);
  });
});
