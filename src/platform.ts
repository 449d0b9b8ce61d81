import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { API, DynamicPlatformPlugin, Logging, PlatformConfig } from 'homebridge';
import { Camera, type CameraHub } from './camera/camera.js';
import { quietHours } from './camera/events/quiet.js';
import { ReadBatches } from './camera/feed/read-batches.js';
import type { Log } from './camera/log.js';
import { answer } from './control/requests.js';
import { openControl } from './control/server.js';
import { AnalysisThread } from './detection/thread.js';
import { Archive } from './events/archive.js';
import { limitsOf } from './events/retention.js';
import { DEFAULT_RESERVES } from './events/room.js';
import { CameraAccessory } from './homekit/accessory.js';
import { openHttp } from './http/http.js';
import { callRefusals } from './http/refusals.js';
import { findFfmpeg, type Ffmpeg } from './media/ffmpeg/capabilities.js';
import { h264Encoders } from './media/ffmpeg/encoders.js';
import { KeyframeDecoders } from './media/ffmpeg/keyframe-decoder.js';
import { openMqtt } from './mqtt/mqtt.js';
import { messageRefusals } from './mqtt/refusals.js';
import { secretsOf } from './settings/secrets.js';
import { readSettings, type Settings } from './settings/settings.js';

const { version } = createRequire(import.meta.url)('homebridge-lookout/package.json') as { version: string };

/** Homebridge's door: settings in, cameras out, orderly shutdown. */
export class LookoutPlatform implements DynamicPlatformPlugin {
  private readonly life = new AbortController();
  private readonly mask: (text: string) => string;
  private readonly log: Log;

  constructor(
    logging: Logging,
    config: PlatformConfig,
    private readonly api: API,
  ) {
    const secrets = secretsOf(config);
    this.mask = (text) => secrets.mask(text);
    this.log = maskedLog(logging, this.mask);
    api.on('didFinishLaunching', () => void this.start(config));
    api.on('shutdown', () => {
      this.life.abort();
    });
  }

  /** Cameras are external accessories, and those are never restored. */
  configureAccessory(): void {
    this.log.debug('An accessory of an earlier version was restored; it is not used.');
  }

  private async start(config: PlatformConfig): Promise<void> {
    try {
      const { settings, problems } = readSettings(config);
      for (const { level, message } of problems) this.log[level === 'error' ? 'error' : 'warn'](message);
      if (settings.cameras.length === 0) {
        this.log.info('No camera is configured yet.');
        return;
      }
      const ffmpeg = await this.findFfmpeg(settings);
      if (ffmpeg !== undefined && !this.life.signal.aborted) await this.publish(settings, ffmpeg);
    } catch (error) {
      this.log.error(
        `Lookout could not start: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
      );
    }
  }

  private async findFfmpeg({ ffmpeg: configured }: Settings): Promise<Ffmpeg | undefined> {
    try {
      const ffmpeg = await findFfmpeg(configured === undefined ? {} : { configured });
      for (const fault of ffmpeg.passedOver) this.log.warn(`An ffmpeg was passed over: ${fault}.`);
      this.log.debug(`Using ffmpeg ${ffmpeg.version} at ${ffmpeg.path}.`);
      return ffmpeg;
    } catch (error) {
      this.log.error(error instanceof Error ? error.message : String(error));
      return undefined;
    }
  }

  private async publish(settings: Settings, ffmpeg: Ffmpeg): Promise<void> {
    const { signal } = this.life;
    const folder = join(this.api.user.storagePath(), 'lookout');
    const archive = this.openArchive(folder, settings);
    const hub: CameraHub = {
      ffmpeg,
      decoders: new KeyframeDecoders({ ffmpeg, signal }),
      batches: new ReadBatches(),
      thread: new AnalysisThread({
        signal,
        onDeath: (reason) => {
          this.log.error(`Detection had to be started anew: ${reason.replace(/\.$/, '')}. Please report this.`);
        },
      }),
      archive,
      folder,
      quiet: quietHours(settings.quiet),
      log: this.log,
      mask: this.mask,
    };
    const running = await Promise.all(settings.cameras.map((camera) => Camera.open(camera, hub)));
    const ended = Promise.all(running.map((camera) => camera.run(signal)));
    void ended.then(async () => (await archive)?.close());
    if (signal.aborted) return;
    const accessories = new Map(
      running.map((camera) => [camera.id, new CameraAccessory(this.api, camera, { ffmpeg, log: this.log, signal })]),
    );
    this.api.publishExternalAccessories(
      'homebridge-lookout',
      [...accessories.values()].map(({ accessory }) => accessory),
    );
    const recording = (camera: string) => accessories.get(camera)?.recording;
    const { log } = this;
    const { mqtt, http } = settings;
    const [messages, calls] = [mqtt && messageRefusals(log), http && callRefusals(log)];
    const refused = { overMqtt: () => messages?.counts, overHttp: () => calls?.counts };
    const asked = { version, cameras: running, recording, archive, refused, mask: this.mask };
    void openControl({ folder, handle: (request) => answer(asked, request), log, signal });
    if (mqtt && messages)
      void openMqtt({ ...asked, settings: mqtt, refusals: messages, callRefusals: calls, folder, log, signal });
    if (http && calls) void openHttp({ settings: http, cameras: running, refusals: calls, log, signal });
    // The first view that has to be transcoded need not wait for what works here.
    void h264Encoders(ffmpeg);
  }

  /** Cameras do without, where it cannot be opened. */
  private async openArchive(folder: string, { store }: Settings): Promise<Archive | undefined> {
    if (store.url !== 'sqlite')
      this.log.warn('"store.url" names a PostgreSQL database, which this version does not use: events go into SQLite.');
    try {
      const limits = limitsOf(store, DEFAULT_RESERVES.clips);
      return await Archive.open({ folder, limits, log: this.log, now: Date.now });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.log.error(`Events are not kept: ${reason} Detection goes on.`);
      return undefined;
    }
  }
}

function maskedLog(logging: Logging, mask: (text: string) => string): Log {
  return {
    info: (message) => {
      logging.info(mask(message));
    },
    warn: (message) => {
      logging.warn(mask(message));
    },
    error: (message) => {
      logging.error(mask(message));
    },
    debug: (message) => {
      logging.debug(mask(message));
    },
  };
}
