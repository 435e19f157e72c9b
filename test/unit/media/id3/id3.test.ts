import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Id3Frame, parseId3, writeId3 } from '../../../../src-main/media/id3/id3.ts';
import { anyId3Tag, id3RoundTrip } from '../../../support/properties/id3.ts';
import { assertRefused, concat, fromHex, toHex } from '../sample-media.ts';

const JSON_OBJECT: Id3Frame = {
  kind: 'GEOB',
  mimeType: 'application/json',
  fileName: '',
  description: '',
  object: new TextEncoder().encode('{"a":1}'),
};

/** A tag around `body`, with the flags of the header. */
function tag(body: Uint8Array, flags = 0): Uint8Array {
  return concat(Uint8Array.of(0x49, 0x44, 0x33, 4, 0, flags, 0, 0, body.length >> 7, body.length & 0x7f), body);
}

/** A frame around `body`, with its format flags. */
function frame(id: string, body: Uint8Array, flags = 0): Uint8Array {
  return concat(
    new TextEncoder().encode(id),
    Uint8Array.of(0, 0, body.length >> 7, body.length & 0x7f, 0, flags),
    body,
  );
}

test('an object is written as a GEOB frame of version 2.4, UTF-8, names empty', () => {
  const bytes = writeId3({ frames: [JSON_OBJECT] });

  const [header, body] = [
    '49443304000000000025' + '47454f42' + '0000001b' + '0000',
    '03' + '6170706c69636174696f6e2f6a736f6e00' + '00' + '00' + '7b2261223a317d',
  ];
  assert.equal(toHex(bytes), header + body);
});

test('any tag is read as it was written', () => {
  fc.assert(id3RoundTrip);
});

test('a tag of any damage is read or refused', () => {
  fc.assert(anyId3Tag, { numRuns: 1000 });
});

test('an object of the largest size that may be posted goes through', () => {
  const large = { ...JSON_OBJECT, object: new Uint8Array(256 * 1024).fill(0x20) };

  assert.deepEqual(parseId3(writeId3({ frames: [large] })).frames, [large]);
});

test('texts in every encoding of the standard are read', () => {
  const bodies: readonly Uint8Array[] = [
    fromHex('00' + '00' + 'e900' + '00' + '2a'), // Latin-1
    fromHex('01' + '00' + 'fffee9000000' + '0000' + '2a'), // UTF-16, little-endian mark
    fromHex('01' + '00' + 'feff00e90000' + '0000' + '2a'), // UTF-16, big-endian mark
    fromHex('02' + '00' + '00e90000' + '0000' + '2a'), // UTF-16BE
    fromHex('03' + '00' + 'c3a900' + '00' + '2a'), // UTF-8
  ];

  for (const body of bodies) {
    const expected = { kind: 'GEOB', mimeType: '', fileName: 'é', description: '', object: fromHex('2a') };
    assert.deepEqual(parseId3(tag(frame('GEOB', body))).frames, [expected]);
  }
});

test('extended header, padding, unsynchronisation and a data length are seen through', () => {
  const body = concat(fromHex('000000060100'), frame('PRIV', fromHex('00000003ff00e1'), 0x03), new Uint8Array(12));

  assert.deepEqual(parseId3(tag(body, 0x40)).frames, [{ kind: 'other', id: 'PRIV', body: fromHex('ffe1') }]);
});

test('what breaks the rules is refused and named', () => {
  const cases: readonly (readonly [Uint8Array, RegExp])[] = [
    [new Uint8Array(), /does not begin with ID3/],
    [fromHex('54414700000000000000'), /does not begin with ID3/],
    [fromHex('49443304000000000080'), /a size with a top bit set/],
    [fromHex('49443304000000000001'), /says a size of 1 in 10 bytes/],
    [tag(fromHex('00000fff'), 0x40), /a size with a top bit set/],
    [tag(fromHex('00000f00'), 0x40), /extended header of 1920 bytes/],
    [tag(fromHex('505249')), /ends in the middle of a frame header/],
    [tag(fromHex('50524956000000050000' + '00')), /a frame "PRIV" of 5 bytes with 1 left/],
    [tag(frame('pr!v', new Uint8Array(1))), /a frame "pr!v" of 1 bytes/],
    [tag(frame('PRIV', new Uint8Array(1), 0x41)), /ends within its own flags/],
    [tag(frame('GEOB', fromHex('07'))), /text encoding 7/],
    [tag(frame('GEOB', fromHex('0361'))), /a text that does not end/],
    [tag(frame('GEOB', fromHex('01000041'))), /a text that does not end/],
    [tag(concat(...Array.from({ length: 1001 }, () => frame('PRIV', new Uint8Array())))), /more than 1000 frames/],
  ];
  for (const [bytes, message] of cases) {
    assertRefused(() => parseId3(bytes), message);
  }
});

test('what is of a kind that is not read is refused as that', () => {
  const cases: readonly (readonly [Uint8Array, RegExp])[] = [
    [fromHex('49443303000000000000'), /has version 2\.3; only 2\.4 is read/],
    [tag(frame('PRIV', new Uint8Array(1), 0x08)), /a frame that is compressed/],
    [tag(frame('PRIV', new Uint8Array(1), 0x04)), /a frame that is encrypted/],
  ];
  for (const [bytes, message] of cases) {
    assertRefused(() => parseId3(bytes), message, 'media/unsupported');
  }
});
