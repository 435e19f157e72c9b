import type { Serial } from '../../base/serial.ts';
import type { StudioService } from '../ports/services.ts';
import type { MixerDesk } from './mixer-desk.ts';
import { checkSeparateCount } from './separate-inputs.ts';
import { audioCommand, loudnessCommand } from './sound-board.ts';
import type { SourceBoard } from './source-board.ts';

/** What can be asked of the studio about sound. */
export function createSoundDesk(options: {
  readonly board: SourceBoard;
  readonly mixer: Pick<MixerDesk, 'send'>;
  readonly serial: Serial;
  /** It has changed: to be remembered, and told. */
  readonly onChange: () => void;
}): Pick<StudioService, 'setAudio' | 'setSound' | 'levels'> {
  const { board, mixer, serial } = options;
  return {
    setAudio: (input, patch) =>
      serial.run(async () => {
        if (patch.separateTrack !== undefined) {
          const { separateTrack } = patch;
          checkSeparateCount(board.audio().map((one) => (one.id === input ? { ...one, separateTrack } : one)));
        }
        const changed = board.setAudio(input, patch);
        options.onChange();
        await mixer.send(audioCommand(changed));
        return changed;
      }),
    setSound: ({ loudnessTarget }) =>
      serial.run(async () => {
        if (loudnessTarget !== undefined) {
          board.setLoudnessTarget(loudnessTarget);
          options.onChange();
          // A mixer that nobody needs yet is told when it is opened.
          if (board.specs().length > 0) {
            await mixer.send(loudnessCommand(loudnessTarget));
          }
        }
        return board.sound();
      }),
    levels: () => board.readings(),
  };
}
