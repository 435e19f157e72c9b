import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { checkSmooth } from '../../src-main/manifest/smooth/check/check-smooth.ts';
import { openFolder } from '../integration/media/ffmpeg-media.ts';
import { rawPublisher, refusalOf } from '../support/raw-feeds.ts';
import { missingPrograms } from '../support/real-ffmpeg.ts';
import { type MediaRecipe, mediaFile, packetHashes, realTime, send, smoothOutput } from '../support/senders.ts';
import {
  field,
  followEvents,
  ingestUrl,
  type Published,
  playlistsOf,
  previewBase,
  record,
  request,
  segmentsAt,
  startEvent,
  textOf,
} from '../support/service-stage.ts';
import { downloadQuality, fetchManifest } from '../support/smooth-client.ts';
import { openStage, type Stage, until } from '../support/studio-stage.ts';

const RECIPE: MediaRecipe = { seconds: 20, layers: [{ size: '320x180', kbps: 300 }], gopSeconds: 1 };
const CREATE = { input: { streamingProtocol: 'FragmentedMP4', keyFrameIntervalDuration: 'PT1S' } } as const;

describe('fragmented MP4 over HTTP', { skip: missingPrograms('ffmpeg'), concurrency: 3 }, () => {
  let stage: Stage;

  before(async () => {
    stage = await openStage();
  });
  after(() => stage[Symbol.asyncDispose]());

  async function endOutput(name: string): Promise<void> {
    const { status, body } = await request(stage.lectern, 'DELETE', `/liveEvents/${name}/liveOutputs/tape`);
    assert.equal(status, 204, JSON.stringify(body));
  }

  async function forget(name: string): Promise<void> {
    await request(stage.lectern, 'POST', `/liveEvents/${name}/stop`, {});
    await request(stage.lectern, 'DELETE', `/liveEvents/${name}`);
  }

  /** The MPD when it is that of a recording; for a little while behind its end it lets live players play on. */
  async function recordingOf({ dash }: Published): Promise<string> {
    return await until('the MPD is static', async () => {
      const mpd = (await textOf(dash)) ?? '';
      return mpd.includes('type="static"') ? mpd : undefined;
    });
  }

  /** Every picture and every sound that was recorded is one piece of what was sent. */
  async function assertSame(file: string, published: Published, tracks: readonly string[]): Promise<void> {
    const playlists = await playlistsOf(published.hls);
    assert.equal(playlists.length, tracks.length);
    for (const [index, track] of tracks.entries()) {
      const source = await packetHashes(file, track);
      const recorded = await packetHashes(playlists[index] ?? '', '0:0');
      const from = source.indexOf(recorded[0] ?? '');
      assert.ok(from >= 0 && recorded.length >= 60, `${recorded.length} of ${track}`);
      assert.deepEqual(recorded, source.slice(from, from + recorded.length));
    }
  }

  /** Smooth Streaming has those sounds, and every fragment of it what HLS has. */
  async function assertSmooth({ base, hls }: Published, languages: readonly string[]): Promise<void> {
    const manifest = await fetchManifest(`${base}/manifest`);
    assert.deepEqual(checkSmooth(undefined, manifest), []);
    const sounds = manifest.streams.filter(({ type }) => type === 'audio');
    assert.deepEqual(
      sounds.map(({ language }) => language),
      languages,
    );
    assert.equal(new Set(sounds.map(({ name }) => name)).size, languages.length);
    const playlists = await playlistsOf(hls);
    using place = openFolder();
    for (const [index, stream] of manifest.streams.entries()) {
      const downloaded = place.path(`${index}.mp4`);
      const [quality] = stream.qualities;
      assert.ok(quality !== undefined);
      await writeFile(downloaded, await downloadQuality(base, manifest, stream, quality));
      assert.deepEqual(await packetHashes(downloaded, '0:0'), await packetHashes(playlists[index] ?? '', '0:0'));
    }
  }

  for (const scheme of ['http', 'https']) {
    test(`14: what ffmpeg posts over ${scheme} plays, and is what was posted`, async () => {
      const file = await mediaFile(RECIPE);
      const event = await startEvent(stage.lectern, `smooth-${scheme}`, CREATE);
      const published = await record(stage.lectern, event.name);

      await using sender = send(smoothOutput(ingestUrl(event, scheme)), realTime(file));
      await segmentsAt(published.hls, 3);
      await sender.stop();
      await endOutput(event.name);

      await recordingOf(published);
      await assertSame(file, published, ['0:v:0', '0:a:0']);
      await forget(event.name);
    });
  }

  test('14: a POST of nothing is a question: 200 at the right address, 403 with a wrong token', async () => {
    const event = await startEvent(stage.lectern, 'asked', CREATE);
    const url = ingestUrl(event, 'http');
    await using events = followEvents(stage.lectern);
    const post = async (address: string): Promise<number> => (await fetch(address, { method: 'POST' })).status;

    const wrong = url.replace(event.input.accessToken, '00000000-0000-4000-8000-000000000000');
    const answers = [await post(url), await post(url.replace('streams(', 'Streams(')), await post(wrong)];
    await request(stage.lectern, 'PATCH', '/liveEvents/asked', { description: 'the last event' });
    await events.next('Lectern.LiveEventChanged', ({ description }) => description === 'the last event');

    assert.deepEqual(answers, [200, 200, 403]);
    const told = events.seen().filter(({ eventType }) => eventType.startsWith('Microsoft.'));
    assert.deepEqual(told, [], 'a question is no connection');
    await forget('asked');
  });

  test('15: HEVC comes in this way and plays in HLS and DASH', async () => {
    const file = await mediaFile({ ...RECIPE, codec: 'libx265' });
    const event = await startEvent(stage.lectern, 'hevc', CREATE);
    const published = await record(stage.lectern, 'hevc');

    await using sender = send(smoothOutput(ingestUrl(event, 'http')), realTime(file));
    await segmentsAt(published.hls, 3);
    await sender.stop();
    await endOutput('hevc');

    const mpd = await recordingOf(published);
    assert.match((await textOf(published.hls)) ?? '', /CODECS="[^"]*hvc1\.1\./);
    assert.match(mpd, /codecs="hvc1\.1\./);
    await assertSame(file, published, ['0:v:0', '0:a:0']);
    const throughDash = await packetHashes(published.dash);
    assert.ok(throughDash.length >= 60);
    assert.deepEqual(throughDash, await packetHashes((await playlistsOf(published.hls))[0] ?? ''));
  });

  for (const [how, header] of [
    ['as the number that was put there before it had a name', Buffer.of(0x1c, 0, 0, 0, 0, 1)],
    ['by its name', Buffer.concat([Buffer.of(0x90), Buffer.from('hvc1'), Buffer.of(1)])],
  ] as const) {
    test(`15: HEVC over RTMP is refused, ${how}`, async () => {
      const name = how.startsWith('by') ? 'rtmp-name' : 'rtmp-number';
      await using events = followEvents(stage.lectern);
      const event = await startEvent(stage.lectern, name, { input: { streamingProtocol: 'RTMP' } });

      using encoder = await rawPublisher(ingestUrl(event, 'rtmp'), name);
      encoder.message({ type: 9, payload: header });

      assert.match(await refusalOf(encoder), /MPE_INGEST_CODEC_NOT_SUPPORTED$/);
      const { data } = await events.next(
        'Microsoft.Media.LiveEventConnectionRejected',
        (told) => field(told, 'streamId') === name,
      );
      assert.equal(field(data, 'resultCode'), 'MPE_INGEST_CODEC_NOT_SUPPORTED');
    });
  }

  test('14, 23: the same sound in two streams is listed once, and is whole while either of them comes', async () => {
    const file = await mediaFile({
      seconds: 90,
      gopSeconds: 1,
      layers: [
        { size: '320x180', kbps: 300 },
        { size: '160x90', kbps: 100 },
      ],
    });
    const event = await startEvent(stage.lectern, 'fallback', CREATE);
    const published = await record(stage.lectern, 'fallback');
    await using events = followEvents(stage.lectern);
    const push = (stream: 'high' | 'low', seconds: number) =>
      send(
        [
          ...['-map', stream === 'high' ? '0:v:0' : '0:v:1', '-map', '0:a:0', '-c', 'copy'],
          ...['-f', 'ismv', '-movflags', 'isml+frag_keyframe', '-method', 'POST'],
          ingestUrl(event, 'http').replace(/streams\(.*\)$/i, `streams(${stream})`),
        ],
        ['-re', '-copyts', '-ss', `${seconds}`, '-i', file],
      );
    const streamsSeen = (count: number): Promise<unknown> =>
      until(`sound of ${count} streams`, () => {
        const told = events
          .seen()
          .filter(
            ({ eventType, subject }) => eventType.endsWith('StreamReceived') && subject.endsWith('/fallback'),
          )
          .filter(({ data }) => field(data, 'trackType') === 'audio');
        return told.length >= count ? true : undefined;
      });
    const soundShown = async (): Promise<number> => {
      const sound = (await playlistsOf(published.hls)).at(-1) ?? '';
      return (await textOf(sound))?.match(/#EXTINF/g)?.length ?? 0;
    };
    const untilSound = (count: number): Promise<unknown> =>
      until(`${count} segments of sound`, async () => ((await soundShown()) >= count ? true : undefined));

    const high = push('high', 1);
    await using low = push('low', 1);
    await streamsSeen(2);
    await segmentsAt(published.hls, 3);
    await high.kill();
    await untilSound((await soundShown()) + 8);
    await using again = push('high', 1 + (await soundShown()));
    await streamsSeen(3);
    await untilSound((await soundShown()) + 2);
    await low.kill();
    await untilSound((await soundShown()) + 8);
    await again.stop();
    await endOutput('fallback');

    await recordingOf(published);
    const master = (await textOf(published.hls)) ?? '';
    assert.equal(master.match(/#EXT-X-MEDIA:TYPE=AUDIO/g)?.length, 1);
    const playlists = await playlistsOf(published.hls);
    assert.equal(playlists.length, 3);
    const source = await packetHashes(file, '0:a:0');
    const recorded = await packetHashes(playlists.at(-1) ?? '', '0:0');
    const from = source.indexOf(recorded[0] ?? '');
    assert.ok(from >= 0 && recorded.length >= 20 * 46, `${recorded.length} packets of sound`);
    assert.deepEqual(recorded, source.slice(from, from + recorded.length));
    await forget('fallback');
  });

  test('16, 72: two sounds with languages are two languages in HLS, DASH and Smooth Streaming, and can be told apart by a filter', async () => {
    const file = await mediaFile({
      ...RECIPE,
      audio: [
        { kbps: 96, language: 'eng' },
        { kbps: 96, language: 'deu', hertz: 880 },
      ],
    });
    const event = await startEvent(stage.lectern, 'languages', CREATE);
    const published = await record(stage.lectern, 'languages');

    await using sender = send(smoothOutput(ingestUrl(event, 'http')), realTime(file));
    await segmentsAt(published.hls, 3);
    await sender.stop();
    await endOutput('languages');

    const hls = (await textOf(published.hls)) ?? '';
    const mpd = (await textOf(published.dash)) ?? '';
    const inHls = [...hls.matchAll(/#EXT-X-MEDIA:TYPE=AUDIO.*LANGUAGE="([a-z]+)"/g)].map((found) => found[1]);
    const inDash = [...mpd.matchAll(/<AdaptationSet [^>]*lang="([a-z]+)"/g)].map((found) => found[1]);
    assert.deepEqual(inHls, ['en', 'de']);
    assert.deepEqual(inDash, ['en', 'de']);
    await assertSame(file, published, ['0:v:0', '0:a:0', '0:a:1']);
    await assertSmooth(published, ['en', 'de']);
    const preview = (await textOf(`${previewBase(stage.lectern, event)}/manifest(format=m3u8-cmaf)`)) ?? '';
    assert.equal(preview.match(/LANGUAGE=/g)?.length, 2);
    for (const [operation, left] of [
      ['Equal', ['de']],
      ['NotEqual', ['en']],
    ] as const) {
      const tracks = [
        { trackSelections: [{ property: 'Language', operation, value: 'deu' }] },
        { trackSelections: [{ property: 'Type', operation: 'Equal', value: 'video' }] },
      ];
      await request(stage.lectern, 'PUT', '/accountFilters/german', { tracks });
      const { base } = published;
      const filtered = (await textOf(`${base}/manifest(format=mpd-time-cmaf,filter=german)`)) ?? '';
      const languages = [...filtered.matchAll(/<AdaptationSet [^>]*lang="([a-z]+)"/g)].map((found) => found[1]);
      assert.deepEqual(languages, left, `72: ${operation}`);
    }
  });
});
