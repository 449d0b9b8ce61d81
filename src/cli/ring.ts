import { ask } from '../control/client.js';
import { ringSchema, type RingResult } from '../control/messages.js';
import type { Command } from './command.js';
import { readArguments, UsageError } from './command.js';
import { plain } from './event-format.js';
import { findFolder, STORAGE_HELP, STORAGE_OPTION } from './storage.js';

const HELP = `lookout ring CAMERA

Presses a doorbell’s button, to try it: it rings in HomeKit, a picture is taken, and the ring is kept as an event. Lookout
must be running. Exit code 1 says that nothing rang.

  CAMERA              the camera’s id, as in “lookout status”
${STORAGE_HELP}`;

export const command: Command = {
  help: HELP,
  async run(args, { print, env, signal }) {
    const { values, positionals } = readArguments(args, STORAGE_OPTION);
    const [camera, more] = positionals;
    if (camera === undefined) throw new UsageError('Which camera?');
    if (more !== undefined) throw new UsageError(`“${more}” is one word too many.`);
    const folder = findFolder(values.storage, env);
    const result = await ask({ request: 'ring', camera }, ringSchema, { folder, signal });
    await print(plain(sentenceOf(camera, result)));
    return result.verdict === 'rings' && result.chime ? 0 : 1;
  },
};

function sentenceOf(camera: string, { verdict, chime, event }: RingResult): string {
  if (verdict === 'too-soon') return `${camera} has rung just now; the button rings not again so soon.`;
  if (verdict === 'agrees') return `${camera} has rung just now, for somebody else; it rings once for both.`;
  const kept = event === null ? '' : ` Its event is ${event}.`;
  return chime ? `${camera} rings.${kept}` : `${camera} does not ring, for its chime is switched off.${kept}`;
}
