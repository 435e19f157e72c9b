import { type Ticks, ticks } from '../time.ts';
import type { BoxReader } from './box-reader.ts';
import type { BoxWriter } from './box-writer.ts';
import { hasUserType, userType } from './user-type.ts';

const USER_TYPE = userType('6d1d9b05-42d5-44e6-80e2-141daff757b2');

/** When a Smooth Streaming fragment begins and how long it is, in ticks of its track, MS-SSTR §2.2.4.4. */
export type FragmentTime = {
  /** Of presentation: that of the first sample, which is also the one to begin decoding with. */
  readonly time: Ticks;
  readonly duration: Ticks;
};

/** Always version 1, for the same reason as `tfdt`: 10 MHz overflows 32 bits after seven minutes. */
export function writeTfxd(writer: BoxWriter, { time, duration }: FragmentTime): void {
  writer.box('uuid', (body) => {
    body.bytes(USER_TYPE);
    body.u8(1);
    body.u24(0);
    body.u64(time);
    body.u64(duration);
  });
}

/** Reads a `uuid` box; undefined when it is some other one. Times have a sign, for the same reason as in `tfdt`. */
export function parseTfxd(box: BoxReader): FragmentTime | undefined {
  if (!hasUserType(box, USER_TYPE)) {
    return undefined;
  }
  const { version } = box.fullBox(1);
  const next = (): Ticks => ticks(version === 1 ? box.i64() : box.u32());
  return { time: next(), duration: next() };
}
