import type { FileHandle } from 'node:fs/promises';
import * as fs from 'node:fs/promises';

/** An open file, as far as media need it. */
export type OpenFile = Pick<FileHandle, 'write' | 'read' | 'sync' | 'close' | 'stat' | 'truncate'>;

/** The file system, as far as media need it: `node:fs/promises`, or one that fails on purpose. */
export interface Files extends Pick<typeof fs, 'rename' | 'rm' | 'rmdir' | 'mkdir' | 'opendir' | 'statfs'> {
  open(path: string, flags: 'r' | 'r+' | 'w', mode?: number): Promise<OpenFile>;
}

export const DISK: Files = fs;

/** For example `ENOENT`; empty for what is no error of the system. */
export const codeOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string' ? error.code : '';

/** The disk, or the share of it that we may use, is full. */
export const isFull = (error: unknown): boolean => ['ENOSPC', 'EDQUOT'].includes(codeOf(error));
