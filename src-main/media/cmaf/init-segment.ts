import type { BoxReader } from '../isobmff/box-reader.ts';
import { readBoxes } from '../isobmff/box-reader.ts';
import { BoxWriter } from '../isobmff/box-writer.ts';
import type { Edit } from '../isobmff/elst.ts';
import { writeFtyp } from '../isobmff/ftyp.ts';
import { parseMvhd, writeMvhd } from '../isobmff/mvhd.ts';
import { writeChunkOffsets } from '../isobmff/stco.ts';
import { writeStsc } from '../isobmff/stsc.ts';
import { parseStsdFormat } from '../isobmff/stsd.ts';
import { writeStsz } from '../isobmff/stsz.ts';
import { writeStts } from '../isobmff/stts.ts';
import { emptyTrex, parseTrex, type TrackExtends, writeTrex } from '../isobmff/trex.ts';
import { rescale, type Ticks, ticks } from '../time.ts';
import { sequenceParametersOf } from './sample-entry.ts';
import { parseTrak, writeTrak } from './trak.ts';
import type { AudioTrackDescription, TrackDescription, VideoTrackDescription } from './types.ts';

const TRACK_ID = 1;
/** A ladder with sound in several languages has a dozen. */
const MAX_TRACKS = 64;
const NO_NUMBERS = new Uint32Array();

/** One track of a fragmented file, as its header describes it. */
export type ParsedTrack = {
  readonly trackId: number;
  readonly description: TrackDescription;
  /** What its fragments mean where they say nothing themselves. */
  readonly trex: TrackExtends;
  /**
   * What the edit list adds to every composition time to give the time of presentation, in ticks of the track; 0 without one. Negative where
   * it hides a start: the B-frame delay, or the priming of an audio encoder. The samples are not shifted by it.
   */
  readonly presentationShift: Ticks;
};

/** The header of a fragmented file. */
export type ParsedHeader = {
  readonly tracks: readonly ParsedTrack[];
  /** Tracks that are neither picture nor sound. */
  readonly otherTracks: readonly OtherTrack[];
};

/** A track that is not shown or heard itself: events, captions, time codes. */
export type OtherTrack = {
  readonly trackId: number;
  /** Ticks per second, at least 1. */
  readonly timescale: number;
  /** `meta`, `text`, `tmcd`, … */
  readonly handler: string;
  /** Sample entry type of a `meta` track, for example `scte`. */
  readonly format: string | undefined;
  readonly trex: TrackExtends;
};

/**
 * A CMAF header, ISO/IEC 23000-19 §7.3.2.1: `ftyp` and `moov` with one track of id 1 and no samples. The same description gives the same
 * bytes.
 */
export function writeInitSegment(track: TrackDescription): Uint8Array {
  const writer = new BoxWriter(1024 + track.decoderConfig.length);
  const compatibleBrands = ['cmfc', 'iso6', ...mediaProfileBrands(track)];
  writeFtyp(writer, { majorBrand: 'cmfc', minorVersion: 0, compatibleBrands });
  writer.box('moov', () => {
    writeMvhd(writer, { timescale: track.timescale, duration: 0n, nextTrackId: TRACK_ID + 1 });
    const box = { trackId: TRACK_ID, description: track, movieDuration: 0n, mediaDuration: 0n, edits: [] };
    writeTrak(writer, box, () => {
      writeStts(writer, { counts: NO_NUMBERS, durations: NO_NUMBERS });
      writeStsc(writer, { firstChunks: NO_NUMBERS, samplesPerChunk: NO_NUMBERS });
      writeStsz(writer, { kind: 'uniform', size: 0, count: 0 });
      writeChunkOffsets(writer, new Float64Array(), false);
    });
    writer.box('mvex', () => writeTrex(writer, emptyTrex(TRACK_ID)));
  });
  return writer.finish();
}

/**
 * Reads the header of a fragmented file with one or more tracks, pictures and sound. `bitrate` is 0 where the file does not say.
 *
 * Throws `media/malformed`, and `media/unsupported` for a codec that is not known, a file that is not fragmented, or one without any picture
 * or sound.
 */
export function parseInitSegment(bytes: Uint8Array): readonly ParsedTrack[] {
  return parseMoov(readBoxes(bytes).require('moov')).tracks;
}

/** Reads the `moov` box of a fragmented file with picture or sound. */
export function parseMoov(moov: BoxReader): ParsedHeader {
  const header = parseAnyMoov(moov);
  if (header.tracks.length === 0) {
    throw moov.unsupported('has neither picture nor sound');
  }
  return header;
}

/** Reads the `moov` box of a fragmented file, also of one with events only. */
export function parseAnyMoov(moov: BoxReader): ParsedHeader {
  const { timescale } = parseMvhd(moov.require('mvhd'));
  const mvex = moov.find('mvex');
  if (mvex === undefined) {
    throw moov.unsupported('has no mvex: the file is not fragmented');
  }
  const defaults = parseMvex(mvex);
  const tracks = new Map<number, ParsedTrack>();
  const otherTracks = new Map<number, OtherTrack>();
  for (const box of moov.children()) {
    if (box.type !== 'trak') {
      continue;
    }
    if (tracks.size + otherTracks.size === MAX_TRACKS) {
      throw moov.unsupported(`has more than ${MAX_TRACKS} tracks`);
    }
    const { header, media, handler, description, edits, stbl } = parseTrak(box);
    const { trackId } = header;
    if (tracks.has(trackId) || otherTracks.has(trackId)) {
      throw box.malformed(`has the id ${trackId} of another track`);
    }
    // Encoders exist that leave it out because their fragments need none.
    const trex = defaults.get(trackId) ?? emptyTrex(trackId);
    if (description === undefined) {
      const stsd = handler === 'meta' ? stbl.find('stsd') : undefined;
      const format = stsd === undefined ? undefined : parseStsdFormat(stsd);
      otherTracks.set(trackId, { trackId, timescale: media.timescale, handler, format, trex });
      continue;
    }
    const presentationShift = shiftOf(edits, timescale, description.timescale);
    tracks.set(trackId, { trackId, description, trex, presentationShift });
  }
  return { tracks: [...tracks.values()], otherTracks: [...otherTracks.values()] };
}

function parseMvex(mvex: BoxReader): ReadonlyMap<number, TrackExtends> {
  const defaults = new Map<number, TrackExtends>();
  for (const box of mvex.children()) {
    if (box.type === 'trex' && defaults.size < MAX_TRACKS) {
      const trex = parseTrex(box);
      defaults.set(trex.trackId, trex);
    }
  }
  return defaults;
}

/** Empty edits come first and delay; the media edit behind them says where in the media its beginning is. */
function shiftOf(edits: readonly Edit[], movieTimescale: number, mediaTimescale: number): Ticks {
  let delay = 0n;
  for (const edit of edits) {
    if (edit.kind === 'media') {
      return ticks(rescale(ticks(delay), movieTimescale, mediaTimescale) - edit.mediaTime);
    }
    delay += edit.duration;
  }
  return ticks(0n);
}

/** The CMAF media profiles a track keeps, ISO/IEC 23000-19 annex A.1 and §10. */
function mediaProfileBrands(track: TrackDescription): readonly string[] {
  return track.kind === 'video' ? videoProfileBrands(track) : audioProfileBrands(track);
}

/** SD, HD and HDHF are limited by size, frame rate and level; players pick by the narrowest. */
function videoProfileBrands(track: VideoTrackDescription): readonly string[] {
  const parameters = sequenceParametersOf(track);
  if (parameters === undefined || parameters.profile > 100 || parameters.chromaFormat !== 1) {
    return [];
  }
  const { level, frameRate, width, height } = parameters;
  const framesPerSecond = frameRate === undefined ? 0 : frameRate.numerator / frameRate.denominator;
  if (framesPerSecond > 60) {
    return [];
  }
  if (level <= 31 && width <= 864 && height <= 576) {
    return ['cfsd'];
  }
  if (width <= 1920 && height <= 1080 && level <= 42) {
    return [level <= 40 ? 'cfhd' : 'chdf'];
  }
  return [];
}

/** AAC core: up to two channels at up to 48 kHz. */
function audioProfileBrands(track: AudioTrackDescription): readonly string[] {
  return track.fourCc === 'mp4a' && track.channels <= 2 && track.sampleRate <= 48_000 ? ['caac'] : [];
}
