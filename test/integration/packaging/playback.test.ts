import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import HLS from 'hls-parser';
import { systemClock } from '../../../src-main/base/clock.ts';
import { createRecordingPresentation } from '../../../src-main/core/archive/recording-presentation.ts';
import { createSegmentReader } from '../../../src-main/core/archive/segment-reader.ts';
import { createPackager } from '../../../src-main/core/packaging/packager.ts';
import { fakePublication } from '../../support/fake-presentation.ts';
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

const HLS_NAME = 'manifest(format=m3u8-cmaf)';
const DASH_NAME = 'manifest(format=mpd-time-cmaf)';

suite('what is packaged plays', { skip: missingPrograms('ffmpeg', 'ffprobe') }, () => {
  let folder: ReturnType<typeof openFolder>;
  let encoded: readonly EncodedTrack[];
  before(() => {
    folder = openFolder();
    encoded = encode(folder, 11);
  });
  after(() => folder[Symbol.dispose]());

  test('a recording decodes to the frames of the encoder, bit for bit, as HLS and as DASH', async () => {
    using place = openFolder();
    await using media = new AsyncDisposableStack();
    const broadcast = media.use(await openBroadcast(place, encoded));
    broadcast.pushUntil(12);
    await broadcast.end();
    const reader = media.use(createSegmentReader());
    const recording = createRecordingPresentation({
      id: 'recording',
      folder: place.path('recording'),
      reader,
      tracks: broadcast.timeline.tracks(),
      segmentSeconds: 2,
      epochOffsetMs: 0,
    });
    const packager = createPackager({ clock: systemClock() });
    const origin = media.use(await openTinyOrigin(packager, fakePublication(recording)));

    for (const name of [HLS_NAME, DASH_NAME]) {
      const url = `${origin.url}/${name}`;
      assert.deepEqual(await playedHashes(['-i', url], '0:v:0'), pictureHashes(encoded[0]!.file, '0'), name);
      assert.deepEqual(await playedHashes(['-i', url], '0:a:0'), pictureHashes(encoded[2]!.file, '0'), name);
    }
    assert.deepEqual(origin.refused, []);
  });

  test('a player that joins a broadcast sees every frame from the beginning to its end, while it is being made', async () => {
    using place = openFolder();
    await using media = new AsyncDisposableStack();
    const broadcast = media.use(await openBroadcast(place, encoded));
    const clock = manualClock(Number(START_SECONDS) * 1000);
    const packager = createPackager({ clock });
    const origin = media.use(await openTinyOrigin(packager, fakePublication(broadcast.presentation)));
    const upTo = (seconds: number): void => {
      broadcast.pushUntil(seconds);
      clock.advance(Math.max(0, (Number(START_SECONDS) + seconds) * 1000 - clock.wallMs()));
    };

    upTo(1);
    // Waits at first: there is no complete segment yet.
    const playing = playedHashes(['-live_start_index', '0', '-i', `${origin.url}/${HLS_NAME}`], '0:v:0');
    for (let seconds = 1; seconds <= 12; seconds += 0.5) {
      upTo(seconds);
      await pause(100);
    }
    await broadcast.end();

    assert.deepEqual(await playing, pictureHashes(encoded[0]!.file, '0'));
    assert.deepEqual(origin.refused, []);
  });

  test('a segment asked for while it is written is the same to the byte as when it is complete', async () => {
    using place = openFolder();
    await using media = new AsyncDisposableStack();
    const broadcast = media.use(await openBroadcast(place, encoded));
    const packager = createPackager({ clock: manualClock(Number(START_SECONDS) * 1000) });
    const origin = media.use(await openTinyOrigin(packager, fakePublication(broadcast.presentation)));
    broadcast.pushUntil(4.7);
    const [window] = broadcast.presentation.tracks();
    const url = `${origin.url}/QualityLevels(800000)/Fragments(video=${window!.open!.time},format=mpd-time-cmaf)`;

    const response = await fetch(url);
    const growing = response.arrayBuffer();
    for (let seconds = 5; seconds <= 7; seconds += 0.2) {
      broadcast.pushUntil(seconds);
      await pause(10);
    }
    const grown = Buffer.from(await growing);
    const complete = Buffer.from(await (await fetch(url)).arrayBuffer());

    assert.equal(response.headers.get('content-length'), null);
    assert(grown.length > 1000);
    assert.deepEqual(grown, complete);
  });

  test('parts end to end are their segments, and what another parser reads is what was recorded', async () => {
    using place = openFolder();
    await using media = new AsyncDisposableStack();
    const broadcast = media.use(await openBroadcast(place, encoded));
    const packager = createPackager({ clock: manualClock(Number(START_SECONDS) * 1000) });
    const publication = fakePublication(broadcast.presentation);
    broadcast.pushUntil(9.1);
    const read = async (path: string): Promise<Buffer> => {
      const answer = await packager.answer(publication, packager.parse(`/0f0e/stream.ism/${path}`).resource, '');
      assert(answer.kind === 'media' || answer.kind === 'manifest', path);
      return answer.kind === 'media' ? Buffer.concat(answer.chunks) : gunzipSync(answer.document.gzip());
    };

    const master = HLS.parse((await read(HLS_NAME)).toString());
    assert(master.isMasterPlaylist);
    const variants = master.variants.filter(({ isIFrameOnly }) => isIFrameOnly !== true);
    assert.deepEqual(
      [variants, master.variants].map((listed) => listed.map(({ resolution }) => resolution?.height)),
      // Behind them the same in single pictures.
      [
        [360, 180],
        [360, 180, 360, 180],
      ],
    );
    const uris = [...variants.map(({ uri }) => uri), ...variants[0]!.audio.map(({ uri }) => uri ?? '')];
    for (const uri of uris) {
      const playlist = HLS.parse((await read(uri)).toString());
      assert(!playlist.isMasterPlaylist);
      const folderOf = uri.slice(0, uri.indexOf('/') + 1);
      // The parser puts the parts of the open segment into one without an address.
      const complete = playlist.segments.filter((segment) => segment.uri !== '');
      assert.equal(complete.length, 4);
      for (const { uri: address, parts } of complete.filter((segment) => segment.parts.length > 0)) {
        const pieces = await Promise.all(
          parts.filter(({ hint }) => !hint).map((part) => read(folderOf + part.uri)),
        );
        assert.deepEqual(Buffer.concat(pieces), await read(folderOf + address));
      }
    }
  });
});
