import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Files, OpenFile } from '../../src/events/files.js';

export interface SmallDisk extends Disposable {
  readonly folder: string;
  readonly files: Files;
}

/** A disk of so many bytes: a real one in memory where it can be mounted, else one that counts what is written. */
export function smallDisk(bytes: number): SmallDisk {
  const folder = mkdtempSync(join(tmpdir(), 'lookout-disk-'));
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'none', folder]);
  const files: Files = status === 0 ? fs : counting(folder, bytes);
  const close = (): void => {
    if (status === 0) spawnSync('umount', ['-l', folder]);
    rmSync(folder, { recursive: true, force: true });
  };
  return { folder, files, [Symbol.dispose]: close };
}

function counting(folder: string, bytes: number): Files {
  const used = async (): Promise<number> => {
    let sum = 0;
    for (const entry of await fs.readdir(folder, { recursive: true, withFileTypes: true })) {
      if (entry.isFile()) sum += (await fs.stat(join(entry.parentPath, entry.name))).size;
    }
    return sum;
  };
  return {
    ...fs,
    statfs: (async () => ({ bavail: bytes - (await used()), bsize: 1 })) as unknown as Files['statfs'],
    open: async (path, flags, mode) => {
      const file: OpenFile = await fs.open(path, flags, mode);
      const write = file.write.bind(file) as (...args: unknown[]) => Promise<{ bytesWritten: number; buffer: never }>;
      file.write = (async (piece: Uint8Array, at: number, length: number) => {
        if ((await used()) + length > bytes) throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
        return await write(piece, at, length);
      }) as unknown as OpenFile['write'];
      return file;
    },
  };
}
