import type { BoxReader } from './box-reader.ts';
import type { BoxWriter } from './box-writer.ts';
import { type Chapter, writeChapters } from './chpl.ts';
import { writeHdlr } from './hdlr.ts';

/** The well-known type of a UTF-8 string, QuickTime File Format, "Well-known types". */
const UTF8 = 1;

/** The title of a movie as iTunes metadata, which every player shows: `udta`, `meta`, `ilst`, `©nam`; and in the same `udta` its chapters. */
export function writeTitle(writer: BoxWriter, title: string, chapters: readonly Chapter[] = []): void {
  writer.box('udta', () => {
    writer.fullBox('meta', 0, 0, () => {
      writeHdlr(writer, { type: 'mdir', name: '' }, 'appl');
      writer.box('ilst', () => {
        writer.box('©nam', () => {
          writer.box('data', () => {
            writer.u32(UTF8);
            writer.u32(0); // locale
            writer.bytes(new TextEncoder().encode(title));
          });
        });
      });
    });
    if (chapters.length > 0) {
      writeChapters(writer, chapters);
    }
  });
}

/** Reads a `udta` box; undefined when it has no title. */
export function parseTitle(udta: BoxReader): string | undefined {
  const meta = udta.find('meta');
  meta?.fullBox(0);
  const data = meta?.find('ilst')?.find('©nam')?.find('data');
  if (data?.u32() !== UTF8) {
    return undefined;
  }
  data.skip(4);
  return data.text();
}
