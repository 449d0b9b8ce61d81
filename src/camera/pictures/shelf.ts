import { readFile } from 'node:fs/promises';
import type { Drawing } from './draw.js';

const FILES: Readonly<Record<Drawing['glyph'], string>> = { camera: 'connecting.jpg', 'camera-off': 'offline.jpg' };
const taken = new Map<Drawing['glyph'], Promise<Buffer>>();

/** A picture that was drawn before, without a camera's name (by scripts/assets.mjs): 1280 × 720 pixels. */
export function shelved(glyph: Drawing['glyph']): Promise<Buffer> {
  const found = taken.get(glyph) ?? readFile(new URL(`../../../assets/${FILES[glyph]}`, import.meta.url));
  taken.set(glyph, found);
  found.catch(() => taken.delete(glyph));
  return found;
}
