import type { Clock } from '../../base/clock.ts';
import type { SoundWarning } from '../../shared/api/sound.ts';
import type { AudioInput } from '../../shared/api/studio.ts';
import type { MixerEvent } from '../ports/mixer.ts';

type Meters = Extract<MixerEvent, { type: 'meters' }>;

/** Quieter than this is no signal: the noise of a connected microphone is above it. */
const SIGNAL_DB = -70;
const NO_SIGNAL_MS = 10_000;

/** Louder than this (RMS) is no room any more, but somebody who talks. */
const SPEECH_DB = -45;
/** A cough is shorter. */
const SPEECH_MS = 600;
/** Whoever pauses for longer has stopped. */
const PAUSE_MS = 2000;
/** A warning stays long enough to be read. */
const SHOWN_MS = 4000;
/** Readings come at least so often. */
const READING_MS = 1000;

/** Listens to the levels of the sound inputs and says what somebody should be told. */
export type SoundWatch = {
  /** Inputs that are there now: silence is counted from when one came, not from the beginning of time. */
  follow(ids: readonly string[]): void;
  hear(meters: Meters, inputs: readonly AudioInput[]): void;
  /** The most urgent first. */
  warnings(inputs: readonly AudioInput[]): readonly SoundWarning[];
};

/** Monotonic times of what was heard last. */
type Ear = { heardMs: number; spokenMs: number; speechMs: number; clippedMs: number };

export function createSoundWatch(clock: Clock): SoundWatch {
  const ears = new Map<string, Ear>();
  let echoes: NonNullable<Meters['echoes']> = [];
  let lastMs = -Infinity;

  function earOf(id: string): Ear {
    const ear = ears.get(id) ?? {
      heardMs: clock.monotonicMs(),
      spokenMs: -Infinity,
      speechMs: 0,
      clippedMs: -Infinity,
    };
    ears.set(id, ear);
    return ear;
  }

  return {
    follow(ids) {
      for (const id of ears.keys()) {
        if (!ids.includes(id)) {
          ears.delete(id);
        }
      }
      ids.forEach(earOf);
    },

    hear({ readings, echoes: heard = [] }, inputs) {
      const nowMs = clock.monotonicMs();
      const sinceMs = Math.min(READING_MS, nowMs - lastMs);
      lastMs = nowMs;
      echoes = heard;
      for (const { id, muted } of inputs) {
        const reading = readings.find((candidate) => candidate.id === id);
        if (reading === undefined) {
          continue;
        }
        const ear = earOf(id);
        if (reading.peakDb > SIGNAL_DB) {
          ear.heardMs = nowMs;
        }
        if (reading.peakDb > 0 || (reading.clips ?? 0) > 0) {
          ear.clippedMs = nowMs;
        }
        if (muted && reading.rmsDb > SPEECH_DB) {
          ear.speechMs += sinceMs;
          ear.spokenMs = nowMs;
        } else if (!muted || nowMs - ear.spokenMs > PAUSE_MS) {
          ear.speechMs = 0;
        }
      }
    },

    warnings(inputs) {
      const nowMs = clock.monotonicMs();
      const open = new Set(inputs.filter(({ muted }) => !muted).map(({ id }) => id));
      const all = inputs.map(({ id, muted }) => ({ id, muted, ear: earOf(id) }));
      const of = (kind: SoundWarning['kind'], when: (input: (typeof all)[number]) => boolean): SoundWarning[] =>
        all.filter(when).map(({ id }) => ({ kind, input: id }));
      return [
        ...of(
          'muted-speaking',
          ({ muted, ear }) => muted && ear.speechMs >= SPEECH_MS && nowMs - ear.spokenMs < SHOWN_MS,
        ),
        ...echoes
          .filter((echo) => open.has(echo.id) && open.has(echo.of))
          .map((echo): SoundWarning => ({ kind: 'echo', input: echo.id, of: echo.of })),
        ...of('clipping', ({ muted, ear }) => !muted && nowMs - ear.clippedMs < SHOWN_MS),
        ...of('silent', ({ muted, ear }) => !muted && nowMs - ear.heardMs > NO_SIGNAL_MS),
      ];
    },
  };
}
