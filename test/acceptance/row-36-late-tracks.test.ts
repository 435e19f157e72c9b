import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { Browser } from 'playwright';
import { parseMpd } from '../../src-main/manifest/dash/mpd.ts';
import { checkMultivariantPlaylist } from '../../src-main/manifest/hls/check/check-multivariant-playlist.ts';
import { parseMultivariantPlaylist } from '../../src-main/manifest/hls/multivariant-playlist.ts';
import { launchChromium, noChromium } from '../support/browser.ts';
import {
  chooseSound,
  chooseText,
  putTrack,
  shownTexts,
  soundFile,
  trackOf,
  ttmlOf,
  vttOf,
} from '../support/late-tracks.ts';
import { openPlayerPages, PLAYERS, type PlayerPages } from '../support/player-pages.ts';
import { missingPrograms } from '../support/real-ffmpeg.ts';
import { mediaFile, packetHashes, realTime, rtmpOutputs, send } from '../support/senders.ts';
import {
  field,
  ingestUrl,
  type Published,
  record,
  request,
  segmentsAt,
  startEvent,
  textOf,
} from '../support/service-stage.ts';
import { openStage, type Stage, until } from '../support/studio-stage.ts';
import { mkdtempDisposable } from '../support/temporary-folder.ts';

const SECONDS = 60;
const NAMES = ['hls.js', 'video.js', 'shaka', 'dash.js'] as const;

suite('36: tracks that are added to a finished asset', {
  skip: noChromium || missingPrograms('ffmpeg', 'ffprobe'),
}, () => {
  const opened = new AsyncDisposableStack();
  let stage: Stage;
  let published: Published;
  let browser: Browser;
  let pages: PlayerPages;
  let sound: Uint8Array<ArrayBuffer>;
  let soundPath: string;

  const tracks = (suffix = ''): string => `/assets/${published.asset}/tracks${suffix}`;

  before(async () => {
    stage = opened.use(await openStage());
    const folder = opened.use(await mkdtempDisposable(join(tmpdir(), 'lectern-late-')));
    soundPath = join(folder.path, 'french.m4a');
    sound = await soundFile(soundPath, { seconds: SECONDS });
    const event = await startEvent(stage.lectern, 'late');
    published = await record(stage.lectern, 'late');
    const file = await mediaFile({
      seconds: SECONDS,
      layers: [{ size: '320x180', kbps: 300 }],
      gopSeconds: 2,
      bFrames: 2,
    });
    await using _sender = send(rtmpOutputs(ingestUrl(event, 'rtmp'), ['one']), realTime(file));
    await segmentsAt(published.hls, 5);
    await assertRefusedWhileRecording();
    await segmentsAt(published.hls, 9);
    await request(stage.lectern, 'DELETE', '/liveEvents/late/liveOutputs/tape');
    await until('it is a recording', async () =>
      field((await request(stage.lectern, 'GET', `/assets/${published.asset}`)).body, 'state') === 'ready'
        ? true
        : undefined,
    );
    browser = opened.adopt(await launchChromium(), (launched) => launched.close());
    pages = opened.use(await openPlayerPages());
  });
  after(async () => await opened.disposeAsync());

  async function assertRefusedWhileRecording(): Promise<void> {
    const refused = await putTrack(stage.lectern, published.asset, 'english', vttOf('word', 10));

    assert.deepEqual([refused.status, refused.code], [409, 'resource/wrong-state']);
  }

  test('36: text and sound are added over the API, and listed behind what was recorded', async () => {
    const english = trackOf(
      await putTrack(stage.lectern, published.asset, 'english', vttOf('word', 20, 'Language: en\n'), {
        displayName: 'English',
        hlsDefault: 'true',
        hlsCharacteristics: 'public.accessibility.transcribes-spoken-dialog',
        dashRole: 'caption',
      }),
    );
    const german = trackOf(
      await putTrack(stage.lectern, published.asset, 'german', ttmlOf('Wort', 20, 'de'), {
        displayName: 'Deutsch',
      }),
    );
    const french = trackOf(
      await putTrack(stage.lectern, published.asset, 'french', sound, {
        displayName: 'Français',
        languageCode: 'fr',
      }),
    );
    // Players show forced text by themselves and offer it to nobody.
    const forced = trackOf(
      await putTrack(stage.lectern, published.asset, 'forced', vttOf('sign', 3), {
        languageCode: 'en',
        hlsForced: 'true',
      }),
    );
    const secret = trackOf(
      await putTrack(stage.lectern, published.asset, 'secret', vttOf('hidden', 20), {
        languageCode: 'it',
        playerVisibility: 'Hidden',
      }),
    );
    const listed = await request(stage.lectern, 'GET', tracks());

    assert.deepEqual(
      [english, german, french, forced, secret].map((track) => [
        track['@odata.type'],
        track.fileName,
        track.languageCode,
        track.provisioningState,
      ]),
      [
        ['#Microsoft.Media.TextTrack', 'english.vtt', 'en', 'Succeeded'],
        ['#Microsoft.Media.TextTrack', 'german.ttml', 'de', 'Succeeded'],
        ['#Microsoft.Media.AudioTrack', 'french.m4a', 'fr', 'Succeeded'],
        ['#Microsoft.Media.TextTrack', 'forced.vtt', 'en', 'Succeeded'],
        ['#Microsoft.Media.TextTrack', 'secret.vtt', 'it', 'Succeeded'],
      ],
    );
    assert.match(french.remark ?? '', /longer than the recording/);
    const value = field(listed.body, 'value');
    assert.ok(Array.isArray(value));
    const kinds = value.map((track) => field(track, 'kind')).toSorted();
    assert.deepEqual(kinds, ['audio', 'audio', 'text', 'text', 'text', 'text', 'video']);
  });

  test('36: viewers are given them as soon as the recording has taken the place of the broadcast', async () => {
    await until('HLS is a recording', async () =>
      (await textOf(published.hls))?.includes('TYPE=SUBTITLES') === true ? true : undefined,
    );
  });

  test('36: HLS tells of them with label, default and forced flags, and not of a hidden one', async () => {
    const text = (await textOf(published.hls)) ?? '';
    const playlist = parseMultivariantPlaylist(text);

    assert.deepEqual(checkMultivariantPlaylist(playlist), []);
    const subtitles = playlist.renditions.filter(({ type }) => type === 'SUBTITLES');
    assert.deepEqual(
      subtitles.map((one) => [
        one.name,
        one.language,
        one.isDefault ?? false,
        one.type === 'SUBTITLES' && one.forced,
        one.characteristics,
      ]),
      [
        ['English', 'en', true, undefined, ['public.accessibility.transcribes-spoken-dialog']],
        ['Deutsch', 'de', false, undefined, undefined],
        ['forced', 'en', false, true, undefined],
      ],
    );
    const sounds = playlist.renditions.filter(({ type }) => type === 'AUDIO');
    assert.deepEqual(
      sounds.map((one) => [one.name, one.language, one.isDefault ?? false]),
      [
        ['audio', undefined, true],
        ['Français', 'fr', false],
      ],
    );
    assert.ok(playlist.variants.every(({ subtitles: group }) => group === 'subtitles'));
  });

  test('36: DASH tells of them with label, role and language, and not of a hidden one', async () => {
    const mpd = parseMpd((await textOf(published.dash)) ?? '');
    const sets = mpd.periods[0]?.adaptationSets ?? [];

    assert.deepEqual(
      sets
        .filter(({ contentType }) => contentType !== 'video' && contentType !== 'image')
        .map((set) => [set.contentType, set.mimeType, set.lang, set.labels?.[0]?.text, set.roles?.[0]?.value]),
      [
        ['audio', 'audio/mp4', undefined, 'audio', 'main'],
        ['audio', 'audio/mp4', 'fr', 'Français', 'alternate'],
        ['text', 'text/vtt', 'en', 'English', 'caption'],
        ['text', 'text/vtt', 'de', 'Deutsch', 'subtitle'],
        ['text', 'text/vtt', 'en', 'forced', 'forced-subtitle'],
      ],
    );
  });

  test('36: a hidden one is at its address, and each file can be downloaded', async () => {
    const { body } = await request(stage.lectern, 'GET', tracks('/secret'));
    const bitrate = field(body, 'bitrate');
    const { body: paths } = await request(
      stage.lectern,
      'POST',
      `/streamingLocators/${published.asset}/listPaths`,
    );

    assert.equal(typeof bitrate, 'number');
    const playlist = await textOf(
      `${published.base}/QualityLevels(${String(bitrate)})/Manifest(secret,format=m3u8-cmaf)`,
    );
    assert.match(playlist ?? '', /Fragments\(secret=\d+,format=m3u8-cmaf\)\.vtt/);
    const downloads = field(paths, 'downloadPaths');
    assert.ok(Array.isArray(downloads) && downloads.length === 5);
    const file = await fetch(`${stage.lectern.originUrl}${String(downloads[0])}`);
    assert.equal(file.headers.get('content-type'), 'text/vtt; charset=utf-8');
    assert.equal(await file.text(), vttOf('word', 20, 'Language: en\n'));
  });

  test('36: no frame of the added sound is changed, and ffmpeg reads HLS with text in it', async () => {
    const playlist = parseMultivariantPlaylist((await textOf(published.hls)) ?? '');
    const french = playlist.renditions.find(({ name }) => name === 'Français');
    assert.ok(french?.type === 'AUDIO' && french.uri !== undefined);
    const [given, played] = [
      await packetHashes(soundPath, '0:a:0'),
      await packetHashes(new URL(french.uri, published.hls).href, '0:a:0'),
    ];
    const from = given.indexOf(played[0] ?? '');

    assert.ok(from >= 0 && from <= 2 && played.length > 300, `${played.length} frames from ${from}`);
    assert.deepEqual(played, given.slice(from, from + played.length));
    const pictures = await packetHashes(published.hls, '0:v:0');
    assert.ok(pictures.length > 400, `${pictures.length} pictures`);
  });

  for (const name of NAMES) {
    test(`36: ${name} shows each cue at its time, and plays the second language`, async () => {
      const page = await pages.play(
        browser,
        name,
        PLAYERS[name].format === 'm3u8-cmaf' ? published.hls : published.dash,
      );
      await using _page = page;
      for (const [label, word] of [
        ['English', 'word'],
        ['Deutsch', 'Wort'],
      ] as const) {
        await page.seek(1.7);
        // As a viewer does, who looks whether there is a picture before anything else.
        await page.playsOn(0.3);
        await chooseText(page, name, label);
        const shown = await until(`${name} shows ${label}`, async () => {
          const seen = (await shownTexts(page)).filter(({ text }) =>
            new RegExp(`\\b${word} [4567]\\b`).test(text),
          );
          return seen.length >= 3 ? seen : undefined;
        }).catch(async (error: unknown) =>
          assert.fail(
            `${String(error)}: ${JSON.stringify(await shownTexts(page))} ${JSON.stringify(await page.look())}`,
          ),
        );
        const late = shown.map(({ text, time }) => time - Number(/ (\d)/.exec(text)?.[1]));
        // A computer that is busy draws one or the other later, but none too early and not all of them late.
        assert.ok(
          Math.min(...late) >= -0.1 && Math.min(...late) <= 0.1 && Math.max(...late) < 0.5,
          `${name}: ${late.join(' ')}`,
        );
      }
      const asked: string[] = [];
      page.page.on('request', (one) => void asked.push(one.url()));
      await page.seek(9.3);
      await page.playsOn(0.5);
      assert.equal(await chooseSound(page, name, 'Français'), 'fr');
      await page.playsOn(2);
      assert.ok(
        asked.some((url) => url.includes('Fragments(french=')),
        `${name} asks for the sound`,
      );
    });
  }

  test('36: how one is shown can be changed, and it can be taken away again', async () => {
    const changed = await request(stage.lectern, 'PATCH', tracks('/english'), {
      displayName: 'English (CC)',
      hlsSettings: { default: false },
    });
    const taken = await request(stage.lectern, 'DELETE', tracks('/german'));
    const text = (await textOf(published.hls)) ?? '';

    assert.deepEqual([changed.status, taken.status], [200, 204]);
    assert.match(text, /TYPE=SUBTITLES,[^\n]*NAME="English \(CC\)",LANGUAGE="en",AUTOSELECT=YES/);
    assert.doesNotMatch(text, /Deutsch|SUBTITLES,[^\n]*DEFAULT=YES/);
  });

  test('36: bad files are refused with the line, and change nothing', async () => {
    const before = (await request(stage.lectern, 'GET', tracks())).body;
    const broken = await putTrack(
      stage.lectern,
      published.asset,
      'more',
      'WEBVTT\n\n00:01.000 --> 00:00.500\nx\n',
    );
    const foreign = await putTrack(stage.lectern, published.asset, 'more', 'ID3 nothing of the kind');
    const twice = await putTrack(stage.lectern, published.asset, 'english', vttOf('word', 3));
    const recorded = await request(stage.lectern, 'DELETE', tracks('/video_300000'));

    assert.deepEqual(
      [broken.status, broken.code, field(broken.body, 'details', 'line')],
      [400, 'media/malformed', 3],
    );
    assert.deepEqual([foreign.status, foreign.code], [415, 'media/unsupported']);
    assert.deepEqual([twice.status, twice.code], [409, 'resource/exists']);
    assert.ok(recorded.status >= 400);
    assert.deepEqual((await request(stage.lectern, 'GET', tracks())).body, before);
  });

  test('35: live transcription is refused, and the refusal says why and what to do instead', async () => {
    const create = { input: { streamingProtocol: 'RTMP' } };
    const wanted = { ...create, transcriptions: [{ language: 'en-US' }] };
    const refused = await request(stage.lectern, 'PUT', '/liveEvents/spoken', wanted);
    const none = await request(stage.lectern, 'PUT', '/liveEvents/spoken', { ...create, transcriptions: [] });

    assert.deepEqual([refused.status, refused.code, none.status], [400, 'request/invalid', 201]);
    assert.match(JSON.stringify(refused.body), /transcriptions.*no speech recogniser/);
  });

  test('36: added tracks are there again after the service was killed', async () => {
    const before = (await request(stage.lectern, 'GET', tracks())).body;
    await stage.lectern.kill();
    await stage.restart();

    assert.deepEqual((await request(stage.lectern, 'GET', tracks())).body, before);
  });
});
