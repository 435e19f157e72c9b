import type {
  IncomingCue,
  IncomingTrack,
  IngestConnection,
  IngestDoor,
  IngestEndCode,
  IngestRequest,
} from '../../src-main/core/ports/ingest.ts';
import type { Sample } from '../../src-main/media/cmaf/types.ts';
import { AppError } from '../../src-main/shared/app-error.ts';

/** What came in through one connection. */
export type RecordedStream = {
  readonly request: IngestRequest;
  readonly tracks: { readonly track: IncomingTrack; readonly samples: Sample[] }[];
  readonly cues: IncomingCue[];
  /** Undefined while it goes on. */
  end: AppError | IngestEndCode | undefined;
};

/** A door that lets one token in and writes down what comes. */
export type RecordingDoor = IngestDoor & {
  readonly streams: readonly RecordedStream[];
  readonly refused: readonly IngestRequest[];
};

export const TOKEN = '0f9a3c5e-77b1-4d0e-9a55-2f6d8c1b4e70';

export function recordingDoor(
  options: {
    readonly onTrack?: (track: IncomingTrack) => void;
    readonly onConnect?: (request: IngestRequest) => void;
  } = {},
): RecordingDoor {
  const streams: RecordedStream[] = [];
  const refused: IngestRequest[] = [];

  function check({ accessToken }: Pick<IngestRequest, 'accessToken'>): void {
    if (accessToken !== TOKEN) {
      throw new AppError('MPE_RTMP_APPID_AUTH_FAILURE', 'There is no running live event with that access token.');
    }
  }

  return {
    streams,
    refused,
    check,
    misaddressed: () => undefined,
    connect(request) {
      try {
        check(request);
        options.onConnect?.(request);
      } catch (error) {
        refused.push(request);
        throw error;
      }
      const stream: RecordedStream = { request, tracks: [], cues: [], end: undefined };
      streams.push(stream);
      const connection: IngestConnection = {
        addTrack(track) {
          options.onTrack?.(track);
          const samples: Sample[] = [];
          stream.tracks.push({ track, samples });
          return { push: (more) => void samples.push(...more) };
        },
        cue: (cue) => void stream.cues.push(cue),
        end(reason) {
          stream.end ??= reason;
        },
      };
      return connection;
    },
  };
}
