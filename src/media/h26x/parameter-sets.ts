import { BitReader } from './bits.js';
import { isParameterSet, isSps, nalType, splitAnnexB, type NalCodec } from './nal.js';
import { parseSps } from './sps.js';
import type { VideoFormat } from '../packet.js';

const MOST_SETS = 32;

/** The parameter sets in force: at first those of the SDP, then those that come in the stream. */
export class ParameterSets {
  private sets: readonly Buffer[] = [];
  private described: { readonly format: VideoFormat | undefined } | undefined;

  constructor(
    private readonly codec: NalCodec,
    initial: readonly Buffer[],
  ) {
    this.update(initial);
  }

  /** @returns whether the units of an access unit changed the format */
  update(units: readonly Buffer[]): boolean {
    const found = unique(units.filter((unit) => isParameterSet(this.codec, unit))).slice(0, MOST_SETS);
    if (found.every((set) => this.sets.some((known) => known.equals(set)))) return false;
    const kept = this.sets.filter((known) => !found.some((set) => this.replaces(set, known, found)));
    const order = (unit: Buffer): number => nalType(this.codec, unit);
    this.sets = unique([...kept, ...found])
      .sort((a, b) => order(a) - order(b))
      .slice(0, MOST_SETS);
    this.described = undefined;
    return true;
  }

  /** Undefined as long as no picture can be decoded; the same object until it changes. */
  get format(): VideoFormat | undefined {
    this.described ??= { format: this.describe() };
    return this.described.format;
  }

  private describe(): VideoFormat | undefined {
    const has = (type: number): boolean => this.sets.some((set) => nalType(this.codec, set) === type);
    const needed = this.codec === 'h264' ? [7, 8] : [32, 33, 34];
    if (!needed.every(has)) return undefined;
    const sps = this.sets.find((set) => isSps(this.codec, set));
    const size = sps && parseSps(this.codec, sps);
    return {
      kind: 'video',
      codec: this.codec,
      width: size?.width ?? 0,
      height: size?.height ?? 0,
      parameterSets: this.sets,
      extradata: Buffer.alloc(0),
    };
  }

  /** A new set takes the place of all known ones of its kind; a PPS that comes alone, only of the one with its id. */
  private replaces(set: Buffer, known: Buffer, found: readonly Buffer[]): boolean {
    if (nalType(this.codec, set) !== nalType(this.codec, known)) return false;
    const isPps = nalType(this.codec, set) === (this.codec === 'h264' ? 8 : 34);
    if (!isPps || found.some((unit) => isSps(this.codec, unit))) return true;
    return this.ppsId(set) === this.ppsId(known);
  }

  /** `pps_pic_parameter_set_id` stands first: H.264 7.3.2.2, H.265 7.3.2.3. */
  private ppsId(pps: Buffer): number {
    return new BitReader(pps, this.codec === 'h264' ? 1 : 2).ue();
  }
}

function unique(units: readonly Buffer[]): Buffer[] {
  return units.filter((unit, index) => units.findIndex((other) => other.equals(unit)) === index);
}

/** Reads the Base64 of `sprop-parameter-sets` (RFC 6184, 8.1) or `sprop-vps`, `-sps`, `-pps` (RFC 7798, 7.1). */
export function readSprop(codec: NalCodec, ...values: readonly (string | undefined)[]): Buffer[] {
  return values
    .flatMap((value) => value?.split(',', MOST_SETS) ?? [])
    .map((text) => Buffer.from(text, 'base64'))
    .flatMap((data) => (data.includes(START_CODE) ? splitAnnexB(data) : [data]))
    .filter((unit) => unit.length > 2 && isParameterSet(codec, unit));
}

const START_CODE = Buffer.from([0, 0, 1]);
