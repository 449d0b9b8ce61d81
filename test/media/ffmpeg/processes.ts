import { execFile } from 'node:child_process';

/** Resolves when no ffmpeg that this process started is there any more. */
export async function noChildren(): Promise<void> {
  while ((await children()).length > 0) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** Ids of the ffmpeg processes that this process started. */
export function children(): Promise<string[]> {
  return new Promise((resolve) => {
    execFile('pgrep', ['-P', String(process.pid), 'ffmpeg'], (_, stdout) => {
      resolve(stdout.split('\n').filter((line) => line !== ''));
    });
  });
}
