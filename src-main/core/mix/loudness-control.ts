import { MIXER_SAMPLE_RATE } from '../ports/mixer.ts';
import { createLoudnessMeter, loudnessOf, meanSquareOf } from './loudness.ts';

/** The gain is decided ten times a second. */
const STEP = MIXER_SAMPLE_RATE / 10;
const STEP_SECONDS = 0.1;

/** More than this is for the gain of the input: what is lifted so far brings the room with it. */
const MOST_DB = 12;
const LEAST_DB = -20;
/** Slow enough that nobody hears it move; down is quicker, because too loud hurts. */
const UP_DB_PER_SECOND = 1;
const DOWN_DB_PER_SECOND = 3;
const PULL_IN_SECONDS = 3;
/** After it was switched off, back to how it is without. */
const RELEASE_DB_PER_SECOND = 6;

/** Quieter than this is a room, not a talk. */
const FOREGROUND_LUFS = -40;
/** What is so much below the level of the talk is a pause (the relative gate of BS.1770-5 §5.1). */
const GATE_LU = 10;
/** A pause that is so long, and no room, is a quieter talk. */
const QUIETER_STEPS = 100;
/** The level of the talk is that of its last ten seconds; less than one says nothing. */
const LEVEL_STEPS = 100;
const LEAST_STEPS = 10;

/**
 * Brings the programme to a loudness, slowly: one gain for everything, made of the loudness of what is said (BS.1770-5 with both of its gates)
 * in the last ten seconds of speech. It stands still in pauses, so that no room is lifted in them (“pumping”), and moves at most by 1 dB a second
 * up and 3 dB a second down.
 */
export type LoudnessControl = {
  /** In LUFS; undefined leaves the programme as it is. */
  setTarget(lufs: number | undefined): void;
  /** Applies the gain to the first `count` stereo samples in place. Without a target, and once it has come back, it changes no bit. */
  process(samples: Float32Array, count: number): void;
  gainDb(): number;
};

export function createLoudnessControl(): LoudnessControl {
  const level = createTalkLevel();
  let meter = createLoudnessMeter();
  let target: number | undefined;
  let gainDb = 0;
  let factor = 1;
  let filled = 0;

  function decide(): void {
    if (target === undefined) {
      const most = RELEASE_DB_PER_SECOND * STEP_SECONDS;
      gainDb -= Math.max(-most, Math.min(most, gainDb));
      return;
    }
    const talk = level.step(meter.momentary());
    if (talk !== undefined) {
      const away = Math.max(LEAST_DB, Math.min(MOST_DB, target - talk)) - gainDb;
      const move = (away * STEP_SECONDS) / PULL_IN_SECONDS;
      gainDb += Math.max(-DOWN_DB_PER_SECOND * STEP_SECONDS, Math.min(UP_DB_PER_SECOND * STEP_SECONDS, move));
    }
  }

  return {
    setTarget(lufs) {
      if (target === undefined && lufs !== undefined) {
        meter = createLoudnessMeter();
        level.forget();
      }
      target = lufs;
    },
    process(samples, count) {
      if (target === undefined && gainDb === 0 && factor === 1) {
        return;
      }
      meter.push(samples, count);
      filled += count;
      if (filled >= STEP) {
        filled %= STEP;
        decide();
      }
      // From where it was to where it is to be in a straight line over the block: no step anywhere.
      const wanted = 10 ** (gainDb / 20);
      const start = factor;
      const step = (wanted - start) / count;
      for (let i = 0; i < count; i += 1) {
        const by = start + step * (i + 1);
        samples[i * 2] = (samples[i * 2] ?? 0) * by;
        samples[i * 2 + 1] = (samples[i * 2 + 1] ?? 0) * by;
      }
      factor = wanted;
    },
    gainDb: () => gainDb,
  };
}

/** How loud people talk, without the pauses. */
function createTalkLevel() {
  const energies = new Float64Array(LEVEL_STEPS);
  let taken = 0;
  let quietSteps = 0;

  function lufs(): number {
    const count = Math.min(taken, LEVEL_STEPS);
    let sum = 0;
    for (let i = 0; i < count; i += 1) {
      sum += energies[i] ?? 0;
    }
    return loudnessOf(sum / Math.max(1, count));
  }

  return {
    forget(): void {
      taken = 0;
      quietSteps = 0;
    },
    /** Takes the loudness of the last 400 ms. The level in LUFS while somebody talks; undefined in pauses, and while too little is known. */
    step(momentary: number): number | undefined {
      if (momentary < FOREGROUND_LUFS) {
        return undefined;
      }
      if (taken > 0 && momentary < lufs() - GATE_LU) {
        quietSteps += 1;
        if (quietSteps < QUIETER_STEPS) {
          return undefined;
        }
        taken = 0;
      }
      quietSteps = 0;
      energies[taken % LEVEL_STEPS] = meanSquareOf(momentary);
      taken += 1;
      return taken < LEAST_STEPS ? undefined : lufs();
    },
  };
}
