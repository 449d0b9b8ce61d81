import { aggregated, FragmentedUnit, type NalDepacketiser } from './nal-depacketiser.js';

/** RFC 7798, 4.4. */
const AGGREGATION = 48;
const FRAGMENTATION = 49;

/** RFC 7798 without decoding order numbers: sprop-max-don-diff 0, which all known cameras use. */
export class HevcDepacketiser implements NalDepacketiser {
  private readonly fragments = new FragmentedUnit();

  push(payload: Buffer): readonly Buffer[] | undefined {
    if (payload.length < 3) return payload.length === 0 ? [] : undefined;
    const first = payload.readUInt8(0);
    const type = (first >> 1) & 0x3f;
    if (type === FRAGMENTATION) {
      const third = payload.readUInt8(2);
      const header = Buffer.of((first & 0x81) | ((third & 0x3f) << 1), payload.readUInt8(1));
      return this.fragments.push(header, payload.subarray(3), (third & 0x80) !== 0, (third & 0x40) !== 0);
    }
    if (type > FRAGMENTATION) return undefined;
    const units = type === AGGREGATION ? aggregated(payload.subarray(2)) : [Buffer.from(payload)];
    return units && [...this.fragments.take(), ...units];
  }

  flush(): readonly Buffer[] {
    return this.fragments.take();
  }

  reset(): void {
    this.fragments.reset();
  }
}
