import { readBoxes } from '../../media/isobmff/box-reader.ts';
import { BoxWriter } from '../../media/isobmff/box-writer.ts';
import { type Chapter, chaptersBytes } from '../../media/isobmff/chpl.ts';
import { writeFree } from '../../media/isobmff/free.ts';
import type { MovieLayout } from '../../media/mp4/layout-movie.ts';
import type { SampleTable } from '../../media/mp4/sample-table.ts';
import { createTrackCollector } from './collect-track.ts';
import type { ExportPlan } from './plan-export.ts';
import { parseSegment, readSegment } from './read-segment.ts';

const MAX_U32 = 0xffff_ffff;
/** Boxes without tables: a kilobyte or so for each track. */
const FIXED_BYTES = 16 * 1024;
const MARGIN = 1.05;
/** A page: the copy behind it then begins where the file system likes it. */
const GRAIN = 4096;

/**
 * How much room to leave for the header of a movie, judged by the first segment of each track. Nearly always enough, and hardly ever more
 * than a twentieth too much.
 */
export async function estimateHeaderBytes(
  { presentation, tracks }: ExportPlan,
  chapters: readonly Chapter[] = [],
): Promise<number> {
  let needed = chapters.length === 0 ? 0 : chaptersBytes(chapters);
  for (const planned of tracks) {
    const [first] = planned.segments;
    const last = planned.segments.at(-1);
    if (first === undefined || last === undefined) {
      continue;
    }
    // The whole segment, also where the export takes only the end of it.
    const collector = createTrackCollector({ ...planned, from: undefined, to: undefined, silentFrom: undefined });
    const { window } = planned;
    const bytes = await readSegment(presentation, window, first.sequence);
    for (const chunk of parseSegment(bytes, window, first.sequence)) {
      collector.add(chunk);
    }
    collector.finish();
    const total = Number(last.time - (planned.silentFrom ?? first.time)) + last.duration;
    needed += FIXED_BYTES + (tableBytes(collector.table) * MARGIN * total) / Math.max(1, first.duration);
  }
  return Math.ceil(needed / GRAIN) * GRAIN;
}

function tableBytes(table: SampleTable): number {
  const { timeToSample, compositionOffsets, sampleCount, syncSamples, sampleToChunk, chunkSizes } =
    table.contents();
  return (
    8 * (timeToSample.counts.length + compositionOffsets.counts.length) +
    4 * (sampleCount + (syncSamples?.length ?? 0)) +
    12 * sampleToChunk.firstChunks.length +
    8 * chunkSizes.length
  );
}

/**
 * The layout's header and the header of its `mdat`, with a `free` box between them (ISO/IEC 14496-12 §8.1.2), so that the data begins at
 * `dataStart`. Undefined when there is not enough room.
 */
export function fillHeader({ header, mdatHeader }: MovieLayout, dataStart: number): Uint8Array | undefined {
  const padding = dataStart - header.length - mdatHeader.length;
  if (padding === 0) {
    return joined(header, new Uint8Array(), mdatHeader);
  }
  if (padding < 8 || !moveChunks(header, padding)) {
    return undefined;
  }
  const free = new BoxWriter(padding);
  writeFree(free, padding);
  return joined(header, free.finish(), mdatHeader);
}

/** Adds to every chunk offset; false when one would not fit any more. */
function moveChunks(header: Uint8Array, by: number): boolean {
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  for (const trak of readBoxes(header).require('moov').children()) {
    if (trak.type !== 'trak') {
      continue;
    }
    const stbl = trak.require('mdia').require('minf').require('stbl');
    const wide = stbl.find('co64');
    const box = wide ?? stbl.require('stco');
    // Full box header and entry count, then the entries (§8.7.5).
    const entries = box.bodyOffset + 8;
    const end = box.offset + box.size;
    for (let at = entries; at < end; at += wide === undefined ? 4 : 8) {
      if (wide !== undefined) {
        view.setBigUint64(at, view.getBigUint64(at) + BigInt(by));
      } else if (view.getUint32(at) + by > MAX_U32) {
        return false;
      } else {
        view.setUint32(at, view.getUint32(at) + by);
      }
    }
  }
  return true;
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
