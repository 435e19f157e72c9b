import { constants, crc32, deflateRawSync } from 'node:zlib';
import { appendCrc, shiftFactor } from './crc32.ts';

/**
 * Manifests are put together from pieces, so that what an update costs does not depend on how long the window is: a piece of text is encoded
 * and compressed once and then stands in every version that has it.
 */
export type Piece = {
  readonly bytes: Buffer;
  /** Made when it is first asked for, as is what follows. */
  checksum(): Checksum;
  /** Whole blocks of raw deflate (RFC 1951) that need nothing before them. */
  deflated(): Buffer;
};

/** CRC-32, and the factor for putting it behind another. */
type Checksum = { readonly crc: number; readonly factor: number };

/** A piece is at most some tens of kilobytes, so a small window costs no compression and saves setting up a large one. */
const WINDOW_BITS = 13;
const MEMORY_LEVEL = 6;

export function createPiece(content: string | Uint8Array): Piece {
  const bytes = typeof content === 'string' ? Buffer.from(content, 'utf8') : Buffer.from(content);
  let checksum: Checksum | undefined;
  let deflated: Buffer | undefined;
  return {
    bytes,
    checksum() {
      checksum ??= { crc: crc32(bytes), factor: shiftFactor(bytes.length) };
      return checksum;
    },
    deflated() {
      // Ends on a byte boundary with an empty stored block instead of the mark of the last block, so another piece can follow.
      deflated ??= deflateRawSync(bytes, {
        finishFlush: constants.Z_FULL_FLUSH,
        windowBits: WINDOW_BITS,
        memLevel: MEMORY_LEVEL,
      });
      return deflated;
    },
  };
}

export function joinIdentity(pieces: readonly Piece[]): Buffer {
  return Buffer.concat(pieces.map(({ bytes }) => bytes));
}

/** RFC 1952 §2.3: no name, no time, of unknown make. */
const GZIP_HEADER = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]);
/** A last block with nothing in it. */
const LAST_BLOCK = Buffer.from([3, 0]);

/** Of all pieces in a row, without looking at those again whose own checksum is known. */
export function joinChecksum(pieces: readonly Piece[]): { readonly crc: number; readonly size: number } {
  let crc = 0;
  let size = 0;
  for (const piece of pieces) {
    const checksum = piece.checksum();
    crc = appendCrc(crc, checksum.crc, checksum.factor);
    size += piece.bytes.length;
  }
  return { crc, size };
}

/** One gzip member, because browsers read no second one. Compresses only what no version before had. */
export function joinGzip(pieces: readonly Piece[]): Buffer {
  const { crc, size } = joinChecksum(pieces);
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc, 0);
  trailer.writeUInt32LE(size % 2 ** 32, 4);
  return Buffer.concat([GZIP_HEADER, ...pieces.map((piece) => piece.deflated()), LAST_BLOCK, trailer]);
}
