/** ISO 14496-3, table 1.18. */
const RATES = [96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8000, 7350];
/** Table 1.19: channels by `channelConfiguration`. */
const CHANNELS = [0, 1, 2, 3, 4, 5, 6, 8];

export interface AacConfig {
  /** Hertz. */
  readonly sampleRate: number;
  readonly channels: number;
  /** In an access unit, a channel: 1024 or 960. */
  readonly samples: number;
}

/** Reads the head of an AudioSpecificConfig (ISO 14496-3, 1.6.2.1); undefined for what is none or not AAC-LC-like. */
export function aacConfig(data: Buffer): AacConfig | undefined {
  if (data.length < 2 || data.length > 64) return undefined;
  let at = 0;
  const bits = (count: number): number => {
    let value = 0;
    for (const end = at + count; at < end; at++) value = value * 2 + (((data[at >> 3] ?? 0) >> (7 - (at & 7))) & 1);
    return value;
  };
  const objectType = bits(5);
  if (objectType === 0 || objectType > 29) return undefined;
  const index = bits(4);
  const sampleRate = index === 15 ? bits(24) : RATES[index];
  const channels = CHANNELS[bits(4)];
  if (!sampleRate || !channels) return undefined;
  // Explicit SBR (5) and PS (29) put the extension's rate between.
  if (objectType === 5 || objectType === 29) {
    if (bits(4) === 15) bits(24);
    bits(5);
  }
  return { sampleRate, channels, samples: bits(1) === 1 ? 960 : 1024 };
}
