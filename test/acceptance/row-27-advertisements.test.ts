import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { parseSpliceInfo } from '../../src-main/media/scte35/splice-info.ts';
import { spliceSignals } from '../../src-main/media/scte35/splice-signals.ts';
import {
  type CuePlaylist,
  cueMpd,
  cuePlaylists,
  type InbandMessage,
  type ListedRange,
  segmentAt,
  timescaleOf,
} from '../support/cue-views.ts';
import { fetchLadder, levels, lumas } from '../support/encoded-ladder.ts';
import type { Lectern } from '../support/lectern-process.ts';
import { missingPrograms } from '../support/real-ffmpeg.ts';
import { mediaFile, realTime, rtmpOutputs, send } from '../support/senders.ts';
import { ingestUrl, type Published, record, request, startEvent } from '../support/service-stage.ts';
import { openStage, until } from '../support/studio-stage.ts';

const SPLICES = 'urn:scte:scte35:2013:bin';
const PLANNED = 30;
const OTHER = 77;
const GRAY = 128;
const WHITE = 200;

test('27: a break that is asked for is in HLS and DASH with its id, is covered, and ends when that is asked for', {
  skip: missingPrograms('ffmpeg'),
}, async () => {
  await using stage = await openStage();
  const { lectern } = stage;
  const call = async (action: string, body: unknown): Promise<readonly [number, string | undefined]> => {
    const { status, code } = await request(lectern, 'POST', `/liveEvents/ads/${action}`, body);
    return [status, code];
  };
  await putSlate(lectern, 'gray');
  const event = await startEvent(lectern, 'ads', {
    input: { streamingProtocol: 'RTMP' },
    encoding: {
      encodingType: 'Standard',
      keyFrameInterval: 'PT1S',
      customPreset: { layers: [{ width: 160, height: 90, bitrate: 200_000 }], audioBitrates: [96] },
      slate: { insertSlateOnAdMarker: false, defaultSlateAssetName: 'gray' },
    },
  });
  const published = await record(lectern, 'ads');
  const file = await mediaFile({ seconds: 40, layers: [{ size: '320x180', kbps: 300 }], picture: 'white' });
  await using _sender = send(rtmpOutputs(ingestUrl(event, 'rtmp'), ['one']), realTime(file));
  await until(
    'two segments of what is encoded',
    async () => {
      const playlists = await cuePlaylists(published.hls);
      return playlists.length === 2 && playlists.every(({ segments }) => segments.length >= 2) ? true : undefined;
    },
    40_000,
  );

  // What cannot be done changes nothing.
  assert.deepEqual(await call('endAdvertisement', { cueId: 4711 }), [404, 'resource/not-found']);
  assert.deepEqual(await call('startAdvertisement', { duration: 30, cueId: 0 }), [400, 'request/invalid']);
  assert.deepEqual(await call('startAdvertisement', { duration: 30 }), [400, 'request/invalid']);
  assert.deepEqual((await cueMpd(published.dash)).events, []);

  // Taken back before anybody can have seen it.
  assert.equal((await call('startAdvertisement', { duration: PLANNED, cueId: OTHER }))[0], 204);
  assert.equal((await call('endAdvertisement', { cueId: OTHER }))[0], 204);
  assert.deepEqual(await markers(published), []);

  assert.equal((await call('startAdvertisement', { duration: PLANNED, cueId: 4711, showSlate: true }))[0], 204);
  const [asked, ...others] = await markers(published);
  assert.deepEqual(others, []);
  assert.deepEqual(
    [asked?.id, asked?.planned, asked?.duration, asked?.in],
    ['4711', PLANNED, undefined, undefined],
  );
  const out = asked?.out ?? '';
  const [signal] = spliceSignals(parseSpliceInfo(Buffer.from(out, 'base64')));
  assert.deepEqual(
    [signal?.kind, signal?.eventId, signal?.duration, signal?.autoReturn],
    ['out', 4711, PLANNED * 90_000, true],
  );
  const start = asked?.start ?? 0;
  const { events } = await cueMpd(published.dash);
  assert.deepEqual(
    events.map(({ id, duration, section }) => [id, duration, section]),
    [['4711', PLANNED, out]],
  );
  assert.ok(Math.abs((events[0]?.start ?? 0) - start) < 0.002);

  await reached(published, start + 5);
  assert.equal((await call('endAdvertisement', { cueId: 4711 }))[0], 204);
  assert.deepEqual(await call('endAdvertisement', { cueId: 4711 }), [404, 'resource/not-found']);
  const [ended] = await markers(published);
  const { duration = 0, in: back = '' } = ended ?? {};
  assert.ok(duration > 5 && duration < 15, `it lasted ${duration} s`);
  assert.deepEqual([ended?.id, ended?.start, ended?.planned, ended?.out], ['4711', start, PLANNED, out]);
  const [end] = spliceSignals(parseSpliceInfo(Buffer.from(back, 'base64')));
  assert.deepEqual([end?.kind, end?.eventId], ['in', 4711]);
  const inMpd = (await cueMpd(published.dash)).events.map((shown) => [shown.section, shown.duration]);
  assert.equal(inMpd.length, 2);
  assert.deepEqual(inMpd[0]![0], out);
  assert.ok(Math.abs(Number(inMpd[0]![1]) - duration) < 0.002);
  assert.deepEqual(inMpd[1]![0], back);

  const playlists = await reached(published, start + duration + 3);
  for (const playlist of playlists) {
    const inband = await messagesOf(playlist);
    const own = inband.filter(({ payload }) => [out, back].includes(payload.toString('base64')));
    assert.ok(inband.length === own.length, 'nobody is told of the break that was taken back');
    assert.deepEqual(new Set(own.map(({ payload }) => payload.toString('base64'))), new Set([out, back]));
    assert.ok(own.every(({ scheme, value }) => scheme === SPLICES && value === 'api'));
    const ids = own.filter(({ payload }) => payload.toString('base64') === out).map(({ id }) => id);
    assert.deepEqual(new Set(ids), new Set([4711]));
  }
  const [pictures, sound] = await fetchLadder(published.hls);
  const looks = lumas(pictures!);
  const covered = looks.filter(({ luma }) => Math.abs(luma - GRAY) < 20).map(({ at }) => at);
  const [first, last] = [covered[0] ?? Infinity, covered.at(-1) ?? Infinity];
  assert.ok(Math.abs(first - start) < 0.3, `covered ${first - start} s behind the marker`);
  assert.ok(Math.abs(last - start - duration) < 0.3, `covered for ${last - first} s and not ${duration} s`);
  const within = looks.filter(({ at }) => at >= first && at <= last);
  assert.equal(covered.length, within.length);
  const seen = looks.filter(({ at }) => at < first || at > last);
  assert.ok(seen.length > 60 && seen.every(({ luma }) => luma > WHITE), 'the programme before and behind it');
  const peaks = levels(sound!);
  const loudest = (from: number, to: number): number =>
    Math.max(...peaks.filter(({ at }) => at > from && at < to).map(({ peak }) => peak));
  assert.ok(loudest(-Infinity, first - 0.5) > 0.05);
  assert.ok(loudest(first + 0.5, last - 0.5) < 0.02, 'muted while it is covered');
  assert.ok(loudest(last + 0.7, Infinity) > 0.05);
});

/** A JPEG of one colour as the slate of an asset. */
async function putSlate({ call, controlUrl, token }: Lectern, name: string): Promise<void> {
  await call('putAsset', { params: { name }, body: {} });
  const picture = execFileSync('ffmpeg', [
    ...['-nostdin', '-v', 'error', '-f', 'lavfi', '-i', `color=c=gray:s=64x64`],
    ...['-frames:v', '1', '-c:v', 'mjpeg', '-f', 'image2pipe', 'pipe:1'],
  ]);
  const answer = await fetch(`${controlUrl}/api/v1/assets/${name}/slate`, {
    method: 'PUT',
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'image/jpeg' },
    body: new Uint8Array(picture),
  });
  assert.equal(answer.status, 204);
}

/** What every playlist tells of, which must be the same in all. */
async function markers({ hls }: Published): Promise<readonly ListedRange[]> {
  const [first, ...others] = (await cuePlaylists(hls)).map(({ ranges }) => ranges);
  assert.equal(others.length, 1);
  others.forEach((other) => assert.deepEqual(other, first));
  return first ?? [];
}

/** The playlists when all of them have come as far as `seconds` of UTC. */
async function reached({ hls }: Published, seconds: number): Promise<readonly CuePlaylist[]> {
  return await until(
    'the stream goes on',
    async () => {
      const playlists = await cuePlaylists(hls);
      return playlists.every(({ segments }) => (segments.at(-1)?.end ?? 0) > seconds) ? playlists : undefined;
    },
    30_000,
  );
}

async function messagesOf({ map, segments }: CuePlaylist): Promise<readonly InbandMessage[]> {
  const timescale = await timescaleOf(map);
  const views = await Promise.all(segments.map(({ url }) => segmentAt(url, timescale)));
  return views.flatMap(({ messages }) => messages);
}
