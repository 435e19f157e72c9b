import { nextChunk, parseChunks, writeChunk } from '../../media/cmaf/chunk.ts';
import { isNalLengthSize } from '../../media/codecs/nal-units.ts';
import { emptyTrex } from '../../media/isobmff/trex.ts';
import { ticks } from '../../media/time.ts';
import type { Track } from '../ports/presentation.ts';

/** Our own chunks leave nothing to their header. */
const DEFAULTS = { trex: emptyTrex(1) };

/** The first picture of a segment, as it stands in it; undefined when it does not begin with one that can be decoded alone. */
export function keyFrameOf(segment: Uint8Array): Uint8Array | undefined {
  const first = nextChunk(segment, 0);
  if (first.kind !== 'chunk' || first.end > segment.length) {
    return undefined;
  }
  const [samples = []] = parseChunks(segment.subarray(first.offset, first.end), DEFAULTS);
  const picture = samples[0];
  return picture?.sync === true ? picture.data : undefined;
}

/**
 * Key frames as one file with a picture a second, which a decoder takes from end to end: what is between them is never read. Their times are of
 * no meaning but their order.
 */
export function writeKeyFrames(track: Track, pictures: readonly Uint8Array[]): Uint8Array {
  const { timescale, init } = track;
  const chunks = pictures.map((data, index) => {
    const decodeTime = ticks(BigInt(index) * BigInt(timescale));
    const sample = {
      decodeTime,
      duration: timescale,
      compositionOffset: 0,
      sync: true,
      data: startingAnew(track, data),
    };
    return writeChunk([sample], { sequenceNumber: index + 1, kind: 'video' }).bytes;
  });
  return Buffer.concat([init, ...chunks]);
}

/** nal_unit_type of ITU-T H.265 table 7-1. */
const CRA = 21;
const BLA_W_LP = 16;
/** Of lengthSizeMinusOne in `hvcC` (ISO/IEC 14496-15 §8.3.3.1). */
const LENGTH_SIZE_AT = 21;

/**
 * H.265 only: a CRA picture goes on counting from the pictures before it, which are not there, so that a decoder would show such pictures in the
 * wrong order. As a BLA picture, which is what the standard has for joined streams (ITU-T H.265 table 7-1), it begins anew; nothing else of it differs.
 */
function startingAnew({ kind, fourCc, decoderConfig }: Track, picture: Uint8Array): Uint8Array {
  if (kind !== 'video' || (fourCc !== 'hvc1' && fourCc !== 'hev1')) {
    return picture;
  }
  const lengthSize = ((decoderConfig[LENGTH_SIZE_AT] ?? 0) & 3) + 1;
  if (!isNalLengthSize(lengthSize)) {
    return picture;
  }
  const changed = Uint8Array.from(picture);
  for (let at = 0; at + lengthSize < changed.length; ) {
    let length = 0;
    for (let index = 0; index < lengthSize; index += 1) {
      length = length * 256 + (changed[at + index] ?? 0);
    }
    const header = changed[at + lengthSize] ?? 0;
    if (((header >> 1) & 0x3f) === CRA) {
      changed[at + lengthSize] = (header & 0x81) | (BLA_W_LP << 1);
    }
    at += lengthSize + length;
  }
  return changed;
}
