import { aggregated, FragmentedUnit, type NalDepacketiser } from './nal-depacketiser.js';

/** RFC 6184, table 1. */
const STAP_A = 24;
const FU_A = 28;

/** Packetization modes 0 and 1 of RFC 6184; the interleaved mode 2 is not read. */
export class H264Depacketiser implements NalDepacketiser {
  private readonly fragments = new FragmentedUnit();

  push(payload: Buffer): readonly Buffer[] | undefined {
    if (payload.length === 0) return [];
    const first = payload.readUInt8(0);
    const type = first & 0x1f;
    if (type === FU_A) {
      if (payload.length < 3) return undefined;
      const second = payload.readUInt8(1);
      const header = Buffer.of((first & 0xe0) | (second & 0x1f));
      return this.fragments.push(header, payload.subarray(2), (second & 0x80) !== 0, (second & 0x40) !== 0);
    }
    if (type > STAP_A) return undefined;
    const units = type === STAP_A ? aggregated(payload.subarray(1)) : [Buffer.from(payload)];
    return units && [...this.fragments.take(), ...units];
  }

  flush(): readonly Buffer[] {
    return this.fragments.take();
  }

  reset(): void {
    this.fragments.reset();
  }
}
