import type { SoundWarning as ToldWarning } from '../../src-main/shared/api/sound.ts';
import type { AudioInput, MeterReading } from '../../src-main/shared/api/studio.ts';

/** Quieter than this is no signal: a live microphone in a silent room is above it, an unplugged one is not. */
const SILENCE_DB = -60;
const NO_SIGNAL_MS = 10_000;

export type SoundWarning = 'muted' | 'no-signal' | 'muted-speaking' | 'clipping' | 'echo';

/** When each input was last heard, and what there is to warn about. */
export type SoundWatch = {
  readonly heardAtMs: ReadonlyMap<string, number>;
};

export const EMPTY_WATCH: SoundWatch = { heardAtMs: new Map() };

/** An input counts as heard when it is first seen, so that a warning comes 10 s after it was added and not at once. */
export function hear(watch: SoundWatch, readings: readonly MeterReading[], nowMs: number): SoundWatch {
  return {
    heardAtMs: new Map(
      readings.map(({ id, peakDb }) => {
        const before = watch.heardAtMs.get(id);
        return [id, before === undefined || peakDb > SILENCE_DB ? nowMs : before];
      }),
    ),
  };
}

/** One for each input, the most urgent. What takes a longer look than ours is `told` by the service. */
export function warnings(
  watch: SoundWatch,
  inputs: readonly AudioInput[],
  nowMs: number,
  told: readonly ToldWarning[] = [],
): ReadonlyMap<string, SoundWarning> {
  const found = new Map<string, SoundWarning>();
  for (const { id, muted } of inputs) {
    const heardAt = watch.heardAtMs.get(id);
    // What was told before it was muted or opened does not hold any more.
    const first = told.find(({ input, kind }) => input === id && muted === (kind === 'muted-speaking'))?.kind;
    if (first !== undefined) {
      found.set(id, first === 'silent' ? 'no-signal' : first);
    } else if (muted) {
      found.set(id, 'muted');
    } else if (heardAt !== undefined && nowMs - heardAt >= NO_SIGNAL_MS) {
      found.set(id, 'no-signal');
    }
  }
  return found;
}

/** The programme's reading is the last; a source may have that name, too. */
export function programmeReading(readings: readonly MeterReading[]): MeterReading | undefined {
  return readings.findLast(({ id }) => id === 'programme');
}
