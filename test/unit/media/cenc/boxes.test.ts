import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { guidBytes, keyIdBytes } from '../../../../src-main/media/cenc/key-id.ts';
import { playReadyObject } from '../../../../src-main/media/cenc/playready.ts';
import { parsePssh, psshBox, SYSTEM_IDS } from '../../../../src-main/media/cenc/pssh.ts';
import { widevineData } from '../../../../src-main/media/cenc/widevine.ts';
import { readBoxes } from '../../../../src-main/media/isobmff/box-reader.ts';

const KEY_ID = '10000000-1000-1000-1000-100000000001';
const HEADER = {
  keyId: KEY_ID,
  scheme: 'cenc',
  licenseUrl: 'https://keys.example/rightsmanager.asmx?a=1&b=<2>',
  customAttributes: '<tenant>7</tenant>',
  checksum: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8),
} as const;

const bytes16 = fc.uint8Array({ minLength: 16, maxLength: 16 });

function record(object: Uint8Array): string {
  return new TextDecoder('utf-16le').decode(object.subarray(10));
}

test('a system header is read as it was written', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...Object.values(SYSTEM_IDS)),
      fc.array(bytes16, { maxLength: 4 }),
      fc.uint8Array(),
      (systemId, keyIds, data) => {
        const read = parsePssh(readBoxes(psshBox({ systemId, keyIds, data })).require('pssh'));

        assert.deepEqual(read, { systemId, keyIds, data });
      },
    ),
  );
});

test('a common system header is the one of the standard', () => {
  // The example of https://www.w3.org/TR/eme-initdata-cenc/ §3, with one key id.
  const box = psshBox({
    systemId: SYSTEM_IDS.common,
    keyIds: [Buffer.from('0123456789012345')],
    data: new Uint8Array(),
  });

  assert.equal(
    Buffer.from(box).toString('hex'),
    '0000003470737368010000001077efecc0b24d02ace33c1e52e2fb4b000000013031323334353637383930313233343500000000',
  );
});

test('a Widevine header has the key id and the scheme', () => {
  // As Shaka Packager writes it for the same key: 12 10 …, 48 …
  const head = `1210${KEY_ID.replaceAll('-', '')}`;

  assert.equal(Buffer.from(widevineData(keyIdBytes(KEY_ID), 'cenc')).toString('hex'), `${head}48e3dc959b06`);
  assert.equal(Buffer.from(widevineData(keyIdBytes(KEY_ID), 'cbcs')).toString('hex'), `${head}48f3c6899b06`);
});

test('a GUID has its first three fields the other way round where Windows wants it', () => {
  const guid = '00112233-4455-6677-8899-aabbccddeeff';

  assert.equal(Buffer.from(keyIdBytes(guid)).toString('hex'), '00112233445566778899aabbccddeeff');
  assert.equal(Buffer.from(guidBytes(guid)).toString('hex'), '33221100554477668899aabbccddeeff');
  assert.throws(() => keyIdBytes('00112233'), /GUID/);
});

test('a PlayReady object says how long it is, and what it holds in UTF-16', () => {
  const object = playReadyObject(HEADER);
  const view = new DataView(object.buffer, object.byteOffset);

  assert.deepEqual(
    [view.getUint32(0, true), view.getUint16(4, true), view.getUint16(6, true), view.getUint16(8, true)],
    [object.length, 1, 1, object.length - 10],
  );
  assert.equal(
    record(object),
    '<WRMHEADER xmlns="http://schemas.microsoft.com/DRM/2007/03/PlayReadyHeader" version="4.0.0.0"><DATA>' +
      '<PROTECTINFO><KEYLEN>16</KEYLEN><ALGID>AESCTR</ALGID></PROTECTINFO><KID>AAAAEAAQABAQABAAAAAAAQ==</KID>' +
      '<CHECKSUM>AQIDBAUGBwg=</CHECKSUM><LA_URL>https://keys.example/rightsmanager.asmx?a=1&amp;b=&lt;2&gt;</LA_URL>' +
      '<CUSTOMATTRIBUTES><tenant>7</tenant></CUSTOMATTRIBUTES></DATA></WRMHEADER>',
  );
});

test('a PlayReady object for block chaining is of the version that knows it, without a checksum', () => {
  const text = record(
    playReadyObject({ ...HEADER, scheme: 'cbcs', licenseUrl: undefined, customAttributes: undefined }),
  );

  assert.equal(
    text,
    '<WRMHEADER xmlns="http://schemas.microsoft.com/DRM/2007/03/PlayReadyHeader" version="4.3.0.0"><DATA>' +
      '<PROTECTINFO><KIDS><KID ALGID="AESCBC" VALUE="AAAAEAAQABAQABAAAAAAAQ=="></KID></KIDS></PROTECTINFO></DATA></WRMHEADER>',
  );
});
