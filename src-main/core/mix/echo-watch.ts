import { MIXER_SAMPLE_RATE } from '../ports/mixer.ts';

/** Envelopes have one value for so many samples (10 ms): syllables show, pitch does not. */
const FRAME = MIXER_SAMPLE_RATE / 100;
/** Eight seconds: unrelated speech is alike by chance up to about 0.4 over so many syllables. */
const WINDOW = 800;
/**
 * How much later (in frames) the microphone may hear what the computer plays. Both come by capture processes of their own, so that it may even
 * seem to be earlier.
 */
const EARLIEST = -10;
const LATEST = 50;
const HISTORY = 1024;
const JUDGE_EVERY = 100;

/** What is quieter is silence in both: −60 dBFS. */
const FLOOR_DB = -60;
/** A sound that hardly varies (dB) says nothing, however alike it is. */
const LEAST_DEVIATION = 3;
const ALIKE = 0.6;
/** Chance does not come three times in a row at the same distance. */
const JUDGEMENTS = 3;
const SAME_LAG = 2;
/** So many judgements without one that confirms it, and it is over. Those in which nothing plays do not count. */
const FORGOTTEN_AFTER = 8;

/** A microphone hears the room, a loudspeaker is what the computer plays into it. */
export type EchoRole = 'microphone' | 'loudspeaker';

export type Echo = {
  /** The microphone. */
  readonly id: string;
  /** What comes back through it. */
  readonly of: string;
};

/**
 * Finds microphones that hear what the computer plays: viewers then hear it twice. Compares how loudness goes up and down (cross-correlation
 * of envelopes), once a second; 0.02 % of a core for a pair.
 */
export type EchoWatch = {
  setInputs(inputs: readonly { readonly id: string; readonly role: EchoRole }[]): void;
  /** The next `count` stereo samples of an input, as it captured them. Others than those that were set are passed over. */
  push(id: string, samples: Float32Array, count: number): void;
  /** All inputs had their samples: they have the same time. */
  advance(count: number): void;
  echoes(): readonly Echo[];
};

type Envelope = {
  readonly role: EchoRole;
  readonly frames: Float32Array;
  written: number;
  energy: number;
  filled: number;
};

type Suspicion = { lag: number; confirmed: number; unconfirmed: number; isEcho: boolean };

export function createEchoWatch(): EchoWatch {
  const envelopes = new Map<string, Envelope>();
  const suspicions = new Map<string, Map<string, Suspicion>>();
  let untilJudging = JUDGE_EVERY * FRAME;

  function pairs(): (readonly [string, Envelope, string, Envelope])[] {
    const all = [...envelopes];
    return all.flatMap(([id, microphone]) =>
      microphone.role === 'microphone'
        ? all.flatMap(([of, loudspeaker]) =>
            loudspeaker.role === 'loudspeaker' ? [[id, microphone, of, loudspeaker] as const] : [],
          )
        : [],
    );
  }

  function judge(): void {
    for (const [id, microphone, of, loudspeaker] of pairs()) {
      const found = mostAlike(microphone, loudspeaker);
      if (found !== undefined) {
        const ofMicrophone = suspicions.get(id) ?? new Map<string, Suspicion>();
        suspicions.set(id, ofMicrophone);
        const suspicion = ofMicrophone.get(of) ?? { lag: 0, confirmed: 0, unconfirmed: 0, isEcho: false };
        ofMicrophone.set(of, suspicion);
        weigh(suspicion, found);
      }
    }
  }

  function forget(id: string): void {
    envelopes.delete(id);
    suspicions.delete(id);
    for (const ofMicrophone of suspicions.values()) {
      ofMicrophone.delete(id);
    }
  }

  return {
    setInputs(inputs) {
      for (const [id, { role }] of envelopes) {
        if (!inputs.some((input) => input.id === id && input.role === role)) {
          forget(id);
        }
      }
      for (const { id, role } of inputs) {
        if (!envelopes.has(id)) {
          envelopes.set(id, { role, frames: new Float32Array(HISTORY), written: 0, energy: 0, filled: 0 });
        }
      }
    },

    push(id, samples, count) {
      const envelope = envelopes.get(id);
      if (envelope === undefined) {
        return;
      }
      let { energy, filled } = envelope;
      for (let i = 0; i < count; i += 1) {
        const both = (samples[i * 2] ?? 0) + (samples[i * 2 + 1] ?? 0);
        energy += both * both;
        filled += 1;
        if (filled === FRAME) {
          envelope.frames[envelope.written % HISTORY] = Math.max(
            FLOOR_DB,
            10 * Math.log10(energy / (FRAME * 4) + 1e-12),
          );
          envelope.written += 1;
          energy = 0;
          filled = 0;
        }
      }
      envelope.energy = energy;
      envelope.filled = filled;
    },

    advance(count) {
      untilJudging -= count;
      if (untilJudging <= 0) {
        untilJudging += JUDGE_EVERY * FRAME;
        judge();
      }
    },

    echoes: () =>
      [...suspicions].flatMap(([id, ofMicrophone]) =>
        [...ofMicrophone].flatMap(([of, { isEcho }]) => (isEcho ? [{ id, of }] : [])),
      ),
  };
}

function weigh(suspicion: Suspicion, found: { readonly lag: number; readonly likeness: number }): void {
  const isSame = Math.abs(found.lag - suspicion.lag) <= SAME_LAG;
  if (found.likeness < ALIKE) {
    suspicion.confirmed = 0;
    suspicion.unconfirmed += 1;
  } else {
    suspicion.confirmed = isSame ? suspicion.confirmed + 1 : 1;
    suspicion.unconfirmed = 0;
    suspicion.lag = found.lag;
  }
  if (suspicion.confirmed >= JUDGEMENTS) {
    suspicion.isEcho = true;
  } else if (suspicion.unconfirmed >= FORGOTTEN_AFTER) {
    suspicion.isEcho = false;
  }
}

/** At which distance the two go up and down most alike (1: exactly); undefined when one of them says nothing. */
function mostAlike(
  microphone: Envelope,
  loudspeaker: Envelope,
): { readonly lag: number; readonly likeness: number } | undefined {
  if (Math.min(microphone.written, loudspeaker.written) < WINDOW + LATEST - EARLIEST) {
    return undefined;
  }
  // The microphone's window ends early enough for the loudspeaker's to end later.
  const heard = lastFrames(microphone, WINDOW, -EARLIEST);
  const { mean: heardMean, deviation: heardDeviation } = spread(heard, 0);
  if (heardDeviation < LEAST_DEVIATION) {
    return undefined;
  }
  const played = lastFrames(loudspeaker, WINDOW + LATEST - EARLIEST, 0);
  let best: { readonly lag: number; readonly likeness: number } | undefined;
  for (let lag = EARLIEST; lag <= LATEST; lag += 1) {
    const from = LATEST - lag;
    const { mean, deviation } = spread(played, from);
    if (deviation >= LEAST_DEVIATION) {
      let sum = 0;
      for (let i = 0; i < WINDOW; i += 1) {
        sum += ((heard[i] ?? 0) - heardMean) * ((played[from + i] ?? 0) - mean);
      }
      const likeness = sum / (WINDOW * heardDeviation * deviation);
      if (best === undefined || likeness > best.likeness) {
        best = { lag, likeness };
      }
    }
  }
  return best;
}

/** The `count` frames that end `back` frames before the newest. */
function lastFrames({ frames, written }: Envelope, count: number, back: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => frames[(written - back - count + i) % HISTORY] ?? 0);
}

function spread(frames: Float32Array, from: number): { readonly mean: number; readonly deviation: number } {
  let sum = 0;
  let squares = 0;
  for (let i = from; i < from + WINDOW; i += 1) {
    const value = frames[i] ?? 0;
    sum += value;
    squares += value * value;
  }
  const mean = sum / WINDOW;
  return { mean, deviation: Math.sqrt(Math.max(0, squares / WINDOW - mean * mean)) };
}
