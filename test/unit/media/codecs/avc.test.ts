import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  AVC_NAL,
  avcCodecString,
  avcDecoderConfigOf,
  avcNalType,
  parseAvcDecoderConfig,
  writeAvcDecoderConfig,
} from '../../../../src-main/media/codecs/avc.ts';
import { AVC_CONFIG, assertRefused, fromHex, toHex } from '../sample-media.ts';

test('the decoder configuration of ffmpeg is read and written back to the byte', () => {
  const config = parseAvcDecoderConfig(AVC_CONFIG);

  assert.deepEqual(config.sps.map(avcNalType), [AVC_NAL.sps]);
  assert.deepEqual(config.pps.map(avcNalType), [AVC_NAL.pps]);
  assert.equal(config.lengthSize, 4);
  assert.deepEqual(config.high, { chromaFormat: 1, lumaBitDepth: 8, chromaBitDepth: 8, spsExtensions: [] });
  assert.equal(toHex(writeAvcDecoderConfig(config)), toHex(AVC_CONFIG));
});

test('the parameter sets of a stream make the same record', () => {
  const { sps, pps } = parseAvcDecoderConfig(AVC_CONFIG);

  assert.equal(toHex(writeAvcDecoderConfig(avcDecoderConfigOf(sps, pps))), toHex(AVC_CONFIG));
  assertRefused(() => avcDecoderConfigOf([], pps), /avcC at byte 0 cannot be made without an SPS/);
});

test('any decoder configuration is read as it was written', () => {
  const nalUnits = fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 4 });
  const depth = fc.integer({ min: 8, max: 14 });
  const common = {
    constraints: fc.integer({ min: 0, max: 255 }),
    level: fc.integer({ min: 0, max: 255 }),
    lengthSize: fc.constantFrom<1 | 2 | 4>(1, 2, 4),
    sps: nalUnits,
    pps: nalUnits,
  };
  const config = fc.oneof(
    fc.record(
      { ...common, profile: fc.constantFrom(66, 77, 88), high: fc.constant(undefined) },
      { noNullPrototype: true },
    ),
    fc.record(
      {
        ...common,
        profile: fc.constantFrom(100, 110, 122, 244),
        high: fc.record(
          {
            chromaFormat: fc.integer({ min: 0, max: 3 }),
            lumaBitDepth: depth,
            chromaBitDepth: depth,
            spsExtensions: nalUnits,
          },
          { noNullPrototype: true },
        ),
      },
      { noNullPrototype: true },
    ),
  );

  fc.assert(
    fc.property(config, (value) => {
      assert.deepEqual(parseAvcDecoderConfig(writeAvcDecoderConfig(value)), value);
    }),
  );
});

test('a High profile record without the fields of High profile is read', () => {
  const { high, ...rest } = parseAvcDecoderConfig(AVC_CONFIG.subarray(0, -4));

  assert.equal(high, undefined);
  assert.equal(rest.pps.length, 1);
});

test('the codec string has profile, constraints and level', () => {
  assert.equal(avcCodecString('avc1', parseAvcDecoderConfig(AVC_CONFIG)), 'avc1.64001e');
  assert.equal(avcCodecString('avc3', parseAvcDecoderConfig(fromHex('0142c00bffe000'))), 'avc3.42c00b');
});

test('a record that does not hold together is refused', () => {
  assertRefused(() => parseAvcDecoderConfig(fromHex('0264001effe000')), /avcC at byte 0 has version 2/);
  assertRefused(() => parseAvcDecoderConfig(fromHex('0164001efee000')), /lengths of 3 bytes/);
  assertRefused(() => parseAvcDecoderConfig(fromHex('0164001effe1ffff00')), /ends in the middle of a field/);
  assertRefused(() => parseAvcDecoderConfig(new Uint8Array()), /ends in the middle of a field/);
});
