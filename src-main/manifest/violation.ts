/** One broken rule of a standard, as the rule checkers of `hls/check` and `dash/check` report it. */
export type Violation = {
  /** `must`: players may fail. `should`: they will do worse than they could. */
  readonly level: 'must' | 'should';
  /** Where the rule stands, e.g. `8216bis 6.2.2`, `23009-1 5.3.9.6` or `DASH-IF timing model: MPD updates`. */
  readonly clause: string;
  readonly message: string;
};

/** One look at a rule, whether it held or not. */
export type RuleCheck = Violation & { readonly holds: boolean };

/** Is told of every look, for who counts them. */
export type ObserveRule = (check: RuleCheck) => void;

export type ViolationLog = {
  readonly must: (holds: boolean, clause: string, message: string) => void;
  readonly should: (holds: boolean, clause: string, message: string) => void;
  readonly all: () => readonly Violation[];
};

/** Collects what does not hold. `standard` is put before every clause. */
export function createViolationLog(standard = '', observe?: ObserveRule): ViolationLog {
  const violations: Violation[] = [];
  const add = (level: Violation['level'], holds: boolean, clause: string, message: string): void => {
    const violation = { level, clause: `${standard}${clause}`, message };
    observe?.({ ...violation, holds });
    if (!holds) {
      violations.push(violation);
    }
  };
  return {
    must: (holds, clause, message) => add('must', holds, clause, message),
    should: (holds, clause, message) => add('should', holds, clause, message),
    all: () => violations,
  };
}
