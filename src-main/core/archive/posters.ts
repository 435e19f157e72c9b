import type { SegmentRef } from '../../media/cmaf/segment-table.ts';
import { AppError } from '../../shared/app-error.ts';
import type { Presentation, TrackWindow } from '../ports/presentation.ts';

/** A picture for each recording, drawn once and kept. */
export type Posters = {
  /** Throws `archive/empty` while there is no picture yet. */
  of(name: string): Promise<Uint8Array>;
  forget(name: string): void;
};

/** A moment after the beginning, which is often a title or still black. */
const SEGMENT = 2;

export function createPosters(options: {
  readonly draw: (init: Uint8Array, segment: Uint8Array) => Promise<Uint8Array>;
  readonly presentationOf: (name: string) => Promise<Presentation | undefined>;
  readonly titleOf: (name: string) => string;
}): Posters {
  const kept = new Map<string, Uint8Array>();
  return {
    async of(name) {
      const known = kept.get(name);
      if (known !== undefined) {
        return known;
      }
      const presentation = await options.presentationOf(name);
      const video = presentation
        ?.tracks()
        .filter(({ track }) => track.kind === 'video')
        .at(-1);
      const sequence = video === undefined ? undefined : sequenceOf(video);
      if (presentation === undefined || video === undefined || sequence === undefined) {
        throw new AppError('archive/empty', `The recording ${options.titleOf(name)} has no picture yet.`, {
          details: { asset: name },
        });
      }
      const poster = await options.draw(video.track.init, await presentation.readSegment(video, sequence));
      // What it was drawn of may have been taken back meanwhile.
      if (sequenceOf(video) === sequence) {
        kept.set(name, poster);
      }
      return poster;
    },
    forget: (name) => void kept.delete(name),
  };
}

/** The segment whose first picture is taken; undefined while there is none. */
function sequenceOf({ segments }: TrackWindow): number | undefined {
  for (let index = Math.min(SEGMENT, segments.length - 1); index >= 0 && index < segments.length; index += 1) {
    if (hasMedia(segments.at(index))) {
      return segments.at(index).sequence;
    }
  }
  for (let index = Math.min(SEGMENT, segments.length) - 1; index >= 0; index -= 1) {
    if (hasMedia(segments.at(index))) {
      return segments.at(index).sequence;
    }
  }
  return undefined;
}

function hasMedia({ size }: SegmentRef): boolean {
  return size > 0;
}
