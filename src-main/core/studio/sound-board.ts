import type { Clock } from '../../base/clock.ts';
import type {
  LoudnessTargetChoice,
  ProgrammeSound,
  SoundInputSettings,
  SoundWarning,
} from '../../shared/api/sound.ts';
import type { AudioInput, AudioInputPatch, MeterReading } from '../../shared/api/studio.ts';
import { UNTREATED } from '../../shared/sound-limits.ts';
import type { MixerCommand, MixerEvent } from '../ports/mixer.ts';
import { createSoundWatch } from './sound-watch.ts';

/** What is set of each sound input, also of one that is not there at present; how loud all is to be; and what there is to warn of. */
export type SoundBoard = {
  settingsOf(id: string): SoundInputSettings;
  change(id: string, patch: AudioInputPatch): SoundInputSettings;
  setLoudnessTarget(target: LoudnessTargetChoice): void;
  /** Inputs that are there now. */
  follow(ids: readonly string[]): void;
  /** Whether there is something else to warn of than before. */
  hear(event: Extract<MixerEvent, { type: 'meters' }>, inputs: readonly AudioInput[]): boolean;
  /** The newest. */
  readings(): readonly MeterReading[];
  state(inputs: readonly AudioInput[]): ProgrammeSound;
  /** Everything the mixer has to know. */
  commands(inputs: readonly AudioInput[]): readonly MixerCommand[];
};

const UNTOUCHED: SoundInputSettings = { gainDb: 0, muted: false, ...UNTREATED, separateTrack: 'off' };

export function createSoundBoard(clock: Clock): SoundBoard {
  const settings = new Map<string, SoundInputSettings>();
  const watch = createSoundWatch(clock);
  let loudnessTarget: LoudnessTargetChoice = 'off';
  let readings: readonly MeterReading[] = [];
  let told = '';

  const settingsOf = (id: string): SoundInputSettings => settings.get(id) ?? UNTOUCHED;

  return {
    settingsOf,
    change(id, patch) {
      const before = settingsOf(id);
      const changed: SoundInputSettings = {
        gainDb: patch.gainDb ?? before.gainDb,
        muted: patch.muted ?? before.muted,
        delayMs: patch.delayMs ?? before.delayMs,
        channels: patch.channels ?? before.channels,
        highPass: patch.highPass ?? before.highPass,
        noiseSuppression: patch.noiseSuppression ?? before.noiseSuppression,
        separateTrack: patch.separateTrack ?? before.separateTrack,
      };
      settings.set(id, changed);
      return changed;
    },
    setLoudnessTarget(target) {
      loudnessTarget = target;
    },
    follow: (ids) => watch.follow(ids),
    hear(event, inputs) {
      readings = event.readings;
      watch.hear(event, inputs);
      const now = JSON.stringify(watch.warnings(inputs));
      const isOther = now !== told;
      told = now;
      return isOther;
    },
    readings: () => readings,
    state: (inputs) => ({ loudnessTarget, warnings: [...watch.warnings(inputs)] }),
    commands: (inputs) => [
      ...inputs.map(audioCommand),
      // As loud as it is: so a mixer begins.
      ...(loudnessTarget === 'off' ? [] : [loudnessCommand(loudnessTarget)]),
    ],
  };
}

export function audioCommand(input: AudioInput): MixerCommand {
  const { id, gainDb, muted, delayMs, channels, highPass, noiseSuppression } = input;
  return { type: 'audio', id, gainDb, muted, treatment: { delayMs, channels, highPass, noiseSuppression } };
}

export function loudnessCommand(target: LoudnessTargetChoice): MixerCommand {
  return { type: 'loudness', target: target === 'off' ? undefined : target };
}

/** The inputs that a warning is about. */
export function warnedOf(warnings: readonly SoundWarning[], kind: SoundWarning['kind']): ReadonlySet<string> {
  return new Set(warnings.filter((warning) => warning.kind === kind).map(({ input }) => input));
}
