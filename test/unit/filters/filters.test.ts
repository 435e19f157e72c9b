import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createEventLog } from '../../../src-main/core/control/event-log.ts';
import { composeFilters } from '../../../src-main/core/filters/composition.ts';
import { createFilteredPresentation } from '../../../src-main/core/filters/filtered-presentation.ts';
import { createFilters } from '../../../src-main/core/filters/filters.ts';
import type { Presentation, Publication } from '../../../src-main/core/ports/presentation.ts';
import { writeWebVtt } from '../../../src-main/media/text/webvtt.ts';
import { ticks } from '../../../src-main/media/time.ts';
import { type FilterContent, filterContent } from '../../../src-main/shared/api/filters.ts';
import { AppError } from '../../../src-main/shared/app-error.ts';
import type { ErrorCode } from '../../../src-main/shared/error-codes.ts';
import {
  FAKE,
  FAKE_START_MS,
  type FakeOptions,
  fakeAudio,
  fakePresentation,
  fakePublication,
} from '../../support/fake-presentation.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { memoryRows } from '../../support/memory-rows.ts';
import { packagedStream, playlistPath } from '../../support/packaged-stream.ts';

const MS = 1000;

/** Ticks of 1 ms: UTC so many seconds after the beginning. */
const at = (seconds: number): string => String(FAKE_START_MS + seconds * 1000);
const range = (values: Readonly<Record<string, unknown>>): FilterContent =>
  filterContent.parse({ presentationTimeRange: { timescale: MS, ...values } });
const tracks = (
  ...rows: readonly (readonly [property: string, operation: string, value: string])[][]
): FilterContent =>
  filterContent.parse({
    tracks: rows.map((row) => ({
      trackSelections: row.map(([property, operation, value]) => ({ property, operation, value })),
    })),
  });

function stage(options: FakeOptions = {}) {
  const fake = fakePresentation(options);
  const filters = createFilters({
    rows: memoryRows(),
    clock: manualClock(),
    events: createEventLog({ clock: manualClock() }),
    insistOnAsset: () => undefined,
    limit: () => 100,
  });
  const publication = (always: readonly string[] = []): Publication => ({
    ...fakePublication(fake.presentation),
    filtered: filters.filteredOf(fake.presentation, { assetName: 'show', always }),
  });
  return {
    segments: (count: number) => fake.segments(count),
    chunk: () => fake.chunk(),
    end: () => fake.end(),
    filters,
    presentation: fake.presentation,
    publication,
    put: (name: string, content: FilterContent) => filters.account().put(name, content),
    filtered: (...names: readonly string[]): Presentation =>
      filters.filteredOf(fake.presentation, { assetName: 'show', always: [] })(names),
  };
}

/** First and last segment of a filtered presentation, in seconds behind the beginning. */
function span(presentation: Presentation): readonly [from: number, to: number] {
  const { segments, track } = presentation.tracks()[0]!;
  const seconds = (time: bigint): number => Number(time) / track.timescale - FAKE_START_MS / 1000;
  const last = segments.at(segments.length - 1);
  return [seconds(segments.at(0).time), seconds(last.time + BigInt(last.duration))];
}

function refuses(code: ErrorCode, act: () => unknown): void {
  assert.throws(act, (error) => {
    assert(error instanceof AppError, String(error));
    assert.equal(error.code, code);
    return true;
  });
}

test('a start is rounded to the next key frame, and the segment that an end falls into is in', () => {
  const { put, filtered, segments, end } = stage({ windowSeconds: 1000 });
  segments(20);
  put('clip', range({ startTimestamp: at(5), endTimestamp: at(11) }));
  end();

  assert.deepEqual(span(filtered('clip')), [6, 12]);
});

test('while it is live an end does not count unless it is forced, and then the broadcast ends with it', () => {
  const { put, filtered, segments } = stage({ windowSeconds: 1000 });
  segments(3);
  put('later', range({ endTimestamp: at(10) }));
  put('forced', range({ endTimestamp: at(10), forceEndTimestamp: true }));
  const states = [filtered('forced').state()];

  segments(10);
  states.push(filtered('forced').state());

  assert.deepEqual(states, ['live', 'ended']);
  assert.deepEqual(span(filtered('later')), [0, 26]);
  assert.deepEqual(span(filtered('forced')), [0, 10]);
  assert.equal(filtered('forced').tracks()[0]?.open, undefined);
});

test('what a forced end leaves is gone when the window has left it', () => {
  const { put, filtered, segments } = stage({ windowSeconds: 20, archiveSegments: 0 });
  put('forced', range({ startTimestamp: at(2), endTimestamp: at(8), forceEndTimestamp: true }));
  segments(8);
  assert.deepEqual(span(filtered('forced')), [2, 8]);

  segments(30);

  refuses('MPE_FILTER_FORCE_END_LEFT_EDGE_CROSSED_DVR_WINDOW', () => filtered('forced').tracks());
});

test('a window reaches that far back from the edge, and counts only while it is live', () => {
  const { put, filtered, segments, end } = stage({ windowSeconds: 1000 });
  put('minute', range({ presentationWindowDuration: 60_000 }));
  segments(100);
  const live = span(filtered('minute'));

  end();

  assert.deepEqual(live, [140, 200]);
  assert.deepEqual(span(filtered('minute')), [0, 200]);
});

test('a back-off keeps viewers behind the edge, without the parts of low latency', () => {
  const { put, filtered, segments, chunk } = stage({ windowSeconds: 1000 });
  put('delayed', range({ liveBackoffDuration: 30_000 }));
  segments(50);
  chunk();
  const delayed = filtered('delayed');

  assert.deepEqual(span(delayed), [0, 70]);
  assert.equal(delayed.partSeconds, undefined);
  assert.equal(delayed.tracks()[0]?.open, undefined);
  segments(1);
  assert.deepEqual(span(delayed), [0, 72]);
});

test('a start is exact in any timescale', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 4_294_967_295 }),
      fc.integer({ min: 0, max: 38 }),
      (timescale, seconds) => {
        const { put, filtered, segments, end } = stage({ windowSeconds: 1000 });
        segments(20);
        end();
        // The first tick at or behind the second: at most one tick late, and the segment begins on an even second.
        const ticks = (BigInt(FAKE_START_MS) * BigInt(timescale)) / 1000n + BigInt(seconds) * BigInt(timescale);
        put('clip', range({ startTimestamp: ticks.toString(), timescale }));
        assert.equal(span(filtered('clip'))[0], 2 * Math.ceil(seconds / 2));
      },
    ),
    { numRuns: 200 },
  );
});

test('tracks are chosen by type, name, language, code and bitrate; rows are alternatives, conditions of a row all hold', () => {
  const german = fakeAudio(96_000, { id: 'german', name: 'deutsch', language: 'deu' });
  const { put, filtered, segments } = stage({ tracks: [FAKE.BEST, FAKE.SMALL, FAKE.SOUND, german] });
  segments(3);
  const chosen = (content: FilterContent): readonly string[] => {
    put('one', content);
    return filtered('one')
      .tracks()
      .map(({ track }) => track.id);
  };

  assert.deepEqual(chosen(tracks([['Type', 'Equal', 'audio']])), ['audio_128000', 'german']);
  assert.deepEqual(chosen(tracks([['Type', 'NotEqual', 'Audio']])), ['video_2500000', 'video_600000']);
  assert.deepEqual(chosen(tracks([['Language', 'Equal', 'de']])), ['german']);
  assert.deepEqual(chosen(tracks([['Name', 'Equal', 'deutsch']])), ['german']);
  assert.deepEqual(chosen(tracks([['FourCC', 'Equal', 'MP4A']])), ['audio_128000', 'german']);
  assert.deepEqual(chosen(tracks([['Bitrate', 'Equal', '0-600000']])), ['video_600000', 'audio_128000', 'german']);
  assert.deepEqual(chosen(tracks([['Bitrate', 'Equal', '600001-']])), ['video_2500000']);
  assert.deepEqual(chosen(tracks([['Bitrate', 'NotEqual', '600000']])), [
    'video_2500000',
    'audio_128000',
    'german',
  ]);
  assert.deepEqual(
    chosen(
      tracks(
        [
          ['Type', 'Equal', 'video'],
          ['Bitrate', 'Equal', '0-1000000'],
        ],
        [
          ['Type', 'Equal', 'audio'],
          ['Language', 'NotEqual', 'de'],
        ],
      ),
    ),
    ['video_600000', 'audio_128000'],
  );
  put('none', tracks([['Language', 'Equal', 'fr']]));
  refuses('MPE_FILTER_REMOVED_ALL_STREAMS', () => filtered('none').tracks());
});

test('text beside the media is chosen as tracks are', () => {
  const text = { kind: 'text', id: 't', name: 'words', bitrate: 1000, language: 'en' } as const;
  const { presentation, segments } = stage();
  segments(3);
  const withText: Presentation = {
    ...presentation,
    // A filter reads no more of it.
    // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion
    texts: () => [text] as unknown as ReturnType<NonNullable<Presentation['texts']>>,
  };
  const left = (content: FilterContent): number | undefined =>
    createFilteredPresentation(withText, composeFilters([content])).texts?.().length;

  assert.equal(left(tracks([['Type', 'NotEqual', 'text']])), 0);
  assert.equal(left(tracks([['Language', 'Equal', 'en']])), 1);
  assert.equal(left(tracks([['FourCC', 'Equal', 'avc1']])), 0);
});

test('filters that are asked for together leave what all of them leave; more than three are too many', () => {
  const { put, filtered, segments, end } = stage({ windowSeconds: 1000 });
  put('a', range({ startTimestamp: at(10), endTimestamp: at(30) }));
  put('b', range({ startTimestamp: at(20), endTimestamp: at(36) }));
  put('c', tracks([['Type', 'Equal', 'video']]));
  put('d', tracks([['Bitrate', 'Equal', '0-1000000']]));
  segments(20);
  end();

  assert.deepEqual(span(filtered('a', 'b')), [20, 30]);
  assert.deepEqual(
    filtered('c', 'd', 'a')
      .tracks()
      .map(({ track }) => track.id),
    ['video_600000'],
  );
  refuses('MPE_FILTER_COMPOSITION_FILTER_COUNT_OVER_LIMIT', () => filtered('a', 'b', 'c', 'd'));
  refuses('MPE_EGRESS_FILTER_NOT_FOUND', () => filtered('a', 'e'));
});

test('the first quality is listed first, and only one filter may name one', () => {
  const { put, segments, publication } = stage();
  put('small', filterContent.parse({ firstQuality: { bitrate: 600_000 } }));
  put('between', filterContent.parse({ firstQuality: { bitrate: 1_000_000 } }));
  put('best', filterContent.parse({ firstQuality: { bitrate: 2_500_000 } }));
  segments(4);
  const stream = packagedStream(publication(), manualClock());
  const first = (filter: string): string | undefined =>
    /^QualityLevels\((\d+)\)\/Manifest\(video/m.exec(
      stream.text(`manifest(format=m3u8-cmaf,filter=${filter})`),
    )?.[1];

  assert.deepEqual([first('small'), first('between'), first('best')], ['600000', '600000', '2500000']);
  refuses('MPE_FILTER_COMPOSITION_MULTIPLE_FIRST_QUALITY_OPERATOR_NOT_ALLOWED', () =>
    stream.text('manifest(format=m3u8-cmaf,filter=small;best)'),
  );
});

test("an asset's own filter counts before one of the account; a change takes effect at once", () => {
  const { filters, put, filtered, segments, end } = stage({ windowSeconds: 1000 });
  segments(20);
  end();
  put('clip', range({ startTimestamp: at(4) }));
  const account = span(filtered('clip'));
  filters.ofAsset('show').put('clip', range({ startTimestamp: at(8) }));
  const own = span(filtered('clip'));
  filters.ofAsset('show').put('clip', range({ startTimestamp: at(12) }));
  const changed = span(filtered('clip'));
  filters.ofAsset('show').delete('clip');

  assert.deepEqual([account[0], own[0], changed[0], span(filtered('clip'))[0]], [4, 8, 12, 4]);
});

test('filters of a locator cannot be gone round: not by leaving them out, nor by asking for fragments', async () => {
  const { put, segments, publication } = stage({ windowSeconds: 1000 });
  put('small', tracks([['Bitrate', 'Equal', '0-1000000']]));
  put('clip', range({ startTimestamp: at(10) }));
  segments(10);
  const clock = manualClock();
  const stream = packagedStream(publication(['small']), clock);
  const open = packagedStream(publication(), clock);
  const clipped = packagedStream(publication(['clip']), clock);
  const fragment = `QualityLevels(600000)/Fragments(video=${(BigInt(FAKE_START_MS) * 90n).toString()},format=m3u8-cmaf)`;

  assert.doesNotMatch(stream.text('manifest(format=m3u8-cmaf)'), /2500000/);
  await stream.refuses('MPE_EGRESS_TRACK_NOT_FOUND', playlistPath(FAKE.BEST));
  assert.equal((await open.answer(fragment)).kind, 'media');
  await clipped.refuses('MPE_FRAGMENT_TIMESTAMP_NOT_FOUND', fragment);
});

test('the same filters are the same presentation, and what viewers make up does not fill the memory', () => {
  const { put, filtered } = stage();
  put('a', range({ startTimestamp: at(4) }));
  const first = filtered('a');

  assert.equal(filtered('a'), first);
  for (let index = 0; index < 40; index += 1) {
    put(`f${index}`, range({ startTimestamp: at(index + 5) }));
    filtered(`f${index}`);
  }
  assert.notEqual(filtered('a'), first);
});

test('a filter that says what cannot be is refused by the field', () => {
  const refused = (values: unknown): readonly string[] =>
    filterContent.safeParse(values).error?.issues.map(({ path }) => path.join('.')) ?? [];
  const time = (values: Readonly<Record<string, unknown>>) => ({
    presentationTimeRange: { timescale: 1000, ...values },
  });

  assert.deepEqual(refused(time({ startTimestamp: 5, endTimestamp: 5 })), ['presentationTimeRange.endTimestamp']);
  assert.deepEqual(refused(time({ presentationWindowDuration: 59_999 })), [
    'presentationTimeRange.presentationWindowDuration',
  ]);
  assert.deepEqual(refused(time({ liveBackoffDuration: 300_001 })), ['presentationTimeRange.liveBackoffDuration']);
  assert.deepEqual(refused(time({ forceEndTimestamp: true })), ['presentationTimeRange.forceEndTimestamp']);
  assert.deepEqual(refused(time({ startTimestamp: 1.5 })), ['presentationTimeRange.startTimestamp']);
  assert.deepEqual(refused(time({ startTimestamp: '9223372036854775808' })), [
    'presentationTimeRange.startTimestamp',
  ]);
  assert.deepEqual(
    refused({ tracks: [{ trackSelections: [{ property: 'Bitrate', operation: 'Equal', value: 'much' }] }] }),
    ['tracks.0.trackSelections.0.value'],
  );
  assert.deepEqual(refused({ firstQuality: { bitrate: 0 } }), ['firstQuality.bitrate']);
  // What passes 2^53 is kept exactly when it is text.
  assert.equal(
    range({ startTimestamp: '17900000000000001' }).presentationTimeRange?.startTimestamp,
    '17900000000000001',
  );
});

test('a clip of a recording has no words of the rest, also not in the whole file of a text', async () => {
  const fake = fakePresentation({ windowSeconds: 1000 });
  fake.segments(10);
  fake.end();
  const cues = [0, 5, 9, 13, 17].map((second) => ({
    ...{ startMs: second * 1000, endMs: (second + 2) * 1000, id: '', settings: '' },
    text: `words at ${second}`,
  }));
  const shown = { hidden: false, isDefault: true, forced: false, characteristics: [], role: undefined };
  const presentation: Presentation = {
    ...fake.presentation,
    texts: () => [
      {
        ...{ kind: 'text', id: 'words', name: 'words', bitrate: 300, language: 'en' },
        shownAs: { label: 'English', ...shown },
        zero: { time: ticks(BigInt(FAKE_START_MS)), timescale: 1000 },
        text: { language: 'en', blocks: [], cues },
        source: { format: 'vtt', bytes: Buffer.from(writeWebVtt({ blocks: [], cues })) },
      },
    ],
  };
  const { filters, put } = stage();
  put('clip', range({ startTimestamp: at(8), endTimestamp: at(14) }));
  const wordsIn = async (...always: readonly string[]): Promise<readonly (readonly string[])[]> => {
    const filtered = filters.filteredOf(presentation, { assetName: 'show', always });
    const stream = packagedStream({ ...fakePublication(presentation), filtered }, manualClock(fake.edgeMs()));
    const files = ['words=i,format=mpd-time-cmaf', 'words=0,format=mpd-time-cmaf'].map(async (rest) => {
      const { chunks } = await stream.media(`QualityLevels(300)/Fragments(${rest})`);
      return (
        Buffer.concat(chunks)
          .toString('utf8')
          .match(/words at \d+/g) ?? []
      );
    });
    return await Promise.all(files);
  };

  const clip = ['words at 9', 'words at 13'];
  assert.deepEqual(await wordsIn('clip'), [clip, clip]);
  const all = cues.map(({ text }) => text);
  assert.deepEqual(await wordsIn(), [all, all]);
});
