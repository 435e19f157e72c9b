import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type AmfValue, decodeAmf0, encodeAmf0 } from '../../../src-main/media/flv/amf0.ts';
import { AppError } from '../../../src-main/shared/app-error.ts';

const { value: anyValue } = fc.letrec<{ value: AmfValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', maxDepth: 6 },
    fc.double({ noNaN: true }),
    fc.boolean(),
    // A lone surrogate has no UTF-8, and AMF 0 is UTF-8.
    fc.string({ unit: 'grapheme', maxLength: 20 }),
    fc.constant(null),
    fc.constant(undefined),
    fc.array(tie('value'), { maxLength: 5 }),
    fc
      .array(fc.tuple(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }), tie('value')), { maxLength: 5 })
      .map((entries) => new Map(entries)),
  ),
}));

export const amfRoundTrip = fc.property(fc.array(anyValue, { maxLength: 5 }), (values) => {
  assert.deepEqual(decodeAmf0(encodeAmf0(values)), values);
});

export const anyAmfBytes = fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
  try {
    decodeAmf0(bytes);
  } catch (error) {
    const isRefusal = error instanceof AppError && ['media/malformed', 'media/unsupported'].includes(error.code);
    assert(isRefusal, String(error));
  }
});
