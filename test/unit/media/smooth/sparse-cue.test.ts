import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseSparseCue, writeSparseCue } from '../../../../src-main/media/smooth/sparse-cue.ts';
import { assertRefused, concat, fromHex } from '../sample-media.ts';

test('a sparse cue is read as it was written', () => {
  const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
  const message = fc.uint8Array({ minLength: 1, maxLength: 300 });
  const cue = fc.record({ id: u32, presentationTimeDelta: u32, message }, { noNullPrototype: true });

  fc.assert(fc.property(cue, (value) => assert.deepEqual(parseSparseCue(writeSparseCue(value)), value)));
});

test('a sparse cue is laid out as the specification of Azure Media Services says', () => {
  const cue = { id: 0x0102_0304, presentationTimeDelta: 40_000_000, message: fromHex('fc302500') };

  assert.deepEqual(writeSparseCue(cue), fromHex('00000001' + '01020304' + '02625a00' + 'fc302500'));
});

test('the message does not keep the fragment that it came in', () => {
  const fragment = concat(
    new Uint8Array(100),
    writeSparseCue({ id: 1, presentationTimeDelta: 0, message: fromHex('fc') }),
  );

  const { message } = parseSparseCue(fragment.subarray(100));

  assert.equal(message.buffer.byteLength, 1);
});

test('a sparse cue without a message, or of a version that nobody knows, is refused', () => {
  assertRefused(() => parseSparseCue(fromHex('00000001' + '00000002' + '00000003')), /has 12 bytes/);
  assertRefused(() => parseSparseCue(new Uint8Array()), /has 0 bytes/);
  assertRefused(
    () => parseSparseCue(fromHex('00000002' + '00000002' + '00000003' + 'fc')),
    /has version 2; only 1 is known/,
    'media/unsupported',
  );
});
