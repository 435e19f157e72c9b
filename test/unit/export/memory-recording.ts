import assert from 'node:assert/strict';
import { createEmitter } from '../../../src-main/base/emitter.ts';
import type { Presentation, Track, TrackWindow } from '../../../src-main/core/ports/presentation.ts';
import { writeChunk } from '../../../src-main/media/cmaf/chunk.ts';
import { chunkNumber } from '../../../src-main/media/cmaf/chunk-number.ts';
import { createSegmentTable } from '../../../src-main/media/cmaf/segment-table.ts';
import type { AudioTrackDescription, Sample, VideoTrackDescription } from '../../../src-main/media/cmaf/types.ts';
import { ticks } from '../../../src-main/media/time.ts';
import { AppError } from '../../../src-main/shared/app-error.ts';
import { trackOf } from '../../support/make-recording.ts';

/** Of an SPS and a PPS that x264 wrote for 320x180; nothing here looks at the pictures. */
const AVC_CONFIG = Uint8Array.from(
  Buffer.from('0142c00dffe100196742c00dd901419f9f0110000003001000000303c0f142a48001000568cb83cb20', 'hex'),
);

const VIDEO: VideoTrackDescription = {
  kind: 'video',
  fourCc: 'avc1',
  codec: 'avc1.42c00d',
  timescale: 90_000,
  bitrate: 2_500_000,
  language: 'und',
  width: 320,
  height: 180,
  frameRate: { numerator: 30, denominator: 1 },
  decoderConfig: AVC_CONFIG,
};

const AUDIO: AudioTrackDescription = {
  kind: 'audio',
  fourCc: 'mp4a',
  codec: 'mp4a.40.2',
  timescale: 48_000,
  bitrate: 128_000,
  language: 'und',
  sampleRate: 48_000,
  channels: 2,
  decoderConfig: Uint8Array.of(0x11, 0x90),
};

export function videoTrack(over: Partial<VideoTrackDescription> = {}): Track {
  return trackOf({ ...VIDEO, ...over }, 'video');
}

export function audioTrack(over: Partial<AudioTrackDescription> = {}): Track {
  return trackOf({ ...AUDIO, ...over }, 'audio');
}

/** Samples of `duration` ticks each in a row; the first is a key frame. Their data tells them apart. */
export function samplesFrom(time: number, count: number, duration: number, size = 10): readonly Sample[] {
  return Array.from({ length: count }, (_, index) => ({
    decodeTime: ticks(time + index * duration),
    duration,
    compositionOffset: 0,
    sync: index === 0,
    data: new Uint8Array(size).fill((time / duration + index) % 251),
  }));
}

/** One segment of one chunk for each list of samples. */
export type MemoryTrack = { readonly track: Track; readonly segments: readonly (readonly Sample[])[] };

/** A recording that is nowhere on a disk. */
export function memoryRecording(
  tracks: readonly MemoryTrack[],
  over: Partial<Presentation> = {},
): Presentation & { readonly reads: () => number } {
  const bytesOf = new Map<string, Uint8Array>();
  let reads = 0;
  const windows = tracks.map(({ track, segments }): TrackWindow => {
    const table = createSegmentTable();
    for (const [index, samples] of segments.entries()) {
      const sequence = index + 1;
      const chunk = writeChunk(samples, { sequenceNumber: chunkNumber(sequence, 0), kind: track.kind });
      bytesOf.set(`${track.id}/${sequence}`, chunk.bytes);
      const { decodeTime: time, duration } = chunk;
      table.append(
        { sequence, time, duration, size: chunk.bytes.length, discontinuity: false },
        { file: 1, offset: 0 },
      );
    }
    return {
      track,
      segments: table,
      open: undefined,
      partsOf: () => [],
      peakBitrate: track.bitrate,
      averageBitrate: track.bitrate,
    };
  });
  return {
    id: 'memory',
    state: () => 'ended',
    revision: () => 0,
    changed: createEmitter<undefined>(),
    tracks: () => windows.filter(({ track }) => track.separate === undefined),
    separate: () =>
      windows.filter(({ track }) => track.separate !== undefined).map((window) => ({ ...window, gaps: [] })),
    discontinuities: () => [],
    discontinuitySequence: () => 0,
    cues: () => [],
    segmentSeconds: 2,
    partSeconds: undefined,
    epochOffsetMs: 0,
    startedAtMs: 0,
    async readSegment({ track }, sequence) {
      reads += 1;
      const bytes = bytesOf.get(`${track.id}/${sequence}`);
      if (bytes === undefined) {
        throw new AppError('MPE_FRAGMENT_TIMESTAMP_NOT_FOUND', 'Nothing is there.');
      }
      return await Promise.resolve(bytes);
    },
    readPart: () => undefined,
    reads: () => reads,
    ...over,
  };
}

/** For `assert.rejects` and `assert.throws`. */
export function hasCode(code: string, words?: RegExp): (error: unknown) => true {
  return (error) => {
    assert(error instanceof AppError, String(error));
    assert.equal(error.code, code, error.message);
    if (words !== undefined) {
      assert.match(error.message, words);
    }
    return true;
  };
}
