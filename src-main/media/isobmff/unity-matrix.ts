import type { BoxWriter } from './box-writer.ts';

/** The transformation that changes nothing, ISO/IEC 14496-12 §6.2.2: 1, 0, 0, 0, 1, 0, 0, 0, 1 with the last column as 2.30. */
const UNITY = [0x1_0000, 0, 0, 0, 0x1_0000, 0, 0, 0, 0x4000_0000] as const;

export const MATRIX_BYTES = UNITY.length * 4;

export function writeUnityMatrix(writer: BoxWriter): void {
  for (const entry of UNITY) {
    writer.u32(entry);
  }
}
