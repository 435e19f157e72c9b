import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { captionPairs, findCaptions } from '../../../../src-main/media/codecs/captions.ts';
import { joinLengthPrefixed, splitLengthPrefixed } from '../../../../src-main/media/codecs/nal-units.ts';
import { MOST_CAPTION_PAIRS, withCaptions } from '../../../../src-main/media/codecs/write-captions.ts';

const AVC = { fourCc: 'avc1', decoderConfig: Uint8Array.of(1, 100, 0, 31, 0xff) } as const;
const [DELIMITER, PARAMETERS, TIMING, SLICE] = [
  Uint8Array.of(9, 0x10),
  Uint8Array.of(0x67, 1, 2),
  Uint8Array.of(6, 1, 1, 0, 0x80),
  Uint8Array.of(0x65, 1, 2, 3),
];

test('what was written is read again, with zeros that look like start codes too', () => {
  const bytes = fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 2, 3));
  const packets = fc.array(fc.tuple(bytes, bytes, bytes), { maxLength: MOST_CAPTION_PAIRS });
  fc.assert(
    fc.property(packets, (pairs) => {
      const sample = withCaptions(joinLengthPrefixed([SLICE]), Uint8Array.from(pairs.flat()));
      assert.deepEqual([...captionPairs(sample, AVC)], pairs.flat());
      const [unit] = splitLengthPrefixed(sample, 4);
      assert.doesNotMatch(Buffer.from(unit!).toString('latin1'), /\0\0[\0\x01\x02]/);
    }),
  );
});

test('captions stand in front of the picture and behind what has to be before them', () => {
  const sample = withCaptions(
    joinLengthPrefixed([DELIMITER, PARAMETERS, TIMING, SLICE, SLICE]),
    Uint8Array.of(0xfc, 0xc8, 0xe5),
  );

  const types = splitLengthPrefixed(sample, 4).map(([head]) => head! & 0x1f);

  assert.deepEqual(types, [9, 7, 6, 6, 5, 5]);
  assert.deepEqual(findCaptions(sample, AVC), { cea608: true, cea708: false });
});
