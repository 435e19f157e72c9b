import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseId3, writeId3 } from '../../../src-main/media/id3/id3.ts';
import { AppError } from '../../../src-main/shared/app-error.ts';

const strict = { noNullPrototype: true };
const text = fc.string({ unit: 'binary', maxLength: 40 }).map((value) => value.replaceAll(/[\0\ufeff]/g, ''));
const frames = fc.array(
  fc.oneof(
    fc.record(
      {
        kind: fc.constant('GEOB'),
        mimeType: fc.constantFrom('', 'application/json', 'image/png'),
        fileName: text,
        description: text,
        object: fc.uint8Array({ maxLength: 200 }),
      } as const,
      strict,
    ),
    fc.record(
      {
        kind: fc.constant('other'),
        id: fc.constantFrom('TXXX', 'PRIV', 'TIT2'),
        body: fc.uint8Array({ maxLength: 300 }),
      } as const,
      strict,
    ),
  ),
  { maxLength: 5 },
);

export const id3RoundTrip = fc.property(frames, (value) => {
  assert.deepEqual(parseId3(writeId3({ frames: value })), { frames: value });
});

export const anyId3Tag = fc.property(
  frames,
  fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 6 }),
  fc.option(fc.nat(), { nil: undefined }),
  (value, changes, cut) => {
    const whole = writeId3({ frames: value });
    const damaged = whole.slice(0, cut === undefined ? whole.length : cut % (whole.length + 1));
    for (const [at, byte] of damaged.length === 0 ? [] : changes) {
      damaged[at % damaged.length] = byte;
    }
    try {
      parseId3(damaged);
    } catch (error) {
      assert(error instanceof AppError, String(error));
    }
  },
);
