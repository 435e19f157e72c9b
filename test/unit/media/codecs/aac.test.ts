import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  type AacConfig,
  aacCodecString,
  aacFrameSamples,
  aacOutput,
  parseAacConfig,
  samplingFrequencyIndex,
  writeAacConfig,
} from '../../../../src-main/media/codecs/aac.ts';
import { assertRefused, fromHex, toHex } from '../sample-media.ts';

const LC_STEREO: AacConfig = {
  objectType: 2,
  sampleRate: 48_000,
  channelConfiguration: 2,
  channels: 2,
  frameLength: 1024,
  extension: undefined,
};

test('plain AAC-LC is two bytes', () => {
  assert.deepEqual(parseAacConfig(fromHex('1190')), LC_STEREO);
  assert.equal(toHex(writeAacConfig(LC_STEREO)), '1190');
  assert.equal(aacCodecString(LC_STEREO), 'mp4a.40.2');
  assert.equal(aacFrameSamples(LC_STEREO), 1024);
});

test('ffmpeg says behind the configuration that there is no SBR', () => {
  assert.deepEqual(parseAacConfig(fromHex('119056e500')), LC_STEREO);
});

test('HE-AAC said by its object type doubles the rate and the frame', () => {
  const config = parseAacConfig(fromHex('2b118800'));

  assert.deepEqual(config, {
    ...LC_STEREO,
    sampleRate: 24_000,
    extension: { sampleRate: 48_000, parametricStereo: false, signalling: 'hierarchical' },
  });
  assert.equal(aacCodecString(config), 'mp4a.40.5');
  assert.equal(aacFrameSamples(config), 2048);
  assert.deepEqual(aacOutput(config), { sampleRate: 48_000, channels: 2 });
});

test('HE-AAC v2 puts out two channels from one', () => {
  const config = parseAacConfig(fromHex('eb098800'));

  assert.equal(aacCodecString(config), 'mp4a.40.29');
  assert.equal(config.channels, 1);
  assert.deepEqual(aacOutput(config), { sampleRate: 48_000, channels: 2 });
});

test('SBR and PS said behind the configuration are found', () => {
  const sbr = parseAacConfig(fromHex('131056e598'));
  const ps = parseAacConfig(fromHex('130856e59d4880'));

  assert.deepEqual(sbr.extension, { sampleRate: 48_000, parametricStereo: false, signalling: 'compatible' });
  assert.deepEqual(ps.extension, { sampleRate: 48_000, parametricStereo: true, signalling: 'compatible' });
  assert.equal(aacCodecString(ps), 'mp4a.40.29');
});

test('a rate that is not in the table is spelled out', () => {
  const config = { ...LC_STEREO, sampleRate: 47_999 };

  assert.deepEqual(parseAacConfig(writeAacConfig(config)), config);
  assert.equal(samplingFrequencyIndex(47_999), undefined);
  assert.equal(samplingFrequencyIndex(44_100), 4);
});

test('any configuration is read as it was written', () => {
  const rate = fc.oneof(
    fc.constantFrom(96_000, 48_000, 44_100, 22_050, 7350),
    fc.integer({ min: 1, max: 0xff_ffff }),
  );
  const channels = { 1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 6, 7: 8, 11: 7, 12: 8, 13: 24, 14: 8 };
  const config: fc.Arbitrary<AacConfig> = fc
    .record(
      {
        objectType: fc.integer({ min: 1, max: 4 }),
        sampleRate: rate,
        layout: fc.constantFrom(...Object.entries(channels)),
        frameLength: fc.constantFrom<1024 | 960>(1024, 960),
        extension: fc.option(
          fc.record(
            {
              sampleRate: rate,
              parametricStereo: fc.boolean(),
              signalling: fc.constantFrom('hierarchical', 'compatible'),
            },
            { noNullPrototype: true },
          ),
          { nil: undefined },
        ),
      },
      { noNullPrototype: true },
    )
    .map(({ layout, ...rest }) => ({ ...rest, channelConfiguration: Number(layout[0]), channels: layout[1] }));

  fc.assert(
    fc.property(config, (value) => {
      assert.deepEqual(parseAacConfig(writeAacConfig(value)), value);
    }),
  );
});

test('channels listed one by one are counted', () => {
  // AAC-LC, 48 kHz, channel configuration 0; one centre, one front pair, one rear pair, one LFE: 5.1
  const bits = [
    '00010',
    '0011',
    '0000',
    '0',
    '0',
    '0', // configuration
    '0000',
    '01',
    '0011',
    '0010',
    '0000',
    '0001',
    '01',
    '000',
    '0000',
    '0',
    '0',
    '0', // counts, no mixdown
    '0',
    '0000',
    '1',
    '0000',
    '1',
    '0001',
    '0000', // elements
  ].join('');
  const padded = `${bits}${'0'.repeat((8 - (bits.length % 8)) % 8)}00000000`;
  const bytes = Uint8Array.from(padded.match(/.{8}/g) ?? [], (byte) => Number.parseInt(byte, 2));

  const config = parseAacConfig(bytes);

  assert.equal(config.channelConfiguration, 0);
  assert.equal(config.channels, 6);
});

test('what is no AAC is unsupported, what is broken is malformed', () => {
  assertRefused(() => parseAacConfig(fromHex('f948b0')), /audio object type 42/, 'media/unsupported');
  assertRefused(() => parseAacConfig(fromHex('0190')), /audio object type 0/, 'media/unsupported');
  assertRefused(() => parseAacConfig(fromHex('11')), /AudioSpecificConfig at byte 0 ends/);
  assertRefused(() => parseAacConfig(fromHex('1690')), /sampling frequency index 13/);
  assertRefused(() => parseAacConfig(fromHex('11c0')), /channel configuration 8/);
  assertRefused(() => parseAacConfig(new Uint8Array()), /ends in the middle/);
});
