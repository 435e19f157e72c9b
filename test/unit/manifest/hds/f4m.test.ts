import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type F4m, parseF4m, writeF4m } from '../../../../src-main/manifest/hds/f4m.ts';

const text = fc
  .string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 30 })
  .map((value) => value.trim() || 'x');
const bytes = fc.uint8Array({ minLength: 1, maxLength: 40 });

test('a manifest reads back as it was written', () => {
  const media = fc.record(
    { url: text, bitrateKbps: fc.nat(), width: fc.nat(9999), height: fc.nat(9999), metadata: bytes },
    { requiredKeys: ['url', 'bitrateKbps', 'metadata'], noNullPrototype: true },
  );
  const manifest: fc.Arbitrary<F4m> = fc.record(
    {
      id: text,
      isLive: fc.boolean(),
      durationSeconds: fc.nat(1_000_000).map((ms) => ms / 1000),
      bootstrap: fc.record({ url: text, box: bytes }, { requiredKeys: ['box'], noNullPrototype: true }),
      media: fc.array(media, { maxLength: 4 }),
    },
    { requiredKeys: ['id', 'isLive', 'bootstrap', 'media'], noNullPrototype: true },
  );
  fc.assert(
    fc.property(manifest, (written) => {
      assert.deepEqual(parseF4m(writeF4m(written)), { ...written });
    }),
  );
});

test('it is written in the namespace and with the names of F4M 1.0', () => {
  const written = writeF4m({
    id: 'show',
    isLive: true,
    bootstrap: { url: 'again', box: Uint8Array.of(1, 2) },
    media: [{ url: 'Fragments(video)', bitrateKbps: 928, width: 640, height: 360, metadata: Uint8Array.of(3) }],
  });

  assert.equal(
    written,
    [
      '<?xml version="1.0" encoding="UTF-8"?>',
      '<manifest xmlns="http://ns.adobe.com/f4m/1.0">',
      '<id>show</id>',
      '<streamType>live</streamType>',
      '<deliveryType>streaming</deliveryType>',
      '<bootstrapInfo profile="named" id="bootstrap" url="again">AQI=</bootstrapInfo>',
      '<media url="Fragments(video)" bitrate="928" width="640" height="360" bootstrapInfoId="bootstrap">',
      '<metadata>Aw==</metadata>',
      '</media>',
      '</manifest>',
      '',
    ].join('\n'),
  );
});
