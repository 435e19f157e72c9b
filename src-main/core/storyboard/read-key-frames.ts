import { AppError } from '../../shared/app-error.ts';
import type { Presentation } from '../ports/presentation.ts';
import type { ChosenPictures } from './choose-pictures.ts';
import { keyFrameOf, writeKeyFrames } from './key-frames.ts';

/** The pictures as one file for the decoder. */
export type KeyFrames = {
  readonly file: Uint8Array;
  /** Nothing of them could not be read. */
  readonly isWhole: boolean;
};

/**
 * Reads the chosen pictures, one segment after the other. A place without one has the picture before it, or else the first: nobody is told of it,
 * and those behind it stay where they are. Undefined when none can be read.
 */
export async function readKeyFrames(
  presentation: Presentation,
  { window, rows }: ChosenPictures,
): Promise<KeyFrames | undefined> {
  const known = new Map<number, Uint8Array | undefined>();
  const pictures: (Uint8Array | undefined)[] = [];
  for (const row of rows.slice(0, rows.findLastIndex((one) => one !== undefined) + 1)) {
    if (row !== undefined && !known.has(row.sequence)) {
      known.set(row.sequence, await readOne(presentation, window, row.sequence));
    }
    pictures.push((row && known.get(row.sequence)) ?? pictures.at(-1));
  }
  const first = pictures.find((picture) => picture !== undefined);
  return first === undefined
    ? undefined
    : {
        file: writeKeyFrames(
          window.track,
          pictures.map((picture) => picture ?? first),
        ),
        isWhole: [...known.values()].every((picture) => picture !== undefined),
      };
}

/** Undefined when it has left the window meanwhile, or is damaged. */
async function readOne(
  presentation: Presentation,
  window: ChosenPictures['window'],
  sequence: number,
): Promise<Uint8Array | undefined> {
  try {
    const picture = keyFrameOf(await presentation.readSegment(window, sequence));
    // A copy: a view would keep the whole segment in memory until the last of them is read.
    return picture === undefined ? undefined : Uint8Array.from(picture);
  } catch (error) {
    if (error instanceof AppError) {
      return undefined;
    }
    throw error;
  }
}
