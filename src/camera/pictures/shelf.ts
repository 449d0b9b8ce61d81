import { readFile } from 'node:fs/promises';
import type { FeedState } from '../feed/feed.js';

const FILES: Readonly<Record<FeedState['kind'], string>> = {
  connecting: 'connecting.jpg',
  online: 'connecting.jpg',
  offline: 'offline.jpg',
  off: 'off.jpg',
};
const taken = new Map<string, Promise<Buffer>>();

/** A picture that was drawn before, without a camera's name (by scripts/assets.mjs): 1280 × 720 pixels. */
export function shelved(state: FeedState['kind']): Promise<Buffer> {
  const file = FILES[state];
  const found = taken.get(file) ?? readFile(new URL(`../../../assets/${file}`, import.meta.url));
  taken.set(file, found);
  found.catch(() => taken.delete(file));
  return found;
}
