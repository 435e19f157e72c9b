import type { BoxReader } from './box-reader.ts';
import type { BoxWriter } from './box-writer.ts';

/** The media is in this very file, so no location follows. */
const SELF_CONTAINED = 1;

/** Data Information with one Data Reference, ISO/IEC 14496-12 §8.7.1 and §8.7.2. */
export function writeDinf(writer: BoxWriter): void {
  writer.box('dinf', () => {
    writer.fullBox('dref', 0, 0, () => {
      writer.u32(1);
      writer.fullBox('url ', 0, SELF_CONTAINED, () => undefined);
    });
  });
}

/** Refuses media kept in another file: whatever a stream names must never be opened. */
export function checkDinf(box: BoxReader): void {
  const dref = box.require('dref');
  dref.fullBox(1);
  dref.entryCount(12);
  for (const entry of dref.children()) {
    const { flags } = entry.fullBox(1);
    if ((flags & SELF_CONTAINED) === 0) {
      throw entry.unsupported('keeps the media in another file');
    }
  }
}
