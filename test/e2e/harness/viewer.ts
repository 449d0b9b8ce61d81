import { randomBytes } from 'node:crypto';
import { type AccessUnit, AccessUnitReader } from './access-units.js';
import { type Controller, HAP, type ServiceEntry } from './controller.js';
import { RtpReceiver } from './rtp-receiver.js';
import {
  type AudioWish,
  endStream,
  type Endpoints,
  readEndpoints,
  reconfigureStream,
  setupEndpoints,
  startStream,
  type VideoWish,
} from './stream-messages.js';
import { readTlv } from './tlv8.js';
import { Changes } from './until.js';

export interface ViewerWish {
  readonly video?: Partial<VideoWish>;
  readonly audio?: Partial<AudioWish>;
  /** Which of the camera's stream slots; the first free one by default. */
  readonly slot?: number;
}

const VIDEO: VideoWish = { width: 1280, height: 720, fps: 30, bitrate: 2000 };
const AUDIO: AudioWish = { codec: 'opus', sampleRate: 24, packetTime: 20, bitrate: 24 };
const FIRST_PICTURE_TIMEOUT = 15_000;

/** A live view as a phone opens it: it asks, receives, decrypts, answers with reports, and keeps what came. */
export class Viewer implements AsyncDisposable {
  readonly pictures: AccessUnit[] = [];
  readonly changes = new Changes();
  #open = true;

  private constructor(
    private readonly controller: Controller,
    private readonly service: ServiceEntry,
    private readonly session: Buffer,
    /** When SetupEndpoints was written, on `performance.now()`: where every time to first picture begins. */
    readonly askedAt: number,
    readonly video: RtpReceiver,
    readonly audio: RtpReceiver,
    /** What the viewer offered and what the accessory answered. */
    readonly offered: Endpoints,
    readonly answered: Endpoints,
  ) {}

  /** Writes SetupEndpoints and the start; resolves when the accessory has accepted, before anything was received. */
  static async open(controller: Controller, wish: ViewerWish = {}): Promise<Viewer> {
    const service = await slot(controller, wish.slot);
    const changes = { viewer: undefined as Viewer | undefined };
    const reader = new AccessUnitReader((unit) => changes.viewer?.pictures.push(unit));
    const video = await RtpReceiver.open(randomBytes(4).readUInt32LE(), (packet) => {
      if (packet !== undefined) reader.push(packet);
      changes.viewer?.changes.changed();
    });
    const audio = await RtpReceiver.open(randomBytes(4).readUInt32LE(), () => changes.viewer?.changes.changed());
    try {
      const session = randomBytes(16);
      const offered = offer(video, audio);
      const setup = controller.characteristic(service, HAP.setupEndpoints).iid;
      const askedAt = performance.now();
      await controller.put(setup, setupEndpoints(session, offered));
      const answered = readEndpoints(String(await controller.get(setup)));
      if (typeof answered === 'string') throw new Error(`SetupEndpoints was answered with ${answered}`);
      video.begin(answered.video, offered.video);
      audio.begin(answered.audio, offered.audio);
      changes.viewer = new Viewer(controller, service, session, askedAt, video, audio, offered, answered);
      await changes.viewer.#select(
        startStream(session, { ...VIDEO, ...wish.video }, { ...AUDIO, ...wish.audio }, offerSsrc(offered)),
      );
      return changes.viewer;
    } catch (error) {
      await Promise.all([video.close(), audio.close()]);
      throw error;
    }
  }

  /** The first keyframe that can be decoded by itself. */
  firstKeyframe(timeout = FIRST_PICTURE_TIMEOUT): Promise<AccessUnit> {
    return this.nextKeyframe(0, timeout);
  }

  /** The first whole keyframe whose first packet came at `since` or later. */
  nextKeyframe(since: number, timeout = FIRST_PICTURE_TIMEOUT): Promise<AccessUnit> {
    return this.until(
      'a whole keyframe',
      () => this.pictures.find((picture) => picture.keyframe && picture.firstAt >= since),
      timeout,
    );
  }

  until<T>(what: string, look: () => T | undefined, timeout = FIRST_PICTURE_TIMEOUT): Promise<T> {
    return this.changes.until(what, look, timeout, () => `\n${this.summary()}`);
  }

  async reconfigure(wish: Partial<VideoWish>): Promise<void> {
    await this.#select(reconfigureStream(this.session, { ...VIDEO, ...wish }));
  }

  /** Tells the accessory to stop, and closes the sockets. */
  async end(): Promise<void> {
    if (!this.#open) return;
    await this.#select(endStream(this.session)).finally(() => this.abandon());
  }

  /** Ends the view, also one whose accessory no longer answers. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.end().catch(() => undefined);
  }

  /** Closes the sockets and tells nobody. */
  async abandon(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    await Promise.all([this.video.close(), this.audio.close()]);
  }

  /** Whether the accessory says that this slot is in use. */
  async inUse(): Promise<boolean> {
    return streaming(this.controller, this.service);
  }

  summary(): string {
    const { packets, reports, refused, lost } = this.video;
    return (
      `video: ${packets.length} packets, ${lost} lost, ${this.pictures.length} pictures, ${reports.length} reports; ` +
      `audio: ${this.audio.packets.length} packets, ${this.audio.lost} lost; ` +
      `refused: ${[...refused, ...this.audio.refused].slice(0, 3).join('; ') || 'none'}`
    );
  }

  async #select(value: string): Promise<void> {
    await this.controller.put(this.controller.characteristic(this.service, HAP.selectedStream).iid, value);
  }
}

function offer(video: RtpReceiver, audio: RtpReceiver): Endpoints {
  const endpoint = ({ port, ssrc }: RtpReceiver): Endpoints['video'] => ({
    port,
    ssrc,
    key: randomBytes(16),
    salt: randomBytes(14),
  });
  return { address: '127.0.0.1', video: endpoint(video), audio: endpoint(audio) };
}

const offerSsrc = ({ video, audio }: Endpoints): { video: number; audio: number } => ({
  video: video.ssrc,
  audio: audio.ssrc,
});

async function slot(controller: Controller, wanted: number | undefined): Promise<ServiceEntry> {
  const slots = controller.services(HAP.streamManagement);
  for (const [index, service] of slots.entries()) {
    if (wanted === undefined ? !(await streaming(controller, service)) : index === wanted) return service;
  }
  throw new Error(
    `none of the camera's ${slots.length} stream slots ${wanted === undefined ? 'is free' : `is ${wanted}`}`,
  );
}

async function streaming(controller: Controller, service: ServiceEntry): Promise<boolean> {
  const { iid } = controller.characteristic(service, HAP.streamingStatus);
  return readTlv(Buffer.from(String(await controller.get(iid)), 'base64')).get(1)?.[0] === 1;
}
