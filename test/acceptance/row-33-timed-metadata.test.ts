import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { sendWithCues } from '../support/cue-encoder.ts';
import { cueMpd, cuePlaylist, cuePlaylists, segmentAt, timescaleOf } from '../support/cue-views.ts';
import { missingPrograms } from '../support/real-ffmpeg.ts';
import { mediaFile } from '../support/senders.ts';
import { field, ingestUrl, record, startEvent } from '../support/service-stage.ts';
import { openStage, until } from '../support/studio-stage.ts';

const ID3 = 'https://aomedia.org/emsg/ID3';
const LONGEST = 256 * 1024;

test('33: JSON that is posted is in the next segment, and too much or too often is refused', {
  skip: missingPrograms('ffmpeg'),
}, async () => {
  await using stage = await openStage();
  const event = await startEvent(stage.lectern, 'notes', {
    input: { streamingProtocol: 'RTMP', keyFrameIntervalDuration: 'PT1S' },
  });
  const published = await record(stage.lectern, 'notes');
  const url = event.input.timedMetadataEndpoints?.find((endpoint) => endpoint.url.startsWith('http:'))?.url ?? '';
  assert.equal(new URL(url).pathname, `/${event.input.accessToken}/ingest.isml/eventdata`);
  const post = async (body: string, type = 'application/json', to = url): Promise<readonly [number, unknown]> => {
    const answer = await fetch(to, { method: 'POST', headers: { 'Content-Type': type }, body });
    const text = await answer.text();
    return [answer.status, answer.ok ? undefined : field(JSON.parse(text), 'code')];
  };
  const file = await mediaFile({ seconds: 60, layers: [{ size: '320x180', kbps: 300 }], gopSeconds: 1 });
  await using _encoder = await sendWithCues(ingestUrl(event, 'rtmp'), 'one', file);
  const video = await until('the stream', async () => {
    const playlists = await cuePlaylists(published.hls);
    const isThere = playlists.length === 2 && playlists.every(({ segments }) => segments.length >= 2);
    return isThere ? playlists[0] : undefined;
  });
  const newest = async (): Promise<number> => (await cuePlaylist(video.url)).segments.at(-1)?.sequence ?? 0;

  const note = '{ "score": [1, 0], "wörds": "as they came" }';
  const before = await newest();
  assert.deepEqual(await post(note), [200, undefined]);
  const after = await newest();
  // Two a second are all that may be sent; the second one here comes in a second of its own.
  await wait(1000);
  const long = JSON.stringify({ text: 'x'.repeat(LONGEST - '{"text":""}'.length) });
  assert.equal(Buffer.byteLength(long), LONGEST);
  const beforeLong = await newest();
  assert.deepEqual(await post(long), [200, undefined]);
  const afterLong = await newest();

  // What is refused does not count.
  assert.deepEqual(await post(`${long} `), [400, 'ingest/timed-metadata-invalid']);
  assert.deepEqual(await post('[1]'), [400, 'ingest/timed-metadata-invalid']);
  assert.deepEqual(await post(note, 'text/plain'), [400, 'ingest/timed-metadata-invalid']);
  const wrong = url.replace(event.input.accessToken, '00000000-0000-4000-8000-000000000000');
  assert.equal((await post(note, undefined, wrong))[0], 403);

  await until('three within a second', async () => {
    await wait(1000);
    const beganMs = performance.now();
    const answers = await Promise.all([post('{"n":1}'), post('{"n":2}'), post('{"n":3}')]);
    const tookMs = performance.now() - beganMs;
    if (tookMs > 900) {
      return undefined;
    }
    assert.deepEqual(
      answers.toSorted(([a], [b]) => a - b),
      [
        [200, undefined],
        [200, undefined],
        [429, 'ingest/timed-metadata-rate'],
      ],
    );
    return true;
  });
  await until('a second has gone by', async () => ((await post('{"n":4}'))[0] === 200 ? true : undefined), 3000);

  await until('the segments behind them', async () => ((await newest()) > afterLong + 2 ? true : undefined));
  const playlist = await cuePlaylist(video.url);
  const timescale = await timescaleOf(playlist.map);
  for (const [text, first, last] of [
    [note, before + 1, after + 1],
    [long, beforeLong + 1, afterLong + 1],
  ] as const) {
    const expected = id3(text);
    const carriers: number[] = [];
    for (const { url: segment, sequence, end } of playlist.segments) {
      const { start, messages } = await segmentAt(segment, timescale);
      for (const { payload, ...rest } of messages.filter((message) => message.payload.equals(expected))) {
        carriers.push(sequence);
        assert.deepEqual([rest.scheme, rest.value, rest.version], [ID3, '', 1]);
        assert.ok(rest.start >= start && rest.start < end, `${rest.start} outside of ${start}..${end}`);
      }
    }
    assert.equal(carriers.length, 1, `in the segments ${carriers.join()}`);
    assert.ok(
      (carriers[0] ?? 0) >= first && (carriers[0] ?? 0) <= last,
      `${carriers[0]} is not ${first}..${last}`,
    );
  }

  const { inband, tracks, events } = await cueMpd(published.dash);
  assert.ok(inband['video']?.includes(ID3), JSON.stringify(inband));
  assert.deepEqual(events, [], 'metadata are no breaks');
  const inDash = tracks.find(({ kind }) => kind === 'video');
  const views = await Promise.all((inDash?.segments ?? []).map((segment) => segmentAt(segment, timescale)));
  assert.equal(
    views.flatMap(({ messages }) => messages).filter(({ payload }) => payload.equals(id3(note))).length,
    1,
  );
});

/** An ID3v2.4 tag with one GEOB frame: UTF-8, the MIME type, no file name, no description, the object. */
function id3(json: string): Buffer {
  const body = Buffer.concat([Buffer.of(3), Buffer.from('application/json\0\0\0'), Buffer.from(json)]);
  const frame = Buffer.concat([Buffer.from('GEOB'), syncSafe(body.length), Buffer.of(0, 0), body]);
  return Buffer.concat([Buffer.from('ID3'), Buffer.of(4, 0, 0), syncSafe(frame.length), frame]);
}

function syncSafe(size: number): Buffer {
  return Buffer.from([21, 14, 7, 0].map((shift) => (size >> shift) & 0x7f));
}
