import { crc32 } from 'node:zlib';
import { createEmitter, type EventSource } from '../../../base/emitter.ts';
import { quotable } from '../../../manifest/hls/attribute-list.ts';
import { type Ticks, ticks } from '../../../media/time.ts';
import { CUE_TIMESCALE, type Cue, type CueInput, type PlacedCue } from '../../ports/cues.ts';
import { createNames } from './names.ts';
import { createSpliceReader, endsPair, type Splice } from './splice.ts';

/** The cues of one run of a live event. Whoever puts them never waits; everything that is made of them follows from this list alone. */
export type CueList = CueInput & {
  /** By time; the same array until something changes. */
  readonly list: () => readonly PlacedCue[];
  readonly revision: () => number;
  /** What came or changed, each time all of it at once. */
  readonly changed: EventSource<readonly PlacedCue[]>;
  /** To be called as the timeline goes on: a break is ended when its end cannot be taken back any more. */
  follow(): void;
  /** Forgets what neither manifests nor segments from `sequence` on have, which begins at `time`. */
  trim(sequence: number, time: Ticks): void;
  /** Nothing is taken any more. Idempotent. */
  close(): void;
};

/** Where the timeline stands. */
export type CuePosition = {
  /** Media time of its newest end, in ticks of `CUE_TIMESCALE`. */
  readonly edge: Ticks;
  /** The first segment of which nobody can have had a byte. */
  readonly nextSequence: number;
  readonly hasVideo: boolean;
};

export type CueLimits = { readonly cues: number; readonly messageBytes: number };

/** Seven hours of timed metadata at its highest rate (spec 2.13), 1.3 KiB each. Beyond it the oldest go first. */
const LIMITS: CueLimits = { cues: 50_000, messageBytes: 64 * 1024 * 1024 };
/** ID3 tags are no longer, and sections have 4 KiB. */
const MAX_MESSAGE_BYTES = 1024 * 1024;
/** Spec 2.12: what comes later than this before its time changes nothing that was announced. */
const LEAD = 4 * CUE_TIMESCALE;
/** The same cue from two encoders, whose clocks have been rounded on the way here. */
const SAME_TIME = BigInt(CUE_TIMESCALE / 10);
/** Further ahead than this is a clock that is wrong: the 33 bits of SCTE-35 begin anew after 26.5 h. */
const MAX_AHEAD = 26 * 3600 * CUE_TIMESCALE;
/** Dates in manifests have milliseconds. */
const ROUNDING = CUE_TIMESCALE / 500;
const MAX_TEXT = 256;

export function createCueList(options: {
  readonly position: () => CuePosition;
  readonly limits?: CueLimits;
}): CueList {
  const { position, limits = LIMITS } = options;
  const changed = createEmitter<readonly PlacedCue[]>();
  const names = createNames(2 * limits.cues);
  const spliceOf = createSpliceReader();
  let cues: readonly PlacedCue[] = [];
  let messageBytes = 0;
  let revision = 0;
  let isClosed = false;
  /** Ends of breaks that may still be replaced. */
  let ends: readonly { readonly end: number; readonly out: number }[] = [];

  const find = (number: number): PlacedCue | undefined => cues.find((cue) => cue.number === number);
  const shown = (): readonly PlacedCue[] => cues.filter(({ withdrawn }) => !withdrawn);

  /** Index of the first cue at or behind a time, and there of at least this number. */
  function indexOf(time: bigint, number: number): number {
    let from = 0;
    let to = cues.length;
    while (from < to) {
      const middle = (from + to) >>> 1;
      const cue = cues[middle];
      if (cue !== undefined && (cue.time < time || (cue.time === time && cue.number < number))) {
        from = middle + 1;
      } else {
        to = middle;
      }
    }
    return from;
  }

  /** What is or was the same cue. Looks only at those of its time: there are many of other times. */
  function sameAs({ id, scheme, time }: Cue): readonly PlacedCue[] {
    const near = cues.slice(indexOf(time - SAME_TIME, 0), indexOf(time + SAME_TIME + 1n, 0));
    return near.filter((other) => other.id === id && other.scheme === scheme);
  }

  /** Takes them in, in the place of those of the same number, whose times are the same. */
  function apply(changes: readonly PlacedCue[]): void {
    if (changes.length === 0) {
      return;
    }
    for (const cue of changes) {
      const index = indexOf(cue.time, cue.number);
      const isKnown = cues[index]?.number === cue.number;
      cues = cues.toSpliced(index, isKnown ? 1 : 0, cue);
      messageBytes += isKnown ? 0 : cue.message.length;
    }
    while (cues.length > limits.cues || messageBytes > limits.messageBytes) {
      keepOnly(cues.slice(1 + Math.floor(cues.length / 100)));
    }
    revision += 1;
    changed.emit(changes);
  }

  function keepOnly(next: readonly PlacedCue[]): void {
    cues = next;
    messageBytes = next.reduce((sum, { message }) => sum + message.length, 0);
  }

  function withdrawal(cue: PlacedCue): PlacedCue {
    return { ...cue, withdrawn: true, endSequence: position().nextSequence };
  }

  function isRunning(cue: PlacedCue, edge: Ticks): boolean {
    return cue.kind !== 'metadata' && cue.time <= edge && (cue.until === undefined || cue.until > edge);
  }

  /** Takes back what is to come of them, and ends what runs. */
  function stop(stopped: readonly PlacedCue[]): readonly PlacedCue[] {
    const { edge } = position();
    return stopped.flatMap((cue): readonly PlacedCue[] => {
      if (cue.time > edge) {
        return [withdrawal(cue)];
      }
      const isEnding = isRunning(cue, edge) && cue.ended === undefined;
      return isEnding ? [{ ...cue, ended: { time: edge, message: undefined }, until: edge }] : [];
    });
  }

  /** Manifests tell of it as the end of its break: it goes with that alone. */
  function isSettledEnd({ kind, message }: PlacedCue): boolean {
    return kind === 'in' && cues.some(({ ended }) => ended?.message === message);
  }

  /** A break that ends by itself before that is left to do so. */
  function bringBack({ scheme, id, value, until }: PlacedCue, back: Pick<Cue, 'time' | 'message'>): void {
    const { edge } = position();
    // Nobody can replace it: it is settled at once.
    const time = least(greatest(back.time, edge), ticks(edge + BigInt(LEAD)));
    if (until === undefined || time < until) {
      const cue = { scheme, id, value, time, duration: undefined, message: back.message };
      place(cue, spliceOf(cue), undefined);
    }
  }

  /** `replaced` goes in the same moment. */
  function place(cue: Cue, splice: Splice, replaced: PlacedCue | undefined): void {
    const outs =
      splice.kind === 'metadata' ? [] : shown().filter((other) => other.kind === 'out' && other !== replaced);
    const pair = outs.findLast(
      (out) => out.time < cue.time && out.ended === undefined && endsPair(splice, spliceOf(out)),
    );
    const number = names.number(cue.id, crc32(`${cue.scheme} ${cue.id} ${cue.time}`));
    const hasRange =
      splice.kind === 'out' || splice.kind === 'command' || (splice.kind === 'in' && pair === undefined);
    const duration = cue.duration ?? splice.duration;
    const { nextSequence, hasVideo } = position();
    const placed: PlacedCue = {
      ...cue,
      duration,
      number,
      kind: splice.kind,
      rangeId: hasRange ? names.text(quotable(cue.id).trim() || `cue ${number}`) : undefined,
      firstSequence: nextSequence,
      endSequence: undefined,
      carriers: splice.kind === 'metadata' && hasVideo ? 'video' : 'all',
      ended: undefined,
      until: untilOf(cue.time, splice.kind, duration, outs),
      withdrawn: false,
    };
    if (pair !== undefined) {
      ends = [...ends, { end: number, out: pair.number }];
    }
    // A break whose end nobody told is over when the next one begins.
    const closed =
      splice.kind === 'out' ? outs.filter((out) => out.until === undefined && out.time < cue.time) : [];
    apply([
      ...(replaced === undefined ? [] : [withdrawal(replaced)]),
      placed,
      ...closed.map((out) => ({ ...out, until: cue.time })),
      ...stop(outs.filter((out) => splice.cancels.some((eventId) => spliceOf(out).eventIds.includes(eventId)))),
    ]);
    follow();
  }

  function follow(): void {
    if (ends.length === 0) {
      return;
    }
    const { edge } = position();
    const settled = ends.filter(({ end }) => (find(end)?.time ?? edge) - edge <= LEAD);
    ends = ends.filter((one) => !settled.includes(one));
    apply(
      settled.flatMap(({ end, out }) => {
        const [ending, broken] = [find(end), find(out)];
        const isValid = ending?.withdrawn === false && broken?.withdrawn === false && broken.ended === undefined;
        return isValid
          ? [{ ...broken, ended: { time: ending.time, message: ending.message }, until: ending.time }]
          : [];
      }),
    );
  }

  return {
    list: () => cues,
    revision: () => revision,
    changed,
    follow,
    put(given) {
      const cue = cleaned(given);
      const { edge } = position();
      if (isClosed || cue === undefined || cue.time - edge > MAX_AHEAD) {
        return false;
      }
      const splice = spliceOf(cue);
      const same = sameAs(cue);
      const known = same.find(({ withdrawn }) => !withdrawn);
      const said = same.find((other) =>
        hasSameContent(other, { ...cue, duration: cue.duration ?? splice.duration }),
      );
      if (said !== undefined && (said === known || known === undefined)) {
        // Encoders say everything several times; that does not bring back what was taken back meanwhile.
        return said === known;
      }
      if (known !== undefined && cue.time - edge < LEAD) {
        return false;
      }
      place(cue, splice, known);
      return sameAs(cue).some(({ withdrawn }) => !withdrawn);
    },
    cancel(scheme, id, back) {
      const { edge } = position();
      const named = isClosed
        ? []
        : shown().filter((cue) => cue.scheme === scheme && cue.id === id && !isSettledEnd(cue));
      const running = named.filter((cue) => isRunning(cue, edge) && cue.ended === undefined);
      const stopped = stop(back === undefined ? named : named.filter((cue) => !running.includes(cue)));
      apply(stopped);
      if (back !== undefined) {
        running.forEach((cue) => bringBack(cue, back));
      }
      return stopped.length > 0 || running.length > 0;
    },
    trim(sequence, time) {
      const isNeeded = (cue: PlacedCue): boolean =>
        cue.firstSequence >= sequence ||
        (cue.kind !== 'metadata' &&
          (cue.endSequence ?? sequence + 1) > sequence &&
          (cue.until === undefined || cue.until + BigInt(ROUNDING) >= time));
      if (!cues.every(isNeeded)) {
        // Nothing that is shown changes: whoever asks next is given the shorter list.
        keepOnly(cues.filter(isNeeded));
      }
    },
    close() {
      isClosed = true;
    },
  };
}

function greatest(a: Ticks, b: Ticks): Ticks {
  return a > b ? a : b;
}

function least(a: Ticks, b: Ticks): Ticks {
  return a < b ? a : b;
}

/** Undefined for what cannot be a cue. */
function cleaned(cue: Cue): Cue | undefined {
  if (cue.time < 0n || cue.message.length > MAX_MESSAGE_BYTES) {
    return undefined;
  }
  const { duration } = cue;
  const isKnown = duration !== undefined && Number.isFinite(duration) && duration > 0;
  return {
    ...cue,
    id: cue.id.slice(0, MAX_TEXT),
    // Ends a string in `emsg`.
    value: cue.value.replaceAll('\0', '').slice(0, MAX_TEXT),
    duration: isKnown ? Math.round(duration) : undefined,
  };
}

function hasSameContent(a: Cue, b: Cue): boolean {
  return (
    a.duration === b.duration &&
    a.message.length === b.message.length &&
    a.message.every((byte, index) => byte === b.message[index])
  );
}

function untilOf(
  time: Ticks,
  kind: PlacedCue['kind'],
  duration: number | undefined,
  outs: readonly PlacedCue[],
): Ticks | undefined {
  if (kind === 'out' && duration === undefined) {
    return outs.find((out) => out.time > time)?.time;
  }
  return ticks(time + BigInt(kind === 'in' ? 0 : (duration ?? 0)));
}
