import { isNalCodec } from '../h26x/nal.js';
import { jpegSize } from '../jpeg-size.js';
import { tagOfCodec } from '../nut/codec-tags.js';
import type { VideoFormat, VideoPacket } from '../packet.js';
import type { Ffmpeg } from './capabilities.js';
import { formatKey, pictureData, pictureSize } from './keyframe-data.js';
import { DecodeError, StandingDecoder, type StandingDecoderOptions } from './standing-decoder.js';

export { DecodeError, type DecodeFailure } from './standing-decoder.js';

export interface KeyframeDecodersOptions {
  readonly ffmpeg: Pick<Ffmpeg, 'path' | 'passthrough'>;
  /** Ends all decoders. */
  readonly signal: AbortSignal;
  /** How long a decoder that nobody needs stands by, ms; default one minute, which outlasts a camera's restart. */
  readonly linger?: number;
  readonly patience?: StandingDecoderOptions['patience'];
}

const LINGER = 60_000;
/** ffmpeg refuses sizes of 0 in a header; the decoder finds out the real one. */
const UNKNOWN_SIZE = 16;
/** 8K, with a margin. A picture of the largest size that H.264 can name takes 400 MB to decode. */
const MAX_PIXELS = 40_000_000;
/** A keyframe of an 8K camera at the highest rate. */
const MAX_BYTES = 16 * 1024 * 1024;

interface Shared {
  readonly decoder: StandingDecoder;
  readonly life: AbortController;
  needs: number;
  /** Whether it stands by for a while when nobody needs it: what it decoded last is in its memory for as long. */
  lingers: boolean;
  idle: NodeJS.Timeout | undefined;
}

export interface JpegOptions {
  /** What must not be seen: a filter as {@link ./mask-filter.ts} makes it. */
  readonly mask?: string | undefined;
  /** Takes the request back. */
  readonly signal?: AbortSignal;
}

/** What the pictures that one decoder makes have in common. */
interface Kind {
  readonly format: VideoFormat;
  readonly mask: string | undefined;
  /** Whether it decodes other pictures on the way. They take long: who wants a keyframe does not wait for them. */
  readonly onTheWay: boolean;
}

/**
 * Pictures to JPEG by processes that stand by, one for each codec, size and mask, shared by all cameras that have it.
 * MJPEG needs none where nothing is masked.
 */
export class KeyframeDecoders {
  private readonly standing = new Map<string, Shared>();

  constructor(private readonly options: KeyframeDecodersOptions) {
    options.signal.addEventListener(
      'abort',
      () => {
        for (const [key, shared] of this.standing) this.end(key, shared);
      },
      { once: true },
    );
  }

  /**
   * Has a decoder for keyframes of such pictures stand by.
   * @returns ends the need
   */
  prepare(format: VideoFormat, mask?: string): () => void {
    // The size of a JPEG is in it, and only there for sure.
    const none = format.codec === 'mjpeg' && (mask === undefined || format.width === 0);
    if (none || this.options.signal.aborted || unsupported(format) !== undefined) return () => undefined;
    return this.need({ format, mask, onTheWay: false }).done;
  }

  /** What was decoded of such pictures is remembered by nothing any more, unless somebody else needs the decoder. */
  forget(format: VideoFormat, mask?: string): void {
    for (const onTheWay of [false, true]) {
      const key = keyOf({ format, mask, onTheWay });
      const shared = this.standing.get(key);
      if (shared === undefined) continue;
      shared.lingers = false;
      this.rest(key, shared);
    }
  }

  /**
   * The picture at its own size with square pixels, at most 1920 wide; that of an MJPEG camera as it is where nothing is
   * masked.
   * @param pictures a keyframe; or a keyframe and all that followed, up to the picture that is wanted. Where pictures are
   * reordered (B-frames), that is the keyframe
   * @throws DecodeError
   */
  async jpeg(
    format: VideoFormat,
    pictures: VideoPacket | readonly VideoPacket[],
    { mask, signal }: JpegOptions = {},
  ): Promise<Buffer> {
    const packets = 'kind' in pictures ? [pictures] : pictures;
    const data = pictureData(format, packets);
    const whole = data !== undefined && packets.every(({ bytes }) => bytes <= MAX_BYTES);
    if (!whole || data[0] === undefined) throw new DecodeError('corrupt', 'what the camera calls a keyframe is none');
    if (format.codec === 'mjpeg' && mask === undefined) {
      if (!startsAsJpeg(data[0])) throw new DecodeError('corrupt', NO_JPEG);
      return data[0];
    }
    const shown = format.codec === 'mjpeg' ? asTheJpegSays(format, data[0]) : format;
    if (shown === undefined) throw new DecodeError('corrupt', NO_JPEG);
    const fault = unsupported(shown);
    if (fault !== undefined) throw new DecodeError('unsupported', fault);
    if (this.options.signal.aborted) throw new DecodeError('ended', 'the decoder has been ended');
    // What is not needed any more needs no decoder: it would stand by, of a camera that was switched off, too.
    if (signal?.aborted === true) throw new DecodeError('ended', 'the picture is not needed any more');
    const { decoder, done } = this.need({ format: shown, mask, onTheWay: data.length > 1 });
    try {
      return await decoder.jpeg(data, signal);
    } finally {
      done();
    }
  }

  private need(kind: Kind): { readonly decoder: StandingDecoder; readonly done: () => void } {
    const key = keyOf(kind);
    const shared = this.shared(key, kind);
    shared.needs++;
    shared.lingers = true;
    clearTimeout(shared.idle);
    let needed = true;
    const done = (): void => {
      if (!needed) return;
      needed = false;
      shared.needs--;
      this.rest(key, shared);
    };
    return { decoder: shared.decoder, done };
  }

  private shared(key: string, { format, mask }: Kind): Shared {
    const found = this.standing.get(key);
    if (found !== undefined) return found;
    const life = new AbortController();
    const { width, height } = pictureSize(format);
    const { ffmpeg, patience } = this.options;
    const decoder = new StandingDecoder({
      ffmpeg,
      input: {
        codec: format.codec,
        extradata: isNalCodec(format.codec) ? Buffer.alloc(0) : format.extradata,
        width: width || UNKNOWN_SIZE,
        height: height || UNKNOWN_SIZE,
      },
      mask,
      signal: life.signal,
      ...(patience && { patience }),
    });
    const shared: Shared = { decoder, life, needs: 0, lingers: true, idle: undefined };
    this.standing.set(key, shared);
    return shared;
  }

  /** Ends a decoder that nobody needs and nobody asks for a while. */
  private rest(key: string, shared: Shared): void {
    clearTimeout(shared.idle);
    if (shared.needs > 0 || shared.life.signal.aborted) return;
    if (!shared.lingers) {
      this.end(key, shared);
      return;
    }
    shared.idle = setTimeout(() => {
      this.end(key, shared);
    }, this.options.linger ?? LINGER);
  }

  private end(key: string, shared: Shared): void {
    clearTimeout(shared.idle);
    this.standing.delete(key);
    shared.life.abort();
  }
}

const keyOf = ({ format, mask, onTheWay }: Kind): string =>
  `${formatKey(format)} ${onTheWay ? 'on the way ' : ''}${mask ?? ''}`.trimEnd();

const NO_JPEG = 'what the camera sends is no JPEG';
const START_OF_IMAGE = 0xffd8;
const startsAsJpeg = (data: Buffer): boolean => data.length >= 2 && data.readUInt16BE() === START_OF_IMAGE;

function asTheJpegSays(format: VideoFormat, jpeg: Buffer): VideoFormat | undefined {
  const size = jpegSize(jpeg);
  return size && { ...format, ...size };
}

function unsupported(format: VideoFormat): string | undefined {
  if (tagOfCodec('video', format.codec) === undefined) return `there is no decoder for ${format.codec}`;
  const { width, height } = pictureSize(format);
  return width * height > MAX_PIXELS ? `pictures of ${width}×${height} are too large` : undefined;
}
