import { once } from 'node:events';
import { performance } from 'node:perf_hooks';
import type { AnalysisThread } from '../detection/thread.js';
import type { QuietHours } from '../detection/weigh.js';
import type { Archive } from '../events/archive.js';
import type { Ffmpeg } from '../media/ffmpeg/capabilities.js';
import { h264Encoders } from '../media/ffmpeg/encoders.js';
import type { KeyframeDecoders } from '../media/ffmpeg/keyframe-decoder.js';
import { maskFilter } from '../media/ffmpeg/mask-filter.js';
import type { CameraSettings } from '../settings/settings.js';
import { isOnvif } from '../settings/source-address.js';
import { recordClip } from './clips/clip.js';
import { Detection } from './detection/detection.js';
import { EventFiles } from './events/event-media.js';
import { lateMedia, lateStore } from './events/late-archive.js';
import { Feed } from './feed/feed.js';
import { eitherRing } from './feed/ring.js';
import { keepJournal } from './feed/journal.js';
import type { ReadBatches } from './feed/read-batches.js';
import { readerOf } from './feed/reader.js';
import type { Log } from './log.js';
import { CameraModes } from './modes/camera-modes.js';
import { isOn, isWatching, newsOf } from './modes/modes.js';
import { Spells } from './modes/spells.js';
import { type DeviceMemory, openMemory } from './onvif/memory.js';
import type { Onvif } from './onvif/onvif.js';
import { askedSource, type StreamName } from './onvif/streams.js';
import { askedBackchannel, cameraOnvif } from './onvif/wiring.js';
import { Pictures } from './pictures/pictures.js';
import { Rings } from './rings/rings.js';
import { Talk } from './talk/talk.js';
import { talkTarget } from './talk/target.js';

/** What all cameras of a hub share. */
export interface CameraHub {
  readonly ffmpeg: Ffmpeg;
  readonly decoders: KeyframeDecoders;
  readonly batches: ReadBatches;
  readonly thread: AnalysisThread;
  /** Undefined where it cannot be opened, which has been said. */
  readonly archive: Promise<Archive | undefined>;
  /** `lookout`, below Homebridge's storage folder. */
  readonly folder: string;
  readonly quiet: readonly QuietHours[];
  readonly log: Log;
  /** Takes secrets out of a text. */
  readonly mask: (text: string) => string;
}

/** Recordings start, and events are looked at, from this far before they were noticed. */
const RING_SPAN = 12_000;
/** A 4K camera at 16 Mbit/s with keyframes 10 s apart needs 44 MB for its span. */
const RING_BYTES = 48 * 1024 * 1024;

/** One configured camera: wires its feeds, pictures and detection together. */
export class Camera {
  readonly id: string;
  readonly name: string;
  readonly main: Feed;
  /** The smaller stream, where there is one. */
  readonly sub: Feed | undefined;
  readonly pictures: Pictures;
  readonly detection: Detection;
  /** The button; undefined where it has none. */
  readonly rings: Rings | undefined;
  /** Undefined where the camera cannot be talked to. */
  readonly talk: Talk | undefined;
  /** Undefined where nobody wants it to be asked. */
  readonly onvif: Onvif | undefined;
  /** An ffmpeg filter without which no picture leaves the hub: it blacks out the zones that are masks. */
  readonly pictureMask: string | undefined;
  private readonly life = new AbortController();
  /** Connected to, and looked at: each begins and ends as the modes have it. */
  private readonly feeding: Spells;
  private readonly watching: Spells;

  private constructor(
    readonly settings: CameraSettings,
    readonly modes: CameraModes,
    memory: DeviceMemory,
    private readonly hub: CameraHub,
  ) {
    this.id = settings.id;
    this.name = settings.name;
    this.onvif = cameraOnvif(this, memory, hub.log);
    const { source, detectSource } = settings;
    this.main = this.feed('main', source);
    const sub = detectSource ?? (isOnvif(source) ? source : undefined);
    this.sub = sub && this.feed('sub', sub);
    const masks = settings.detect.zones.filter(({ purpose }) => purpose === 'mask');
    this.pictureMask = maskFilter(masks.map(({ polygon }) => polygon));
    this.pictures = new Pictures({
      name: this.name,
      main: this.main,
      sub: this.sub,
      decoders: hub.decoders,
      mask: this.pictureMask,
      signal: this.life.signal,
    });
    const { ffmpeg, thread, archive, folder, quiet, log } = hub;
    const target = talkTarget(settings);
    const whileOn = (): AbortSignal => this.whileOn;
    const ask = this.onvif && askedBackchannel(this.onvif);
    this.talk =
      target && new Talk({ name: this.name, target, ask, ffmpeg, log, now: () => performance.now(), whileOn });
    this.detection = new Detection({
      camera: this,
      settings: settings.detect,
      main: this.main,
      sub: this.sub,
      store: lateStore(archive),
      media: () => this.eventFiles(),
      visit: settings.doorbell.visit * 1000,
      now: () => performance.now(),
      wallclock: Date.now,
      ...{ ffmpeg, thread, folder, quiet, log },
    });
    const { signal } = this.life;
    this.rings = settings.type === 'doorbell' ? this.button(signal) : undefined;
    const onFault = (error: unknown): void => {
      log.error(`${this.name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    };
    this.feeding = new Spells({
      work: (on) => Promise.all([this.onvif?.run(on), ...this.feeds.map((feed) => feed.run(on))]),
      ...{ onFault, signal },
    });
    this.watching = new Spells({ work: (on) => this.detection.run(on), ...{ onFault, signal } });
  }

  /** Reads how it was switched before: a camera that is off is never connected to. */
  static async open(settings: CameraSettings, hub: CameraHub): Promise<Camera> {
    const { folder, log } = hub;
    const { privacySwitch, detectionSwitch, type, doorbell } = settings;
    const switches = { privacySwitch, detectionSwitch, chimeSwitch: type === 'doorbell' && doorbell.chimeSwitch };
    const modes = await CameraModes.open({ folder, camera: settings, switches, wallclock: Date.now, log });
    return new Camera(settings, modes, await openMemory(folder, settings.id), hub);
  }

  /** Aborted when the camera is switched off, or ends; another one each time that it is switched on. */
  get whileOn(): AbortSignal {
    return this.feeding.signal;
  }

  /** What happens before it. */
  get events(): Detection['events'] {
    return this.detection.events;
  }

  /** Runs until `signal` is aborted; whatever the camera owned has ended then. */
  async run(signal: AbortSignal): Promise<void> {
    signal.addEventListener(
      'abort',
      () => {
        this.life.abort();
      },
      { once: true },
    );
    if (signal.aborted) this.life.abort();
    const journals = this.feeds.map((feed) =>
      keepJournal(feed, {
        title:
          feed === this.sub
            ? `${this.name} (${this.settings.detectSource ? 'detectSource' : 'smaller stream'})`
            : this.name,
        // Both wait for one answer.
        isSaid: (reason) =>
          feed === this.sub &&
          isOnvif(this.settings.source) &&
          'reason' in this.main.state &&
          this.main.state.reason === reason,
        wantsAudio: feed === this.main && this.settings.audio,
        log: this.hub.log,
        wallclock: Date.now,
      }),
    );
    const unsubscribe = this.modes.subscribe((modes, before) => {
      const news = newsOf(before, modes);
      if (news !== undefined) this.hub.log.info(`${this.name}: ${news}`);
      this.follow();
      // What a ring has begun would go on, and be given pictures.
      if (isOn(before) && !isOn(modes)) void this.detection.close();
    });
    if (!isOn(this.modes.current)) this.hub.log.info(`${this.name}: switched off, as it was before the start.`);
    this.follow();
    if (!this.life.signal.aborted) await once(this.life.signal, 'abort');
    unsubscribe();
    await Promise.all([this.feeding.ended(), this.watching.ended(), this.detection.close(), this.modes.close()]);
    for (const end of journals) end();
  }

  /** Does as the modes have it. What is off has been told when this returns, and remembers nothing of what it saw. */
  private follow(): void {
    const { current, offSince } = this.modes;
    if (!isWatching(current)) this.watching.end();
    if (isOn(current)) this.feeding.begin();
    else this.feeding.end();
    if (isWatching(current)) this.watching.begin();
    if (offSince !== undefined) for (const feed of this.feeds) feed.switchOff(offSince);
  }

  private button(signal: AbortSignal): Rings {
    const { interval, sound } = this.settings.doorbell;
    return new Rings({
      camera: this,
      interval: interval * 1000,
      chime: () => this.modes.current.chime,
      keep: (ring) => this.detection.ring(ring),
      sound,
      speaker: this.talk,
      log: this.hub.log,
      now: () => performance.now(),
      signal,
    });
  }

  private get feeds(): readonly Feed[] {
    return this.sub === undefined ? [this.main] : [this.main, this.sub];
  }

  private eventFiles(): EventFiles {
    const { ffmpeg, decoders, archive, log } = this.hub;
    return new EventFiles({
      camera: this,
      main: this.main.ring,
      sub: this.sub && eitherRing(this.sub.ring, this.main.ring),
      decoders,
      mask: this.pictureMask,
      media: lateMedia(archive),
      record: async (wish) => {
        const [encoder] = await h264Encoders(ffmpeg);
        return recordClip(this.main, { ...wish, coders: { ffmpeg, encoder }, mask: this.pictureMask });
      },
      log,
    });
  }

  private feed(name: StreamName, source: CameraSettings['source']): Feed {
    const { ffmpeg, batches, log, mask } = this.hub;
    const reader = { name: this.name, audio: this.settings.audio, ffmpeg, mask, log };
    const { onvif } = this;
    return new Feed({
      open: isOnvif(source)
        ? askedSource({ name, streams: onvif, reader: (address) => readerOf(address, reader) })
        : readerOf(source, reader),
      gate: batches.gate(),
      ring: { span: RING_SPAN, bytes: RING_BYTES },
      now: () => performance.now(),
      wallclock: Date.now,
      random: Math.random,
    });
  }
}
