import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { writeChunk } from '../../../src-main/media/cmaf/chunk.ts';
import type { Sample } from '../../../src-main/media/cmaf/types.ts';
import type { Ticks } from '../../../src-main/media/time.ts';
import { goLive, openArchiveRig } from '../../support/archive-rig.ts';
import { frameMd5s } from '../../support/ffprobe.ts';
import { type EncodedTrack, encodeTracks } from '../../support/make-recording.ts';
import { missingPrograms } from '../../support/real-ffmpeg.ts';

/** Pushes what an encoder made, a tenth of a second of every track at a time. */
function pushAll(rig: Awaited<ReturnType<typeof openArchiveRig>>, tracks: readonly EncodedTrack[]): void {
  const input = rig.input('live');
  input.open(tracks.map(({ track }) => track));
  const at = tracks.map(() => 0);
  for (let until = 10; at.some((index, track) => index < (tracks[track]?.samples.length ?? 0)); until += 0.1) {
    for (const [index, { track, samples }] of tracks.entries()) {
      const from = at[index] ?? 0;
      const stop = samples.findIndex(({ decodeTime }) => Number(decodeTime) / track.timescale >= until);
      at[index] = stop < 0 ? samples.length : stop;
      input.push(track.id, samples.slice(from, at[index]));
    }
  }
}

test('a recorded track decodes to the very frames that its encoder wrote, in rolling files of any length', {
  skip: missingPrograms('ffmpeg', 'ffprobe'),
}, async (t) => {
  const root = mkdtempSync(join(tmpdir(), 'lectern-exact-'));
  t.after(() => rmSync(root, { recursive: true }));
  const tracks = await encodeTracks(join(root, 'encoded'), {
    seconds: 24,
    videoBitrates: [400_000, 150_000],
    bFrames: 2,
    startSeconds: 10,
  });
  await using rig = await openArchiveRig({ dataDir: root });
  await goLive(rig, 'live', { archiveWindowLength: 'PT5M' });

  pushAll(rig, tracks);
  await rig.liveEvents.stop('live', { removeOutputsOnStop: true });

  const asset = rig.archive.assets.get('live');
  assert.deepEqual([asset.state, asset.gaps, Math.round(asset.duration)], ['ready', [], 24]);
  const presentation = await rig.archive.assets.presentationOf('live');
  assert.ok(presentation);
  for (const { track, samples } of tracks) {
    const kind = track.kind === 'video' ? 'v:0' : 'a:0';
    const folder = join(rig.archive.assets.folderOf('live'), track.id);
    const files = (await readdir(folder)).filter((name) => !name.endsWith('.idx')).toSorted();
    // Of an hour or less each segment is a file.
    assert.equal(files.length, 12);
    const bytes = await Promise.all(files.map((name) => readFile(join(folder, name))));
    const init = track.init.length;
    assert.ok(
      bytes.every((one) => one.subarray(0, init).equals(track.init)),
      'every file begins with the header',
    );
    const recorded = join(root, `${track.id}.recorded.mp4`);
    await writeFile(recorded, Buffer.concat(bytes.map((one, index) => (index === 0 ? one : one.subarray(init)))));

    const first: Ticks | undefined = presentation
      .tracks()
      .find((window) => window.track.id === track.id)
      ?.segments.at(0).time;
    assert.ok(first !== undefined);
    const taken: readonly Sample[] = samples.filter(({ decodeTime }) => decodeTime >= first);
    const encoded = join(root, `${track.id}.encoded.mp4`);
    await writeFile(
      encoded,
      Buffer.concat([track.init, writeChunk(taken, { kind: track.kind, sequenceNumber: 1 }).bytes]),
    );
    const frames = await frameMd5s(['-i', recorded], kind);
    assert.deepEqual(frames, await frameMd5s(['-i', encoded], kind));
    assert.equal(frames.length, taken.length);
  }
});
