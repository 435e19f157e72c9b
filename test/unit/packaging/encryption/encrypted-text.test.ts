import assert from 'node:assert/strict';
import { createDecipheriv } from 'node:crypto';
import { test } from 'node:test';
import type { Presentation, TextTrack } from '../../../../src-main/core/ports/presentation.ts';
import type { EncryptionTag } from '../../../../src-main/core/ports/streaming-format.ts';
import { periodKey } from '../../../../src-main/core/protect/period-keys.ts';
import { parseMpd } from '../../../../src-main/manifest/dash/mpd.ts';
import { parseMultivariantPlaylist } from '../../../../src-main/manifest/hls/multivariant-playlist.ts';
import { parseMediaPlaylist } from '../../../../src-main/manifest/hls/parse-media-playlist.ts';
import { ticks } from '../../../../src-main/media/time.ts';
import { FAKE_START_MS, fakePresentation, fakePublication } from '../../../support/fake-presentation.ts';
import { FAKE_KEY, fakeProtection } from '../../../support/fake-protection.ts';
import { manualClock } from '../../../support/manual-clock.ts';
import { packagedStream } from '../../../support/packaged-stream.ts';

const TEXT: TextTrack = {
  ...{ kind: 'text', id: 'english-1', name: 'english', bitrate: 300, language: 'en' },
  shownAs: {
    label: 'English',
    hidden: false,
    isDefault: false,
    forced: false,
    characteristics: [],
    role: undefined,
  },
  zero: { time: ticks(BigInt(FAKE_START_MS) * 90n), timescale: 90_000 },
  text: {
    language: 'en',
    blocks: [],
    cues: [{ startMs: 0, endMs: 9000, id: '', settings: '', text: 'a word' }],
  },
  source: { format: 'vtt', bytes: Buffer.from('WEBVTT\n\nthe file') },
};

function recorded(tag: EncryptionTag, cryptoPeriodMs?: number) {
  const fake = fakePresentation();
  fake.segments(5);
  fake.end();
  const presentation: Presentation = { ...fake.presentation, texts: () => [TEXT] };
  const protection = fakeProtection(tag, cryptoPeriodMs === undefined ? {} : { cryptoPeriodMs });
  return packagedStream(
    { ...fakePublication(presentation), protect: () => protection },
    manualClock(fake.edgeMs()),
  );
}

const playlistOf = (tag: EncryptionTag): string =>
  `QualityLevels(300)/Manifest(english,format=m3u8-cmaf,encryption=${tag})`;

function decrypted(bytes: Buffer, { value, iv } = FAKE_KEY): string {
  const decipher = createDecipheriv('aes-128-cbc', value, iv);
  return Buffer.concat([decipher.update(bytes), decipher.final()]).toString();
}

for (const format of ['m3u8-cmaf', 'm3u8-aapl'] as const) {
  test(`text beside ${format} is encrypted with AES-128, and its playlist has the key`, async () => {
    const stream = recorded('cbc');
    const master = parseMultivariantPlaylist(stream.text(`manifest(format=${format},encryption=cbc)`));
    const subtitles = master.renditions.find(({ type }) => type === 'SUBTITLES');
    assert(subtitles?.type === 'SUBTITLES');
    const { segments } = parseMediaPlaylist(stream.text(subtitles.uri));

    assert.deepEqual(segments[0]!.keys, [{ method: 'AES-128', uri: '/keys/1', iv: new Uint8Array(FAKE_KEY.iv) }]);
    const { chunks } = await stream.media(`QualityLevels(300)/${segments[0]!.uri}`);
    assert.match(decrypted(Buffer.concat(chunks)), /^WEBVTT[^]*a word/);
  });
}

for (const format of ['mpd-time-cmaf', 'mpd-time-csf'] as const) {
  test(`the file of a text beside ${format} is encrypted with AES-128, and its set says so`, async () => {
    const stream = recorded('cbc');
    const mpd = parseMpd(stream.text(`manifest(format=${format},encryption=cbc)`));
    const set = mpd.periods[0]!.adaptationSets.find(({ contentType }) => contentType === 'text');

    assert.equal(set?.contentProtections?.[0]?.schemeIdUri, 'urn:mpeg:dash:sea:2012');
    const { chunks } = await stream.media(set.representations[0]!.baseUrls![0]!.url);
    assert.equal(decrypted(Buffer.concat(chunks)), 'WEBVTT\n\nthe file');
  });
}

test('text is not encrypted with the samples of media: it has no decoder behind a content protection', async () => {
  for (const tag of ['cbcs-aapl', 'cenc'] as const) {
    const stream = recorded(tag);
    if (tag === 'cbcs-aapl') {
      const text = stream.text(playlistOf(tag));
      assert.equal(text.includes('EXT-X-KEY'), false);
      const [first] = parseMediaPlaylist(text).segments;
      const { chunks } = await stream.media(`QualityLevels(300)/${first!.uri}`);
      assert.match(Buffer.concat(chunks).toString(), /^WEBVTT[^]*a word/);
    }
    const mpd = parseMpd(stream.text(`manifest(format=mpd-time-cmaf,encryption=${tag})`));
    const set = mpd.periods[0]!.adaptationSets.find(({ contentType }) => contentType === 'text');
    assert.equal(set?.contentProtections, undefined);
    const { chunks } = await stream.media(set!.representations[0]!.baseUrls![0]!.url);
    assert.equal(Buffer.concat(chunks).toString(), 'WEBVTT\n\nthe file');
  }
});

test('where keys rotate text has one for good', async () => {
  const stream = recorded('cbc', 4000);
  const { segments } = parseMediaPlaylist(stream.text(playlistOf('cbc')));

  assert.equal(segments.filter(({ keys }) => keys !== undefined).length, 1);
  for (const { uri } of segments) {
    const { chunks } = await stream.media(`QualityLevels(300)/${uri}`);
    assert.match(decrypted(Buffer.concat(chunks), periodKey(FAKE_KEY)), /^WEBVTT/);
  }
});
