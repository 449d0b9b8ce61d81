/** A coded picture stream as a source describes it. */
export interface VideoFormat {
  readonly kind: 'video';
  /** ffmpeg's name: `h264`, `hevc`, `mjpeg`, `mpeg4`, … */
  readonly codec: string;
  /** Pixels; 0 where the source does not say. */
  readonly width: number;
  readonly height: number;
  /** H.264 and HEVC: (VPS,) SPS and PPS as NAL units without start codes. Empty for other codecs. */
  readonly parameterSets: readonly Buffer[];
  /** Codec data of other codecs, as ffmpeg's `extradata`. Empty for H.264 and HEVC. */
  readonly extradata: Buffer;
}

/** A coded sound stream as a source describes it. */
export interface AudioFormat {
  readonly kind: 'audio';
  /** ffmpeg's name: `aac`, `pcm_mulaw`, `pcm_alaw`, `opus`, … */
  readonly codec: string;
  /** Hertz. */
  readonly sampleRate: number;
  readonly channels: number;
  /** ffmpeg's `extradata`: the AudioSpecificConfig for AAC, the OpusHead for Opus, empty for G.711. */
  readonly extradata: Buffer;
}

export interface Formats {
  readonly video: VideoFormat;
  readonly audio: AudioFormat | undefined;
}

/** One coded picture (an access unit). */
export interface VideoPacket {
  readonly kind: 'video';
  /** Presentation time in milliseconds. From a source: on the camera's clock. From a feed: on the hub's monotonic clock. */
  readonly time: number;
  readonly keyframe: boolean;
  /**
   * H.264 and HEVC: the NAL units, without start codes, in order, parameter sets included where the camera sends them
   * in band; access unit delimiters are left out. Other codecs: the whole frame as the only element.
   * The bytes belong to the packet: they are never slices of a read buffer.
   */
  readonly units: readonly Buffer[];
  /** Sum of the units' lengths. */
  readonly bytes: number;
}

/** One coded sound unit (an AAC access unit without ADTS header, an Opus packet, a run of G.711 samples). */
export interface AudioPacket {
  readonly kind: 'audio';
  /** As for {@link VideoPacket.time}; both streams of a source share one clock. */
  readonly time: number;
  readonly data: Buffer;
}

export type Packet = VideoPacket | AudioPacket;
