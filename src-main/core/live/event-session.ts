import type { Clock } from '../../base/clock.ts';
import { createEmitter } from '../../base/emitter.ts';
import { ticksToSeconds } from '../../media/time.ts';
import type { AssetLedger, RecordingClaim } from '../ports/archive.ts';
import type { CueInput } from '../ports/cues.ts';
import type { Logger } from '../ports/logger.ts';
import type { Presentation } from '../ports/presentation.ts';
import type { RemovedMedia } from '../ports/removed-media.ts';
import type { SegmentLengths } from '../ports/segment-lengths.ts';
import type { ChunkStore, OpenChunkStore, OutputStore, SegmentReader, StoredCount } from '../ports/store.ts';
import type { TimelineInput } from '../ports/timeline.ts';
import type { Transcription } from '../ports/transcription.ts';
import { createChangeableTranscription } from './changeable-transcription.ts';
import { countStored } from './count-stored.ts';
import { createCueList } from './cues/cue-list.ts';
import { positionOf, startOf } from './cues/timeline-position.ts';
import { watchCaptions } from './cues/watch-captions.ts';
import { createGapNotes } from './gap-notes.ts';
import { createLivePresentation, type LivePresentation } from './live-presentation.ts';
import { createOutputSnap, type OutputSnap } from './output-snap.ts';
import { createTimeline } from './timeline.ts';

/** One run of a live event, from start to stop: its timeline, its preview and what its outputs record. */
export type EventSession = {
  readonly input: TimelineInput;
  /** For sound inputs that are recorded by themselves: nobody listens here but the recording. */
  readonly separate: TimelineInput;
  readonly cues: CueInput;
  readonly preview: Presentation;
  /** Resolves with the first chunk. */
  readonly begun: Promise<void>;
  /** Makes other text of its sound, or none. False when media has come: then nothing is changed. */
  transcribe(transcription: Transcription | undefined): boolean;
  addOutput(options: OutputOptions): Promise<OutputSession>;
  /** Takes back what is on the timeline since a media time in ms, and what comes until it is told where that ends. */
  removeSince(fromMs: number): Removal;
  /** No more samples come. Closes what is open, then ends every output. */
  end(): Promise<void>;
};

/** Something that is being taken back. Nobody is shown it any more. */
export type Removal = {
  /** By segments, as far as anybody may have it. */
  readonly removed: RemovedMedia;
  /** Those that recorded it. */
  readonly assets: readonly string[];
  /** What lies at that media time in ms, or behind it, may be shown. */
  endAt(ms: number): void;
  /** It is noted on the disk, overwritten there, and its text gone. Rejects with what kept it from that; the next start tries again then. */
  readonly erased: Promise<void>;
};

export type OutputOptions = {
  readonly name: string;
  readonly assetName: string;
  readonly manifestName: string;
  readonly archiveSeconds: number;
  readonly rewindSeconds: number;
  /** Media time before which nothing is archived, in ticks of 10 MHz. */
  readonly snapTicks10MHz?: bigint | undefined;
  /** Fragments in one transport-stream segment of HLS; undefined: as many as the GOP suggests. */
  readonly fragmentsPerTsSegment?: number | undefined;
};

export type OutputSession = {
  readonly presentation: Presentation;
  /** What came of the chunks of a track since it began. */
  readonly stored: (trackId: string) => StoredCount;
  /** Ends the recording and makes it on-demand on the same URL. Idempotent. */
  end(): Promise<void>;
};

export type EventSessionOptions = {
  readonly eventId: string;
  readonly segmentSeconds: number;
  /** Undefined: no low-latency parts are shown (the chunks are the same). */
  readonly partSeconds: number | undefined;
  /** `LowLatencyV2`. */
  readonly isWithoutSmooth?: boolean | undefined;
  readonly epochOffsetMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly openStore: OpenChunkStore;
  readonly reader: SegmentReader;
  readonly assets: AssetLedger;
  /** What makes text of its sound at first; ends with the session. */
  readonly transcription?: Transcription | undefined;
  readonly onGap: (trackId: string, seconds: number, details: GapDetails) => void;
  readonly onDropped: (
    trackId: string,
    decodeTime: bigint,
    timescale: number,
    reason: 'overlap' | 'no-key-frame',
  ) => void;
  /** Segments are longer than was wanted, and than any so far. */
  readonly onLonger?: ((lengths: SegmentLengths) => void) | undefined;
};

export type GapDetails = {
  readonly previousTimestamp: bigint;
  readonly newTimestamp: bigint;
  readonly timescale: number;
};

/** Length of a chunk aimed at, and so of a part. */
const CHUNK_SECONDS = 0.2;
/** Nothing on the timeline is newer than now by more: the clocks of what feeds it may run ahead a little. */
const AHEAD_MS = 1000;
/** An event without outputs remembers this much of its timeline, for the preview. */
const PREVIEW_SEGMENTS = 8;
/**
 * A file spans at most 5 minutes and a three-hundredth of the archive window. The files of a window of few segments, as many as an hour has,
 * span one each: then no more is on the disk than the window and the segments at its two ends (spec 8, row 47).
 */
const MAX_ROLL_SECONDS = 300;
const ROLL_FRACTION = 300;
const FEW_SEGMENTS = 1800;

/** `ended`: nothing is added and nothing trimmed any more, but it is shown from the timeline until the recording can be. */
type Output = OutputSession & {
  readonly options: OutputOptions;
  readonly claim: RecordingClaim;
  readonly window: LivePresentation;
  readonly store: OutputStore;
  readonly snap: OutputSnap;
  ended: boolean;
};

export function createEventSession(options: EventSessionOptions): EventSession {
  const { logger } = options;
  const separateGaps = createGapNotes();
  const timeline = createTimeline({
    partSeconds: CHUNK_SECONDS,
    segmentSeconds: options.segmentSeconds,
    firstSequence: 1,
    onLonger: options.onLonger,
    onGap(track, expected, found) {
      const [from, to] = [ticksToSeconds(expected, track.timescale), ticksToSeconds(found, track.timescale)];
      const seconds = to - from;
      if (track.separate !== undefined) {
        logger.warn({ track: track.id, seconds }, 'gap in a separate track');
        separateGaps.note(track.id, { from, to });
        return;
      }
      logger.warn({ track: track.id, seconds }, 'gap on the timeline');
      options.onGap(track.id, seconds, {
        previousTimestamp: expected,
        newTimestamp: found,
        timescale: track.timescale,
      });
    },
    onDropped(track, sample, reason) {
      // A separate track repeats a little with each process of its encoder, and is none of the ways in.
      if (track.separate === undefined) {
        options.onDropped(track.id, sample.decodeTime, track.timescale, reason);
      }
    },
  });
  const cues = createCueList({
    position: () =>
      positionOf(timeline, {
        clock: options.clock,
        epochOffsetMs: options.epochOffsetMs,
        hasParts: options.partSeconds !== undefined,
      }),
  });
  const noted = createEmitter<undefined>();
  const captions = watchCaptions(timeline.input, () => noted.emit(undefined));
  const transcription = createChangeableTranscription(options.transcription);
  const outputs = new Set<Output>();
  /** Recordings that text is still noted for: it comes later than what it belongs to. */
  const writing = new Set<RecordingClaim>();
  const begun = Promise.withResolvers<undefined>();
  const startedAtMs = options.clock.wallMs();
  const preview = presentationOf({
    suffix: 'preview',
    fromSequence: 1,
    rewindSeconds: PREVIEW_SEGMENTS * options.segmentSeconds,
    // More of them would not leave three segments of so few.
    fragmentsPerTsSegment: 1,
  });
  let store: ChunkStore | undefined;
  let newest = 0;
  /** Sequence number behind the newest segment that some track has complete. */
  let completed = 0;

  timeline.changed.on(() => {
    begun.resolve(undefined);
    cues.follow();
    for (const { snap, ended } of outputs) {
      if (!ended) {
        snap.follow();
      }
    }
    // A segment may begin in one track before it is complete in the one that the windows are measured by.
    const behind = Math.max(0, ...timeline.tracks().map(({ table }) => table.firstSequence + table.length));
    if (timeline.newestSequence() !== newest || behind !== completed) {
      newest = timeline.newestSequence();
      completed = behind;
      trim();
    }
  });

  cues.changed.on((changes) => {
    for (const { claim, ended } of outputs) {
      if (!ended) {
        claim.keepCues(changes, cues.list);
      }
    }
    noted.emit(undefined);
  });

  transcription.spoken.on((spoken) => {
    for (const claim of writing) {
      claim.keepText(spoken);
    }
  });

  function presentationOf(window: {
    readonly suffix: string;
    readonly fromSequence: number;
    readonly rewindSeconds: number;
    readonly folder?: string;
    readonly fragmentsPerTsSegment?: number | undefined;
  }): LivePresentation {
    return createLivePresentation({
      id: `${options.eventId}/${window.suffix}`,
      timeline,
      notes: {
        cues: cues.list,
        captionsOf: captions.channelsOf,
        gapsOf: separateGaps.of,
        revision: () => cues.revision() + captions.revision(),
        changed: noted,
      },
      texts: transcription,
      files: window.folder === undefined ? undefined : { reader: options.reader, folder: window.folder },
      fromSequence: window.fromSequence,
      rewindSeconds: window.rewindSeconds,
      segmentSeconds: options.segmentSeconds,
      fragmentsPerTsSegment: window.fragmentsPerTsSegment,
      partSeconds: options.partSeconds,
      isWithoutSmooth: options.isWithoutSmooth,
      epochOffsetMs: options.epochOffsetMs,
      startedAtMs,
    });
  }

  /**
   * With each new segment: every output forgets what has left its archive window or came before its snap time, and the timeline what nobody
   * shows.
   */
  function trim(): void {
    for (const { window, store: outputStore, options: output, claim, ended } of outputs) {
      if (ended) {
        continue;
      }
      window.moveArchive(timeline.firstWithin(output.archiveSeconds));
      if (outputStore.trim(window.archiveFrom())) {
        void options.reader.release(claim.folder);
      }
    }
    // The preview shows no more than what memory has.
    const previewed = Math.min(newest - PREVIEW_SEGMENTS, timeline.inMemoryFrom());
    const needed = Math.min(previewed, ...[...outputs].map(({ window }) => window.archiveFrom()));
    timeline.trim(needed);
    const start = cues.list().length === 0 ? undefined : startOf(timeline, needed);
    if (start !== undefined) {
      cues.trim(needed, start);
    }
  }

  async function addOutput(output: OutputOptions): Promise<OutputSession> {
    const claim = await options.assets.beginRecording(output.assetName);
    try {
      return await record(output, claim);
    } catch (error) {
      await closeIdleStore();
      await claim.abandon();
      throw error;
    }
  }

  async function record(output: OutputOptions, claim: RecordingClaim): Promise<OutputSession> {
    const opened = store === undefined;
    store ??= options.openStore({ eventId: options.eventId, rollSeconds: MAX_ROLL_SECONDS });
    const isShort = output.archiveSeconds <= FEW_SEGMENTS * options.segmentSeconds;
    const outputStore = await store.openOutput(claim.folder, 0);
    const stored = countStored(store, [...timeline.tracks(), ...timeline.separate()]);
    const fromSequence = opened ? timeline.attachStore(store) : Math.max(1, timeline.newestSequence());
    const window = presentationOf({
      suffix: output.name,
      fromSequence,
      rewindSeconds: Math.min(output.rewindSeconds, output.archiveSeconds),
      folder: claim.folder,
      fragmentsPerTsSegment: output.fragmentsPerTsSegment,
    });
    const snap = createOutputSnap({
      timeline,
      window,
      fromSequence,
      snapTicks10MHz: output.snapTicks10MHz,
      // Until then each segment is a file, so that those before it can go.
      onBegun: () => outputStore.setRoll(isShort ? 0 : output.archiveSeconds / ROLL_FRACTION),
    });
    snap.follow();
    claim.present(window);

    let triedAt = -1;
    let described: string | undefined;
    const describe = async (): Promise<void> => {
      // The tracks come with the first samples, some and their captions later. What could not be written is tried again with the next segment.
      const programme = timeline.tracks();
      const tracks = [...programme, ...timeline.separate()];
      const segmentSeconds = timeline.lengths().usual;
      const known = `${tracks.length} ${captions.revision()} ${separateGaps.revision()} ${snap.firstSequence()} ${segmentSeconds}`;
      if (programme.length === 0 || known === described || timeline.newestSequence() <= triedAt) {
        return;
      }
      const before = described;
      described = known;
      try {
        await claim.describe({
          manifestName: output.manifestName,
          epochOffsetMs: options.epochOffsetMs,
          segmentSeconds,
          fragmentsPerTsSegment: output.fragmentsPerTsSegment,
          archiveSeconds: output.archiveSeconds,
          firstSequence: snap.firstSequence(),
          tracks: tracks.map(({ track }) => ({
            ...track,
            captions: captions.channelsOf(track.id),
            gaps: separateGaps.of(track.id),
          })),
        });
      } catch (error) {
        described = before;
        triedAt = timeline.newestSequence();
        logger.error({ output: output.name, error }, 'what is recorded could not be noted beside it');
      }
    };
    const describing = window.changed.on(() => void describe());
    await describe();

    let ending: Promise<void> | undefined;
    const session: Output = {
      options: output,
      claim,
      window,
      store: outputStore,
      snap,
      ended: false,
      presentation: window,
      stored,
      end() {
        ending ??= endOutput(session, describing);
        return ending;
      },
    };
    outputs.add(session);
    writing.add(claim);
    void nameTexts(claim);
    claim.keepCues(cues.list(), cues.list);
    return session;
  }

  /** That there is a text is kept before anything is said. Which there are is settled when media comes. */
  async function nameTexts(claim: RecordingClaim): Promise<void> {
    await begun.promise;
    if (writing.has(claim)) {
      transcription.texts.forEach((text) => claim.keepText({ text, cues: [] }));
    }
  }

  /** Whatever fails on the way: the recording is finished with what there is. */
  async function endOutput(output: Output, describing: Disposable): Promise<void> {
    const { window, claim } = output;
    describing[Symbol.dispose]();
    output.ended = true;
    const lastSequence = window.end();
    try {
      await output.store.close();
      await closeIdleStore();
    } catch (error) {
      logger.error({ output: output.options.name, error }, 'the files of a recording could not be closed');
    }
    const firstSequence = window.archiveFrom();
    if (lastSequence < firstSequence || timeline.tracks().length === 0) {
      outputs.delete(output);
      writing.delete(claim);
      await claim.abandon();
      return;
    }
    await transcription.settled(endMsOf(window));
    writing.delete(claim);
    const recording = await claim.finish({ firstSequence, lastSequence });
    if (recording !== undefined) {
      window.continueWith(recording);
    }
    outputs.delete(output);
  }

  function removeSince(fromMs: number): Removal {
    const { fromSequence, toSequence } = timeline.removeSince(fromMs);
    const removed = { fromSequence, toSequence, fromMs, toMs: Math.ceil(options.clock.wallMs()) + AHEAD_MS };
    // Before anything else comes: it goes into other files.
    const erasing = store?.remove(removed);
    transcription.remove(removed.fromMs, removed.toMs);
    return {
      removed,
      assets: [...outputs].map(({ options: { assetName } }) => assetName),
      endAt: (ms) => timeline.endRemovalAt(ms),
      erased: erase(removed, erasing),
    };
  }

  async function erase(removed: RemovedMedia, erasing: Promise<void> | undefined): Promise<void> {
    const texts = [...writing].map((claim) => claim.removeText(removed.fromMs, removed.toMs));
    const steps = await Promise.allSettled([erasing, ...texts]);
    const failed = steps.find((step) => step.status === 'rejected');
    if (failed !== undefined) {
      throw failed.reason;
    }
  }

  /** The files are let go of when the last output has ended. */
  async function closeIdleStore(): Promise<void> {
    if ([...outputs].every(({ ended }) => ended)) {
      const closing = store;
      store = undefined;
      timeline.detachStore();
      await closing?.[Symbol.asyncDispose]();
    }
  }

  return {
    input: transcription.listen(captions.input),
    separate: timeline.input,
    cues,
    preview,
    begun: begun.promise,
    transcribe: (next) => transcription.change(next),
    addOutput,
    removeSince,
    async end() {
      timeline.end();
      cues.close();
      preview.end();
      // What was said last is still being understood; each output waits for it by itself.
      const transcribed = transcription.end();
      const ends = await Promise.allSettled([...outputs].map((output) => output.end()));
      await transcribed;
      const failed = ends.find((end) => end.status === 'rejected');
      if (failed !== undefined) {
        throw failed.reason;
      }
    },
  };
}

/** Media time in ms at which what is shown ends. */
function endMsOf({ tracks }: Pick<Presentation, 'tracks'>): number {
  const ends = tracks().flatMap(({ track, segments }) => {
    const last = segments.length === 0 ? undefined : segments.at(segments.length - 1);
    return last === undefined
      ? []
      : [1000 * (ticksToSeconds(last.time, track.timescale) + last.duration / track.timescale)];
  });
  return Math.max(0, ...ends);
}
