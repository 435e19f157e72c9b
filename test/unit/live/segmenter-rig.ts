import assert from 'node:assert/strict';
import { createSegmenter, type SegmenterTrack } from '../../../src-main/core/live/segmenter.ts';
import type { ChunkPosition } from '../../../src-main/core/ports/store.ts';
import { parseChunk } from '../../../src-main/media/cmaf/chunk.ts';
import type { Chunk, Sample } from '../../../src-main/media/cmaf/types.ts';
import { NO_DEFAULTS } from '../media/sample-media.ts';

export const VIDEO_TRACK: SegmenterTrack = { id: 'v', kind: 'video', timescale: 90_000 };
export const SMALL_TRACK: SegmenterTrack = { id: 's', kind: 'video', timescale: 90_000 };
export const AUDIO_TRACK: SegmenterTrack = { id: 'a', kind: 'audio', timescale: 48_000 };

export type Emitted = { readonly track: string; readonly chunk: Chunk; readonly position: ChunkPosition };

/** A segmenter that writes down what it does. Seconds wherever a number has no other unit. */
export function segmenterRig(tracks: readonly SegmenterTrack[]) {
  const emitted: Emitted[] = [];
  const boundaries: { sequence: number; at: number; discontinuity: boolean }[] = [];
  const dropped: string[] = [];
  const gaps: string[] = [];
  const stopped: string[] = [];
  const closed = new Map<string, number>();
  const known = [...tracks];
  const scaleOf = (id: string): number => known.find((track) => track.id === id)?.timescale ?? 1;
  const segmenter = createSegmenter(
    { tracks, partSeconds: 0.2, segmentSeconds: 2, minSegmentSeconds: 0.5, firstSequence: 1 },
    {
      boundary: ({ sequence, time, timescale, discontinuity }) =>
        void boundaries.push({ sequence, at: Number(time) / timescale, discontinuity }),
      chunk(track, chunk, position) {
        assert.ok(position.sequence > (closed.get(track) ?? 0), `${track} goes on in a segment that was closed`);
        emitted.push({ track, chunk, position });
      },
      dropped: (track, sample, reason) =>
        void dropped.push(`${track} ${Number(sample.decodeTime) / scaleOf(track)} ${reason}`),
      gap: (track, expected, found) =>
        void gaps.push(`${track} ${Number(expected) / scaleOf(track)}-${Number(found) / scaleOf(track)}`),
      stopped(track, sequence) {
        closed.set(track, sequence);
        stopped.push(`${track} ${sequence}`);
      },
    },
  );
  const of = (track: string): readonly Emitted[] => emitted.filter((one) => one.track === track);
  return {
    ...segmenter,
    addTrack(track: SegmenterTrack): void {
      known.push(track);
      segmenter.addTrack(track);
    },
    stopped,
    emitted,
    boundaries,
    dropped,
    gaps,
    of,
    /** Sequence number, where it begins and how long it is, of each segment of a track. */
    segments(track: string): { sequence: number; at: number; long: number }[] {
      const rows = new Map<number, { sequence: number; at: number; long: number }>();
      for (const { chunk, position } of of(track)) {
        const at = Number(chunk.decodeTime) / scaleOf(track);
        const end = at + chunk.duration / scaleOf(track);
        const row = rows.get(position.sequence) ?? { sequence: position.sequence, at: round(at), long: 0 };
        row.long = round(end - row.at);
        rows.set(position.sequence, row);
      }
      return [...rows.values()];
    },
    samples: (track: string): readonly Sample[] =>
      of(track).flatMap(({ chunk }) => parseChunk(chunk.bytes, NO_DEFAULTS)),
  };
}

function round(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
