interface Size {
  readonly width: number;
  readonly height: number;
}

/** Start of frame, of all kinds of coding: ITU-T T.81, table B.1 (DHT, JPG and DAC stand between them). */
const isFrame = (marker: number): boolean => marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);

/** Markers without a length: TEM, RST0 to RST7, SOI. */
const isBare = (marker: number): boolean => marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8);

const SOI = 0xd8;
const EOI = 0xd9;
const SOS = 0xda;

/** What the head of a JPEG says of its size; undefined where it is none, or is cut short. */
export function jpegSize(jpeg: Buffer): Size | undefined {
  if (jpeg[0] !== 0xff || jpeg[1] !== SOI) return undefined;
  for (let at = 2; at + 9 <= jpeg.length;) {
    if (jpeg[at] !== 0xff) return undefined;
    const marker = jpeg[at + 1] ?? 0;
    if (marker === 0xff || isBare(marker)) {
      at += marker === 0xff ? 1 : 2;
      continue;
    }
    if (marker === SOS || marker === EOI) return undefined;
    const height = jpeg.readUInt16BE(at + 5);
    const width = jpeg.readUInt16BE(at + 7);
    if (isFrame(marker)) return width > 0 && height > 0 ? { width, height } : undefined;
    at += 2 + jpeg.readUInt16BE(at + 2);
  }
  return undefined;
}
