import { relative, resolve } from 'node:path';
import type { TestEvent } from 'node:test/reporters';
import { inspect } from 'node:util';
import { closingLine, createTally, isFile, verdictOf } from '../../src-main/bootstrap/tally.mjs';

/** A test that takes longer is worth a line of its own, so that a long file does not look stuck. */
const SLOW_MS = 1500;
/** What a file wrote is shown only when something in it failed, and no more than this many of its last lines. */
const KEPT_LINES = 200;

type Verdict = Extract<TestEvent, { readonly type: 'test:pass' | 'test:fail' }>;

type FileReport = {
  passed: number;
  durationMs: number;
  readonly failures: { readonly name: string; readonly text: string }[];
  output: string;
  /** Tests that have begun and not ended. */
  readonly running: Set<string>;
};

/**
 * What a run looks like: a line per file, a failure in full where it happens, and at the end what was skipped and what failed. The last
 * line is `N passed, N failed`. For `npm test`, and for `node --test --test-reporter=./test/support/reporter.ts`.
 */
export async function* reporter(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const tally = createTally();
  const files = new Map<string, FileReport>();
  const startedMs = performance.now();

  for await (const event of source) {
    tally.note(event);
    switch (event.type) {
      case 'test:pass':
      case 'test:fail':
        yield* onVerdict(event, reportOf(files, event.data.file));
        if (isFile(event.data)) {
          yield* endFile(files, event.data.file);
        }
        break;
      case 'test:dequeue':
        if (!isFile(event.data)) {
          reportOf(files, event.data.file).running.add(event.data.name);
        }
        break;
      case 'test:complete':
        reportOf(files, event.data.file).running.delete(event.data.name);
        break;
      case 'test:stdout':
      case 'test:stderr': {
        const report = reportOf(files, event.data.file);
        report.output = (report.output + event.data.message).split('\n').slice(-KEPT_LINES).join('\n');
        break;
      }
      case 'test:summary':
        if (event.data.file !== undefined) {
          yield* endFile(files, event.data.file);
        }
        break;
      default:
    }
  }
  for (const file of files.keys()) {
    yield* endFile(files, file);
  }

  const totals = tally.totals();
  if (totals.skipped.length > 0) {
    yield `\n${totals.skipped.length} skipped:\n`;
    yield* totals.skipped.map(({ name, file, reason }) => `  ${shortPath(file)}: ${name} (${reason})\n`);
  }
  if (totals.failures.length > 0) {
    yield '\nFailed:\n';
    yield* totals.failures.map(
      ({ name, file, line, why }) =>
        `  ${shortPath(file)}:${line ?? 1}  ${shortName(name, file)}\n${why === '' ? '' : `    ${why}\n`}`,
    );
  }
  yield `\n${seconds(performance.now() - startedMs)}\n${closingLine(totals)}\n`;
}

// What `--test-reporter` looks for.
export { reporter as default };

function* onVerdict(event: Verdict, report: FileReport): Generator<string> {
  const { data } = event;
  const durationMs = data.details.duration_ms;
  if (data.nesting === 0 && !isFile(data)) {
    report.durationMs += durationMs;
  }
  switch (verdictOf(event)) {
    case 'passed':
      report.passed += 1;
      if (durationMs >= SLOW_MS) {
        yield `    ${seconds(durationMs).padStart(7)}  ${data.name}\n`;
      }
      break;
    case 'failed': {
      const text = event.type === 'test:fail' ? describe(event.data.details.error) : 'There is no test in it.';
      const during = isFile(data) && report.running.size > 0 ? `\nDuring: ${[...report.running].join('; ')}` : '';
      report.failures.push({ name: data.name, text: text + during });
      break;
    }
    default:
  }
}

function* endFile(files: Map<string, FileReport>, file: string | undefined): Generator<string> {
  const key = resolve(file ?? '');
  const report = files.get(key);
  files.delete(key);
  if (report === undefined || report.passed + report.failures.length === 0) {
    return;
  }
  const failed = report.failures.length;
  const counts = `${report.passed} passed${failed === 0 ? '' : `, ${failed} failed`}`;
  yield `${failed === 0 ? '✔' : '✖'} ${shortPath(file)}  ${counts}  ${seconds(report.durationMs)}\n`;
  for (const failure of report.failures) {
    yield `\n  ✖ ${shortName(failure.name, file)}\n${indent(failure.text)}\n\n`;
  }
  const output = report.output.trim();
  if (failed > 0 && output !== '') {
    yield `  It wrote:\n${indent(output)}\n\n`;
  }
}

/** By absolute path: the runner gives some files as they were given to it. */
function reportOf(files: Map<string, FileReport>, file = ''): FileReport {
  const key = resolve(file);
  const report = files.get(key) ?? { passed: 0, durationMs: 0, failures: [], output: '', running: new Set() };
  files.set(key, report);
  return report;
}

/** The runner wraps what the test threw; its own frames in the stack are no news. */
function describe(error: Error): string {
  if ('exitCode' in error && 'signal' in error) {
    const how = typeof error.signal === 'string' ? error.signal : `code ${String(error.exitCode)}`;
    return `The process of the file ended with ${how}.`;
  }
  const thrown = error.cause ?? error;
  if (!(thrown instanceof Error)) {
    return typeof thrown === 'string' ? thrown : inspect(thrown);
  }
  // Of the runner's own signal. Others, such as those of Playwright, say what was waited for.
  if (thrown.name === 'TimeoutError' && thrown.message === 'The operation was aborted due to timeout') {
    return 'The file was still running at its time limit: a test that waits, or something left open.';
  }
  const text =
    thrown.stack?.includes(thrown.message) === true ? thrown.stack : `${thrown.message}\n${thrown.stack ?? ''}`;
  const lines = text.split('\n').filter((line) => !/^\s+at .*\(?node:(internal\/|async_hooks)/.test(line));
  const cause = thrown.cause === undefined ? [] : [`caused by: ${inspect(thrown.cause)}`];
  return [...lines, ...cause].join('\n');
}

function shortPath(file: string | undefined): string {
  return file === undefined ? '(no file)' : relative(process.cwd(), file).replaceAll('\\', '/');
}

function shortName(name: string, file: string | undefined): string {
  return file !== undefined && resolve(name) === resolve(file) ? 'the file itself' : name;
}

function seconds(ms: number): string {
  return ms < 1000 ? `${ms.toFixed(0)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

function indent(text: string): string {
  return text
    .split('\n')
    .map((line) => `    ${line}`)
    .join('\n');
}
