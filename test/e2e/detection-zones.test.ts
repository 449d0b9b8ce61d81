import { type RtspServer, startRtspServer } from '../peers/rtsp-server.js';
import { walkers } from '../peers/walkers.js';
import { clipFacts, grayAt, LOOK } from './harness/clips.js';
import { type Controller, HAP, type ServiceEntry } from './harness/controller.js';
import { grayJpeg } from './harness/decode.js';
import { Home, SETUP_TIMEOUT } from './harness/home.js';
import { eventsOf, fileOf, type KeptEvent, keptEvent } from './harness/kept.js';
import { MotionLog } from './harness/motion-log.js';
import { poll } from './harness/until.js';

const SENSOR = { occupancy: '86', occupancyDetected: '71', configuredName: 'E3' } as const;

/** Somebody crosses the picture from left to right every 25 s, in 6 s, in the rows from 0.55 to 0.8. */
const WALK = { width: 640, height: 360, every: 25, seconds: 50, audio: false } as const;
const EVENT = 90_000;
/** JPEG and H.264 leave a little of black's neighbours in it. */
const BLACK = 30;

const band = (left: number, right: number, top = 0.4, bottom = 0.95): number[][] => [
  [left, top],
  [right, top],
  [right, bottom],
  [left, bottom],
];

const CAMERAS = {
  Gate: [
    { name: 'Far path', polygon: band(0.65, 1), sensor: 'occupancy' },
    { name: 'Near path', polygon: band(0, 0.35), sensor: true },
    { name: 'Roof', polygon: band(0, 1, 0, 0.3), sensor: true },
  ],
  Street: [{ name: 'Pavement', polygon: band(0, 1), purpose: 'ignore' }],
  Neighbour: [{ name: 'Theirs', polygon: band(0, 1), purpose: 'mask' }],
  Half: [{ name: 'Right', polygon: band(0.5, 1, 0, 1), purpose: 'mask' }],
} as const;

describe('somebody who walks through zones', () => {
  const stack = new AsyncDisposableStack();
  let home: Home;
  let gate: KeptEvent;
  let camera: RtspServer;
  const logs = new Map<string, MotionLog>();

  const configured = (name: string, zones: readonly object[]) => ({
    name,
    source: camera.url(),
    detect: { zones, hold: 3 },
  });

  beforeAll(
    async () => {
      camera = stack.use(await startRtspServer({ file: await walkers(WALK) }));
      home = stack.use(await Home.start(Object.entries(CAMERAS).map(([name, zones]) => configured(name, zones))));
      for (const name of Object.keys(CAMERAS)) {
        using phone = await home.connectOnline(name);
        for (const [sensor, iid] of sensorsOf(phone)) {
          logs.set(`${name} ${sensor}`, stack.use(await MotionLog.open(home, name, iid)));
        }
      }
      const since = Date.now() + 8000;
      gate = await keptEvent(home.hub, 'gate', ({ start }) => start > since, 2 * EVENT);
    },
    SETUP_TIMEOUT + 2 * EVENT,
  );

  afterAll(() => stack.disposeAsync());

  /** All changes that were told while the walker at the gate went by, or soon after. */
  const told = (sensor: string): boolean[] =>
    (logs.get(sensor)?.all ?? []).filter(({ at }) => at >= gate.start).map(({ on }) => on);

  const wentOn = (sensor: string): number | undefined =>
    logs.get(sensor)?.all.find(({ at, on }) => on && at >= gate.start)?.at;

  it(
    'switches on the sensors of the zones in which they are, and no other',
    async () => {
      expect([...logs.keys()].filter((sensor) => sensor.startsWith('Gate'))).toEqual([
        'Gate picture',
        'Gate Near path',
        'Gate Roof',
        'Gate Far path',
      ]);
      expect(gate.zones).toEqual(['Far path', 'Near path']);
      const { near, far } = await poll(
        'both zones',
        () => {
          const [near, far] = [wentOn('Gate Near path'), wentOn('Gate Far path')];
          return near !== undefined && far !== undefined ? { near, far } : undefined;
        },
        5000,
      );
      expect(near).toBeLessThan(far);
      for (const sensor of ['Gate picture', 'Gate Near path', 'Gate Far path']) {
        await poll(`${sensor} off`, () => (told(sensor)[1] === false ? true : undefined), EVENT);
        expect(told(sensor).slice(0, 2)).toEqual([true, false]);
      }
      expect(told('Gate Roof')).not.toContain(true);
    },
    EVENT + 30_000,
  );

  it(
    'alerts nobody from a zone that is to be ignored, and is kept',
    async () => {
      const street = await keptEvent(home.hub, 'street', sameWalk(gate), EVENT);
      expect(street).toMatchObject({ state: 'ended', heldBack: 'ignored-zone', zones: ['Pavement'] });
      expect(told('Street picture')).not.toContain(true);
    },
    EVENT + 30_000,
  );

  it('is nobody at all behind a mask, and no picture shows what is there', async () => {
    expect(await eventsOf(home.hub, 'neighbour')).toEqual([]);
    expect(told('Neighbour picture')).not.toContain(true);
    using phone = await home.connectOnline('Neighbour');
    const masked = await poll(
      'a real picture',
      async () => {
        const { body } = await phone.picture({ width: 640, height: 360 });
        const gray = await grayJpeg(body, LOOK.width, LOOK.height);
        return brightest(gray, [0, 1, 0, 0.38]) > 80 ? gray : undefined;
      },
      20_000,
    );
    expect(brightest(masked, [0, 1, 0.43, 0.92])).toBeLessThan(BLACK);
  });

  it(
    'is masked in the pictures and clips of an event that goes on beside the mask',
    async () => {
      const half = await keptEvent(home.hub, 'half', sameWalk(gate), EVENT);
      const [x, , width] = half.box;
      expect(x + width).toBeLessThan(0.55);
      const [right, left] = [[0.52, 1, 0, 1] as const, [0, 0.48, 0, 1] as const];
      const clip = fileOf(home.hub, half, 'clip');
      const { complaints, checksums } = await clipFacts(clip);
      expect(complaints).toBe('');
      const last = checksums.length / 20 - 1;
      const shown = [
        grayAt(fileOf(home.hub, half, 'picture'), 0),
        ...half.media.preview.map(({ number }) => grayAt(fileOf(home.hub, half, number), 0)),
        ...[0, last / 2, last].map((seconds) => grayAt(clip, seconds)),
      ];
      for (const gray of await Promise.all(shown)) {
        expect(brightest(gray, right)).toBeLessThan(BLACK);
        expect(brightest(gray, left)).toBeGreaterThan(80);
      }
    },
    EVENT + 30_000,
  );

  it(
    'alerts nobody in quiet hours, and is kept',
    async () => {
      const [from, until] = [-1, 1].map((hours) => localTime(Date.now() + hours * 3_600_000));
      await using quiet = await Home.start([configured('Quiet', [])], { lookout: { quiet: [{ from, to: until }] } });
      using phone = await quiet.connectOnline('Quiet');
      using log = await MotionLog.open(quiet, 'Quiet', phone.find(HAP.motionSensor, HAP.motionDetected).iid);
      const event = await keptEvent(quiet.hub, 'quiet', () => true, EVENT);
      expect(event).toMatchObject({ state: 'ended', heldBack: 'quiet-hours' });
      expect(log.all.filter(({ on }) => on)).toEqual([]);
      expect(Number(await phone.get(phone.find(HAP.motionSensor, HAP.motionDetected).iid))).toBe(0);
    },
    EVENT + 60_000,
  );

  it('leaves no complaint in the log', () => {
    expect(home.hub.text).not.toMatch(/unhandled|uncaught|TypeError|ReferenceError|no encoder/i);
  });
});

/** The characteristic by which each sensor says that somebody is there; the camera's own is `picture`. */
function sensorsOf(phone: Controller): [string, number][] {
  const nameOf = (service: ServiceEntry): string => {
    const named = service.characteristics.some(({ type }) => type.includes(SENSOR.configuredName));
    return named ? String(phone.characteristic(service, SENSOR.configuredName).value) : 'picture';
  };
  return [
    ...phone.services(HAP.motionSensor).map((service) => [service, HAP.motionDetected] as const),
    ...phone.services(SENSOR.occupancy).map((service) => [service, SENSOR.occupancyDetected] as const),
  ].map(([service, detected]) => [nameOf(service), phone.characteristic(service, detected).iid]);
}

/** Cameras look at the same walker within a second or two of each other. */
const sameWalk =
  (of: KeptEvent) =>
  ({ start }: KeptEvent): boolean =>
    Math.abs(start - of.start) < 5000;

/** In fractions of the picture: from and until column, from and until row. */
function brightest(gray: Buffer, [left, right, top, bottom]: readonly [number, number, number, number]): number {
  const inside = gray.filter((_, at) => {
    const [x, y] = [((at % LOOK.width) + 0.5) / LOOK.width, (Math.floor(at / LOOK.width) + 0.5) / LOOK.height];
    return x >= left && x <= right && y >= top && y <= bottom;
  });
  return Math.max(...inside);
}

/** For example `22:05`. */
function localTime(time: number): string {
  const date = new Date(time);
  return [date.getHours(), date.getMinutes()].map((part) => String(part).padStart(2, '0')).join(':');
}
