import { createIngestReader } from '../../../media/cmaf/fragment-reader.ts';
import { AppError } from '../../../shared/app-error.ts';
import type { MemoryShare } from './memory.ts';
import { codecNotSupported, type StreamHeader, type TrackIntake } from './track-intake.ts';

/** The bytes of one body on their way into the tracks of a connection. */
export type StreamFeed = {
  /** Returns whether they completed anything. Throws as the reader and the intake do, in the words of the protocol (spec 2.17). */
  readonly push: (bytes: Uint8Array) => boolean;
  /** Nothing follows. Throws for what was not described, and `ERROR_END_OF_MEDIA` when something is missing behind the last byte. */
  readonly end: () => void;
};

/** `known`: the header that was sent before, in a body of its own. */
export function createStreamFeed(options: {
  readonly intake: () => TrackIntake;
  readonly memory: MemoryShare;
  readonly maxBoxBytes: number;
  readonly known?: StreamHeader | undefined;
}): StreamFeed {
  const { memory, maxBoxBytes, known } = options;
  const reader = createIngestReader({ maxBoxBytes, header: known });
  let described = known !== undefined;

  function push(bytes: Uint8Array): boolean {
    try {
      const events = reader.push(bytes);
      memory.set(reader.pendingBytes());
      described ||= events.some(({ kind }) => kind === 'header');
      options.intake().take(events);
      return events.length > 0;
    } catch (error) {
      throw inWordsOfIngest(error);
    }
  }

  return {
    push,
    end() {
      // A fault behind the last fragment is told of at the next call.
      push(new Uint8Array());
      if (!described) {
        throw notDescribed();
      }
      if (reader.pendingBytes() > 0) {
        throw new AppError('ERROR_END_OF_MEDIA', 'The stream ended in the middle of a fragment.');
      }
    },
  };
}

function inWordsOfIngest(error: unknown): unknown {
  if (!(error instanceof AppError)) {
    return error;
  }
  if (error.details['missing'] === 'moov') {
    return notDescribed(error);
  }
  const { codec } = error.details;
  return error.code === 'media/unsupported' && typeof codec === 'string'
    ? codecNotSupported(error.message, codec, error)
    : error;
}

function notDescribed(cause?: AppError): AppError {
  const because = cause === undefined ? '' : ` ${cause.message}`;
  return new AppError(
    'MPE_INGEST_DESCRIPTION_INFO_NOT_RECEIVED',
    `The stream has no ftyp and moov before its fragments.${because}`,
    { cause },
  );
}
