import type { RuleCheck } from '../../src-main/manifest/violation.ts';

/** `remark`: no rule of the standard, but players do worse without. */
export type Level = 'must' | 'should' | 'remark';

/** A rule of a standard. `clause` names the standard too, e.g. `8216bis 6.2.5.2`. */
export type Rule = { readonly level: Level; readonly clause: string; readonly title: string };

export type RuleCount = Rule & {
  readonly checked: number;
  readonly broken: number;
  /** What was found the first time that it did not hold, where, and when. */
  readonly first: string | undefined;
};

/** Counts for each rule how often it was looked at, and keeps the first violation: a run of a day takes no more memory than a short one. */
export type Ledger = {
  /** Gives `holds` back. `finding` says what was found where the rule does not hold. */
  readonly check: (rule: Rule, holds: boolean, finding: string) => boolean;
  /** For the rule checkers of `src-main/manifest`; `at` says what is being looked at. */
  readonly observe: (at: string) => (check: RuleCheck) => void;
  /** By clause; also the rules that were never looked at. */
  readonly counts: () => readonly RuleCount[];
};

const FINDING_CHARACTERS = 300;

/** `rules` are those that may be looked at, `titles` what the rule checkers look at under each clause. */
export function createLedger(options: {
  readonly rules: readonly Rule[];
  readonly titles: ReadonlyMap<string, string>;
  readonly elapsedSeconds: () => number;
  /** What fails behind its end, fails because of that. */
  readonly signal: AbortSignal;
  /** Told of each rule the first time that it does not hold. */
  readonly onBroken: (rule: Rule, finding: string) => void;
}): Ledger {
  const { rules, titles, elapsedSeconds, signal, onBroken } = options;
  const counts = new Map<string, { rule: Rule; checked: number; broken: number; first: string | undefined }>();

  function entry(rule: Rule) {
    const key = `${rule.clause} ${rule.level} ${rule.title}`;
    const known = counts.get(key) ?? { rule, checked: 0, broken: 0, first: undefined };
    counts.set(key, known);
    return known;
  }

  function check(rule: Rule, holds: boolean, finding: string): boolean {
    const count = entry(rule);
    if (signal.aborted) {
      return holds;
    }
    count.checked += 1;
    if (!holds) {
      count.broken += 1;
      if (count.first === undefined) {
        count.first = `${elapsedSeconds().toFixed(1)} s: ${finding}`.slice(0, FINDING_CHARACTERS);
        onBroken(rule, finding);
      }
    }
    return holds;
  }

  rules.forEach(entry);
  return {
    check,
    observe: (at) => (seen) => {
      const { level, clause, holds, message } = seen;
      check({ level, clause, title: titles.get(clause) ?? '' }, holds, `${at}: ${message}`);
    },
    counts: () =>
      [...counts.values()]
        .map(({ rule, ...count }) => ({ ...rule, ...count }))
        .toSorted((a, b) => a.clause.localeCompare(b.clause, 'en', { numeric: true })),
  };
}

/** Whether a run fails: a rule does not hold that must. */
export function hasFailed(counts: readonly RuleCount[]): boolean {
  return counts.some(({ level, broken }) => level === 'must' && broken > 0);
}
