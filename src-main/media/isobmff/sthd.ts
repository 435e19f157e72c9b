import type { BoxWriter } from './box-writer.ts';

/** Subtitle Media Header, ISO/IEC 14496-12 §12.6.2: it has no fields. */
export function writeSthd(writer: BoxWriter): void {
  writer.fullBox('sthd', 0, 0, () => undefined);
}
