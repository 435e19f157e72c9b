import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseMpd } from '../../../src-main/manifest/dash/mpd.ts';
import { expandTimeline, timelineRuns } from '../../../src-main/manifest/dash/segment-timeline.ts';
import { parseMultivariantPlaylist } from '../../../src-main/manifest/hls/multivariant-playlist.ts';
import { parseMediaPlaylist } from '../../../src-main/manifest/hls/parse-media-playlist.ts';
import { parseChunks } from '../../../src-main/media/cmaf/chunk.ts';
import { emptyTrex } from '../../../src-main/media/isobmff/trex.ts';
import { ffprobe } from '../../support/ffprobe.ts';
import { missingPrograms } from '../../support/real-ffmpeg.ts';
import { end, goLive, openStage, type Session, until } from '../../support/studio-stage.ts';

const missing = missingPrograms('ffmpeg', 'ffprobe');

async function textOf(url: string): Promise<string> {
  const answer = await fetch(url);
  assert.equal(answer.status, 200, url);
  return await answer.text();
}

type Listed = { readonly url: string; readonly gap: boolean; readonly atMs: number };

/** What the playlist of the best picture lists. */
async function hlsOf({ urls }: Session): Promise<readonly Listed[]> {
  const [variant] = parseMultivariantPlaylist(await textOf(urls.hls)).variants;
  const url = new URL(variant?.uri ?? '', urls.hls);
  const { segments } = parseMediaPlaylist(await textOf(url.href));
  return segments.map(({ uri, gap = false, programDateTimeMs = 0 }) => ({
    url: new URL(uri, url).href,
    gap,
    atMs: programDateTimeMs,
  }));
}

/** Addresses of the best picture that the MPD lists. */
async function dashOf({ urls }: Session): Promise<readonly string[]> {
  const { periods } = parseMpd(await textOf(urls.dash));
  const [set] = periods[0]?.adaptationSets ?? [];
  const template = set?.segmentTemplate;
  assert(template?.media !== undefined && template.timeline !== undefined);
  const bitrate = String(set?.representations[0]?.bandwidth ?? 0);
  const { media } = template;
  return [...expandTimeline(timelineRuns(template.timeline))].map(
    ({ time }) => new URL(media.replace('$Bandwidth$', bitrate).replace('$Time$', String(time)), urls.dash).href,
  );
}

async function statuses(addresses: readonly string[]): Promise<readonly number[]> {
  return await Promise.all(
    addresses.map(async (url) => {
      const { status, body } = await fetch(url);
      await body?.cancel();
      return status;
    }),
  );
}

test('panic, seen from outside: a picture that stands still in place of what was shown last, the slate behind it, and the recording is whole around it', {
  skip: missing,
}, async () => {
  await using stage = await openStage();
  const { lectern } = stage;
  const session = await goLive(lectern);
  await until('some segments are there', async () => ((await hlsOf(session)).length >= 6 ? true : undefined));
  const clip = await lectern.call('createStudioClip', { body: { seconds: 60 } });
  await lectern.call('createMarker', { body: { label: 'Something secret' } });
  const before = { hls: await hlsOf(session), dash: await dashOf(session) };
  assert(before.hls.every(({ gap }) => !gap));

  // As many seconds as three segments are ago, and a little: the beginning stays.
  const pressedMs = Date.now();
  const seconds = (pressedMs - (before.hls.at(-3)?.atMs ?? 0)) / 1000 + 0.5;
  const { panic } = await lectern.call('panic', { body: { seconds } });

  assert.equal(panic?.removal, 'removed');
  // It stays listed, so that no player stands still, and is one picture from before it.
  const removed = before.hls.slice(-3);
  const during = new Map((await hlsOf(session)).map((listed) => [listed.url, listed.gap]));
  assert(removed.every(({ url }) => during.get(url) === false));
  for (const { url } of removed) {
    assert.equal(await picturesIn(url), 1, url);
  }
  assert((await picturesIn(before.hls[0]?.url ?? '')) > 20);
  const dashDuring = new Set(await dashOf(session));
  // What was still being written is listed when it has ended.
  const complete = before.dash.slice(0, -1);
  assert.deepEqual(
    complete.filter((url) => !dashDuring.has(url)),
    [],
  );
  assert.equal(await picturesIn(complete.at(-1) ?? ''), 1);

  // The slate is shown, and stays until the presenter says back.
  const slate = await until('the slate is there', async () => {
    const pictures = await Promise.all(
      (await hlsOf(session)).filter(({ atMs }) => atMs > pressedMs).map(({ url }) => picturesIn(url)),
    );
    return pictures.filter((count) => count > 1).length >= 2 ? pictures : undefined;
  });
  assert(slate.every((count) => count > 0));
  assert.notEqual((await lectern.call('getStudio', {})).panic, undefined);
  assert.equal((await lectern.call('panicBack', {})).panic, undefined);

  // What was made of it is gone too.
  const { value: markers } = await lectern.call('listMarkers', { params: { name: session.asset ?? '' } });
  assert.deepEqual(markers, []);
  const left = await lectern.call('getAsset', { params: { name: clip.name } });
  assert(left.duration < clip.duration, `${left.duration} of ${clip.duration}`);

  await end(lectern);
  const asset = await lectern.call('getAsset', { params: { name: session.asset ?? '' } });
  assert.deepEqual([asset.state, asset.damage], ['ready', undefined]);
  const [gap, ...others] = asset.gaps;
  assert.deepEqual(others, []);
  assert(gap !== undefined && gap.duration >= seconds - 1, JSON.stringify([seconds, asset.gaps]));
  for (const url of removed.map((one) => one.url)) {
    assert.deepEqual(await statuses([url]), [404]);
  }
  // Nor do programs that hold the token get a picture of it.
  const { sheets } = await lectern.call('getThumbnails', { params: { name: asset.name } });
  assert(sheets[0] !== undefined);
  const pictures = `/api/v1/assets/${asset.name}/thumbnail?time=`;
  const answers = [sheets[0].url, `${pictures}0`, `${pictures}${gap.start + gap.duration / 2}`].map(
    async (path) => {
      const headers = { Authorization: `Bearer ${lectern.token}` };
      const answer = await fetch(new URL(path, lectern.controlUrl), { headers });
      await answer.body?.cancel();
      return [answer.status, answer.headers.get('content-type')];
    },
  );
  assert.deepEqual(await Promise.all(answers), [
    [200, 'image/jpeg'],
    [200, 'image/jpeg'],
    [404, 'application/problem+json'],
  ]);
  for (const name of [asset.assetId, left.assetId]) {
    for (const file of await mediaFiles(join(stage.dataDir, 'assets', name))) {
      const { codecs } = await ffprobe(file);
      assert.equal(codecs.length, 1, file);
    }
  }
});

/** How many pictures a segment has; 0 when it is not there. */
async function picturesIn(url: string): Promise<number> {
  const answer = await fetch(url);
  return answer.ok ? parseChunks(await answer.bytes(), { trex: emptyTrex(1) }).flat().length : 0;
}

async function mediaFiles(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  return entries
    .filter(({ name }) => /\.cmf[va]$/.test(name))
    .map(({ parentPath, name }) => join(parentPath, name));
}
