import { parseSpliceInfo } from '../../../media/scte35/splice-info.ts';
import { type SpliceSignal, spliceSignals } from '../../../media/scte35/splice-signals.ts';
import { AppError } from '../../../shared/app-error.ts';
import type { Cue, PlacedCue } from '../../ports/cues.ts';

/** What the message of a cue says, as far as it matters to its place among the others. */
export type Splice = {
  readonly kind: PlacedCue['kind'];
  /** Ticks of 90 kHz of the break; undefined when it does not say. */
  readonly duration: number | undefined;
  /** Of breaks that begin with it, and of those that end. */
  readonly begins: readonly string[];
  readonly ends: readonly string[];
  readonly eventIds: readonly number[];
  /** Ids of events that it takes back. */
  readonly cancels: readonly number[];
};

const PLAIN: Splice = { kind: 'command', duration: undefined, begins: [], ends: [], eventIds: [], cancels: [] };

/** Reads each message once. */
export function createSpliceReader(): (cue: Pick<Cue, 'scheme' | 'message'>) => Splice {
  const known = new WeakMap<Uint8Array, Splice>();
  return (cue) => {
    const splice = known.get(cue.message) ?? readSplice(cue);
    known.set(cue.message, splice);
    return splice;
  };
}

function readSplice({ scheme, message }: Pick<Cue, 'scheme' | 'message'>): Splice {
  if (scheme === 'https://aomedia.org/emsg/ID3') {
    return { ...PLAIN, kind: 'metadata' };
  }
  const signals = signalsOf(message);
  const out = signals.find(({ kind, isCancel }) => kind === 'out' && !isCancel);
  const pairsOf = (wanted: SpliceSignal['kind']): readonly string[] =>
    signals.flatMap(({ kind, isCancel, pairId }) =>
      kind === wanted && !isCancel && pairId !== undefined ? [pairId] : [],
    );
  const isIn = signals.some(({ kind, isCancel }) => kind === 'in' && !isCancel);
  return {
    kind: out === undefined ? (isIn ? 'in' : 'command') : 'out',
    duration: out?.duration,
    begins: pairsOf('out'),
    ends: pairsOf('in'),
    eventIds: signals.flatMap(({ eventId, isCancel }) => (eventId === undefined || isCancel ? [] : [eventId])),
    cancels: signals.flatMap(({ eventId, isCancel }) => (eventId === undefined || !isCancel ? [] : [eventId])),
  };
}

export function endsPair(end: Splice, out: Splice): boolean {
  return end.ends.some((pair) => out.begins.includes(pair));
}

/** A section that cannot be read is passed on like one that only players understand. */
function signalsOf(message: Uint8Array): readonly SpliceSignal[] {
  try {
    return spliceSignals(parseSpliceInfo(message));
  } catch (error) {
    if (error instanceof AppError) {
      return [];
    }
    throw error;
  }
}
