import { createEmitter } from '../../src-main/base/emitter.ts';
import { CUE_TIMESCALE, type PlacedCue } from '../../src-main/core/ports/cues.ts';
import type {
  CaptionChannel,
  OpenSegment,
  PartRef,
  Presentation,
  Publication,
  Track,
  TrackWindow,
} from '../../src-main/core/ports/presentation.ts';
import type { RemovedMedia } from '../../src-main/core/ports/removed-media.ts';
import { createLengthWatch } from '../../src-main/core/ports/segment-lengths.ts';
import { createSegmentTable, type SegmentTable } from '../../src-main/media/cmaf/segment-table.ts';
import { ticks } from '../../src-main/media/time.ts';
import { AppError } from '../../src-main/shared/app-error.ts';

/** Something to watch whose media is made up: segments appear when the test says so, and cost nothing. */
export type FakePresentation = {
  readonly presentation: Presentation;
  /** The next chunk of every track, 0.2 s long. */
  chunk(): void;
  /** Completes the open segment. With a gap the next one begins that much later, behind a break. */
  cut(gapSeconds?: number): void;
  /** Whole segments of so many chunks. */
  segments(count: number, chunks?: number): void;
  /** This track has nothing until it is told to go on. */
  silence(trackId: string, isSilent: boolean): void;
  /** A cue comes now, or changes; with a number of its own in the place of the one before. */
  cue(cue: PlacedCue): void;
  /** Captions are found in a track. */
  caption(trackId: string, channels: readonly CaptionChannel[]): void;
  /** The bytes of a complete segment turn out to be lost. */
  lose(trackId: string, sequence: number): void;
  /** Everything from a segment on is taken back; with `cut` the next one begins, which may be shown. */
  takeBack(fromSequence: number): void;
  /** Completes the open segment and ends the broadcast. */
  end(): void;
  /** UTC in ms of the newest media. */
  edgeMs(): number;
};

export type FakeOptions = {
  readonly tracks?: readonly Track[];
  readonly segmentSeconds?: number;
  readonly partSeconds?: number | undefined;
  readonly windowSeconds?: number;
  readonly fragmentsPerTsSegment?: number | undefined;
  /** What can still be read behind the window, in segments. */
  readonly archiveSegments?: number;
  /** UTC at which it begins, which is also its media time. */
  readonly startMs?: number;
};

const CHUNK_SECONDS = 0.2;
const VIDEO_SCALE = 90_000;
const AUDIO_SCALE = 48_000;
const FRAME_TICKS = 1024;
/** Complete segments whose parts are kept. */
const PARTED = 8;

/** A break of 30 s, 6 s behind the beginning of a made-up broadcast, in all segments from the first. */
export function fakeCue(over: Partial<PlacedCue> = {}): PlacedCue {
  const time = over.time ?? ticks(BigInt(FAKE_START_MS + 6000) * BigInt(CUE_TIMESCALE / 1000));
  const duration = 'duration' in over ? over.duration : 30 * CUE_TIMESCALE;
  return {
    number: 7,
    id: '7',
    rangeId: '7',
    scheme: 'urn:scte:scte35:2013:bin',
    value: 'onAdCue',
    kind: 'out',
    time,
    duration,
    until: duration === undefined ? undefined : ticks(time + BigInt(duration)),
    firstSequence: 1,
    endSequence: undefined,
    carriers: over.kind === 'metadata' ? 'video' : 'all',
    ended: undefined,
    withdrawn: false,
    message: Uint8Array.of(0xfc, 0x30, 0x11),
    ...over,
  };
}

export const FAKE_START_MS = Date.UTC(2030, 0, 1);

export function fakeVideo(height: number, bitrate: number, over: Partial<Track & { kind: 'video' }> = {}): Track {
  return {
    id: `video_${bitrate}`,
    name: 'video',
    kind: 'video',
    timescale: VIDEO_SCALE,
    codec: 'avc1.64001f',
    bitrate,
    language: 'und',
    fourCc: 'avc1',
    width: (height * 16) / 9,
    height,
    frameRate: { numerator: 30, denominator: 1 },
    decoderConfig: new Uint8Array(),
    init: Buffer.from(`init of video_${bitrate}`),
    ...over,
  };
}

export function fakeAudio(bitrate: number, over: Partial<Track & { kind: 'audio' }> = {}): Track {
  return {
    id: `audio_${bitrate}`,
    name: 'audio',
    kind: 'audio',
    timescale: AUDIO_SCALE,
    codec: 'mp4a.40.2',
    bitrate,
    language: 'en',
    fourCc: 'mp4a',
    sampleRate: AUDIO_SCALE,
    channels: 2,
    decoderConfig: new Uint8Array(),
    init: Buffer.from(`init of audio_${bitrate}`),
    ...over,
  };
}

/** The tracks of a made-up broadcast, unless the test says otherwise. */
export const FAKE = {
  BEST: fakeVideo(720, 2_500_000),
  SMALL: fakeVideo(360, 600_000),
  SOUND: fakeAudio(128_000),
} as const;
export const FAKE_TRACKS: readonly Track[] = [FAKE.BEST, FAKE.SMALL, FAKE.SOUND];

type State = {
  readonly track: Track;
  readonly table: SegmentTable;
  readonly parts: Map<number, PartRef[]>;
  open: (OpenSegment & { readonly parts: PartRef[] }) | undefined;
  next: bigint;
  isSilent: boolean;
};

export function fakePresentation(options: FakeOptions = {}): FakePresentation {
  const { tracks = FAKE_TRACKS, segmentSeconds = 2, windowSeconds = 20, archiveSegments = 1_000_000 } = options;
  const partSeconds = 'partSeconds' in options ? options.partSeconds : 0.2134;
  const { startMs = FAKE_START_MS } = options;
  const changed = createEmitter<undefined>();
  const states = tracks.map(
    (track): State => ({
      track,
      table: createSegmentTable(),
      parts: new Map(),
      open: undefined,
      next: (BigInt(startMs) * BigInt(track.timescale)) / 1000n,
      isSilent: false,
    }),
  );
  const leader = states[0]!;
  let sequence = 1;
  let cutSeconds = startMs / 1000;
  let elapsed = 0;
  let discontinuity = false;
  const breaks: number[] = [];
  let brokenBefore = 0;
  let windowFrom = 1;
  let archiveFrom = 1;
  let revision = 0;
  let ended = false;
  let cues: readonly PlacedCue[] = [];
  let removed: readonly RemovedMedia[] = [];
  const captions = new Map<string, readonly CaptionChannel[]>();
  const lengths = createLengthWatch(segmentSeconds);

  const secondsOf = (time: bigint, timescale: number): number => Number(time) / timescale;
  const from = (): number => (ended ? archiveFrom : windowFrom);
  const to = (): number => Number.MAX_SAFE_INTEGER;

  function touch(): void {
    revision += 1;
    changed.emit(undefined);
  }

  /** Ticks of the next chunk: whole frames of sound up to the grid of chunks, or to the cut. */
  function chunkTicks(state: State, isLast: boolean): number {
    if (state.track.kind === 'video') {
      return isLast ? 0 : CHUNK_SECONDS * state.track.timescale;
    }
    const goal = (isLast ? cutSeconds + elapsed : cutSeconds + elapsed + CHUNK_SECONDS) * state.track.timescale;
    const missing = goal - Number(state.next);
    return Math.max(
      0,
      (isLast ? Math.ceil(missing / FRAME_TICKS - 1e-9) : Math.round(missing / FRAME_TICKS)) * FRAME_TICKS,
    );
  }

  function append(state: State, duration: number): void {
    if (duration === 0) {
      return;
    }
    const time = ticks(state.next);
    state.next += BigInt(duration);
    if (state.isSilent) {
      return;
    }
    state.open ??= { sequence, time, discontinuity, parts: [] };
    const index = state.open.parts.length;
    state.open.parts.push({
      index,
      time,
      duration,
      size: bytesOf(state.track, state.open.sequence, index).length,
      independent: state.track.kind === 'audio' || index === 0,
    });
  }

  function complete(state: State): void {
    const { open, table } = state;
    state.open = undefined;
    if (open === undefined) {
      if (table.length > 0) {
        const last = table.at(table.length - 1);
        const time = ticks(last.time + BigInt(last.duration));
        const end = BigInt(Math.round((cutSeconds + elapsed) * state.track.timescale));
        table.append(
          { sequence, time, duration: Math.max(0, Number(end - time)), size: 0, discontinuity },
          { file: 0, offset: 0 },
        );
      }
      return;
    }
    const size = open.parts.reduce((sum, part) => sum + part.size, 0);
    const duration = open.parts.reduce((sum, part) => sum + part.duration, 0);
    table.append({ ...open, duration, size }, { file: 0, offset: 0 });
    lengths.add(duration / state.track.timescale);
    state.parts.set(open.sequence, open.parts);
    state.parts.delete(open.sequence - PARTED);
  }

  function moveWindow(): void {
    const { table, track } = leader;
    const last = table.at(table.length - 1);
    const edge = secondsOf(last.time + BigInt(last.duration), track.timescale);
    const index = table.indexBefore(ticks(BigInt(Math.round((edge - windowSeconds) * track.timescale))));
    windowFrom = Math.max(windowFrom, Math.min(table.firstSequence + Math.max(0, index), leastShown()));
    archiveFrom = Math.max(archiveFrom, windowFrom - archiveSegments);
    for (const state of states) {
      state.table.dropFirst(Math.max(0, archiveFrom - state.table.firstSequence));
    }
    while (breaks[0] !== undefined && breaks[0] < archiveFrom) {
      breaks.shift();
      brokenBefore += 1;
    }
  }

  /** An outage may be longer than the window, but so much media stays, as on a timeline. */
  function leastShown(): number {
    const { table, track } = leader;
    let index = table.length;
    for (let left = Math.min(windowSeconds, 60 * segmentSeconds) - 0.05; left > 0 && index > 0; ) {
      index -= 1;
      left -= table.at(index).duration / track.timescale;
    }
    return table.firstSequence + index;
  }

  const windows = states.map(
    (state): TrackWindow => ({
      track: state.track,
      segments: state.table.window(from, to),
      get open() {
        return ended ? undefined : state.open;
      },
      partsOf: (wanted) => state.parts.get(wanted) ?? [],
      peakBitrate: state.track.bitrate * 1.1,
      averageBitrate: state.track.bitrate * 0.9,
      get captions() {
        return captions.get(state.track.id);
      },
    }),
  );

  function stateOf(track: Track): State {
    return states.find((state) => state.track === track)!;
  }

  const fake: FakePresentation = {
    presentation: {
      id: 'fake',
      state: () => (ended ? 'ended' : 'live'),
      revision: () => revision,
      changed,
      tracks: () => windows,
      discontinuities: () => breaks.filter((one) => one >= from()),
      discontinuitySequence: () => brokenBefore + breaks.filter((one) => one < from()).length,
      cues: () => cues,
      removed: () => removed,
      segmentSeconds,
      lengths: () => lengths.now(),
      fragmentsPerTsSegment: options.fragmentsPerTsSegment,
      windowSeconds: options.windowSeconds,
      partSeconds,
      epochOffsetMs: 0,
      startedAtMs: startMs - 300,
      async readSegment({ track }, wanted) {
        const { table } = stateOf(track);
        const index = table.indexOfSequence(wanted);
        const row = index < 0 ? undefined : table.at(index);
        if (row === undefined || row.size === 0) {
          throw new AppError('MPE_FRAGMENT_TIMESTAMP_NOT_FOUND', 'gone');
        }
        await Promise.resolve();
        // Every chunk is as long as the first.
        const count = row.size / bytesOf(track, wanted, 0).length;
        return Buffer.concat(Array.from({ length: count }, (_, part) => bytesOf(track, wanted, part)));
      },
      readPart({ track }, wanted, part) {
        const state = stateOf(track);
        const parts = state.open?.sequence === wanted ? state.open.parts : state.parts.get(wanted);
        return parts !== undefined && part < parts.length ? bytesOf(track, wanted, part) : undefined;
      },
    },
    takeBack(fromSequence) {
      const hasBegun = states.some(({ open }) => open !== undefined);
      for (const state of states) {
        const { table, parts, open } = state;
        for (let lost = fromSequence; lost < table.firstSequence + table.length; lost += 1) {
          table.markMissing(lost);
          parts.delete(lost);
        }
        if (open !== undefined && open.sequence >= fromSequence) {
          state.open = undefined;
        }
      }
      const row = leader.table.at(
        Math.min(fromSequence, leader.table.firstSequence + leader.table.length - 1) - leader.table.firstSequence,
      );
      const fromMs = 1000 * secondsOf(row.time, leader.track.timescale);
      removed = [
        ...removed,
        {
          fromSequence,
          toSequence: hasBegun ? sequence : sequence - 1,
          fromMs,
          toMs: 1000 * (cutSeconds + elapsed),
        },
      ];
      touch();
    },
    chunk() {
      for (const state of states) {
        append(state, chunkTicks(state, false));
      }
      elapsed += CHUNK_SECONDS;
      touch();
    },
    cut(gapSeconds = 0) {
      for (const state of states) {
        append(state, chunkTicks(state, true));
        complete(state);
      }
      cutSeconds += elapsed + gapSeconds;
      elapsed = 0;
      sequence += 1;
      discontinuity = gapSeconds > 0;
      if (discontinuity) {
        breaks.push(sequence);
        for (const state of states) {
          const cut = Math.round(cutSeconds * state.track.timescale);
          state.next = BigInt(state.track.kind === 'video' ? cut : Math.ceil(cut / FRAME_TICKS) * FRAME_TICKS);
        }
      }
      moveWindow();
      touch();
    },
    segments(count, chunks = Math.round(segmentSeconds / CHUNK_SECONDS)) {
      for (let index = 0; index < count; index += 1) {
        for (let chunk = 0; chunk < chunks; chunk += 1) {
          fake.chunk();
        }
        fake.cut();
      }
    },
    silence(trackId, isSilent) {
      states.find(({ track }) => track.id === trackId)!.isSilent = isSilent;
    },
    cue(cue) {
      const others = cues.filter(({ number }) => number !== cue.number);
      cues = [...others, cue].toSorted((a, b) => Number(a.time - b.time));
      touch();
    },
    caption(trackId, channels) {
      captions.set(trackId, channels);
      touch();
    },
    lose(trackId, wanted) {
      states.find(({ track }) => track.id === trackId)!.table.markMissing(wanted);
      touch();
    },
    end() {
      if (states.some(({ open }) => open !== undefined)) {
        fake.cut();
      }
      ended = true;
      touch();
    },
    edgeMs: () => (cutSeconds + elapsed) * 1000,
  };
  return fake;
}

/** Of one length per track and segment up to 1000 parts, so that a segment's size says how many it has. */
function bytesOf({ id }: Track, sequence: number, part: number): Buffer {
  return Buffer.from(`[${id} ${sequence} ${String(part).padStart(3, '0')}]`);
}

export function fakePublication(
  presentation: Presentation,
  protocols: Partial<Publication['protocols']> = {},
): Publication {
  return {
    presentation,
    manifestName: 'stream',
    title: 'A stream',
    protocols: { hls: true, dash: true, smoothStreaming: true, download: true, ...protocols },
    files: new Map(),
  };
}
