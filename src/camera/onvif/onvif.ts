import { SourceError } from '../../media/source.js';
import { type OnvifAddress, type OnvifDevice, OnvifError } from '../../onvif/device.js';
import type { SourceAddress } from '../../settings/source-address.js';
import type { OnvifAccess } from './access.js';
import { faultOf, goToPreset, inTime } from './commands.js';
import { Ear, type EarOptions } from './ear.js';
import type { DeviceMemory } from './memory.js';
import { findStreams } from './find-streams.js';
import { filterFor, hasNightVision } from './night-vision.js';
import { eventsDelay, FAILURES, onvifDelay, presence } from './patience.js';
import type { KnownDevice, OnvifState, OnvifStatus } from './state.js';
import { AskedStreams, type StreamName } from './streams.js';
import { Troubles } from './troubles.js';
import { deaf, deviceName, found, lost, offersOf } from './words.js';

export interface OnvifOptions extends EarOptions {
  readonly access: OnvifAccess;
  readonly open: (address: OnvifAddress, signal: AbortSignal) => Promise<OnvifDevice>;
  readonly memory: DeviceMemory;
  /** Nothing more is heard of what goes on. */
  readonly lost: () => void;
  /** Waits for so many milliseconds, or less where `signal` is aborted; never rejects. */
  readonly pause: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

/** To find all services of a camera that takes its time, ms: a feed waits for 25 s for its first picture. */
const OPEN_WITHIN = 20_000;
/** For what somebody waits for in HomeKit, which itself waits for 9 s, ms. */
const ANSWER_WITHIN = 7000;
/** Who has been connected for so long is there, ms. */
const STEADY = 60_000;

/** One camera's ONVIF side: the one connection to its services, while the camera is on. */
export class Onvif {
  readonly #options: OnvifOptions;
  readonly #streams = new AskedStreams();
  readonly #troubles = new Troubles();
  readonly #ear: Ear;
  readonly #listeners = new Set<() => void>();
  #state: OnvifState = { kind: 'off' };
  #device: OnvifDevice | undefined;
  /** What was known when it was last connected. */
  #known: KnownDevice | undefined;
  /** It was connected since the start. */
  #met = false;
  /** Failed attempts since it was last there for a while. */
  #attempts = 0;
  #refused = false;
  #asking = false;
  #spell: AbortSignal = AbortSignal.abort();
  /** Ends a connection: the camera is to be found anew. */
  #anew = new AbortController();
  /** Ends a pause. */
  #rest: AbortController | undefined;

  constructor(options: OnvifOptions) {
    this.#options = options;
    this.#ear = new Ear(options);
    this.#known = options.memory.known;
  }

  get status(): OnvifStatus {
    const { information, offers } = this.#known ?? {};
    return {
      state: this.#state,
      device: information && deviceName(information),
      offers: offers ? offersOf(offers) : [],
      lastEvent: this.#ear.last,
      tampered: this.#ear.tampered,
    };
  }

  /** What it offers, now or before the start; undefined until it was connected for the first time. */
  get offers(): OnvifDevice['offers'] | undefined {
    return this.#known?.offers;
  }

  get connected(): boolean {
    return this.#device !== undefined;
  }

  /** Told when the state has changed. @returns ends the subscription */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Where a stream is; undefined where there is none. See {@link AskedStreams.of}. */
  stream(name: StreamName, signal: AbortSignal): Promise<SourceAddress | undefined> {
    if (this.#streams.known === undefined) this.#hurry();
    return this.#streams.of(name, signal);
  }

  /** The addresses of the streams may have changed; what is known serves until there is an answer. */
  askAnew(): void {
    const device = this.#device;
    if (device === undefined) this.#hurry();
    else if (!this.#asking) {
      this.#asking = true;
      const connection = this.#anew;
      const renew = async (): Promise<void> => {
        try {
          await this.#find(device, this.#spell);
        } catch {
          // It may have other profiles by now.
          connection.abort();
        } finally {
          this.#asking = false;
        }
      };
      void renew();
    }
  }

  /** Whether it may see by infrared light. @throws {OnvifError} in words for the admin */
  async nightVision(): Promise<boolean> {
    const { device, signal } = this.#present();
    return hasNightVision(await inTime(device.irCutFilter(signal), signal));
  }

  /** @throws {OnvifError} in words for the admin */
  async setNightVision(on: boolean): Promise<void> {
    const { device, signal } = this.#present();
    await inTime(device.setIrCutFilter(filterFor(on), signal), signal);
  }

  /** Moves the camera to the preset of a name. @throws {OnvifError} in words for the admin */
  async goTo(preset: string): Promise<void> {
    const { device, signal } = this.#present();
    await goToPreset(device, preset, signal);
  }

  /** Until `signal` is aborted; then nothing is connected to the camera any more. Runs once at a time. */
  async run(signal: AbortSignal): Promise<void> {
    const { pause, wallclock } = this.#options;
    this.#spell = signal;
    this.#attempts = 0;
    this.#refused = false;
    while (!signal.aborted) {
      this.#anew = new AbortController();
      this.#streams.ask();
      if (this.#state.kind !== 'trouble') this.#change({ kind: 'connecting', since: wallclock() });
      const fault = await this.#connection(AbortSignal.any([signal, this.#anew.signal]));
      if (this.#device !== undefined) this.#options.lost();
      this.#device = undefined;
      if (fault === undefined) continue;
      this.#fail(fault);
      this.#rest = new AbortController();
      await pause(onvifDelay(fault.fault, this.#attempts), AbortSignal.any([signal, this.#rest.signal]));
      this.#rest = undefined;
    }
    this.#change({ kind: 'off' });
  }

  /** @returns why it could not be, or is no more; undefined where it was ended */
  async #connection(ended: AbortSignal): Promise<OnvifError | undefined> {
    const { access, open, now, pause } = this.#options;
    const connection = new AbortController();
    const life = AbortSignal.any([ended, connection.signal]);
    const late = setTimeout(() => {
      connection.abort();
    }, OPEN_WITHIN);
    let since: number | undefined;
    this.#attempts++;
    try {
      const device = await inTime(open(access.address, life), life);
      if (access.streams) await inTime(this.#find(device, life), life);
      clearTimeout(late);
      life.throwIfAborted();
      since = now();
      this.#connected(device);
      void pause(STEADY, life).then(() => {
        if (!life.aborted) this.#steady(device);
      });
      await this.#stay(device, life);
    } catch (error) {
      if (!ended.aborted) return faultOf(error);
    } finally {
      clearTimeout(late);
      connection.abort();
      if (since !== undefined) this.#troubles.gone(now() - since >= STEADY);
    }
    return undefined;
  }

  async #find(device: OnvifDevice, signal: AbortSignal): Promise<void> {
    const streams = await findStreams(device, this.#options.access.address, signal);
    if (!signal.aborted) this.#streams.found(streams);
  }

  /** Until it is gone. What it refuses to tell is no reason to leave. */
  async #stay(device: OnvifDevice, life: AbortSignal): Promise<void> {
    const { access, pause, lost: tellLost, log, camera } = this.#options;
    const hears = access.events && device.offers.events;
    for (let attempts = 1; hears; attempts++) {
      try {
        for await (const event of device.events(life)) {
          life.throwIfAborted();
          attempts = 1;
          this.#ear.hear(event);
        }
        throw new OnvifError('silent', 'The camera has ended the subscription to its events.');
      } catch (error) {
        const fault = faultOf(error);
        if (life.aborted || !(await this.#isThere(device, fault, life))) throw fault;
        tellLost();
        if (this.#troubles.trouble(fault.message)) log.warn(`${camera.name}: ${deaf(fault)}`);
        if (this.#state.kind === 'connected') this.#change({ ...this.#state, reason: fault.message });
        await pause(eventsDelay(attempts), life);
      }
    }
    await aborted(life);
  }

  /** Whether a camera that does not tell its events answers to something else. */
  async #isThere(device: OnvifDevice, { fault }: OnvifError, life: AbortSignal): Promise<boolean> {
    const known = presence(fault);
    const [profile] = device.profiles;
    if (known !== 'unknown' || profile === undefined) return known === 'there';
    return device.streamUrl(profile.token, life).then(
      () => true,
      () => false,
    );
  }

  #connected(device: OnvifDevice): void {
    const { access, camera, log, wallclock } = this.#options;
    const first = !this.#met;
    this.#met = true;
    this.#device = device;
    this.#known = device;
    void this.#options.memory.keep(device);
    const back = this.#troubles.there();
    if (first || back) log.info(`${camera.name}: ${found(device, access, back && !first)}`);
    this.#refused = false;
    this.#change({ kind: 'connected', since: wallclock() });
  }

  #steady(device: OnvifDevice): void {
    const { access, camera, log } = this.#options;
    this.#attempts = 0;
    const isDeaf = this.#state.kind !== 'off' && this.#state.reason !== undefined;
    if (!isDeaf && this.#troubles.steady()) log.info(`${camera.name}: ${found(device, access, true)}`);
  }

  #fail(fault: OnvifError): void {
    const { access, camera, log, wallclock } = this.#options;
    this.#refused = fault.fault === 'login';
    // While the picture depends on it, who waits for the picture says so.
    const waited = access.streams && this.#streams.known === undefined;
    const isNew = this.#troubles.trouble(fault.message);
    if (isNew && !waited) log.warn(`${camera.name}: ${lost(fault, access.events)}`);
    this.#streams.failed(new SourceError(FAILURES[fault.fault], fault.message, { cause: fault }));
    const since = this.#state.kind === 'trouble' ? this.#state.since : wallclock();
    this.#change({ kind: 'trouble', since, reason: fault.message });
  }

  /** Somebody waits. Who was not let in waits all the same. */
  #hurry(): void {
    if (this.#rest === undefined || this.#refused) return;
    this.#streams.ask();
    this.#rest.abort();
  }

  #present(): { readonly device: OnvifDevice; readonly signal: AbortSignal } {
    const device = this.#device;
    if (device !== undefined)
      return { device, signal: AbortSignal.any([this.#spell, AbortSignal.timeout(ANSWER_WITHIN)]) };
    if (this.#state.kind === 'off') throw new OnvifError('silent', 'It is switched off.');
    throw new OnvifError('silent', this.#state.reason ?? 'Its ONVIF is not connected yet.');
  }

  #change(state: OnvifState): void {
    this.#state = state;
    for (const listener of [...this.#listeners]) listener();
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      resolve();
    };
    signal.addEventListener('abort', done, { once: true });
    if (signal.aborted) done();
  });
}
