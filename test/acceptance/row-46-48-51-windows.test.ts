import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { LiveEvent } from '../../src-main/shared/api/live-events.ts';
import { parseIsoDuration } from '../../src-main/shared/iso-duration.ts';
import { valuesOf } from '../support/fields.ts';
import { missingPrograms } from '../support/real-ffmpeg.ts';
import { playlistSpan, recordedSeconds } from '../support/recorded-files.ts';
import { atSpeed, type MediaRecipe, mediaFile, packetHashes, rtmpOutputs, send } from '../support/senders.ts';
import {
  followEvents,
  ingestUrl,
  type Published,
  playlistsOf,
  record,
  request,
  segmentsAt,
  startEvent,
  textOf,
} from '../support/service-stage.ts';
import { openStage, type Stage, until } from '../support/studio-stage.ts';

const SECONDS = 190;
const SEGMENT = 2;
/** Media minutes in seconds: windows are measured by the times of the media. */
const SPEED = 10;
const RECIPE: MediaRecipe = {
  seconds: SECONDS,
  layers: [{ size: '320x180', kbps: 100 }],
  frameRate: 10,
  audio: [{ kbps: 48 }],
};
const MINUTE = 60;

describe('three live outputs with windows of their own', { skip: missingPrograms('ffmpeg') }, () => {
  let stage: Stage;
  let event: LiveEvent;
  let file: string;
  let hour: Published;
  let tenMinutes: Published;
  let minute: Published;

  before(async () => {
    file = await mediaFile(RECIPE);
    stage = await openStage();
    event = await startEvent(stage.lectern, 'windows');
    // The longest first: what it asks of the files must not keep those of the shortest.
    hour = await record(stage.lectern, 'windows', {
      name: 'hour',
      archiveWindowLength: 'PT1H',
      rewindWindowLength: 'PT1M',
      hls: { fragmentsPerTsSegment: 1 },
    });
    tenMinutes = await record(stage.lectern, 'windows', { name: 'ten', archiveWindowLength: 'PT10M' });
    minute = await record(stage.lectern, 'windows', { name: 'minute', archiveWindowLength: 'PT1M' });
  });
  after(() => stage[Symbol.asyncDispose]());

  test('46: three outputs of 1 min, 10 min and 1 h record at once, and a fourth is refused', async () => {
    await stage.lectern.call('putAsset', { params: { name: 'fourth' }, body: {} });
    const fourth = await request(stage.lectern, 'PUT', '/liveEvents/windows/liveOutputs/fourth', {
      assetName: 'fourth',
      archiveWindowLength: 'PT1M',
    });

    assert.deepEqual([fourth.status, fourth.code], [403, 'resource/quota']);
    const { body } = await request(stage.lectern, 'GET', '/liveEvents/windows/liveOutputs');
    assert.deepEqual(
      valuesOf(body).map(({ name, resourceState }) => [name, resourceState]),
      [
        ['hour', 'Running'],
        ['minute', 'Running'],
        ['ten', 'Running'],
      ],
    );
  });

  test('47: after three windows the files and the playlist hold one window, and what is older is gone', async () => {
    await using events = followEvents(stage.lectern);
    await using sender = send(rtmpOutputs(ingestUrl(event, 'rtmp'), ['one']), atSpeed(file, SPEED));
    const [first = ''] = await segmentsAt(minute.hls, 3);
    const oldest = new URL(/^[^#\n].*$/m.exec((await textOf(first)) ?? '')?.[0] ?? '', first);
    assert.equal((await fetch(oldest)).status, 200);
    assert.equal(await sender.ended, 0, sender.words());
    await events.next('Microsoft.Media.LiveEventEncoderDisconnected');

    const { video, audio } = await until('the files are down to the window', async () => {
      const spans = await recordedSeconds(stage.lectern, minute.asset);
      return spans.every(({ seconds }) => seconds < 2 * MINUTE)
        ? Object.fromEntries(spans.map(({ kind, seconds }) => [kind, seconds]))
        : undefined;
    });

    for (const seconds of [video ?? 0, audio ?? 0]) {
      assert.ok(seconds >= MINUTE - 0.1 && seconds <= MINUTE + 2 * SEGMENT, `${seconds} s on the disk`);
    }
    for (const url of await playlistsOf(minute.hls)) {
      const { seconds } = await playlistSpan(url);
      assert.ok(seconds >= MINUTE - 0.1 && seconds <= MINUTE + 2 * SEGMENT, `${seconds} s in ${url}`);
    }
    const gone = await fetch(oldest);
    assert.equal(gone.status, 404);
    assert.match(await gone.text(), /MPE_FRAGMENT_TIMESTAMP_NOT_FOUND/);
  });

  test('46: each of the others has kept what its own window holds', async () => {
    for (const { asset } of [hour, tenMinutes]) {
      for (const { kind, seconds } of await recordedSeconds(stage.lectern, asset)) {
        assert.ok(seconds > SECONDS - 2 * SEGMENT, `${asset}: ${seconds} s of ${kind}`);
      }
    }
  });

  test('48: live manifests span the rewind window while the archive keeps all', async () => {
    for (const url of await playlistsOf(hour.hls)) {
      const { seconds } = await playlistSpan(url);
      assert.ok(seconds >= MINUTE - 0.1 && seconds <= MINUTE + 2 * SEGMENT, `${seconds} s in ${url}`);
    }
    const mpd = (await textOf(hour.dash)) ?? '';
    const depth = parseIsoDuration(/timeShiftBufferDepth="(PT[^"]+)"/.exec(mpd)?.[1] ?? '') ?? 0;
    assert.ok(depth >= MINUTE && depth <= MINUTE + 2 * SEGMENT, mpd.slice(0, 600));
  });

  test('50: fragmentsPerTsSegment changes nothing of CMAF', async () => {
    const targets = await Promise.all(
      [hour, minute].map(async ({ hls }) => {
        const [video = ''] = await playlistsOf(hls);
        return /#EXT-X-TARGETDURATION:(\d+)/.exec((await textOf(video)) ?? '')?.[1];
      }),
    );

    assert.deepEqual(targets, ['2', '2']);
    const output = await stage.lectern.call('getLiveOutput', { params: { name: 'windows', output: 'hour' } });
    assert.deepEqual(output.hls, { fragmentsPerTsSegment: 1 });
  });

  test('48, 51: after the end the same address spans the whole archive, from its first to its last picture', async () => {
    const live = (await textOf((await playlistsOf(hour.hls))[0] ?? '')) ?? '';
    assert.doesNotMatch(live, /#EXT-X-ENDLIST/);
    assert.match((await textOf(hour.dash)) ?? '', /<MPD[^>]*type="dynamic"/);

    const ended = await request(stage.lectern, 'DELETE', '/liveEvents/windows/liveOutputs/hour');

    assert.ok(ended.status < 300, JSON.stringify(ended.body));
    const playlists = await playlistsOf(hour.hls);
    for (const url of playlists) {
      assert.match((await textOf(url)) ?? '', /#EXT-X-ENDLIST/);
      // Who was watching is shown the window that it knows to its end; who comes later, all of it.
      await until('the playlist spans the archive', async () =>
        (await playlistSpan(url)).seconds > SECONDS - 2 * SEGMENT ? true : undefined,
      );
      assert.match((await textOf(url)) ?? '', /#EXT-X-ENDLIST/);
    }
    const mpd = (await textOf(hour.dash)) ?? '';
    assert.match(mpd, /<MPD[^>]*type="static"/);
    assert.doesNotMatch(mpd, /timeShiftBufferDepth/);
    const source = await packetHashes(file);
    const recorded = await packetHashes(playlists[0] ?? '');
    assert.ok(recorded.length >= (SECONDS - 2 * SEGMENT) * (RECIPE.frameRate ?? 0), `${recorded.length} pictures`);
    assert.deepEqual(recorded, source.slice(0, recorded.length));
  });

  test('51: one that keeps a window has that window after its end, and seeks in it', async () => {
    await request(stage.lectern, 'DELETE', '/liveEvents/windows/liveOutputs/minute');

    const [video = ''] = await playlistsOf(minute.hls);
    const { seconds, segments } = await playlistSpan(video);
    assert.ok(seconds >= MINUTE - 0.1 && seconds <= MINUTE + 2 * SEGMENT, `${seconds} s`);
    for (const url of segments) {
      assert.equal((await fetch(url)).status, 200, url);
    }
  });
});
