import { Scene } from './scene.js';
import type { Finding, GrayFrame } from './types.js';
import { WEIGHTS } from './weights.js';
export class Detector {
  readonly scene: Scene;
  constructor(weights = WEIGHTS) { this.scene = new Scene(weights); }
  #event: { start: number; detectedAt: number; end: number } | undefined;
  readonly out: { start: number; detectedAt: number; end: number }[] = [];
  push(frame: GrayFrame): Finding[] {
    this.scene.look(frame);
    for (const track of this.scene.tracker.live) {
      if (!track.confirmed || track.moved !== frame.time) continue;
      if (this.#event === undefined || frame.time - this.#event.end > 4000) {
        this.#event = { start: track.born, detectedAt: frame.time, end: frame.time };
        this.out.push(this.#event);
      }
      this.#event.end = frame.time;
    }
    return [];
  }
}
