import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { createPackager } from '../../../src-main/core/packaging/packager.ts';
import type { Protection } from '../../../src-main/core/ports/protection.ts';
import { periodKey } from '../../../src-main/core/protect/period-keys.ts';
import { parseMultivariantPlaylist } from '../../../src-main/manifest/hls/multivariant-playlist.ts';
import { fakePublication } from '../../support/fake-presentation.ts';
import { FAKE_KEY, fakeProtection } from '../../support/fake-protection.ts';
import { openKeyServer } from '../../support/key-server.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { missingPrograms } from '../../support/real-ffmpeg.ts';
import { openFolder, pictureHashes } from '../media/ffmpeg-media.ts';
import {
  type EncodedTrack,
  encode,
  openBroadcast,
  openTinyOrigin,
  playedHashes,
  START_SECONDS,
} from './packaged-media.ts';

const PERIOD_MS = 4000;
const FIRST_PERIOD = Math.floor((Number(START_SECONDS) * 1000) / PERIOD_MS);

/**
 * What ffmpeg's parser holds back at the end of a stream, a picture and the frames of a packet, comes out when the key is gone already, and is not
 * decrypted by the sample.
 */
const HELD_BACK = [1, 6] as const;

function isHeldBack(tag: string, length: number, at: number, count: number): boolean {
  return tag === 'cbcs-aapl' && at >= length - count;
}

suite('keys in HLS, by another player', { skip: missingPrograms('ffmpeg', 'ffprobe') }, () => {
  let folder: ReturnType<typeof openFolder>;
  let encoded: readonly EncodedTrack[];
  before(() => {
    folder = openFolder();
    encoded = encode(folder, 11, [{ height: 180, kbps: 300 }]);
  });
  after(() => folder[Symbol.dispose]());

  /** A recording, and a server that has the keys of it. */
  async function published(media: AsyncDisposableStack, tag: 'cbc' | 'cbcs-aapl', cryptoPeriodMs?: number) {
    const periods = Array.from({ length: 5 }, (_, index) => periodKey(FAKE_KEY, FIRST_PERIOD + index));
    const keys = media.use(await openKeyServer(FAKE_KEY, new Map(periods.map(({ id, value }) => [id, value]))));
    const protection: Protection = {
      ...fakeProtection(tag, cryptoPeriodMs === undefined ? {} : { cryptoPeriodMs }),
      systemsOf: ({ id }) => [{ kind: 'envelope', keyUri: keys.keyUri.replace(FAKE_KEY.id, id) }],
    };
    const broadcast = media.use(await openBroadcast(media.use(openFolder()), encoded));
    broadcast.pushUntil(11);
    await broadcast.end();
    const packager = createPackager({ clock: manualClock(Number(START_SECONDS) * 1000) });
    const publication = { ...fakePublication(broadcast.presentation), protect: () => protection };
    return { keys, origin: media.use(await openTinyOrigin(packager, publication)) };
  }

  for (const [tag, format, cryptoPeriodMs] of [
    ['cbcs-aapl', 'm3u8-aapl', undefined],
    ['cbcs-aapl', 'm3u8-aapl-v3', undefined],
    ['cbc', 'm3u8-aapl', PERIOD_MS],
    ['cbc', 'm3u8-cmaf', PERIOD_MS],
  ] as const) {
    const how = cryptoPeriodMs === undefined ? 'with one key' : 'with keys that rotate';
    test(`ffmpeg decrypts ${tag} in ${format} ${how} to the frames of the encoder, bit for bit`, async () => {
      await using media = new AsyncDisposableStack();
      const { origin, keys } = await published(media, tag, cryptoPeriodMs);
      const url = `${origin.url}/manifest(format=${format},encryption=${tag})`;

      for (const [index, stream] of ['0:v:0', '0:a:0'].entries()) {
        const hashes = await playedHashes(['-i', url], stream);
        const expected = pictureHashes(encoded[index]!.file, '0');
        const wrong = hashes.flatMap((hash, at) => (hash === expected[at] ? [] : [at]));
        assert.equal(hashes.length, expected.length, stream);
        assert.deepEqual(
          wrong.filter((at) => !isHeldBack(tag, hashes.length, at, HELD_BACK[index]!)),
          [],
          stream,
        );
      }
      assert.deepEqual(origin.refused, []);
      assert(keys.asked.keys >= (cryptoPeriodMs === undefined ? 1 : 3));
    });
  }

  test('playlists of key frames are encrypted by the sample too', async () => {
    await using media = new AsyncDisposableStack();
    const { origin } = await published(media, 'cbcs-aapl');
    const address = `${origin.url}/manifest(format=m3u8-aapl,encryption=cbcs-aapl)`;
    const [variant] = parseMultivariantPlaylist(await (await fetch(address)).text()).iFrameVariants;

    const hashes = await playedHashes(['-i', new URL(variant!.uri, address).href], '0:v:0');

    const all = pictureHashes(encoded[0]!.file, '0');
    const pictures = all.filter((_, index) => index % 60 === 0);
    assert.equal(hashes.length, pictures.length);
    assert.deepEqual(hashes.slice(0, -1), pictures.slice(0, -1));
  });
});
