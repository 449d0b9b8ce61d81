import type { Camera } from '../camera/camera.js';
import { snapshotVerdict } from '../camera/modes/modes.js';
import type { StoredEvent } from '../events/event.js';
import type { Bus } from './bus.js';
import { eventMessage, numbered, ringMessage } from './event-message.js';
import { settable } from './hearing.js';
import { statesOf } from './state.js';
import { cameraTopic } from './topics.js';

/** What is told of: the parts of a camera. */
export type ToldCamera = Pick<Camera, 'id' | 'name'> & {
  readonly settings: Pick<Camera['settings'], 'type' | 'mqtt' | 'privacySwitch' | 'detectionSwitch' | 'doorbell'> & {
    readonly detect: Pick<Camera['settings']['detect'], 'zones'>;
  };
  readonly main: Pick<Camera['main'], 'state' | 'subscribe'>;
  readonly modes: Pick<Camera['modes'], 'current' | 'subscribe'>;
  readonly detection: Pick<Camera['detection'], 'active' | 'subscribe' | 'events'>;
  readonly pictures: Pick<Camera['pictures'], 'picture'>;
};

export interface CameraNewsOptions {
  readonly camera: ToldCamera;
  readonly bus: Pick<Bus, 'state' | 'moment' | 'letter' | 'connected'>;
  /** What all topics begin with. */
  readonly topic: string;
  /** Takes secrets out of a text. */
  readonly mask: (text: string) => string;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  readonly signal: AbortSignal;
}

/** What is published of a picture, pixels wide. */
const WIDTH = 1280;
/** Between two pictures of one camera, ms. */
const PICTURE_PAUSE = 1000;

/** Tells the house what happens before one camera. */
export class CameraNews {
  readonly #options: CameraNewsOptions;
  /** By their ids. */
  readonly #ongoing = new Map<string, StoredEvent>();
  #picturing = false;
  #lastPicture = -Infinity;

  constructor(options: CameraNewsOptions) {
    this.#options = options;
    const { camera, signal } = options;
    const say = (): void => {
      this.#say();
    };
    const ends = [
      camera.main.subscribe({ state: say }),
      camera.modes.subscribe(say),
      camera.detection.subscribe(say),
      camera.detection.events.subscribe({
        event: (phase, event, alert) => {
          this.#hear(phase, event, alert);
        },
        ring: (event, at) => {
          this.#ring(event, at);
        },
      }),
    ];
    const end = (): void => {
      for (const each of ends) each();
    };
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) end();
    this.#say();
  }

  #topic(name: Parameters<typeof cameraTopic>[2]): string {
    return cameraTopic(this.#options.topic, this.#options.camera.id, name);
  }

  #hear(phase: 'start' | 'update' | 'end', event: StoredEvent, alert: boolean): void {
    if (phase === 'end') this.#ongoing.delete(event.id);
    else this.#ongoing.set(event.id, event);
    this.#say();
    const message = eventMessage(phase, event, alert);
    this.#options.bus.letter(this.#topic('event'), (number) => numbered(message, number));
    if (phase !== 'update' || alert) void this.#picture();
  }

  #ring(event: StoredEvent, at: number): void {
    this.#options.bus.moment(this.#topic('ring'), ringMessage(event, at));
    const message = eventMessage('update', event, false);
    this.#options.bus.letter(this.#topic('event'), (number) => numbered(message, number));
    void this.#picture();
  }

  #say(): void {
    const { camera, bus, topic, mask } = this.#options;
    const { state } = camera.main;
    const { current } = camera.modes;
    const modes = Object.fromEntries(settable(camera).map((mode) => [mode, current[mode]]));
    const states = statesOf(topic, {
      id: camera.id,
      online: state.kind === 'online',
      watching: camera.detection.active,
      ongoing: [...this.#ongoing.values()],
      zones: camera.settings.detect.zones.filter(({ purpose }) => purpose === 'notice').map(({ name }) => name),
      modes,
      reason: 'reason' in state ? mask(state.reason) : undefined,
      since: state.since,
    });
    for (const [name, payload] of states) bus.state(name, payload);
    // Off is off: the broker keeps no picture either.
    if (state.kind === 'off') bus.state(this.#topic('picture'), '');
  }

  /** Nobody waits for it, and there is one at a time. */
  async #picture(): Promise<void> {
    const { camera, bus, now, signal } = this.#options;
    const may = (): boolean =>
      !signal.aborted &&
      camera.main.state.kind === 'online' &&
      snapshotVerdict(camera.modes.current, 'event') === 'allowed';
    if (this.#picturing || now() - this.#lastPicture < PICTURE_PAUSE || !bus.connected || !may()) return;
    this.#picturing = true;
    this.#lastPicture = now();
    try {
      const jpeg = await camera.pictures.picture({ width: WIDTH, height: 0 });
      if (may()) bus.state(this.#topic('picture'), jpeg);
    } catch {
      // The next event has the next one.
    } finally {
      this.#picturing = false;
    }
  }
}
