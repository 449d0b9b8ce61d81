/** One measured figure beside what was asked for and what a peer needs. */
export interface Row {
  readonly figure: string;
  readonly value: number;
  readonly unit: string;
  /** What the project promises, in the same unit. */
  readonly target?: number;
  /** The same where more is better. */
  readonly least?: number;
  /** A bare ffmpeg on the same source in the same run. */
  readonly bare?: number;
}

const round = (value: number): string =>
  Math.abs(value) >= 100 ? value.toFixed(0) : Math.abs(value) >= 1 ? value.toFixed(1) : value.toPrecision(2);

/** A Markdown table; the ratio is ours to the bare ffmpeg's. */
export function table(rows: readonly Row[]): string {
  const cells = rows.map(({ figure, value, unit, target, least, bare }) => [
    figure,
    `${round(value)} ${unit}`,
    target !== undefined ? `≤ ${round(target)} ${unit}` : least !== undefined ? `≥ ${round(least)} ${unit}` : '',
    bare === undefined ? '' : `${round(bare)} ${unit}`,
    bare === undefined ? '' : (value / bare).toFixed(3),
  ]);
  const head = ['figure', 'Lookout', 'target', 'bare ffmpeg', 'ratio'];
  return [head, head.map(() => '---'), ...cells].map((row) => `| ${row.join(' | ')} |`).join('\n');
}
