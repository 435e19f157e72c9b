import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { createPackager } from '../../../src-main/core/packaging/packager.ts';
import { parseF4m } from '../../../src-main/manifest/hds/f4m.ts';
import { parseBootstrap } from '../../../src-main/media/hds/bootstrap.ts';
import { readBoxes } from '../../../src-main/media/isobmff/box-reader.ts';
import { fakePublication } from '../../support/fake-presentation.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { missingPrograms } from '../../support/real-ffmpeg.ts';
import { openFolder, pictureHashes } from '../media/ffmpeg-media.ts';
import {
  type Broadcast,
  type EncodedTrack,
  encode,
  openBroadcast,
  openTinyOrigin,
  START_SECONDS,
} from './packaged-media.ts';

const SECONDS = 20;
/** The signature of a file with sound and pictures, and the size of the tag before the first. */
const FLV_HEADER = Buffer.from('464c5601050000000900000000', 'hex');

describe('HTTP Dynamic Streaming', { skip: missingPrograms('ffmpeg', 'ffprobe') }, () => {
  const opened = new AsyncDisposableStack();
  let folder: ReturnType<typeof openFolder>;
  let encoded: readonly EncodedTrack[];
  let broadcast: Broadcast;
  let base: string;
  const clock = manualClock(Number(START_SECONDS) * 1000);

  before(async () => {
    folder = opened.use(openFolder());
    encoded = encode(folder, SECONDS);
    broadcast = opened.use(await openBroadcast(folder, encoded));
    const packager = createPackager({ clock });
    base = opened.use(await openTinyOrigin(packager, fakePublication(broadcast.presentation))).url;
  });
  after(() => opened.disposeAsync());

  const manifest = async () => parseF4m(await (await fetch(`${base}/manifest(format=f4m-f4f)`)).text());

  /** The tags of fragments one behind the other, as a file. */
  async function fileOf(url: string, numbers: readonly number[]): Promise<string> {
    const bodies: Uint8Array[] = [];
    for (const number of numbers) {
      const answer = await fetch(`${base}/${url}Seg1-Frag${number}`);
      assert.equal(answer.status, 200, await answer.clone().text());
      const mdat = readBoxes(await answer.bytes()).require('mdat');
      bodies.push(mdat.bytes(mdat.remaining));
    }
    const path = folder.path('fragments.flv');
    writeFileSync(path, Buffer.concat([FLV_HEADER, ...bodies]));
    return path;
  }

  test('live it lists what is complete, tells where its bootstrap is to be had again, and 412 for what comes next', async () => {
    broadcast.pushUntil(9);
    clock.advance(9000);
    const f4m = await manifest();
    const bootstrap = parseBootstrap(f4m.bootstrap.box);
    const again = await fetch(`${base}/${f4m.bootstrap.url}`);
    const [best] = f4m.media;

    assert.equal(f4m.isLive, true);
    assert.deepEqual(
      f4m.media.map(({ height }) => height),
      [360, 180],
    );
    assert.deepEqual(bootstrap.fragments, [{ first: 2, timeMs: 0, durationMs: 2000 }]);
    assert.equal(bootstrap.currentMs, 6000, 'who begins there finds a fragment');
    assert.deepEqual(parseBootstrap(await again.bytes()), bootstrap);
    const status = async (number: number): Promise<number> =>
      (await fetch(`${base}/${best?.url}Seg1-Frag${number}`)).status;
    assert.deepEqual([await status(5), await status(6), await status(40)], [200, 412, 404]);
  });

  test('a fragment made live plays by itself, from its configuration and its key frame on', async () => {
    const { media } = await manifest();
    const file = await fileOf(media[0]?.url ?? '', [4]);

    assert.equal(pictureHashes(file, '0:v').length, 60);
  });

  test('the recording is numbered from 1, and is bit for bit what was encoded', async () => {
    broadcast.pushUntil(SECONDS + 1);
    await broadcast.end();
    clock.advance(SECONDS * 1000 + 120_000);
    const f4m = await manifest();
    const { fragments, lastFragment = 0, isLive } = parseBootstrap(f4m.bootstrap.box);

    assert.deepEqual(
      [f4m.isLive, isLive, f4m.bootstrap.url, lastFragment],
      [false, false, undefined, SECONDS / 2],
    );
    assert.equal(fragments[0]?.first, 1);
    assert.ok(Math.abs((f4m.durationSeconds ?? 0) - SECONDS) < 0.1);
    const numbers = Array.from({ length: lastFragment }, (_, index) => index + 1);
    for (const [index, { url }] of f4m.media.entries()) {
      const file = await fileOf(url, numbers);
      assert.deepEqual(pictureHashes(file, '0:v'), pictureHashes(encoded[index]?.file ?? '', '0:v'));
      assert.deepEqual(pictureHashes(file, '0:a'), pictureHashes(encoded.at(-1)?.file ?? '', '0:a'));
    }
  });

  test('yt-dlp downloads it whole', { skip: missingPrograms('yt-dlp') }, async () => {
    const out = folder.path('downloaded.flv');
    // It tells formats by how an address ends.
    const address = `${base}/manifest(format=f4m-f4f)?.f4m`;
    await promisify(execFile)('yt-dlp', ['-q', '--no-part', '-f', 'best', '-o', out, address], {
      timeout: 60_000,
    });

    assert.equal(pictureHashes(out, '0:v').length, SECONDS * 30);
  });
});
