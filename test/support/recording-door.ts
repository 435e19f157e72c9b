import type {
  IncomingCue,
  IncomingTrack,
  IngestDoor,
  IngestEndCode,
  IngestRequest,
} from '../../src-main/core/ports/ingest.ts';
import type { Sample } from '../../src-main/media/cmaf/types.ts';
import { AppError } from '../../src-main/shared/app-error.ts';

/** What one connection has brought. */
export type RecordedConnection = {
  readonly request: IngestRequest;
  readonly tracks: { readonly track: IncomingTrack; readonly samples: Sample[] }[];
  readonly cues: IncomingCue[];
  end: AppError | IngestEndCode | undefined;
};

/** A door that writes down what comes in. */
export type RecordingDoor = IngestDoor & {
  readonly connections: RecordedConnection[];
  /** Codes of those that were turned away. */
  readonly refusals: string[];
  /** Resolves when `isSo` is; asks whenever something came. Fails after `withinMs`. */
  readonly until: (isSo: (door: RecordingDoor) => boolean, withinMs?: number) => Promise<void>;
};

export function recordingDoor(
  options: {
    /** Who is let in; everybody when left out. */
    readonly tokens?: readonly string[];
    readonly addresses?: readonly string[];
    readonly onTrack?: (track: IncomingTrack) => void;
  } = {},
): RecordingDoor {
  const waiting = new Set<() => void>();
  const told = (): void => waiting.forEach((look) => look());

  function check({ accessToken, peer }: Pick<IngestRequest, 'accessToken' | 'peer'>): void {
    if (options.tokens?.includes(accessToken) === false) {
      refuse('MPE_RTMP_APPID_AUTH_FAILURE', 'The access token is of no running live event.');
    }
    if (options.addresses?.includes(peer.address) === false) {
      refuse('MPE_INGEST_ENCODER_CONNECTION_DENIED', 'That address is not let in.');
    }
  }

  function refuse(
    code: 'MPE_RTMP_APPID_AUTH_FAILURE' | 'MPE_INGEST_ENCODER_CONNECTION_DENIED',
    words: string,
  ): never {
    door.refusals.push(code);
    told();
    throw new AppError(code, words);
  }

  const door: RecordingDoor = {
    connections: [],
    refusals: [],
    check,
    misaddressed() {
      door.refusals.push('MPE_BAD_URL_SYNTAX');
      told();
    },
    connect(request) {
      check(request);
      const connection: RecordedConnection = { request, tracks: [], cues: [], end: undefined };
      door.connections.push(connection);
      told();
      return {
        addTrack(track) {
          options.onTrack?.(track);
          const recorded = { track, samples: [] as Sample[] };
          connection.tracks.push(recorded);
          told();
          return {
            push(samples) {
              recorded.samples.push(...samples);
              told();
            },
          };
        },
        cue(cue) {
          connection.cues.push(cue);
          told();
        },
        end(reason) {
          connection.end ??= reason;
          told();
        },
      };
    },
    async until(isSo, withinMs = 15_000) {
      const { promise, resolve, reject } = Promise.withResolvers<undefined>();
      const look = (): void => {
        if (isSo(door)) {
          resolve(undefined);
        }
      };
      const timer = setTimeout(() => reject(new Error(`not within ${withinMs} ms: ${isSo.toString()}`)), withinMs);
      waiting.add(look);
      look();
      try {
        await promise;
      } finally {
        clearTimeout(timer);
        waiting.delete(look);
      }
    },
  };
  return door;
}
