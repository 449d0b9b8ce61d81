import { execFile, execFileSync } from 'node:child_process';

/** What an earlier file of tests in the same process may have left is not this one's. */
const EARLIER = new Set(earlier());

function earlier(): string[] {
  try {
    return execFileSync('pgrep', ['-P', String(process.pid), 'ffmpeg'], { encoding: 'utf8' }).split('\n');
  } catch {
    // It answers 1 where there is none.
    return [];
  }
}

/** Resolves when no ffmpeg that this file of tests started is there any more. */
export async function noChildren(): Promise<void> {
  while ((await children()).length > 0) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** Ids of the ffmpeg processes that this file of tests started. */
export function children(): Promise<string[]> {
  return new Promise((resolve) => {
    execFile('pgrep', ['-P', String(process.pid), 'ffmpeg'], (_, stdout) => {
      resolve(stdout.split('\n').filter((line) => line !== '' && !EARLIER.has(line)));
    });
  });
}
