import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Fields, valuesOf } from '../support/fields.ts';
import { missingPrograms } from '../support/real-ffmpeg.ts';
import { mediaFile, realTime, rtmpOutputs, send } from '../support/senders.ts';
import { ingestUrl, request, segmentsAt, startEvent } from '../support/service-stage.ts';
import { openStage, until } from '../support/studio-stage.ts';

const KBPS = 300;
const MINUTE_MS = 60_000;

test('43, 85: every minute a row of each track, every half minute one of each kind of answer', {
  skip: missingPrograms('ffmpeg'),
}, async () => {
  await using stage = await openStage();
  const event = await startEvent(stage.lectern, 'rows');
  const file = await mediaFile({ seconds: 30, layers: [{ size: '320x180', kbps: KBPS }], gopSeconds: 1 });
  await using _sender = send(rtmpOutputs(ingestUrl(event, 'rtmp'), ['one']), realTime(file, { loop: true }));
  const preview = `${stage.lectern.originUrl}/${event.preview.previewLocator}/preview.ism/manifest(format=m3u8-cmaf)`;
  await segmentsAt(preview, 2);
  const rowsOf = async (path: string): Promise<readonly Fields[]> =>
    valuesOf((await request(stage.lectern, 'GET', `/v2/${path}/Telemetry`)).body);

  const rows = await until(
    'two rows of each track',
    async () => {
      await fetch(preview);
      const found = await rowsOf("Channels('rows')");
      return found.length >= 4 ? found : undefined;
    },
    2.5 * MINUTE_MS,
  );

  assert.equal(rows.length, 4);
  for (const kind of ['video', 'audio']) {
    const [newer, older] = rows.filter(({ TrackType }) => TrackType === kind);
    const apartMs = Date.parse(String(newer?.['ObservedTime'])) - Date.parse(String(older?.['ObservedTime']));
    assert.ok(Math.abs(apartMs - MINUTE_MS) < 1500, `${apartMs} ms between two rows of ${kind}`);
    assert.equal(newer?.['Healthy'], true, JSON.stringify(newer));
    assert.equal(newer['TrackName'], `${kind}_${String(newer['Bitrate'])}`);
  }
  const incoming = Number(rows.find(({ TrackType }) => TrackType === 'video')?.['IncomingBitrate']);
  assert.ok(Math.abs(incoming - KBPS * 1000) < 0.2 * KBPS * 1000, `${incoming} bit/s`);

  const answers = (await rowsOf("StreamingEndpoints('default')")).filter(({ StatusCode }) => StatusCode === 200);
  const times = answers.map(({ ObservedTime }) => Date.parse(String(ObservedTime)));
  assert.ok(times.length >= 3, `${times.length} rows`);
  for (const [index, time] of times.slice(1).entries()) {
    assert.ok(
      Math.abs((times[index] ?? Number.NaN) - time - MINUTE_MS / 2) < 1500,
      'newest first, half a minute apart',
    );
  }
});
