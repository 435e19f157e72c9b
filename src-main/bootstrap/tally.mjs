import { resolve } from 'node:path';

/**
 * What a run of tests comes to. Kept in one place for the runner, which makes its exit code of it, and for the reporter, which prints it.
 *
 * @typedef {{ readonly name: string, readonly file: string | undefined, readonly line: number | undefined }} Place
 * @typedef {{
 *   readonly passed: number,
 *   readonly failures: readonly (Place & { readonly why: string })[],
 *   readonly skipped: readonly (Place & { readonly reason: string })[],
 * }} Totals
 * @typedef {import('node:test/reporters').TestEvent} TestEvent
 */

const WHY_LINES = 12;
const WHY_LENGTH = 400;

/**
 * A verdict that counts, or undefined for everything else the runner says. What failed only because a part of it failed is not counted
 * again, nor is a suite. A file is itself a test to the runner: it is heard of when it crashed, outlived its limit or has no test in it,
 * and all of that is a failure.
 *
 * @param {TestEvent} event
 * @returns {'passed' | 'failed' | 'skipped' | 'todo' | undefined}
 */
export function verdictOf(event) {
  if (event.type !== 'test:pass' && event.type !== 'test:fail') {
    return undefined;
  }
  const { data } = event;
  if (isFile(data)) {
    return 'failed';
  }
  if (
    event.type === 'test:pass'
      ? data.details.type === 'suite'
      : failureType(event.data.details.error) === 'subtestsFailed'
  ) {
    return undefined;
  }
  // The flag is `true`, the reason as text, or an empty text.
  if (data.skip !== undefined && data.skip !== false) {
    return 'skipped';
  }
  if (data.todo !== undefined && data.todo !== false) {
    return 'todo';
  }
  return event.type === 'test:pass' ? 'passed' : 'failed';
}

/**
 * Whether the event is about a whole file.
 *
 * @param {{ readonly name: string, readonly nesting: number, readonly file?: string | undefined }} data
 */
export function isFile(data) {
  return data.nesting === 0 && data.file !== undefined && resolve(data.name) === resolve(data.file);
}

/** @param {Error} error */
function failureType(error) {
  return 'failureType' in error ? error.failureType : undefined;
}

/**
 * The beginning of what a test failed with, for who sees no more than the end of a long run.
 *
 * @param {Error} error
 */
function wordsOf({ message, cause }) {
  const words = cause instanceof Error ? cause.message : message;
  return words
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .slice(0, WHY_LINES)
    .join(' ')
    .slice(0, WHY_LENGTH);
}

export function createTally() {
  let passed = 0;
  /** @type {(Place & { readonly why: string })[]} */
  const failures = [];
  /** @type {(Place & { readonly reason: string })[]} */
  const skipped = [];

  return {
    /** @param {TestEvent} event */
    note(event) {
      const verdict = verdictOf(event);
      if (verdict === undefined || (event.type !== 'test:pass' && event.type !== 'test:fail')) {
        return;
      }
      const { name, file, line, skip } = event.data;
      if (verdict === 'passed') {
        passed += 1;
      } else if (verdict === 'failed') {
        failures.push({
          name,
          file,
          line,
          why: event.type === 'test:fail' ? wordsOf(event.data.details.error) : '',
        });
      } else if (verdict === 'skipped') {
        skipped.push({
          name,
          file,
          line,
          reason: typeof skip === 'string' && skip !== '' ? skip : 'no reason given',
        });
      }
    },
    /** @returns {Totals} */
    totals: () => ({ passed, failures, skipped }),
  };
}

/**
 * The last line of every run, for people and for programs.
 *
 * @param {{ readonly passed: number, readonly failures: { readonly length: number } }} totals
 */
export function closingLine(totals) {
  return `${totals.passed} passed, ${totals.failures.length} failed`;
}
