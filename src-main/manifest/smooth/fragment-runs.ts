import { type Ticks, ticks } from '../../media/time.ts';
import { fromBase64, toBase64 } from '../binary-text.ts';
import { compact } from '../compact.ts';
import { unsigned, unsignedTicks } from '../dash/element-reader.ts';
import { malformed } from '../malformed.ts';
import type { SmoothReader } from './smooth-reader.ts';

/** The `c` elements of a StreamIndex, MS-SSTR §2.2.2.6: when each fragment begins and how long it is. */
export type FragmentList = readonly FragmentRun[] | WrittenFragments;

/** `c` elements as `writeFragmentRuns` made them, in pieces. Each says its time, so pieces that were written once fit into any window. */
export type WrittenFragments = { readonly written: readonly string[] };

/** One `c`: fragments of the same duration, each beginning where the one before it ends. */
export type FragmentRun = {
  readonly time: Ticks;
  /** Of each fragment. 0 only for a message whose end is not known. */
  readonly duration: number;
  /** How many there are, at least 1. */
  readonly count: number;
  /** `f`: what the fragment of a sparse track has in it, so that nobody needs to ask for it. */
  readonly content?: Uint8Array | undefined;
};

export type FragmentEntry = { readonly time: Ticks; readonly duration: number };

/** One `c` can stand for any number; whoever goes through them must come to an end. Eleven days of one-second fragments. */
const MAX_FRAGMENTS = 1_000_000;

/** Fragments as runs; version 2.0 knows no repetition. */
export function fragmentRuns(
  entries: Iterable<FragmentEntry>,
  version: { readonly repeats: boolean },
): FragmentRun[] {
  const runs: { time: Ticks; duration: number; count: number }[] = [];
  let end: bigint | undefined;
  for (const { time, duration } of entries) {
    const current = runs.at(-1);
    if (version.repeats && current?.duration === duration && end === time) {
      current.count += 1;
    } else {
      runs.push({ time, duration, count: 1 });
    }
    end = time + BigInt(duration);
  }
  return runs;
}

/** The fragments of the runs, oldest first. */
export function* expandRuns(runs: readonly FragmentRun[]): Generator<FragmentEntry> {
  for (const { time, duration, count } of runs) {
    let at: bigint = time;
    for (let index = 0; index < count; index += 1) {
      yield { time: ticks(at), duration };
      at += BigInt(duration);
    }
  }
}

/** The times stand everywhere, though only gaps need them: then no client has to add up what its numbers cannot hold. */
export function writeFragmentRuns(runs: readonly FragmentRun[]): string {
  let lines = '';
  for (const { time, duration, count, content } of runs) {
    if (time < 0n || !isCount(duration, 0) || !isCount(count, 1) || (content !== undefined && count > 1)) {
      throw malformed(
        'StreamIndex',
        'times and durations are whole ticks, and only fragments without content repeat',
      );
    }
    lines += `<c t="${time}" d="${duration}"${count === 1 ? '' : ` r="${count}"`}`;
    lines += content === undefined ? '/>\n' : `><f>${toBase64(content)}</f></c>\n`;
  }
  return lines;
}

function isCount(value: number, least: number): boolean {
  return Number.isSafeInteger(value) && value >= least;
}

export function writeFragments(fragments: FragmentList): string {
  return 'written' in fragments ? fragments.written.join('') : writeFragmentRuns(fragments);
}

/** A `c` without `t` begins where the one before it ends, and one without `d` lasts until the next begins. */
export function parseFragmentRuns(stream: SmoothReader): readonly FragmentRun[] {
  const runs: FragmentRun[] = [];
  let fragments = 0;
  const elements = stream.all('c') ?? [];
  for (const [index, element] of elements.entries()) {
    const time = element.optional('t', unsignedTicks) ?? endOfRun(runs.at(-1));
    const next = elements[index + 1]?.optional('t', unsignedTicks);
    const duration = element.optional('d', unsigned) ?? (next === undefined ? undefined : Number(next - time));
    const count = element.optional('r', unsigned) ?? 1;
    if (duration === undefined || !isCount(duration, 0) || count < 1) {
      throw element.broken('a fragment has a duration, and r is at least 1');
    }
    fragments += count;
    if (fragments > MAX_FRAGMENTS) {
      throw element.broken(`a stream has at most ${MAX_FRAGMENTS} fragments`);
    }
    const [content] = element.all('f') ?? [];
    runs.push(compact({ time, duration, count, content: content && contentOf(content) }));
  }
  return runs;
}

function contentOf(element: SmoothReader): Uint8Array {
  const content = fromBase64(element.text());
  if (content === undefined) {
    throw element.broken('the content is not base64');
  }
  return content;
}

/** Where the run ends; a stream begins at 0 when it does not say so. */
export function endOfRun(run: FragmentRun | undefined): Ticks {
  return run === undefined ? ticks(0n) : ticks(run.time + BigInt(run.duration) * BigInt(run.count));
}
