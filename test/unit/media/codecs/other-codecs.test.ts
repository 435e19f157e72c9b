import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDolbyConfig } from '../../../../src-main/media/codecs/ac3.ts';
import { frameRateOf } from '../../../../src-main/media/codecs/fraction.ts';
import { parseHevcDecoderConfig } from '../../../../src-main/media/codecs/hevc.ts';
import { assertRefused, fromHex } from '../sample-media.ts';

test('the codec string of H.265 has profile, compatibility, tier, level and constraints', () => {
  const main = fromHex('0101600000009000000000003cf000fcfdf8f800000f04');
  const main10High = fromHex('0122200000009000000000007bf000fcfdfafa7800 0f00'.replaceAll(' ', ''));
  const spaceB = fromHex('0181600000000000000000005df000fcfdf8f800000f00');

  assert.deepEqual(parseHevcDecoderConfig('hvc1', main), { codec: 'hvc1.1.6.L60.90', frameRate: undefined });
  assert.deepEqual(parseHevcDecoderConfig('hev1', main10High), {
    codec: 'hev1.2.4.H123.90',
    frameRate: { numerator: 120, denominator: 1 },
  });
  assert.equal(parseHevcDecoderConfig('hvc1', spaceB).codec, 'hvc1.B1.6.L93');
});

test('a record of H.265 that is cut off or of another version is refused', () => {
  assertRefused(() => parseHevcDecoderConfig('hvc1', new Uint8Array(22)), /hvcC at byte 0 has 22 bytes/);
  assertRefused(() => parseHevcDecoderConfig('hvc1', new Uint8Array(23)), /hvcC at byte 0 has version 0/);
});

test('AC-3 and E-AC-3 say their rate and channels', () => {
  assert.deepEqual(parseDolbyConfig('ac-3', fromHex('103de0')), { sampleRate: 48_000, channels: 6 });
  assert.deepEqual(parseDolbyConfig('ec-3', fromHex('0600600400')), { sampleRate: 44_100, channels: 2 });
  assertRefused(() => parseDolbyConfig('ac-3', fromHex('d03de0')), /dac3 at byte 0 has no sample rate/);
  assertRefused(() => parseDolbyConfig('ec-3', fromHex('06')), /dec3 at byte 0 ends/);
});

test('a frame rate is in lowest terms, and a time base is none', () => {
  assert.deepEqual(frameRateOf(120_000, 4004), { numerator: 30_000, denominator: 1001 });
  assert.deepEqual(frameRateOf(50, 2), { numerator: 25, denominator: 1 });
  assert.equal(frameRateOf(0, 1), undefined);
  assert.equal(frameRateOf(30, 0), undefined);
  assert.equal(frameRateOf(90_000, 1), undefined);
});
