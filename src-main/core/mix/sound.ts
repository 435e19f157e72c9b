import type { MeterReading } from '../../shared/api/studio.ts';
import { MIXER_CHANNELS } from '../ports/mixer.ts';
import { createEchoWatch, type Echo, type EchoRole } from './echo-watch.ts';
import { createLevelMeter } from './level-meter.ts';
import { createLimiter } from './limiter.ts';
import { createLoudnessMeter } from './loudness.ts';
import { createLoudnessControl } from './loudness-control.ts';
import { createSoundStrip, type InputLevel, type SoundStrip, type SoundTap } from './sound-strip.ts';

/** The strip of what viewers hear, beside those of the inputs. */
const PROGRAMME_STRIP = 'programme';

/** Fills the first `count` stereo samples (−1…1) with the next sound of an input; false when it is only silence. */
export type ReadSound = (id: string, out: Float32Array, count: number) => boolean;

/**
 * The programme sound: the sum of the inputs, each treated and with gain and mute, brought to the wanted loudness and kept below −1 dBFS. An
 * input's meter is behind its gain and before its mute, so that somebody who talks into a muted microphone can be told; the programme's is what
 * viewers hear.
 */
export type SoundMixer = {
  /** Adds and removes inputs; one that stays goes on where it is. */
  setInputs(ids: readonly string[]): void;
  /** Which of them hear what others play. */
  setEchoRoles(inputs: readonly { readonly id: string; readonly role: EchoRole }[]): void;
  /** For an input that is there or is yet to come. */
  setLevel(id: string, level: InputLevel): void;
  /** Who takes the sound of an input by itself, whether or not that is there; samples are as far ahead of what comes out as what is read. */
  setTaps(taps: ReadonlyMap<string, SoundTap>): void;
  /** LUFS; undefined leaves the programme as loud as it is. */
  setLoudnessTarget(lufs: number | undefined): void;
  /** Mixes the next `count` stereo samples as s16. What is read is `LIMITER_DELAY` samples ahead of what comes out. */
  mix(out: Int16Array, count: number, read: ReadSound): void;
  /** Levels since the last call, in the order of the inputs, the programme's last. */
  takeReadings(): readonly MeterReading[];
  echoes(): readonly Echo[];
};

/** `mostSamples` is the largest count that will be asked for. */
export function createSoundMixer(mostSamples: number): SoundMixer {
  const strips = new Map<string, SoundStrip>();
  const levels = new Map<string, InputLevel>();
  const scratch = new Float32Array(mostSamples * MIXER_CHANNELS);
  const bus = new Float32Array(mostSamples * MIXER_CHANNELS);
  let taps: ReadonlyMap<string, SoundTap> = new Map();
  const echo = createEchoWatch();
  const control = createLoudnessControl();
  const limiter = createLimiter();
  const programme = createLevelMeter();
  const loudness = createLoudnessMeter();

  return {
    setInputs(ids) {
      for (const id of strips.keys()) {
        if (!ids.includes(id)) {
          strips.delete(id);
        }
      }
      for (const id of ids) {
        const strip =
          strips.get(id) ?? createSoundStrip(mostSamples, levels.get(id) ?? { gainDb: 0, muted: false });
        // Taken out and put back, so that readings come in the order of the list.
        strips.delete(id);
        strips.set(id, strip);
      }
    },

    setEchoRoles: (inputs) => echo.setInputs(inputs),

    setLevel(id, level) {
      levels.set(id, level);
      strips.get(id)?.setLevel(level);
    },

    setTaps(wanted) {
      taps = wanted;
    },

    setLoudnessTarget: (lufs) => control.setTarget(lufs),

    mix(out, count, read) {
      const length = count * MIXER_CHANNELS;
      bus.fill(0, 0, length);
      for (const [id, strip] of strips) {
        if (!read(id, scratch, count)) {
          scratch.fill(0, 0, length);
        }
        echo.push(id, scratch, count);
        strip.process(scratch, count, taps.get(id));
        for (let i = 0; i < length; i += 1) {
          bus[i] = (bus[i] ?? 0) + (scratch[i] ?? 0);
        }
      }
      echo.advance(count);
      control.process(bus, count);
      limiter.process(bus, count);
      programme.push(bus, length);
      loudness.push(bus, count);
      for (let i = 0; i < length; i += 1) {
        // Behind the limiter nothing is out of range.
        out[i] = Math.round((bus[i] ?? 0) * 32_768);
      }
    },

    takeReadings: () => [
      ...[...strips].map(([id, strip]) => ({ id, ...strip.take() })),
      {
        id: PROGRAMME_STRIP,
        ...programme.take(),
        lufs: loudness.momentary(),
        shortTermLufs: loudness.shortTerm(),
        loudnessGainDb: control.gainDb(),
      },
    ],

    echoes: () => echo.echoes(),
  };
}
