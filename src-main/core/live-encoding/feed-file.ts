import { writeChunk } from '../../media/cmaf/chunk.ts';
import { writeTrak } from '../../media/cmaf/trak.ts';
import type { Sample, TrackDescription } from '../../media/cmaf/types.ts';
import { BoxWriter } from '../../media/isobmff/box-writer.ts';
import { writeFtyp } from '../../media/isobmff/ftyp.ts';
import { writeMvhd } from '../../media/isobmff/mvhd.ts';
import { writeChunkOffsets } from '../../media/isobmff/stco.ts';
import { writeStsc } from '../../media/isobmff/stsc.ts';
import { writeStsz } from '../../media/isobmff/stsz.ts';
import { writeStts } from '../../media/isobmff/stts.ts';
import { emptyTrex, writeTrex } from '../../media/isobmff/trex.ts';

/**
 * The feed as its decoder reads it: one fragmented MP4 with picture and sound, because two files would be two inputs of one ffmpeg, which
 * newer versions hold back for each other: a feed whose sound stops would lose its picture, too.
 */
const TRACK_IDS = { video: 1, audio: 2 } as const;

const NONE = new Uint32Array();
const MOVIE_TIMESCALE = 1000;
const SEQUENCE_NUMBERS = 2 ** 32;

/** `ftyp` and `moov` (ISO/IEC 14496-12 §8.1, 8.8) of the tracks, at most one of each kind. */
export function writeFeedHeader(tracks: readonly TrackDescription[]): Uint8Array {
  const writer = new BoxWriter(2048);
  writeFtyp(writer, { majorBrand: 'iso6', minorVersion: 0, compatibleBrands: ['iso6', 'mp41'] });
  writer.box('moov', () => {
    writeMvhd(writer, { timescale: MOVIE_TIMESCALE, duration: 0n, nextTrackId: 1 + TRACK_IDS.audio });
    for (const description of tracks) {
      const trackId = TRACK_IDS[description.kind];
      writeTrak(writer, { trackId, description, movieDuration: 0n, mediaDuration: 0n, edits: [] }, () => {
        writeStts(writer, { counts: NONE, durations: NONE });
        writeStsc(writer, { firstChunks: NONE, samplesPerChunk: NONE });
        writeStsz(writer, { kind: 'uniform', size: 0, count: 0 });
        writeChunkOffsets(writer, new Float64Array(), false);
      });
    }
    writer.box('mvex', () => {
      for (const { kind } of tracks) {
        writeTrex(writer, emptyTrex(TRACK_IDS[kind]));
      }
    });
  });
  return writer.finish();
}

/** One sample as a fragment of its own: so the decoder has each as soon as it is due. */
export function writeFeedFragment(kind: 'video' | 'audio', sample: Sample, sequence: number): Uint8Array {
  const sequenceNumber = sequence % SEQUENCE_NUMBERS;
  return writeChunk([sample], { sequenceNumber, trackId: TRACK_IDS[kind], kind }).bytes;
}
