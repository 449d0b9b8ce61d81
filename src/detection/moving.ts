import type { Moving } from './events.js';
import type { LiveTrack } from './tracks.js';
import { HEIGHT, PIXELS, WIDTH } from './types.js';

/** The tracks that are events and moved in this frame, in fractions of the picture. */
export function movingOf(tracks: readonly LiveTrack[], time: number): Moving[] {
  const moving: Moving[] = [];
  for (const track of tracks) {
    const { blob } = track;
    if (!track.confirmed || track.moved !== time || blob === undefined) continue;
    moving.push({
      id: track.id,
      born: track.born,
      start: [track.startX / WIDTH, track.startY / HEIGHT],
      at: [track.x / WIDTH, track.y / HEIGHT],
      path: track.path / WIDTH,
      size: track.maxArea / PIXELS,
      box: [blob.left / WIDTH, blob.top / HEIGHT, (blob.right - blob.left) / WIDTH, (blob.bottom - blob.top) / HEIGHT],
      mask: track.mask,
      touched: track.touched,
      confidence: track.peak,
    });
  }
  return moving;
}
