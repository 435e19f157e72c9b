import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type CheckedStream, type CheckOptions, NotAStream } from './checked-stream.ts';
import { createClient, readUrl, wordsOf } from './client.ts';
import { hasFailed } from './ledger.ts';
import { printReport } from './report.ts';

/** 0: no rule is broken that must hold. 1: one is. 2: there was nothing to check. */
export type CheckExit = 0 | 1 | 2;

type Wanted = { readonly url: string; readonly seconds: number; readonly insecure: boolean };

const DEFAULT_SECONDS = 30;
/** Following for a day costs no more memory than for a minute. */
const MAX_SECONDS = 86_400;

/** Runs one checker from its command line, and tells on stdout. */
export async function runCheck(options: {
  /** `check:llhls` */
  readonly script: string;
  readonly what: string;
  readonly args: readonly string[];
  readonly check: (options: CheckOptions) => Promise<CheckedStream>;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly signal: AbortSignal;
}): Promise<CheckExit> {
  const { script, what, args, check, out, err, signal } = options;
  let wanted: Wanted;
  try {
    wanted = readWanted(args);
  } catch (error) {
    err(`${wordsOf(error)}\nnpm run ${script} -- URL [--seconds N] [--insecure]: ${what}\n`);
    return 2;
  }
  const { url, seconds, insecure } = wanted;
  using client = createClient({ insecure, signal });
  const wait = async (ms: number): Promise<void> => {
    await delay(ms, undefined, { signal }).catch(() => undefined);
  };
  try {
    const { counts, summary } = await check({
      url,
      seconds,
      client,
      signal,
      wait,
      tell: (words) => err(`${words}\n`),
      onBroken: ({ level, clause }, finding) => err(`${level} ${clause}: ${finding}\n`),
    });
    out(`${url}\n${summary}\n\n${printReport(counts)}`);
    return hasFailed(counts) ? 1 : 0;
  } catch (error) {
    if (error instanceof NotAStream) {
      err(`${error.message}\n`);
      return 2;
    }
    throw error;
  }
}

function readWanted(args: readonly string[]): Wanted {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { seconds: { type: 'string' }, insecure: { type: 'boolean' } },
  });
  const [url, ...others] = positionals;
  if (url === undefined || others.length > 0) {
    throw new Error(
      url === undefined ? 'The address is missing.' : `There is one address too many: ${others[0]}.`,
    );
  }
  const seconds = values.seconds === undefined ? DEFAULT_SECONDS : Number(values.seconds);
  if (!(seconds >= 1 && seconds <= MAX_SECONDS)) {
    throw new Error(`--seconds is a number from 1 to ${MAX_SECONDS}.`);
  }
  return { url: readUrl(url).href, seconds, insecure: values.insecure === true };
}

/** The end that somebody asks for with Ctrl+C still gives a report. */
export function untilInterrupted(): AbortSignal {
  const stopping = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, () => stopping.abort());
  }
  return stopping.signal;
}
