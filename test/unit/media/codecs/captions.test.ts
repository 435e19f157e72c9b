import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { findCaptions } from '../../../../src-main/media/codecs/captions.ts';
import { joinLengthPrefixed } from '../../../../src-main/media/codecs/nal-units.ts';
import { captionSei } from '../../../support/caption-sei.ts';

const AVC = { fourCc: 'avc1', decoderConfig: Uint8Array.of(1, 100, 0, 31, 0xff) } as const;
/** Only the byte with the size of lengths is looked at. */
const HEVC = { fourCc: 'hvc1', decoderConfig: new Uint8Array(23).fill(0xff) } as const;
const SLICE = Uint8Array.of(0x65, 1, 2, 3);
const NONE = { cea608: false, cea708: false };

const HELLO = [0xfc, 0xc8, 0xe5];
const FILLING = [0xfc, 0x80, 0x80];
const SECOND_FIELD = [0xfd, 0xc8, 0xe5];
const PACKET = [0xff, 0x02, 0x21];
const INVALID = [0xf8, 0xc8, 0xe5];

test('pairs of characters in the first field are CEA-608, and a packet that begins is CEA-708', () => {
  assert.deepEqual(findCaptions(joinLengthPrefixed([captionSei([HELLO]), SLICE]), AVC), {
    cea608: true,
    cea708: false,
  });
  assert.deepEqual(findCaptions(joinLengthPrefixed([captionSei([FILLING, PACKET]), SLICE]), AVC), {
    cea608: false,
    cea708: true,
  });
  assert.deepEqual(findCaptions(joinLengthPrefixed([captionSei([PACKET, HELLO], 'hevc'), SLICE]), HEVC), {
    cea608: true,
    cea708: true,
  });
});

test('what encoders write while there is nothing to say is no caption', () => {
  for (const pairs of [[], [FILLING], [SECOND_FIELD], [INVALID]]) {
    assert.deepEqual(findCaptions(joinLengthPrefixed([captionSei(pairs), SLICE]), AVC), NONE);
  }
});

test('other messages of the same kind, and samples without any, have none', () => {
  const other = captionSei([HELLO]);
  other[7] = 0x42;

  assert.deepEqual(findCaptions(joinLengthPrefixed([other, SLICE]), AVC), NONE);
  assert.deepEqual(findCaptions(joinLengthPrefixed([SLICE]), AVC), NONE);
  assert.deepEqual(findCaptions(joinLengthPrefixed([captionSei([HELLO])]), HEVC), NONE);
});

test('bytes that keep start codes away are taken out before', () => {
  const unit = captionSei([[0xf8, 0x00, 0x00], [0x00, 0x00, 0x00], HELLO]);

  assert(Buffer.from(unit).includes(Buffer.from([0, 0, 3])));
  assert.equal(findCaptions(joinLengthPrefixed([unit, SLICE]), AVC).cea608, true);
});

test('captions behind another message, long ones too, are found', () => {
  const unit = captionSei([HELLO], 'avc', 300);

  assert.equal(findCaptions(joinLengthPrefixed([unit, SLICE]), AVC).cea608, true);
});

test('nothing that is broken is more than no caption', () => {
  const whole = joinLengthPrefixed([captionSei([HELLO, PACKET]), SLICE]);
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 60 }),
      fc.nat(whole.length),
      fc.nat(whole.length),
      (bytes, from, to) => {
        for (const track of [AVC, HEVC]) {
          findCaptions(bytes, track);
          findCaptions(whole.subarray(from, to), track);
          findCaptions(Uint8Array.of(...whole.subarray(0, from), ...bytes), track);
        }
      },
    ),
  );
});
