import type { RuleCount } from './ledger.ts';

/** The rules and how often they were looked at, then what was broken. */
export function printReport(counts: readonly RuleCount[]): string {
  const rows = counts.map(({ level, clause, title, checked, broken }) => [
    broken > 0 ? 'BROKEN' : checked > 0 ? 'ok' : '-',
    level,
    clause,
    title,
    String(checked),
    broken > 0 ? String(broken) : '',
  ]);
  const head = ['', 'level', 'clause', 'rule', 'checked', 'broken'];
  const found = counts
    .filter(({ broken }) => broken > 0)
    .map(
      ({ level, clause, title, broken, checked, first }) =>
        `${level} ${clause}, ${title}: broken ${broken} of ${checked} times, first after ${first ?? ''}`,
    );
  return `${[table([head, ...rows]), ...(found.length === 0 ? [] : [found.join('\n')]), verdict(counts)].join('\n\n')}\n`;
}

function verdict(counts: readonly RuleCount[]): string {
  const broken = (level: string): number =>
    counts.filter((count) => count.level === level && count.broken > 0).length;
  const unseen = counts.filter(({ checked }) => checked === 0).length;
  const said = [
    [broken('must'), 'that must hold'],
    [broken('should'), 'that should'],
    [broken('remark'), 'remarked on'],
  ] as const;
  const faults = said.filter(([count]) => count > 0).map(([count, words]) => `${count} ${words}`);
  const outcome = faults.length === 0 ? 'every rule that was looked at holds' : `broken: ${faults.join(', ')}`;
  return unseen === 0 ? outcome : `${outcome}; ${unseen} had nothing to be looked at (-)`;
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
