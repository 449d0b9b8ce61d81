/** Somebody who walks by: where they are, how their limbs stand, and how that is drawn. */
import { HEIGHT, WIDTH, groundRow, scaleAt, toYuv } from './view.mjs';

/** Metres per second, and seconds for two steps. */
const SPEED = 1.22;
const STRIDE_TIME = 1.08;
/** The part of a stride that a foot stands on the ground: standing, it must go back as fast as the body goes on. */
const STANCE = 0.62;
const STEP = SPEED * STANCE * STRIDE_TIME;

const THIGH = 0.46;
const SHANK = 0.45;
const ANKLE = 0.08;
const HIP = 0.935;

/** Who walks when: seconds into the scene, from which side (1: from the left), how far away, and how they look. */
export const WALKS = [
  {
    at: 3,
    towards: 1,
    z: 6.5,
    size: 1,
    look: {
      coat: [0.62, 0.16, 0.14],
      legs: [0.17, 0.2, 0.3],
      hair: [0.2, 0.13, 0.08],
      skin: [0.83, 0.63, 0.51],
      bag: undefined,
    },
  },
  {
    at: 23,
    towards: -1,
    z: 6,
    size: 0.95,
    look: {
      coat: [0.2, 0.34, 0.52],
      legs: [0.24, 0.22, 0.2],
      hair: [0.5, 0.36, 0.2],
      skin: [0.87, 0.69, 0.58],
      bag: [0.72, 0.56, 0.28],
    },
  },
  {
    at: 43,
    towards: 1,
    z: 6.9,
    size: 1.04,
    look: {
      coat: [0.26, 0.31, 0.24],
      legs: [0.36, 0.33, 0.28],
      hair: [0.09, 0.08, 0.08],
      skin: [0.5, 0.35, 0.26],
      bag: undefined,
    },
  },
];

/** Metres from the middle at which nobody can be seen any more, shadow and all. */
const outOfSight = (z) => WIDTH / 2 / scaleAt(z) + 1.3;

const walkSeconds = (walk) => (2 * outOfSight(walk.z)) / SPEED;

/** @returns how far into the walk the scene is, undefined when that walker is away */
export const walkTime = (walk, time) =>
  time >= walk.at && time < walk.at + walkSeconds(walk) ? time - walk.at : undefined;

const place = (walk, elapsed) => walk.towards * (SPEED * elapsed - outOfSight(walk.z));

/** When each foot touches the ground, and where: `{ time, x, z }`, seconds into the scene. */
export function footfalls() {
  return WALKS.flatMap((walk) => {
    const count = Math.floor(walkSeconds(walk) / (STRIDE_TIME / 2));
    return Array.from({ length: count }, (_, index) => {
      const elapsed = (index * STRIDE_TIME) / 2;
      return { time: walk.at + elapsed, x: place(walk, elapsed), z: walk.z };
    });
  });
}

const smooth = (part) => part * part * (3 - 2 * part);

/** Where a foot is, metres from below the hip; `phase` 0 is when its heel touches the ground. */
function ankleAt(phase) {
  const rise = smooth(Math.min(1, Math.max(0, (phase - 0.42) / 0.2)));
  if (phase < STANCE)
    return { x: STEP / 2 - (STEP * phase) / STANCE + 0.05 * rise, y: ANKLE + 0.09 * rise, pitch: -0.75 * rise };
  const swing = (phase - STANCE) / (1 - STANCE);
  const y = ANKLE + 0.09 * (1 - swing) + 0.09 * Math.sin(Math.PI * swing);
  return {
    x: -STEP / 2 + 0.05 * (1 - swing) + STEP * smooth(swing),
    y,
    pitch: -0.75 * (1 - smooth(swing)) + 0.3 * smooth(swing),
  };
}

function leg(phase, hip) {
  const wanted = ankleAt(phase);
  const dx = wanted.x - hip.x;
  const dy = wanted.y - hip.y;
  const reach = Math.min(Math.hypot(dx, dy), (THIGH + SHANK) * 0.998);
  const along = Math.atan2(dx, -dy);
  const bend = Math.acos((THIGH ** 2 + reach ** 2 - SHANK ** 2) / (2 * THIGH * reach));
  const knee = { x: hip.x + THIGH * Math.sin(along + bend), y: hip.y - THIGH * Math.cos(along + bend) };
  const ankle = { x: hip.x + reach * Math.sin(along), y: hip.y - reach * Math.cos(along) };
  const toe = {
    x: ankle.x + 0.17 * Math.cos(wanted.pitch),
    y: Math.max(0.03, ankle.y - 0.05 + 0.17 * Math.sin(wanted.pitch)),
  };
  const heel = { x: ankle.x - 0.04, y: ankle.y - 0.035 };
  return { knee, ankle, toe, heel };
}

function arm(swing, shoulder) {
  const upper = 0.42 * swing;
  const lower = upper + 0.28 + 0.25 * Math.max(0, swing);
  const elbow = { x: shoulder.x + 0.29 * Math.sin(upper), y: shoulder.y - 0.29 * Math.cos(upper) };
  const hand = { x: elbow.x + 0.25 * Math.sin(lower), y: elbow.y - 0.25 * Math.cos(lower) };
  const fingers = { x: hand.x + 0.08 * Math.sin(lower), y: hand.y - 0.08 * Math.cos(lower) };
  return { elbow, hand, fingers };
}

/**
 * The figure as limbs, those farther from the camera first.
 * @returns `[from, to, radius at from, radius at to, colour]`, metres right of the hip's place and above the ground
 */
export function pose(look, elapsed) {
  const phase = (elapsed / STRIDE_TIME) % 1;
  const other = (phase + 0.5) % 1;
  const hip = { x: 0, y: HIP + 0.018 * Math.cos(4 * Math.PI * (phase - 0.31)) };
  const at = (x, y) => ({ x, y: y + hip.y - HIP });
  const shoulder = at(0.02, 1.4);
  const swing = Math.cos(2 * Math.PI * phase);
  const near = { leg: leg(phase, hip), arm: arm(-swing, shoulder) };
  const far = { leg: leg(other, hip), arm: arm(swing, shoulder) };
  const dim = (colour) => colour.map((channel) => channel * 0.68);
  const shoe = [0.12, 0.1, 0.09];

  const drawLeg = ({ knee, ankle, toe, heel }, colour) => [
    [heel, toe, 0.05, 0.035, shoe],
    [knee, ankle, 0.066, 0.048, colour],
    [hip, knee, 0.095, 0.067, colour],
  ];
  const drawArm = ({ elbow, hand, fingers }, sleeve, skin) => [
    [hand, fingers, 0.036, 0.032, skin],
    [elbow, hand, 0.05, 0.038, sleeve],
    [shoulder, elbow, 0.066, 0.05, sleeve],
  ];
  const bag = look.bag && [
    [at(-0.16, 1.05), at(-0.13, 1.3), 0.12, 0.1, look.bag],
    [at(-0.02, 1.42), at(-0.1, 1.28), 0.025, 0.025, look.bag],
  ];
  return [
    ...drawArm(far.arm, dim(look.coat), dim(look.skin)),
    ...drawLeg(far.leg, dim(look.legs)),
    ...drawLeg(near.leg, look.legs),
    [at(0.03, 1.42), at(0.045, 1.54), 0.055, 0.05, look.skin],
    [at(0, 0.86), at(0, 0.98), 0.135, 0.125, look.coat],
    [at(0, 0.96), at(0.015, 1.34), 0.128, 0.14, look.coat],
    ...(bag || []),
    [at(0.055, 1.575), at(0.05, 1.64), 0.082, 0.088, look.skin],
    [at(0.145, 1.595), at(0.145, 1.6), 0.018, 0.014, look.skin],
    [at(-0.035, 1.62), at(0.03, 1.685), 0.082, 0.078, look.hair],
    ...drawArm(near.arm, look.coat, look.skin),
  ];
}

/** Coverage of a limb (a tapered capsule) around a point, and on which side of its middle the point is (-1..1). */
function limbAt(px, py, { x0, y0, dx, dy, length2, r0, r1 }, softness) {
  const along = length2 === 0 ? 0 : Math.min(1, Math.max(0, ((px - x0) * dx + (py - y0) * dy) / length2));
  const offX = px - x0 - along * dx;
  const offY = py - y0 - along * dy;
  const radius = r0 + (r1 - r0) * along;
  const distance = Math.hypot(offX, offY);
  const cover = Math.min(1, Math.max(0, (radius - distance) / softness + 0.5));
  return { cover, side: cover === 0 ? 0 : (offX * 0.6 + offY * 0.8) / radius };
}

function forLimb(from, to, r0, r1, margin, step, visit) {
  const limb = { x0: from.x, y0: from.y, dx: to.x - from.x, dy: to.y - from.y, r0, r1 };
  limb.length2 = limb.dx ** 2 + limb.dy ** 2;
  const reach = Math.max(r0, r1) + margin;
  const clampTo = (value, limit) => Math.min(limit, Math.max(0, Math.floor(value / step)));
  const right = clampTo(Math.max(from.x, to.x) + reach, WIDTH / step - 1);
  const bottom = clampTo(Math.max(from.y, to.y) + reach, HEIGHT / step - 1);
  for (let row = clampTo(Math.min(from.y, to.y) - reach, HEIGHT / step - 1); row <= bottom; row++) {
    for (let col = clampTo(Math.min(from.x, to.x) - reach, WIDTH / step - 1); col <= right; col++) {
      const { cover, side } = limbAt((col + 0.5) * step, (row + 0.5) * step, limb, margin);
      if (cover > 0) visit(row * (WIDTH / step) + col, cover, side);
    }
  }
}

/** Where the shadow of a point `up` metres above the ground falls: metres right, metres away. */
const SHADOW = { right: 0.62, away: 0.42 };

/** Darkens the ground where the walker keeps the sun off; `sun` 0..1 is how much of it shines. */
function drawShadow(picture, mask, limbs, ground, sun) {
  mask.fill(0);
  for (const [from, to, r0, r1] of limbs) {
    const fall = ({ x, y }) => ground(x + y * SHADOW.right, y * SHADOW.away);
    const size = scaleAt(ground.z) * 0.72;
    forLimb(fall(from), fall(to), r0 * size, r1 * size, 5, 1, (at, cover) => {
      if (cover > mask[at]) mask[at] = cover;
    });
  }
  for (let at = 0; at < mask.length; at++) {
    if (mask[at] > 0) picture.y[at] = 16 + (picture.y[at] - 16) * (1 - 0.45 * sun * mask[at]);
  }
}

const mask = new Float32Array(WIDTH * HEIGHT);

/** Draws everybody who is there at `time`. */
export function drawWalkers(picture, time, sun) {
  for (const walk of WALKS) {
    const elapsed = walkTime(walk, time);
    if (elapsed === undefined) continue;
    const middle = place(walk, elapsed);
    const limbs = pose(walk.look, elapsed);
    const grow = walk.size;
    const ground = (x, away) => {
      const z = walk.z + away * grow;
      return { x: WIDTH / 2 + (middle + x * grow) * scaleAt(z), y: groundRow(z) };
    };
    ground.z = walk.z;
    const mirrored = limbs.map(([from, to, ...rest]) => [
      { x: walk.towards * from.x, y: from.y },
      { x: walk.towards * to.x, y: to.y },
      ...rest,
    ]);
    drawShadow(picture, mask, mirrored, ground, sun);

    const size = scaleAt(walk.z) * grow;
    const onScreen = ({ x, y }) => ({
      x: WIDTH / 2 + middle * scaleAt(walk.z) + x * size,
      y: groundRow(walk.z) - y * size,
    });
    for (const [from, to, r0, r1, colour] of mirrored) {
      const [luma, blue, red] = toYuv(colour);
      const draw = (step, visit) =>
        forLimb(onScreen(from), onScreen(to), r0 * size, r1 * size, step * 1.2, step, visit);
      // Light comes from the upper left: the lower right side of every limb lies in shade.
      draw(1, (at, cover, side) => {
        const lit = 16 + (luma - 16) * (1.06 - (0.12 + 0.2 * sun) * side);
        picture.y[at] += (lit - picture.y[at]) * cover;
      });
      draw(2, (at, cover) => {
        picture.u[at] += (blue - picture.u[at]) * cover;
        picture.v[at] += (red - picture.v[at]) * cover;
      });
    }
  }
}
