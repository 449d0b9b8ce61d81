import type { Hub } from './hub.js';
import type { ProcessEntry } from './process-tree.js';

/**
 * What codes video below a hub for viewers and for files: not what gives single or gray pictures at any time, nor the
 * trial of an encoder, which a hub makes when it starts.
 */
export const transcoders = (hub: Pick<Hub, 'children'>): ProcessEntry[] =>
  hub.children().filter(({ command }) => / -c:v (?!mjpeg|rawvideo)/.test(command) && !command.includes(' -f lavfi '));
