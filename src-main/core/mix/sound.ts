import type { MeterReading } from '../../shared/api/studio.ts';
import { MIXER_CHANNELS, MIXER_SAMPLE_RATE } from '../ports/mixer.ts';
import { createLimiter } from './limiter.ts';
import { createLoudnessMeter, SILENCE_DB } from './loudness.ts';

/** A change of gain or mute takes so long: at once for the ear, slow enough not to click. */
const RAMP_SAMPLES = MIXER_SAMPLE_RATE * 0.02;

/** The strip of what viewers hear, beside those of the inputs. */
const PROGRAMME_STRIP = 'programme';

export type InputLevel = { readonly gainDb: number; readonly muted: boolean };

/** Fills the first `count` stereo samples (−1…1) with the next sound of an input; false when it is only silence. */
export type ReadSound = (id: string, out: Float32Array, count: number) => boolean;

/**
 * The programme sound: the sum of the inputs with gain and mute, kept below −1 dBFS. An input's meter is behind its gain and before its
 * mute, so that somebody who talks into a muted microphone can be told; the programme's is what viewers hear.
 */
export type SoundMixer = {
  /** Adds and removes inputs; one that stays goes on where it is. */
  setInputs(ids: readonly string[]): void;
  /** For an input that is there or is yet to come. */
  setLevel(id: string, level: InputLevel): void;
  /** Mixes the next `count` stereo samples as s16. What is read is `LIMITER_DELAY` samples ahead of what comes out. */
  mix(out: Int16Array, count: number, read: ReadSound): void;
  /** Levels since the last call, in the order of the inputs, the programme's last. */
  takeReadings(): readonly MeterReading[];
};

type Strip = { readonly volume: Ramp; readonly opening: Ramp; readonly meter: Meter };

/** `mostSamples` is the largest count that will be asked for. */
export function createSoundMixer(mostSamples: number): SoundMixer {
  const strips = new Map<string, Strip>();
  const levels = new Map<string, InputLevel>();
  const scratch = new Float32Array(mostSamples * MIXER_CHANNELS);
  const bus = new Float32Array(mostSamples * MIXER_CHANNELS);
  const limiter = createLimiter();
  const programme = createMeter();
  const loudness = createLoudnessMeter();

  return {
    setInputs(ids) {
      for (const id of strips.keys()) {
        if (!ids.includes(id)) {
          strips.delete(id);
        }
      }
      for (const id of ids) {
        const level = levels.get(id) ?? { gainDb: 0, muted: false };
        // A new strip begins at its level: a ramp from 0 dB would let through what was meant to be muted.
        const strip = strips.get(id) ?? {
          volume: createRamp(amplitude(level.gainDb)),
          opening: createRamp(level.muted ? 0 : 1),
          meter: createMeter(),
        };
        // Taken out and put back, so that readings come in the order of the list.
        strips.delete(id);
        strips.set(id, strip);
      }
    },

    setLevel(id, level) {
      levels.set(id, level);
      strips.get(id)?.volume.set(amplitude(level.gainDb));
      strips.get(id)?.opening.set(level.muted ? 0 : 1);
    },

    mix(out, count, read) {
      const length = count * MIXER_CHANNELS;
      bus.fill(0, 0, length);
      for (const [id, { volume, opening, meter }] of strips) {
        if (!read(id, scratch, count)) {
          scratch.fill(0, 0, length);
        }
        volume.apply(scratch, count);
        meter.push(scratch, length);
        opening.apply(scratch, count);
        for (let i = 0; i < length; i += 1) {
          bus[i] = (bus[i] ?? 0) + (scratch[i] ?? 0);
        }
      }
      limiter.process(bus, count);
      programme.push(bus, length);
      loudness.push(bus, count);
      for (let i = 0; i < length; i += 1) {
        // Behind the limiter nothing is out of range.
        out[i] = Math.round((bus[i] ?? 0) * 32_768);
      }
    },

    takeReadings: () => [
      ...[...strips].map(([id, { meter }]) => ({ id, ...meter.take() })),
      { id: PROGRAMME_STRIP, ...programme.take(), lufs: loudness.momentary() },
    ],
  };
}

type Ramp = {
  set(target: number): void;
  /** Multiplies the first `count` stereo samples. */
  apply(samples: Float32Array, count: number): void;
};

/** A factor that moves to a new value in a straight line. */
function createRamp(initial: number): Ramp {
  let value = initial;
  let target = initial;
  let step = 0;
  let left = 0;
  return {
    set(next) {
      if (next !== target) {
        target = next;
        left = RAMP_SAMPLES;
        step = (target - value) / RAMP_SAMPLES;
      }
    },
    apply(samples, count) {
      let i = 0;
      for (; i < count && left > 0; i += 1) {
        left -= 1;
        value = left === 0 ? target : value + step;
        samples[i * 2] = (samples[i * 2] ?? 0) * value;
        samples[i * 2 + 1] = (samples[i * 2 + 1] ?? 0) * value;
      }
      if (value === 0) {
        samples.fill(0, i * 2, count * 2);
      } else if (value !== 1) {
        for (let j = i * 2; j < count * 2; j += 1) {
          samples[j] = (samples[j] ?? 0) * value;
        }
      }
    },
  };
}

type Meter = {
  push(samples: Float32Array, length: number): void;
  take(): { readonly peakDb: number; readonly rmsDb: number };
};

function createMeter(): Meter {
  let peak = 0;
  let energy = 0;
  let total = 0;
  return {
    push(samples, length) {
      for (let i = 0; i < length; i += 1) {
        const value = samples[i] ?? 0;
        if (value > peak) {
          peak = value;
        } else if (-value > peak) {
          peak = -value;
        }
        energy += value * value;
      }
      total += length;
    },
    take() {
      const reading = { peakDb: decibels(peak), rmsDb: decibels(Math.sqrt(energy / Math.max(1, total))) };
      peak = 0;
      energy = 0;
      total = 0;
      return reading;
    },
  };
}

function amplitude(db: number): number {
  return 10 ** (db / 20);
}

function decibels(value: number): number {
  return Math.max(SILENCE_DB, 20 * Math.log10(value + 1e-30));
}
