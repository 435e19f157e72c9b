import { AppError } from '../../shared/app-error.ts';

/** So many frames may come before the sequence header that explains them; more, and it will not come. */
const MOST_UNEXPLAINED = 100;

/** The sequence header of one track: kept, and held to. */
export type SequenceHeader = {
  /** Takes one that came. Throws `MPE_INGEST_DISCONTINUITY` for one that differs from what samples have been told by. */
  take(bytes: Uint8Array): void;
  /** The bytes, from now on for good; undefined before the first. Throws `MPE_INGEST_DESCRIPTION_INFO_NOT_RECEIVED` when it stays away. */
  use(): Uint8Array | undefined;
};

export function createSequenceHeader(kind: 'video' | 'audio'): SequenceHeader {
  let bytes: Uint8Array | undefined;
  let isUsed = false;
  let unexplained = 0;
  return {
    take(next) {
      if (isUsed && bytes !== undefined && !isSame(bytes, next)) {
        throw new AppError(
          'MPE_INGEST_DISCONTINUITY',
          `The encoder changed the settings of its ${kind} in the middle of the stream. It has to connect again with the new ones.`,
          { details: { kind } },
        );
      }
      bytes = next;
    },
    use() {
      if (bytes === undefined) {
        unexplained += 1;
        if (unexplained > MOST_UNEXPLAINED) {
          throw new AppError(
            'MPE_INGEST_DESCRIPTION_INFO_NOT_RECEIVED',
            `The encoder sends ${kind} without the sequence header that describes it.`,
            { details: { kind } },
          );
        }
        return undefined;
      }
      isUsed = true;
      return bytes;
    },
  };
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
