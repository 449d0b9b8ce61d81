import { readCodecConfig } from '../h26x/codec-config.js';
import {
  isAccessUnitDelimiter,
  isKeyframe,
  isNalCodec,
  splitAnnexB,
  splitLengthPrefixed,
  type NalCodec,
} from '../h26x/nal.js';
import { ParameterSets } from '../h26x/parameter-sets.js';
import type { NutPacket, NutStream } from '../nut/reader.js';
import type { AudioFormat, AudioPacket, VideoFormat, VideoPacket } from '../packet.js';
import { isAdts, splitAdts } from './adts.js';

/** Turns what a container holds into pictures: NAL units without start codes or lengths, whatever it had. */
export interface VideoUnpacker {
  /** Undefined until a decoder could begin. */
  readonly format: VideoFormat | undefined;
  /** Undefined for a packet without a picture. Afterwards `format` may be another. */
  unpack(packet: CodedFrame): VideoPacket | undefined;
}

/** What a container says of a picture; `data` is never a slice of a buffer that is read into again. */
export type CodedFrame = Pick<NutPacket, 'time' | 'keyframe' | 'data'>;
export type CodedStream = Pick<NutStream, 'codec' | 'width' | 'height' | 'extradata'>;

export function videoUnpacker(stream: CodedStream): VideoUnpacker {
  const codec = stream.codec ?? 'unknown';
  return isNalCodec(codec) ? new NalUnpacker(codec, stream) : new PlainUnpacker(codec, stream);
}

class NalUnpacker implements VideoUnpacker {
  private readonly sets: ParameterSets;
  private readonly lengthSize: number | undefined;

  constructor(
    private readonly codec: NalCodec,
    { extradata }: CodedStream,
  ) {
    const config = readCodecConfig(codec, extradata);
    this.sets = new ParameterSets(codec, config?.parameterSets ?? []);
    this.lengthSize = config?.lengthSize;
  }

  get format(): VideoFormat | undefined {
    return this.sets.format;
  }

  unpack({ data, time }: CodedFrame): VideoPacket | undefined {
    const { codec, lengthSize } = this;
    const all = lengthSize === undefined ? splitAnnexB(data) : splitLengthPrefixed(data, lengthSize);
    const units = all.filter((unit) => !isAccessUnitDelimiter(codec, unit));
    if (units.length === 0) return undefined;
    this.sets.update(units);
    const bytes = units.reduce((sum, unit) => sum + unit.length, 0);
    return { kind: 'video', time, keyframe: isKeyframe(codec, units), units, bytes };
  }
}

class PlainUnpacker implements VideoUnpacker {
  readonly format: VideoFormat;

  constructor(codec: string, { width, height, extradata }: CodedStream) {
    this.format = { kind: 'video', codec, width, height, parameterSets: [], extradata };
  }

  unpack({ data, time, keyframe }: CodedFrame): VideoPacket | undefined {
    if (data.length === 0) return undefined;
    // Every JPEG stands by itself, whatever the container says.
    const alone = keyframe || this.format.codec === 'mjpeg';
    return { kind: 'video', time, keyframe: alone, units: [data], bytes: data.length };
  }
}

/** Turns what a container holds into sound units; AAC loses the headers that MPEG-TS puts before it. */
export class AudioUnpacker {
  private current: AudioFormat;

  constructor({ codec, sampleRate, channels, extradata }: NutStream) {
    this.current = { kind: 'audio', codec: codec ?? 'unknown', sampleRate, channels, extradata };
  }

  get format(): AudioFormat {
    return this.current;
  }

  unpack({ data, time }: NutPacket): AudioPacket[] {
    if (this.current.codec !== 'aac' || !isAdts(data)) return [{ kind: 'audio', time, data }];
    const units = splitAdts(data);
    const config = units[0]?.config;
    if (config !== undefined && !config.equals(this.current.extradata)) {
      this.current = { ...this.current, extradata: config };
    }
    const length = (AAC_SAMPLES / this.current.sampleRate) * 1000;
    return units.map((unit, at) => ({ kind: 'audio', time: time + at * length, data: unit.data }));
  }
}

const AAC_SAMPLES = 1024;
