import { type Controller, HAP } from './controller.js';
import { DataStream, type Message } from './data-stream.js';
import { RECORDING, type RecordingWish, selectRecording } from './recording-messages.js';

/** One packet of a recording, its chunks joined. */
export interface ReceivedPart {
  readonly kind: 'mediaInitialization' | 'mediaFragment';
  readonly data: Buffer;
  readonly isLast: boolean;
  /** When its last chunk came, on `performance.now()`. */
  readonly at: number;
}

interface Chunk {
  readonly data: Buffer;
  readonly metadata: {
    readonly dataType: ReceivedPart['kind'];
    readonly dataSequenceNumber: number;
    readonly isLastDataChunk: boolean;
    readonly dataTotalSize?: number;
  };
}

/** What the Home app does when recording is switched on for a camera. */
export async function switchOnRecording(
  controller: Controller,
  { sound = true, ...wish }: Partial<RecordingWish> & { readonly sound?: boolean } = {},
): Promise<void> {
  const iid = (type: string): number => controller.find(HAP.recordingManagement, type).iid;
  await controller.put(iid(HAP.selectedRecording), selectRecording({ ...RECORDING, ...wish }));
  await controller.timedPut(iid(HAP.recordingAudioActive), sound ? 1 : 0);
  await controller.put(iid(HAP.active), 1);
}

let streams = 0;

/** One recording as a home hub asks for it, and what has come of it. */
export class HubRecording implements Disposable {
  readonly parts: ReceivedPart[] = [];
  /** Why the accessory has closed it. */
  closedWith: number | undefined;
  private chunks: Buffer[] = [];

  private constructor(
    readonly stream: DataStream,
    private readonly id: number,
    /** When it was asked for, on `performance.now()`. */
    readonly askedAt: number,
  ) {
    stream.subscribe((topic, message) => {
      if (message['streamId'] !== id) return;
      if (topic === 'close') this.closedWith = Number(message['reason']);
      if (topic === 'data') this.take(message);
    });
  }

  /** @throws where the accessory refuses, with its reason */
  static async open(controller: Controller): Promise<HubRecording> {
    const stream = await DataStream.open(controller);
    const id = ++streams;
    const recording = new HubRecording(stream, id, performance.now());
    const open = { target: 'controller', type: 'ipcamera.recording', reason: 'open', streamId: id };
    const { status, message } = await stream.request('dataSend', 'open', open);
    if (status !== 0) {
      stream[Symbol.dispose]();
      throw new Error(`refused: ${String(message['status'])}`);
    }
    return recording;
  }

  /** Everything that has come, as a file. */
  get file(): Buffer {
    return Buffer.concat(this.parts.map(({ data }) => data));
  }

  get fragments(): ReceivedPart[] {
    return this.parts.filter(({ kind }) => kind === 'mediaFragment');
  }

  until<T>(what: string, look: () => T | undefined, timeout: number): Promise<T> {
    return this.stream.changes.until(what, look, timeout, () => ` (${this.parts.length} parts have come)`);
  }

  /** Waits for the last packet and acknowledges it. */
  async toEnd(timeout: number): Promise<void> {
    await this.until('the last packet', () => (this.parts.at(-1)?.isLast === true ? true : undefined), timeout);
    this.stream.event('dataSend', 'ack', { streamId: this.id, endOfStream: true });
  }

  /** Closes it in the middle, as a hub does. */
  close(reason: number): void {
    this.stream.event('dataSend', 'close', { streamId: this.id, reason });
  }

  [Symbol.dispose](): void {
    this.stream[Symbol.dispose]();
  }

  private take(message: Message): void {
    const [chunk] = message['packets'] as Chunk[];
    if (chunk === undefined) return;
    this.chunks.push(chunk.data);
    if (!chunk.metadata.isLastDataChunk) return;
    const data = Buffer.concat(this.chunks);
    this.chunks = [];
    this.parts.push({
      ...{ kind: chunk.metadata.dataType, data, isLast: message['endOfStream'] === true, at: performance.now() },
    });
  }
}
