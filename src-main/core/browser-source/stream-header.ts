import { parseAacConfig } from '../../media/codecs/aac.ts';
import { parseAvcDecoderConfig } from '../../media/codecs/avc.ts';
import { BoxWriter } from '../../media/isobmff/box-writer.ts';
import { writeDinf } from '../../media/isobmff/dinf.ts';
import { writeEsds } from '../../media/isobmff/esds.ts';
import { writeFtyp } from '../../media/isobmff/ftyp.ts';
import { writeHdlr } from '../../media/isobmff/hdlr.ts';
import { writeMdhd } from '../../media/isobmff/mdhd.ts';
import { writeMvhd } from '../../media/isobmff/mvhd.ts';
import { writeSmhd } from '../../media/isobmff/smhd.ts';
import { writeChunkOffsets } from '../../media/isobmff/stco.ts';
import { writeStsc } from '../../media/isobmff/stsc.ts';
import { writeStsz } from '../../media/isobmff/stsz.ts';
import { writeStts } from '../../media/isobmff/stts.ts';
import { writeTkhd } from '../../media/isobmff/tkhd.ts';
import { emptyTrex, writeTrex } from '../../media/isobmff/trex.ts';
import { writeVmhd } from '../../media/isobmff/vmhd.ts';
import type { CaptureStart } from '../../shared/api/browser-source.ts';
import { AppError } from '../../shared/app-error.ts';

type Video = CaptureStart['video'];
type Audio = CaptureStart['audio'];

/** Ticks per second of both tracks: the times of a page are fractions of milliseconds. */
export const STREAM_TIMESCALE = 1_000_000;

const VIDEO_TRACK = 1;
const AUDIO_TRACK = 2;
const MOVIE_TIMESCALE = 1000;
const NONE = new Uint32Array();
const MPEG4_AUDIO = 0x40;
const OPUS_RATE = 48_000;

/**
 * `ftyp` and `moov` of what a page sends, for the decoder: fragmented MP4 with one picture and one sound. Beside what CMAF knows it has VP8 and
 * Opus, which browsers encode and nobody else here needs. Throws `browser/bad-stream`.
 */
export function writeStreamHeader(video: Video, audio: Audio): Uint8Array {
  const writer = new BoxWriter(2048);
  writeFtyp(writer, { majorBrand: 'iso6', minorVersion: 0, compatibleBrands: ['iso6', 'mp41'] });
  writer.box('moov', () => {
    writeMvhd(writer, { timescale: MOVIE_TIMESCALE, duration: 0n, nextTrackId: 1 + AUDIO_TRACK });
    writeTrack(writer, VIDEO_TRACK, video, () => writeVisualEntry(writer, video));
    writeTrack(writer, AUDIO_TRACK, undefined, () => writeSoundEntry(writer, audio));
    writer.box('mvex', () => {
      writeTrex(writer, emptyTrex(VIDEO_TRACK));
      writeTrex(writer, emptyTrex(AUDIO_TRACK));
    });
  });
  return writer.finish();
}

function writeTrack(writer: BoxWriter, trackId: number, video: Video | undefined, entry: () => void): void {
  const { width, height } = video ?? { width: 0, height: 0 };
  writer.box('trak', () => {
    const volume = video === undefined ? 1 : 0;
    writeTkhd(writer, { trackId, duration: 0n, alternateGroup: 0, volume, width, height });
    writer.box('mdia', () => {
      writeMdhd(writer, { timescale: STREAM_TIMESCALE, duration: 0n, language: 'und' });
      writeHdlr(
        writer,
        video === undefined ? { type: 'soun', name: 'SoundHandler' } : { type: 'vide', name: 'VideoHandler' },
      );
      writer.box('minf', () => {
        if (video === undefined) {
          writeSmhd(writer);
        } else {
          writeVmhd(writer);
        }
        writeDinf(writer);
        writer.box('stbl', () => {
          writer.fullBox('stsd', 0, 0, () => {
            writer.u32(1);
            entry();
          });
          writeStts(writer, { counts: NONE, durations: NONE });
          writeStsc(writer, { firstChunks: NONE, samplesPerChunk: NONE });
          writeStsz(writer, { kind: 'uniform', size: 0, count: 0 });
          writeChunkOffsets(writer, new Float64Array(), false);
        });
      });
    });
  });
}

/** Visual Sample Entry, ISO/IEC 14496-12 §12.1.3. */
function writeVisualEntry(writer: BoxWriter, { codec, width, height, config }: Video): void {
  const isAvc = codec !== 'vp8';
  const record = Buffer.from(config, 'base64');
  if (isAvc) {
    checkAvc(record);
  }
  writer.box(isAvc ? 'avc1' : 'vp08', () => {
    writer.zeros(6);
    writer.u16(1); // data_reference_index
    writer.zeros(16);
    writer.u16(width);
    writer.u16(height);
    writer.fixed16_16(72);
    writer.fixed16_16(72);
    writer.zeros(4);
    writer.u16(1); // frame_count
    writer.zeros(32); // compressorname
    writer.u16(0x18); // depth
    writer.i16(-1);
    if (isAvc) {
      writer.box('avcC', () => writer.bytes(record));
    } else {
      writeVpcC(writer);
    }
  });
}

/** VP Codec ISO Media File Format Binding 1.0, §2.2: 8 bits, 4:2:0, colours not said. */
function writeVpcC(writer: BoxWriter): void {
  writer.fullBox('vpcC', 1, 0, () => {
    writer.u8(0); // profile
    writer.u8(0); // level: not said
    writer.u8((8 << 4) | (1 << 1));
    writer.u8(2);
    writer.u8(2);
    writer.u8(2);
    writer.u16(0); // codecInitializationDataSize
  });
}

/** Audio Sample Entry, ISO/IEC 14496-12 §12.2.3. */
function writeSoundEntry(writer: BoxWriter, { codec, channels, sampleRate, config }: Audio): void {
  const record = Buffer.from(config, 'base64');
  const isOpus = codec === 'opus';
  if (!isOpus) {
    checkAac(record);
  }
  writer.box(isOpus ? 'Opus' : 'mp4a', () => {
    writer.zeros(6);
    writer.u16(1); // data_reference_index
    writer.zeros(8);
    writer.u16(channels);
    writer.u16(16); // samplesize
    writer.zeros(4);
    writer.fixed16_16(isOpus || sampleRate > 0xffff ? OPUS_RATE : sampleRate);
    if (isOpus) {
      writeDops(writer, channels, sampleRate);
    } else {
      writeEsds(writer, {
        objectTypeIndication: MPEG4_AUDIO,
        bufferSize: 0,
        maxBitrate: 0,
        averageBitrate: 0,
        decoderConfig: record,
      });
    }
  });
}

/** Encapsulation of Opus in ISO Base Media File Format 0.6.8, §4.3.2: one stream, mono or stereo. Nothing is skipped: what is live has no beginning. */
function writeDops(writer: BoxWriter, channels: number, sampleRate: number): void {
  writer.box('dOps', () => {
    writer.u8(0);
    writer.u8(channels);
    writer.u16(0); // PreSkip
    writer.u32(sampleRate);
    writer.i16(0); // OutputGain
    writer.u8(0); // ChannelMappingFamily
  });
}

function checkAvc(record: Uint8Array): void {
  try {
    const { lengthSize, sps, pps } = parseAvcDecoderConfig(record);
    if (lengthSize !== 4 || sps.length === 0 || pps.length === 0) {
      throw new RangeError('it lacks parameter sets, or has lengths that are not of four bytes');
    }
  } catch (error) {
    throw badStream('video.config', 'an AVC decoder configuration with parameter sets', error);
  }
}

function checkAac(record: Uint8Array): void {
  try {
    parseAacConfig(record);
  } catch (error) {
    throw badStream('audio.config', 'an AAC configuration', error);
  }
}

function badStream(field: string, expected: string, cause: unknown): AppError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new AppError('browser/bad-stream', `${field} is not ${expected}: ${why}. Nothing was changed.`, {
    details: { field },
    cause,
  });
}
