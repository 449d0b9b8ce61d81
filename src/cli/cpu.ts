import { readFileSync } from 'node:fs';

/** Ticks a second, of Linux's USER_HZ. */
const TICKS = 100;

/**
 * CPU seconds of this process and of its children that have ended.
 * @returns undefined for the children's part where the system does not tell (only Linux does)
 */
export function cpuSeconds(): { readonly own: number; readonly children: number | undefined } {
  const { user, system } = process.cpuUsage();
  return { own: (user + system) / 1e6, children: childrenCpu() };
}

/** `cutime` and `cstime` of proc(5), which follow the name in brackets at the 14th and 15th place. */
function childrenCpu(): number | undefined {
  try {
    const stat = readFileSync('/proc/self/stat', 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const ticks = Number(fields[13]) + Number(fields[14]);
    return Number.isFinite(ticks) ? ticks / TICKS : undefined;
  } catch {
    return undefined;
  }
}
