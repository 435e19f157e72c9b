import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  type Bootstrap,
  type FragmentEntry,
  parseBootstrap,
  writeBootstrap,
} from '../../../../src-main/media/hds/bootstrap.ts';
import { AppError } from '../../../../src-main/shared/app-error.ts';

const u32 = fc.integer({ min: 1, max: 0xffff_fffe });
const ms = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const entry: fc.Arbitrary<FragmentEntry> = fc.oneof(
  fc.record({ first: u32, timeMs: ms, durationMs: u32 }, { noNullPrototype: true }),
  fc.record(
    { first: u32, timeMs: ms, ends: fc.constantFrom('time-gap' as const, 'presentation' as const) },
    { noNullPrototype: true },
  ),
);
const bootstrap: fc.Arbitrary<Bootstrap> = fc.record(
  {
    isLive: fc.boolean(),
    currentMs: fc.integer({ min: 0, max: 0xffff_ffff }),
    lastFragment: fc.option(u32, { nil: undefined }),
    fragments: fc.array(entry, { maxLength: 20 }),
  },
  { noNullPrototype: true },
);

test('a bootstrap reads back as it was written', () => {
  fc.assert(
    fc.property(bootstrap, (written) => {
      assert.deepEqual(parseBootstrap(writeBootstrap(written)), written);
    }),
  );
});

test('its fields stand where F4V 10.1 §2.11.2 has them', () => {
  const bytes = writeBootstrap({
    isLive: true,
    currentMs: 4000,
    lastFragment: undefined,
    fragments: [{ first: 7, timeMs: 2000, durationMs: 2000 }],
  });

  assert.equal(
    Buffer.from(bytes).toString('hex'),
    [
      '0000006a' + '61627374' + '00000000',
      '00000029' + '20' + '000003e8' + '0000000000000fa0' + '0000000000000000' + '0000000000',
      '01' + '00000019' + '61737274' + '00000000' + '00' + '00000001' + '00000001' + 'ffffffff',
      '01' + '00000025' + '61667274' + '00000000' + '000003e8' + '00' + '00000001',
      '00000007' + '00000000000007d0' + '000007d0',
    ].join(''),
  );
});

test('what is cut off or not of this kind is refused, and never more than that', () => {
  const whole = writeBootstrap({
    isLive: false,
    currentMs: 10_000,
    lastFragment: 5,
    fragments: [{ first: 1, timeMs: 0, durationMs: 2000 }],
  });
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 4 }),
      fc.nat(whole.length),
      (changes, length) => {
        const bytes = Uint8Array.from(whole.subarray(0, length));
        for (const [at, value] of changes) {
          bytes[at] = value;
        }
        try {
          parseBootstrap(bytes);
        } catch (error) {
          assert.ok(error instanceof AppError, String(error));
        }
      },
    ),
  );
});
