import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Problem } from '../../src-main/shared/api/common.ts';
import { fieldFaults, fieldMessage, isWithin, problemOf } from '../api/problem.ts';
import { type ProblemText, problemText } from '../i18n/problem-text.ts';

export type Submitting = {
  readonly isSaving: boolean;
  readonly problem: Problem | undefined;
  /** What the service has against a field, in its words. */
  readonly faultOf: (field: string) => string | undefined;
  /** What was refused and is of none of the fields. */
  readonly words: ProblemText | undefined;
  readonly submit: () => void;
};

/** Sends a form, and keeps what the service said when it did not take it. `fields` are those that show their own faults. */
export function useSubmit(options: {
  readonly fields: readonly string[];
  readonly send: () => Promise<unknown>;
  readonly onDone: () => void;
}): Submitting {
  const { t } = useTranslation();
  const [isSaving, setSaving] = useState(false);
  const [problem, setProblem] = useState<Problem>();

  async function submit(): Promise<void> {
    setSaving(true);
    try {
      await options.send();
      options.onDone();
    } catch (error) {
      setProblem(problemOf(error));
    } finally {
      setSaving(false);
    }
  }

  const faults = fieldFaults(problem);
  const isShownAtFields =
    faults.length > 0 &&
    faults.every(({ field: named }) => options.fields.some((field) => isWithin(named, field)));
  return {
    isSaving,
    problem,
    faultOf: (field) => fieldMessage(problem, field),
    words: problem === undefined || isShownAtFields ? undefined : problemText(t, problem),
    submit: () => {
      if (!isSaving) {
        void submit();
      }
    },
  };
}
