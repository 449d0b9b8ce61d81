import type { AudioPacket } from '../../media/packet.js';

/**
 * An access unit of AAC-LC without any sound, by channels: a single channel or a pair whose spectrum is empty (ISO
 * 14496-3, 4.4.2.1). The same at every rate.
 */
const SILENT_UNITS = [
  Buffer.from([0x00, 0xc8, 0x00, 0x80, 0x23, 0x80]),
  Buffer.from([0x21, 0x00, 0x49, 0x90, 0x02, 0x19, 0x00, 0x23, 0x80]),
] as const;
const SAMPLES = 1024;
/** Gaps that are shorter, in units, are the jitter of times. */
const SHORTEST_GAP = 1.5;

/** Makes a gapless track of the sound that there is, fragment by fragment. */
export class SilenceFiller {
  private readonly unit: Buffer;
  /** Of a unit, ms. */
  private readonly length: number;
  private end: number | undefined;

  constructor({ sampleRate, channels }: { readonly sampleRate: number; readonly channels: number }) {
    this.unit = SILENT_UNITS[channels === 2 ? 1 : 0];
    this.length = (SAMPLES / sampleRate) * 1000;
  }

  /**
   * @param sounds of a fragment, in order; none at or after its end
   * @param from when the track begins, ms; heeded at the first fragment
   * @param until the fragment's end, ms
   */
  fill(sounds: readonly AudioPacket[], from: number, until: number): AudioPacket[] {
    const filled: AudioPacket[] = [];
    let end = this.end ?? from;
    const fillTo = (time: number): void => {
      while (time - end >= SHORTEST_GAP * this.length) {
        filled.push({ kind: 'audio', time: end, data: this.unit });
        end += this.length;
      }
    };
    for (const sound of sounds) {
      if (sound.time < end - this.length / 2) continue;
      fillTo(sound.time);
      filled.push(sound);
      end = sound.time + this.length;
    }
    fillTo(until);
    this.end = end;
    return filled;
  }
}

/** When sound may be heard, on the hub's clock: what was said while it was off is not heard later either. */
export class SoundSwitch {
  private changes: readonly { readonly at: number; readonly on: boolean }[] = [];

  /** @param on as it was at all times before the first change */
  constructor(private on: boolean) {}

  set(on: boolean, now: number): void {
    if (on === this.on) return;
    // Nothing older than a recording and its prebuffer is asked for.
    this.changes = [...this.changes.slice(-MOST_CHANGES), { at: now, on }];
    this.on = on;
  }

  isOnAt(time: number): boolean {
    const before = this.changes.findLast(({ at }) => at <= time);
    if (before !== undefined) return before.on;
    const [first] = this.changes;
    return first === undefined ? this.on : !first.on;
  }
}

const MOST_CHANGES = 63;
