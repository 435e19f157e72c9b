import type { BoxReader } from '../isobmff/box-reader.ts';
import type { BoxWriter } from '../isobmff/box-writer.ts';
import { checkDinf, writeDinf } from '../isobmff/dinf.ts';
import { parseElng, writeElng } from '../isobmff/elng.ts';
import { type Edit, parseEdts, writeEdts } from '../isobmff/elst.ts';
import { parseHdlr, writeHdlr } from '../isobmff/hdlr.ts';
import { fromIso6392, isLanguageTag, toIso6392 } from '../isobmff/language.ts';
import { type MediaHeader, parseMdhd, writeMdhd } from '../isobmff/mdhd.ts';
import { writeSmhd } from '../isobmff/smhd.ts';
import { parseStsd, writeStsd } from '../isobmff/stsd.ts';
import { parseTkhd, type TrackHeader, writeTkhd } from '../isobmff/tkhd.ts';
import { writeVmhd } from '../isobmff/vmhd.ts';
import { describeSampleEntry, sampleEntryOf, sequenceParametersOf } from './sample-entry.ts';
import type { TrackDescription, VideoTrackDescription } from './types.ts';

/** What a `trak` box says around its sample tables. */
export type TrackBox = {
  readonly trackId: number;
  readonly description: TrackDescription;
  /** In movie ticks; 0 in a fragmented file. */
  readonly movieDuration: bigint;
  /** In media ticks; 0 in a fragmented file. */
  readonly mediaDuration: bigint;
  /** None means: the media from its beginning. */
  readonly edits: readonly Edit[];
  /** The name of a track that is not played unless somebody chooses it, in place of others of its kind. */
  readonly aside?: string | undefined;
};

/** A parsed `trak`. */
export type ParsedTrak = {
  readonly header: TrackHeader;
  readonly media: MediaHeader;
  /** `vide`, `soun`, `meta`, … */
  readonly handler: string;
  /** Undefined for what is neither picture nor sound. */
  readonly description: TrackDescription | undefined;
  readonly edits: readonly Edit[];
  /** The sample table, positioned at its first box. */
  readonly stbl: BoxReader;
};

/** Track, ISO/IEC 14496-12 §8.3.1. `tables` writes the sample tables that follow the sample description. */
export function writeTrak(writer: BoxWriter, track: TrackBox, tables: () => void): void {
  const { trackId, description, movieDuration, mediaDuration, edits, aside } = track;
  const { kind, language, timescale } = description;
  const { width, height } = kind === 'video' ? displaySize(description) : { width: 0, height: 0 };
  const volume = kind === 'audio' ? 1 : 0;
  writer.box('trak', () => {
    const header = { trackId, duration: movieDuration, alternateGroup: 0, volume, width, height } as const;
    writeTkhd(writer, header, aside === undefined);
    if (edits.length > 0) {
      writeEdts(writer, edits);
    }
    writer.box('mdia', () => {
      const code = toIso6392(language);
      writeMdhd(writer, { timescale, duration: mediaDuration, language: code });
      if (fromIso6392(code) !== language) {
        writeElng(writer, language);
      }
      writeHdlr(
        writer,
        kind === 'video'
          ? { type: 'vide', name: aside ?? 'VideoHandler' }
          : { type: 'soun', name: aside ?? 'SoundHandler' },
      );
      writer.box('minf', () => {
        if (kind === 'video') {
          writeVmhd(writer);
        } else {
          writeSmhd(writer);
        }
        writeDinf(writer);
        writer.box('stbl', () => {
          writeStsd(writer, sampleEntryOf(description));
          tables();
        });
      });
    });
  });
}

export function parseTrak(trak: BoxReader): ParsedTrak {
  const header = parseTkhd(trak.require('tkhd'));
  const edts = trak.find('edts');
  const edits = edts === undefined ? [] : parseEdts(edts);
  const mdia = trak.require('mdia');
  const media = parseMdhd(mdia.require('mdhd'));
  const handler = parseHdlr(mdia.require('hdlr')).type;
  const minf = mdia.require('minf');
  const stbl = minf.require('stbl');
  if (handler !== 'vide' && handler !== 'soun') {
    return { header, media, handler, description: undefined, edits, stbl };
  }
  const dinf = minf.find('dinf');
  if (dinf !== undefined) {
    checkDinf(dinf);
  }
  const elng = mdia.find('elng');
  const tag = elng === undefined ? '' : parseElng(elng);
  const language = isLanguageTag(tag) ? tag : fromIso6392(media.language);
  const stsd = stbl.require('stsd');
  const description = describeSampleEntry(parseStsd(stsd), { timescale: media.timescale, language });
  if ((description.kind === 'video') !== (handler === 'vide')) {
    throw stsd.malformed(`describes ${description.kind} under the handler ${handler}`);
  }
  return { header, media, handler, description, edits, stbl };
}

/** The size on a screen with square pixels: the width is stretched, the lines stay. */
function displaySize(track: VideoTrackDescription): { readonly width: number; readonly height: number } {
  const shape = sequenceParametersOf(track)?.pixelAspectRatio;
  const stretched = shape === undefined ? track.width : (track.width * shape.horizontal) / shape.vertical;
  // A field of 16.16; only an absurd pixel shape gets near its end.
  return { width: Math.min(stretched, 0xffff), height: track.height };
}
