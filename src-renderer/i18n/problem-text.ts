import type { TFunction } from 'i18next';
import type { Problem } from '../../src-main/shared/api/common.ts';

export type ProblemText = { readonly title: string; readonly text: string };

/** Details that name what it is about; the rest is for logs. */
const FACTS = ['name', 'device', 'source', 'destination', 'path', 'host', 'port'] as const;

/**
 * A problem in the person's language, by its code. The service writes English sentences that know the case, so that in English they are the
 * best there is, as they are for a code that is newer than this page; other languages add the facts to a sentence of their own.
 */
export function problemText(t: TFunction, problem: Problem): ProblemText {
  // The code comes from the service and may be unknown here, which the type of the answer does not know.
  const title: string = t(`problems.${problem.code}.title`, { defaultValue: '' });
  const text: string = t(`problems.${problem.code}.text`, { defaultValue: '', replace: problem.details ?? {} });
  return {
    title: title === '' ? problem.title : title,
    text: text === '' ? problem.detail : withFacts(text, problem),
  };
}

function withFacts(text: string, { details }: Problem): string {
  const facts = FACTS.flatMap((key) => {
    const value = details?.[key];
    return typeof value === 'string' || typeof value === 'number' ? [String(value)] : [];
  });
  return facts.length === 0 ? text : `${text} (${facts.join(', ')})`;
}
