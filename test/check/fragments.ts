import { type BoxReader, readBoxes } from '../../src-main/media/isobmff/box-reader.ts';
import { type EventMessage, parseEmsg } from '../../src-main/media/isobmff/emsg.ts';
import { parseHdlr } from '../../src-main/media/isobmff/hdlr.ts';
import { parseMdhd } from '../../src-main/media/isobmff/mdhd.ts';
import { type MovieFragment, parseMoof, type TrackFragment } from '../../src-main/media/isobmff/moof.ts';
import { isSyncSample } from '../../src-main/media/isobmff/sample-flags.ts';
import { parseStsdFormat } from '../../src-main/media/isobmff/stsd.ts';
import { parseTkhd } from '../../src-main/media/isobmff/tkhd.ts';
import { emptyTrex, parseTrex, type TrackExtends } from '../../src-main/media/isobmff/trex.ts';
import { type Ticks, ticks } from '../../src-main/media/time.ts';
import { wordsOf } from './client.ts';
import type { Ledger, Rule } from './ledger.ts';

/** What the rules need of fragmented MP4, of any codec and whether it is encrypted or not: times, key frames, messages. */

export type HeaderTrack = {
  readonly trackId: number;
  readonly timescale: number;
  /** `vide`, `soun`, … */
  readonly handler: string;
  /** Sample entry type: `avc1`, `mp4a`, `encv`, … */
  readonly format: string | undefined;
  readonly trex: TrackExtends;
};

export type TrackPiece = {
  readonly track: HeaderTrack;
  /** Undefined where `tfdt` is missing. */
  readonly decodeTime: Ticks | undefined;
  readonly duration: bigint;
  /** The lowest composition time less the decode time of the first sample. */
  readonly presentationOffset: number;
  /** Of one sample, the longest. */
  readonly longestSample: number;
  readonly samples: number;
  /** Its first sample is marked as one where decoders can begin. */
  readonly beginsWithSync: boolean;
  /** What the pictures themselves say of the first sample; undefined when they cannot be read. */
  readonly beginsWithKeyFrame: boolean | undefined;
};

export type MediaPiece = {
  /** In their order; one for each `traf`. */
  readonly tracks: readonly TrackPiece[];
  readonly fragments: number;
  readonly messages: readonly { readonly message: EventMessage; readonly isBeforeMedia: boolean }[];
  /** There is media in it. */
  readonly isFragmented: boolean;
};

const MAX_SAMPLES = 20_000;
const AVC: ReadonlySet<string> = new Set(['avc1', 'avc3']);
const HEVC: ReadonlySet<string> = new Set(['hvc1', 'hev1', 'dvh1', 'dvhe']);

/** The tracks of an initialization segment. Throws `media/malformed`, also when there is no `moov` or no `mvex` in it. */
export function readHeader(bytes: Uint8Array): readonly HeaderTrack[] {
  const moov = readBoxes(bytes).require('moov');
  const defaults = new Map<number, TrackExtends>();
  const found: Omit<HeaderTrack, 'trex'>[] = [];
  for (const box of moov.children()) {
    if (box.type === 'trak') {
      const { trackId } = parseTkhd(box.require('tkhd'));
      const mdia = box.require('mdia');
      const { timescale } = parseMdhd(mdia.require('mdhd'));
      const { type: handler } = parseHdlr(mdia.require('hdlr'));
      const format = parseStsdFormat(mdia.require('minf').require('stbl').require('stsd'));
      found.push({ trackId, timescale, handler, format });
    } else if (box.type === 'mvex') {
      for (const child of box.children()) {
        if (child.type === 'trex') {
          const trex = parseTrex(child);
          defaults.set(trex.trackId, trex);
        }
      }
    }
  }
  return found.map((track) => ({ ...track, trex: defaults.get(track.trackId) ?? emptyTrex(track.trackId) }));
}

/** Reads a segment or a part of one. Throws `media/malformed` for anything but whole boxes, and for tracks that the header does not have. */
function readPiece(bytes: Uint8Array, header: readonly HeaderTrack[]): MediaPiece {
  const tracks: TrackPiece[] = [];
  const messages: { message: EventMessage; isBeforeMedia: boolean }[] = [];
  let fragments = 0;
  let hasMedia = false;
  let moof: MovieFragment | undefined;
  for (const box of readBoxes(bytes).children()) {
    switch (box.type) {
      case 'emsg':
        messages.push({ message: parseEmsg(box), isBeforeMedia: moof === undefined });
        break;
      case 'moof':
        moof = parseMoof(box, MAX_SAMPLES);
        fragments += 1;
        break;
      case 'mdat':
        hasMedia = true;
        for (const fragment of moof?.tracks ?? []) {
          tracks.push(readTrack(box, bytes, moof, fragment, header));
        }
        moof = undefined;
        break;
      default:
        break;
    }
  }
  return { tracks, fragments, messages, isFragmented: hasMedia && fragments > 0 };
}

/**
 * The same for the rules: undefined where the bytes are not what they have to be, which is a broken rule.
 */
export function readChecked(
  ledger: Ledger,
  rules: { readonly fragmented: Rule; readonly decodeTime: Rule },
  what: string,
  bytes: Uint8Array,
  header: readonly HeaderTrack[],
): MediaPiece | undefined {
  try {
    const piece = readPiece(bytes, header);
    ledger.check(rules.fragmented, piece.isFragmented, `${what} has no moof with an mdat`);
    const hasTimes = piece.tracks.every(({ decodeTime }) => decodeTime !== undefined);
    ledger.check(rules.decodeTime, hasTimes, `${what} has a traf without tfdt`);
    return piece.isFragmented ? piece : undefined;
  } catch (error) {
    ledger.check(rules.fragmented, false, `${what}: ${wordsOf(error)}`);
    return undefined;
  }
}

function readTrack(
  mdat: BoxReader,
  bytes: Uint8Array,
  moof: MovieFragment | undefined,
  fragment: TrackFragment,
  header: readonly HeaderTrack[],
): TrackPiece {
  const { trackId, defaultDuration, defaultFlags, defaultSize } = fragment.header;
  const track = header.find((one) => one.trackId === trackId);
  if (track === undefined) {
    throw mdat.malformed(`belongs to track ${trackId}, which the initialization segment does not have`);
  }
  let duration = 0n;
  let samples = 0;
  let presentationOffset = Number.POSITIVE_INFINITY;
  let longestSample = 0;
  for (const run of fragment.runs) {
    for (let index = 0; index < run.sampleCount; index += 1) {
      const own = run.durations?.[index] ?? defaultDuration ?? track.trex.sampleDuration;
      presentationOffset = Math.min(presentationOffset, Number(duration) + (run.compositionOffsets?.[index] ?? 0));
      longestSample = Math.max(longestSample, own);
      duration += BigInt(own);
      samples += 1;
    }
  }
  const first = fragment.runs.find(({ sampleCount }) => sampleCount > 0);
  const flags = first?.firstSampleFlags ?? first?.flags?.[0] ?? defaultFlags ?? track.trex.sampleFlags;
  const size = first?.sizes?.[0] ?? defaultSize ?? track.trex.sampleSize;
  const start = (moof?.offset ?? 0) + (first?.dataOffset ?? 0);
  const sample = first?.dataOffset === undefined ? undefined : bytes.subarray(start, start + size);
  return {
    track,
    decodeTime: fragment.decodeTime,
    duration,
    presentationOffset: Number.isFinite(presentationOffset) ? presentationOffset : 0,
    longestSample,
    samples,
    beginsWithSync: samples > 0 && (track.handler !== 'vide' || isSyncSample(flags)),
    beginsWithKeyFrame: sample === undefined ? undefined : isKeyFrame(sample, track.format ?? ''),
  };
}

/** By the types of its NAL units, whose lengths have four bytes nearly always; undefined for what is not read here. */
function isKeyFrame(sample: Uint8Array, format: string): boolean | undefined {
  if (!AVC.has(format) && !HEVC.has(format)) {
    return undefined;
  }
  const view = new DataView(sample.buffer, sample.byteOffset, sample.byteLength);
  let isKey = false;
  for (let at = 0; at < sample.length; ) {
    const length = at + 5 <= sample.length ? view.getUint32(at) : Number.POSITIVE_INFINITY;
    if (at + 4 + length > sample.length || length === 0) {
      return undefined;
    }
    const [first = 0] = sample.subarray(at + 4);
    const type = AVC.has(format) ? first & 0x1f : (first >> 1) & 0x3f;
    // An IDR picture; in HEVC any of the pictures that a decoder can begin with (BLA, IDR, CRA).
    isKey ||= AVC.has(format) ? type === 5 : type >= 16 && type <= 21;
    at += 4 + length;
  }
  return isKey;
}

/** Seconds from the lowest presentation time of a piece; undefined without `tfdt`. */
export function presentationSeconds({ decodeTime, presentationOffset, track }: TrackPiece): number | undefined {
  return decodeTime === undefined ? undefined : Number(decodeTime + BigInt(presentationOffset)) / track.timescale;
}

/** Where the piece of a track ends that begins with the first and goes on with the others. */
export function endOf({ decodeTime, duration }: TrackPiece): Ticks | undefined {
  return decodeTime === undefined ? undefined : ticks(decodeTime + duration);
}
