import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';

export interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

const PROC = existsSync('/proc/self/stat');
/** `sysconf(_SC_CLK_TCK)`: 100 on every Linux that Node supports. */
const TICKS_PER_SECOND = 100;

/** Every living process; zombies are left out, they hold nothing but their number. */
function processes(): ProcessEntry[] {
  if (!PROC) return processesByPs();
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    const fields = stat(Number(name));
    if (fields === undefined || fields[0] === 'Z') return [];
    return [{ pid: Number(name), parent: Number(fields[1]), command: commandLine(name) }];
  });
}

function processesByPs(): ProcessEntry[] {
  const out = execFileSync('ps', ['-axo', 'pid=,ppid=,stat=,command='], { encoding: 'utf8' });
  return out.split('\n').flatMap((line) => {
    const match = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line);
    if (match === null || match[3]?.startsWith('Z') === true) return [];
    return [{ pid: Number(match[1]), parent: Number(match[2]), command: match[4] ?? '' }];
  });
}

/** The fields of /proc/PID/stat from the state on (`man 5 proc`, field 3), or undefined where the process has gone. */
function stat(pid: number): string[] | undefined {
  const text = readOrUndefined(`/proc/${pid}/stat`);
  return text?.slice(text.lastIndexOf(')') + 2).split(' ');
}

const commandLine = (pid: string): string =>
  (readOrUndefined(`/proc/${pid}/cmdline`) ?? '').split('\0').join(' ').trim();

function readOrUndefined(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** `root` and everything below it, `root` first. Empty when `root` has gone. */
export function processTree(root: number): ProcessEntry[] {
  const all = processes();
  const tree = all.filter(({ pid }) => pid === root);
  for (const member of tree) tree.push(...all.filter(({ parent }) => parent === member.pid));
  return tree;
}

/** Those of `pids` that are still alive; for a tree whose root may have gone before its leaves. */
export function alive(pids: Iterable<number>): number[] {
  const living = new Set(processes().map(({ pid }) => pid));
  return [...pids].filter((pid) => living.has(pid));
}

/** User and system time of a process and of the children it has waited for, in seconds. Linux only, else 0. */
export function cpuSeconds(pid: number): number {
  const fields = PROC ? stat(pid) : undefined;
  if (fields === undefined) return 0;
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / TICKS_PER_SECOND;
}

/** Proportional set size in MiB: shared pages are counted once over all who share them. Linux only, else 0. */
export const pssMiB = (pid: number): number => rollup(pid, /^Pss:\s+(\d+)/m);

/** Of that, what is no file's: it does not change when other processes that share libraries come and go. Linux only, else 0. */
export const anonymousMiB = (pid: number): number => rollup(pid, /^Pss_Anon:\s+(\d+)/m);

function rollup(pid: number, field: RegExp): number {
  const kib = field.exec(readOrUndefined(`/proc/${pid}/smaps_rollup`) ?? '')?.[1];
  return Number(kib ?? 0) / 1024;
}
