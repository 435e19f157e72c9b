import type { BoxWriter } from './box-writer.ts';

/** Video Media Header, ISO/IEC 14496-12 §12.1.2: composition by copying. Its fields are constant and nobody reads them. */
export function writeVmhd(writer: BoxWriter): void {
  writer.fullBox('vmhd', 0, 1, (body) => body.zeros(8));
}
