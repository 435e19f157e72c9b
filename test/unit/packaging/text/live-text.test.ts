import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTextTrack, type TextTrack } from '../../../../src-main/core/transcription/text-track.ts';
import { checkMpd } from '../../../../src-main/manifest/dash/check/check-mpd.ts';
import { checkMediaPlaylist } from '../../../../src-main/manifest/hls/check/check-media-playlist.ts';
import { checkMultivariantPlaylist } from '../../../../src-main/manifest/hls/check/check-multivariant-playlist.ts';
import type { MediaPlaylist } from '../../../../src-main/manifest/hls/media-playlist.ts';
import { parseMultivariantPlaylist } from '../../../../src-main/manifest/hls/multivariant-playlist.ts';
import { parseMediaPlaylist } from '../../../../src-main/manifest/hls/parse-media-playlist.ts';
import { parseTtml } from '../../../../src-main/manifest/ttml/ttml.ts';
import { parseChunk } from '../../../../src-main/media/cmaf/chunk.ts';
import { emptyTrex } from '../../../../src-main/media/isobmff/trex.ts';
import { parseWebVtt } from '../../../../src-main/media/text/webvtt.ts';
import {
  FAKE,
  FAKE_START_MS,
  type FakeOptions,
  type FakePresentation,
  fakePresentation,
  fakePublication,
} from '../../../support/fake-presentation.ts';
import { type ManualClock, manualClock } from '../../../support/manual-clock.ts';
import { type PackagedStream, packagedStream } from '../../../support/packaged-stream.ts';

const LAG_MS = 10_000;
const PATH = 'QualityLevels(2000)';

type Stage = {
  readonly fake: FakePresentation;
  readonly text: TextTrack;
  readonly stream: PackagedStream;
  readonly clock: ManualClock;
  /** So many segments come, and are shown as they come. */
  readonly go: (segments: number) => void;
};

/** Of the sound of a made-up broadcast: it is what the test says. */
function open(options: FakeOptions = {}): Stage {
  const fake = fakePresentation(options);
  const text = createTextTrack({
    ...{ id: 'text_spoken', name: 'spoken', language: 'en-US', lagMs: LAG_MS },
    shownAs: {
      label: 'English',
      hidden: false,
      isDefault: false,
      forced: false,
      characteristics: [],
      role: 'caption',
    },
    sourceTrackId: () => FAKE.SOUND.id,
    edgeMs: () => fake.edgeMs(),
  });
  const clock = manualClock(FAKE_START_MS);
  const texts = [text];
  const stream = packagedStream(fakePublication({ ...fake.presentation, liveTexts: () => texts }), clock);
  return {
    ...{ fake, text, stream, clock },
    go(segments) {
      for (let one = 0; one < segments; one += 1) {
        fake.segments(1);
        clock.advance(2000);
        playlist(stream, 'm3u8-cmaf');
        stream.mpd();
      }
    },
  };
}

function playlist(stream: PackagedStream, format: 'm3u8-cmaf' | 'm3u8-aapl'): MediaPlaylist {
  return parseMediaPlaylist(stream.text(`${PATH}/Manifest(spoken,format=${format})`));
}

async function bytesOf(stream: PackagedStream, uri: string): Promise<Buffer> {
  const { chunks, lifetime } = await stream.media(`${PATH}/${uri}`);
  assert.equal(lifetime, 'immutable');
  return Buffer.concat(chunks);
}

/** What the segments of a playlist say. */
async function wordsOf(
  stream: PackagedStream,
  { segments }: MediaPlaylist,
): Promise<readonly (readonly string[])[]> {
  return await Promise.all(
    segments.map(async ({ uri }) => {
      const bytes = await bytesOf(stream, uri);
      const cues = uri.endsWith('.vtt')
        ? parseWebVtt(Buffer.from(bytes.toString().replace(/X-TIMESTAMP-MAP=.*\n/, ''))).cues
        : parseTtml(parseChunk(bytes, { trex: emptyTrex(1) })[0]?.data ?? new Uint8Array()).cues;
      return cues.map(({ text }) => text);
    }),
  );
}

test('the first segment of text is listed with the first of the others, the next when they are final', () => {
  const { stream, text, go } = open();
  go(3);
  const before = playlist(stream, 'm3u8-cmaf').segments.length;
  text.finish(FAKE_START_MS + 4100);
  go(1);

  assert.equal(before, 1);
  assert.equal(playlist(stream, 'm3u8-cmaf').segments.length, 2);
});

test('a recogniser that says nothing holds text up for its lag, and pictures and sound not at all', () => {
  const { stream, go } = open();
  go(9);

  // 18 s have come, and what is older than 10 s is not waited for.
  assert.equal(playlist(stream, 'm3u8-cmaf').segments.length, 4);
  assert.equal(stream.playlist(FAKE.BEST).segments.length, 9);
  assert.equal(stream.playlist(FAKE.SOUND).segments.length, 9);
});

test('text stands in the segments that it is said in, as IMSC 1.1 and as WebVTT', async () => {
  const { stream, text, go } = open();
  go(1);
  text.add({ startMs: FAKE_START_MS + 2500, endMs: FAKE_START_MS + 3500, text: 'one & two' });
  text.add({ startMs: FAKE_START_MS + 5500, endMs: FAKE_START_MS + 6500, text: 'three' });
  text.finish(FAKE_START_MS + 9000);
  go(3);

  for (const format of ['m3u8-cmaf', 'm3u8-aapl'] as const) {
    const listed = playlist(stream, format);
    assert.deepEqual(await wordsOf(stream, listed), [[], ['one &amp; two'], ['three'], ['three']], format);
    assert.deepEqual(
      checkMediaPlaylist(undefined, listed).filter(({ level }) => level === 'must'),
      [],
    );
  }
});

test('a segment is the same for good, whatever is understood later', async () => {
  const { stream, text, go } = open();
  go(8);
  const [, second] = playlist(stream, 'm3u8-cmaf').segments;
  assert.ok(second !== undefined);
  const before = await bytesOf(stream, second.uri);
  text.add({ startMs: FAKE_START_MS + 2500, endMs: FAKE_START_MS + 3500, text: 'late' });

  assert.deepEqual(await bytesOf(stream, second.uri), before);
});

test('WebVTT says the clock of the transport stream, and a cue in two segments is the same in both', async () => {
  const { stream, text, go } = open();
  go(1);
  text.add({ startMs: FAKE_START_MS + 3500, endMs: FAKE_START_MS + 4500, text: 'over' });
  text.finish(FAKE_START_MS + 9000);
  go(3);
  const [, second, third] = playlist(stream, 'm3u8-aapl').segments;
  assert.ok(second !== undefined && third !== undefined);
  const texts = [(await bytesOf(stream, second.uri)).toString(), (await bytesOf(stream, third.uri)).toString()];

  assert.equal(texts[0], texts[1]);
  const [, clock = '', hours, minutes, seconds] =
    /MPEGTS:(\d+),LOCAL:00:00:00\.000\n\n\w+\n(\d\d):(\d\d):([\d.]+) --> /.exec(texts[0] ?? '') ?? [];
  const cueSeconds = (Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds);
  const media = BigInt(clock) + BigInt(Math.round(cueSeconds * 90_000));
  assert.equal(media % 2n ** 33n, (BigInt(FAKE_START_MS + 3500) * 90n) % 2n ** 33n);
});

test('HLS offers it with its codec where it is IMSC, and without where it is WebVTT', () => {
  const { stream, go } = open();
  go(4);

  for (const [format, hasCodec] of [
    ['m3u8-cmaf', true],
    ['m3u8-aapl', false],
  ] as const) {
    const multivariant = parseMultivariantPlaylist(stream.text(`manifest(format=${format})`));
    assert.deepEqual(checkMultivariantPlaylist(multivariant), [], format);
    assert.deepEqual(
      multivariant.renditions
        .filter(({ type }) => type === 'SUBTITLES')
        .map(({ name, language }) => [name, language]),
      [['English', 'en-US']],
    );
    assert.ok(
      multivariant.variants.every(({ codecs }) => codecs?.includes('stpp.ttml.im1t') === hasCodec),
      format,
    );
  }
  assert.doesNotMatch(stream.text('manifest(format=m3u8-aapl-v3)'), /SUBTITLES/);
});

test('DASH has it as a set of its own that keeps the rules from one update to the next', () => {
  const { stream, text, go } = open();
  go(2);
  let before = stream.mpd();
  for (let segment = 2; segment < 12; segment += 1) {
    text.finish(FAKE_START_MS + segment * 2000 - (segment % 3) * 1500);
    go(1);
    const after = stream.mpd();
    assert.deepEqual(
      checkMpd(before, after).filter(({ level }) => level === 'must'),
      [],
    );
    before = after;
  }
  const set = before.periods[0]?.adaptationSets.find(({ contentType }) => contentType === 'text');

  assert.deepEqual(
    [set?.lang, set?.mimeType, set?.representations[0]?.codecs, set?.roles?.[0]?.value, set?.labels?.[0]?.text],
    ['en-US', 'application/mp4', 'stpp.ttml.im1t', 'caption', 'English'],
  );
});

test('a Period that begins has text from its first segment on', () => {
  const { fake, stream, go } = open();
  go(6);
  fake.silence(FAKE.SMALL.id, true);
  go(6);
  const { periods } = stream.mpd();

  assert.ok(periods.length > 1);
  for (const { id, adaptationSets } of periods) {
    assert.ok(
      adaptationSets.some(({ contentType }) => contentType === 'text'),
      `Period ${id}`,
    );
  }
});

test('what is asked for too early is not there yet, and what never was is not found', async () => {
  const { stream, go } = open();
  go(4);
  const [, second] = stream.playlist(FAKE.SOUND).segments;
  assert.ok(second !== undefined);
  const uri = second.uri.replace('audio', 'spoken');

  await stream.refuses('MPE_FRAGMENT_NOT_READY', `${PATH}/${uri}`);
  await stream.refuses('MPE_FRAGMENT_TIMESTAMP_NOT_FOUND', `${PATH}/Fragments(spoken=17,format=m3u8-cmaf)`);
});

test('at the end the playlist ends when its text is complete', () => {
  const { fake, stream, text, go } = open();
  go(4);
  fake.end();
  const early = playlist(stream, 'm3u8-cmaf');
  text.end();
  // Anything that makes it be looked at anew, as more text does.
  fake.caption(FAKE.BEST.id, ['CC1']);
  const complete = playlist(stream, 'm3u8-cmaf');

  assert.deepEqual([early.endList, early.segments.length], [undefined, 1]);
  assert.deepEqual([complete.endList, complete.segments.length], [true, 4]);
});

test('segments that have left the window are there for a while', async () => {
  const { stream, text, go } = open({ windowSeconds: 10, archiveSegments: 30 });
  text.end();
  go(4);
  const [first] = playlist(stream, 'm3u8-cmaf').segments;
  assert.ok(first !== undefined);
  go(8);

  assert.ok(playlist(stream, 'm3u8-cmaf').segments.every(({ uri }) => uri !== first.uri));
  assert.ok((await bytesOf(stream, first.uri)).length > 0);
});

test('without sound it is cut as the pictures are', () => {
  const { stream, go } = open({ tracks: [FAKE.BEST] });
  go(7);

  const listed = playlist(stream, 'm3u8-cmaf').segments;
  const video = stream.playlist(FAKE.BEST).segments;
  assert.deepEqual(
    listed.map(({ programDateTimeMs, durationSeconds }) => [programDateTimeMs, durationSeconds]),
    video
      .slice(0, listed.length)
      .map(({ programDateTimeMs, durationSeconds }) => [programDateTimeMs, durationSeconds]),
  );
});
