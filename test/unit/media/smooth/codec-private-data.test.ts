import assert from 'node:assert/strict';
import { test } from 'node:test';
import { audioCodec, videoCodec } from '../../../../src-main/media/smooth/codec-private-data.ts';
import { AUDIO, assertRefused, fromHex, toHex, VIDEO } from '../sample-media.ts';

test('H.264 is a byte stream of its parameter sets', () => {
  const { fourCc, codecPrivateData } = videoCodec(VIDEO);

  assert.equal(fourCc, 'H264');
  assert.equal(
    toHex(codecPrivateData),
    '000000016764001eacd940a02ff970110000030001000003003c0f162d960000000168efbcb0',
  );
});

test('H.265 is a byte stream of all that hvcC has, under the name of its sample entry', () => {
  // Two arrays: a VPS, and two SPS.
  const record = fromHex(`01${'00'.repeat(21)}02a0000100024001a10002000342010100034201ff`);

  for (const [entry, fourCc] of [
    ['hvc1', 'HVC1'],
    ['hev1', 'HEV1'],
  ] as const) {
    const codec = videoCodec({ ...VIDEO, fourCc: entry, decoderConfig: record });

    assert.equal(codec.fourCc, fourCc);
    assert.equal(toHex(codec.codecPrivateData), '0000000140010000000142010100000001 4201ff'.replace(' ', ''));
  }
});

test('H.265 whose record is cut off is refused', () => {
  const record = fromHex(`01${'00'.repeat(21)}01a0000100094001`);

  assertRefused(() => videoCodec({ ...VIDEO, fourCc: 'hvc1', decoderConfig: record }), /./);
});

test('AAC is its AudioSpecificConfig', () => {
  assert.deepEqual(audioCodec(AUDIO), { fourCc: 'AACL', codecPrivateData: AUDIO.decoderConfig, audioTag: 255 });
  assert.equal(audioCodec({ ...AUDIO, codec: 'mp4a.40.5' }).fourCc, 'AACH');
});

test('Dolby is what stands behind WAVEFORMATEX, as Azure Media Services wrote it', () => {
  const { fourCc, codecPrivateData, audioTag } = audioCodec({
    ...AUDIO,
    fourCc: 'ec-3',
    codec: 'ec-3',
    channels: 6,
    decoderConfig: fromHex('0600200f00'),
  });

  assert.equal(fourCc, 'EC-3');
  assert.equal(audioTag, 0xfffe);
  assert.equal(toHex(codecPrivateData), '00063f000000af87fba7022dfb42a4d405cd93843bdd0600200f00');
});
