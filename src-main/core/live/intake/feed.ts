import type { Clock } from '../../../base/clock.ts';
import type { Sample } from '../../../media/cmaf/types.ts';
import type { IpAccessControl } from '../../../shared/api/common.ts';
import type { LiveEvent } from '../../../shared/api/live-events.ts';
import { AppError, toAppError } from '../../../shared/app-error.ts';
import { CUE_TIMESCALE, type CueInput } from '../../ports/cues.ts';
import type { Feed, FeedEnd } from '../../ports/feed.ts';
import type {
  IncomingCue,
  IncomingTrack,
  IngestConnection,
  IngestPeer,
  IngestRequest,
} from '../../ports/ingest.ts';
import { type IpList, parseIpList } from '../../ports/ip-list.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Track } from '../../ports/presentation.ts';
import type { EventLog } from '../../ports/services.ts';
import type { TimelineInput } from '../../ports/timeline.ts';
import { type Connection, createConnection } from './connection.ts';
import { createCueLimit, tooManyCues } from './cue-limit.ts';
import { cueTimeUs, placeCue } from './cue-placing.ts';
import { createFeedTrack, type FeedTrack } from './feed-track.ts';
import { limitsOf } from './limits.ts';
import { createOpening, type NamedTrack } from './opening.ts';
import { createRateMeter } from './rate-meter.ts';
import type { RunTelemetry } from './run-telemetry.ts';
import { createTimeMap, type Offset } from './time-map.ts';
import { createTrackList } from './track-list.ts';

/** What outside encoders bring to one live event, from its start to its stop. */
export type IntakeFeed = Feed & {
  /** The list of who may send was changed: those who are not on it any more are cut off. Throws `ingest/address-list-invalid`. */
  updateAccess(accessControl: IpAccessControl | undefined): void;
  /** When something last came in, or the feed was opened, on the monotonic clock. */
  lastInputMs(): number;
  /** The newest key frame of the best quality that there is, for a picture of the feed. */
  latestVideo(): { readonly track: Track; readonly sample: Sample } | undefined;
};

export type IntakeFeedOptions = {
  /** As it is about to run. */
  readonly event: LiveEvent;
  /** Where its tracks go. */
  readonly input: TimelineInput;
  /** Where its cues go; without it they are dropped. */
  readonly cues: CueInput | undefined;
  /** Told when what comes in cannot be taken any more; the feed has stopped then. */
  readonly onFailed: (error: AppError) => void;
};

/** The feed as its door sees it. */
export type OpenedFeed = IntakeFeed & {
  readonly event: LiveEvent;
  admits(peer: IngestPeer): boolean;
  /** Throws `MPE_CAPACITY_LIMIT_REACHED`. */
  connect(request: IngestRequest): IngestConnection;
  /** A cue that does not come by a connection. Throws `ingest/cue-invalid`. */
  cue(cue: IncomingCue): void;
};

/** Ten qualities over two entrances of two encoders, and the sound; then some. */
const MAX_CONNECTIONS = 64;
/** Cues before the first sample, whose time is not known yet. */
const MAX_EARLY_CUES = 64;
/** Measured bitrates are held against the limits over this long. */
const RATE_SECONDS = 10;
/** Bitrates are means; what comes may be more for a while. */
const RATE_SLACK = 2;

export function createFeed(
  options: IntakeFeedOptions & {
    readonly clock: Clock;
    readonly logger: Logger;
    readonly events: EventLog;
    readonly telemetry: RunTelemetry;
    readonly rejected: (request: IngestRequest, code: string) => void;
    readonly onStopped: () => void;
  },
): OpenedFeed {
  const { event, input, cues, clock, logger, telemetry } = options;
  const limits = limitsOf(event);
  const tracks = createTrackList(limits, createTrack);
  const connections = new Set<Connection>();
  const earlyCues: IncomingCue[] = [];
  const cueLimit = createCueLimit(clock);
  const ids = new Set<string>();
  const meter = createRateMeter(clock);
  const times = createTimeMap(clock, (offset) =>
    [...connections].some((connection) => connection.sources().some((source) => source.offset() === offset)),
  );
  let allowed: IpList = parseIpList(event.input.accessControl);
  let lastInputMs = clock.monotonicMs();
  /** Nothing goes to the timeline any more. */
  let hasFailed = false;
  let isStopped = false;

  const opening = createOpening({
    clock,
    tracks: () => tracks.all(),
    open: (opened) => guarded(() => openTracks(opened)),
  });

  function createTrack({ description, name, declaredBitrate }: IncomingTrack): FeedTrack {
    const track = createFeedTrack({
      clock,
      description,
      name,
      declaredBitrate,
      waits: () => opening.consider(),
      forward: (named, samples) => guarded(() => forward(named, samples)),
      dropped(sample, reason, isFirst) {
        const trackId = track.track()?.id ?? `${description.kind}_${declaredBitrate ?? 0}`;
        const drop = { trackId, timestamp: sample.decodeTime, timescale: description.timescale, reason };
        telemetry.dropped(drop, isFirst);
      },
    });
    return track;
  }

  function openTracks(opened: readonly NamedTrack[]): void {
    const best = opened.toSorted(byRank);
    const begun = best.map(({ track, bitrate }) => track.open(...nameOf(track, bitrate)));
    for (const { track } of begun) {
      telemetry.addTrack(track);
    }
    input.open(begun.map(({ track }) => track));
    logger.info({ tracks: begun.map(({ track }) => track.id) }, 'tracks of an encoder begin');
    for (const { track, samples } of begun) {
      forward(track, samples);
    }
    for (const connection of connections) {
      connection.tellReceived();
    }
  }

  /** Two tracks of one bitrate are told apart by a bit per second. */
  function nameOf({ description: { kind } }: FeedTrack, bitrate: number): [id: string, bitrate: number] {
    let unique = bitrate;
    while (ids.has(`${kind}_${unique}`)) {
      unique += 1;
    }
    const id = `${kind}_${unique}`;
    ids.add(id);
    return [id, unique];
  }

  function forward(track: Track, samples: readonly Sample[]): void {
    if (samples.length === 0 || hasFailed) {
      return;
    }
    meter.add(samples.reduce((sum, { data }) => sum + data.length, 0));
    telemetry.arrived(track.id, samples);
    input.push(track.id, samples);
  }

  /** Nothing that comes from outside may throw into the one who brings it. */
  function guarded(action: () => void): void {
    if (isStopped) {
      return;
    }
    try {
      action();
    } catch (error) {
      logger.error({ error }, 'what an encoder sends could not be taken');
      hasFailed = true;
      stop('MPI_REST_API_CHANNEL_STOP');
      options.onFailed(toAppError(error));
    }
  }

  /** Cuts off who sends far more than the event takes: what all send together, or one alone. */
  function checkRates(connection: Connection): void {
    const most = RATE_SLACK * limits.total;
    if (connection.rates.bitsWithin(RATE_SECONDS) > most * RATE_SECONDS) {
      cut(connection, tooMuch(connection));
    } else if (meter.bitsWithin(RATE_SECONDS) > most * RATE_SECONDS) {
      const rateOf = (one: Connection): number => one.rates.bitsWithin(RATE_SECONDS);
      const [loudest = connection] = [...connections].toSorted((a, b) => rateOf(b) - rateOf(a));
      cut(loudest, tooMuch(loudest));
      meter.reset();
    }
  }

  /** At once, or for a while. */
  function tooMuch({ rates, request }: Connection): AppError {
    const isBurst = rates.age() < RATE_SECONDS;
    const rate = Math.round(rates.bitsWithin(RATE_SECONDS) / Math.max(1, Math.min(RATE_SECONDS, rates.age())));
    return new AppError(
      isBurst ? 'MPE_CAPACITY_LIMIT_REACHED' : 'MPE_INGEST_BITRATE_AGGREGATED_EXCEEDED',
      `The stream ${request.streamName} brings ${(rate / 1e6).toFixed(1)} Mbit/s; this live event takes ${limits.total / 1e6}.`,
      { details: { streamName: request.streamName, bitrate: rate, limit: limits.total } },
    );
  }

  function cut(connection: Connection, reason: AppError | FeedEnd): void {
    const code = typeof reason === 'string' ? reason : reason.code;
    logger.warn({ stream: connection.request.streamName, code }, 'an encoder was cut off');
    connection.close(reason);
    connection.request.disconnect(reason);
  }

  /** `offset`: of the connection it came by; undefined when that has none of its own. */
  function placeOne(cue: IncomingCue, offset: Offset | undefined): void {
    const encoderUs = cueTimeUs(cue);
    const now = times.nowUs();
    const by = encoderUs === undefined ? undefined : (offset ?? times.nearest(encoderUs));
    const mediaUs = encoderUs === undefined || by === undefined ? now : encoderUs + by.us;
    if (mediaUs === undefined || (encoderUs !== undefined && by === undefined)) {
      earlyCues.push(cue);
      earlyCues.splice(0, earlyCues.length - MAX_EARLY_CUES);
      return;
    }
    const placed = placeCue(cue, mediaUs);
    const accepted = cues?.put(placed) ?? false;
    options.events.publish('Lectern.LiveEventCue', `liveEvent/${event.name}`, {
      id: placed.id,
      scheme: placed.scheme,
      value: placed.value,
      timestamp: String(placed.time),
      timescale: String(CUE_TIMESCALE),
      ...(placed.duration === undefined ? {} : { duration: String(placed.duration) }),
      accepted,
    });
  }

  function takeCue(cue: IncomingCue, offset: Offset | undefined): void {
    try {
      placeOne(cue, offset);
    } catch (error) {
      if (!(error instanceof AppError)) {
        throw error;
      }
      logger.warn({ error }, 'a cue of an encoder was dropped');
      options.events.publish('Lectern.Problem', `liveEvent/${event.name}`, {
        code: error.code,
        detail: error.message,
      });
    }
  }

  /** A cue as an encoder sends it. Of more than anybody needs only the first that is left out is told of. */
  function limitCue(cue: IncomingCue, offset: Offset | undefined): void {
    const verdict = cueLimit.take();
    if (verdict === 'take') {
      takeCue(cue, offset);
    } else if (verdict === 'first-dropped') {
      const error = tooManyCues();
      logger.warn({ error }, 'cues of an encoder are dropped');
      options.events.publish('Lectern.Problem', `liveEvent/${event.name}`, {
        code: error.code,
        detail: error.message,
      });
    }
  }

  function stop(reason: FeedEnd): void {
    guarded(() => {
      for (const connection of [...connections]) {
        cut(connection, reason);
      }
      for (const { merge } of tracks.all()) {
        merge.flush();
      }
      opening.force();
    });
    // What could not be let go of has stopped it already.
    if (!isStopped) {
      isStopped = true;
      opening[Symbol.dispose]();
      for (const { merge } of tracks.all()) {
        merge[Symbol.dispose]();
      }
      telemetry.end(reason);
      options.onStopped();
    }
  }

  return {
    event,
    admits: (peer) => allowed.has(peer.address),
    connect(request) {
      if (connections.size >= MAX_CONNECTIONS) {
        throw new AppError(
          'MPE_CAPACITY_LIMIT_REACHED',
          `The live event has ${MAX_CONNECTIONS} connections of encoders already.`,
          { details: { limit: MAX_CONNECTIONS } },
        );
      }
      const connection = createConnection({
        request,
        clock,
        limits,
        telemetry,
        times,
        trackFor: (incoming) => tracks.admit(incoming, request),
        announced: () => guarded(() => opening.consider()),
        guarded,
        rejected: (code) => options.rejected(request, code),
        taken() {
          lastInputMs = clock.monotonicMs();
          for (const cue of earlyCues.splice(0)) {
            takeCue(cue, undefined);
          }
          checkRates(connection);
        },
        cue: limitCue,
        cut: (reason) => cut(connection, reason),
        onClosed: () => void connections.delete(connection),
      });
      connections.add(connection);
      return connection.door;
    },
    cue: (cue) => placeOne(cue, undefined),
    stop(reason = 'MPI_REST_API_CHANNEL_STOP') {
      stop(reason);
      return Promise.resolve();
    },
    updateAccess(accessControl) {
      allowed = parseIpList(accessControl);
      for (const connection of [...connections]) {
        if (!allowed.has(connection.request.peer.address)) {
          cut(connection, connectionDenied(connection.request.peer));
        }
      }
    },
    lastInputMs: () => lastInputMs,
    latestVideo() {
      const found = tracks
        .all()
        .flatMap((one) => {
          const track = one.track();
          return track === undefined || one.newestKey === undefined ? [] : [{ track, sample: one.newestKey }];
        })
        .toSorted((a, b) => b.track.bitrate - a.track.bitrate);
      // The best of those that still come: one that has stopped shows what was.
      const newest = found.toSorted((a, b) => secondsOf(b) - secondsOf(a))[0];
      return found.find((one) => newest !== undefined && secondsOf(newest) - secondsOf(one) < STALE_SECONDS);
    },
  };
}

const STALE_SECONDS = 30;

function secondsOf({ track, sample }: { readonly track: Track; readonly sample: Sample }): number {
  return Number(sample.decodeTime) / track.timescale;
}

export function connectionDenied({ address }: IngestPeer): AppError {
  return new AppError(
    'MPE_INGEST_ENCODER_CONNECTION_DENIED',
    `Encoders at ${address} are not let in. Add the address to the list of those who may send to the live event.`,
    { details: { address } },
  );
}

/** Pictures before sound, the best first. Sound as the encoder has it: its first language is the one that players begin with. */
function byRank(a: NamedTrack, b: NamedTrack): number {
  const [first, second] = [a, b].map(({ track }) => track.description.kind === 'video');
  if (first !== second) {
    return first === true ? -1 : 1;
  }
  return first === true ? b.bitrate - a.bitrate : 0;
}
