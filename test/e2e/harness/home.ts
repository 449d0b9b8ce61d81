import { jest } from '@jest/globals';
import type { PairingData } from 'hap-controller/lib/protocol/pairing-protocol.js';
import { Controller, HAP, pair, Subscription } from './controller.js';
import { Hub, type HubOptions } from './hub.js';
import { poll } from './until.js';

/** A camera's settings; the name is how the tests speak of it. */
export interface CameraConfig {
  readonly name: string;
  readonly source?: string | undefined;
  readonly [setting: string]: unknown;
}

/** What a test waits for has its own, shorter patience, and says what did not come. */
jest.setTimeout(90_000);

const ONLINE_TIMEOUT = 20_000;
/** For a `beforeAll`, ms: footage is made once on a machine, and HEVC takes its time. */
export const SETUP_TIMEOUT = 180_000;

/** A hub and the keys to its cameras: what a household has after it has set everything up. */
export class Home implements AsyncDisposable {
  readonly #keys: Map<string, Promise<PairingData>>;

  private constructor(
    readonly hub: Hub,
    keys = new Map<string, Promise<PairingData>>(),
  ) {
    this.#keys = keys;
  }

  static async start(cameras: readonly CameraConfig[], options: Partial<HubOptions> = {}): Promise<Home> {
    return new Home(await Hub.start({ ...options, lookout: { ...options.lookout, cameras } }));
  }

  /** The same household after its hub was started anew with other settings. Its storage has to be the caller's. */
  async restarted(cameras: readonly CameraConfig[]): Promise<Home> {
    const { storage } = this.hub;
    await this.hub.stop();
    return new Home(await Hub.start({ storage, lookout: { cameras } }), this.#keys);
  }

  /** A device of the household, with a connection of its own to one camera; the first one pairs. */
  async connect(camera: string): Promise<Controller> {
    return Controller.connect(await this.hub.accessory(camera), await this.#keysTo(camera));
  }

  /** The events of some of a camera's characteristics. */
  async listen(camera: string, iids: readonly number[]): Promise<Subscription> {
    return Subscription.open(await this.hub.accessory(camera), await this.#keysTo(camera), iids);
  }

  async #keysTo(camera: string): Promise<PairingData> {
    const address = await this.hub.accessory(camera);
    const keys = this.#keys.get(camera) ?? pair(address);
    this.#keys.set(camera, keys);
    return keys;
  }

  /** As {@link connect}, when the camera is there: its sensor says that it is active. */
  async connectOnline(camera: string): Promise<Controller> {
    const controller = await this.connect(camera);
    await online(controller, true).catch((error: unknown) => {
      throw new Error(`${camera}: ${String(error)}\n${this.hub.text}`);
    });
    return controller;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.hub.kill();
  }
}

/** Resolves when the motion sensor's StatusActive is `wanted`, with the milliseconds that took. */
export async function online(controller: Controller, wanted: boolean, timeout = ONLINE_TIMEOUT): Promise<number> {
  const { iid } = controller.find(HAP.motionSensor, HAP.statusActive);
  const since = performance.now();
  return poll(
    `StatusActive ${wanted}`,
    async () => (truthy(await controller.get(iid)) === wanted ? performance.now() - since : undefined),
    timeout,
    100,
  );
}

/** HAP writes booleans as 0 and 1 as well. */
const truthy = (value: unknown): boolean => value === true || value === 1;
