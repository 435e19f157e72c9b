import type { BoxWriter } from './box-writer.ts';

/** Sound Media Header, ISO/IEC 14496-12 §12.2.2: balance in the centre. Its fields are constant and nobody reads them. */
export function writeSmhd(writer: BoxWriter): void {
  writer.fullBox('smhd', 0, 0, (body) => body.zeros(4));
}
