import { AppError } from './app-error.ts';

/**
 * What a page that captures sends: one piece after the other, each a header of 12 bytes and coded pictures and sounds, all big-endian.
 *
 *      0  u32  "LCP1"
 *      4  u32  number of the piece in its stream, from 0 on; after the last it begins again
 *      8  u32  how often the page has left pictures out so far
 *
 *      0  u8   kind: 1 picture, 2 sound
 *      1  u8   1 when a decoder can start here
 *      2  u16  reserved, 0
 *      4  u32  length of what follows the header of the sample
 *      8  f64  when it was captured: ms of a steady clock of the page, the same for picture and sound
 *     16      H.264 with lengths of four bytes (ISO/IEC 14496-15 §5.3), VP8, AAC or Opus: as the encoder gave it
 */
const PIECE_HEADER_BYTES = 12;
const PIECE_SAMPLE_BYTES = 16;
/** A key frame of 4K text in the best quality has two megabytes. */
const MOST_SAMPLE_BYTES = 4 * 1024 * 1024;
export const MOST_PIECE_BYTES = 8 * 1024 * 1024;

const MAGIC = 0x4c435031;
const KINDS = { video: 1, audio: 2 } as const;
/** UTC for some thousand years to come. */
const MOST_TIME_MS = 1e14;
const PIECE_NUMBERS = 2 ** 32;

export type PieceSample = {
  readonly kind: 'video' | 'audio';
  readonly isKey: boolean;
  readonly atMs: number;
  readonly data: Uint8Array;
};

export type Piece = {
  readonly number: number;
  readonly dropped: number;
  readonly samples: readonly PieceSample[];
};

export function writePiece({ number, dropped, samples }: Piece): Uint8Array<ArrayBuffer> {
  const length = samples.reduce((sum, { data }) => sum + PIECE_SAMPLE_BYTES + data.byteLength, PIECE_HEADER_BYTES);
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC);
  view.setUint32(4, number);
  view.setUint32(8, dropped);
  let at = PIECE_HEADER_BYTES;
  for (const { kind, isKey, atMs, data } of samples) {
    view.setUint8(at, KINDS[kind]);
    view.setUint8(at + 1, isKey ? 1 : 0);
    view.setUint32(at + 4, data.byteLength);
    view.setFloat64(at + 8, atMs);
    bytes.set(data, at + PIECE_SAMPLE_BYTES);
    at += PIECE_SAMPLE_BYTES + data.byteLength;
  }
  return bytes;
}

/** The samples are views of what was given. Throws `browser/bad-piece`. */
export function readPiece(bytes: Uint8Array): Piece {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.byteLength < PIECE_HEADER_BYTES || view.getUint32(0) !== MAGIC) {
    throw bad('does not begin as one');
  }
  const samples: PieceSample[] = [];
  for (let at = PIECE_HEADER_BYTES; at < bytes.byteLength; ) {
    if (bytes.byteLength - at < PIECE_SAMPLE_BYTES) {
      throw bad('ends in the middle of a header');
    }
    const code = view.getUint8(at);
    const kind = code === KINDS.video ? 'video' : code === KINDS.audio ? 'audio' : undefined;
    const length = view.getUint32(at + 4);
    const atMs = view.getFloat64(at + 8);
    if (kind === undefined) {
      throw bad(`has a sample of kind ${code}, which is neither picture nor sound`);
    }
    if (length === 0 || length > MOST_SAMPLE_BYTES) {
      throw bad(`has a sample of ${length} bytes; there are 1 to ${MOST_SAMPLE_BYTES}`);
    }
    if (!(atMs >= 0 && atMs <= MOST_TIME_MS)) {
      throw bad('has a sample without a time that can be');
    }
    const from = at + PIECE_SAMPLE_BYTES;
    if (from + length > bytes.byteLength) {
      throw bad('ends in the middle of a sample');
    }
    samples.push({
      kind,
      isKey: view.getUint8(at + 1) === 1,
      atMs,
      data: bytes.subarray(from, from + length),
    });
    at = from + length;
  }
  return { number: view.getUint32(4), dropped: view.getUint32(8), samples };
}

/** The piece after that one. */
export function nextPiece(number: number): number {
  return (number + 1) % PIECE_NUMBERS;
}

function bad(problem: string): AppError {
  return new AppError('browser/bad-piece', `What came is no piece of a capture: it ${problem}. It was left out.`);
}
