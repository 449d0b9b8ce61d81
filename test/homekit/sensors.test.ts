import { createRequire } from 'node:module';
import type { HAP, PlatformAccessory, Service } from 'homebridge';
import type { FeedListener, FeedState } from '../../src/camera/feed/feed.js';
import type { StoredEvent } from '../../src/events/event.js';
import type { EventPhase, SensedEvent } from '../../src/homekit/motion-state.js';
import type { EventNews, WatchedCamera } from '../../src/homekit/sensor.js';
import { addSensors } from '../../src/homekit/sensors.js';
import { zoneSubtypes } from '../../src/homekit/zone-sensors.js';
import { readSettings } from '../../src/settings/settings.js';
import { FakeClock } from '../media/rtp/fake-clock.js';

/** The HAP that a Homebridge gives to its plugins. */
function hapOf(homebridge: string, name: string): HAP {
  const fromHere = createRequire(import.meta.url);
  return createRequire(fromHere.resolve(homebridge))(name) as HAP;
}

const POLYGON = [
  [0, 0],
  [1, 0],
  [1, 1],
];
const ONLINE: FeedState = { kind: 'online', since: 0 };
const OFFLINE: FeedState = { kind: 'offline', since: 0, failure: 'unreachable', reason: 'it does not answer' };

/** A camera in the test's hands, as HomeKit sees it. */
class Scene {
  readonly clock = new FakeClock();
  readonly accessory: PlatformAccessory;
  readonly warnings: unknown[] = [];
  readonly #life = new AbortController();
  readonly #feed = new Set<FeedListener>();
  readonly #news = new Set<Parameters<EventNews['subscribe']>[0]>();
  readonly #detection = new Set<() => void>();
  #state: FeedState = { kind: 'connecting', since: 0 };
  #active = true;

  constructor(
    readonly hap: HAP,
    zones: readonly object[] = [],
  ) {
    const { settings, problems } = readSettings({
      cameras: [
        {
          name: 'Garden',
          source: '/clip.mp4',
          detect: { zones: zones.map((zone) => ({ polygon: POLYGON, ...zone })) },
        },
      ],
    });
    expect(problems).toEqual([]);
    const [camera] = settings.cameras;
    if (camera === undefined) throw new Error('no camera');
    const accessory = new hap.Accessory('Garden', hap.uuid.generate('garden'));
    accessory.on(hap.AccessoryEventTypes.CHARACTERISTIC_WARNING, (warning) => this.warnings.push(warning));
    this.accessory = accessory as unknown as PlatformAccessory;
    const motion = addSensors(hap, this.accessory, this.#camera(camera), this.#life.signal, {
      clock: this.clock,
      after: this.clock.after,
    });
    accessory.configureController(
      new hap.CameraController({
        cameraStreamCount: 1,
        delegate: {} as never,
        streamingOptions: {
          supportedCryptoSuites: [hap.SRTPCryptoSuites.NONE],
          video: {
            codec: { levels: [hap.H264Level.LEVEL3_1], profiles: [hap.H264Profile.BASELINE] },
            resolutions: [[640, 360, 30]],
          },
        },
        sensors: { motion },
      }),
    );
  }

  #camera({ name, detect }: ReturnType<typeof readSettings>['settings']['cameras'][number]): WatchedCamera {
    const subscribe = <T>(listeners: Set<T>, listener: T) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    };
    const state = () => this.#state;
    const active = () => this.#active;
    return {
      name,
      settings: { detect },
      main: {
        get state() {
          return state();
        },
        subscribe: (listener) => subscribe(this.#feed, listener),
      },
      events: { subscribe: (listener) => subscribe(this.#news, listener) },
      detection: {
        get active() {
          return active();
        },
        subscribe: (listener) => subscribe(this.#detection, listener),
      },
    };
  }

  feed(state: FeedState): void {
    this.#state = state;
    for (const listener of [...this.#feed]) listener.state?.(state);
  }

  detection(active: boolean): void {
    this.#active = active;
    for (const listener of [...this.#detection]) listener();
  }

  event(phase: EventPhase, fields: Partial<SensedEvent> = {}): void {
    const event: SensedEvent = { id: 'a', zones: [], heldBack: undefined, end: this.clock.wallclock(), ...fields };
    for (const listener of [...this.#news]) listener.event(phase, event as StoredEvent);
  }

  end(): void {
    this.#life.abort();
  }

  get subscriptions(): number {
    return this.#feed.size + this.#news.size + this.#detection.size;
  }

  /** The camera's sensor, or a zone's. */
  sensor(subtype = 'motion'): Service {
    const service = this.accessory.services.find((each) => each.subtype === subtype);
    if (service === undefined) throw new Error(`no sensor ${subtype}`);
    return service;
  }

  /** What HomeKit shows of it. */
  shown(subtype?: string): unknown {
    const { Characteristic: C } = this.hap;
    const service = this.sensor(subtype);
    const value = (type: typeof C.MotionDetected | typeof C.OccupancyDetected): unknown =>
      service.testCharacteristic(type) ? service.getCharacteristic(type).value : undefined;
    return {
      on: value(C.MotionDetected) ?? value(C.OccupancyDetected),
      active: value(C.StatusActive),
      fault: value(C.StatusFault),
    };
  }
}

describe.each([
  ['Homebridge 2', hapOf('homebridge', '@homebridge/hap-nodejs')],
  ['Homebridge 1', hapOf('homebridge-1', 'hap-nodejs')],
])("sensors in %s's HAP", (_, hap) => {
  it('show whether they can be relied upon', () => {
    const scene = new Scene(hap);
    const states = [scene.shown()];
    const after = (change: () => void): void => {
      change();
      states.push(scene.shown());
    };
    after(() => {
      scene.feed(ONLINE);
    });
    after(() => {
      scene.detection(false);
    });
    after(() => {
      scene.feed(OFFLINE);
    });
    after(() => {
      scene.detection(true);
    });
    after(() => {
      scene.feed(ONLINE);
    });
    after(() => {
      scene.feed({ kind: 'off', since: 0 });
    });
    expect(states).toEqual([
      { on: false, active: false, fault: 0 },
      { on: false, active: true, fault: 0 },
      { on: false, active: false, fault: 0 },
      { on: false, active: false, fault: 1 },
      { on: false, active: false, fault: 1 },
      { on: false, active: true, fault: 0 },
      { on: false, active: false, fault: 0 },
    ]);
  });

  it('stay inactive whatever HAP makes of them when it restores its state', () => {
    const scene = new Scene(hap);
    const { StatusActive } = hap.Characteristic;
    scene.sensor().setCharacteristic(StatusActive, true);
    expect(scene.shown()).toMatchObject({ active: false });
    scene.feed(ONLINE);
    expect(scene.shown()).toMatchObject({ active: true });
    scene.sensor().setCharacteristic(StatusActive, false);
    expect(scene.shown()).toMatchObject({ active: false });
  });

  it('are on while something alerts, and until the hold is over', () => {
    const scene = new Scene(hap);
    scene.feed(ONLINE);
    scene.event('start', { heldBack: 'quiet-hours' });
    expect(scene.shown()).toMatchObject({ on: false });
    scene.event('start', { id: 'b' });
    expect(scene.shown()).toEqual({ on: true, active: true, fault: 0 });
    scene.event('end', { id: 'b' });
    scene.clock.advance(9_999);
    expect(scene.shown()).toMatchObject({ on: true });
    scene.clock.advance(1);
    expect(scene.shown()).toMatchObject({ on: false });
  });

  it.each<[name: string, change: (scene: Scene) => void]>([
    [
      'the camera',
      (scene) => {
        scene.feed(OFFLINE);
      },
    ],
    [
      'detection',
      (scene) => {
        scene.detection(false);
      },
    ],
  ])('go off at once with %s', (__, change) => {
    const scene = new Scene(hap, [{ name: 'Porch', sensor: 'occupancy' }]);
    scene.feed(ONLINE);
    scene.event('start', { zones: ['Porch'] });
    expect([scene.shown(), scene.shown('zone:porch')]).toMatchObject([{ on: true }, { on: 1 }]);
    change(scene);
    expect([scene.shown(), scene.shown('zone:porch')]).toMatchObject([
      { on: false, active: false },
      { on: 0, active: false },
    ]);
  });

  it('are there for the zones that ask for one, by their names', () => {
    const scene = new Scene(hap, [
      { name: 'Porch', sensor: true },
      { name: 'Einfahrt (Süd)', sensor: 'occupancy' },
      { name: '📷', sensor: 'motion' },
      { name: 'porch!', sensor: 'motion' },
      { name: 'Yard' },
      { name: 'Street', purpose: 'ignore' },
      { name: 'Neighbour', purpose: 'mask' },
    ]);
    const { ConfiguredName } = hap.Characteristic;
    const { MotionSensor, OccupancySensor } = hap.Service;
    const found = scene.accessory.services
      .filter(({ UUID }) => UUID === MotionSensor.UUID || UUID === OccupancySensor.UUID)
      .map((service) => [
        service.subtype,
        service.UUID === MotionSensor.UUID ? 'motion' : 'occupancy',
        service.displayName,
        service.testCharacteristic(ConfiguredName) ? service.getCharacteristic(ConfiguredName).value : undefined,
      ]);
    expect(found).toEqual([
      ['motion', 'motion', 'Garden Motion', undefined],
      ['zone:porch', 'motion', 'Porch', 'Porch'],
      ['zone:einfahrt-sud', 'occupancy', 'Einfahrt (Süd', 'Einfahrt (Süd'],
      [expect.stringMatching(/^zone:camera-[\da-f]{8}$/), 'motion', 'Zone', 'Zone'],
      ['zone:porch-2', 'motion', 'porch', 'porch'],
    ]);
    expect(scene.warnings).toEqual([]);
  });

  it('are on for events with their zone', () => {
    const scene = new Scene(hap, [
      { name: 'Porch', sensor: true },
      { name: 'Yard', sensor: 'occupancy' },
    ]);
    scene.feed(ONLINE);
    scene.event('start', { zones: ['Yard'] });
    expect([scene.shown('zone:porch'), scene.shown('zone:yard')]).toMatchObject([{ on: false }, { on: 1 }]);
    scene.event('update', { zones: ['Yard', 'Porch'] });
    expect([scene.shown('zone:porch'), scene.shown('zone:yard')]).toEqual([
      { on: true, active: true, fault: 0 },
      { on: 1, active: true, fault: 0 },
    ]);
    scene.event('end', { zones: ['Yard', 'Porch'] });
    scene.clock.advance(10_000);
    expect([scene.shown('zone:porch'), scene.shown('zone:yard')]).toMatchObject([{ on: false }, { on: 0 }]);
    expect(scene.warnings).toEqual([]);
  });

  it('tell HomeKit of changes only', () => {
    const scene = new Scene(hap, [{ name: 'Porch', sensor: true }]);
    scene.feed(ONLINE);
    const told: unknown[] = [];
    const { MotionDetected } = hap.Characteristic;
    for (const subtype of ['motion', 'zone:porch']) {
      scene
        .sensor(subtype)
        .getCharacteristic(MotionDetected)
        .on(hap.CharacteristicEventTypes.CHANGE, ({ oldValue, newValue }) => {
          // HAP-NodeJS passes on to HomeKit what differs.
          if (oldValue !== newValue) told.push([subtype, newValue]);
        });
    }
    scene.event('start');
    scene.event('update', { zones: ['Porch'] });
    scene.event('update', { zones: ['Porch'] });
    scene.event('end', { zones: ['Porch'] });
    scene.feed(OFFLINE);
    scene.feed(ONLINE);
    expect(told).toEqual([
      ['motion', true],
      ['zone:porch', true],
      ['motion', false],
      ['zone:porch', false],
    ]);
  });

  it('leave nothing behind', () => {
    const scene = new Scene(hap);
    scene.feed(ONLINE);
    scene.event('start');
    expect([scene.subscriptions, scene.clock.pending]).toEqual([3, 1]);
    scene.end();
    expect([scene.subscriptions, scene.clock.pending]).toEqual([0, 0]);
  });
});

it.each<[names: string[], subtypes: string[]]>([
  [
    ['Porch', 'Front yard'],
    ['zone:porch', 'zone:front-yard'],
  ],
  [
    ['A', 'a.', 'A 2', 'A!'],
    ['zone:a', 'zone:a-2', 'zone:a-2-2', 'zone:a-3'],
  ],
  [[], []],
])('zones %j are %j', (names, subtypes) => {
  expect(zoneSubtypes(names)).toEqual(subtypes);
});
