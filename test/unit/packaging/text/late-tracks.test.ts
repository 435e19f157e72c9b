import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Presentation, ShownAs, TextTrack } from '../../../../src-main/core/ports/presentation.ts';
import { checkMediaPlaylist } from '../../../../src-main/manifest/hls/check/check-media-playlist.ts';
import { checkMultivariantPlaylist } from '../../../../src-main/manifest/hls/check/check-multivariant-playlist.ts';
import { parseMultivariantPlaylist } from '../../../../src-main/manifest/hls/multivariant-playlist.ts';
import { parseMediaPlaylist } from '../../../../src-main/manifest/hls/parse-media-playlist.ts';
import type { TextCue } from '../../../../src-main/media/text/cue.ts';
import { parseWebVtt } from '../../../../src-main/media/text/webvtt.ts';
import { ticks } from '../../../../src-main/media/time.ts';
import {
  FAKE_START_MS,
  FAKE_TRACKS,
  fakeAudio,
  fakePresentation,
  fakePublication,
} from '../../../support/fake-presentation.ts';
import { manualClock } from '../../../support/manual-clock.ts';
import { fragmentPath, packagedStream, playlistPath } from '../../../support/packaged-stream.ts';

const SHOWN: ShownAs = {
  label: 'English',
  hidden: false,
  isDefault: false,
  forced: false,
  characteristics: [],
  role: undefined,
};

function cueOf(startMs: number, endMs: number, text = `${startMs}`): TextCue {
  return { startMs, endMs, id: '', settings: '', text };
}

function textOf(name: string, cues: readonly TextCue[], over: Partial<ShownAs> = {}): TextTrack {
  return {
    ...{ kind: 'text', id: `${name}-1`, name, bitrate: 300, language: 'en' },
    shownAs: { ...SHOWN, ...over },
    zero: { time: ticks(BigInt(FAKE_START_MS) * 90n), timescale: 90_000 },
    text: { language: 'en', blocks: [], cues },
    source: { format: 'vtt', bytes: Buffer.from(`file of ${name}`) },
  };
}

/** A recording of twelve seconds in which two are missing, from the sixth on. */
function recorded(texts: readonly TextTrack[], tracks = FAKE_TRACKS) {
  const fake = fakePresentation({ tracks });
  fake.segments(2);
  for (let chunk = 0; chunk < 10; chunk += 1) {
    fake.chunk();
  }
  fake.cut(2);
  fake.segments(3);
  fake.end();
  const presentation: Presentation = { ...fake.presentation, texts: () => texts };
  return packagedStream(fakePublication(presentation), manualClock(fake.edgeMs()));
}

const pathOf = ({ name, bitrate }: TextTrack): string =>
  `QualityLevels(${bitrate})/Manifest(${name},format=m3u8-cmaf)`;

async function bodyOf(stream: ReturnType<typeof recorded>, path: string): Promise<string> {
  const { chunks, contentType, lifetime } = await stream.media(path);
  assert.equal(contentType, 'text/vtt; charset=utf-8');
  // It may be another file tomorrow.
  assert.equal(lifetime, 60);
  return Buffer.concat(chunks).toString('utf8');
}

async function cuesOf(
  stream: ReturnType<typeof recorded>,
  text: TextTrack,
): Promise<readonly (readonly TextCue[])[]> {
  const playlist = parseMediaPlaylist(stream.text(pathOf(text)));
  return await Promise.all(
    playlist.segments.map(async ({ uri }) => {
      const vtt = await bodyOf(stream, `QualityLevels(${text.bitrate})/${uri}`);
      return parseWebVtt(Buffer.from(vtt.replace(/X-TIMESTAMP-MAP=.*\n/, ''))).cues;
    }),
  );
}

describe('the text of a recording', () => {
  test('has a playlist with the segments of the pictures', () => {
    const text = textOf('english', []);
    const stream = recorded([text]);
    const playlist = parseMediaPlaylist(stream.text(pathOf(text)));
    const [best] = FAKE_TRACKS;
    assert.ok(best !== undefined);
    const video = stream.playlist(best);

    const broken = checkMediaPlaylist(undefined, playlist).filter(({ level }) => level === 'must');
    assert.deepEqual(broken, []);
    assert.deepEqual(
      playlist.segments.map(({ durationSeconds, discontinuity, programDateTimeMs }) => [
        durationSeconds,
        discontinuity,
        programDateTimeMs,
      ]),
      video.segments.map(({ durationSeconds, discontinuity, programDateTimeMs }) => [
        durationSeconds,
        discontinuity,
        programDateTimeMs,
      ]),
    );
    assert.equal(playlist.targetDurationSeconds, video.targetDurationSeconds);
    assert.equal(playlist.mediaSequence, video.mediaSequence);
  });

  test('maps its times to those of the media, also behind a break', async () => {
    const text = textOf('english', [cueOf(9000, 9500)]);
    const stream = recorded([text]);
    const playlist = parseMediaPlaylist(stream.text(pathOf(text)));
    const last = await bodyOf(stream, `QualityLevels(300)/${playlist.segments.at(3)?.uri ?? ''}`);

    assert.match(
      last,
      new RegExp(
        `^WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:${(BigInt(FAKE_START_MS) * 90n) % 2n ** 33n},LOCAL:00:00:00.000\n\n00:00:09.000 --> 00:00:09.500\n9000\n$`,
      ),
    );
  });

  test('has every cue in each segment that it is shown in, and in no other', async () => {
    const spans = [
      [0, 2000],
      [2000, 4000],
      [4000, 6000],
      [8000, 10_000],
      [10_000, 12_000],
      [12_000, 14_000],
    ] as const;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat({ max: 14_500 }), fc.integer({ min: 1, max: 5000 })), { maxLength: 6 }),
        async (times) => {
          const cues = times
            .map(([start, length]) => cueOf(start, start + length))
            .toSorted((a, b) => a.startMs - b.startMs);
          const text = textOf('english', cues);
          const found = await cuesOf(recorded([text]), text);

          assert.deepEqual(
            found,
            spans.map(([from, to]) => cues.filter(({ startMs, endMs }) => startMs < to && endMs > from)),
          );
        },
      ),
      { numRuns: 30 },
    );
  });

  test('is announced with what was said of it, one of a language chosen by itself', () => {
    const texts = [
      textOf('first', [], { label: 'English' }),
      textOf('second', [], { label: 'English', isDefault: true }),
      textOf('third', [], { label: 'Signs', forced: true, characteristics: ['public.easy-to-read'] }),
      textOf('secret', [], { hidden: true }),
    ];
    const playlist = parseMultivariantPlaylist(recorded(texts).text('manifest(format=m3u8-cmaf)'));

    assert.deepEqual(checkMultivariantPlaylist(playlist), []);
    assert.deepEqual(
      playlist.renditions
        .filter(({ type }) => type === 'SUBTITLES')
        .map(({ name, isDefault, autoSelect }) => [name, isDefault, autoSelect]),
      [
        ['English (first)', undefined, undefined],
        ['English (second)', true, true],
        ['Signs', undefined, true],
      ],
    );
    assert.ok(playlist.variants.every(({ subtitles }) => subtitles === 'subtitles'));
  });

  test('is a file beside the segments in DASH, and hidden text in neither', async () => {
    const english = textOf('english', [], { isDefault: true });
    const stream = recorded([english, textOf('secret', [], { hidden: true })]);
    const sets = stream.mpd().periods[0]?.adaptationSets.filter(({ contentType }) => contentType === 'text') ?? [];

    assert.deepEqual(
      sets.map(({ mimeType, lang, selectionPriority, roles, labels }) => [
        mimeType,
        lang,
        selectionPriority,
        roles?.[0]?.value,
        labels?.[0]?.text,
      ]),
      [['text/vtt', 'en', 2, 'subtitle', 'English']],
    );
    const url = sets[0]?.representations[0]?.baseUrls?.[0]?.url ?? '';
    assert.equal(await bodyOf(stream, url), 'file of english');
    assert.match(stream.text('QualityLevels(300)/Manifest(secret,format=m3u8-cmaf)'), /secret=/);
  });

  test('is made anew for a Period that begins later, and TTML is given as WebVTT', async () => {
    const text: TextTrack = {
      ...textOf('german', [cueOf(500, 1500), cueOf(3000, 4000)]),
      source: { format: 'ttml', bytes: Buffer.from('<tt/>') },
    };
    const stream = recorded([text]);
    const at = (time: string): string => `QualityLevels(300)/Fragments(german=${time},format=mpd-time-cmaf)`;

    assert.match(await bodyOf(stream, at('i')), /^WEBVTT\n\n00:00:00\.500/);
    assert.equal(
      await bodyOf(stream, at('1000')),
      'WEBVTT\n\n00:00:00.000 --> 00:00:00.500\n500\n\n00:00:02.000 --> 00:00:03.000\n3000\n',
    );
  });

  test('is nowhere else', async () => {
    const stream = recorded([textOf('english', [])]);

    await stream.refuses('MPE_EGRESS_TRACK_NOT_FOUND', 'QualityLevels(301)/Manifest(english,format=m3u8-cmaf)');
    await stream.refuses(
      'MPE_FRAGMENT_TIMESTAMP_NOT_FOUND',
      'QualityLevels(300)/Fragments(english=17,format=m3u8-cmaf)',
    );
    await stream.refuses(
      'MPE_FRAGMENT_TIMESTAMP_NOT_FOUND',
      'QualityLevels(300)/Fragments(english=17,format=m3u8-cmaf,part=0)',
    );
  });
});

describe('sound that was added', () => {
  const french = fakeAudio(64_000, {
    id: 'french-1',
    name: 'french',
    language: 'fr',
    shownAs: { ...SHOWN, label: 'Français', isDefault: true, role: 'dub' },
  });
  const secret = fakeAudio(65_000, { id: 'secret-1', name: 'secret', shownAs: { ...SHOWN, hidden: true } });
  const stream = recorded([], [...FAKE_TRACKS, french, secret]);

  test('is a rendition and an adaptation set, the default one if it was said so', () => {
    const playlist = parseMultivariantPlaylist(stream.text('manifest(format=m3u8-cmaf)'));
    const sets =
      stream.mpd().periods[0]?.adaptationSets.filter(({ contentType }) => contentType === 'audio') ?? [];

    assert.deepEqual(checkMultivariantPlaylist(playlist), []);
    assert.deepEqual(
      playlist.renditions.map(({ name, language, isDefault }) => [name, language, isDefault]),
      [
        ['audio', 'en', undefined],
        ['Français', 'fr', true],
      ],
    );
    assert.deepEqual(
      sets.map(({ lang, labels, roles, selectionPriority }) => [
        lang,
        labels?.[0]?.text,
        roles?.[0]?.value,
        selectionPriority,
      ]),
      [
        ['en', 'audio', 'main', undefined],
        ['fr', 'Français', 'dub', 2],
      ],
    );
  });

  test('is at its address when it is hidden, and not kept for good by anybody', async () => {
    assert.match(stream.text(playlistPath(secret)), /#EXTINF/);
    const init = await stream.media(fragmentPath(secret, 'i'));

    assert.equal(init.lifetime, 60);
  });

  test('is no other quality of a recording without pictures', () => {
    const sound = recorded([], [fakeAudio(128_000), french]);
    const playlist = parseMultivariantPlaylist(sound.text('manifest(format=m3u8-cmaf)'));

    assert.equal(playlist.variants.length, 1);
    assert.deepEqual(
      playlist.renditions.map(({ name }) => name),
      ['audio', 'Français'],
    );
  });
});

test('a broadcast, and one that has just ended, is shown without what was added', () => {
  const fake = fakePresentation();
  const clock = manualClock(fake.edgeMs());
  const presentation: Presentation = { ...fake.presentation, texts: () => [textOf('english', [])] };
  const stream = packagedStream(fakePublication(presentation), clock);
  fake.segments(5);
  const seen = (): boolean => stream.text('manifest(format=m3u8-cmaf)').includes('SUBTITLES');

  assert.equal(seen(), false);
  fake.end();
  assert.equal(seen(), false);
  clock.advance(60_000);
  assert.equal(seen(), true);
});
