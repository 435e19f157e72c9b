import type { Clock } from '../../../base/clock.ts';
import { AppError } from '../../../shared/app-error.ts';
import type {
  IncomingCue,
  IncomingTrack,
  IngestConnection,
  IngestEndCode,
  IngestRequest,
} from '../../ports/ingest.ts';
import type { FeedTrack } from './feed-track.ts';
import type { IntakeLimits } from './limits.ts';
import { createRateMeter, type RateMeter } from './rate-meter.ts';
import type { RunTelemetry } from './run-telemetry.ts';
import { createSource, type Source } from './source.ts';
import { createSourceGuard } from './source-guard.ts';
import type { Offset, TimeMap } from './time-map.ts';

/** One connection of an encoder to a live event. */
export type Connection = {
  readonly request: IngestRequest;
  /** What its way in holds. */
  readonly door: IngestConnection;
  readonly rates: RateMeter;
  sources(): readonly Source[];
  /** Tells of the tracks that are named by now. */
  tellReceived(): void;
  /** It is over, without a word to its way in. Idempotent. */
  close(reason: AppError | IngestEndCode): void;
};

export type ConnectionOptions = {
  readonly request: IngestRequest;
  readonly clock: Clock;
  readonly limits: IntakeLimits;
  readonly telemetry: RunTelemetry;
  readonly times: TimeMap;
  /** Throws the code for which a track is refused; undefined: it is left out silently. */
  readonly trackFor: (track: IncomingTrack) => FeedTrack | undefined;
  readonly announced: () => void;
  readonly rejected: (code: string) => void;
  /** Runs what may fail by a mistake of ours. */
  readonly guarded: (action: () => void) => void;
  /** Samples have been taken. */
  readonly taken: () => void;
  readonly cue: (cue: IncomingCue, offset: Offset | undefined) => void;
  readonly cut: (reason: AppError) => void;
  readonly onClosed: () => void;
};

/** Cues that came before the first sample of their connection. */
const MAX_WAITING_CUES = 64;

export function createConnection(options: ConnectionOptions): Connection {
  const { request, clock, limits, telemetry, times } = options;
  const rates = createRateMeter(clock);
  const sources: Source[] = [];
  const untold = new Set<Source>();
  const waitingCues: IncomingCue[] = [];
  let isAccepted = false;
  let isRejected = false;
  let isClosed = false;

  const offsetNow = (): Offset | undefined => sources.find((source) => source.offset() !== undefined)?.offset();

  function addSource(track: FeedTrack): Source {
    const source = createSource({ track, times, preferred: offsetNow });
    sources.push(source);
    untold.add(source);
    if (!isAccepted) {
      isAccepted = true;
      telemetry.connected(request);
    }
    return source;
  }

  function tellReceived(): void {
    for (const source of untold) {
      const track = source.track.track();
      const first = source.first();
      if (track !== undefined && first !== undefined) {
        untold.delete(source);
        telemetry.received(request, track.id, first);
      }
    }
  }

  /** Told once: who is turned away for a track is ended for the same reason. */
  function reject({ code }: AppError): void {
    if (!isRejected) {
      isRejected = true;
      options.rejected(code);
    }
  }

  function close(reason: AppError | IngestEndCode): void {
    if (isClosed) {
      return;
    }
    isClosed = true;
    options.onClosed();
    for (const source of sources) {
      source.end();
    }
    if (isAccepted) {
      telemetry.disconnected(request, reason instanceof AppError ? reason.code : reason);
    } else if (reason instanceof AppError) {
      // Its way in found out by itself what no track was made of.
      reject(reason);
    }
  }

  return {
    request,
    rates,
    sources: () => sources,
    tellReceived,
    close,
    door: {
      addTrack(incoming) {
        if (isClosed) {
          return { push: () => undefined };
        }
        let track: FeedTrack | undefined;
        try {
          track = options.trackFor(incoming);
        } catch (error) {
          if (error instanceof AppError) {
            reject(error);
          }
          throw error;
        }
        if (track === undefined) {
          return { push: () => undefined };
        }
        const source = addSource(track);
        const guard = createSourceGuard(incoming.description, limits);
        options.announced();
        return {
          push(samples) {
            if (isClosed || samples.length === 0) {
              return;
            }
            options.guarded(() => {
              rates.add(samples.reduce((sum, { data }) => sum + data.length, 0));
              const fault = guard.check(samples);
              if (fault !== undefined) {
                options.cut(fault);
                return;
              }
              source.push(samples);
              if (untold.size > 0) {
                tellReceived();
              }
              for (const cue of waitingCues.splice(0)) {
                options.cue(cue, offsetNow());
              }
              options.taken();
            });
          },
        };
      },
      cue(cue) {
        if (isClosed) {
          return;
        }
        // Of a connection with media it stands on that one's times, which are known with the first sample.
        if (sources.length > 0 && offsetNow() === undefined) {
          waitingCues.push(cue);
          waitingCues.splice(0, waitingCues.length - MAX_WAITING_CUES);
        } else {
          options.guarded(() => options.cue(cue, offsetNow()));
        }
      },
      end(reason) {
        options.guarded(() => close(reason));
      },
    },
  };
}
