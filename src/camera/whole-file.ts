import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Undefined for what is longer. @param most bytes */
export async function readUpTo(path: string, most: number): Promise<string | undefined> {
  await using file = await open(path, 'r');
  const { buffer, bytesRead } = await file.read(Buffer.alloc(most + 1), 0, most + 1, 0);
  return bytesRead > most ? undefined : buffer.toString('utf8', 0, bytesRead);
}

/** Beside its place and then into it, so that it is there as a whole or not at all. */
export async function writeWhole(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const beside = `${path}.part`;
  try {
    {
      await using file = await open(beside, 'w', 0o600);
      await file.writeFile(text);
      await file.sync();
    }
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true }).catch(() => undefined);
    throw error;
  }
}
