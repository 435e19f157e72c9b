import type { Settings } from '../../shared/api/settings.ts';
import type { AudioInput } from '../../shared/api/studio.ts';
import { AppError } from '../../shared/app-error.ts';
import { MOST_SEPARATE_TRACKS } from '../../shared/sound-limits.ts';
import { SEPARATE_TRACK_BITRATE } from '../encode/encoder-args.ts';
import type { LadderPlan } from '../encode/resolve-ladder.ts';

/** A sound input that is recorded by itself. */
export type SeparateInput = { readonly id: string; readonly label: string; readonly evenMuted: boolean };

/** Those that are recorded by themselves, as the recording and each of them say; of too many the first. */
export function separateInputs(
  inputs: readonly AudioInput[],
  wanted: Settings['recording']['separateTracks'],
): readonly SeparateInput[] {
  return inputs
    .filter(({ separateTrack }) => wanted === 'all' || (wanted === 'chosen' && separateTrack !== 'off'))
    .slice(0, MOST_SEPARATE_TRACKS)
    .map(({ id, label, separateTrack }) => ({ id, label, evenMuted: separateTrack === 'always' }));
}

/** Bits per second of all that a broadcast writes to the disk. */
export function recordedBitrate(
  { video, audio }: Pick<LadderPlan, 'video' | 'audio'>,
  inputs: readonly AudioInput[],
  wanted: Settings['recording']['separateTracks'],
): number {
  const separate = separateInputs(inputs, wanted).length * SEPARATE_TRACK_BITRATE;
  return video.reduce((sum, layer) => sum + layer.bitrate, audio.bitrate + separate);
}

/** Throws `resource/quota` when one more is chosen than are recorded. */
export function checkSeparateCount(inputs: readonly AudioInput[]): void {
  if (inputs.filter(({ separateTrack }) => separateTrack !== 'off').length > MOST_SEPARATE_TRACKS) {
    throw new AppError(
      'resource/quota',
      `No more than ${MOST_SEPARATE_TRACKS} sound inputs are recorded as tracks of their own. Switch it off for another one first.`,
      { details: { field: 'separateTrack', most: MOST_SEPARATE_TRACKS } },
    );
  }
}
