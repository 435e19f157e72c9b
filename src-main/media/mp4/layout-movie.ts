import { assert } from '../../base/assert.ts';
import { writeTrak } from '../cmaf/trak.ts';
import { greatestCommonDivisor } from '../codecs/fraction.ts';
import { BoxWriter } from '../isobmff/box-writer.ts';
import { type Chapter, chaptersBytes } from '../isobmff/chpl.ts';
import { type CompositionOffsets, writeCtts } from '../isobmff/ctts.ts';
import type { Edit } from '../isobmff/elst.ts';
import { writeFtyp } from '../isobmff/ftyp.ts';
import { writeMvhd } from '../isobmff/mvhd.ts';
import { writeChunkOffsets } from '../isobmff/stco.ts';
import { writeStsc } from '../isobmff/stsc.ts';
import { writeStss } from '../isobmff/stss.ts';
import { writeStsz } from '../isobmff/stsz.ts';
import { writeStts } from '../isobmff/stts.ts';
import { writeTitle } from '../isobmff/title.ts';
import { rescale, type Ticks, ticks } from '../time.ts';
import type { SampleTable, SampleTableContents } from './sample-table.ts';

const MAX_U32 = 0xffff_ffff;

export type MovieTrackInput = {
  readonly table: SampleTable;
  /** Decode time of its first sample, in ticks of the table, on a timeline that all tracks share. */
  readonly startTime: Ticks;
  /** The name of a track that is not played unless somebody chooses it. */
  readonly aside?: string | undefined;
};

/** One chunk of one track; both count from 0. */
export type ChunkRef = { readonly track: number; readonly chunk: number };

export type MovieOptions = {
  readonly title?: string;
  /** Of a movie with a title; by their times, which count from its beginning. */
  readonly chapters?: readonly Chapter[];
  /**
   * Where on the shared timeline the movie begins. What a track has before that is in the file, so that decoding can begin at a sync sample,
   * and hidden by its edit list. Without it the movie begins with the earliest picture or sound.
   */
  readonly start?: { readonly time: Ticks; readonly timescale: number };
  /** Where it ends: what a track has behind that is hidden in the same way. Without it each track shows all that it has. */
  readonly end?: { readonly time: Ticks; readonly timescale: number };
};

export type MovieLayout = {
  /** `ftyp` and `moov`: a player can begin before it has the whole file. */
  readonly header: Uint8Array;
  /** What follows is the data of the chunks, in the order that was given. */
  readonly mdatHeader: Uint8Array;
  /** Size of the finished file. */
  readonly totalBytes: number;
};

/**
 * The beginning of a progressive MP4 file, ISO/IEC 14496-12, whose samples are known and whose data is still to be copied: written front to
 * back in one pass, with `moov` first.
 *
 * `order` names every chunk of every track once, those of one track in order. Picture and sound begin at the same instants as on the shared
 * timeline, exactly: the movie's timescale is the least common multiple of those of the tracks.
 */
export function layoutMovie(
  tracks: readonly MovieTrackInput[],
  order: Iterable<ChunkRef>,
  options: MovieOptions = {},
): MovieLayout {
  assert(tracks.length > 0, 'a movie has at least one track');
  const timescale = commonTimescale(tracks.map(({ table }) => table.timescale));
  const plans = planTracks(tracks, timescale, options);
  const { offsets, payloadBytes } = placeChunks(plans, order);
  const mdatHeader = mdatHeaderFor(payloadBytes);
  const largestHeader = largestHeaderBytes(plans, options);
  const writer = new BoxWriter(largestHeader);
  const wide = largestHeader + mdatHeader.length + payloadBytes > MAX_U32;
  const tableEnds = writeHeader(writer, {
    timescale,
    plans,
    offsets,
    wide,
    title: options.title,
    chapters: options.chapters,
  });
  const dataStart = writer.length + mdatHeader.length;
  patchOffsets(writer, { tableEnds, offsets, wide, dataStart });
  return { header: writer.finish(), mdatHeader, totalBytes: dataStart + payloadBytes };
}

/** A track ready to be written. */
type TrackPlan = {
  readonly table: SampleTable;
  readonly aside: string | undefined;
  readonly contents: SampleTableContents;
  readonly edits: readonly Edit[];
  /** In movie ticks, with what is before it. */
  readonly movieDuration: bigint;
  /** Undefined when presentation order is decode order. */
  readonly compositionOffsets: CompositionOffsets | undefined;
};

function planTracks(
  tracks: readonly MovieTrackInput[],
  timescale: number,
  { start, end }: MovieOptions,
): readonly TrackPlan[] {
  const parts = tracks.map(({ table, startTime, aside }) => {
    const contents = table.contents();
    const from = rescale(ticks(startTime + BigInt(contents.presented.start)), table.timescale, timescale);
    return { table, aside, contents, from };
  });
  const movieStart =
    start === undefined
      ? parts.reduce((earliest, { from }) => (from < earliest ? from : earliest), parts[0]?.from ?? ticks(0n))
      : rescale(start.time, start.timescale, timescale);
  const movieEnd = end && rescale(end.time, end.timescale, timescale);
  return parts.map(({ table, aside, contents, from }) => {
    const lead = ticks(from - movieStart);
    const most = movieEnd && ticks(movieEnd - (from > movieStart ? from : movieStart));
    const { edits, movieDuration } = planEdits(table, contents, { lead, most, timescale });
    return { table, aside, contents, edits, movieDuration, compositionOffsets: normalizedOffsets(contents) };
  });
}

/**
 * `lead` is how long after the beginning of the movie the track's own begins, in movie ticks; negative when that is hidden. `most`: how much of it
 * is shown at most.
 */
function planEdits(
  table: SampleTable,
  contents: SampleTableContents,
  {
    lead,
    most,
    timescale,
  }: { readonly lead: Ticks; readonly most: Ticks | undefined; readonly timescale: number },
): Pick<TrackPlan, 'edits' | 'movieDuration'> {
  const { presented, smallestOffset } = contents;
  const hidden = lead < 0n ? rescale(ticks(0n - lead), timescale, table.timescale) : ticks(0n);
  const shown = ticks(BigInt(presented.end - presented.start) - hidden);
  const whole = rescale(shown, table.timescale, timescale);
  const isCut = most !== undefined && most < whole;
  const duration = isCut ? most : whole;
  assert(duration > 0n, 'every track shows something between the start and the end of the movie');
  // In composition time as the file has it: offsets without their smallest, counted from the first decode time.
  const mediaTime = BigInt(presented.start - smallestOffset) + hidden;
  const empty: readonly Edit[] = lead > 0n ? [{ kind: 'empty', duration: lead }] : [];
  const edits: readonly Edit[] =
    lead === 0n && mediaTime === 0n && !isCut ? [] : [...empty, { kind: 'media', duration, mediaTime }];
  return { edits, movieDuration: duration + (lead > 0n ? lead : 0n) };
}

/** Offsets that begin at 0, so that they need no sign, which not every player knows; the edit list says where the media begins. */
function normalizedOffsets({
  compositionOffsets,
  smallestOffset,
}: SampleTableContents): CompositionOffsets | undefined {
  const { counts, offsets } = compositionOffsets;
  return counts.length === 1 ? undefined : { counts, offsets: offsets.map((offset) => offset - smallestOffset) };
}

/** Where every chunk of every track begins behind the header of the `mdat`. */
function placeChunks(
  plans: readonly TrackPlan[],
  order: Iterable<ChunkRef>,
): { readonly offsets: readonly Float64Array[]; readonly payloadBytes: number } {
  const offsets = plans.map(({ contents }) => new Float64Array(contents.chunkSizes.length));
  const placed = plans.map(() => 0);
  let payloadBytes = 0;
  for (const { track, chunk } of order) {
    const size = plans[track]?.contents.chunkSizes[chunk];
    const places = offsets[track];
    assert(size !== undefined && places !== undefined, 'the order names chunks that exist');
    assert(placed[track] === chunk, 'the order names the chunks of a track one after the other');
    places[chunk] = payloadBytes;
    placed[track] = chunk + 1;
    payloadBytes += size;
  }
  assert(
    plans.every(({ contents }, track) => placed[track] === contents.chunkSizes.length),
    'the order names every chunk',
  );
  return { offsets, payloadBytes };
}

type HeaderPlan = {
  readonly timescale: number;
  readonly plans: readonly TrackPlan[];
  readonly offsets: readonly Float64Array[];
  /** Chunk offsets of 64 bits. */
  readonly wide: boolean;
  readonly title: string | undefined;
  readonly chapters: readonly Chapter[] | undefined;
};

/** Returns the end of each track's offset table, the last thing in the track: its entries still count from the beginning of the data. */
function writeHeader(
  writer: BoxWriter,
  { timescale, plans, offsets, wide, title, chapters }: HeaderPlan,
): readonly number[] {
  const longest = plans.reduce((max, { movieDuration }) => (movieDuration > max ? movieDuration : max), 0n);
  const isAvc = plans.some(({ table }) => table.description.fourCc.startsWith('avc'));
  const compatibleBrands = ['isom', 'iso2', ...(isAvc ? ['avc1'] : []), 'mp41'];
  const tableEnds: number[] = [];
  writeFtyp(writer, { majorBrand: 'isom', minorVersion: 0x200, compatibleBrands });
  writer.box('moov', () => {
    writeMvhd(writer, { timescale, duration: longest, nextTrackId: plans.length + 1 });
    for (const [index, plan] of plans.entries()) {
      writeTrack(writer, index + 1, plan, offsets[index] ?? new Float64Array(), wide);
      tableEnds.push(writer.length);
    }
    if (title !== undefined) {
      writeTitle(writer, title, chapters);
    }
  });
  return tableEnds;
}

function writeTrack(
  writer: BoxWriter,
  trackId: number,
  plan: TrackPlan,
  offsets: Float64Array,
  wide: boolean,
): void {
  const { table, contents, edits, movieDuration, compositionOffsets } = plan;
  const description = { ...table.description, timescale: table.timescale };
  const mediaDuration = BigInt(contents.duration);
  writeTrak(writer, { trackId, description, movieDuration, mediaDuration, edits, aside: plan.aside }, () => {
    writeStts(writer, contents.timeToSample);
    if (compositionOffsets !== undefined) {
      writeCtts(writer, compositionOffsets);
    }
    if (contents.syncSamples !== undefined) {
      writeStss(writer, contents.syncSamples);
    }
    writeStsc(writer, contents.sampleToChunk);
    writeStsz(writer, contents.sizes);
    writeChunkOffsets(writer, offsets, wide);
  });
}

/** Makes chunk offsets count from the beginning of the file, now that the size of the header is known. */
function patchOffsets(
  writer: BoxWriter,
  patch: Pick<HeaderPlan, 'offsets' | 'wide'> & {
    readonly tableEnds: readonly number[];
    readonly dataStart: number;
  },
): void {
  const { tableEnds, offsets, wide, dataStart } = patch;
  for (const [index, places] of offsets.entries()) {
    let at = (tableEnds[index] ?? 0) - places.length * (wide ? 8 : 4);
    for (const place of places) {
      if (wide) {
        writer.patchU64(at, dataStart + place);
        at += 8;
      } else {
        writer.patchU32(at, dataStart + place);
        at += 4;
      }
    }
  }
}

/** An upper bound, so that the width of the offsets is known before the header that holds them is written. */
function largestHeaderBytes(plans: readonly TrackPlan[], { title = '', chapters = [] }: MovieOptions): number {
  const tables = plans.map(({ table, contents, aside = '' }) => {
    const { timeToSample, compositionOffsets, sampleToChunk, sampleCount, chunkSizes } = contents;
    const runs = 8 * (timeToSample.counts.length + compositionOffsets.counts.length);
    const perSample = 4 * (sampleCount + (contents.syncSamples?.length ?? 0));
    const perChunk = 12 * sampleToChunk.firstChunks.length + 8 * chunkSizes.length;
    return (
      2048 +
      4 * aside.length +
      table.description.decoderConfig.length +
      table.description.language.length +
      runs +
      perSample +
      perChunk
    );
  });
  return 1024 + 4 * title.length + chaptersBytes(chapters) + tables.reduce((sum, bytes) => sum + bytes, 0);
}

/** With a size of 64 bits when the data needs it. */
function mdatHeaderFor(payloadBytes: number): Uint8Array {
  const writer = new BoxWriter(16);
  const wide = payloadBytes + 8 > MAX_U32;
  writer.u32(wide ? 1 : payloadBytes + 8);
  writer.fourCc('mdat');
  if (wide) {
    writer.u64(payloadBytes + 16);
  }
  return writer.finish();
}

/** In which every tick of every track is a whole number; the finest of them when that would not fit into 32 bits. */
function commonTimescale(timescales: readonly number[]): number {
  const multiple = timescales.reduce((common, next) => (common / greatestCommonDivisor(common, next)) * next, 1);
  return multiple <= MAX_U32 ? multiple : Math.max(...timescales);
}
