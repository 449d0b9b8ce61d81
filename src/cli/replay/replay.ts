import { access, constants, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, extname, join, resolve } from 'node:path';
import { Appraiser } from '../../camera/events/appraiser.js';
import { minuteOfDay, quietHours } from '../../camera/events/quiet.js';
import type { Finding } from '../../detection/types.js';
import { codeOf } from '../../events/files.js';
import { findFfmpeg, type Ffmpeg } from '../../media/ffmpeg/capabilities.js';
import type { Command, Surroundings } from '../command.js';
import { readArguments, UsageError } from '../command.js';
import { cpuSeconds } from '../cpu.js';
import { eventLine, nonEventLine, sentenceOf, summaryLine } from './lines.js';
import { Player } from './play.js';
import { readReplaySettings, type ReplaySettings } from './replay-settings.js';

const HELP = `lookout replay FILE… [OPTIONS]

Has recordings looked at as the hub looks at a camera, as fast as it goes, and says what would have been an event, what
would not, and why. Times are seconds of the recording.

  --sub FILE          the camera's smaller stream, which is then looked at instead; one for each FILE, in their order
  --settings FILE     JSON: a camera's settings, Lookout's, or Homebridge's whole config.json
  --camera ID         which camera, where the settings have several
  --at HH:MM          the time of day at which each recording began (default 12:00), for quiet hours and importance
  --json              one JSON object a line, also on a terminal
  --out DIR           writes DIR/<name of the recording>.jsonl as well

Exit code 1: a recording could not be read.`;

export const command: Command = {
  help: HELP,
  async run(args, surroundings) {
    const { values, positionals } = readArguments(args, {
      sub: { type: 'string', multiple: true },
      settings: { type: 'string' },
      camera: { type: 'string' },
      at: { type: 'string' },
      out: { type: 'string' },
      json: { type: 'boolean' },
    });
    if (positionals.length === 0) throw new UsageError('Which recording? lookout replay FILE…');
    const subs = values.sub ?? [];
    if (subs.length > positionals.length) throw new UsageError('There are more --sub than recordings.');
    const minute = startOf(values.at ?? '12:00');
    if (values.out !== undefined) differ(positionals.map(nameOf));
    const settings = await readReplaySettings(values.settings, values.camera);
    for (const { message } of settings.problems) surroundings.complain(`lookout: ${message}`);
    const ffmpeg = await findFfmpeg({ configured: settings.ffmpeg });
    const json = values.json === true || !surroundings.terminal;
    const out = values.out === undefined ? undefined : await folderAt(resolve(values.out));
    let failed = false;
    for (const [nth, file] of positionals.entries()) {
      const replay = { main: file, sub: subs[nth], minute, settings, ffmpeg, out, json };
      failed = (await replayed(replay, surroundings)) || failed;
    }
    return failed ? 1 : 0;
  },
};

interface Replay {
  readonly main: string;
  readonly sub: string | undefined;
  readonly minute: number;
  readonly settings: ReplaySettings;
  readonly ffmpeg: Ffmpeg;
  readonly out: string | undefined;
  readonly json: boolean;
}

/** @returns whether it failed */
async function replayed(replay: Replay, { print, complain, signal }: Surroundings): Promise<boolean> {
  const { main, sub, minute, settings, ffmpeg, out, json } = replay;
  const clip = nameOf(main);
  const lines: string[] = [];
  const { detect } = settings.camera;
  const appraiser = new Appraiser({
    zones: detect.zones,
    window: detect.alertWindow * 1000,
    quiet: quietHours(settings.quiet),
  });
  const before = cpuSeconds();
  const player = new Player({
    ffmpeg,
    path: resolve(sub ?? main),
    stream: sub === undefined ? 'main' : 'sub',
    zones: detect.zones,
    sensitivity: detect.sensitivity,
    signal,
    onFinding: (finding) => {
      const line = lineOf(finding, clip, appraiser, minute);
      if (line !== undefined) lines.push(line);
    },
  });
  try {
    const played = await player.run();
    lines.push(summaryLine(clip, played, costSince(before)));
  } catch (error) {
    signal.throwIfAborted();
    complain(`lookout: ${main} cannot be replayed: ${error instanceof Error ? error.message : String(error)}`);
    return true;
  }
  for (const line of lines) await print(json ? line : sentenceOf(line));
  if (out !== undefined) await write(join(out, `${clip}.jsonl`), lines);
  return false;
}

const nameOf = (path: string): string => basename(path, extname(path));

/** @throws {UsageError} where one file would be written for two recordings */
function differ(names: readonly string[]): void {
  const twin = names.find((name, nth) => names.indexOf(name) !== nth);
  if (twin !== undefined)
    throw new UsageError(
      `Two recordings are called “${twin}”: --out would write one file for both. Replay them apart.`,
    );
}

/** Before anything is looked at: it takes a while, and would be for nothing. */
async function folderAt(path: string): Promise<string> {
  try {
    await mkdir(path, { recursive: true });
    await access(path, constants.W_OK);
  } catch (error) {
    throw unwritable(path, error);
  }
  return path;
}

async function write(file: string, lines: readonly string[]): Promise<void> {
  try {
    await writeFile(`${file}.part`, lines.map((line) => `${line}\n`).join(''));
    await rename(`${file}.part`, file);
  } catch (error) {
    await rm(`${file}.part`, { force: true }).catch(() => undefined);
    throw unwritable(file, error);
  }
}

const unwritable = (path: string, error: unknown): Error =>
  new Error(`${path} cannot be written (${codeOf(error)}): is it a folder that you may write to, with room?`, {
    cause: error,
  });

function lineOf(finding: Finding, clip: string, appraiser: Appraiser, minute: number): string | undefined {
  if (finding.type === 'non-event') return nonEventLine(clip, finding.nonEvent);
  if (finding.type === 'look') return undefined;
  const { phase, event } = finding;
  const appraisal = appraiser.appraise(phase, event, Math.floor(minute + event.start / 60_000) % 1440);
  return phase === 'end' ? eventLine(clip, event, appraisal) : undefined;
}

function costSince(before: ReturnType<typeof cpuSeconds>) {
  const after = cpuSeconds();
  const own = after.own - before.own;
  return { ownCpuSeconds: own, cpuSeconds: own + (after.children ?? 0) - (before.children ?? 0) };
}

function startOf(time: string): number {
  if (!/^(?:[01]\d|2[0-3]):[0-5]\d$/.test(time))
    throw new UsageError(`--at is a time of day like 09:30; not “${time}”.`);
  return minuteOfDay(time);
}
