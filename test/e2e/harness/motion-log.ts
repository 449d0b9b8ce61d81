import type { Subscription } from './controller.js';
import type { Home } from './home.js';

/** When a sensor went on and off, as a controller is told of it, in milliseconds since the epoch. */
export class MotionLog implements Disposable {
  /** From the monotonic clock to the system's as it is set now: since this process began it may have been set anew. */
  readonly #epoch = Date.now() - performance.now();

  private constructor(private readonly subscription: Subscription) {}

  static async open(home: Home, camera: string, iid: number): Promise<MotionLog> {
    return new MotionLog(await home.listen(camera, [iid]));
  }

  get all(): { readonly at: number; readonly on: boolean }[] {
    return this.subscription.events.map(({ at, value }) => ({ at: this.#epoch + at, on: Boolean(value) }));
  }

  /** The first time after `since` that it went on, or off; already told or still to come. */
  change(on: boolean, since: number, timeout: number): Promise<number> {
    return this.subscription.changes.until(
      `a sensor that goes ${on ? 'on' : 'off'}`,
      () => this.all.find((one) => one.on === on && one.at > since)?.at,
      timeout,
      () => `; it was told: ${JSON.stringify(this.all)}`,
    );
  }

  [Symbol.dispose](): void {
    this.subscription[Symbol.dispose]();
  }
}
