import { Onvif, type OnvifOptions } from '../../../src/camera/onvif/onvif.js';
import type { Witness } from '../../../src/camera/events/witness.js';
import { hearing } from '../../../src/camera/onvif/wiring.js';
import { ALL_ON } from '../../../src/camera/modes/modes.js';
import {
  type OnvifDevice,
  OnvifError,
  type OnvifEvent,
  type OnvifFault,
  type OnvifProfile,
} from '../../../src/onvif/device.js';

const profile = (token: string, width: number, height: number): OnvifProfile => ({
  ...{ token, name: token, audio: false },
  video: { codec: 'h264', width, height },
});

const MAIN = profile('main', 1920, 1080);
const SUB = profile('sub', 640, 360);
const MOTION: OnvifEvent = { claim: 'motion', state: 'begins', at: undefined, rule: undefined };

/** Lets all go on that waits for nothing. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A camera of which nothing is real, and a clock that stands. */
class Scene {
  readonly said: string[] = [];
  readonly heard: string[] = [];
  readonly waits: number[] = [];
  readonly told: string[] = [];
  readonly kept: OnvifDevice['offers'][] = [];
  readonly life = new AbortController();
  /** Why it cannot be opened, or asked for streams, or does not tell events, from now on. */
  openFault: OnvifFault | undefined;
  streamFault: OnvifFault | undefined;
  subFault: OnvifFault | undefined;
  eventFault: OnvifFault | undefined;
  opened = 0;
  now = 0;
  path = '/live';
  profiles: readonly OnvifProfile[] = [MAIN, SUB];
  sources = 1;
  readonly onvif: Onvif;
  private readonly events: OnvifEvent[] = [];
  private more = Promise.withResolvers<undefined>();
  private resume: (() => void) | undefined;

  constructor(access: Partial<OnvifOptions['access']> = {}) {
    this.onvif = new Onvif({
      camera: { name: 'Yard' },
      access: {
        address: { host: 'cam', port: undefined, tls: false, username: 'u', password: 'p' },
        ...{ streams: true, events: true, channel: undefined },
        ...access,
      },
      open: (_, signal) => this.open(signal),
      memory: { known: undefined, keep: ({ offers }) => Promise.resolve(void this.kept.push(offers)) },
      hear: ({ claim }) => void this.heard.push(claim),
      lost: () => void this.heard.push('lost'),
      log: { info: (text) => void this.said.push(text), warn: (text) => void this.said.push(text) },
      now: () => this.now,
      wallclock: () => 1000 + this.now,
      pause: (milliseconds, signal) => {
        this.waits.push(milliseconds);
        return new Promise((resolve) => {
          const done = (): void => {
            resolve();
          };
          signal.addEventListener('abort', done, { once: true });
          if (signal.aborted) done();
          this.resume = done;
        });
      },
    });
  }

  /** What is waited for last is over. */
  async wait(): Promise<void> {
    this.resume?.();
    await settled();
  }

  async tell(event: OnvifEvent): Promise<void> {
    this.events.push(event);
    this.more.resolve(undefined);
    await settled();
  }

  /** Ends the subscription. */
  async lose(fault: OnvifFault): Promise<void> {
    this.eventFault = fault;
    this.more.resolve(undefined);
    await settled();
  }

  private open(signal: AbortSignal): Promise<OnvifDevice> {
    this.opened++;
    if (this.openFault !== undefined)
      return Promise.reject(new OnvifError(this.openFault, `Cannot: ${this.openFault}`));
    return Promise.resolve(this.device(signal));
  }

  private device(life: AbortSignal): OnvifDevice {
    return {
      information: { maker: 'Acme', model: 'X1', firmware: undefined },
      clockOffset: 0,
      offers: { events: true, presets: true, nightVision: true, backchannel: false },
      ...{ sources: this.sources, profiles: this.profiles },
      streamUrl: (token) => {
        const fault = this.streamFault ?? (token === SUB.token ? this.subFault : undefined);
        return fault === undefined
          ? Promise.resolve(`rtsp://elsewhere:554${this.path}/${token}`)
          : Promise.reject(new OnvifError(fault, 'No such stream'));
      },
      events: (signal) => this.stream(AbortSignal.any([life, signal])),
      irCutFilter: () => Promise.resolve('off'),
      setIrCutFilter: (filter) => Promise.resolve(void this.told.push(filter)),
      presets: () => Promise.resolve([{ token: '1', name: 'Gate ' }]),
      goTo: (token) => Promise.resolve(void this.told.push(`preset ${token}`)),
    };
  }

  private async *stream(signal: AbortSignal): AsyncGenerator<OnvifEvent> {
    signal.addEventListener(
      'abort',
      () => {
        this.more.resolve(undefined);
      },
      { once: true },
    );
    for (;;) {
      if (this.eventFault !== undefined) throw new OnvifError(this.eventFault, `No events: ${this.eventFault}`);
      if (signal.aborted) return;
      const next = this.events.shift();
      if (next === undefined) {
        this.more = Promise.withResolvers();
        await this.more.promise;
      } else yield next;
    }
  }

  url(name: 'main' | 'sub' = 'main'): Promise<string | undefined> {
    return this.onvif.stream(name, this.life.signal).then((address) => address?.url);
  }
}

async function begun(scene: Scene): Promise<Scene> {
  void scene.onvif.run(scene.life.signal);
  await settled();
  return scene;
}

describe('one camera’s ONVIF', () => {
  it('is found, says so, and hears', async () => {
    const scene = new Scene();
    expect(scene.onvif.status.state).toEqual({ kind: 'off' });
    await begun(scene);
    expect(scene.said).toEqual(['Yard: ONVIF: Acme X1 offers events, presets, night vision.']);
    await scene.tell(MOTION);
    expect(scene.heard).toEqual(['motion']);
    expect(scene.kept).toEqual([scene.onvif.offers]);
    expect(scene.onvif.status).toEqual({
      state: { kind: 'connected', since: 1000 },
      device: 'Acme X1',
      offers: ['events', 'presets', 'night vision'],
      lastEvent: { claim: 'motion', at: 1000 },
      tampered: false,
    });
    expect([await scene.url(), await scene.url('sub')]).toEqual([
      'rtsp://u:p@cam:554/live/main',
      'rtsp://u:p@cam:554/live/sub',
    ]);
    scene.life.abort();
    await settled();
    expect(scene.onvif.status.state).toEqual({ kind: 'off' });
    expect(scene.heard).toEqual(['motion', 'lost']);
  });

  it('tells who waits for a stream what is in the way, and tries again when somebody waits', async () => {
    const scene = new Scene();
    scene.openFault = 'silent';
    const waiting = scene.url();
    const failed = expect(waiting).rejects.toMatchObject({ failure: 'timed-out', message: 'Cannot: silent' });
    await begun(scene);
    await failed;
    // Whoever waits for the picture says so.
    expect(scene.said).toEqual([]);
    expect(scene.opened).toBe(1);
    scene.openFault = undefined;
    expect(await scene.url()).toBe('rtsp://u:p@cam:554/live/main');
    expect(scene.opened).toBe(2);
  });

  it('is not asked again soon where the login is refused', async () => {
    const scene = await begun(Object.assign(new Scene(), { openFault: 'login' }));
    for (let nth = 0; nth < 5; nth++) {
      await expect(scene.url()).rejects.toMatchObject({ failure: 'unauthorized' });
      scene.onvif.askAnew();
    }
    expect([scene.opened, scene.waits]).toEqual([1, [300_000]]);
  });

  it('says once what is wrong, and once that it is back', async () => {
    const scene = await begun(new Scene({ streams: false }));
    scene.now = 100_000;
    scene.openFault = 'silent';
    await scene.lose('silent');
    expect(scene.waits).toEqual([60_000, 1000]);
    await scene.wait();
    await scene.wait();
    expect(scene.said.slice(1)).toEqual([
      expect.stringMatching(/^Yard: its ONVIF cannot be used. No events: silent. What the camera itself sees/),
      expect.stringMatching(/^Yard: its ONVIF cannot be used. Cannot: silent./),
    ]);
    scene.openFault = scene.eventFault = undefined;
    await scene.wait();
    expect(scene.said.slice(3)).toEqual(['Yard: ONVIF is back: Acme X1 offers events, presets, night vision.']);
    expect(scene.onvif.status.state.kind).toBe('connected');
  });

  it('serves where it refuses to tell events, and asks for them again', async () => {
    const scene = await begun(Object.assign(new Scene(), { eventFault: 'refused' }));
    expect(scene.onvif.status.state).toEqual({ kind: 'connected', since: 1000, reason: 'No events: refused' });
    await scene.onvif.goTo('gate');
    await scene.onvif.setNightVision(false);
    expect([scene.told, await scene.onvif.nightVision()]).toEqual([['preset 1', 'on'], true]);
    await scene.wait();
    expect([scene.opened, scene.waits]).toEqual([1, [60_000, 10_000, 20_000]]);
    expect(scene.said.slice(1)).toEqual([expect.stringMatching(/^Yard: what the camera itself sees is not heard. No/)]);
  });

  it.each<[stream: OnvifFault | undefined, opened: number]>([
    [undefined, 1],
    ['nonsense', 2],
  ])('that answers to events with nonsense is found anew where it answers nothing else (%s)', async (fault, opened) => {
    const scene = await begun(new Scene({ streams: false }));
    scene.streamFault = fault;
    await scene.lose('nonsense');
    await scene.wait();
    expect(scene.opened).toBe(opened);
  });

  it('asks for a new address, and goes on with the old one meanwhile', async () => {
    const scene = await begun(new Scene());
    scene.path = '/other';
    scene.onvif.askAnew();
    expect(await scene.url()).toBe('rtsp://u:p@cam:554/live/main');
    await settled();
    expect(await scene.url()).toBe('rtsp://u:p@cam:554/other/main');
    scene.profiles = [profile('main2', 1280, 720)];
    scene.streamFault = 'refused';
    scene.onvif.askAnew();
    await settled();
    // Found anew, with other profiles.
    expect(scene.opened).toBe(2);
    scene.streamFault = undefined;
    await scene.wait();
    expect([await scene.url(), await scene.url('sub')]).toEqual(['rtsp://u:p@cam:554/other/main2', undefined]);
  });

  it('knows no stream where the camera has none', async () => {
    const scene = await begun(Object.assign(new Scene(), { profiles: [] }));
    expect(scene.onvif.status.state).toMatchObject({
      kind: 'trouble',
      reason: expect.stringMatching(/no picture/) as string,
    });
  });

  it.each<[fault: OnvifFault, main: string | undefined]>([
    ['refused', 'rtsp://u:p@cam:554/live/main'],
    ['nonsense', 'rtsp://u:p@cam:554/live/main'],
    ['silent', undefined],
  ])('does without a smaller stream whose address it does not tell (%s)', async (subFault, main) => {
    const scene = await begun(Object.assign(new Scene(), { subFault }));
    const urls = await Promise.allSettled([scene.url(), scene.url('sub')]);
    expect(urls[0]).toMatchObject(main === undefined ? { status: 'rejected' } : { value: main });
    expect(urls[1]).toMatchObject(main === undefined ? { status: 'rejected' } : { value: undefined });
  });

  it('does not hear a flood', async () => {
    const scene = await begun(new Scene());
    for (let nth = 0; nth < 100; nth++) await scene.tell(MOTION);
    expect(scene.heard).toHaveLength(40);
    await scene.tell({ ...MOTION, state: 'ends' });
    expect(scene.heard).toHaveLength(41);
  });

  it('says that it was tampered with, once', async () => {
    const scene = await begun(new Scene());
    await scene.tell({ ...MOTION, claim: 'tamper' });
    await scene.tell({ ...MOTION, claim: 'tamper' });
    expect(scene.onvif.status.tampered).toBe(true);
    await scene.tell({ ...MOTION, claim: 'tamper', state: 'ends' });
    expect(scene.onvif.status.tampered).toBe(false);
    expect(scene.said.slice(1)).toEqual([
      'Yard: it says that it was covered, moved or put out of focus. Have a look at it.',
      'Yard: it says that its view is as it was.',
    ]);
  });

  it('cannot be told anything while it is not there', async () => {
    const scene = new Scene();
    await expect(scene.onvif.goTo('Gate')).rejects.toThrow('It is switched off.');
    scene.openFault = 'absent';
    await begun(scene);
    await expect(scene.onvif.setNightVision(true)).rejects.toThrow('Cannot: absent');
    scene.openFault = undefined;
    await scene.wait();
    await expect(scene.onvif.goTo('Door')).rejects.toThrow('It has no preset “Door”. It has “Gate ”. See');
  });
});

describe('what it sees', () => {
  const camera = (trust: boolean, calls: string[]) => ({
    settings: {
      ...{ mqtt: { trust: !trust }, onvif: { trust }, homekit: { trust: !trust } },
      detect: { zones: [{ name: 'Gate', purpose: 'notice' }] },
    },
    modes: { current: ALL_ON.modes },
    rings: undefined,
    detection: {
      candidate: (at: number, source: string) => void calls.push(`look ${at} for ${source}`),
      witness: ({ claim }: Pick<Witness, 'claim'>) => {
        if (claim !== undefined) calls.push(`${claim.by} claims in ${claim.zones.join()}`);
        return undefined;
      },
      unclaim: (at: number, by: string) => void calls.push(`over ${at} for ${by}`),
    },
  });
  const clocks = { now: () => 50_000, wallclock: () => 1_000_000 };
  const at = 998_000;

  it.each<[trust: boolean, calls: string[]]>([
    [false, ['look 48000 for onvif', 'look 50000 for onvif', 'look 50000 for onvif']],
    [
      true,
      [
        'look 48000 for onvif',
        'onvif  claims in Gate',
        'look 50000 for onvif',
        'onvif lasting claims in ',
        'look 50000 for onvif',
        'over 50000 for onvif lasting',
      ],
    ],
  ])('is reported, trusted (%s) or not, and is over with the connection', (trust, expected) => {
    const calls: string[] = [];
    const { hear, lost } = hearing(camera(trust, calls), clocks);
    hear({ claim: 'line', state: 'happens', at, rule: 'gate' });
    hear(MOTION);
    hear({ ...MOTION, claim: 'tamper' });
    lost();
    lost();
    expect(calls).toEqual(expected);
  });
});
