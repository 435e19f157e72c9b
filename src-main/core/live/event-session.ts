import type { Clock } from '../../base/clock.ts';
import { ticksToSeconds } from '../../media/time.ts';
import type { AssetLedger, RecordingClaim } from '../ports/archive.ts';
import type { Logger } from '../ports/logger.ts';
import type { Presentation } from '../ports/presentation.ts';
import type { ChunkStore, OpenChunkStore, OutputStore, SegmentReader } from '../ports/store.ts';
import type { TimelineInput } from '../ports/timeline.ts';
import { createLivePresentation, type LivePresentation } from './live-presentation.ts';
import { createTimeline } from './timeline.ts';

/** One run of a live event, from start to stop: its timeline, its preview and what its outputs record. */
export type EventSession = {
  readonly input: TimelineInput;
  readonly preview: Presentation;
  /** Resolves with the first chunk. */
  readonly begun: Promise<void>;
  addOutput(options: OutputOptions): Promise<OutputSession>;
  /** No more samples come. Closes what is open, then ends every output. */
  end(): Promise<void>;
};

export type OutputOptions = {
  readonly name: string;
  readonly assetName: string;
  readonly manifestName: string;
  readonly archiveSeconds: number;
  readonly rewindSeconds: number;
};

export type OutputSession = {
  readonly presentation: Presentation;
  /** Ends the recording and makes it on-demand on the same URL. Idempotent. */
  end(): Promise<void>;
};

export type EventSessionOptions = {
  readonly eventId: string;
  readonly segmentSeconds: number;
  /** Undefined: no low-latency parts are shown (the chunks are the same). */
  readonly partSeconds: number | undefined;
  readonly epochOffsetMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly openStore: OpenChunkStore;
  readonly reader: SegmentReader;
  readonly assets: AssetLedger;
  readonly onGap: (trackId: string, seconds: number, details: GapDetails) => void;
  readonly onDropped: (
    trackId: string,
    decodeTime: bigint,
    timescale: number,
    reason: 'overlap' | 'no-key-frame',
  ) => void;
};

export type GapDetails = {
  readonly previousTimestamp: bigint;
  readonly newTimestamp: bigint;
  readonly timescale: number;
};

/** Length of a chunk aimed at, and so of a part. */
const CHUNK_SECONDS = 0.2;
/** An event without outputs remembers this much of its timeline, for the preview. */
const PREVIEW_SEGMENTS = 8;
/** A file spans at most 5 minutes, and at most a thirtieth of the archive window, so that a window is trimmed to within a few per cent. */
const MAX_ROLL_SECONDS = 300;
const ROLL_FRACTION = 30;

type Output = OutputSession & {
  readonly options: OutputOptions;
  readonly window: LivePresentation;
  readonly store: OutputStore;
};

export function createEventSession(options: EventSessionOptions): EventSession {
  const { logger } = options;
  const timeline = createTimeline({
    partSeconds: CHUNK_SECONDS,
    segmentSeconds: options.segmentSeconds,
    firstSequence: 1,
    onGap(track, expected, found) {
      const seconds = ticksToSeconds(found, track.timescale) - ticksToSeconds(expected, track.timescale);
      logger.warn({ track: track.id, seconds }, 'gap on the timeline');
      options.onGap(track.id, seconds, {
        previousTimestamp: expected,
        newTimestamp: found,
        timescale: track.timescale,
      });
    },
    onDropped: (track, sample, reason) => options.onDropped(track.id, sample.decodeTime, track.timescale, reason),
  });
  const outputs = new Map<string, Output>();
  const begun = Promise.withResolvers<undefined>();
  const startedAtMs = options.clock.wallMs();
  const preview = presentationOf({
    suffix: 'preview',
    fromSequence: 1,
    rewindSeconds: PREVIEW_SEGMENTS * options.segmentSeconds,
  });
  let store: ChunkStore | undefined;
  let newest = 0;

  timeline.changed.on(() => {
    begun.resolve(undefined);
    if (timeline.newestSequence() !== newest) {
      newest = timeline.newestSequence();
      trim();
    }
  });

  function presentationOf(window: {
    readonly suffix: string;
    readonly fromSequence: number;
    readonly rewindSeconds: number;
    readonly folder?: string;
  }): LivePresentation {
    return createLivePresentation({
      id: `${options.eventId}/${window.suffix}`,
      timeline,
      files: window.folder === undefined ? undefined : { reader: options.reader, folder: window.folder },
      fromSequence: window.fromSequence,
      rewindSeconds: window.rewindSeconds,
      segmentSeconds: options.segmentSeconds,
      partSeconds: options.partSeconds,
      epochOffsetMs: options.epochOffsetMs,
      startedAtMs,
    });
  }

  /** With each new segment: every output forgets what has left its archive window, and the timeline what nobody shows. */
  function trim(): void {
    for (const { window, store: outputStore, options: output } of outputs.values()) {
      const from = timeline.firstWithin(output.archiveSeconds);
      if (from > window.archiveFrom()) {
        window.moveArchive(from);
        outputStore.trim(from);
      }
    }
    timeline.trim(
      Math.min(newest - PREVIEW_SEGMENTS, ...[...outputs.values()].map(({ window }) => window.archiveFrom())),
    );
  }

  async function addOutput(output: OutputOptions): Promise<OutputSession> {
    const claim = await options.assets.beginRecording(output.assetName);
    const opened = store === undefined;
    store ??= options.openStore({
      eventId: options.eventId,
      rollSeconds: Math.min(
        MAX_ROLL_SECONDS,
        Math.max(options.segmentSeconds, output.archiveSeconds / ROLL_FRACTION),
      ),
    });
    const outputStore = await store.openOutput(claim.folder);
    const fromSequence = opened ? timeline.attachStore(store) : Math.max(1, timeline.newestSequence());
    const window = presentationOf({
      suffix: output.name,
      fromSequence,
      rewindSeconds: Math.min(output.rewindSeconds, output.archiveSeconds),
      folder: claim.folder,
    });
    claim.present(window);

    let described = false;
    const describe = async (): Promise<void> => {
      // The tracks come with the first samples.
      if (described || timeline.tracks().length === 0) {
        return;
      }
      described = true;
      await claim.describe({
        manifestName: output.manifestName,
        epochOffsetMs: options.epochOffsetMs,
        segmentSeconds: options.segmentSeconds,
        archiveSeconds: output.archiveSeconds,
        firstSequence: fromSequence,
        tracks: timeline.tracks().map(({ track }) => track),
      });
    };
    const describing = window.changed.on(() => void describe());
    await describe();

    let ending: Promise<void> | undefined;
    const session: Output = {
      options: output,
      window,
      store: outputStore,
      presentation: window,
      end() {
        ending ??= endOutput(output.name, claim, describing);
        return ending;
      },
    };
    outputs.set(output.name, session);
    return session;
  }

  async function endOutput(name: string, claim: RecordingClaim, describing: Disposable): Promise<void> {
    const output = outputs.get(name);
    if (output === undefined) {
      return;
    }
    describing[Symbol.dispose]();
    const lastSequence = output.window.end();
    await output.store.close();
    outputs.delete(name);
    if (outputs.size === 0) {
      const closing = store;
      store = undefined;
      timeline.detachStore();
      await closing?.[Symbol.asyncDispose]();
    }
    const recorded = lastSequence >= output.window.archiveFrom() && timeline.tracks().length > 0;
    await (recorded ? claim.finish(lastSequence) : claim.abandon());
  }

  return {
    input: timeline.input,
    preview,
    begun: begun.promise,
    addOutput,
    async end() {
      timeline.end();
      preview.end();
      await Promise.all([...outputs.values()].map((output) => output.end()));
    },
  };
}
