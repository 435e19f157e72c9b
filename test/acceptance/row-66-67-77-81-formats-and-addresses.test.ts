import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { parseMpd } from '../../src-main/manifest/dash/mpd.ts';
import { expandTimeline, timelineRuns } from '../../src-main/manifest/dash/segment-timeline.ts';
import { parseMediaPlaylist } from '../../src-main/manifest/hls/parse-media-playlist.ts';
import { openFolder } from '../integration/media/ffmpeg-media.ts';
import { playedHashes } from '../integration/packaging/packaged-media.ts';
import { outcomeOf } from '../support/protected-stage.ts';
import { missingPrograms } from '../support/real-ffmpeg.ts';
import { atSpeed, mediaFile, packetHashes, rtmpOutputs, send } from '../support/senders.ts';
import {
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
import { downloadQuality, fetchManifest, fragmentPath, fragmentsOf } from '../support/smooth-client.ts';
import { openStage, type Stage, until } from '../support/studio-stage.ts';

const HLS = ['m3u8-cmaf', 'm3u8-aapl', 'm3u8-aapl-v3'] as const;
const DASH = ['mpd-time-cmaf', 'mpd-time-csf'] as const;
const SMOOTH = ['', 'fmp4-v20'] as const;
const SECONDS = 13;

const manifestOf = (base: string, format: string): string =>
  `${base}/manifest${format === '' ? '' : `(format=${format})`}`;

describe('one broadcast in every format', { skip: missingPrograms('ffmpeg') }, () => {
  const opened = new AsyncDisposableStack();
  let stage: Stage;
  let source: string;
  let preview: string;
  let published: Published;

  before(async () => {
    source = await mediaFile({ seconds: SECONDS, layers: [{ size: '320x180', kbps: 300 }] });
    stage = opened.use(await openStage());
    const event = await startEvent(stage.lectern, 'show');
    published = await record(stage.lectern, 'show');
    preview = previewBase(stage.lectern, event);
    const sender = opened.use(send(rtmpOutputs(ingestUrl(event, 'rtmp'), ['one']), atSpeed(source, 5)));
    await sender.ended;
    await segmentsAt(manifestOf(preview, 'm3u8-cmaf'), 6);
  });
  after(() => opened.disposeAsync());

  /** The fragments of the first quality of pictures that a manifest lists, as addresses. */
  async function fragmentsAt(base: string, format: string): Promise<readonly string[]> {
    const address = manifestOf(base, format);
    if (format.startsWith('m3u8')) {
      const [playlist = ''] = await playlistsOf(address);
      const { segments } = parseMediaPlaylist((await textOf(playlist)) ?? '');
      return segments.map(({ uri }) => new URL(uri, playlist).href);
    }
    if (format.startsWith('mpd')) {
      const [set] = parseMpd((await textOf(address)) ?? '').periods[0]?.adaptationSets ?? [];
      const { media = '', timeline } = set?.segmentTemplate ?? {};
      assert.ok(set && timeline);
      const folder = media.replace('$Bandwidth$', String(set.representations[0]?.bandwidth));
      return [...expandTimeline(timelineRuns(timeline))].map(
        ({ time }) => `${base}/${folder.replace('$Time$', String(time))}`,
      );
    }
    const [stream] = (await fetchManifest(address)).streams;
    const [quality] = stream?.qualities ?? [];
    assert.ok(stream && quality);
    return fragmentsOf(stream).map(({ time }) => `${base}/${fragmentPath(stream, quality, time)}`);
  }

  async function hintAt(address: string, asked = '1'): Promise<string | undefined> {
    const answer = await fetch(address, { headers: { 'CDN-Origin-Assist-Prefetch-Enabled': asked } });
    await answer.arrayBuffer();
    assert.equal(answer.status, 200, address);
    const path = answer.headers.get('cdn-origin-assist-prefetch-path');
    return path === null ? undefined : new URL(path, address).href;
  }

  /** That fragments tell of those that follow, and the newest of none. */
  async function assertHints(base: string, isRecorded: boolean): Promise<void> {
    for (const format of [...HLS, ...DASH, ...SMOOTH]) {
      const listed = await fragmentsAt(base, format);
      const [first = '', second] = listed;

      assert.ok(listed.length >= 2, format);
      assert.equal(await hintAt(first), second, format);
      assert.equal(await hintAt(first, '0'), undefined, format);
      assert.equal(await hintAt(manifestOf(base, format)), undefined, format);
      // With low latency the last that is listed is still being written.
      if (isRecorded || format !== 'mpd-time-cmaf') {
        assert.equal(await hintAt(listed.at(-1) ?? ''), undefined, format);
      }
    }
  }

  test('77: a fragment tells of the one behind it when asked to, and at the edge of none', async () => {
    await assertHints(preview, false);
  });

  describe('its recording', () => {
    before(async () => {
      await request(stage.lectern, 'DELETE', `/liveEvents/show/liveOutputs/${published.output}`);
      await until('it is a recording', async () =>
        (await textOf(published.dash))?.includes('type="static"') === true ? true : undefined,
      );
    });

    test('77: all but the last fragment of a recording tell of the one behind them', async () => {
      await assertHints(published.base, true);
    });

    for (const format of [...HLS, ...DASH]) {
      test(`66: ${format} plays, frame by frame as it was sent`, async () => {
        const address = manifestOf(published.base, format);

        for (const stream of ['0:v:0', '0:a:0']) {
          await assertSent(await playedHashes(['-i', address], stream), stream);
        }
      });
    }

    for (const format of SMOOTH) {
      test(`66: Smooth Streaming ${format} plays, frame by frame as it was sent`, async () => {
        using folder = openFolder();
        const address = manifestOf(published.base, format);
        const manifest = await fetchManifest(address);

        for (const stream of manifest.streams) {
          const [quality] = stream.qualities;
          assert.ok(quality);
          const file = folder.path(`${stream.name}.mp4`);
          await writeFile(file, await downloadQuality(published.base, manifest, stream, quality));
          await assertSent(await playedHashes(['-i', file], '0'), stream.type === 'video' ? '0:v:0' : '0:a:0');
        }
        assert.deepEqual(
          [manifest.minorVersion, / r="\d/.test((await textOf(address)) ?? '')],
          format === '' ? [2, true] : [0, false],
        );
      });
    }

    let seen: readonly string[] | undefined;
    let heard: readonly string[] | undefined;

    /**
     * All that was sent, but for what was under way when it was cut off. Noise in sound is made up by the decoder, from where it begins: so what is
     * heard is compared between the formats, and with what was sent by its packets.
     */
    async function assertSent(played: readonly string[], stream: string): Promise<void> {
      if (stream === '0:a:0' && heard === undefined) {
        const packets = await packetHashes(manifestOf(published.base, 'm3u8-cmaf'), stream);
        const sentPackets = await packetHashes(source, stream);
        assertSame(packets, sentPackets.slice(sentPackets.indexOf(packets[0] ?? '')), 'packets of sound');
        assert.equal(played.length, packets.length);
        heard = played;
      }
      seen ??= await playedHashes(['-i', source], '0:v:0');
      const sent = stream === '0:v:0' ? seen : heard;
      assert.ok(sent && played.length > (SECONDS - 3) * 30, `${stream}: ${played.length}`);
      assertSame(played, sent, stream);
    }

    /** That nothing differs; without hundreds of lines that say what. */
    function assertSame(actual: readonly string[], expected: readonly string[], what: string): void {
      assert.ok(actual.length > 0 && actual.length <= expected.length, `${what}: ${actual.length}`);
      const differs = actual.findIndex((hash, index) => hash !== expected[index]);
      assert.equal(differs, -1, `${what}: ${differs} of ${actual.length}`);
    }

    test('67: every shape of a manifest’s address leads to it', async () => {
      for (const path of [
        'manifest',
        'Manifest',
        'MANIFEST',
        'manifest(format=fmp4-v20)',
        'Manifest(Format=M3U8-CMAF)',
        'manifest(format=m3u8-aapl)',
        'manifest(format=m3u8-aapl-v4)',
        'manifest(format=m3u8-aapl-v3)',
        'manifest(format=mpd-time-csf)',
        'manifest(format=mpd-time-cmaf)',
        'manifest(format=f4m-f4f)',
        'manifest(format=f4m-f4f,type=bootstrap)',
        'manifest(format=m3u8-cmaf, audio-only=true)',
        'manifest(audio-only=false,format=m3u8-cmaf)',
        'manifest( format = m3u8-cmaf , cue = legacy )',
        'manifest%28format%3Dmpd-time-cmaf%29',
      ]) {
        assert.equal(await outcomeOf(`${published.base}/${path}`), '200', path);
      }
    });

    test('67: every shape of what a manifest leads to', async () => {
      const [cmaf = ''] = await fragmentsAt(published.base, 'm3u8-cmaf');
      const [, bitrate, time] = /QualityLevels\((\d+)\)\/Fragments\(video=(\d+),/.exec(cmaf) ?? [];
      const [smooth = ''] = await fragmentsAt(published.base, '');
      const [, smoothTime] = /Fragments\(video=(\d+)\)/.exec(smooth) ?? [];
      for (const path of [
        ...HLS.map((format) => `Manifest(video,format=${format})`),
        'MANIFEST(video, format=m3u8-cmaf)',
        'Manifest(video,format=m3u8-aapl,type=keyframes)',
        'Manifest(video,type=keyframes,format=m3u8-aapl)',
        ...[...HLS, ...DASH].map((format) => `Fragments(video=${time},format=${format})`),
        `Fragments(video=${time},format=m3u8-cmaf).mp4`,
        `fragments(video=${time}, format=m3u8-aapl).ts`,
        `KeyFrames(video=${time},format=m3u8-aapl)`,
        'Fragments(video=i,format=m3u8-cmaf)',
        ...DASH.map((format) => `Fragments(video=i,format=${format})`),
        `Fragments(video=${smoothTime})`,
        `Fragments(video=${smoothTime},format=fmp4-v20)`,
        `KeyFrames(video=${smoothTime})`,
        `FragmentInfo(video=${smoothTime})`,
      ]) {
        const address = `${published.base}/QualityLevels(${bitrate})/${path}`;
        assert.equal(await outcomeOf(address), '200', path);
      }
      const hds = (await textOf(manifestOf(published.base, 'f4m-f4f'))) ?? '';
      const [, url = ''] = /<media[^>]* url="([^"]+)"/.exec(hds) ?? [];
      assert.equal(await outcomeOf(`${published.base}/${url}Seg1-Frag1`), '200', url);
    });

    test('67: what is not of the grammar is refused with a code', async () => {
      const [first = ''] = await fragmentsAt(published.base, 'mpd-time-csf');
      for (const [path, outcome] of [
        ['manifest(colour=red)', '400 MPE_BAD_URL_SYNTAX'],
        ['manifest(format=m3u9)', '400 MPE_BAD_URL_SYNTAX'],
        ['manifest(format=)', '400 MPE_BAD_URL_SYNTAX'],
        ['manifest(format=m3u8-cmaf,format=m3u8-cmaf)', '400 MPE_BAD_URL_SYNTAX'],
        ['manifest(format=m3u8-cmaf,audio-only=perhaps)', '400 MPE_BAD_URL_SYNTAX'],
        ['manifest(format=mpd-time-cmaf,type=keyframes)', '400 MPE_BAD_URL_SYNTAX'],
        ['manifest(format=m3u8-cmaf', '400 MPE_BAD_URL_SYNTAX'],
        ['manifests', '400 MPE_BAD_URL_SYNTAX'],
        ['QualityLevels(x)/Manifest(video,format=m3u8-cmaf)', '400 MPE_BAD_URL_SYNTAX'],
        ['QualityLevels(1)/Manifest(video,format=mpd-time-csf)', '400 MPE_BAD_URL_SYNTAX'],
        ['QualityLevels(1)/Fragments(video=now,format=mpd-time-csf)', '400 MPE_BAD_URL_SYNTAX'],
        ['QualityLevels(1)/Fragments(video=0,format=mpd-time-csf,format=mpd-time-csf)', '400 MPE_BAD_URL_SYNTAX'],
        ['QualityLevels(1)/Fragments(video=0,format=mpd-time-csf)', '404 MPE_EGRESS_TRACK_NOT_FOUND'],
        ['QualityLevels(1)/KeyFrames(video=0,format=mpd-time-csf)', '415 MPE_FORMAT_NOT_SUPPORTED'],
        ['manifest(format=mpd-time-csf,encryption=rot13)', '400 MPE_BAD_URL_SYNTAX'],
        ['manifest(format=mpd-time-csf,filter=none)', '404 MPE_EGRESS_FILTER_NOT_FOUND'],
      ] as const) {
        assert.equal(await outcomeOf(`${published.base}/${path}`), outcome, path);
      }
      const beside = first.replace(/=(\d+),/, (_, time: string) => `=${BigInt(time) + 1n},`);
      assert.equal(await outcomeOf(beside), '404 MPE_FRAGMENT_TIMESTAMP_NOT_FOUND');
    });

    test('81: an export is a file that can be had in parts, as long as the policy allows it', async () => {
      const { lectern } = stage;
      const { name, file } = await exported();
      const address = `${lectern.originUrl}/${locatorOf(published.base)}/${encodeURIComponent(name)}`;
      const ask = async (headers: Readonly<Record<string, string>>, method = 'GET'): Promise<Response> =>
        await fetch(address, { method, headers });

      const whole = await ask({});
      const bytes = new Uint8Array(await whole.arrayBuffer());
      assert.deepEqual(bytes, file);
      assert.deepEqual(
        ['content-type', 'accept-ranges', 'content-length'].map((header) => whole.headers.get(header)),
        ['video/mp4', 'bytes', String(file.length)],
      );
      const part = await ask({ Range: 'bytes=1000-1999' });
      assert.deepEqual([part.status, part.headers.get('content-range')], [206, `bytes 1000-1999/${file.length}`]);
      assert.deepEqual(new Uint8Array(await part.arrayBuffer()), file.subarray(1000, 2000));
      const end = await ask({ Range: 'bytes=-10' });
      assert.deepEqual(new Uint8Array(await end.arrayBuffer()), file.subarray(-10));
      const beyond = await ask({ Range: `bytes=${file.length}-` });
      assert.deepEqual(
        [beyond.status, beyond.headers.get('x-ms-error-code'), beyond.headers.get('content-range')],
        [416, 'MPE_STORAGE_INVALID_RANGE', `bytes */${file.length}`],
      );
      const head = await ask({}, 'HEAD');
      assert.deepEqual([head.status, head.headers.get('content-length')], [200, String(file.length)]);
      const tag = whole.headers.get('etag') ?? '';
      assert.equal((await ask({ 'If-None-Match': tag })).status, 304);
      assert.equal((await ask({ 'If-Match': '"other"' })).status, 412);
      const resumed = await ask({ Range: 'bytes=0-9', 'If-Range': tag });
      assert.deepEqual([resumed.status, (await resumed.arrayBuffer()).byteLength], [206, 10]);
      const changed = await ask({ Range: 'bytes=0-9', 'If-Range': '"other"' });
      assert.deepEqual([changed.status, (await changed.arrayBuffer()).byteLength], [200, file.length]);
      const paths = await lectern.call('listPaths', { params: { name: published.asset } });
      assert.deepEqual(paths.downloadPaths, [new URL(address).pathname]);
    });

    test('81: what streams are made of is never to be had as a file, and nothing where the policy says no', async () => {
      const { lectern } = stage;
      const { name } = await exported();
      for (const file of ['show.ism', 'show.ismv', 'show.isma', 'show.ismt', 'show.ismc', 'other.mp4']) {
        const address = `${lectern.originUrl}/${locatorOf(published.base)}/${file}`;
        assert.equal(await outcomeOf(address), '404 MPE_RESOURCE_NOT_FOUND', file);
      }
      const { streamingLocatorId } = await lectern.call('putLocator', {
        params: { name: 'streaming-only' },
        body: { assetName: published.asset, streamingPolicyName: 'Predefined_ClearStreamingOnly' },
      });

      const address = `${lectern.originUrl}/${streamingLocatorId}/${encodeURIComponent(name)}`;
      assert.equal(await outcomeOf(address), '403 MPE_OUTPUT_FORMAT_BLOCKED');
      const paths = await lectern.call('listPaths', { params: { name: 'streaming-only' } });
      assert.deepEqual(paths.downloadPaths, []);
    });

    test('58: Predefined_DownloadOnly gives the file, and lists it and no stream', async () => {
      const { lectern } = stage;
      const { name, file } = await exported();
      const { streamingLocatorId } = await lectern.call('putLocator', {
        params: { name: 'download-only' },
        body: { assetName: published.asset, streamingPolicyName: 'Predefined_DownloadOnly' },
      });

      const path = `/${streamingLocatorId}/${encodeURIComponent(name)}`;
      const answer = await fetch(`${lectern.originUrl}${path}`);
      assert.deepEqual(new Uint8Array(await answer.arrayBuffer()), file);
      const paths = await lectern.call('listPaths', { params: { name: 'download-only' } });
      assert.deepEqual([paths.streamingPaths, paths.downloadPaths], [[], [path]]);
    });

    let made: Promise<{ readonly name: string; readonly file: Uint8Array }> | undefined;

    /** The recording as an MP4 in the service's own keeping. */
    function exported(): NonNullable<typeof made> {
      made ??= exportNow();
      return made;
    }

    async function exportNow() {
      const { lectern } = stage;
      const { id } = await lectern.call('createExport', { params: { name: published.asset }, body: {} });
      const job = await until('the export is finished', async () => {
        const present = await lectern.call('getExport', { params: { name: published.asset, id } });
        assert.notEqual(present.state, 'failed', JSON.stringify(present));
        return present.state === 'done' ? present : undefined;
      });
      const url = `${lectern.controlUrl}/api/v1/assets/${published.asset}/exports/${id}/file`;
      const answer = await fetch(url, { headers: { Authorization: `Bearer ${lectern.token}` } });
      return { name: job.fileName, file: new Uint8Array(await answer.arrayBuffer()) };
    }
  });
});

function locatorOf(base: string): string {
  return new URL(base).pathname.split('/')[1] ?? '';
}
