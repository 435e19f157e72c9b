import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { openFolder } from '../integration/media/ffmpeg-media.ts';
import { missingPrograms } from '../support/real-ffmpeg.ts';
import { atSpeed, mediaFile, realTime, rtmpOutputs, send } from '../support/senders.ts';
import {
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

const LAYERS = [
  { size: '640x360', kbps: 800 },
  { size: '480x270', kbps: 500 },
  { size: '320x180', kbps: 300 },
];
const SCALE = 1000;

type Tape = Published & { readonly begin: number };

/** Begin of each listed segment in seconds of media time, and whether the playlist has ended. */
async function segmentsOf(
  playlist: string,
): Promise<{ readonly begins: readonly number[]; readonly ended: boolean }> {
  const text = (await textOf(playlist)) ?? '';
  const uris = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return {
    begins: uris.map((uri) => Number(/=(\d+),/.exec(decodeURIComponent(uri))?.[1]) / 90_000),
    ended: text.includes('#EXT-X-ENDLIST'),
  };
}

const asked = ({ base }: Published, filters: string, format = 'm3u8-cmaf'): string =>
  `${base}/manifest(format=${format},filter=${filters})`;

async function probe(input: string, entries: string): Promise<string> {
  const args = ['-v', 'error', '-show_entries', entries, '-of', 'csv=p=0', input];
  return (await promisify(execFile)('ffprobe', args)).stdout;
}

async function videoOf(hls: string): Promise<string> {
  const [video] = await playlistsOf(hls);
  assert.ok(video, `${hls} lists no quality`);
  return video;
}

describe('account and asset filters', { skip: missingPrograms('ffmpeg', 'ffprobe') }, () => {
  const opened = new AsyncDisposableStack();
  let stage: Stage;
  let live: Tape;
  let over: Tape;

  const put = async (path: string, body: unknown): Promise<void> => {
    const { status, body: answer } = await request(stage.lectern, 'PUT', path, body);
    assert.ok(status === 200 || status === 201, JSON.stringify(answer));
  };
  const account = async (name: string, body: unknown): Promise<void> => await put(`/accountFilters/${name}`, body);
  const begin = async (published: Published): Promise<Tape> => {
    const { begins } = await segmentsOf(await videoOf(published.hls));
    return { ...published, begin: begins[0] ?? 0 };
  };
  const range = (values: Readonly<Record<string, unknown>>) => ({
    presentationTimeRange: { timescale: SCALE, ...values },
  });
  // Not behind the segment that begins there.
  const at = (seconds: number): number => Math.floor(seconds * SCALE);

  before(async () => {
    stage = opened.use(await openStage());
    const event = await startEvent(stage.lectern, 'show', {
      input: { streamingProtocol: 'RTMP', keyFrameIntervalDuration: 'PT1S' },
    });
    const file = await mediaFile({ seconds: 60, layers: LAYERS, gopSeconds: 1 });
    opened.use(send(rtmpOutputs(ingestUrl(event, 'rtmp'), ['hi', 'mid', 'lo']), realTime(file, { loop: true })));
    const first = await record(stage.lectern, 'show', { name: 'first' });
    const second = await record(stage.lectern, 'show', { name: 'second' });
    await segmentsAt(first.hls, 9);
    await request(stage.lectern, 'DELETE', '/liveEvents/show/liveOutputs/first');
    over = await begin(first);
    live = await begin(second);
  });
  after(() => opened.disposeAsync());

  test('71: start and end of a recording, rounded to key frames; the one of the asset counts before the one of the account', async () => {
    await account('clip', range({ startTimestamp: at(over.begin + 1.5), endTimestamp: at(over.begin + 4.5) }));
    const clip = await segmentsOf(await videoOf(asked(over, 'clip')));
    await put(`/assets/${over.asset}/assetFilters/clip`, range({ startTimestamp: at(over.begin + 3) }));
    const own = await segmentsOf(await videoOf(asked(over, 'clip')));

    const seconds = clip.begins.map((one) => Math.round(one - over.begin));
    assert.deepEqual(seconds, [2, 3, 4], 'the segment that the end falls into is in');
    assert.equal(Math.round((own.begins[0] ?? 0) - over.begin), 3);
    assert.match((await textOf(asked(over, 'clip', 'mpd-time-cmaf'))) ?? '', /type="static"/);
  });

  test('71: live, a back-off keeps the edge away, an end counts when it is forced, and what does not fit is refused', async () => {
    await account('behind', range({ liveBackoffDuration: at(4) }));
    // In the ticks that are meant when none are named, those of Azure Media Services: 100 ns.
    await account('ticks', { presentationTimeRange: { liveBackoffDuration: 4 * 10_000_000 } });
    await account('until', range({ endTimestamp: at(live.begin + 5) }));
    await account('forced', range({ endTimestamp: at(live.begin + 5), forceEndTimestamp: true }));
    const edge = await segmentsOf(await videoOf(live.hls));
    const behind = await segmentsOf(await videoOf(asked(live, 'behind')));
    const inTicks = await segmentsOf(await videoOf(asked(live, 'ticks')));
    const until5 = await segmentsOf(await videoOf(asked(live, 'until')));
    const forced = await segmentsOf(await videoOf(asked(live, 'forced')));

    // What is looked at later may have gone on.
    const [edgeAt, behindAt, ticksAt] = [edge, behind, inTicks].map(({ begins }) => begins.at(-1) ?? 0);
    assert.ok(edgeAt! - behindAt! <= 6 && behindAt! <= ticksAt!, `${edgeAt}, ${behindAt}, ${ticksAt}`);
    const { begins: now } = await segmentsOf(await videoOf(live.hls));
    assert.ok((now.at(-1) ?? 0) - ticksAt! >= 3, `${now.at(-1)}, ${ticksAt}`);
    assert.ok((until5.begins.at(-1) ?? 0) > live.begin + 5 && !until5.ended);
    assert.deepEqual([Math.round((forced.begins.at(-1) ?? 0) - live.begin), forced.ended], [4, true]);
    for (const wrong of [
      range({ presentationWindowDuration: at(30) }),
      range({ liveBackoffDuration: at(301) }),
      range({ forceEndTimestamp: true }),
    ]) {
      const { status, code } = await request(stage.lectern, 'PUT', '/accountFilters/wrong', wrong);
      assert.deepEqual([status, code], [400, 'request/invalid']);
    }
  });

  test('71: live, a window lets nobody go back farther, in ticks of whatever timescale', async () => {
    const event = await startEvent(stage.lectern, 'long', {
      input: { streamingProtocol: 'RTMP', keyFrameIntervalDuration: 'PT1S' },
    });
    const long = await record(stage.lectern, 'long');
    const file = await mediaFile({ seconds: 90, layers: [{ size: '320x180', kbps: 300 }], gopSeconds: 1 });
    await using sender = send(rtmpOutputs(ingestUrl(event, 'rtmp'), ['one']), atSpeed(file, 10));
    await sender.ended;
    await segmentsAt(long.hls, 85);
    const all = await segmentsOf(await videoOf(long.hls));
    const edge = all.begins.at(-1) ?? 0;

    for (const timescale of [undefined, 1, 90_000]) {
      await account('minute', {
        presentationTimeRange: { presentationWindowDuration: 60 * (timescale ?? 10_000_000), timescale },
      });
      const { begins, ended } = await segmentsOf(await videoOf(asked(long, 'minute')));

      assert.equal(begins.at(-1), edge);
      assert.ok(!ended && Math.abs(edge + 1 - begins[0]! - 60) <= 1, `${edge + 1 - begins[0]!} s, ${timescale}`);
    }
  });

  test('72: tracks by type, name, bitrate and code, with all of one row or any of the rows', async () => {
    const select = (...rows: readonly (readonly [string, string, string])[][]) => ({
      tracks: rows.map((row) => ({
        trackSelections: row.map(([property, operation, value]) => ({ property, operation, value })),
      })),
    });
    const listed = async (filter: unknown): Promise<readonly string[]> => {
      await account('tracks', filter);
      const mpd = (await textOf(asked(over, 'tracks', 'mpd-time-cmaf'))) ?? '';
      return [...mpd.matchAll(/<Representation id="(video|audio)[^"]*"[^>]*?(?: height="(\d+)")?[ />]/g)].map(
        ([whole, kind]) => /height="(\d+)"/.exec(whole)?.[1] ?? kind ?? '',
      );
    };
    const all = (await textOf(over.dash)) ?? '';
    const bitrates = [...all.matchAll(/<Representation id="video_(\d+)"/g)].map(([, bitrate]) => Number(bitrate));
    const [high = 0] = bitrates.toSorted((a, b) => b - a);

    assert.equal((await listed(select([['Type', 'Equal', 'video']]))).length, 3);
    assert.equal((await listed(select([['Type', 'NotEqual', 'video']]))).length, 1);
    assert.equal((await listed(select([['FourCC', 'Equal', 'mp4a']]))).length, 1);
    assert.equal(
      (
        await listed(
          select([
            ['Bitrate', 'Equal', `0-${high - 1}`],
            ['Type', 'Equal', 'video'],
          ]),
        )
      ).length,
      2,
    );
    assert.equal(
      (await listed(select([['Bitrate', 'Equal', String(high)]], [['Type', 'Equal', 'audio']]))).length,
      2,
    );
    assert.deepEqual(await listed(select([['Name', 'Equal', 'audio']])), ['audio']);
    assert.equal((await listed(select([['Name', 'NotEqual', 'audio']]))).length, 3);
    await account('tracks', select([['Language', 'Equal', 'tlh']]));
    const none = await fetch(asked(over, 'tracks'));
    assert.equal(none.status, 415);
    assert.match(await none.text(), /MPE_FILTER_REMOVED_ALL_STREAMS/);
  });

  test('73: together filters leave what all of them leave, four are refused, and those of a locator cannot be gone round', async () => {
    await account('early', range({ endTimestamp: at(over.begin + 5) }));
    await account('late', range({ startTimestamp: at(over.begin + 3) }));
    await account('pictures', {
      tracks: [{ trackSelections: [{ property: 'Type', operation: 'Equal', value: 'video' }] }],
    });
    const together = asked(over, 'early;late;pictures');
    const { begins } = await segmentsOf(await videoOf(together));
    const four = await fetch(asked(over, 'early;late;pictures;clip'));
    await put('/streamingLocators/narrow', {
      assetName: over.asset,
      streamingPolicyName: 'Predefined_ClearStreamingOnly',
      filters: ['pictures', 'late'],
    });
    const locator = await stage.lectern.call('getLocator', { params: { name: 'narrow' } });
    const narrow = `${stage.lectern.originUrl}/${locator.streamingLocatorId}/show.ism`;
    const [, , , sound = ''] = await playlistsOf(over.hls);
    const narrowSound = sound.replace(over.base, narrow);

    assert.deepEqual(
      begins.map((one) => Math.round(one - over.begin)),
      [3, 4],
    );
    assert.equal((await playlistsOf(together)).length, 3);
    assert.equal(four.status, 415);
    assert.match(await four.text(), /MPE_FILTER_COMPOSITION_FILTER_COUNT_OVER_LIMIT/);
    const without = await segmentsOf(await videoOf(`${narrow}/manifest(format=m3u8-cmaf)`));
    assert.equal(Math.round((without.begins[0] ?? 0) - over.begin), 3);
    assert.ok(narrowSound.startsWith(narrow));
    assert.equal((await fetch(narrowSound)).status, 404);
  });

  test('74: the quality that a filter names is first', async () => {
    const qualities = async (hls: string): Promise<readonly number[]> =>
      (await playlistsOf(hls)).flatMap((url) => {
        const bitrate = /QualityLevels\((\d+)\)\/Manifest\(video/.exec(url)?.[1];
        return bitrate === undefined ? [] : [Number(bitrate)];
      });
    const [, , lowest = 0] = await qualities(over.hls);
    await account('lowest', { firstQuality: { bitrate: lowest } });

    const reordered = await qualities(asked(over, 'lowest'));

    assert.equal(reordered[0], lowest);
    assert.equal(reordered.length, 3);
  });

  test('75: a clip of a running archive plays as its own address, and is an MP4 of the best quality', async () => {
    const from = live.begin + 2;
    await account(
      'goal',
      range({ startTimestamp: at(from), endTimestamp: at(from + 4), forceEndTimestamp: true }),
    );
    const stdout = await probe(asked(live, 'goal'), 'format=duration');
    using folder = openFolder();
    const { body } = await request(stage.lectern, 'POST', `/assets/${over.asset}/exports`, {
      format: 'mp4',
      quality: 'top',
      start: 2,
      end: 6,
    });
    const id = String(Reflect.get(Object(body), 'id'));
    await until('the export is finished', async () => {
      const job = await stage.lectern.call('getExport', { params: { name: over.asset, id } });
      assert.notEqual(job.state, 'failed', JSON.stringify(job));
      return job.state === 'done' ? job : undefined;
    });
    const movie = folder.path('goal.mp4');
    const file = await fetch(`${stage.lectern.controlUrl}/api/v1/assets/${over.asset}/exports/${id}/file`, {
      headers: { Authorization: `Bearer ${stage.lectern.token}` },
    });
    await writeFile(movie, await file.bytes());
    const size = await probe(movie, 'stream=width');

    assert.ok(Math.abs(Number(stdout) - 4) < 0.2, `the clip plays ${stdout.trim()} s`);
    assert.match(size, /^640/);
    assert.ok(Math.abs(Number(await probe(movie, 'format=duration')) - 4) < 0.3);
  });
});
