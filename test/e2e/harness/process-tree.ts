import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';

export interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  /** In the system's words. Numbers are given out again before long: only with its beginning one names a process. */
  readonly began: string;
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
    return [{ pid: Number(name), parent: Number(fields[1]), began: fields[19] ?? '', command: commandLine(name) }];
  });
}

function processesByPs(): ProcessEntry[] {
  const out = execFileSync('ps', ['-axo', 'pid=,ppid=,stat=,lstart=,command='], { encoding: 'utf8' });
  return out.split('\n').flatMap((line) => {
    // A beginning is five words: `Thu Nov 26 08:00:00 2026`.
    const match = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+((?:\S+\s+){4}\S+)\s+(.*)$/.exec(line);
    if (match === null || match[3]?.startsWith('Z') === true) return [];
    const [, pid, parent, , began = '', command = ''] = match;
    return [{ pid: Number(pid), parent: Number(parent), began, command }];
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

/** What names a process for as long as the system runs. */
export const nameOf = ({ pid, began }: ProcessEntry): string => `${pid} ${began}`;

/** Those that are still alive; for a tree whose root may have gone before its leaves. */
export function alive(entries: Iterable<ProcessEntry>): ProcessEntry[] {
  const living = new Set(processes().map(nameOf));
  return [...entries].filter((entry) => living.has(nameOf(entry)));
}

/**
 * Those below a tree's root that are programs of their own: what has just begun has its parent's command until it gets
 * one, and what ends has none any more.
 */
export const programsBelow = (tree: readonly ProcessEntry[]): ProcessEntry[] =>
  tree.slice(1).filter(({ parent, command }) => {
    const above = tree.find(({ pid }) => pid === parent)?.command;
    return command !== '' && command !== above;
  });

export function killQuietly({ pid }: ProcessEntry): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended in the meantime.
  }
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
