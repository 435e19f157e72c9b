import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { Browser } from 'playwright';
import { parseMpd } from '../../src-main/manifest/dash/mpd.ts';
import { timelineRuns } from '../../src-main/manifest/dash/segment-timeline.ts';
import { checkMultivariantPlaylist } from '../../src-main/manifest/hls/check/check-multivariant-playlist.ts';
import { parseMultivariantPlaylist } from '../../src-main/manifest/hls/multivariant-playlist.ts';
import { parseMediaPlaylist } from '../../src-main/manifest/hls/parse-media-playlist.ts';
import type { SubtitlesRendition } from '../../src-main/manifest/hls/tags/media.ts';
import { parseTtml } from '../../src-main/manifest/ttml/ttml.ts';
import { parseChunk } from '../../src-main/media/cmaf/chunk.ts';
import { emptyTrex } from '../../src-main/media/isobmff/trex.ts';
import { parseWebVtt } from '../../src-main/media/text/webvtt.ts';
import { launchChromium, noChromium } from '../support/browser.ts';
import { chooseText } from '../support/late-tracks.ts';
import { openPlayerPages, type PlayerPages } from '../support/player-pages.ts';
import { missingPrograms } from '../support/real-ffmpeg.ts';
import { mediaFile, realTime, rtmpOutputs, send } from '../support/senders.ts';
import {
  field,
  ingestUrl,
  type Published,
  record,
  request,
  startEvent,
  textOf,
} from '../support/service-stage.ts';
import { openStage, type Stage, until } from '../support/studio-stage.ts';

const RECOGNISER = join(import.meta.dirname, '../support/fake-recogniser.ts');
/** A beep begins with each, and each GOP is one. */
const SEGMENT_MS = 2000;
/** What a decoder, a resampler and a recogniser that looks every 10 ms may be off. */
const NEAR_MS = 120;
/** Each language has its word for it. */
const WORDS = { 'en-US': /^beep ([45678])00$/, de: /^ton ([45678])00$/ } as const;
type Language = keyof typeof WORDS;

/** What was understood: when, in ms of media time, and which of the five beeps. */
type Said = { readonly startMs: number; readonly beep: number };

/** How far the beginning of a beep is from the beginning of the segment that it begins with. */
function offsetOf({ startMs }: Said, segmentMs: number): number {
  const off = (startMs - segmentMs) % SEGMENT_MS;
  return off > SEGMENT_MS / 2 ? off - SEGMENT_MS : off;
}

/** Every beep was understood once, in order, and at its time. */
function assertBeeps(said: readonly Said[], segmentMs: number, least: number): void {
  assert.ok(said.length >= least, JSON.stringify(said));
  for (const [index, one] of said.entries()) {
    const next = said[index + 1];
    assert.ok(Math.abs(offsetOf(one, segmentMs)) <= NEAR_MS, `${one.startMs} of ${segmentMs}`);
    assert.ok(next === undefined || next.beep === (one.beep + 1) % 5, JSON.stringify(said));
    assert.ok(
      next === undefined || Math.abs(next.startMs - one.startMs - SEGMENT_MS) <= NEAR_MS,
      JSON.stringify(said),
    );
  }
}

function saidOf(
  cues: readonly { readonly startMs: number; readonly text: string }[],
  language: Language = 'en-US',
  zeroMs = 0,
): readonly Said[] {
  const found = new Map<string, Said>();
  for (const { startMs, text } of cues) {
    const beep = Number(WORDS[language].exec(text)?.[1]) - 4;
    assert.ok(beep >= 0, text);
    found.set(`${startMs + zeroMs}`, { startMs: startMs + zeroMs, beep });
  }
  return [...found.values()];
}

suite('35: live transcription', { skip: noChromium || missingPrograms('ffmpeg') }, () => {
  const opened = new AsyncDisposableStack();
  let stage: Stage;
  let published: Published;
  let browser: Browser;
  let pages: PlayerPages;
  /** Media time in ms of the beginning of a segment. */
  let segmentMs: number;

  before(async () => {
    stage = opened.use(await openStage());
    const file = await mediaFile({
      ...{ seconds: 140, layers: [{ size: '320x180', kbps: 300 }], gopSeconds: 2 },
      audio: [{ kbps: 96, isBeeping: true }],
    });
    const set = await request(stage.lectern, 'PATCH', '/settings', {
      service: {
        transcription: {
          command: [process.execPath, RECOGNISER, '--language', '{language}', '--rate', '{sampleRate}'],
          lagSeconds: 5,
        },
      },
    });
    assert.equal(set.status, 200, JSON.stringify(set.body));
    const event = await startEvent(stage.lectern, 'spoken', {
      input: { streamingProtocol: 'RTMP' },
      transcriptions: [{ language: 'fr' }],
    });
    published = await record(stage.lectern, 'spoken');
    // It runs and records, and nothing has come yet: spec 2.3 lets it be changed.
    const changed = await request(stage.lectern, 'PATCH', '/liveEvents/spoken', {
      transcriptions: [
        { language: 'en-US' },
        { language: 'de', outputTranscriptionTrack: { trackName: 'deutsch' }, inputTrackSelection: [] },
      ],
    });
    assert.equal(changed.status, 200, JSON.stringify(changed.body));
    opened.use(send(rtmpOutputs(ingestUrl(event, 'rtmp'), ['one']), realTime(file)));
    browser = opened.adopt(await launchChromium(), (launched) => launched.close());
    pages = opened.use(await openPlayerPages());
    await until('there is text', async () => (await listed('m3u8-cmaf')).length >= 4 || undefined, 40_000);
  });
  after(async () => await opened.disposeAsync());

  async function multivariant(format: 'm3u8-cmaf' | 'm3u8-aapl') {
    return parseMultivariantPlaylist((await textOf(`${published.base}/manifest(format=${format})`)) ?? '');
  }

  /** Addresses of the segments of a text. */
  async function listed(
    format: 'm3u8-cmaf' | 'm3u8-aapl',
    language: Language = 'en-US',
  ): Promise<readonly string[]> {
    const master = await textOf(`${published.base}/manifest(format=${format})`);
    const renditions = master === undefined ? [] : parseMultivariantPlaylist(master).renditions;
    const text = renditions.find(
      (one): one is SubtitlesRendition => one.type === 'SUBTITLES' && one.language === language,
    );
    const url = text?.uri === undefined ? undefined : `${published.base}/${text.uri}`;
    const playlist = url === undefined ? undefined : await textOf(url);
    return url === undefined || playlist === undefined
      ? []
      : parseMediaPlaylist(playlist).segments.map(({ uri }) => new URL(uri, url).href);
  }

  async function bytesOf(url: string): Promise<Uint8Array> {
    const answer = await fetch(url);
    assert.equal(answer.status, 200, url);
    return new Uint8Array(await answer.arrayBuffer());
  }

  async function imscOf(urls: readonly string[], language: Language = 'en-US'): Promise<readonly Said[]> {
    const documents = await Promise.all(
      urls.map(async (url) => parseChunk(await bytesOf(url), { trex: emptyTrex(1) })[0]?.data ?? new Uint8Array()),
    );
    return saidOf(
      documents.flatMap((document) => parseTtml(document).cues),
      language,
    );
  }

  test('35: HLS with CMAF and DASH have it as IMSC 1.1, each beep at the time of its sound', async () => {
    const playlist = await multivariant('m3u8-cmaf');
    assert.deepEqual(checkMultivariantPlaylist(playlist), []);
    const subtitles = playlist.renditions.filter(({ type }) => type === 'SUBTITLES');
    assert.deepEqual(
      subtitles.map(({ name, language }) => [name, language]),
      [
        ['American English', 'en-US'],
        ['Deutsch', 'de'],
      ],
    );
    assert.ok(playlist.variants.every(({ codecs }) => codecs?.includes('stpp.ttml.im1t')));

    const mpd = parseMpd((await textOf(published.dash)) ?? '');
    const sets = mpd.periods[0]?.adaptationSets ?? [];
    const video = sets.find(({ contentType }) => contentType === 'video')?.segmentTemplate;
    const texts = sets.filter(({ contentType }) => contentType === 'text');
    assert.deepEqual(
      texts.map(({ lang, mimeType, representations: [one] }) => [lang, mimeType, one?.codecs]),
      [
        ['en-US', 'application/mp4', 'stpp.ttml.im1t'],
        ['de', 'application/mp4', 'stpp.ttml.im1t'],
      ],
    );
    const [first] = timelineRuns(video?.timeline ?? []);
    segmentMs = (1000 * Number(first?.time)) / (video?.timescale ?? 1);
    assertBeeps(await imscOf(await listed('m3u8-cmaf')), segmentMs, 2);
    assertBeeps(await imscOf(await listed('m3u8-cmaf', 'de'), 'de'), segmentMs, 2);
  });

  for (const language of ['en-US', 'de'] as const) {
    test(`35: HLS with transport streams has it as WebVTT, on the clock of the stream (${language})`, async () => {
      const files = await Promise.all(
        (await listed('m3u8-aapl', language)).map(async (url) => Buffer.from(await bytesOf(url)).toString()),
      );
      const said = files.flatMap((text) => {
        const [, clock = '0'] = /^X-TIMESTAMP-MAP=MPEGTS:(\d+),LOCAL:00:00:00\.000\n/m.exec(text) ?? [];
        const { cues } = parseWebVtt(Buffer.from(text.replace(/^X-TIMESTAMP-MAP.*\n/m, '')));
        return saidOf(cues, language, Number(clock) / 90);
      });

      const unique = [...new Map(said.map((one) => [one.startMs, one])).values()];
      // The clock begins anew every 2^33 ticks, which are no whole number of segments.
      const wrapMs = 2 ** 33 / 90;
      assertBeeps(unique, segmentMs - Math.floor(segmentMs / wrapMs) * wrapMs, 2);
    });
  }

  for (const [name, format, label, language] of [
    ['hls.js', 'm3u8-cmaf', 'American English', 'en-US'],
    ['hls.js', 'm3u8-aapl', 'American English', 'en-US'],
    ['shaka', 'mpd-time-cmaf', 'American English', 'en-US'],
    ['hls.js', 'm3u8-cmaf', 'Deutsch', 'de'],
    ['shaka', 'mpd-time-cmaf', 'Deutsch', 'de'],
  ] as const) {
    test(`35: ${name} shows the text of ${format} in ${label} with its sound, and does not stall`, async () => {
      const source = `${published.base}/manifest(format=${format})`;
      // Text is later than its sound, so who wants it in time keeps some seconds from the edge.
      const config =
        name === 'shaka'
          ? { manifest: { defaultPresentationDelay: 6, dash: { ignoreSuggestedPresentationDelay: true } } }
          : { liveSyncDuration: 6, lowLatencyMode: false };
      await using page = await pages.play(browser, name, source, config);
      await chooseText(page, name, label);
      const startMs = parseMpd((await textOf(published.dash)) ?? '').availabilityStartTimeMs ?? 0;
      const cues = await until(`${name} has text`, async () => {
        const found: readonly ShownCue[] = await page.page.evaluate(CUES);
        const chosen = found.filter(({ text }) => WORDS[language].test(text));
        return chosen.length >= 2 ? found : undefined;
      });
      const { errors, stalls } = await page.playsOn(2);

      for (const { text, wallMs, time } of cues) {
        assert.match(text, WORDS[language]);
        const off = offsetOf({ startMs: wallMs ?? startMs + 1000 * time, beep: 0 }, segmentMs);
        assert.ok(Math.abs(off) <= NEAR_MS, `${off} of ${JSON.stringify(cues)}, ${segmentMs}`);
      }
      assert.deepEqual([errors, stalls], [[], 0]);
    });
  }

  test('35: telemetry says which sound is heard, and in which languages', async () => {
    const beats = await until('a heartbeat', async () => {
      const { body } = await request(stage.lectern, 'POST', '/liveEvents/spoken/getTrackIngestHeartbeats');
      const text = JSON.stringify(body);
      return text.includes('"On"') ? text : undefined;
    });

    assert.match(beats, /"transcriptionState":"On","transcriptionLanguage":"en-US,de"/);
  });

  test('35: after the end the text is a file of the asset, and a track of the recording', async () => {
    await request(stage.lectern, 'DELETE', '/liveEvents/spoken/liveOutputs/tape');
    const asset = await until('it is a recording', async () => {
      const { body } = await request(stage.lectern, 'GET', `/assets/${published.asset}`);
      return field(body, 'state') === 'ready' ? body : undefined;
    });
    const { body } = await request(stage.lectern, 'GET', `/assets/${published.asset}/tracks`);
    const tracks = field(body, 'value');
    assert.ok(Array.isArray(tracks));

    assert.deepEqual(
      tracks
        .filter((track) => field(track, 'kind') === 'text')
        .map((track) => [field(track, 'name'), field(track, 'fileName'), field(track, 'languageCode')])
        .toSorted(),
      [
        ['deutsch', 'auto-generated-best_de.vtt', 'de'],
        ['transcript_en-US', 'auto-generated-best_en-US.vtt', 'en-US'],
      ],
    );
    const path = join(stage.dataDir, 'assets', String(field(asset, 'assetId')), 'auto-generated-best_en-US.vtt');
    const file = await readFile(path);
    const locator = published.base.slice(0, published.base.lastIndexOf('/'));
    assert.deepEqual(Buffer.from(await bytesOf(`${locator}/auto-generated-best_en-US.vtt`)), file);
    assert.match(file.toString(), /^WEBVTT\nLanguage: en-US\n/);
    // A recording begins with a segment, and so with a beep.
    assertBeeps(saidOf(parseWebVtt(file).cues), 0, 6);
    const german = parseWebVtt(await bytesOf(`${locator}/auto-generated-best_de.vtt`));
    assertBeeps(saidOf(german.cues, 'de'), 0, 6);
    assert.ok(String(field(asset, 'duration')) !== '');
  });

  test('35: the last words are in it, although they came after the end', async () => {
    const { body } = await request(stage.lectern, 'GET', `/assets/${published.asset}`);
    const locator = published.base.slice(0, published.base.lastIndexOf('/'));
    const { cues } = parseWebVtt(await bytesOf(`${locator}/auto-generated-best_de.vtt`));
    const lastMs = cues.at(-1)?.startMs ?? 0;

    assert.ok(
      Number(field(body, 'duration')) * 1000 - lastMs < 2 * SEGMENT_MS,
      `${lastMs} of ${JSON.stringify(field(body, 'duration'))}`,
    );
  });

  test('35: it is refused where it cannot be had, and cannot be changed when media has come', async () => {
    const basic = await request(stage.lectern, 'PUT', '/liveEvents/basic', {
      ...{ input: { streamingProtocol: 'RTMP' }, encoding: { encodingType: 'PassthroughBasic' } },
      transcriptions: [{ language: 'en' }],
    });
    const twice = await request(stage.lectern, 'PUT', '/liveEvents/twice', {
      input: { streamingProtocol: 'RTMP' },
      transcriptions: [{ language: 'en' }, { language: 'EN' }],
    });
    const running = await request(stage.lectern, 'PATCH', '/liveEvents/spoken', { transcriptions: [] });

    assert.deepEqual(
      [basic, twice, running].map(({ status, code }) => [status, code]),
      [
        [400, 'request/invalid'],
        [400, 'request/invalid'],
        [400, 'resource/immutable'],
      ],
    );
  });
});

type ShownCue = { readonly text: string; readonly time: number; readonly wallMs: number | undefined };

/** The cues that a player has, with the time of their beginning as it counts, and for HLS in UTC in ms. */
const CUES = `(() => {
  const video = document.querySelector('video');
  const details = player.levels?.[player.currentLevel]?.details ?? player.latestLevelDetails;
  const fragment = details?.fragments.find((one) => one.programDateTime);
  const wallOf = (time) => fragment && fragment.programDateTime + 1000 * (time - fragment.start);
  return Array.from(video.textTracks).filter((track) => track.mode !== 'disabled')
    .flatMap((track) => Array.from(track.cues ?? [])).filter((cue) => /beep|ton/.test(cue.text))
    .map((cue) => ({ text: cue.text.replace(/<[^>]*>/g, '').trim(), time: cue.startTime, wallMs: wallOf(cue.startTime) }));
})()`;
