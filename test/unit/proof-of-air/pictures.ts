import { type Signature, signatureOf } from '../../../src-main/core/proof-of-air/signature.ts';

export const SIZE = { width: 64, height: 36 } as const;

const BLOCK = 8;

/** Blocks of grey, of each step another picture. */
export function luma(step: number): Uint8Array {
  const bytes = new Uint8Array(SIZE.width * SIZE.height);
  for (let y = 0; y < SIZE.height; y += 1) {
    for (let x = 0; x < SIZE.width; x += 1) {
      const block = Math.floor(y / BLOCK) * (SIZE.width / BLOCK) + Math.floor(x / BLOCK);
      bytes[y * SIZE.width + x] = 40 + (scramble(step * 64 + block) % 160);
    }
  }
  return bytes;
}

/** The same number for the same number, and no order in them. */
function scramble(value: number): number {
  const mixed = Math.imul(value ^ (value >>> 15), 0x2c1b3c6d);
  return (Math.imul(mixed ^ (mixed >>> 12), 0x297a2d39) >>> 8) & 0xffff;
}

export function flat(level: number): Uint8Array {
  return new Uint8Array(SIZE.width * SIZE.height).fill(level);
}

export function signature(bytes: Uint8Array): Signature {
  return signatureOf(bytes, SIZE.width, SIZE.height);
}
