import { assert } from '../../base/assert.ts';
import type { BoxReader } from '../isobmff/box-reader.ts';
import type { BoxWriter } from '../isobmff/box-writer.ts';
import type { FragmentTime } from '../isobmff/tfxd.ts';
import { hasUserType, userType } from '../isobmff/user-type.ts';
import { type Ticks, ticks } from '../time.ts';

const USER_TYPE = userType('d4807ef2-ca39-4695-8e54-26cb9e46a79f');

/** The fragments that follow in the same track, MS-SSTR §2.2.4.5: how live clients learn of them without a new manifest. */
export function writeTfrf(writer: BoxWriter, next: readonly FragmentTime[]): void {
  assert(next.length <= 255, 'tfrf counts with 8 bits');
  writer.box('uuid', (body) => {
    body.bytes(USER_TYPE);
    body.u8(1);
    body.u24(0);
    body.u8(next.length);
    for (const { time, duration } of next) {
      body.u64(time);
      body.u64(duration);
    }
  });
}

/** Reads a `uuid` box; undefined when it is some other one. */
export function parseTfrf(box: BoxReader): readonly FragmentTime[] | undefined {
  if (!hasUserType(box, USER_TYPE)) {
    return undefined;
  }
  const { version } = box.fullBox(1);
  const next = (): Ticks => ticks(version === 1 ? box.i64() : box.u32());
  return Array.from({ length: box.u8() }, () => ({ time: next(), duration: next() }));
}
