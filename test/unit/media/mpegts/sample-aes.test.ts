import assert from 'node:assert/strict';
import { createCipheriv, createDecipheriv } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { removeEmulationPrevention } from '../../../../src-main/media/codecs/bit-reader.ts';
import { createElementaryWriter } from '../../../../src-main/media/mpegts/elementary-writer.ts';
import { parseProgramMap } from '../../../../src-main/media/mpegts/program-tables.ts';
import { encryptFrame, encryptNal, type StreamEncryption } from '../../../../src-main/media/mpegts/sample-aes.ts';
import { writeTsSegment } from '../../../../src-main/media/mpegts/segment-writer.ts';
import { AUDIO, VIDEO } from '../sample-media.ts';

const KEY = Buffer.from('00112233445566778899aabbccddeeff', 'hex');
const IV = Buffer.from('a0a1a2a3a4a5a6a7a8a9aaabacadaeaf', 'hex');

const ENCRYPTION: StreamEncryption = {
  iv: IV,
  ciphers: {
    cbc(iv, plain) {
      const cipher = createCipheriv('aes-128-cbc', KEY, iv);
      cipher.setAutoPadding(false);
      return cipher.update(plain);
    },
  },
};

/** As a player does it: the listings of Apple's text, word for word. */
function decryptNal(received: Uint8Array): Uint8Array {
  if (received.length <= 48) {
    return received;
  }
  const nal = Uint8Array.from(removeEmulationPrevention(received));
  const decipher = createDecipheriv('aes-128-cbc', KEY, IV);
  decipher.setAutoPadding(false);
  let at = 32;
  let remaining = nal.length - at;
  while (remaining > 0) {
    if (remaining > 16) {
      nal.set(decipher.update(nal.subarray(at, at + 16)), at);
      at += 16;
      remaining -= 16;
    }
    const clear = Math.min(144, remaining);
    at += clear;
    remaining -= clear;
  }
  return nal;
}

function decryptFrame(frame: Uint8Array): Uint8Array {
  const plain = Uint8Array.from(frame);
  const decipher = createDecipheriv('aes-128-cbc', KEY, IV);
  decipher.setAutoPadding(false);
  for (let at = 16; plain.length - at >= 16; at += 16) {
    plain.set(decipher.update(plain.subarray(at, at + 16)), at);
  }
  return plain;
}

/** Slices as encoders write them: with emulation prevention, and not ending in a zero. Full of zeros, so that there is much to prevent. */
const slices = fc
  .tuple(fc.constantFrom(0x65, 0x41, 0x01), fc.uint8Array({ minLength: 0, maxLength: 700, max: 4 }))
  .map(([header, body]) => escaped(Uint8Array.of(header, ...body, 0x80)));

function escaped(raw: Uint8Array): Uint8Array {
  const bytes: number[] = [];
  for (const byte of raw) {
    const [a, b] = bytes.slice(-2);
    if (a === 0 && b === 0 && byte <= 3) {
      bytes.push(3);
    }
    bytes.push(byte);
  }
  return Uint8Array.from(bytes);
}

test('a player gets back every slice, and finds no start code inside of one that is encrypted', () => {
  fc.assert(
    fc.property(slices, (nal) => {
      const encrypted = encryptNal(nal, ENCRYPTION);

      assert.deepEqual(Buffer.from(decryptNal(encrypted)), Buffer.from(nal));
      for (let at = 2; at < encrypted.length; at += 1) {
        assert(encrypted[at - 2] !== 0 || encrypted[at - 1] !== 0 || encrypted[at]! >= 3, `at ${at}`);
      }
      assert.notEqual(encrypted.at(-1), 0);
    }),
  );
});

test('of a slice one block of ten is encrypted, its first 32 bytes and its last one are not', () => {
  const nal = Uint8Array.from({ length: 32 + 160 + 17 }, (_, index) => (index === 0 ? 0x65 : 0x40 + (index % 64)));

  const encrypted = encryptNal(nal, ENCRYPTION);

  const changed = [...nal.keys()].filter((at) => encrypted[at] !== nal[at]);
  assert(
    changed.every((at) => (at >= 32 && at < 48) || (at >= 192 && at < 208)),
    changed.join(),
  );
  assert(changed.some((at) => at < 48) && changed.some((at) => at >= 192));
});

test('short slices and everything that is no slice are left as they are, without more emulation prevention', () => {
  for (const [type, length] of [
    [0x65, 48],
    [0x41, 20],
    [0x67, 300],
    [0x68, 300],
    [0x06, 300],
    [0x09, 60],
  ] as const) {
    const nal = new Uint8Array(length);
    nal.set([type, 0, 0, 3, 1]);

    assert.equal(encryptNal(nal, ENCRYPTION), nal, `${type}, ${length}`);
  }
});

test('of a frame of sound all whole blocks behind the first 16 bytes are encrypted', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (frame) => {
      const encrypted = encryptFrame(frame, ENCRYPTION);

      assert.deepEqual(decryptFrame(encrypted), frame);
      assert.deepEqual(encrypted.subarray(0, 16), frame.subarray(0, 16));
      assert.equal(encrypted.length, frame.length);
    }),
  );
  assert.notDeepEqual(encryptFrame(new Uint8Array(32), ENCRYPTION), new Uint8Array(32));
  assert.deepEqual(encryptFrame(new Uint8Array(31), ENCRYPTION), new Uint8Array(31));
});

test('the map of a segment says what is encrypted, and what decoders need to know of the sound', () => {
  const tracks = [VIDEO, AUDIO].map((track) => ({
    kind: track.kind,
    writer: createElementaryWriter(track, ENCRYPTION),
    samples: [],
    delay: 0n,
  }));

  const map = parseProgramMap(sectionOf(writeTsSegment(tracks, undefined).subarray(188, 376)));

  const [video, audio] = map!.streams;
  const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
  assert.equal(video!.type, 0xdb);
  assert.deepEqual(
    video!.descriptors.map(({ tag, bytes }) => [tag, text(bytes)]),
    [[0x0f, 'zavc']],
  );
  assert.equal(audio!.type, 0xcf);
  assert.deepEqual(
    audio!.descriptors.map(({ tag, bytes }) => [tag, text(bytes)]),
    [
      [0x0f, 'aacd'],
      [0x05, `apadzaac\0\0\x01${String.fromCharCode(AUDIO.decoderConfig.length)}${text(AUDIO.decoderConfig)}`],
    ],
  );
});

function sectionOf(packet: Uint8Array): Uint8Array {
  const start = 5 + packet[4]! + 1;
  const length = 3 + (((packet[start + 1]! & 0x0f) << 8) | packet[start + 2]!);
  return packet.subarray(start, start + length);
}

test('what Apple has no format for is refused', () => {
  assert.throws(() => createElementaryWriter({ ...VIDEO, fourCc: 'hvc1' }, ENCRYPTION), {
    code: 'media/unsupported',
  });
  assert.throws(() => createElementaryWriter({ ...AUDIO, fourCc: 'ac-3' }, ENCRYPTION), {
    code: 'media/unsupported',
  });
});
