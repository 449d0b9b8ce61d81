/**
 * The demonstration camera's footage: a front garden in which somebody walks by every 20 s, one minute that loops.
 * `node scripts/demo-scene.mjs [OUT.mp4]`; without OUT it is made once and kept in `.lookout/`.
 * 1280×720, 20 fps, H.264 Main without B-frames, a keyframe every 2 s, at most 2 Mbit/s; AAC, 32 kHz, mono.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Refusal, ask, ending, findFfmpeg, inProject, isStarted, runAsScript, say } from './project.mjs';
import { pictures } from './scene/scene.mjs';
import { SAMPLE_RATE, hearGarden } from './scene/sound.mjs';
import { FPS, HEIGHT, SECONDS, WIDTH } from './scene/view.mjs';

/** Encoders of H.264, the best first, with what makes each behave like a camera. */
const ENCODERS = {
  libx264: ['-preset', 'veryfast', '-profile:v', 'main', '-bf', '0', '-sc_threshold', '0'],
  h264_videotoolbox: ['-profile:v', 'main', '-bf', '0'],
  libopenh264: ['-profile:v', 'main'],
};

function chooseEncoder(ffmpeg) {
  const listed = ask(ffmpeg, ['-hide_banner', '-encoders']) ?? '';
  const name = Object.keys(ENCODERS).find((encoder) => listed.includes(` ${encoder} `));
  if (name === undefined) throw new Refusal(`demo: ${ffmpeg} has no H.264 encoder; install an ffmpeg with libx264.`);
  return ['-c:v', name, ...ENCODERS[name]];
}

function startFfmpeg(ffmpeg, out) {
  const picture = ['-f', 'rawvideo', '-pix_fmt', 'yuv420p', '-s', `${WIDTH}x${HEIGHT}`, '-r', `${FPS}`, '-i', 'pipe:0'];
  const sound = ['-f', 's16le', '-ar', `${SAMPLE_RATE}`, '-ac', '1', '-i', 'pipe:3'];
  const colours = ['-color_range', 'tv', '-colorspace', 'bt709', '-color_primaries', 'bt709', '-color_trc', 'bt709'];
  const rate = ['-g', `${2 * FPS}`, '-b:v', '1700k', '-maxrate', '1900k', '-bufsize', '1900k'];
  return spawn(
    ffmpeg,
    [
      ...['-hide_banner', '-loglevel', 'error', '-y', ...picture, ...sound, '-map', '0:v', '-map', '1:a'],
      ...[...chooseEncoder(ffmpeg), ...rate, ...colours, '-c:a', 'aac', '-b:a', '48k'],
      ...['-movflags', '+faststart', '-f', 'mp4', out],
    ],
    { stdio: ['pipe', 'ignore', 'inherit', 'pipe'], signal: ending.signal },
  );
}

/** Draws and encodes the scene; the file appears whole or not at all. */
export async function makeScene(out) {
  const ffmpeg = findFfmpeg();
  if (ffmpeg === undefined) throw new Refusal('demo: no ffmpeg; run `node scripts/setup.mjs`.');
  mkdirSync(dirname(out), { recursive: true });
  const beside = `${out}.${process.pid}.part`;
  const child = startFfmpeg(ffmpeg, beside);
  const ended = once(child, 'exit');
  // What is written after ffmpeg has gone fails; its exit code says why.
  for (const pipe of [child.stdin, child.stdio[3]]) pipe.on('error', () => undefined);
  try {
    child.stdio[3].end(hearGarden());
    let drawn = 0;
    for (const picture of pictures()) {
      if (child.exitCode !== null || child.signalCode !== null) break;
      if (!child.stdin.write(Buffer.from(picture))) await Promise.race([once(child.stdin, 'drain'), ended]);
      else await nextTurn();
      drawn += 1;
      if (drawn % (10 * FPS) === 0) say(`demo: drew ${drawn / FPS} of ${SECONDS} s`);
    }
    child.stdin.end();
    const [code] = await ended;
    if (code !== 0) throw new Refusal('demo: ffmpeg could not encode the scene; its message is above.');
    renameSync(beside, out);
  } finally {
    rmSync(beside, { force: true });
  }
}

/** @returns the path of the scene in `.lookout/`, drawn anew when the code that draws it has changed */
export async function demoScene() {
  const here = dirname(fileURLToPath(import.meta.url));
  const sources = [
    join(here, 'demo-scene.mjs'),
    ...readdirSync(join(here, 'scene'))
      .sort()
      .map((name) => join(here, 'scene', name)),
  ];
  const hash = createHash('sha256');
  for (const path of sources) hash.update(readFileSync(path));
  const name = `demo-${hash.digest('hex').slice(0, 8)}.mp4`;
  const folder = inProject('.lookout');
  const out = join(folder, name);
  if (existsSync(out)) return out;

  say('demo: drawing the demonstration scene, once (about half a minute) …');
  await makeScene(out);
  for (const old of readdirSync(folder)) {
    if (/^demo-[0-9a-f]{8}\.mp4$/.test(old) && old !== name) rmSync(join(folder, old));
  }
  return out;
}

if (isStarted(import.meta.url)) {
  await runAsScript(async ([out]) => {
    if (out === undefined) say(await demoScene());
    else await makeScene(resolve(out));
    return 0;
  });
}
