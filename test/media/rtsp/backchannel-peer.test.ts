import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { openBackchannel } from '../../../src/media/rtsp/backchannel.js';
import { startTalkEncoder } from '../../../src/media/ffmpeg/talk-encoder.js';
import { opusFormat } from '../../../src/media/rtp/opus.js';
import { opusTone, samplesOf, TONE_LEVEL, toneOf } from '../../peers/sound.js';

const SCRIPT = fileURLToPath(new URL('../../peers/backchannel-server.py', import.meta.url));
const SECOND = 8000;

/** GStreamer's RTSP server with ONVIF's extensions, which writes what it hears into a file. */
async function onvifServer(law: 'u' | 'a') {
  const folder = mkdtempSync(join(tmpdir(), 'lookout-onvif-'));
  const file = join(folder, 'heard');
  const child = spawn('/usr/bin/python3', [SCRIPT, JSON.stringify({ law, file })], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const [line] = (await Promise.race([once(createInterface({ input: child.stdout }), 'line'), ended])) as [unknown];
  const { port } = JSON.parse(String(line)) as { port: number };
  return {
    url: `rtsp://127.0.0.1:${port}/stream`,
    heard: () => (existsSync(file) ? readFileSync(file) : Buffer.alloc(0)),
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      await ended;
      rmSync(folder, { recursive: true });
    },
  };
}

describe("GStreamer's ONVIF server", () => {
  it.each(['u', 'a'] as const)('hears what is said in %s-law', async (law) => {
    await using stack = new AsyncDisposableStack();
    const server = stack.use(await onvifServer(law));
    const life = new AbortController();
    stack.defer(() => {
      life.abort();
    });
    const channel = await openBackchannel({ url: server.url, now: () => performance.now() }, life.signal);
    expect(channel.plan.codec).toBe(`pcm_${law === 'u' ? 'mu' : 'a'}law`);
    const encoder = startTalkEncoder({
      ffmpeg: { path: 'ffmpeg' },
      input: { kind: 'packets', format: opusFormat(1) },
      output: { ...channel.plan, to: 'packets' },
      signal: life.signal,
      onData: (data) => {
        channel.send(data);
      },
    });
    // What comes before the server plays it lets fall.
    for (const [at, data] of (await opusTone(700, { seconds: 15 })).entries()) {
      encoder.push({ kind: 'audio', time: at * 20, data });
      await pause(15);
      if (server.heard().length >= SECOND) break;
    }
    expect(server.heard().length).toBeGreaterThanOrEqual(SECOND);
    const tone = toneOf(
      await samplesOf(server.heard(), ['-f', `${law === 'u' ? 'mu' : 'a'}law`, '-ar', '8000', '-ac', '1']),
    );
    expect(tone.frequency).toBeCloseTo(700, 0);
    expect(Math.abs(tone.level - TONE_LEVEL)).toBeLessThan(1);
    expect(tone.purity).toBeGreaterThan(0.95);
    life.abort();
    expect(await channel.ended).toBeUndefined();
  });
});
