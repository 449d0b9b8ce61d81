import { isNalCodec } from '../h26x/nal.js';
import { tagOfCodec } from '../nut/codec-tags.js';
import type { VideoFormat, VideoPacket } from '../packet.js';
import type { Ffmpeg } from './capabilities.js';
import { decoderKey, keyframeData, pictureSize } from './keyframe-data.js';
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

const START_OF_IMAGE = 0xffd8;

interface Shared {
  readonly decoder: StandingDecoder;
  readonly life: AbortController;
  needs: number;
  idle: NodeJS.Timeout | undefined;
}

/**
 * Keyframes to JPEG by processes that stand by, one for each codec and size of picture, shared by all cameras that
 * have it. MJPEG needs none.
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
   * Has a decoder for such pictures stand by.
   * @returns ends the need
   */
  prepare(format: VideoFormat): () => void {
    if (format.codec === 'mjpeg' || this.options.signal.aborted || unsupported(format) !== undefined)
      return () => undefined;
    const key = decoderKey(format);
    const shared = this.shared(key, format);
    shared.needs++;
    clearTimeout(shared.idle);
    let needed = true;
    return () => {
      if (!needed) return;
      needed = false;
      shared.needs--;
      this.rest(key, shared);
    };
  }

  /**
   * The picture at its own size with square pixels, at most 1920 wide; that of an MJPEG camera as it is.
   * @throws DecodeError
   */
  async jpeg(format: VideoFormat, keyframe: VideoPacket, signal?: AbortSignal): Promise<Buffer> {
    const data = keyframe.bytes < 2 || keyframe.bytes > MAX_BYTES ? undefined : keyframeData(format, keyframe);
    if (data === undefined) throw new DecodeError('corrupt', 'what the camera calls a keyframe is none');
    if (format.codec === 'mjpeg') {
      if (data.readUInt16BE() !== START_OF_IMAGE) throw new DecodeError('corrupt', 'what the camera sends is no JPEG');
      return data;
    }
    const fault = unsupported(format);
    if (fault !== undefined) throw new DecodeError('unsupported', fault);
    if (this.options.signal.aborted) throw new DecodeError('ended', 'the decoder has been ended');
    const done = this.prepare(format);
    try {
      return await this.shared(decoderKey(format), format).decoder.jpeg(data, signal);
    } finally {
      done();
    }
  }

  private shared(key: string, format: VideoFormat): Shared {
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
      signal: life.signal,
      ...(patience && { patience }),
    });
    const shared: Shared = { decoder, life, needs: 0, idle: undefined };
    this.standing.set(key, shared);
    return shared;
  }

  /** Ends a decoder that nobody needs and nobody asks for a while. */
  private rest(key: string, shared: Shared): void {
    clearTimeout(shared.idle);
    if (shared.needs > 0 || shared.life.signal.aborted) return;
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

function unsupported(format: VideoFormat): string | undefined {
  if (tagOfCodec('video', format.codec) === undefined) return `there is no decoder for ${format.codec}`;
  const { width, height } = pictureSize(format);
  return width * height > MAX_PIXELS ? `pictures of ${width}×${height} are too large` : undefined;
}
