/**
 * What a recogniser writes on standard output, a line each. Times are seconds of the sound that it was given, from its own first sample on.
 *
 *     {"start": 1.2, "end": 3.4, "text": "Good evening.", "final": true}   text; `final` is true when left out
 *     {"until": 5.0}                                                       nothing more comes for what lies before
 *
 * Text that is not final tells that it works and is otherwise passed over. WebVTT cues are taken too, and `[00:00:01.200 --> 00:00:03.400]  text`, as
 * whisper.cpp writes them. Any other line is passed over: programs greet.
 */
export type RecogniserOutput =
  | {
      readonly kind: 'text';
      readonly startMs: number;
      readonly endMs: number;
      readonly text: string;
      readonly isFinal: boolean;
    }
  | { readonly kind: 'until'; readonly ms: number };

export type OutputReader = {
  readonly push: (line: string) => void;
  /** There are no more lines. */
  readonly end: () => void;
};

const TIME = String.raw`(?:(\d+):)?(\d{2}):(\d{2})[.,](\d{3})`;
const BRACKETED = new RegExp(`^\\[${TIME} *--> *${TIME}\\](.*)$`);
const TIMINGS = new RegExp(`^${TIME} *--> *${TIME}(?: .*)?$`);

type Span = { readonly startMs: number; readonly endMs: number };

/** `onUnknown` is told of lines that begin as the protocol does and do not keep it. */
export function createOutputReader(on: {
  readonly output: (output: RecogniserOutput) => void;
  readonly unknown: (line: string) => void;
}): OutputReader {
  /** The WebVTT cue that is being read. */
  let cue: (Span & { readonly lines: string[] }) | undefined;

  function endCue(): void {
    if (cue !== undefined) {
      const { startMs, endMs, lines } = cue;
      cue = undefined;
      on.output({ kind: 'text', startMs, endMs, text: lines.join('\n').replace(/<[^>]*>/g, ''), isFinal: true });
    }
  }

  return {
    push(line) {
      const text = line.trim();
      if (text === '') {
        endCue();
        return;
      }
      if (text.startsWith('{')) {
        endCue();
        const output = readJson(text);
        if (output === undefined) {
          on.unknown(text);
        } else {
          on.output(output);
        }
        return;
      }
      const bracketed = BRACKETED.exec(text);
      const timings = bracketed ?? TIMINGS.exec(text);
      if (timings === null) {
        cue?.lines.push(text);
        return;
      }
      endCue();
      const span = { startMs: milliseconds(timings.slice(1, 5)), endMs: milliseconds(timings.slice(5, 9)) };
      if (span.endMs <= span.startMs) {
        on.unknown(text);
      } else if (bracketed === null) {
        cue = { ...span, lines: [] };
      } else {
        on.output({ kind: 'text', ...span, text: (bracketed[9] ?? '').trim(), isFinal: true });
      }
    },
    end: endCue,
  };
}

function readJson(line: string): RecogniserOutput | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  const field = (name: string): unknown =>
    typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
  const [start, end, text, final = true, until] = ['start', 'end', 'text', 'final', 'until'].map(field);
  if (isSeconds(until)) {
    return { kind: 'until', ms: until * 1000 };
  }
  if (!isSeconds(start) || !isSeconds(end) || end <= start || typeof text !== 'string') {
    return undefined;
  }
  return { kind: 'text', startMs: start * 1000, endMs: end * 1000, text, isFinal: final === true };
}

function isSeconds(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && Number.isFinite(value);
}

function milliseconds(parts: readonly (string | undefined)[]): number {
  const [hours = 0, minutes = 0, seconds = 0, rest = 0] = parts.map((part) => Number(part ?? 0));
  return ((hours * 60 + minutes) * 60 + seconds) * 1000 + rest;
}
