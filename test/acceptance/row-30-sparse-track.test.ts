import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { checkSmooth } from '../../src-main/manifest/smooth/check/check-smooth.ts';
import { createIngestReader } from '../../src-main/media/cmaf/fragment-reader.ts';
import { cueMpd, cuePlaylists, legacy, segmentAt, timescaleOf } from '../support/cue-views.ts';
import { missingPrograms } from '../support/real-ffmpeg.ts';
import { mediaFile, realTime, send, smoothOutput } from '../support/senders.ts';
import { field, followEvents, ingestUrl, record, startEvent } from '../support/service-stage.ts';
import { fetchManifest, fragmentPath } from '../support/smooth-client.ts';
import { openStage, until } from '../support/studio-stage.ts';
import {
  liveManifest,
  SECTION,
  SPARSE_HEADER,
  SPARSE_MANIFEST,
  sparseFragment,
} from '../unit/media/smooth/ingest-streams.ts';

const SPLICES = 'urn:scte:scte35:2013:bin';
/** Of the parent track, as ffmpeg has it. */
const TIMESCALE = 10_000_000;
const SECONDS = 4;
const ROUNDING = 0.002;
const BASE64 = Buffer.from(SECTION).toString('base64');

test('30: a cue that is posted as a sparse track is in HLS, DASH and Smooth Streaming, at its time and with its bytes', {
  skip: missingPrograms('ffmpeg'),
}, async () => {
  await using stage = await openStage();
  await using events = followEvents(stage.lectern);
  const event = await startEvent(stage.lectern, 'sparse', {
    input: { streamingProtocol: 'FragmentedMP4', keyFrameIntervalDuration: 'PT1S' },
  });
  const published = await record(stage.lectern, 'sparse');
  const file = await mediaFile({ seconds: 40, layers: [{ size: '320x180', kbps: 300 }], gopSeconds: 1 });
  await using _sender = send(smoothOutput(ingestUrl(event, 'http')), realTime(file));
  const playlists = await until('the stream', async () => {
    const found = await cuePlaylists(published.hls);
    return found.length === 2 && found.every(({ segments }) => segments.length >= 2) ? found : undefined;
  });
  const first = playlists[0]?.segments[0];
  assert.equal(first?.sequence, 1);
  /** UTC of the encoder's time 0. */
  const zero = first.start - firstPicture(file);
  const sentAt = (playlists[0]?.segments.at(-1)?.end ?? 0) - zero;
  const [at, later] = [sentAt + 6, sentAt + 10];
  const post = async (id: number, sent: number, applies: number): Promise<number> => {
    const fragment = sparseFragment({
      id,
      time: BigInt(Math.round(sent * TIMESCALE)),
      delta: Math.round((applies - sent) * TIMESCALE),
      duration: BigInt(SECONDS * TIMESCALE),
    });
    const body = Buffer.concat([liveManifest(SPARSE_MANIFEST), SPARSE_HEADER, fragment]);
    const url = ingestUrl(event, 'http').replace('streams(live)', 'Streams(ads)');
    return (await fetch(url, { method: 'POST', body: new Uint8Array(body) })).status;
  };

  assert.equal(await post(7, sentAt, at), 200);
  assert.equal(await post(8, sentAt, later), 200);
  // Said again, as encoders do that are not sure.
  assert.equal(await post(7, sentAt + 0.5, at), 200);
  await until('all of them were taken', () => {
    const told = events.seen().filter(({ eventType }) => eventType === 'Lectern.LiveEventCue');
    return told.length === 3 && told.every(({ data }) => field(data, 'accepted') === true) ? true : undefined;
  });

  const expected = [
    { id: '7', start: zero + at },
    { id: '8', start: zero + later },
  ];
  for (const { ranges } of await cuePlaylists(published.hls)) {
    assert.deepEqual(
      ranges.map(({ id, planned, out }) => [id, planned, out]),
      expected.map(({ id }) => [id, SECONDS, BASE64]),
    );
    ranges.forEach(({ start }, index) => assertNear(start, expected[index]?.start));
  }
  const mpd = await cueMpd(published.dash);
  assert.deepEqual(
    mpd.events.map(({ id, value, duration, section }) => [id, value, duration, section]),
    expected.map(({ id }) => [id, 'ads', SECONDS, BASE64]),
  );
  mpd.events.forEach(({ start }, index) => assertNear(start, expected[index]?.start));
  Object.values(mpd.inband).forEach((streams) => assert.ok(streams.includes(`${SPLICES} ads`)));

  const smooth = await fetchManifest(`${published.base}/manifest`);
  assert.deepEqual(checkSmooth(undefined, smooth), []);
  const sparse = smooth.streams.find(({ type }) => type === 'text');
  assert.ok(sparse !== undefined && !('written' in sparse.fragments));
  assert.deepEqual(
    [sparse.name, sparse.subtype, sparse.manifestOutput, sparse.parentStream],
    ['ads', 'DATA', true, smooth.streams[0]?.name],
  );
  assert.deepEqual(sparse.qualities[0]?.customAttributes, new Map([['Scheme', SPLICES]]));
  assert.equal(sparse.fragments.length, expected.length);
  sparse.fragments.forEach(({ time, duration, content }, index) => {
    assertNear(Number(time) / TIMESCALE, expected[index]?.start);
    assertNear(duration / TIMESCALE, SECONDS);
    assert.equal(Buffer.from(content ?? []).toString('base64'), BASE64);
  });
  const message = await fetch(
    `${published.base}/${fragmentPath(sparse, { bitrate: 0 }, sparse.fragments[0]?.time ?? 0n)}`,
  );
  assert.ok(Buffer.from(await message.arrayBuffer()).includes(Buffer.from(SECTION)));

  const passed = await until(
    'the first break is there',
    async () => {
      const found = await cuePlaylists(legacy(published.hls));
      return found.every(({ segments }) => (segments.at(-1)?.end ?? 0) > zero + at + 1) ? found : undefined;
    },
    30_000,
  );
  for (const { map, segments } of passed) {
    const placed = segments.flatMap(({ cues, start, end }) => cues.map((cue) => ({ cue, start, end })));
    assert.deepEqual(
      placed.map(({ cue }) => [cue['ID'], cue['CUE']]),
      [['7', BASE64]],
    );
    assert.ok(placed.every(({ start, end }) => start - 0.1 <= zero + at && zero + at < end));
    const timescale = await timescaleOf(map);
    const views = await Promise.all(segments.map(({ url }) => segmentAt(url, timescale)));
    const inband = views.flatMap(({ messages }) => messages);
    assert.ok(inband.filter(({ id }) => id === 7).length >= 4);
    for (const { id, start, payload, ...rest } of inband) {
      assertNear(start, expected.find((one) => one.id === String(id))?.start);
      assert.equal(payload.toString('base64'), BASE64);
      assert.deepEqual([rest.scheme, rest.value, rest.version, rest.duration], [SPLICES, 'ads', 0, SECONDS]);
    }
    assert.ok(
      views.at(-1)?.messages.every(({ id }) => id === 8),
      'no longer in what begins behind it',
    );
  }
});

function assertNear(seconds: number, expected: number | undefined): void {
  assert.ok(Math.abs(seconds - (expected ?? Number.NaN)) < ROUNDING, `${seconds} and not ${expected}`);
}

/** When the first picture of a file is shown, on the encoder's clock: ffmpeg moves it behind the priming of the sound. */
function firstPicture(file: string): number {
  const stream = execFileSync(
    'ffmpeg',
    [
      ...['-v', 'error', '-t', '2', '-i', file, '-map', '0', '-c', 'copy'],
      ...['-f', 'ismv', '-movflags', 'isml+frag_keyframe', 'pipe:1'],
    ],
    { maxBuffer: 64 * 1024 * 1024 },
  );
  const read = createIngestReader({ maxBoxBytes: stream.length }).push(stream);
  const video = read.flatMap((one) => (one.kind === 'header' ? one.tracks : []))[0];
  const fragment = read.find((one) => one.kind === 'fragment' && one.trackId === video?.trackId);
  assert.ok(fragment?.kind === 'fragment' && video !== undefined);
  return Number(fragment.samples[0]?.decodeTime) / video.description.timescale;
}
