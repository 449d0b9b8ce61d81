/* eslint-disable @typescript-eslint/no-non-null-assertion -- every index is bounded by its loop */
import type { Weights } from '../../src/detection/score.js';
import type { Row } from './logistic.js';
import { fitLogistic, standardise } from './logistic.js';
import { Random } from './random.js';

const UNITS = 16;
const ROUNDS = 12;
const BATCH = 64;
/** Of Adam; falls to 0 in the end. */
const RATE = 0.003;
const [MEMORY, SQUARE_MEMORY] = [0.9, 0.999];
/** Of the squared weights. */
const PENALTY = 3e-4;
/** A step of less weight was not needed. */
const LEAST = 0.01;
/** Where learning begins; what is in place is the mean of what it comes to from each. */
const SEEDS = [8, 7] as const;

/** Weights in one array: bias and measures of the sum, then weight, bias and measures of every unit. */
class Network {
  readonly w: Float64Array;
  readonly gradient: Float64Array;
  readonly #steps = new Float64Array(UNITS);
  readonly #d: number;

  constructor(d: number) {
    this.#d = d;
    this.w = new Float64Array(1 + d + UNITS * (2 + d));
    this.gradient = new Float64Array(this.w.length);
  }

  /** Where a unit's numbers begin. */
  at(unit: number): number {
    return 1 + this.#d + unit * (2 + this.#d);
  }

  forward(x: Float64Array): number {
    const { w } = this;
    let z = this.#sum(0, x);
    for (let u = 0; u < UNITS; u++) z += w[this.at(u)]! * (this.#steps[u] = Math.tanh(this.#sum(this.at(u) + 1, x)));
    return z;
  }

  /** Adds to the gradient; to be called after {@link forward} of the same. @param error of the logit */
  backward(x: Float64Array, error: number): void {
    this.#add(0, x, error);
    for (let u = 0; u < UNITS; u++) {
      const step = this.#steps[u]!;
      this.gradient[this.at(u)]! += error * step;
      this.#add(this.at(u) + 1, x, error * this.w[this.at(u)]! * (1 - step * step));
    }
  }

  #sum(at: number, x: Float64Array): number {
    let sum = this.w[at]!;
    for (let j = 0; j < x.length; j++) sum += this.w[at + 1 + j]! * x[j]!;
    return sum;
  }

  #add(at: number, x: Float64Array, by: number): void {
    this.gradient[at]! += by;
    for (let j = 0; j < x.length; j++) this.gradient[at + 1 + j]! += by * x[j]!;
  }
}

/**
 * The logistic sum, and soft steps of all measures that correct it, learned by Adam on standardised measures from two
 * beginnings: where the two disagree, neither is sure. The same rows give the same weights.
 */
export function fitNetworks(rows: readonly Row[], linearPenalty: number): Weights {
  const share = 1 / SEEDS.length;
  const all = SEEDS.map((seed) => fitNetwork(rows, linearPenalty, seed));
  const sum = (of: (weights: Weights) => number): number =>
    rounded(all.reduce((total, weights) => total + share * of(weights), 0));
  return {
    bias: sum(({ bias }) => bias),
    features: Array.from(rows[0]!.features, (_, j) => sum(({ features }) => features[j]!)),
    units: all
      .flatMap(({ units = [] }) => units.map((unit) => ({ ...unit, weight: rounded(share * unit.weight) })))
      .filter(({ weight }) => Math.abs(weight) >= LEAST),
  };
}

function fitNetwork(rows: readonly Row[], linearPenalty: number, seed: number): Weights {
  const d = rows[0]!.features.length;
  const { mean, deviation } = standardise(rows, d);
  const xs = rows.map((row) => Float64Array.from(row.features, (value, j) => (value - mean[j]!) / deviation[j]!));
  const random = new Random(seed);
  const network = new Network(d);
  begin(network, fitLogistic(rows, linearPenalty), mean, deviation, random);
  const average = rows.reduce((sum, row) => sum + row.weight, 0) / rows.length;
  const order = Int32Array.from(rows, (_, i) => i);
  const adam = new Adam(network.w.length, ROUNDS * Math.ceil(rows.length / BATCH));
  for (let round = 0; round < ROUNDS; round++) {
    shuffle(order, random);
    for (let from = 0; from < order.length; from += BATCH) {
      const batch = order.subarray(from, from + BATCH);
      network.gradient.fill(0);
      for (const i of batch) {
        const { positive, weight } = rows[i]!;
        const p = 1 / (1 + Math.exp(-network.forward(xs[i]!)));
        network.backward(xs[i]!, ((p - (positive ? 1 : 0)) * weight) / average / batch.length);
      }
      adam.step(network.w, network.gradient);
    }
  }
  return unscaled(network, mean, deviation);
}

function begin(network: Network, sum: Weights, mean: Float64Array, deviation: Float64Array, random: Random): void {
  const { w } = network;
  w[0] = sum.bias + sum.features.reduce((total, value, j) => total + value * mean[j]!, 0);
  for (let j = 0; j < mean.length; j++) w[1 + j] = sum.features[j]! * deviation[j]!;
  for (let u = 0; u < UNITS; u++) {
    const at = network.at(u);
    w[at] = 0.1 * random.normal();
    w[at + 1] = random.normal();
    for (let j = 0; j < mean.length; j++) w[at + 2 + j] = 0.7 * random.normal();
  }
}

class Adam {
  readonly #mean: Float64Array;
  readonly #square: Float64Array;
  readonly #steps: number;
  #step = 0;

  constructor(size: number, steps: number) {
    this.#mean = new Float64Array(size);
    this.#square = new Float64Array(size);
    this.#steps = steps;
  }

  step(w: Float64Array, gradient: Float64Array): void {
    const step = ++this.#step;
    const rate = (RATE * (1 - step / (this.#steps + 1))) / (1 - MEMORY ** step);
    const unbiased = 1 - SQUARE_MEMORY ** step;
    for (let k = 0; k < w.length; k++) {
      const g = gradient[k]! + (k > 0 ? PENALTY * w[k]! : 0);
      this.#mean[k]! += (1 - MEMORY) * (g - this.#mean[k]!);
      this.#square[k]! += (1 - SQUARE_MEMORY) * (g * g - this.#square[k]!);
      w[k]! -= (rate * this.#mean[k]!) / (Math.sqrt(this.#square[k]! / unbiased) + 1e-8);
    }
  }
}

function shuffle(order: Int32Array, random: Random): void {
  for (let i = order.length - 1; i > 0; i--) {
    const k = Math.floor(random.next() * (i + 1));
    [order[i], order[k]] = [order[k]!, order[i]!];
  }
}

const rounded = (value: number): number => Number(value.toFixed(3));

/** For measures as they are, rounded to what is kept in the source. */
function unscaled(network: Network, mean: Float64Array, deviation: Float64Array): Weights {
  const sumAt = (at: number): { bias: number; features: number[] } => {
    const features = Array.from(mean, (_, j) => rounded(network.w[at + 1 + j]! / deviation[j]!));
    const bias = network.w[at]! - features.reduce((sum, value, j) => sum + value * mean[j]!, 0);
    return { bias: rounded(bias), features };
  };
  const units = Array.from({ length: UNITS }, (_, u) => ({
    weight: rounded(network.w[network.at(u)]!),
    ...sumAt(network.at(u) + 1),
  }));
  return { ...sumAt(0), units };
}
