/** Prints a measured figure: figures are recorded, and decide no test by themselves. */
export function figure(name: string, value: number | readonly number[], unit: string): void {
  const values = typeof value === 'number' ? [value] : value;
  const shown =
    values.length === 1
      ? round(values[0] ?? Number.NaN)
      : `median ${round(median(values))}, p95 ${round(percentile(values, 95))}, max ${round(Math.max(...values))}, n ${values.length}${listed(values)}`;
  process.stderr.write(`figure  ${name}: ${shown} ${unit}\n`);
}

export const median = (values: readonly number[]): number => percentile(values, 50);

/** Nearest rank. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? Number.NaN;
}

const listed = (values: readonly number[]): string => (values.length > 10 ? '' : ` (${values.map(round).join(' ')})`);

const round = (value: number): string => (Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(1));
