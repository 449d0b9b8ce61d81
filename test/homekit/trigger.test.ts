import { createRequire } from 'node:module';
import type { HAP, PlatformAccessory, Service } from 'homebridge';
import type { Witness } from '../../src/camera/events/witness.js';
import { ALL_ON, type Modes } from '../../src/camera/modes/modes.js';
import { addTrigger, TRIGGER, type TriggeredCamera } from '../../src/homekit/trigger.js';
import { type Turn, type TurnedCamera, turnOf } from '../../src/homekit/trigger-turn.js';

const CALM: TurnedCamera = { trusted: false, cameraOn: true, allowed: true };

it.each<[on: boolean, camera: Partial<TurnedCamera>, turn: Turn]>([
  [true, {}, { says: 'begins', ends: false, on: 1000 }],
  [true, { trusted: true }, { says: 'begins', ends: true, on: 120_000 }],
  [true, { cameraOn: false }, { says: 'refused', why: 'off' }],
  [true, { cameraOn: false, trusted: true, allowed: false }, { says: 'refused', why: 'off' }],
  [true, { allowed: false }, { says: 'refused', why: 'flood' }],
  [true, { allowed: false, trusted: true }, { says: 'refused', why: 'flood' }],
  [false, {}, { says: 'nothing' }],
  [false, { cameraOn: false }, { says: 'nothing' }],
  [false, { trusted: true }, { says: 'over' }],
  [false, { trusted: true, allowed: false }, { says: 'over' }],
])('turned to %s, of a camera with %j, it says %j', (on, camera, turn) => {
  expect(turnOf(on, { ...CALM, ...camera })).toEqual(turn);
});

/** The HAP that a Homebridge gives to its plugins. */
function hapOf(homebridge: string, name: string): HAP {
  const fromHere = createRequire(import.meta.url);
  return createRequire(fromHere.resolve(homebridge))(name) as HAP;
}

/** HAP's own numbers (`HAPStatus`). */
const STATUS = { SERVICE_COMMUNICATION_FAILURE: -70402, RESOURCE_BUSY: -70403 } as const;

/** A camera's accessory, as the Home app writes to it. */
class Scene {
  readonly said: string[] = [];
  readonly heard: string[] = [];
  readonly warnings: unknown[] = [];
  readonly life = new AbortController();
  readonly accessory: PlatformAccessory;
  now = 0;
  /** What will be done by itself, and after how many milliseconds. */
  private readonly timers = new Set<{ readonly ms: number; readonly run: () => void }>();
  modes: Modes = ALL_ON.modes;
  private readonly listeners = new Set<(modes: Modes, before: Modes) => void>();

  constructor(
    readonly hap: HAP,
    { triggerSwitch = true, trust = false, name = 'Garden' } = {},
  ) {
    const accessory = new hap.Accessory('Garden', hap.uuid.generate('garden'));
    accessory.on(hap.AccessoryEventTypes.CHARACTERISTIC_WARNING, (warning) => this.warnings.push(warning));
    this.accessory = accessory as unknown as PlatformAccessory;
    const modes = (): Modes => this.modes;
    const camera: TriggeredCamera = {
      name,
      settings: {
        ...{ mqtt: { trust: !trust }, onvif: { trust: !trust }, homekit: { triggerSwitch, trust } },
        detect: { zones: [] },
      },
      modes: {
        get current() {
          return modes();
        },
        subscribe: (listener) => {
          this.listeners.add(listener);
          return () => void this.listeners.delete(listener);
        },
      },
      rings: undefined,
      detection: {
        candidate: (at, source) => void this.heard.push(`look ${at} for ${source}`),
        witness: ({ source, claim }: Witness) => {
          if (claim !== undefined) this.heard.push(`${source} claims ${claim.category} until ${claim.until}`);
          return undefined;
        },
        unclaim: (at, by) => void this.heard.push(`over ${at} for ${by.trim()}`),
      },
    };
    const say = (text: string): void => void this.said.push(text);
    addTrigger(hap, this.accessory, camera, { info: say, warn: say }, this.life.signal, {
      now: () => this.now,
      after: (ms, run) => {
        const timer = { ms, run };
        this.timers.add(timer);
        return () => void this.timers.delete(timer);
      },
    });
  }

  get service(): Service {
    const found = this.accessory.getServiceById(this.hap.Service.Switch, TRIGGER);
    if (found === undefined) throw new Error('there is no switch');
    return found;
  }

  get on(): boolean {
    return Boolean(this.service.getCharacteristic(this.hap.Characteristic.On).value);
  }

  get subscribed(): number {
    return this.listeners.size;
  }

  /** What the Home app shows; gives the status where it says that the switch does not respond. */
  read(): Promise<unknown> {
    const on = this.service.getCharacteristic(this.hap.Characteristic.On);
    return on.handleGetRequest({ phone: true } as never).then(Boolean, (status: unknown) => status);
  }

  /** What an automation writes; gives the status where it is refused. */
  turn(value: unknown): Promise<unknown> {
    const on = this.service.getCharacteristic(this.hap.Characteristic.On);
    return on.handleSetRequest(value as never, { phone: true } as never).then(
      () => undefined,
      (status: unknown) => status,
    );
  }

  change(change: Partial<Modes>): void {
    const before = this.modes;
    this.modes = { ...before, ...change };
    for (const listener of [...this.listeners]) listener(this.modes, before);
  }

  /** What was heard since it was asked for last. */
  take(): string[] {
    return this.heard.splice(0);
  }

  get waits(): number[] {
    return [...this.timers].map(({ ms }) => ms);
  }

  elapse(): void {
    const timers = [...this.timers];
    this.timers.clear();
    for (const { run } of timers) run();
  }
}

describe.each([
  ['Homebridge 2', hapOf('homebridge', '@homebridge/hap-nodejs')],
  ['Homebridge 1', hapOf('homebridge-1', 'hap-nodejs')],
])("the switch Motion Trigger in %s's HAP", (_, hap) => {
  it('has the camera’s name and its own, and is off at first', () => {
    const scene = new Scene(hap, { name: 'ö'.repeat(64) });
    const name = `${'ö'.repeat(49)} Motion Trigger`;
    const shown = scene.service.getCharacteristic(hap.Characteristic.ConfiguredName).value;
    expect([scene.service.displayName, shown, scene.on]).toEqual([name, name, false]);
    expect(scene.warnings).toEqual([]);
  });

  it('is not there where the settings do not ask for it', () => {
    const scene = new Scene(hap, { triggerSwitch: false });
    expect(scene.accessory.getServiceById(hap.Service.Switch, TRIGGER)).toBeUndefined();
    expect(scene.subscribed).toBe(0);
  });

  it('makes the hub look, each time that it is turned on, and goes off by itself', async () => {
    const scene = new Scene(hap);
    expect(await scene.turn(true)).toBeUndefined();
    expect([scene.take(), scene.on, scene.waits]).toEqual([['look 0 for homekit'], true, [1000]]);
    scene.now = 500;
    expect(await scene.turn(1)).toBeUndefined();
    expect(scene.take()).toEqual(['look 500 for homekit']);
    scene.elapse();
    expect(scene.on).toBe(false);
    await scene.turn(true);
    scene.take();
    expect(await scene.turn(false)).toBeUndefined();
    expect([scene.take(), scene.on, scene.waits]).toEqual([[], false, []]);
    expect(scene.warnings).toEqual([]);
  });

  it('is an event for as long as it is on, where it is trusted, but not for ever', async () => {
    const scene = new Scene(hap, { trust: true });
    await scene.turn(true);
    const begun = (at: number) => [`look ${at} for homekit`, `homekit claims motion until ${at + 120_000}`];
    expect([scene.take(), scene.on, scene.waits]).toEqual([begun(0), true, [120_000]]);
    scene.now = 4000;
    await scene.turn(false);
    expect([scene.take(), scene.on, scene.waits]).toEqual([['over 4000 for homekit'], false, []]);
    scene.now = 5000;
    await scene.turn(true);
    scene.now = 90_000;
    await scene.turn(true);
    expect(scene.take()).toEqual([...begun(5000), ...begun(90_000)]);
    scene.elapse();
    expect([scene.take(), scene.on]).toEqual([[], false]);
  });

  it.each([{ active: false }, { privacy: true }])('says nothing while the camera is %j', async (change) => {
    const scene = new Scene(hap, { trust: true });
    await scene.turn(true);
    scene.take();
    scene.change(change);
    expect([scene.on, scene.waits]).toEqual([false, []]);
    for (let nth = 0; nth < 30; nth++) expect(await scene.turn(true)).toBe(STATUS.SERVICE_COMMUNICATION_FAILURE);
    expect([await scene.read(), scene.waits]).toEqual([STATUS.SERVICE_COMMUNICATION_FAILURE, [1000]]);
    scene.elapse();
    expect(await scene.turn(false)).toBeUndefined();
    expect([scene.take(), await scene.read(), scene.waits]).toEqual([[], false, []]);
    const said = 'Garden: its switch Motion Trigger was turned on, and does nothing while the camera is off.';
    expect(scene.said).toEqual([said]);
    scene.change({ active: true, privacy: false });
    expect(await scene.turn(true)).toBeUndefined();
    expect(scene.take()).toHaveLength(2);
    scene.change(change);
    await scene.turn(true);
    expect(scene.said).toEqual([said, said]);
  });

  it('is not heard more often than a house has reason for, but for what is over', async () => {
    const scene = new Scene(hap, { trust: true });
    const statuses: unknown[] = [];
    for (let nth = 0; nth < 22; nth++) statuses.push(await scene.turn(true));
    expect(statuses).toEqual([...Array<undefined>(20), STATUS.RESOURCE_BUSY, STATUS.RESOURCE_BUSY]);
    expect([scene.take().length, scene.waits]).toEqual([40, [120_000, 1000]]);
    expect(await scene.turn(false)).toBeUndefined();
    expect(scene.take()).toEqual(['over 0 for homekit']);
    scene.now = 200;
    expect([await scene.turn(true), await scene.turn(true)]).toEqual([undefined, STATUS.RESOURCE_BUSY]);
    expect(scene.said).toEqual([expect.stringMatching(/^Garden: .* is turned on too often: .* See the automations/)]);
  });

  it('follows nothing after the end', async () => {
    const scene = new Scene(hap);
    await scene.turn(true);
    scene.change({ privacy: true });
    await scene.turn(true);
    scene.life.abort();
    expect([scene.subscribed, scene.waits]).toEqual([0, []]);
  });
});
