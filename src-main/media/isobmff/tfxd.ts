import { type Ticks, ticks } from '../time.ts';
import type { BoxReader } from './box-reader.ts';
import type { BoxWriter } from './box-writer.ts';

/** 6D1D9B05-42D5-44E6-80E2-141DAFF757B2 */
const USER_TYPE = [
  0x6d, 0x1d, 0x9b, 0x05, 0x42, 0xd5, 0x44, 0xe6, 0x80, 0xe2, 0x14, 0x1d, 0xaf, 0xf7, 0x57, 0xb2,
] as const;

/** When a Smooth Streaming fragment begins and how long it is, in ticks of its track, MS-SSTR §2.2.4.4. */
export type FragmentTime = { readonly time: Ticks; readonly duration: Ticks };

/** Always version 1, for the same reason as `tfdt`: 10 MHz overflows 32 bits after seven minutes. */
export function writeTfxd(writer: BoxWriter, { time, duration }: FragmentTime): void {
  writer.box('uuid', (body) => {
    body.bytes(Uint8Array.from(USER_TYPE));
    body.u8(1);
    body.u24(0);
    body.u64(time);
    body.u64(duration);
  });
}

/** Reads a `uuid` box; undefined when it is some other one. Times have a sign, for the same reason as in `tfdt`. */
export function parseTfxd(box: BoxReader): FragmentTime | undefined {
  const userType = box.bytes(16);
  if (USER_TYPE.some((byte, index) => byte !== userType[index])) {
    return undefined;
  }
  const { version } = box.fullBox(1);
  const next = (): Ticks => ticks(version === 1 ? box.i64() : box.u32());
  return { time: next(), duration: next() };
}
