/** A hub that does nothing but write events, until it is killed: `writer.ts FOLDER`. Says the id of each that is safe. */
import { setImmediate } from 'node:timers/promises';
import { Archive } from '../../src/events/archive.js';
import type { StoredEvent } from '../../src/events/event.js';
import { newEventId, NO_MEDIA } from '../../src/events/event.js';
import { Retention } from '../../src/events/retention.js';
import { clip, fragment, jpeg, MP4_START } from './clips.js';
import { event } from './events.js';

const folder = process.argv[2] ?? '';
const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};
const quiet = (): void => undefined;
const log = { info: quiet, warn: quiet };
const days = { clips: 9, pictures: 9, records: 9 };
const archive = await Archive.open({
  folder,
  now: Date.now,
  log,
  limits: { days, bytes: 1e12, free: 0 },
  reserves: { clips: 0, pictures: 0 },
});
/** Takes clips away, but for those of the last sixty events. */
async function retain(): Promise<void> {
  const { bytes } = await archive.store.usage();
  const limits = { days, bytes: bytes.pictures + bytes.records + 60 * clip(3).length, free: 0 };
  await new Retention({ store: archive.store, media: archive.media, limits, log, now: Date.now }).run();
}
say('ready');

async function* growing(): AsyncGenerator<Uint8Array, void> {
  yield MP4_START;
  for (let i = 0; i < 3; i++) {
    await setImmediate();
    yield fragment(10_000);
  }
}

async function write(continues: string | undefined): Promise<string> {
  const start = Date.now();
  const ongoing: StoredEvent = event({ id: newEventId(start), start, state: 'ongoing', continues, media: NO_MEDIA });
  const { store, media } = archive;
  await store.put(ongoing);
  const clipBytes = media.write(ongoing, 'clip', growing());
  const picture = { bytes: await media.write(ongoing, 'picture', [jpeg(3000)]), at: start };
  await store.update(ongoing.id, { end: start + 1, media: { picture, preview: [], clip: undefined } });
  const preview = [{ number: 1, bytes: await media.write(ongoing, 1, [jpeg(500)]), at: start }];
  const whole = { picture, preview, clip: { bytes: await clipBytes, at: start, duration: 12_000 } };
  await store.update(ongoing.id, { state: 'ended', end: start + 2, media: whole });
  await store.putNonEvent({ camera: ongoing.camera, at: start, reason: 'sway' });
  return ongoing.id;
}

for (let n = 0, last: string | undefined; ; n++) {
  last = await write(last);
  say(last);
  if (n % 4 === 3) await retain();
}
