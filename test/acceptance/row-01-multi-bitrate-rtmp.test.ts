import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { missingPrograms } from '../support/real-ffmpeg.ts';
import { mediaFile, packetHashes, realTime, rtmpOutputs, send } from '../support/senders.ts';
import {
  ingestUrl,
  playlistsOf,
  previewBase,
  record,
  request,
  segmentsAt,
  startEvent,
  textOf,
} from '../support/service-stage.ts';
import { downloadQuality, fetchManifest } from '../support/smooth-client.ts';
import { openStage, until } from '../support/studio-stage.ts';
import { mkdtempDisposable } from '../support/temporary-folder.ts';

const skip = missingPrograms('ffmpeg');
const LAYERS = [
  { size: '640x360', kbps: 800 },
  { size: '480x270', kbps: 500 },
  { size: '320x180', kbps: 300 },
];

test('1: three RTMP pushes become three qualities and one sound in every manifest, bit by bit what was sent', {
  skip,
}, async () => {
  await using stage = await openStage();
  const { lectern } = stage;
  const event = await startEvent(lectern, 'news');
  const file = await mediaFile({ seconds: 30, layers: LAYERS });
  const tracks = ['0:v:0', '0:v:1', '0:v:2', '0:a:0'];
  const sent = await Promise.all(tracks.map((track) => packetHashes(file, track)));
  const sentPictures = await Promise.all(tracks.map((track) => packetHashes(file, track, AS_UNITS)));

  await using _sender = send(rtmpOutputs(ingestUrl(event, 'rtmp'), ['hi', 'mid', 'lo']), realTime(file));
  // One connection is made after the other, and what is recorded from the first of them on has a Period without the others.
  await until('the preview has all of them', async () =>
    (await segmentsAt(`${previewBase(lectern, event)}/manifest(format=m3u8-cmaf)`, 2)).length === 4
      ? true
      : undefined,
  );
  const { base, ...published } = await record(lectern, 'news');
  const playlists = await segmentsAt(published.hls, 3);

  assert.equal(playlists.length, 4);
  const mpd = (await textOf(published.dash)) ?? '';
  assert.equal(mpd.match(/<Representation [^>]*codecs=/g)?.length, 4);

  await request(lectern, 'DELETE', '/liveEvents/news/liveOutputs/tape');
  await until('it is a recording', async () =>
    (await textOf(published.dash))?.includes('type="static"') === true ? true : undefined,
  );
  for (const [index, playlist] of (await playlistsOf(published.hls)).entries()) {
    assertPiece(await packetHashes(playlist, '0:0'), sent[index], `CMAF in HLS, ${tracks[index]}`);
  }
  for (const format of ['mpd-time-cmaf', 'mpd-time-csf']) {
    for (const [index, track] of tracks.entries()) {
      const hashes = await packetHashes(`${base}/manifest(format=${format})`, track);
      assertPiece(hashes, sent[index], `${format}, ${track}`);
    }
  }
  for (const [index, playlist] of (await playlistsOf(`${base}/manifest(format=m3u8-aapl)`)).entries()) {
    const hashes = await packetHashes(playlist, '0:0', AS_UNITS);
    assertPiece(hashes, sentPictures[index], `transport streams, ${tracks[index]}`);
  }
  await using folder = await mkdtempDisposable(join(tmpdir(), 'lectern-smooth-'));
  const smooth = await fetchManifest(`${base}/manifest`);
  const qualities = smooth.streams.flatMap((stream) => stream.qualities.map((quality) => ({ stream, quality })));
  assert.equal(qualities.length, 4);
  for (const [index, { stream, quality }] of qualities.entries()) {
    const path = join(folder.path, `${index}.mp4`);
    await writeFile(path, await downloadQuality(base, smooth, stream, quality));
    assertPiece(await packetHashes(path, '0:0'), sent[index], `Smooth Streaming, ${tracks[index]}`);
  }
});

/**
 * Transport streams have start codes where files have lengths, and each key frame has its parameter sets with it: so what is compared is what
 * both have, unit by unit. Their sound has a header before each frame, which goes too.
 */
const AS_UNITS = ['-bsf:v', 'h264_mp4toannexb,filter_units=remove_types=7-9', '-bsf:a', 'aac_adtstoasc'];

/** One piece of what was sent, nothing twice, nothing missing, nothing changed. */
function assertPiece(hashes: readonly string[], sent: readonly string[] = [], what: string): void {
  const from = sent.indexOf(hashes[0] ?? '');
  assert.ok(from >= 0 && hashes.length > 150, `${what}: ${hashes.length} packets`);
  assert.deepEqual(hashes, sent.slice(from, from + hashes.length), what);
}
