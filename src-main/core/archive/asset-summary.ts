import { ticksToSeconds } from '../../media/time.ts';
import type { AssetTrack, SeparateTrack } from '../../shared/api/assets.ts';
import type { Presentation, SeparateWindow, Track, TrackWindow } from '../ports/presentation.ts';

export type AssetSummary = {
  readonly duration: number;
  readonly size: number;
  readonly tracks: AssetTrack[];
  readonly gaps: { readonly start: number; readonly duration: number }[];
  readonly separateTracks: SeparateTrack[];
  readonly recordedAt: string;
};

/** Of an asset without a recording. */
export function noSummary(): Pick<AssetSummary, 'duration' | 'size' | 'tracks' | 'gaps'> {
  return { duration: 0, size: 0, tracks: [], gaps: [] };
}

/** What an asset says of its recording, counted from the segments. Empty while there is no complete segment. */
export function summarise(presentation: Presentation): Partial<AssetSummary> {
  const windows = presentation.tracks();
  const separate = presentation.separate?.() ?? [];
  const leader = windows[0];
  if (leader === undefined || leader.segments.length === 0) {
    return {};
  }
  const { timescale } = leader.track;
  const first = leader.segments.at(0);
  const last = leader.segments.at(leader.segments.length - 1);
  const origin = ticksToSeconds(first.time, timescale);
  const gaps = gapsOf(leader, presentation.discontinuities(), origin);
  const span = ticksToSeconds(last.time, timescale) + last.duration / timescale - origin;
  return {
    duration: round(span - gaps.reduce((sum, gap) => sum + gap.duration, 0)),
    size: [...windows, ...separate].reduce((sum, window) => sum + sizeOf(window), 0),
    tracks: windows.map(({ track }) => trackOf(track)),
    gaps,
    ...(separate.length === 0
      ? {}
      : { separateTracks: separate.flatMap((window) => describeSeparate(window, origin) ?? []) }),
    recordedAt: new Date(origin * 1000 + presentation.epochOffsetMs).toISOString(),
  };
}

/** Undefined while it has no complete segment. */
function describeSeparate(window: SeparateWindow, origin: number): SeparateTrack | undefined {
  const { track, segments, gaps } = window;
  if (track.kind !== 'audio' || segments.length === 0) {
    return undefined;
  }
  const first = segments.at(0);
  const last = segments.at(segments.length - 1);
  return {
    id: track.id,
    label: track.separate?.label ?? track.id,
    codec: track.codec,
    bitrate: track.bitrate,
    sampleRate: track.sampleRate,
    channels: track.channels,
    start: round(ticksToSeconds(first.time, track.timescale) - origin),
    end: round(ticksToSeconds(last.time, track.timescale) + last.duration / track.timescale - origin),
    size: sizeOf(window),
    gaps: gaps.map(({ from, to }) => ({ start: round(from - origin), duration: round(to - from) })),
  };
}

/** Times in which the first track has nothing: a jump at a break, and segments that were lost or never written. */
function gapsOf(leader: TrackWindow, breaks: readonly number[], origin: number): AssetSummary['gaps'] {
  const { segments, track } = leader;
  const isBreak = new Set(breaks);
  const gaps: AssetSummary['gaps'] = [];
  let covered: number | undefined;
  let isMissing = false;
  for (let index = 0; index < segments.length; index += 1) {
    const segment = segments.at(index);
    if (segment.size === 0) {
      isMissing = true;
      continue;
    }
    const start = ticksToSeconds(segment.time, track.timescale);
    if (covered !== undefined && start > covered && (isMissing || isBreak.has(segment.sequence))) {
      gaps.push({ start: round(covered - origin), duration: round(start - covered) });
    }
    covered = start + segment.duration / track.timescale;
    isMissing = false;
  }
  return gaps;
}

function sizeOf({ segments, track }: TrackWindow): number {
  let size = track.init.length;
  for (let index = 0; index < segments.length; index += 1) {
    size += segments.at(index).size;
  }
  return size;
}

function trackOf(track: Track): AssetTrack {
  const common = {
    id: track.id,
    kind: track.kind,
    codec: track.codec,
    bitrate: track.bitrate,
    language: track.language,
  };
  if (track.kind === 'audio') {
    return { ...common, sampleRate: track.sampleRate, channels: track.channels };
  }
  const { width, height, frameRate } = track;
  return {
    ...common,
    width,
    height,
    ...(frameRate === undefined ? {} : { frameRate: round(frameRate.numerator / frameRate.denominator) }),
  };
}

/** To the millisecond: what people read and what a file name needs. */
function round(seconds: number): number {
  return Math.max(0, Math.round(seconds * 1000) / 1000);
}
