/** Leaves that move in the wind: painted once, laid over every picture a little displaced. */
import { randomFrom } from './random.mjs';
import { HEIGHT, SECONDS, WIDTH, toYuv } from './view.mjs';

/** Pixels that the farthest leaf swings to either side. */
const SWING = 2.2;

/**
 * @param shape `left`, `top`, `width`, `height` of the layer in the picture; `clumps`: `[x, y, radius]` within it;
 *   `leaf`: a leaf's length in pixels; `dark`, `light`: its colours; `rooted`: the row that does not move; `seed`
 */
export function paintFoliage({ left, top, width, height, clumps, leaf, dark, light, rooted, seed }) {
  const random = randomFrom(seed);
  const layer = {
    left,
    top,
    width,
    height,
    rooted,
    phase: random() * 6,
    luma: new Float32Array(width * height),
    blue: new Float32Array(width * height),
    red: new Float32Array(width * height),
    cover: new Float32Array(width * height),
  };
  for (const [x, y, radius] of clumps) {
    const leaves = Math.round((radius * radius * 5.5) / (leaf * leaf));
    for (let count = 0; count < leaves; count++) {
      const angle = random() * 2 * Math.PI;
      const reach = Math.sqrt(random()) * radius;
      const dx = Math.cos(angle) * reach;
      const dy = Math.sin(angle) * reach * 0.8;
      // The sun stands upper left; leaves painted later lie in front.
      const lit = 0.5 - (0.42 * (dx * 0.55 + dy)) / radius + (random() - 0.5) * 0.5 + (0.22 * count) / leaves;
      const part = Math.min(1, Math.max(0, lit));
      const colour = dark.map((channel, index) => channel + (light[index] - channel) * part);
      paintLeaf(layer, x + dx, y + dy, leaf * (0.7 + 0.6 * random()), random() * Math.PI, toYuv(colour));
    }
  }
  return layer;
}

function paintLeaf(layer, x, y, length, angle, [luma, blue, red]) {
  const cos = Math.cos(angle);
  const sin = Math.sin(angle);
  const reach = Math.ceil(length) + 1;
  for (let row = Math.max(0, Math.floor(y - reach)); row <= Math.min(layer.height - 1, y + reach); row++) {
    for (let col = Math.max(0, Math.floor(x - reach)); col <= Math.min(layer.width - 1, x + reach); col++) {
      const dx = col + 0.5 - x;
      const dy = row + 0.5 - y;
      const far = Math.hypot((dx * cos + dy * sin) / length, (dy * cos - dx * sin) / (length * 0.5));
      const cover = Math.min(1, Math.max(0, (1 - far) * length * 0.6));
      if (cover === 0) continue;
      const at = row * layer.width + col;
      // Where nothing is painted yet the colour is taken whole: the cover alone makes the edge soft.
      const part = layer.cover[at] === 0 ? 1 : cover;
      layer.luma[at] += (luma - layer.luma[at]) * part;
      layer.blue[at] += (blue - layer.blue[at]) * part;
      layer.red[at] += (red - layer.red[at]) * part;
      layer.cover[at] += (1 - layer.cover[at]) * cover;
    }
  }
}

/** Gusts whose periods divide the scene's length, so that it loops. */
const gust = (time, phase) => {
  const turn = (2 * Math.PI * time) / SECONDS;
  return (
    (0.6 * Math.sin(turn * 17 + phase) + 0.4 * Math.sin(turn * 26 + phase * 1.7)) * (0.6 + 0.4 * Math.sin(turn * 3))
  );
};

/** Lays the layer over a picture as it stands at `time` seconds. */
export function drawFoliage(picture, layer, time) {
  const { left, top, width, height, rooted } = layer;
  for (let row = Math.max(0, -top); row < Math.min(height, HEIGHT - top); row++) {
    const lever = Math.min(1, Math.abs(row - rooted) / height);
    const shift = SWING * lever * gust(time, layer.phase + row / 55);
    for (let col = Math.max(1, -left); col < Math.min(width - 2, WIDTH - left); col++) {
      const from = col + shift * (0.7 + 0.3 * Math.sin(col / 37));
      const base = Math.min(width - 2, Math.max(0, Math.floor(from)));
      const part = from - base;
      const at = row * width + base;
      const cover = layer.cover[at] * (1 - part) + layer.cover[at + 1] * part;
      if (cover < 0.02) continue;
      const mixed = (plane) => plane[at] * (1 - part) + plane[at + 1] * part;
      const py = row + top;
      const px = col + left;
      const pixel = py * WIDTH + px;
      picture.y[pixel] += (mixed(layer.luma) - picture.y[pixel]) * cover;
      if (((px | py) & 1) === 0) {
        const chroma = (py >> 1) * (WIDTH >> 1) + (px >> 1);
        picture.u[chroma] += (mixed(layer.blue) - picture.u[chroma]) * cover;
        picture.v[chroma] += (mixed(layer.red) - picture.v[chroma]) * cover;
      }
    }
  }
}

/** The tree's crown, a bush before the path and a climber at the house corner. */
export function gardenFoliage() {
  const random = randomFrom(4);
  const scatter = (count, centreX, centreY, reachX, reachY, radius) =>
    Array.from({ length: count }, () => {
      const angle = random() * 2 * Math.PI;
      const reach = Math.sqrt(random());
      return [
        centreX + Math.cos(angle) * reach * reachX,
        centreY + Math.sin(angle) * reach * reachY,
        radius * (0.7 + 0.6 * random()),
      ];
    }).sort((a, b) => a[1] - b[1]);
  return {
    behind: [
      paintFoliage({
        left: 870,
        top: -60,
        width: 430,
        height: 330,
        rooted: 330,
        seed: 11,
        leaf: 5.5,
        clumps: scatter(44, 245, 110, 190, 110, 46),
        dark: [0.1, 0.19, 0.07],
        light: [0.55, 0.66, 0.28],
      }),
      paintFoliage({
        left: 425,
        top: 285,
        width: 110,
        height: 170,
        rooted: 170,
        seed: 12,
        leaf: 4,
        clumps: scatter(18, 52, 95, 30, 60, 22),
        dark: [0.11, 0.2, 0.1],
        light: [0.5, 0.6, 0.3],
      }),
    ],
    before: [
      paintFoliage({
        left: 1090,
        top: 560,
        width: 210,
        height: 190,
        rooted: 190,
        seed: 13,
        leaf: 7,
        clumps: scatter(26, 130, 130, 80, 70, 38),
        dark: [0.09, 0.17, 0.07],
        light: [0.46, 0.6, 0.26],
      }),
    ],
  };
}
