/** Pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** The largest size of the picture's aspect inside what is asked for (0: no matter), never larger than the picture. */
export function fitInside(picture: Size, asked: Size): Size {
  const limit = (want: number, have: number): number => (want > 0 ? want / have : 1);
  const scale = Math.min(1, limit(asked.width, picture.width), limit(asked.height, picture.height));
  const scaled = (pixels: number): number => Math.max(1, Math.round(pixels * scale));
  return { width: scaled(picture.width), height: scaled(picture.height) };
}

/** What HomeKit asks for at the most. */
const LARGEST = 1920;
const DEFAULT: Size = { width: 1280, height: 720 };

/** The size of a drawn picture: as asked, where a side is missing of 16:9, within what makes sense. */
export function drawnSize(asked: Size): Size {
  const { width, height } = asked;
  const whole =
    width > 0 && height > 0
      ? asked
      : width > 0
        ? { width, height: (width * 9) / 16 }
        : height > 0
          ? { width: (height * 16) / 9, height }
          : DEFAULT;
  const scale = Math.min(1, LARGEST / Math.max(whole.width, whole.height));
  const scaled = (pixels: number): number => Math.max(16, Math.round(pixels * scale));
  return { width: scaled(whole.width), height: scaled(whole.height) };
}
