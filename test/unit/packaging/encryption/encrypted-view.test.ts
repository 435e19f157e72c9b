import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Publication } from '../../../../src-main/core/ports/presentation.ts';
import type { KeySystem, Protection } from '../../../../src-main/core/ports/protection.ts';
import type { EncryptionTag } from '../../../../src-main/core/ports/streaming-format.ts';
import { checkMpd } from '../../../../src-main/manifest/dash/check/check-mpd.ts';
import { parseMpd } from '../../../../src-main/manifest/dash/mpd.ts';
import { checkMediaPlaylist } from '../../../../src-main/manifest/hls/check/check-media-playlist.ts';
import { checkMultivariantPlaylist } from '../../../../src-main/manifest/hls/check/check-multivariant-playlist.ts';
import { applyDeltaUpdate } from '../../../../src-main/manifest/hls/delta-update.ts';
import { parseMultivariantPlaylist } from '../../../../src-main/manifest/hls/multivariant-playlist.ts';
import { parseMediaPlaylist } from '../../../../src-main/manifest/hls/parse-media-playlist.ts';
import { AppError } from '../../../../src-main/shared/app-error.ts';
import {
  FAKE,
  type FakePresentation,
  fakePresentation,
  fakePublication,
} from '../../../support/fake-presentation.ts';
import { FAKE_KEY, fakeProtection } from '../../../support/fake-protection.ts';
import { manualClock } from '../../../support/manual-clock.ts';
import { type PackagedStream, packagedStream } from '../../../support/packaged-stream.ts';
import { assertGoldenManifest } from '../golden-manifest.ts';

type Stream = PackagedStream & { readonly fake: FakePresentation };

function encryptedStream(protection: Protection, over: Partial<Publication> = {}): Stream {
  const fake = fakePresentation({ windowSeconds: 20 });
  fake.segments(9);
  fake.chunk();
  fake.chunk();
  const publication = { ...fakePublication(fake.presentation), protect: () => protection, ...over };
  return { ...packagedStream(publication, manualClock(fake.edgeMs())), fake };
}

const playlistOf = (tag: EncryptionTag, track = FAKE.BEST, more = ''): string =>
  `QualityLevels(${track.bitrate})/Manifest(${track.name},format=m3u8-cmaf,encryption=${tag}${more})`;

test('HLS of whole fragments has its key before its header, and nothing of low latency', () => {
  const stream = encryptedStream(fakeProtection('cbc'));

  assertGoldenManifest(
    'encrypted/cbc-multivariant.m3u8',
    stream.text('manifest(format=m3u8-cmaf,encryption=cbc)'),
  );
  const text = stream.text(playlistOf('cbc'));
  assertGoldenManifest('encrypted/cbc-video.m3u8', text);
  const playlist = parseMediaPlaylist(text);
  assert.equal(playlist.segments[0]!.keysCoverMap, true);
  assert.deepEqual(playlist.segments[0]!.keys, [
    { method: 'AES-128', uri: '/keys/1', iv: new Uint8Array(FAKE_KEY.iv) },
  ]);
  assert.equal(playlist.partTargetSeconds, undefined);
});

test('HLS of encrypted samples has a key for each system behind its header, and its parts', () => {
  const stream = encryptedStream(fakeProtection('cbcs-aapl'));

  assertGoldenManifest(
    'encrypted/cbcs-multivariant.m3u8',
    stream.text('manifest(format=m3u8-cmaf,encryption=cbcs-aapl)'),
  );
  const text = stream.text(playlistOf('cbcs-aapl'));
  assertGoldenManifest('encrypted/cbcs-video.m3u8', text);
  const playlist = parseMediaPlaylist(text);
  assert.notEqual(playlist.segments[0]!.keysCoverMap, true);
  assert.deepEqual(
    playlist.segments[0]!.keys!.map((key) => (key.method === 'NONE' ? '' : `${key.method} ${key.keyFormat}`)),
    [
      'SAMPLE-AES org.w3.clearkey',
      'SAMPLE-AES com.microsoft.playready',
      'SAMPLE-AES urn:uuid:edef8ba9-79d6-4ace-a3c8-27dcd51d21ed',
      'SAMPLE-AES com.apple.streamingkeydelivery',
    ],
  );
  assert(playlist.segments.at(-1)!.parts!.length > 0);
  const master = parseMultivariantPlaylist(stream.text('manifest(format=m3u8-cmaf,encryption=cbcs-aapl)'));
  assert.equal(master.sessionKeys!.length, 4);
});

test('a delta update says the keys again, because players forget those of segments that it leaves out', () => {
  const stream = encryptedStream(fakeProtection('cbcs-aapl'));
  const delta = stream.text(playlistOf('cbcs-aapl'), '_HLS_skip=YES');

  assert(delta.indexOf('#EXT-X-SKIP') < delta.indexOf('#EXT-X-KEY'));
  assert(delta.indexOf('#EXT-X-KEY') < delta.indexOf('#EXTINF'));
});

test('the key itself is in the playlist of samples where there is no other way for browsers', () => {
  const keyUri = 'https://keys.example/?KID=1';
  const systems: readonly KeySystem[] = [{ kind: 'envelope', keyUri }];
  const alone = encryptedStream(fakeProtection('cbcs-aapl', { systems })).text(playlistOf('cbcs-aapl'));
  const clearKey: KeySystem = { kind: 'clear-key', licenseUrl: 'https://keys.example/clearkey' };
  const both = encryptedStream(fakeProtection('cbcs-aapl', { systems: [...systems, clearKey] }));

  assert.match(alone, /METHOD=SAMPLE-AES,URI="https:\/\/keys\.example\/\?KID=1",IV=0xA0A1.*KEYFORMAT="identity"/);
  assert(!both.text(playlistOf('cbcs-aapl')).includes('identity'));
});

test('DASH has the descriptors of each scheme', () => {
  for (const tag of ['cbc', 'cenc', 'cbcs-aapl'] as const) {
    const systems: readonly KeySystem[] = [{ kind: 'envelope', keyUri: '/keydelivery/?KID=1&a=2' }];
    const stream = encryptedStream(fakeProtection(tag, tag === 'cbc' ? { systems } : {}));

    assertGoldenManifest(`encrypted/${tag}.mpd`, stream.text(`manifest(format=mpd-time-cmaf,encryption=${tag})`));
  }
});

test('a track that stays clear has no key, in no manifest', () => {
  const stream = encryptedStream(fakeProtection('cbcs-aapl', { clear: ['mp4a'] }));
  const mpd = stream.text('manifest(format=mpd-time-cmaf,encryption=cbcs-aapl)');
  const [video = '', audio = ''] = mpd.split('</AdaptationSet>');

  assert(video.includes('<ContentProtection'));
  assert(!audio.includes('<ContentProtection'));
  assert(!stream.text(playlistOf('cbcs-aapl', FAKE.SOUND)).includes('EXT-X-KEY'));
  assert(stream.text(playlistOf('cbcs-aapl')).includes('EXT-X-KEY'));
});

test('a track that stays clear has the bytes that it has', async () => {
  const path = `QualityLevels(128000)/Fragments(audio=i,format=m3u8-cmaf,encryption=cbc)`;
  const clear = await encryptedStream(fakeProtection('cbc', { clear: ['mp4a'] })).media(path);
  const encrypted = await encryptedStream(fakeProtection('cbc')).media(path);

  assert.equal(Buffer.concat(clear.chunks).toString(), 'init of audio_128000');
  assert.equal(encrypted.size % 16, 0);
  assert.notEqual(encrypted.version, clear.version);
});

test('all addresses in a manifest carry the encryption, and the filters that it was asked for with', () => {
  const presentations: string[][] = [];
  const filtered: Publication['filtered'] = (names) => {
    presentations.push([...names]);
    return stream.fake.presentation;
  };
  const stream: Stream = encryptedStream(fakeProtection('cbcs-aapl'), { filtered: (names) => filtered(names) });
  const asked = 'encryption=cbcs-aapl,filter=low;late';

  const texts = [
    stream.text(`manifest(format=m3u8-cmaf,${asked})`),
    stream.text(playlistOf('cbcs-aapl', FAKE.BEST, ',filter=low;late')),
    stream.text(`manifest(format=mpd-time-cmaf,${asked})`),
  ];

  for (const text of texts) {
    const addresses = text.match(/(?:Manifest|Fragments)\([^)]*\)/g) ?? [];
    assert(addresses.length >= 3);
    assert.deepEqual(
      addresses.filter((address) => !address.includes(`,${asked}`)),
      [],
    );
  }
  assert.deepEqual(presentations[0], ['low', 'late']);
  // Asked for without filters it is another manifest, of the same presentation.
  assert(!stream.text('manifest(format=m3u8-cmaf,encryption=cbcs-aapl)').includes('filter='));
});

test('a fragment is encrypted once for everybody, and with other keys it is another version', async () => {
  const stream = encryptedStream(fakeProtection('cbc'));
  const { time } = stream.fake.presentation.tracks()[0]!.segments.at(3);
  const path = `QualityLevels(2500000)/Fragments(video=${time},format=mpd-time-cmaf,encryption=cbc)`;
  const other = { ...FAKE_KEY, id: '11111111-0b0a-4908-8706-050403020100' };

  const [first, second] = [await stream.media(path), await stream.media(path)];
  const third = await encryptedStream(fakeProtection('cbc', { key: other })).media(path);

  assert.equal(first.chunks[0], second.chunks[0]);
  assert.equal(first.version, second.version);
  assert.notEqual(third.version, first.version);
  assert.equal(first.size, first.chunks[0]!.length);
});

test('a fragment that is not complete yet is not sent while it is written', async () => {
  const stream = encryptedStream(fakeProtection('cbc'));
  const open = stream.fake.presentation.tracks()[0]!.open!;
  const path = `QualityLevels(2500000)/Fragments(video=${open.time},format=mpd-time-cmaf,encryption=cbc)`;

  await stream.refuses('MPE_FRAGMENT_NOT_READY', path);
  await stream.refuses('MPE_FRAGMENT_TIMESTAMP_NOT_FOUND', path.replace('encryption', 'part=0,encryption'));
  stream.fake.cut();
  assert.equal((await stream.media(path)).kind, 'media');
});

test('who comes before the beginning is given encrypted manifests and media when they are there', async () => {
  const fake = fakePresentation();
  const publication = { ...fakePublication(fake.presentation), protect: () => fakeProtection('cbc') };
  const stream = packagedStream(publication, manualClock(fake.edgeMs()));
  const waiting = await stream.notYet('manifest(format=m3u8-cmaf,encryption=cbc)');

  fake.segments(4);
  const answer = await waiting.again();

  assert(answer.kind === 'manifest');
  assert(Buffer.from(answer.document.identity()).includes('encryption=cbc'));
});

test('what protects refuses reaches whoever asks', async () => {
  const refusal = new AppError('MPE_ENC_ENCRYPTION_NOT_SPECIFIED_IN_URL', 'Say how.');
  const stream = encryptedStream(fakeProtection('cbc'), {
    protect() {
      throw refusal;
    },
  });

  await stream.refuses('MPE_ENC_ENCRYPTION_NOT_SPECIFIED_IN_URL', 'manifest(format=m3u8-cmaf)');
});

test('encrypted manifests keep the rules of their standards', () => {
  for (const tag of ['cbc', 'cenc', 'cbcs-aapl'] as const) {
    const stream = encryptedStream(fakeProtection(tag));
    const mpd = parseMpd(stream.text(`manifest(format=mpd-time-cmaf,encryption=${tag})`));
    assert.deepEqual(
      checkMpd(undefined, mpd, { nowMs: stream.fake.edgeMs() }).filter(
        ({ message }) => !/ends \S+ s (?:before|after)|availabilityTimeOffset/.test(message),
      ),
      [],
      tag,
    );
    if (tag !== 'cenc') {
      const master = parseMultivariantPlaylist(stream.text(`manifest(format=m3u8-cmaf,encryption=${tag})`));
      assert.deepEqual(checkMultivariantPlaylist(master), [], tag);
      const playlist = parseMediaPlaylist(stream.text(playlistOf(tag)));
      assert.deepEqual(checkMediaPlaylist(undefined, playlist), [], tag);
      const update = parseMediaPlaylist(stream.text(playlistOf(tag), '_HLS_skip=YES'));
      assert.deepEqual(applyDeltaUpdate(playlist, update)?.segments.length, playlist.segments.length);
    }
  }
});

test('segments with sound among clear pictures are encrypted when the sound has to be', () => {
  for (const tag of ['cbc', 'cbcs-aapl'] as const) {
    const systems: readonly KeySystem[] = [{ kind: 'envelope', keyUri: '/keys/1' }];
    const stream = encryptedStream(fakeProtection(tag, { systems, clear: ['avc1'] }));
    const playlist = (format: string): string =>
      stream.text(
        `QualityLevels(${FAKE.BEST.bitrate})/Manifest(${FAKE.BEST.name},format=${format},encryption=${tag})`,
      );

    assert(playlist('m3u8-aapl-v3').includes('URI="/keys/1"'), tag);
    assert(!playlist('m3u8-aapl').includes('EXT-X-KEY'), tag);
  }
});

test('transport streams are encrypted by the sample for those who can have the key, and are refused otherwise', async () => {
  const clearKey: KeySystem = { kind: 'clear-key', licenseUrl: 'https://keys.example/clearkey' };
  const path = `QualityLevels(${FAKE.BEST.bitrate})/Manifest(${FAKE.BEST.name},format=m3u8-aapl,encryption=cbcs-aapl)`;

  await encryptedStream(fakeProtection('cbcs-aapl', { systems: [clearKey] })).refuses(
    'MPE_FORMAT_NOT_SUPPORTED',
    path,
  );
  const { segments } = parseMediaPlaylist(encryptedStream(fakeProtection('cbcs-aapl')).text(path));
  assert.deepEqual(
    segments[0]!.keys?.map((key) => (key.method === 'NONE' ? '' : `${key.method} ${key.keyFormat}`)),
    ['SAMPLE-AES com.apple.streamingkeydelivery'],
  );
});
