/** The scene, picture by picture. */
import { drawFoliage, gardenFoliage } from './foliage.mjs';
import { LAMP, paintGarden } from './garden.mjs';
import { normalFrom, randomFrom } from './random.mjs';
import { FPS, HEIGHT, SECONDS, WIDTH, newPicture } from './view.mjs';
import { WALKS, drawWalkers, walkTime } from './walker.mjs';

/** Deviation of the sensor's noise, in steps of 8 bits. */
const NOISE = 1.1;
const NOISE_LENGTH = 1 << 18;

const turnAt = (time) => (2 * Math.PI * time) / SECONDS;

/** How much sun shines, 0..1: clouds pass slowly. */
const sunAt = (time) => 0.72 + 0.2 * Math.sin(turnAt(time)) + 0.08 * Math.sin(turnAt(time) * 2 + 1);

/** The lamp beside the door comes on, softly, while somebody is there. */
function lampAt(time) {
  const there = (at) => WALKS.some((walk) => walkTime(walk, at) !== undefined);
  let lit = 0;
  for (let back = 0; back < 10; back++) lit += there(time - back * 0.12) ? 0.1 : 0;
  return lit;
}

function drawLamp(picture, strength) {
  const reach = 120;
  for (let dy = -reach; dy <= reach; dy++) {
    for (let dx = -reach; dx <= reach; dx++) {
      const distance = Math.hypot(dx, dy * 0.85);
      if (distance > reach) continue;
      const inside = Math.abs(dx) < 6 && Math.abs(dy) < 9;
      const glow = strength * (inside ? 1 : 0.16 * (1 - distance / reach) ** 2);
      const x = Math.round(LAMP.x) + dx;
      const y = Math.round(LAMP.y) + dy;
      picture.y[y * WIDTH + x] += glow * 110;
      if (((x | y) & 1) === 0) {
        const chroma = (y >> 1) * (WIDTH >> 1) + (x >> 1);
        picture.u[chroma] -= glow * 42;
        picture.v[chroma] += glow * 14;
      }
    }
  }
}

function noiseStrip() {
  const normal = normalFrom(31);
  return Int8Array.from({ length: NOISE_LENGTH }, () => Math.round(normal() * NOISE));
}

/** How the sensor sees it: the light of the moment, and noise. */
function expose(picture, light, noise, offset) {
  const levels = Float32Array.from({ length: 256 }, (_, level) => 16 + (level - 16) * light);
  const { y } = picture;
  for (let index = 0; index < y.length; index++) {
    y[index] = levels[y[index]] + noise[(index + offset) & (NOISE_LENGTH - 1)];
  }
}

/**
 * The scene's pictures from first to last; the last leads into the first.
 * Every picture is given in the same buffer: use it before asking for the next.
 */
export function* pictures() {
  const garden = paintGarden();
  const foliage = gardenFoliage();
  const noise = noiseStrip();
  const random = randomFrom(32);
  const picture = newPicture();
  for (let number = 0; number < FPS * SECONDS; number++) yield drawAt(number / FPS);

  function drawAt(time) {
    picture.bytes.set(garden.bytes);
    const sun = sunAt(time);
    for (const layer of foliage.behind) drawFoliage(picture, layer, time);
    drawLamp(picture, 0.15 + 0.85 * lampAt(time));
    drawWalkers(picture, time, sun);
    for (const layer of foliage.before) drawFoliage(picture, layer, time);
    expose(picture, 0.9 + 0.13 * sun, noise, Math.floor(random() * NOISE_LENGTH));
    return picture.bytes;
  }
}

export const PICTURE_BYTES = (WIDTH * HEIGHT * 3) / 2;
