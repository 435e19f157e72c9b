import type { BoxReader } from './box-reader.ts';
import type { BoxWriter } from './box-writer.ts';

/** A chapter of a movie: where it begins, and what it is called. */
export type Chapter = { readonly seconds: number; readonly title: string };

/** Times are in units of 100 ns. */
const TIMESCALE = 10_000_000;
/** The count is one byte, and so is the length of a title. */
const MOST_CHAPTERS = 255;
const MOST_TITLE_BYTES = 255;

/**
 * Chapters as Nero writes them, in `udta`: of no standard, but read by ffmpeg, VLC, mpv and most others, and passed over by the rest. Those behind the
 * 255th are left out.
 */
export function writeChapters(writer: BoxWriter, chapters: readonly Chapter[]): void {
  writer.fullBox('chpl', 1, 0, () => {
    writer.u32(0); // reserved
    writer.u8(Math.min(MOST_CHAPTERS, chapters.length));
    for (const { seconds, title } of chapters.slice(0, MOST_CHAPTERS)) {
      const bytes = titleBytes(title);
      writer.u64(BigInt(Math.round(seconds * TIMESCALE)));
      writer.u8(bytes.length);
      writer.bytes(bytes);
    }
  });
}

/** Reads a `chpl` box. Throws `media/malformed`. */
export function parseChapters(chpl: BoxReader): readonly Chapter[] {
  chpl.fullBox(1);
  chpl.skip(4);
  return Array.from({ length: chpl.u8() }, () => {
    const seconds = Number(chpl.u64()) / TIMESCALE;
    const title = new TextDecoder().decode(chpl.bytes(chpl.u8()));
    return { seconds, title };
  });
}

/** An upper bound of what the box takes. */
export function chaptersBytes(chapters: readonly Chapter[]): number {
  return 32 + chapters.length * (9 + MOST_TITLE_BYTES);
}

/** As much as there is room for, without half a letter. */
function titleBytes(title: string): Uint8Array {
  const encoder = new TextEncoder();
  let room = MOST_TITLE_BYTES;
  const letters = Array.from(title);
  const fitting = letters.findIndex((letter) => (room -= encoder.encode(letter).length) < 0);
  return encoder.encode(fitting < 0 ? title : letters.slice(0, fitting).join(''));
}
