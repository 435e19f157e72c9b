/** One line of the table: what was measured, and what is to be reached. */
export type Figure = {
  readonly figure: string;
  readonly measured: number;
  readonly unit: '×' | 's' | 'ms' | 'µs' | 'MiB/s' | 'MiB' | '%' | 'streams';
  /** `most`: less is better. Without one it is told for the record. */
  readonly target?: { readonly most: number } | { readonly least: number } | undefined;
  /** How, and what else came out. */
  readonly note?: string | undefined;
};

export type Bench = {
  readonly name: string;
  /** What it costs, for who chooses. */
  readonly takes: string;
  readonly run: (tell: (words: string) => void) => Promise<readonly Figure[]>;
};

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** 0…1, nearest rank. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const found = sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))];
  if (found === undefined) {
    throw new Error('nothing was measured');
  }
  return found;
}

export function isReached({ measured, target }: Figure): boolean | undefined {
  return target === undefined ? undefined : 'most' in target ? measured <= target.most : measured >= target.least;
}

export function printTable(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => {
    const { target, unit, measured, note = '' } = figure;
    const wanted =
      target === undefined ? '' : 'most' in target ? `≤ ${target.most} ${unit}` : `≥ ${target.least} ${unit}`;
    const reached = isReached(figure);
    return [
      figure.figure,
      wanted,
      `${shown(measured)} ${unit}`,
      reached === undefined ? '' : reached ? 'yes' : 'no',
      note,
    ];
  });
  const head = ['figure', 'to reach', 'measured', 'reached', 'how'];
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => (row[column] ?? '').length)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

function shown(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
