import type { Clock } from '../../base/clock.ts';
import { ticks, ticksToSeconds } from '../../media/time.ts';
import type { LiveEvent } from '../../shared/api/live-events.ts';
import { AppError, toAppError } from '../../shared/app-error.ts';
import { problemOf } from '../../shared/problem.ts';
import type { AssetLedger } from '../ports/archive.ts';
import type { EventFeed, FeedEnd, OpenEventFeed } from '../ports/feed.ts';
import type { Logger } from '../ports/logger.ts';
import type { EventLog, OutputTrack } from '../ports/services.ts';
import type { OpenChunkStore, SegmentReader } from '../ports/store.ts';
import type { IngestTelemetry } from '../ports/telemetry.ts';
import type { OpenTranscription } from '../ports/transcription.ts';
import { segmentSecondsOf } from './event-resource.ts';
import { createEventSession, type EventSession, type OutputSession } from './event-session.ts';
import { rareKeyFrames } from './rare-key-frames.ts';

/** One run of a live event, from start to stop or reset: its session, what feeds it, and the outputs that record it. */
export type EventRun = {
  readonly session: EventSession;
  readonly feed: EventFeed;
  readonly outputs: Map<string, OutputSession>;
  /** UTC in ms. */
  readonly startedAtMs: number;
  /** Makes text of what is said as the event asks for it now. False when media has come: then nothing is changed. */
  transcribe(event: LiveEvent): boolean;
  /** Ends it, whatever of it fails: a feed that cannot be stopped must not keep the recordings from being finished. Never throws. */
  end(reason: FeedEnd): Promise<void>;
};

export type EventRunOptions = {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly events: EventLog;
  readonly assets: AssetLedger;
  readonly openStore: OpenChunkStore;
  readonly reader: SegmentReader;
  /** What is known of the feeds. */
  readonly telemetry: IngestTelemetry;
  /** Left out: nobody makes text of what is said. */
  readonly openTranscription?: OpenTranscription | undefined;
};

/** Length of the parts that low-latency players are told of: chunks of 0.2 s with room for the frame that does not fit. */
const PART_SECONDS = 0.2134;

/** Opens a run. Nothing of it is open when it throws. */
export async function openEventRun(
  event: LiveEvent,
  openFeed: OpenEventFeed,
  slate: Uint8Array | undefined,
  options: EventRunOptions,
): Promise<EventRun> {
  const { clock, events, telemetry } = options;
  const logger = options.logger.child({ liveEvent: event.name });
  const subject = `liveEvent/${event.name}`;
  const session = createEventSession({
    eventId: event.name,
    segmentSeconds: segmentSecondsOf(event),
    partSeconds: event.streamOptions.some((option) => option !== 'Default') ? PART_SECONDS : undefined,
    isWithoutSmooth: event.streamOptions.includes('LowLatencyV2'),
    epochOffsetMs: 0,
    clock,
    logger,
    openStore: options.openStore,
    reader: options.reader,
    assets: options.assets,
    transcription: options.openTranscription?.(event),
    onGap: (trackId, _seconds, gap) => telemetry.gap(event.name, { trackId, ...gap }),
    onDropped: (trackId, timestamp, timescale, reason) =>
      telemetry.dropped(event.name, { trackId, timestamp, timescale, reason }),
    onLonger({ longest }) {
      const problem = rareKeyFrames(longest, segmentSecondsOf(event));
      logger.warn({ error: problem }, 'key frames are rarer than was wanted');
      events.publish('Lectern.Problem', subject, problemOf(problem));
    },
  });

  const { preview } = session;
  let shown = 0;
  preview.changed.on(() => {
    const [first] = preview.tracks();
    const last =
      first === undefined || first.segments.length === 0
        ? undefined
        : first.segments.at(first.segments.length - 1);
    if (first !== undefined && last !== undefined && last.sequence !== shown) {
      shown = last.sequence;
      telemetry.shown(event.name, ticks(last.time + BigInt(last.duration)), first.track.timescale);
    }
  });

  async function attempt(step: () => Promise<unknown>): Promise<void> {
    try {
      await step();
    } catch (error) {
      logger.error({ error }, 'a live event did not end as it should');
      events.publish('Lectern.Problem', subject, problemOf(toAppError(error)));
    }
  }

  let feed: EventFeed;
  try {
    feed = await openFeed(event, {
      input: session.input,
      separate: session.separate,
      cues: session.cues,
      slate,
      onFailed(error) {
        logger.error({ error }, 'the feed of a live event failed');
        events.publish('Lectern.Problem', subject, problemOf(error));
      },
    });
  } catch (error) {
    await attempt(() => session.end());
    throw error;
  }
  return {
    session,
    feed,
    outputs: new Map(),
    startedAtMs: clock.wallMs(),
    transcribe: (changed) => session.transcribe(options.openTranscription?.(changed)),
    async end(reason) {
      await attempt(() => feed.stop(reason));
      await attempt(() => session.end());
      telemetry.ended(event.name, reason);
    },
  };
}

/** Throws `live/not-live`. */
export function runOf(runs: ReadonlyMap<string, EventRun>, name: string): EventRun {
  const run = runs.get(name);
  if (run === undefined) {
    throw new AppError('live/not-live', `The live event ${name} is just being stopped.`, {
      details: { liveEvent: name },
    });
  }
  return run;
}

/** Media time is that of UTC. */
export function outputTracksOf(run: EventRun | undefined): readonly OutputTrack[] {
  return [...(run?.outputs ?? [])].flatMap(([liveOutput, { presentation, stored }]) =>
    [...presentation.tracks(), ...(presentation.separate?.() ?? [])].flatMap(({ track, segments }) => {
      const { id, kind, bitrate, timescale } = track;
      const last = segments.length === 0 ? undefined : segments.at(segments.length - 1);
      const seconds =
        last === undefined ? undefined : ticksToSeconds(last.time, timescale) + last.duration / timescale;
      return { liveOutput, track: id, kind, bitrate, seconds, ...stored(id) };
    }),
  );
}
