import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EventListener } from '../../src/camera/events/keeper.js';
import type { Witness } from '../../src/camera/events/witness.js';
import type { Modes } from '../../src/camera/modes/modes.js';
import { ALL_ON } from '../../src/camera/modes/modes.js';
import type { FeedListener, FeedState } from '../../src/camera/feed/feed.js';
import { Rings } from '../../src/camera/rings/rings.js';
import type { Feedback, StoredEvent } from '../../src/events/event.js';
import { openMqtt } from '../../src/mqtt/mqtt.js';
import { messageRefusals } from '../../src/mqtt/refusals.js';
import { callRefusals } from '../../src/http/refusals.js';
import type { Refusals } from '../../src/camera/reports/refusals.js';
import type { CameraSettings } from '../../src/settings/settings.js';
import { readSettings } from '../../src/settings/settings.js';
import { poll } from '../e2e/harness/until.js';
import { event as storedEvent } from '../events/events.js';
import { PASSWORD, USER } from '../peers/mosquitto.js';

/** A camera whose events, state and modes are the test's. */
export class FakeCamera {
  readonly id: string;
  readonly name: string;
  readonly listeners = new Set<EventListener>();
  readonly candidates: number[] = [];
  readonly witnesses: Witness[] = [];
  /** Who has said that something is over. */
  readonly unclaimed: string[] = [];
  readonly presses: string[] = [];
  /** Presets that it was sent to; each call waits for `arrive`. */
  readonly went: string[] = [];
  arrive = Promise.withResolvers<undefined>();
  readonly rings: Rings | undefined;
  readonly #feedListeners = new Set<FeedListener>();
  readonly #modeListeners = new Set<(modes: Modes, before: Modes) => void>();
  #state: FeedState = { kind: 'online', since: 1 };
  #modes: Modes = ALL_ON.modes;
  pictured = 0;

  constructor(
    readonly settings: CameraSettings,
    signal: AbortSignal,
  ) {
    this.id = settings.id;
    this.name = settings.name;
    if (settings.type === 'doorbell')
      this.rings = new Rings({
        camera: this,
        interval: 0,
        chime: () => true,
        keep: ({ source }) => {
          this.presses.push(source);
          return this.event();
        },
        sound: undefined,
        speaker: undefined,
        log: { info: () => undefined, warn: () => undefined },
        now: () => performance.now(),
        signal,
      });
  }

  event(change: Partial<StoredEvent> = {}): StoredEvent {
    return storedEvent({ camera: this.id, ...change });
  }

  tell(phase: 'start' | 'update' | 'end', event: StoredEvent, alert = false): void {
    for (const listener of this.listeners) listener.event?.(phase, event, alert);
  }

  become(state: FeedState): void {
    this.#state = state;
    for (const listener of this.#feedListeners) listener.state?.(state);
  }

  readonly main = {
    subscribe: (listener: FeedListener) => {
      this.#feedListeners.add(listener);
      return () => void this.#feedListeners.delete(listener);
    },
  } as { state: FeedState; subscribe: (listener: FeedListener) => () => void };

  readonly modes = {
    subscribe: (listener: (modes: Modes, before: Modes) => void) => {
      this.#modeListeners.add(listener);
      return () => void this.#modeListeners.delete(listener);
    },
    change: (change: Partial<Modes>) => {
      const before = this.#modes;
      this.#modes = { ...before, ...change };
      for (const listener of this.#modeListeners) listener(this.#modes, before);
    },
  } as {
    current: Modes;
    subscribe: (listener: (modes: Modes, before: Modes) => void) => () => void;
    change: (change: Partial<Modes>) => void;
  };

  readonly detection = {
    active: true,
    subscribe: () => () => undefined,
    events: {
      subscribe: (listener: EventListener) => {
        this.listeners.add(listener);
        return () => void this.listeners.delete(listener);
      },
    },
    candidate: (at: number) => void this.candidates.push(at),
    witness: (witness: Witness) => void this.witnesses.push(witness),
    unclaim: (_: number, by: string) => void this.unclaimed.push(by),
  };

  readonly onvif = {
    goTo: async (preset: string): Promise<void> => {
      this.went.push(preset);
      await this.arrive.promise;
    },
  };

  readonly pictures = {
    picture: () => {
      this.pictured++;
      return Promise.resolve(Buffer.from([0xff, 0xd8, this.pictured]));
    },
  };

  static of(settings: CameraSettings, signal: AbortSignal): FakeCamera {
    const camera = new FakeCamera(settings, signal);
    Object.defineProperty(camera.main, 'state', { get: () => camera.#state });
    Object.defineProperty(camera.modes, 'current', { get: () => camera.#modes });
    return camera;
  }
}

/** From the end of a connection to the next, ms. */
export const RECONNECT = 50;

export interface HouseOptions {
  readonly mqtt?: object;
  readonly cameras?: readonly object[];
  readonly folder?: string;
  /** Default 0 ms. */
  readonly settle?: number;
}

/** The door to MQTT with cameras that are the test's. */
export class House implements AsyncDisposable {
  readonly said: string[] = [];
  readonly cameras: readonly FakeCamera[];
  readonly feedback: [event: string, feedback: Feedback][] = [];
  readonly folder: string;
  /** Of a door to HTTP beside it. */
  readonly calls: Refusals;
  readonly #life = new AbortController();
  readonly #ended: Promise<void>;

  constructor(
    url: string,
    private readonly options: HouseOptions = {},
  ) {
    this.folder = options.folder ?? mkdtempSync(join(tmpdir(), 'lookout-mqtt-'));
    const { settings, problems } = readSettings({
      cameras: (options.cameras ?? [{}]).map((camera, nth) => ({
        name: `Cam ${nth + 1}`,
        source: '/x.mp4',
        ...camera,
      })),
      mqtt: { url, ...options.mqtt },
    });
    if (problems.length > 0 || settings.mqtt === undefined) throw new Error(JSON.stringify(problems));
    const { signal } = this.#life;
    this.cameras = settings.cameras.map((camera) => FakeCamera.of(camera, signal));
    const say = (text: string): void => void this.said.push(text);
    const log = { info: say, warn: say, error: say, debug: () => undefined };
    this.calls = callRefusals(log);
    this.#ended = openMqtt({
      settings: settings.mqtt,
      cameras: this.cameras,
      folder: this.folder,
      archive: Promise.resolve({
        store: {
          setFeedback: (event: string, feedback: Feedback | undefined) => {
            if (feedback !== undefined) this.feedback.push([event, feedback]);
            return Promise.resolve(true);
          },
        },
      }),
      version: '1.2.3',
      ...{ refusals: messageRefusals(log), callRefusals: this.calls, log },
      mask: (text) => text,
      signal,
      reconnect: RECONNECT,
      settle: options.settle ?? 0,
      pause: 50,
    });
  }

  get camera(): FakeCamera {
    const [camera] = this.cameras;
    if (camera === undefined) throw new Error('there is no camera');
    return camera;
  }

  /** Resolves when it is heard what the cameras say. */
  async ready(): Promise<void> {
    await poll('a listener', () => (this.camera.listeners.size > 0 ? true : undefined), 5000, 5);
  }

  async close(): Promise<void> {
    this.#life.abort();
    await this.#ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
    if (this.options.folder === undefined) rmSync(this.folder, { recursive: true, force: true });
  }
}

export const login = ({ port }: { readonly port: number }, scheme = 'mqtt'): string =>
  `${scheme}://${USER}:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}`;
