import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseSequenceParameters } from '../../../../src-main/media/codecs/avc-sps.ts';
import { createBitWriter } from '../../../../src-main/media/codecs/bit-writer.ts';
import { assertRefused, fromHex } from '../sample-media.ts';

type Field = readonly ['u', number, number] | readonly ['ue', number];

/** An SPS from its fields, without emulation prevention; the values here need none. */
function sps(...fields: readonly Field[]): Uint8Array {
  const bits = createBitWriter();
  for (const field of fields) {
    if (field[0] === 'u') {
      bits.bits(field[1], field[2]);
    } else {
      const zeros = Math.floor(Math.log2(field[1] + 1));
      bits.bits(zeros, 0);
      bits.bits(1, 1);
      bits.bits(zeros, field[1] + 1 - 2 ** zeros);
    }
  }
  bits.bits(1, 1); // rbsp_stop_one_bit
  return bits.finish();
}

const HEADER: readonly Field[] = [
  ['u', 8, 0x67],
  ['u', 8, 66],
  ['u', 8, 0xc0],
  ['u', 8, 30],
  ['ue', 0],
  ['ue', 0],
];

test('the SPS of x264 at 640x360 and 30 frames a second', () => {
  const parameters = parseSequenceParameters(fromHex('6764001eacd940a02ff970110000030001000003003c0f162d96'));

  assert.deepEqual(parameters, {
    profile: 100,
    constraints: 0,
    level: 30,
    chromaFormat: 1,
    lumaBitDepth: 8,
    chromaBitDepth: 8,
    width: 640,
    height: 360,
    frameRate: { numerator: 30, denominator: 1 },
    pixelAspectRatio: { horizontal: 1, vertical: 1 },
    colour: undefined,
  });
});

test('anamorphic PAL with colour description', () => {
  const parameters = parseSequenceParameters(
    fromHex('6764001eacd940b4126c11a808080a000003000200000300641e2c5b2c'),
  );

  assert.equal(parameters.width, 720);
  assert.equal(parameters.height, 576);
  assert.deepEqual(parameters.pixelAspectRatio, { horizontal: 16, vertical: 11 });
  assert.deepEqual(parameters.frameRate, { numerator: 25, denominator: 1 });
  assert.deepEqual(parameters.colour, { primaries: 1, transfer: 1, matrix: 1, fullRange: false });
});

test('1080 lines are cropped from 1088, and 59.94 stays a fraction', () => {
  const parameters = parseSequenceParameters(fromHex('6764002aacd940780227e5c04400000fa4000753003c60c65800'));

  assert.deepEqual([parameters.width, parameters.height], [1920, 1080]);
  assert.deepEqual(parameters.frameRate, { numerator: 60_000, denominator: 1001 });
});

test('interlaced lines count double, and without usability information nothing is said', () => {
  const interlaced = sps(
    ...HEADER,
    ['ue', 2], // pic_order_cnt_type
    ['ue', 1],
    ['u', 1, 0],
    ['ue', 119], // 120 macroblocks: 1920
    ['ue', 33], // 34 map units of two: 1088
    ['u', 1, 0], // frame_mbs_only_flag
    ['u', 1, 1],
    ['u', 1, 1],
    ['u', 1, 1], // cropping, in units of four lines
    ['ue', 0],
    ['ue', 0],
    ['ue', 0],
    ['ue', 2],
    ['u', 1, 0],
  );

  const parameters = parseSequenceParameters(interlaced);

  assert.deepEqual([parameters.width, parameters.height], [1920, 1080]);
  assert.equal(parameters.frameRate, undefined);
  assert.equal(parameters.pixelAspectRatio, undefined);
});

test('a picture order cycle and scaling lists are passed over', () => {
  const withCycle = sps(
    ...HEADER,
    ['ue', 1], // pic_order_cnt_type
    ['u', 1, 0],
    ['ue', 1],
    ['ue', 2],
    ['ue', 2], // two frames in the cycle
    ['ue', 5],
    ['ue', 6],
    ['ue', 1],
    ['u', 1, 0],
    ['ue', 19],
    ['ue', 14],
    ['u', 1, 1],
    ['u', 1, 1],
    ['u', 1, 0],
    ['u', 1, 0],
  );
  const withLists = sps(
    ['u', 8, 0x67],
    ['u', 8, 110],
    ['u', 8, 0],
    ['u', 8, 40],
    ['ue', 0],
    ['ue', 2], // 4:2:2
    ['ue', 2], // 10 bits
    ['ue', 2],
    ['u', 1, 0],
    ['u', 1, 1], // seq_scaling_matrix_present_flag
    ['u', 1, 1], // first list: ends at once, 8 + (-8) = 0
    ['ue', 16],
    ['u', 7, 0],
    ['ue', 0],
    ['ue', 2],
    ['ue', 1],
    ['u', 1, 0],
    ['ue', 119],
    ['ue', 67],
    ['u', 1, 1],
    ['u', 1, 1],
    ['u', 1, 1], // cropping
    ['ue', 0],
    ['ue', 0],
    ['ue', 0],
    ['ue', 8], // 4:2:2 crops single lines
    ['u', 1, 0],
  );

  assert.deepEqual(pick(withCycle), [320, 240, 8, 1]);
  assert.deepEqual(pick(withLists), [1920, 1080, 10, 2]);

  function pick(nal: Uint8Array): readonly number[] {
    const { width, height, lumaBitDepth, chromaFormat } = parseSequenceParameters(nal);
    return [width, height, lumaBitDepth, chromaFormat];
  }
});

test('an SPS that cannot be is refused', () => {
  const tail: readonly Field[] = [
    ['ue', 2],
    ['ue', 1],
    ['u', 1, 0],
  ];

  assertRefused(() => parseSequenceParameters(fromHex('68ebe3cb22c0')), /SPS at byte 0 is another NAL unit/);
  assertRefused(() => parseSequenceParameters(fromHex('')), /SPS at byte 0 ends/);
  assertRefused(
    () => parseSequenceParameters(sps(['u', 32, 0x6764_001e], ['ue', 0], ['ue', 4], ['ue', 0])),
    /has chroma format 4/,
  );
  assertRefused(() => parseSequenceParameters(fromHex('6764001eacd940')), /SPS at byte \d+ ends/);
  assertRefused(
    () => parseSequenceParameters(sps(...HEADER, ...tail, ['ue', 5000], ['ue', 10], ['u', 5, 0b11000])),
    /has a picture of 80016x176/,
  );
  assertRefused(
    () =>
      parseSequenceParameters(
        sps(...HEADER, ...tail, ['ue', 0], ['ue', 0], ['u', 3, 0b111], ['ue', 4], ['ue', 4], ['ue', 0], ['ue', 0]),
      ),
    /has a picture of 0x16/,
  );
  assertRefused(
    () => parseSequenceParameters(sps(...HEADER, ['ue', 1], ['u', 1, 0], ['ue', 0], ['ue', 0], ['ue', 256])),
    /256 frames in its picture order cycle/,
  );
});
