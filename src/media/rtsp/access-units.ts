import {
  isAccessUnitDelimiter,
  isKeyframe,
  isParameterSet,
  isSlice,
  nalType,
  splitAnnexB,
  type NalCodec,
} from '../h26x/nal.js';
import { LONGEST_UNIT } from './nal-depacketiser.js';

export interface AccessUnit {
  /** 32 bits, of the RTP clock. */
  readonly timestamp: number;
  readonly keyframe: boolean;
  /** As in `VideoPacket`. */
  readonly units: readonly Buffer[];
  readonly bytes: number;
}

/** An access unit ends at its marker at once only after so many markers in a row stood before a new picture. */
const TRUST_AFTER = 3;
const MOST_UNITS = 1024;

/**
 * Puts access units together. They end at the RTP marker, at a change of the timestamp, and where a unit cannot belong
 * to the same picture: cameras lie about the first two. What is damaged is left out, and so is everything that depends
 * on it, up to the next keyframe.
 */
export class AccessUnits {
  private units: Buffer[] = [];
  private bytes = 0;
  private timestamp = 0;
  private hasSlice = false;
  private damaged = false;
  private awaitingKeyframe = true;
  /** Pictures that may refer to what came before the first keyframe (RASL) follow it. */
  private skipLeading = false;
  private marked = false;
  private rightMarkers = 0;
  private markersLie = false;

  constructor(
    private readonly codec: NalCodec,
    private readonly deliver: (unit: AccessUnit) => void,
  ) {}

  /** One packet's whole units. */
  add(units: readonly Buffer[], timestamp: number, marker: boolean): void {
    if (timestamp !== this.timestamp) {
      if (this.hasSlice) this.complete();
      this.timestamp = timestamp;
    }
    for (const unit of units) {
      // Some cameras pack several units, with start codes, as if they were one.
      if (unit.includes(START_CODE))
        for (const part of splitAnnexB(Buffer.concat([START_CODE, unit]))) this.addUnit(part);
      else if (unit.length > 0) this.addUnit(unit);
    }
    if (!marker || !this.hasSlice) return;
    this.marked = true;
    if (this.rightMarkers >= TRUST_AFTER && !this.markersLie) this.complete();
  }

  /** Packets are missing, or one was damaged. */
  lost(): void {
    this.clear();
    this.awaitingKeyframe = true;
  }

  private addUnit(unit: Buffer): void {
    const { codec } = this;
    const begins = beginsPicture(codec, unit);
    if (begins && this.hasSlice) this.complete();
    if (isAccessUnitDelimiter(codec, unit) || isFiller(codec, unit)) return;
    if (isSlice(codec, unit)) {
      if (!begins && (this.marked || !this.hasSlice)) this.continued();
      this.hasSlice = true;
    }
    this.units.push(unit);
    this.bytes += unit.length;
    if (this.units.length > MOST_UNITS || this.bytes > LONGEST_UNIT) this.overflow();
  }

  /** A slice in mid-picture where none is under way, or after the marker. */
  private continued(): void {
    if (this.hasSlice) {
      this.markersLie = true;
      this.marked = false;
      return;
    }
    // Its beginning has been delivered on the word of a marker, or is lost.
    if (!this.awaitingKeyframe) this.markersLie ||= this.rightMarkers >= TRUST_AFTER;
    this.damaged = true;
  }

  private complete(): void {
    if (this.marked && !this.markersLie) this.rightMarkers++;
    else this.rightMarkers = 0;
    const { units, bytes, timestamp } = this;
    const keyframe = isKeyframe(this.codec, units);
    const whole = !this.damaged;
    this.clear();
    if (!whole) this.awaitingKeyframe = true;
    if (!whole || (this.awaitingKeyframe && !keyframe)) return;
    if (this.codec === 'hevc') {
      if (this.skipLeading && units.some(isSkippedLeading)) return;
      this.skipLeading = this.awaitingKeyframe || (this.skipLeading && !units.some(isTrailing));
    }
    this.awaitingKeyframe = false;
    this.deliver({ timestamp, keyframe, units, bytes });
  }

  private overflow(): void {
    this.units = [];
    this.bytes = 0;
    this.damaged = true;
  }

  private clear(): void {
    this.units = [];
    this.bytes = 0;
    this.hasSlice = false;
    this.damaged = false;
    this.marked = false;
  }
}

const START_CODE = Buffer.from([0, 0, 1]);

/**
 * True for a unit that no slice of the same picture can precede: H.264 7.4.1.2.3 and H.265 7.4.2.4.4; for slices by
 * `first_mb_in_slice` = 0 and `first_slice_segment_in_pic_flag`, the first bit of both headers.
 */
function beginsPicture(codec: NalCodec, unit: Buffer): boolean {
  const type = nalType(codec, unit);
  if (isParameterSet(codec, unit) || isAccessUnitDelimiter(codec, unit)) return true;
  if (codec === 'hevc') return type === 39 || (isSlice(codec, unit) && ((unit[2] ?? 0) & 0x80) !== 0);
  return type === 6 || ((type === 1 || type === 2 || type === 5) && ((unit[1] ?? 0) & 0x80) !== 0);
}

const isFiller = (codec: NalCodec, unit: Buffer): boolean => nalType(codec, unit) === (codec === 'h264' ? 12 : 38);

/** HEVC RASL_N and RASL_R. */
const isSkippedLeading = (unit: Buffer): boolean => [8, 9].includes(nalType('hevc', unit));
/** HEVC TRAIL_N to STSA_R. */
const isTrailing = (unit: Buffer): boolean => nalType('hevc', unit) <= 5;
