import { ticks } from '../../../media/time.ts';
import { AppError } from '../../../shared/app-error.ts';
import type { Presentation, TextTrack, TrackWindow } from '../../ports/presentation.ts';
import type { SegmentReader } from '../../ports/store.ts';
import { mediaPath } from '../file-names.ts';
import type { OpenText, OpenTrack } from './open-track.ts';

type OpenSound = Extract<OpenTrack, { readonly kind: 'audio' }>;

/** What was added to a recording, as it is at the moment. */
export type AddedTracks = {
  /** Where sound is read. */
  readonly folder: string;
  readonly sounds: readonly OpenSound[];
  readonly texts: readonly OpenText[];
  /** Goes up with each change. */
  readonly revision: number;
};

/**
 * A presentation with what was added to it, behind its own tracks. The same object however often that changes: viewers of a broadcast that has just
 * become a recording must not lose the window that they were shown.
 */
export function withTracks(
  presentation: Presentation,
  options: { readonly added: () => AddedTracks; readonly reader: SegmentReader },
): Presentation {
  const { added, reader } = options;
  const soundOf = ({ track }: TrackWindow): OpenSound | undefined =>
    track.shownAs === undefined ? undefined : added().sounds.find(({ window }) => window.track.id === track.id);
  let placed: { readonly of: readonly OpenText[]; readonly texts: readonly TextTrack[] } | undefined;
  return {
    ...presentation,
    revision: () => presentation.revision() + added().revision,
    tracks() {
      const { sounds } = added();
      return sounds.length === 0
        ? presentation.tracks()
        : [...presentation.tracks(), ...sounds.map(({ window }) => window)];
    },
    texts() {
      const now = added();
      if (placed?.of !== now.texts) {
        placed = { of: now.texts, texts: now.texts.map((text) => ({ ...text, zero: zeroOf(presentation) })) };
      }
      return placed.texts;
    },
    async readSegment(window, sequence) {
      if (window.track.shownAs === undefined) {
        return await presentation.readSegment(window, sequence);
      }
      const sound = soundOf(window);
      const index = sound?.table.indexOfSequence(sequence) ?? -1;
      const size = sound === undefined || index < 0 ? 0 : sound.table.at(index).size;
      if (sound === undefined || size === 0) {
        throw new AppError('MPE_FRAGMENT_TIMESTAMP_NOT_FOUND', 'The track has nothing there, or is gone.');
      }
      const { id, kind } = window.track;
      return await reader.read(added().folder, { id, kind }, sound.table.placeOf(index), size);
    },
    fileOf(window, sequence) {
      if (window.track.shownAs === undefined) {
        return presentation.fileOf?.(window, sequence);
      }
      const sound = soundOf(window);
      const index = sound?.table.indexOfSequence(sequence) ?? -1;
      if (sound === undefined || index < 0 || sound.table.at(index).size === 0) {
        return undefined;
      }
      const { file, offset } = sound.table.placeOf(index);
      return { path: mediaPath(added().folder, window.track, file), offset, size: sound.table.at(index).size };
    },
    readPart: (window, sequence, part) =>
      window.track.shownAs === undefined ? presentation.readPart(window, sequence, part) : undefined,
  };
}

/** Where the recording begins. */
function zeroOf(presentation: Presentation): TextTrack['zero'] {
  const leader = presentation.tracks()[0];
  return leader === undefined || leader.segments.length === 0
    ? { time: ticks(0n), timescale: 1 }
    : { time: leader.segments.at(0).time, timescale: leader.track.timescale };
}
