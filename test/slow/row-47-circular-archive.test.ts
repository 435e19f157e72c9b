import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { missingPrograms } from '../support/real-ffmpeg.ts';
import { playlistSpan, recordedSeconds } from '../support/recorded-files.ts';
import { mediaFile, realTime, rtmpOutputs, send } from '../support/senders.ts';
import { ingestUrl, playlistsOf, record, segmentsAt, startEvent } from '../support/service-stage.ts';
import { openStage } from '../support/studio-stage.ts';

const WINDOW_SECONDS = 60;
const SEGMENT_SECONDS = 2;
/** Of the encoder's times, which are milliseconds. */
const ROUNDING_SECONDS = 0.1;

test('47: three minutes of an archive of one, in real time, leave one on the disk', {
  skip: missingPrograms('ffmpeg'),
}, async () => {
  await using stage = await openStage();
  const event = await startEvent(stage.lectern, 'circle');
  const published = await record(stage.lectern, 'circle', { archiveWindowLength: 'PT1M' });
  const file = await mediaFile({ seconds: 30, layers: [{ size: '320x180', kbps: 300 }] });
  await using _sender = send(rtmpOutputs(ingestUrl(event, 'rtmp'), ['one']), realTime(file, { loop: true }));
  const [video = ''] = await segmentsAt(published.hls, 2);
  const [oldest = ''] = (await playlistSpan(video)).segments;
  assert.equal((await fetch(oldest)).status, 200);

  const untilMs = Date.now() + 3 * WINDOW_SECONDS * 1000;
  let most = 0;
  while (Date.now() < untilMs) {
    await wait(5000);
    const spans = await recordedSeconds(stage.lectern, published.asset);
    most = Math.max(most, ...spans.map(({ seconds }) => seconds));
  }

  assert.ok(
    most >= WINDOW_SECONDS - ROUNDING_SECONDS && most <= WINDOW_SECONDS + 2 * SEGMENT_SECONDS,
    `${most} s at most`,
  );
  for (const { track, seconds } of await recordedSeconds(stage.lectern, published.asset)) {
    assert.ok(
      seconds >= WINDOW_SECONDS - ROUNDING_SECONDS && seconds <= WINDOW_SECONDS + 2 * SEGMENT_SECONDS,
      `${seconds} s of ${track}`,
    );
  }
  for (const url of await playlistsOf(published.hls)) {
    const { seconds } = await playlistSpan(url);
    assert.ok(
      seconds >= WINDOW_SECONDS - ROUNDING_SECONDS && seconds <= WINDOW_SECONDS + 2 * SEGMENT_SECONDS,
      `${seconds} s in ${url}`,
    );
  }
  const gone = await fetch(oldest);
  assert.equal(gone.status, 404);
  assert.match(await gone.text(), /MPE_FRAGMENT_TIMESTAMP_NOT_FOUND/);
});
