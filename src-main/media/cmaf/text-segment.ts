import { BoxWriter } from '../isobmff/box-writer.ts';
import { writeDinf } from '../isobmff/dinf.ts';
import { writeElng } from '../isobmff/elng.ts';
import { writeFtyp } from '../isobmff/ftyp.ts';
import { writeHdlr } from '../isobmff/hdlr.ts';
import { fromIso6392, toIso6392 } from '../isobmff/language.ts';
import { writeMdhd } from '../isobmff/mdhd.ts';
import { writeMvhd } from '../isobmff/mvhd.ts';
import { writeChunkOffsets } from '../isobmff/stco.ts';
import { writeSthd } from '../isobmff/sthd.ts';
import { writeStsc } from '../isobmff/stsc.ts';
import { writeStsz } from '../isobmff/stsz.ts';
import { writeStts } from '../isobmff/stts.ts';
import { writeTkhd } from '../isobmff/tkhd.ts';
import { emptyTrex, writeTrex } from '../isobmff/trex.ts';
import { writeXmlSubtitleEntry } from '../isobmff/xml-subtitle-entry.ts';
import type { Ticks } from '../time.ts';
import { writeChunk } from './chunk.ts';

/** Of IMSC 1.1 text in CMAF, ISO/IEC 23000-19 §11.3; players go by this very string. */
export const IMSC_CODEC = 'stpp.ttml.im1t';

const TRACK_ID = 1;
const NONE = new Uint32Array();
const NAMESPACE = 'http://www.w3.org/ns/ttml';
const CONTENT_TYPE = 'application/ttml+xml;codecs=im1t';

export type TextTrackFacts = {
  /** Ticks per second. */
  readonly timescale: number;
  /** BCP 47. */
  readonly language: string;
  /** Bits per second. */
  readonly bitrate: number;
};

/** The CMAF header of a track of IMSC 1.1 text documents, ISO/IEC 23000-19 §11.3.3. The same facts give the same bytes. */
export function writeTextInit({ timescale, language, bitrate }: TextTrackFacts): Uint8Array {
  const writer = new BoxWriter(1024);
  const code = toIso6392(language);
  writeFtyp(writer, { majorBrand: 'cmfc', minorVersion: 0, compatibleBrands: ['cmfc', 'iso6', 'im1t'] });
  writer.box('moov', () => {
    writeMvhd(writer, { timescale, duration: 0n, nextTrackId: TRACK_ID + 1 });
    writer.box('trak', () => {
      writeTkhd(writer, { trackId: TRACK_ID, duration: 0n, alternateGroup: 0, volume: 0, width: 0, height: 0 });
      writer.box('mdia', () => {
        writeMdhd(writer, { timescale, duration: 0n, language: code });
        if (fromIso6392(code) !== language) {
          writeElng(writer, language);
        }
        writeHdlr(writer, { type: 'subt', name: 'SubtitleHandler' });
        writer.box('minf', () => {
          writeSthd(writer);
          writeDinf(writer);
          writer.box('stbl', () => {
            writer.fullBox('stsd', 0, 0, () => {
              writer.u32(1);
              const rate = { bufferSize: 0, maxBitrate: bitrate, averageBitrate: bitrate };
              writeXmlSubtitleEntry(writer, { namespace: NAMESPACE, contentType: CONTENT_TYPE, bitrate: rate });
            });
            writeStts(writer, { counts: NONE, durations: NONE });
            writeStsc(writer, { firstChunks: NONE, samplesPerChunk: NONE });
            writeStsz(writer, { kind: 'uniform', size: 0, count: 0 });
            writeChunkOffsets(writer, new Float64Array(), false);
          });
        });
      });
    });
    writer.box('mvex', () => writeTrex(writer, emptyTrex(TRACK_ID)));
  });
  return writer.finish();
}

/**
 * One document as a segment, ISO/IEC 23000-19 §11.3.2: one sample that is as long as the segment. Times in the document are those of the track, not of
 * the segment (ISO/IEC 14496-30 §5.3).
 */
export function writeTextSegment(
  document: Uint8Array,
  place: { readonly time: Ticks; readonly duration: number; readonly sequenceNumber: number },
): Uint8Array {
  const { time: decodeTime, duration, sequenceNumber } = place;
  // Every document stands for itself, as every frame of sound does.
  return writeChunk([{ decodeTime, duration, compositionOffset: 0, sync: true, data: document }], {
    sequenceNumber,
    kind: 'audio',
  }).bytes;
}
