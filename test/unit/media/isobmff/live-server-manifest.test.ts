import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  parseLiveServerManifest,
  writeLiveServerManifest,
} from '../../../../src-main/media/isobmff/live-server-manifest.ts';
import { fromHex, rewound } from '../sample-media.ts';

const USER_TYPE = fromHex('a5d40b30e81411ddba2f0800200c9a66');

function boxOf(text: Uint8Array): ReturnType<typeof rewound> {
  return rewound((writer) =>
    writer.box('uuid', () => {
      writer.bytes(USER_TYPE);
      writer.u32(0);
      writer.bytes(text);
    }),
  );
}

test('a live server manifest is read as it was written', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (text) => {
      fc.pre(!/^\ufeff|\0$/.test(text) && !text.startsWith('<\0'));
      assert.equal(parseLiveServerManifest(rewound((writer) => writeLiveServerManifest(writer, text))), text);
    }),
  );
});

test('UTF-16 is read in both orders, with and without its mark, and a zero at the end is left out', () => {
  const little = Buffer.from('<smil/>\0', 'utf16le');
  const big = Buffer.from(little).swap16();

  assert.equal(parseLiveServerManifest(boxOf(little)), '<smil/>');
  assert.equal(parseLiveServerManifest(boxOf(big)), '<smil/>');
  assert.equal(parseLiveServerManifest(boxOf(Buffer.concat([fromHex('fffe'), little]))), '<smil/>');
  assert.equal(parseLiveServerManifest(boxOf(Buffer.concat([fromHex('feff'), big]))), '<smil/>');
  assert.equal(parseLiveServerManifest(boxOf(Buffer.from('\ufeff<smil/>\0\0'))), '<smil/>');
});

test('another uuid box is none', () => {
  const other = rewound((writer) => writer.box('uuid', () => writer.zeros(40)));

  assert.equal(parseLiveServerManifest(other), undefined);
});
