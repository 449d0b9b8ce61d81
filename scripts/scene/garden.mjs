/** The place without anything that moves: a house wall with a door, a paved path, lawn, a hedge and what is behind it. */
import { cellNoise, cloudNoise, smoothNoise } from './random.mjs';
import { HEIGHT, WIDTH, across, column, groundDistance, groundRow, heightAt, newPicture, toYuv } from './view.mjs';

const WALL = 9.5;
const WALL_CORNER = -1.7;
const HEDGE = 10.4;
const PATH = { near: 5.5, far: 7.3 };
const DOOR = { left: -4.15, right: -3.1, top: 2.1 };
const WINDOW = { left: -6.3, right: -5, bottom: 1, top: 2.2 };
const SMALL_WINDOW = { left: -2.65, right: -2.05, bottom: 1.25, top: 2.15 };
const TREE = { x: 4.7, z: 8.9, radius: 0.16 };

/** Where the lamp beside the door is, for whoever lights it. */
export const LAMP = { x: column(-2.87, WALL), y: groundRow(WALL) - (1.98 * 900) / WALL };

const clamp = (value) => Math.min(1, Math.max(0, value));
const smooth = (from, to, value) => {
  const part = clamp((value - from) / (to - from));
  return part * part * (3 - 2 * part);
};
const mix = (a, b, part) => [a[0] + (b[0] - a[0]) * part, a[1] + (b[1] - a[1]) * part, a[2] + (b[2] - a[2]) * part];
const shade = (colour, factor) => [colour[0] * factor, colour[1] * factor, colour[2] * factor];
const within = (value, from, to) => value >= from && value < to;

function sky(px, py) {
  const cloud = smooth(0.48, 0.75, cloudNoise(px / 260 + 3, py / 90, 5));
  const air = mix([0.5, 0.66, 0.86], [0.82, 0.88, 0.93], clamp(py / 250));
  return mix(air, [0.95, 0.95, 0.95], cloud * 0.8);
}

function distance(px, py) {
  const treeLine = 178 - 70 * cloudNoise(px / 120 + 9, 1.5, 4) + 8 * smoothNoise(px / 7, 3);
  const roofTop = 118 + Math.max(0, 830 - px) * 0.55 + Math.max(0, px - 930) * 0.55;
  if (within(px, 715, 1045) && py > roofTop && py < 182) {
    const tile = 0.9 + 0.12 * cellNoise(px / 9 + (Math.floor(py / 6) % 2) * 0.5, py / 6);
    return shade([0.56, 0.34, 0.28], tile);
  }
  if (within(px, 745, 1015) && py >= 182) {
    const glass = within(px, 800, 845) || within(px, 905, 950);
    if (glass && within(py, 205, 250)) return [0.42, 0.5, 0.57];
    return shade([0.82, 0.78, 0.72], 0.95 + 0.06 * cloudNoise(px / 30, py / 30, 3));
  }
  if (py < treeLine) return sky(px, py);
  const leaves = cloudNoise(px / 16, py / 12, 5);
  return mix(shade([0.34, 0.45, 0.3], 0.65 + 0.7 * leaves), [0.72, 0.79, 0.83], 0.28);
}

function hedge(px, py) {
  const height = heightAt(py, HEDGE);
  const top = 1.5 + 0.1 * (cloudNoise(px / 22, 4, 4) - 0.5);
  if (height > top) return undefined;
  const leaves = 0.6 * cloudNoise(px / 9, py / 8, 4) + 0.4 * cellNoise(px / 2.4, py / 2.2);
  const light = 0.42 + 0.5 * smooth(0, 1.5, height) + 0.12 * smooth(top - 0.12, top, height);
  return shade(mix([0.16, 0.27, 0.11], [0.42, 0.55, 0.24], leaves), light);
}

function gate(px, py) {
  const x = across(px, HEDGE);
  const height = heightAt(py, HEDGE);
  if (!within(x, 0.55, 1.95)) return undefined;
  const post = x < 0.68 || x > 1.82;
  if (height > (post ? 1.45 : 1.16 + 0.1 * Math.cos((x - 1.25) * 4))) return undefined;
  const slat = (x - 0.68) / 0.145;
  const between = !post && slat - Math.floor(slat) > 0.76;
  const rail = within(height, 0.24, 0.34) || within(height, 0.84, 0.94);
  if (between && !rail) return undefined;
  const grain = 0.82 + 0.22 * cloudNoise(x * 60, height * 5, 3) + 0.08 * cellNoise(slat, 7);
  return shade(post ? [0.62, 0.6, 0.56] : [0.56, 0.44, 0.32], grain * (rail ? 0.9 : 1));
}

function pane({ left, right, bottom, top }, x, height) {
  if (!within(x, left - 0.1, right + 0.1) || !within(height, bottom - 0.14, top + 0.1)) return undefined;
  if (height < bottom - 0.06) return [0.72, 0.71, 0.68];
  const middle = (left + right) / 2;
  const frame = !within(x, left, right) || !within(height, bottom, top) || Math.abs(x - middle) < 0.025;
  if (frame) return [0.93, 0.93, 0.9];
  const reflected = smooth(0.42, 0.62, cloudNoise(x * 2.5 + 3, height * 2 + (x - left) * 0.6, 4));
  const curtain = smooth(0.12, 0, Math.min(x - left, right - x) - 0.12) * 0.35;
  const glass = mix([0.16, 0.2, 0.23], [0.58, 0.68, 0.78], reflected * 0.75);
  return mix(glass, [0.8, 0.78, 0.74], curtain);
}

function door(x, height) {
  if (!within(x, DOOR.left - 0.1, DOOR.right + 0.1) || height > DOOR.top + 0.1) return undefined;
  if (!within(x, DOOR.left, DOOR.right) || height > DOOR.top) return [0.9, 0.9, 0.87];
  const u = (x - DOOR.left) / (DOOR.right - DOOR.left);
  const v = height / DOOR.top;
  if (Math.hypot((u - 0.87) * 1.05, (v - 0.47) * 2.1) < 0.035) return [0.86, 0.74, 0.42];
  if (within(v, 0.74, 0.92) && within(u, 0.2, 0.8)) {
    if (Math.abs(u - 0.5) < 0.02) return [0.14, 0.25, 0.25];
    return mix([0.25, 0.3, 0.33], [0.62, 0.7, 0.76], smoothNoise(u * 4, v * 14));
  }
  const panel = Math.min(Math.abs(u - 0.2), Math.abs(u - 0.8), Math.abs(v - 0.1), Math.abs(v - 0.66));
  const groove = within(u, 0.17, 0.83) && within(v, 0.08, 0.68) && panel < 0.018 ? 0.72 : 1;
  return shade([0.17, 0.33, 0.33], groove * (0.94 + 0.1 * cloudNoise(x * 5, height * 30, 3)));
}

function wall(px, py) {
  const x = across(px, WALL);
  if (x > WALL_CORNER) return undefined;
  const height = heightAt(py, WALL);
  const opening = door(x, height) ?? pane(WINDOW, x, height) ?? pane(SMALL_WINDOW, x, height);
  if (opening !== undefined) return opening;
  if (height < 0.38 && !within(x, DOOR.left - 0.3, DOOR.right + 0.3)) {
    const joint = (x / 0.42 + (Math.floor(height / 0.19) % 2) * 0.5) % 1;
    const line = Math.abs(joint) < 0.04 || height % 0.19 < 0.015 ? 0.75 : 1;
    return shade([0.52, 0.5, 0.47], line * (0.75 + 0.4 * cloudNoise(px / 7, py / 7, 4)));
  }
  const plaster = 0.95 + 0.07 * cloudNoise(px / 60, py / 60, 3) + 0.05 * cellNoise(px / 1.7, py / 1.7);
  const eave = 1 - 0.42 * smooth(3.75, 4.35, height);
  const weather = 1 - 0.1 * smooth(0.9, 0.3, height);
  const edge = 1 - 0.12 * smooth(WALL_CORNER - 0.12, WALL_CORNER, x);
  return shade([0.87, 0.82, 0.73], plaster * eave * weather * edge);
}

function lawn(x, z, px, py) {
  const broad = cloudNoise(x * 0.9, z * 0.9, 4);
  const blades = cloudNoise(px / 3.2, py / 2.1, 3);
  const stripe = Math.floor((x + 0.35 * z) / 1.1) % 2 === 0 ? 1.04 : 0.97;
  const grass = mix([0.25, 0.39, 0.15], [0.45, 0.56, 0.26], clamp(broad * 0.7 + blades * 0.55 - 0.15));
  const [cellX, cellZ] = [x * 18 - Math.floor(x * 18), z * 14 - Math.floor(z * 14)];
  if (cellNoise(x * 18, z * 14) > 0.995 && Math.hypot(cellX - 0.5, cellZ - 0.5) < 0.36) return [0.9, 0.9, 0.8];
  return shade(grass, stripe);
}

function slabs(x, z, px, py) {
  const row = Math.floor(z / 0.46);
  const along = x / 0.62 + (row % 2) * 0.5;
  const joint = Math.min(along - Math.floor(along), 1 - (along - Math.floor(along))) * 0.62;
  const seam = Math.min(z - row * 0.46, (row + 1) * 0.46 - z);
  const tint = 0.88 + 0.2 * cellNoise(Math.floor(along) + 40, row);
  const stone = shade([0.66, 0.63, 0.58], tint * (0.86 + 0.25 * cloudNoise(px / 5, py / 4, 4)));
  const moss = cloudNoise(x * 1.3, z * 1.3, 3);
  return mix(mix([0.34, 0.37, 0.24], [0.42, 0.4, 0.36], moss), stone, smooth(0.006, 0.022, Math.min(joint, seam)));
}

function ground(px, py) {
  const z = groundDistance(py);
  const x = across(px, z);
  const wobble = 0.05 * (cloudNoise(x * 3, z * 3, 3) - 0.5);
  const crossing = within(z + wobble, PATH.near, PATH.far);
  const toDoor = within(x + wobble, DOOR.left - 0.1, DOOR.right + 0.1) && z > PATH.near;
  const toGate = within(x + wobble, 0.65, 1.85) && z > PATH.near;
  if (crossing || toDoor || toGate) return slabs(x, z, px, py);
  const bed = (x < WALL_CORNER + 0.3 && z > WALL - 0.55 + wobble * 3) || z > HEDGE - 0.4 + wobble * 3;
  if (bed) {
    const soil = shade([0.33, 0.26, 0.19], 0.7 + 0.5 * cloudNoise(px / 5, py / 4, 4));
    const plant = smooth(0.5, 0.62, cloudNoise(x * 7, z * 7, 3));
    return mix(soil, shade([0.33, 0.47, 0.22], 0.7 + 0.5 * cellNoise(px / 3, py / 2.4)), plant);
  }
  return lawn(x, z, px, py);
}

/** How much of the sun reaches the ground: patches below a tree that stands outside the picture, and the feet of walls. */
function groundLight(px, py) {
  const z = groundDistance(py);
  const x = across(px, z);
  const dapple = smooth(0.44, 0.58, cloudNoise(x * 1.1 + 20, z * 0.9, 5));
  const below = smooth(0.6, -1.6, x + (z - 5) * 0.55) * smooth(8.6, 7.4, z);
  const nearWall = x < WALL_CORNER + 0.2 ? smooth(WALL - 0.7, WALL, z) : 0;
  const nearHedge = smooth(HEDGE - 0.9, HEDGE, z);
  const nearTree = 0.45 * smooth(1.1, 0.1, Math.hypot(x - TREE.x - 0.3, (z - TREE.z) * 0.8));
  return (1 - 0.42 * below * (1 - dapple)) * (1 - 0.35 * nearWall) * (1 - 0.4 * nearHedge) * (1 - nearTree);
}

function trunk(px, py) {
  const centre = column(TREE.x, TREE.z) + 10 * Math.sin(py / 120);
  const foot = groundRow(TREE.z);
  const radius = (TREE.radius * 900) / TREE.z + 14 * smooth(foot - 30, foot, py) ** 2;
  const side = (px - centre) / radius;
  if (py > foot + 2 || Math.abs(side) > 1) return undefined;
  const bark = 0.7 + 0.5 * cloudNoise(px / 3.5, py / 16, 4);
  return shade([0.4, 0.33, 0.26], bark * (0.95 - 0.45 * side));
}

function colourAt(px, py) {
  const inTrunk = trunk(px, py);
  if (inTrunk !== undefined) return inTrunk;
  if (py < groundRow(WALL)) {
    const inWall = wall(px, py);
    if (inWall !== undefined) return inWall;
  }
  if (py < groundRow(HEDGE)) return gate(px, py) ?? gateGap(px, py) ?? hedge(px, py) ?? distance(px, py);
  return shade(ground(px, py), groundLight(px, py));
}

/** Between the gate's slats: the pavement beyond. */
function gateGap(px, py) {
  const x = across(px, HEDGE);
  return within(x, 0.55, 1.95) && heightAt(py, HEDGE) < 1.05 ? shade([0.5, 0.52, 0.5], 0.8) : undefined;
}

/** The lantern's housing; its light is drawn anew for every picture. */
function lantern(px, py) {
  const x = px - LAMP.x;
  const y = py - LAMP.y;
  if (within(y, -13, -9) && Math.abs(x) < 4 + (y + 13)) return [0.1, 0.1, 0.11];
  if (within(y, 9, 12) && Math.abs(x) < 7) return [0.1, 0.1, 0.11];
  if (within(y, -9, 9) && Math.abs(x) < 7) return Math.abs(x) > 5.4 ? [0.1, 0.1, 0.11] : [0.62, 0.6, 0.55];
  return undefined;
}

/** @returns the still picture, from four samples a pixel */
export function paintGarden() {
  const picture = newPicture();
  const u = new Float32Array((WIDTH * HEIGHT) / 4);
  const v = new Float32Array((WIDTH * HEIGHT) / 4);
  for (let row = 0; row < HEIGHT; row++) {
    for (let col = 0; col < WIDTH; col++) {
      const sum = [0, 0, 0];
      for (const [dx, dy] of [
        [0.125, 0.375],
        [0.625, 0.125],
        [0.375, 0.875],
        [0.875, 0.625],
      ]) {
        const colour = lantern(col + dx, row + dy) ?? colourAt(col + dx, row + dy);
        for (let channel = 0; channel < 3; channel++) sum[channel] += clamp(colour[channel]) / 4;
      }
      const [luma, blue, red] = toYuv(sum);
      picture.y[row * WIDTH + col] = luma;
      const chroma = (row >> 1) * (WIDTH >> 1) + (col >> 1);
      u[chroma] += blue / 4;
      v[chroma] += red / 4;
    }
  }
  picture.u.set(u);
  picture.v.set(v);
  return picture;
}
