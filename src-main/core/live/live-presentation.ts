import { createEmitter, type Emitter, type EventSource } from '../../base/emitter.ts';
import type { SegmentList } from '../../media/cmaf/segment-table.ts';
import { AppError } from '../../shared/app-error.ts';
import type { PlacedCue } from '../ports/cues.ts';
import type {
  CaptionChannel,
  LiveText,
  MediaGap,
  Presentation,
  SeparateWindow,
  Track,
  TrackWindow,
} from '../ports/presentation.ts';
import type { RemovedMedia } from '../ports/removed-media.ts';
import { lengthsOf, type SegmentLengths } from '../ports/segment-lengths.ts';
import type { SegmentReader } from '../ports/store.ts';
import type { Timeline, TimelineTrack } from './timeline.ts';

export type LivePresentationOptions = {
  readonly id: string;
  readonly timeline: Timeline;
  readonly notes: TimelineNotes;
  /** Text that is made of its sound; it goes on for a while when the rest has ended. */
  readonly texts?: TimelineTexts | undefined;
  /** Where segments that memory has forgotten are read; undefined for a preview, which has only what is in memory. */
  readonly files: { readonly reader: SegmentReader; readonly folder: string } | undefined;
  /** Sequence number of its first segment. */
  readonly fromSequence: number;
  /** Seconds that viewers can go back while it is live; of a preview, where its segments are as long as was wanted. */
  readonly rewindSeconds: number;
  readonly segmentSeconds: number;
  readonly fragmentsPerTsSegment?: number | undefined;
  readonly partSeconds: number | undefined;
  readonly isWithoutSmooth?: boolean | undefined;
  readonly epochOffsetMs: number;
  readonly startedAtMs: number;
};

/** What is known of a timeline besides its media. */
export type TimelineNotes = {
  cues(): readonly PlacedCue[];
  captionsOf(trackId: string): readonly CaptionChannel[];
  /** Of a separate track. */
  readonly gapsOf?: (trackId: string) => readonly MediaGap[];
  /** Goes up whenever one of them has changed, and that is told. */
  revision(): number;
  readonly changed: EventSource<undefined>;
};

export type TimelineTexts = {
  readonly texts: readonly LiveText[];
  /** Goes up whenever there is more of one, and that is told. */
  revision(): number;
  readonly changed: EventSource<undefined>;
};

/**
 * What a live output shows, one object from its first moment on: a window onto the timeline that moves while it is live, spans the whole
 * archive after the end, and at last is the recording as the files have it, when the event may go on without keeping anything for it.
 */
export type LivePresentation = Presentation & {
  /** Of the first segment that is archived, which viewers see after the end. */
  archiveFrom(): number;
  /** The archive was trimmed. */
  moveArchive(fromSequence: number): void;
  /** No segment behind the newest complete one is shown any more. Idempotent. Gives the last sequence number. */
  end(): number;
  /** Shows the finished recording from now on and lets go of the timeline. */
  continueWith(recording: Presentation): void;
};

type TimelineWindow = Omit<LivePresentation, 'continueWith'>;

const NO_TEXTS: readonly LiveText[] = [];
const NO_SEPARATE: readonly SeparateWindow[] = [];

export function createLivePresentation(options: LivePresentationOptions): LivePresentation {
  const changed = createEmitter<undefined>();
  let window: TimelineWindow | undefined = createTimelineWindow(options, changed);
  let shown: Presentation = window;
  let archiveFrom = 0;
  let lastSequence = 0;
  let revisionBefore = 0;
  let breaksBefore = 0;
  /** Also when it is shown as the files have it: by it caches know what they must not use. */
  let removed: readonly RemovedMedia[] = [];
  /** Who watches on is told of the same when it is shown as the files have it. */
  let lengths: SegmentLengths | undefined;
  const { texts } = options;
  const forwarding = texts?.changed.on(() => changed.emit(undefined));
  let textRevision = (): number => texts?.revision() ?? 0;

  return {
    id: options.id,
    state: () => shown.state(),
    revision: () => revisionBefore + shown.revision() + textRevision(),
    changed,
    tracks: () => shown.tracks(),
    separate: () => shown.separate?.() ?? NO_SEPARATE,
    discontinuities: () => shown.discontinuities(),
    discontinuitySequence: () => breaksBefore + shown.discontinuitySequence(),
    cues: () => shown.cues(),
    removed: () => window?.removed?.() ?? removed,
    liveTexts: () => texts?.texts ?? NO_TEXTS,
    segmentSeconds: options.segmentSeconds,
    lengths: () => lengths ?? lengthsOf(shown),
    fragmentsPerTsSegment: options.fragmentsPerTsSegment,
    get windowSeconds() {
      return windowSecondsOf(options);
    },
    partSeconds: options.partSeconds,
    isWithoutSmooth: options.isWithoutSmooth,
    epochOffsetMs: options.epochOffsetMs,
    startedAtMs: options.startedAtMs,
    readSegment: (track, sequence) => shown.readSegment(track, sequence),
    fileOf: (track, sequence) => shown.fileOf?.(track, sequence),
    readPart: (track, sequence, part) => shown.readPart(track, sequence, part),
    archiveFrom: () => window?.archiveFrom() ?? archiveFrom,
    moveArchive: (fromSequence) => window?.moveArchive(fromSequence),
    end: () => window?.end() ?? lastSequence,
    continueWith(recording) {
      if (window === undefined) {
        return;
      }
      lastSequence = window.end();
      archiveFrom = window.archiveFrom();
      removed = window.removed?.() ?? [];
      lengths = lengthsOf(window);
      const first = Math.min(...recording.tracks().map(({ segments }) => segments.firstSequence));
      breaksBefore =
        window.discontinuitySequence() + window.discontinuities().filter((sequence) => sequence <= first).length;
      revisionBefore = window.revision() + textRevision() + 1;
      forwarding?.[Symbol.dispose]();
      textRevision = () => 0;
      window = undefined;
      shown = recording;
      changed.emit(undefined);
    },
  };
}

/** A preview has a number of segments, whatever their length. */
function windowSecondsOf({ files, rewindSeconds, segmentSeconds, timeline }: LivePresentationOptions): number {
  return files === undefined ? (rewindSeconds / segmentSeconds) * timeline.lengths().longest : rewindSeconds;
}

function createTimelineWindow(options: LivePresentationOptions, changed: Emitter<undefined>): TimelineWindow {
  const { timeline, notes, files } = options;
  let archiveFrom = options.fromSequence;
  let lastSequence: number | undefined;
  let ownRevision = 0;
  let windowRevision = -1;
  let windowFrom = options.fromSequence;
  const windows = new Map<string, TrackWindow>();
  const tell = (): void => changed.emit(undefined);
  const forwarding = [timeline.changed.on(tell), notes.changed.on(tell)];
  /** As they were at the end: what is put onto the timeline later is none of its business. */
  let lastNotes: { readonly cues: readonly PlacedCue[]; readonly revision: number } | undefined;

  /** First sequence of the window, found once per revision: the rewind window back from the newest time of the first track. */
  function from(): number {
    if (lastSequence !== undefined) {
      return archiveFrom;
    }
    const revision = timeline.revision();
    if (revision !== windowRevision) {
      windowRevision = revision;
      windowFrom = behindRemoved(Math.max(archiveFrom, windowFrom, firstWithin()));
    }
    return windowFrom;
  }

  /** A preview has only what is in memory. */
  function firstWithin(): number {
    const first = timeline.firstWithin(windowSecondsOf(options));
    return files === undefined ? Math.max(first, timeline.inMemoryFrom()) : first;
  }

  /** A window does not begin with what was taken back: a playlist of nothing but gaps plays nowhere. */
  function behindRemoved(sequence: number): number {
    const around = timeline
      .removed()
      .find(({ fromSequence, toSequence }) => sequence >= fromSequence && sequence <= toSequence);
    if (around === undefined) {
      return sequence;
    }
    return around.toSequence === Infinity ? timeline.newestSequence() + 1 : behindRemoved(around.toSequence + 1);
  }

  const to = (): number => (lastSequence === undefined ? Number.MAX_SAFE_INTEGER : lastSequence + 1);

  function windowOf(timelineTrack: TimelineTrack): TrackWindow {
    const known = windows.get(timelineTrack.track.id);
    if (known !== undefined) {
      return known;
    }
    const segments: SegmentList = timelineTrack.table.window(from, to);
    const created: TrackWindow = {
      track: timelineTrack.track,
      segments,
      get open() {
        const open = timelineTrack.open();
        return lastSequence === undefined && open !== undefined && open.sequence >= archiveFrom ? open : undefined;
      },
      partsOf: (sequence) => timelineTrack.recent(sequence)?.parts ?? [],
      get peakBitrate() {
        return timelineTrack.peakBitrate();
      },
      get averageBitrate() {
        return timelineTrack.averageBitrate();
      },
      get captions() {
        return notes.captionsOf(timelineTrack.track.id);
      },
    };
    windows.set(timelineTrack.track.id, created);
    return created;
  }

  function separateWindowOf(timelineTrack: TimelineTrack): SeparateWindow {
    const window = windowOf(timelineTrack);
    const { track, segments, open, peakBitrate, averageBitrate } = window;
    return {
      track,
      segments,
      open,
      partsOf: (sequence) => window.partsOf(sequence),
      peakBitrate,
      averageBitrate,
      gaps: notes.gapsOf?.(track.id) ?? [],
    };
  }

  function timelineTrackOf(track: Track): TimelineTrack {
    const all = [...timeline.tracks(), ...(track.separate === undefined ? [] : timeline.separate())];
    const found = all.find((candidate) => candidate.track.id === track.id);
    if (found === undefined) {
      throw new AppError('MPE_EGRESS_TRACK_NOT_FOUND', `There is no track ${track.id}.`);
    }
    return found;
  }

  return {
    id: options.id,
    state: () => (lastSequence === undefined ? 'live' : 'ended'),
    revision: () => timeline.revision() + (lastNotes?.revision ?? notes.revision()) + ownRevision,
    changed,
    tracks: () => timeline.tracks().map(windowOf),
    separate: () => timeline.separate().map(separateWindowOf),
    discontinuities: () => timeline.discontinuities().filter((sequence) => sequence >= from() && sequence < to()),
    discontinuitySequence: () =>
      timeline.discontinuitiesBefore() + timeline.discontinuities().filter((sequence) => sequence < from()).length,
    cues: () => lastNotes?.cues ?? notes.cues(),
    removed: () => timeline.removed(),
    segmentSeconds: options.segmentSeconds,
    lengths: () => timeline.lengths(),
    fragmentsPerTsSegment: options.fragmentsPerTsSegment,
    get windowSeconds() {
      return windowSecondsOf(options);
    },
    partSeconds: options.partSeconds,
    isWithoutSmooth: options.isWithoutSmooth,
    epochOffsetMs: options.epochOffsetMs,
    startedAtMs: options.startedAtMs,
    async readSegment({ track }, sequence) {
      const timelineTrack = timelineTrackOf(track);
      const { table } = timelineTrack;
      const index = table.indexOfSequence(sequence);
      const row = index < 0 ? undefined : table.at(index);
      if (row === undefined || row.size === 0 || sequence < archiveFrom || sequence >= to()) {
        throw new AppError('MPE_FRAGMENT_TIMESTAMP_NOT_FOUND', 'That part of the stream is no longer there.');
      }
      const held = timelineTrack.recent(sequence);
      if (held !== undefined) {
        return held.bytes();
      }
      if (files === undefined) {
        throw new AppError('MPE_FRAGMENT_TIMESTAMP_NOT_FOUND', 'That part of the stream is no longer there.');
      }
      return await files.reader.read(files.folder, track, table.placeOf(index), row.size);
    },
    readPart({ track }, sequence, part) {
      return sequence < archiveFrom || sequence >= to()
        ? undefined
        : timelineTrackOf(track).recent(sequence)?.part(part);
    },
    archiveFrom: () => archiveFrom,
    moveArchive(fromSequence) {
      archiveFrom = Math.max(archiveFrom, fromSequence);
    },
    end() {
      if (lastSequence === undefined) {
        // What is still open is left out, unless the timeline itself has ended and closed it.
        const lasts = timeline.tracks().map(({ table }) => table.firstSequence + table.length - 1);
        lastSequence = Math.max(archiveFrom - 1, ...lasts);
        ownRevision += 1;
        lastNotes = { cues: notes.cues(), revision: notes.revision() };
        for (const subscription of forwarding) {
          subscription[Symbol.dispose]();
        }
        changed.emit(undefined);
      }
      return lastSequence;
    },
  };
}
