import { assert } from '../../base/assert.ts';
import { AppError } from '../../shared/app-error.ts';
import { peekBoxHeader } from '../isobmff/box-header.ts';
import { readBoxes } from '../isobmff/box-reader.ts';
import { BoxWriter } from '../isobmff/box-writer.ts';
import { writeMfhd } from '../isobmff/mfhd.ts';
import { type MovieFragment, parseMoof, type TrackFragment } from '../isobmff/moof.ts';
import { isSyncSample, NON_SYNC_SAMPLE, SYNC_SAMPLE } from '../isobmff/sample-flags.ts';
import { writeTfdt } from '../isobmff/tfdt.ts';
import { writeTfhd } from '../isobmff/tfhd.ts';
import type { TrackExtends } from '../isobmff/trex.ts';
import { writeTrun } from '../isobmff/trun.ts';
import { malformed } from '../malformed.ts';
import { type Ticks, ticks } from '../time.ts';
import { MAX_SAMPLES_PER_FRAGMENT, readFragmentSamples } from './fragment-samples.ts';
import type { Chunk, Sample } from './types.ts';

/** No chunk or fragment of anybody comes near it: a second of 250 Mbit/s. */
export const MAX_BOX_BYTES = 32 * 1024 * 1024;

const MAX_U32 = 0xffff_ffff;
const DEFAULT_TRACK_ID = 1;
/** What `moof` and the header of `mdat` take at most besides the columns of the samples. */
const FIXED_BYTES = 112;
const BYTES_PER_SAMPLE = 16;
const MDAT_HEADER_BYTES = 8;

export type ChunkOptions = {
  /** For `mfhd`: 0..4294967295, rising from chunk to chunk of a track. */
  readonly sequenceNumber: number;
  /** 1 when not given, as in every header of ours. */
  readonly trackId?: number;
  /** Every audio frame is written as a sync sample: AAC and AC-3 have no other, whatever an encoder's flags said. */
  readonly kind: 'video' | 'audio';
};

/** What is needed to list a chunk, without touching its samples. */
export type ChunkHeader = {
  /** Of the `mfhd`. */
  readonly sequenceNumber: number;
  readonly decodeTime: Ticks;
  /** Sum of the sample durations, in ticks. */
  readonly duration: number;
  readonly sampleCount: number;
  /** Starts with a sync sample. */
  readonly independent: boolean;
  /** Bytes of the `moof`. */
  readonly moofSize: number;
  /** Bytes of the chunk, from the first that was given to the end of the `mdat`. */
  readonly totalSize: number;
};

/** Where a chunk is; all offsets count as the one that was given to `nextChunk`. */
type ChunkLocation = {
  /** Of its first box: `styp`, `prft`, `emsg` or the `moof`. */
  readonly offset: number;
  readonly moofOffset: number;
  readonly moofSize: number;
  readonly mdatOffset: number;
  /** First byte of the samples. */
  readonly dataOffset: number;
  /** First byte behind the chunk. It may lie beyond the bytes that were given. */
  readonly end: number;
};

export type NextChunk =
  | ({ readonly kind: 'chunk' } & ChunkLocation)
  /** More bytes are needed to tell: `bytes` of them, counted from the offset. */
  | { readonly kind: 'need'; readonly bytes: number }
  /** There is no further chunk: `bytes` end with the box before. */
  | { readonly kind: 'end' }
  | { readonly kind: 'malformed'; readonly error: AppError };

/**
 * Writes samples as one CMAF chunk, ISO/IEC 23000-19 §7.3.2.3: a `moof` with one `traf` and one `trun`, and its `mdat`. Nothing is left to
 * the header's `trex`, and what all samples share is said once.
 *
 * The samples follow each other in decode time, from 0 on, without gap or overlap; there is at least one.
 */
export function writeChunk(samples: readonly Sample[], options: ChunkOptions): Chunk {
  const [first] = samples;
  assert(first !== undefined, 'a chunk has at least one sample');
  const columns = columnsOf(samples, first.decodeTime, options.kind);
  const writer = new BoxWriter(FIXED_BYTES + BYTES_PER_SAMPLE * samples.length + columns.dataSize);
  const dataOffsetAt = writeMoof(writer, first.decodeTime, columns, options);
  writer.patchU32(dataOffsetAt, writer.length + MDAT_HEADER_BYTES);
  writer.box('mdat', () => {
    for (const { data } of samples) {
      writer.bytes(data);
    }
  });
  return {
    decodeTime: first.decodeTime,
    duration: columns.totalDuration,
    sampleCount: samples.length,
    independent: options.kind === 'audio' || first.sync,
    bytes: writer.finish(),
  };
}

/**
 * A chunk but for the data of its samples, which belong right behind it, in their order: the `moof` and the header of the `mdat`. `boxes` go
 * to the end of the `traf`.
 */
export function writeChunkHead(
  samples: readonly Sample[],
  options: ChunkOptions & { readonly boxes?: ((writer: BoxWriter) => void) | undefined },
): Uint8Array {
  const [first] = samples;
  assert(first !== undefined, 'a chunk has at least one sample');
  const columns = columnsOf(samples, first.decodeTime, options.kind);
  const writer = new BoxWriter(FIXED_BYTES + BYTES_PER_SAMPLE * samples.length);
  const dataOffsetAt = writeMoof(writer, first.decodeTime, columns, options);
  writer.patchU32(dataOffsetAt, writer.length + MDAT_HEADER_BYTES);
  writer.u32(MDAT_HEADER_BYTES + columns.dataSize);
  writer.fourCc('mdat');
  return writer.finish();
}

/**
 * The samples of one chunk with one track, their data as views into `bytes`. `defaults.trex` is what the header of its file says. Boxes that
 * belong to the chunk may stand before its `moof`.
 *
 * Throws `media/malformed` for anything but one whole chunk.
 */
export function parseChunk(bytes: Uint8Array, defaults: { readonly trex: TrackExtends }): readonly Sample[] {
  const chunks = parseChunks(bytes, defaults);
  const [samples] = chunks;
  if (samples === undefined || chunks.length > 1) {
    throw malformed('chunk', 0, `holds ${chunks.length} chunks instead of one`);
  }
  return samples;
}

/** The samples of chunks in a row, as segments are made of them: one list for each. */
export function parseChunks(
  bytes: Uint8Array,
  defaults: { readonly trex: TrackExtends },
): readonly (readonly Sample[])[] {
  const chunks: (readonly Sample[])[] = [];
  let nextDecodeTime = ticks(0n);
  for (let location = wholeChunk(bytes, 0); location !== undefined; location = wholeChunk(bytes, location.end)) {
    const { moofOffset, dataOffset, end } = location;
    // Not a subarray: that of a Node Buffer would be a Buffer.
    const data = new Uint8Array(bytes.buffer, bytes.byteOffset + dataOffset, end - dataOffset);
    const mediaData = { bytes: data, start: dataOffset - moofOffset };
    const state = { trex: defaults.trex, nextDecodeTime };
    const tracks = readFragmentSamples(moofAt(bytes, location), mediaData, () => state);
    const [track] = tracks;
    if (track === undefined || tracks.length > 1) {
      throw malformed('moof', moofOffset, `has ${tracks.length} tracks instead of one`);
    }
    nextDecodeTime = track.endTime;
    chunks.push(track.samples);
  }
  return chunks;
}

/**
 * What a chunk of ours is, from its `moof` and the header of its `mdat`; `bytes` may end behind that. For rebuilding an index.
 *
 * Throws `media/malformed`, also for a chunk that leaves durations or flags to the header of its file.
 */
export function readChunkHeader(bytes: Uint8Array): ChunkHeader {
  const location = nextChunk(bytes, 0);
  if (location.kind === 'malformed') {
    throw location.error;
  }
  if (location.kind !== 'chunk') {
    throw malformed('chunk', 0, `is cut off after ${bytes.length} bytes`);
  }
  const moof = moofAt(bytes, location);
  const [track, ...others] = moof.tracks;
  if (track?.decodeTime === undefined || others.length > 0) {
    throw malformed('moof', location.moofOffset, 'is not of one track with its decode time');
  }
  const { moofSize, end } = location;
  return {
    sequenceNumber: moof.sequenceNumber,
    decodeTime: track.decodeTime,
    ...summaryOf(moof, track),
    moofSize,
    totalSize: end,
  };
}

/**
 * Finds the first chunk at or behind `offset`, which is the beginning of a box; boxes that belong to no chunk are passed over. Only the
 * `moof` and the header of the `mdat` have to be in `bytes`: to walk a file, read a few kilobytes at a time, add what is `need`ed, go on at
 * `end`, and compare it with the size of the file to tell a last chunk that was cut off.
 */
export function nextChunk(bytes: Uint8Array, offset: number): NextChunk {
  try {
    return locateChunk(bytes, offset);
  } catch (error) {
    if (error instanceof AppError) {
      return { kind: 'malformed', error };
    }
    throw error;
  }
}

function locateChunk(bytes: Uint8Array, offset: number): NextChunk {
  let start: number | undefined;
  let moof: { readonly offset: number; readonly size: number } | undefined;
  for (let at = offset; ; ) {
    if (at === bytes.length && start === undefined) {
      return { kind: 'end' };
    }
    const header = at > bytes.length ? undefined : peekBoxHeader(bytes, at, 0);
    if (header === undefined) {
      const hasLargeSize = bytes.length - at >= 8;
      return { kind: 'need', bytes: at - offset + (hasLargeSize ? 16 : 8) };
    }
    const { type, headerSize, size } = header;
    if (size === 0 || size > MAX_BOX_BYTES) {
      throw malformed(type, at, size === 0 ? 'has no end' : `of ${size} bytes is larger than any chunk`);
    }
    const end = at + size;
    switch (type) {
      case 'mdat':
        if (moof === undefined) {
          throw malformed('mdat', at, 'has no moof before it');
        }
        return {
          kind: 'chunk',
          offset: start ?? moof.offset,
          moofOffset: moof.offset,
          moofSize: moof.size,
          mdatOffset: at,
          dataOffset: at + headerSize,
          end,
        };
      case 'moof':
        if (moof !== undefined) {
          throw malformed('moof', moof.offset, 'has no mdat behind it');
        }
        if (end > bytes.length) {
          return { kind: 'need', bytes: end - offset + 8 };
        }
        start ??= at;
        moof = { offset: at, size };
        break;
      case 'styp':
      case 'prft':
      case 'emsg':
        start ??= at;
        break;
      default:
        // Between moof and mdat it is padding; before them it ends what could have been the beginning of a chunk.
        start = moof === undefined ? undefined : start;
        break;
    }
    at = end;
  }
}

/** The chunk at `offset`, all of it in `bytes`; undefined behind the last one. */
function wholeChunk(bytes: Uint8Array, offset: number): ChunkLocation | undefined {
  const location = nextChunk(bytes, offset);
  if (location.kind === 'end') {
    return undefined;
  }
  if (location.kind === 'malformed') {
    throw location.error;
  }
  if (location.kind === 'need' || location.end > bytes.length) {
    throw malformed('chunk', offset, `is cut off after ${bytes.length - offset} bytes`);
  }
  return location;
}

function moofAt(bytes: Uint8Array, { moofOffset, moofSize }: ChunkLocation): MovieFragment {
  const moof = readBoxes(bytes.subarray(moofOffset, moofOffset + moofSize), moofOffset).require('moof');
  return parseMoof(moof, MAX_SAMPLES_PER_FRAGMENT);
}

function summaryOf(
  moof: MovieFragment,
  { header, runs }: TrackFragment,
): Pick<ChunkHeader, 'duration' | 'sampleCount' | 'independent'> {
  let duration = 0;
  let sampleCount = 0;
  let firstFlags: number | undefined;
  for (const run of runs) {
    const each = header.defaultDuration;
    if (run.durations === undefined && each === undefined) {
      throw malformed('moof', moof.offset, 'leaves the durations of its samples to the header');
    }
    duration += run.durations?.reduce((sum, next) => sum + next, 0) ?? run.sampleCount * (each ?? 0);
    if (sampleCount === 0) {
      firstFlags = run.firstSampleFlags ?? run.flags?.[0] ?? header.defaultFlags;
    }
    sampleCount += run.sampleCount;
  }
  if (firstFlags === undefined || sampleCount === 0) {
    throw malformed('moof', moof.offset, 'has no samples, or leaves their flags to the header');
  }
  return { duration, sampleCount, independent: isSyncSample(firstFlags) };
}

/** What `trun` says of the samples, column by column. */
type Columns = {
  readonly durations: Uint32Array;
  readonly sizes: Uint32Array;
  readonly flags: Uint32Array;
  readonly compositionOffsets: Int32Array;
  readonly totalDuration: number;
  readonly dataSize: number;
};

function columnsOf(samples: readonly Sample[], start: Ticks, kind: 'video' | 'audio'): Columns {
  const count = samples.length;
  const durations = new Uint32Array(count);
  const sizes = new Uint32Array(count);
  const flags = new Uint32Array(count);
  const compositionOffsets = new Int32Array(count);
  let totalDuration = 0;
  let dataSize = 0;
  for (const [index, { decodeTime, duration, compositionOffset, sync, data }] of samples.entries()) {
    assert(decodeTime === start + BigInt(totalDuration), 'the samples of a chunk follow each other');
    // The columns would cut what does not fit without a word.
    assert(
      Number.isInteger(duration) && duration >= 1 && duration <= MAX_U32,
      'a duration is 1..4294967295 ticks',
    );
    assert(compositionOffset === (compositionOffset | 0), 'a composition offset has 32 bits');
    durations[index] = duration;
    sizes[index] = data.length;
    flags[index] = sync || kind === 'audio' ? SYNC_SAMPLE : NON_SYNC_SAMPLE;
    compositionOffsets[index] = compositionOffset;
    totalDuration += duration;
    dataSize += data.length;
  }
  return { durations, sizes, flags, compositionOffsets, totalDuration, dataSize };
}

/** Returns the position of the data offset, which is only known when the `moof` is written. */
function writeMoof(
  writer: BoxWriter,
  decodeTime: Ticks,
  columns: Columns,
  options: ChunkOptions & { readonly boxes?: ((writer: BoxWriter) => void) | undefined },
): number {
  const { durations, sizes, flags, compositionOffsets } = columns;
  const defaultDuration = sharedValue(durations);
  const defaultSize = sharedValue(sizes);
  const allFlags = sharedValue(flags);
  const otherFlags = allFlags ?? sharedValue(flags.subarray(1));
  let dataOffsetAt: number | undefined;
  writer.box('moof', () => {
    writeMfhd(writer, options.sequenceNumber);
    writer.box('traf', () => {
      writeTfhd(writer, {
        trackId: options.trackId ?? DEFAULT_TRACK_ID,
        baseDataOffset: undefined,
        sampleDescriptionIndex: undefined,
        defaultDuration,
        defaultSize,
        defaultFlags: otherFlags,
        durationIsEmpty: false,
        defaultBaseIsMoof: true,
      });
      writeTfdt(writer, decodeTime);
      dataOffsetAt = writeTrun(writer, {
        sampleCount: flags.length,
        dataOffset: 0,
        firstSampleFlags: allFlags === undefined && otherFlags !== undefined ? flags[0] : undefined,
        durations: defaultDuration === undefined ? durations : undefined,
        sizes: defaultSize === undefined ? sizes : undefined,
        flags: otherFlags === undefined ? flags : undefined,
        compositionOffsets: compositionOffsets.some((offset) => offset !== 0) ? compositionOffsets : undefined,
      });
      options.boxes?.(writer);
    });
  });
  assert(dataOffsetAt !== undefined, 'the run has a data offset');
  return dataOffsetAt;
}

/** The value of all entries; undefined when they differ. */
function sharedValue(column: Uint32Array): number | undefined {
  const [value] = column;
  return column.every((other) => other === value) ? value : undefined;
}
