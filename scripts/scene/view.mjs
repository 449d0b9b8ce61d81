/** What the camera sees of the world: metres to pixels, and the picture's planes. */

export const WIDTH = 1280;
export const HEIGHT = 720;
export const FPS = 20;
export const SECONDS = 60;

/** Pixels per metre at a distance of one metre. */
const FOCAL = 900;
/** Metres above the ground. */
const EYE = 2.6;
const HORIZON = 190;

/** Pixels per metre at a distance. */
export const scaleAt = (z) => FOCAL / z;
/** The row of the ground at a distance. */
export const groundRow = (z) => HORIZON + (FOCAL * EYE) / z;
/** The distance of the ground at a row below the horizon. */
export const groundDistance = (row) => (FOCAL * EYE) / (row - HORIZON);
/** The column of a place `x` metres right of the camera's axis. */
export const column = (x, z) => WIDTH / 2 + (FOCAL * x) / z;
export const across = (px, z) => ((px - WIDTH / 2) * z) / FOCAL;
export const heightAt = (row, z) => ((groundRow(z) - row) * z) / FOCAL;

/** BT.709, limited range; `rgb` in 0..1. */
export function toYuv([r, g, b]) {
  const luma = 0.2126 * r + 0.7152 * g + 0.0722 * b;
  return [16 + 219 * luma, 128 + (224 * (b - luma)) / 1.8556, 128 + (224 * (r - luma)) / 1.5748];
}

/** One picture, 4:2:0, its planes in one buffer as ffmpeg's yuv420p has them. */
export function newPicture() {
  const bytes = new Uint8ClampedArray((WIDTH * HEIGHT * 3) / 2);
  const luma = WIDTH * HEIGHT;
  return {
    bytes,
    y: bytes.subarray(0, luma),
    u: bytes.subarray(luma, (luma * 5) / 4),
    v: bytes.subarray((luma * 5) / 4),
  };
}
