import assert from 'node:assert/strict';
import { request } from 'node:http';
import { type TestContext, test } from 'node:test';
import { createEventLog } from '../../../src-main/core/control/event-log.ts';
import { createFilters } from '../../../src-main/core/filters/filters.ts';
import { openOrigin } from '../../../src-main/core/origin/origin.ts';
import { createPackager } from '../../../src-main/core/packaging/packager.ts';
import { silentLogger } from '../../../src-main/core/ports/logger.ts';
import type { Presentation, Publication, Track } from '../../../src-main/core/ports/presentation.ts';
import { writeChunk } from '../../../src-main/media/cmaf/chunk.ts';
import type { SegmentRef } from '../../../src-main/media/cmaf/segment-table.ts';
import { smoothTime } from '../../../src-main/media/smooth/smooth-time.ts';
import { ticks } from '../../../src-main/media/time.ts';
import { type FilterContent, filterContent } from '../../../src-main/shared/api/filters.ts';
import {
  FAKE_START_MS,
  type FakeOptions,
  fakeAudio,
  fakePresentation,
  fakePublication,
  fakeVideo,
} from '../../support/fake-presentation.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { memoryRows } from '../../support/memory-rows.ts';
import { ask, talk } from '../../support/open-test-origin.ts';
import { AAC_CONFIG, AVC_CONFIG } from '../../unit/media/sample-media.ts';

const BEST = fakeVideo(360, 800_000, { decoderConfig: AVC_CONFIG });
const SMALL = fakeVideo(180, 300_000, { decoderConfig: AVC_CONFIG });
const SOUND = fakeAudio(128_000, { decoderConfig: AAC_CONFIG });
const TRACKS: readonly Track[] = [BEST, SMALL, SOUND];
const NAL = Uint8Array.of(0, 0, 0, 2, 0x65, 0x88);

const WIDE = '00000000-0000-4000-8000-00000000000a';
const NARROW = '00000000-0000-4000-8000-00000000000b';
const OTHER = '00000000-0000-4000-8000-00000000000c';

/** A made-up broadcast that has media of every track, published in full, with filters, and beside another one. */
async function openStage(
  context: TestContext,
  filters: Readonly<Record<string, FilterContent>>,
  options: FakeOptions = {},
) {
  const fake = fakePresentation({
    tracks: TRACKS,
    windowSeconds: 1000,
    fragmentsPerTsSegment: 1,
    ...options,
  });
  const clock = manualClock(fake.edgeMs());
  const presentation = withMedia(fake.presentation);
  const set = createFilters({
    rows: memoryRows(),
    clock,
    events: createEventLog({ clock }),
    insistOnAsset: () => undefined,
  });
  for (const [name, content] of Object.entries({ ...filters, all: filterContent.parse({}) })) {
    set.account().put(name, content);
  }
  const published = (always: readonly string[]): Publication => ({
    ...fakePublication(presentation),
    filtered: set.filteredOf(presentation, { assetName: 'show', always }),
  });
  const other = fakePresentation({ tracks: TRACKS, startMs: FAKE_START_MS + 3_600_000, fragmentsPerTsSegment: 1 });
  other.segments(5);
  other.end();
  const publications = new Map<string, Publication>([
    [WIDE, published([])],
    [NARROW, published(Object.keys(filters))],
    [OTHER, { ...fakePublication(withMedia(other.presentation)), manifestName: 'other' }],
  ]);
  const origin = await openOrigin({
    port: 0,
    host: '127.0.0.1',
    packager: createPackager({ clock }),
    findPublication: (id) => Promise.resolve(publications.get(id)),
    watchFolder: undefined,
    clock,
    logger: silentLogger,
    version: '1',
  });
  context.after(() => origin[Symbol.asyncDispose]());
  return {
    ...fake,
    origin,
    publications,
    rowsOf(track: Track): readonly SegmentRef[] {
      const window = presentation.tracks().find((found) => found.track === track);
      return Array.from({ length: window?.segments.length ?? 0 }, (_, index) => window!.segments.at(index));
    },
    statusOf: (locator: string, path: string): Promise<number> =>
      statusAt(origin.port, `/${locator}/stream.ism/${path}`),
  };
}

/** Without waiting for the rest: a segment that is still being written has no end. */
async function statusAt(port: number, path: string): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const outgoing = request({ host: '127.0.0.1', port, path, agent: false }, (incoming) => {
    resolve(incoming.statusCode ?? 0);
    incoming.destroy();
  });
  outgoing.on('error', reject).end();
  return await promise;
}

function withMedia(presentation: Presentation): Presentation {
  return {
    ...presentation,
    async readSegment(window, sequence) {
      await presentation.readSegment(window, sequence);
      const { segments, track } = window;
      const { time, duration } = segments.at(sequence - segments.firstSequence);
      const step = track.kind === 'video' ? 18_000 : 1024;
      const samples = Array.from({ length: duration / step }, (_, index) => ({
        decodeTime: ticks(time + BigInt(index * step)),
        duration: step,
        compositionOffset: 0,
        sync: index === 0,
        data: NAL,
      }));
      return Buffer.from(writeChunk(samples, { sequenceNumber: 1, kind: track.kind }).bytes);
    },
  };
}

/** Every address that leads to the media of one segment. `base`: from what HDS counts. */
function addressesOf(track: Track, { sequence, time }: SegmentRef, base: number): readonly string[] {
  const quality = `QualityLevels(${track.bitrate})`;
  const smooth = smoothTime(time, track.timescale);
  const named = (word: string, at: bigint | number, rest = ''): string =>
    `${quality}/${word}(${track.name}=${at}${rest})`;
  const pictures = track.kind === 'video';
  return [
    named('Fragments', time, ',format=m3u8-cmaf'),
    `${named('Fragments', time, ',format=m3u8-cmaf')}.mp4`,
    named('Fragments', time, ',format=mpd-time-cmaf'),
    `${named('Fragments', time, ',format=m3u8-aapl')}.ts`,
    `${named('Fragments', time, ',format=m3u8-aapl-v3')}.ts`,
    named('Fragments', smooth),
    named('Fragments', smooth, ',format=fmp4-v20'),
    named('FragmentInfo', smooth),
    `${named('Fragments', base, ',format=f4m-f4f')}Seg1-Frag${sequence - base + 1}`,
    ...(pictures ? [named('KeyFrames', smooth), `${named('KeyFrames', time, ',format=m3u8-aapl')}.ts`] : []),
  ];
}

/** The same address in other words. */
function spellings(path: string): readonly string[] {
  return [
    path.toUpperCase().replace('=INIT', '=i'),
    path.replaceAll('(', '%28').replaceAll('=', '%3D').replaceAll(',', '%2C'),
    path.replaceAll(',', ', '.replace(' ', '%20')),
    Array.from(path, (sign) => (/[A-Za-z]/.test(sign) ? `%${sign.charCodeAt(0).toString(16)}` : sign)).join(''),
    `${path}?filter=all`,
    `${path}#`,
  ];
}

function withFilter(path: string, filter: string): string {
  return path.replace(/\)([^)]*)$/, `,filter=${filter})$1`);
}

const range = (values: Readonly<Record<string, unknown>>): FilterContent =>
  filterContent.parse({ presentationTimeRange: { timescale: 1000, ...values } });
const at = (seconds: number): string => String(FAKE_START_MS + seconds * 1000);
const onlySmall = filterContent.parse({
  tracks: [
    {
      trackSelections: [
        { property: 'Type', operation: 'Equal', value: 'video' },
        { property: 'Bitrate', operation: 'Equal', value: '0-500000' },
      ],
    },
  ],
});

test('of a recording with filters nothing else is to be had at any address of any format', async (context) => {
  const stage = await openStage(context, {
    clip: range({ startTimestamp: at(8), endTimestamp: at(14) }),
    small: onlySmall,
  });
  stage.segments(10);
  stage.end();
  const wrong: string[] = [];

  for (const track of TRACKS) {
    for (const row of stage.rowsOf(track)) {
      const seconds = Number(row.time) / track.timescale - FAKE_START_MS / 1000;
      const isIn = track === SMALL && seconds >= 7.99 && seconds < 14;
      const [wide, narrow] = [addressesOf(track, row, 1), addressesOf(track, row, isIn ? 5 : 1)];
      for (const [index, path] of wide.entries()) {
        const inFull = await stage.statusOf(WIDE, path);
        const filtered = await stage.statusOf(NARROW, narrow[index] ?? '');
        if (inFull !== 200 || (isIn ? filtered !== 200 : filtered < 400)) {
          wrong.push(`${track.id} ${seconds} s ${path}: ${inFull}, with filters ${filtered}`);
        }
      }
    }
    for (const rest of [
      `Fragments(${track.name}=i,format=m3u8-cmaf)`,
      `Fragments(${track.name}=i,format=mpd-time-cmaf)`,
      `Manifest(${track.name},format=m3u8-cmaf)`,
      `Manifest(${track.name},format=m3u8-aapl)`,
      `Manifest(${track.name},format=m3u8-aapl-v3)`,
    ]) {
      const path = `QualityLevels(${track.bitrate})/${rest}`;
      const statuses = [await stage.statusOf(WIDE, path), await stage.statusOf(NARROW, path)];
      assert.deepEqual(statuses, [200, track === SMALL ? 200 : 404], path);
    }
  }

  assert.deepEqual(wrong, []);
});

test('what filters take away does not come back by other words, other filters, or the number of a fragment', async (context) => {
  const stage = await openStage(context, { clip: range({ startTimestamp: at(8), endTimestamp: at(14) }) });
  stage.segments(10);
  stage.end();
  const [first] = stage.rowsOf(BEST);
  assert.ok(first !== undefined);
  const gotRound: string[] = [];
  let understood = 0;

  for (const path of addressesOf(BEST, first, 1)) {
    for (const said of [
      ...spellings(path),
      ...['all', 'clip', 'all;all', 'clip;all'].map((name) => withFilter(path, name)),
    ]) {
      const status = await stage.statusOf(NARROW, said);
      understood += (await stage.statusOf(WIDE, said.replaceAll('clip', 'all'))) === 200 ? 1 : 0;
      if (status < 400) {
        gotRound.push(`${status} ${said}`);
      }
    }
  }
  assert.ok(understood > 40, `${understood} of them are addresses at all`);
  // HDS counts from where an address says.
  for (const [base, fragment] of [
    [0, 1],
    [0, 2],
    [1, 1],
    [2, 0],
    [4, 1],
    [5, 0],
    [8, 1],
    [9, 1],
  ]) {
    const path = `QualityLevels(${BEST.bitrate})/Fragments(video=${base},format=f4m-f4f)Seg1-Frag${fragment}`;
    const status = await stage.statusOf(NARROW, path);
    if (status < 400) {
      gotRound.push(`${status} ${path}`);
    }
  }

  assert.deepEqual(gotRound, []);
});

test('who is kept behind the edge has neither the newest segments nor their parts', async (context) => {
  const stage = await openStage(context, { behind: range({ liveBackoffDuration: 6000 }) });
  stage.segments(20);
  stage.chunk();
  stage.chunk();
  const gotRound: string[] = [];

  for (const track of TRACKS) {
    const rows = stage.rowsOf(track);
    const newest = rows.slice(-3);
    for (const row of newest) {
      const parts = [0, 1, 9, 10].map(
        (part) =>
          `QualityLevels(${track.bitrate})/Fragments(${track.name}=${row.time},format=m3u8-cmaf,part=${part})`,
      );
      for (const path of [...addressesOf(track, row, 0), ...parts]) {
        const status = await stage.statusOf(NARROW, path);
        if (status < 400) {
          gotRound.push(`${status} ${path}`);
        }
      }
    }
    const last = rows.at(-1)!;
    const open = last.time + BigInt(last.duration);
    for (const rest of ['', ',part=0', ',part=1', ',part=2']) {
      const path = `QualityLevels(${track.bitrate})/Fragments(${track.name}=${open},format=m3u8-cmaf${rest})`;
      assert.equal(await stage.statusOf(WIDE, path.replace(',part=2', ',part=1')), 200, path);
      const status = await stage.statusOf(NARROW, path);
      if (status < 400) {
        gotRound.push(`${status} ${path}`);
      }
    }
    const playlist = (
      await ask(
        stage.origin,
        `/${NARROW}/stream.ism/QualityLevels(${track.bitrate})/Manifest(${track.name},format=m3u8-cmaf)`,
      )
    ).body.toString();
    assert.doesNotMatch(playlist, /EXT-X-PART|PRELOAD/);
  }

  assert.deepEqual(gotRound, []);
});

test('behind a forced end there is nothing, however it is asked for', async (context) => {
  const stage = await openStage(context, { until: range({ endTimestamp: at(34), forceEndTimestamp: true }) });
  stage.segments(20);
  stage.chunk();
  const gotRound: string[] = [];

  for (const track of TRACKS) {
    const rows = stage.rowsOf(track);
    const isBehind = ({ time }: SegmentRef): boolean =>
      Number(time) / track.timescale - FAKE_START_MS / 1000 >= 34 - 0.001;
    const shown = rows.filter((row) => !isBehind(row)).at(-1)!;
    // The first part of a segment has the address behind the last part of the one before.
    const parts = [10, 11, 12].map(
      (part) =>
        `QualityLevels(${track.bitrate})/Fragments(${track.name}=${shown.time},format=m3u8-cmaf,part=${part})`,
    );
    for (const path of [...rows.filter(isBehind).flatMap((row) => addressesOf(track, row, 0)), ...parts]) {
      const status = await stage.statusOf(NARROW, path);
      if (status < 400) {
        gotRound.push(`${status} ${path}`);
      }
    }
  }

  assert.deepEqual(gotRound, []);
});

test('an address of one locator leads nowhere under another one', async (context) => {
  const stage = await openStage(context, {});
  stage.segments(5);
  stage.end();
  const [row] = stage.rowsOf(BEST);
  const own = `QualityLevels(${BEST.bitrate})/Fragments(video=${row?.time},format=m3u8-cmaf)`;
  const manifest = 'manifest(format=m3u8-cmaf)';
  assert.equal(await stage.statusOf(WIDE, own), 200);
  const targets = [
    `/${OTHER}/stream.ism/${manifest}`,
    `/${OTHER}/other.ism/${own}`,
    `/${WIDE}/other.ism/${manifest}`,
    `/${WIDE}%2fother.ism/${manifest}`,
    `/${OTHER}/../${WIDE}/stream.ism/${manifest}`,
    `/${OTHER}/..%2f${WIDE}%2fstream.ism/${manifest}`,
    `/${OTHER}/%2e%2e/${WIDE}/stream.ism/${manifest}`,
    `/${OTHER}%2f..%2f${WIDE}/stream.ism/${manifest}`,
    `/${OTHER}/other.ism/../../${WIDE}/stream.ism/${manifest}`,
    `/${OTHER}/other.ism/${manifest}/../../../${WIDE}/stream.ism/${own}`,
    `/${OTHER}/${WIDE}/stream.ism/${manifest}`,
    `/${OTHER}%00${WIDE}/stream.ism/${manifest}`,
    `/${OTHER},${WIDE}/stream.ism/${manifest}`,
    `/${OTHER}/other.ism/${WIDE}/stream.ism/${own}`,
    `//${WIDE}/stream.ism/${manifest}`,
    `/${WIDE.toUpperCase().replaceAll('0', '%30')}%20/stream.ism/${manifest}`,
    `/${WIDE}/stream.ism%2f..%2fother.ism/${manifest}`,
  ];

  for (const target of targets) {
    const said = await talk(stage.origin, `GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`).said;
    assert.match(said, /^HTTP\/1\.1 40[04] /, target);
  }
});

test('who is not on the list of addresses learns nothing by any address', async (context) => {
  const stage = await openStage(context, {});
  stage.segments(5);
  stage.publications.set(WIDE, {
    ...fakePublication(stage.presentation),
    title: 'nobody’s business',
    files: new Map([['secret plan.mp4', '/none']]),
    admits: () => false,
  });
  const [row] = stage.rowsOf(BEST);
  const paths = [
    ...addressesOf(BEST, row!, 1).map((path) => `stream.ism/${path}`),
    'stream.ism/manifest',
    'stream.ism/manifest(format=mpd-time-cmaf)',
    'secret%20plan.mp4',
    'none.mp4',
  ];

  for (const path of paths) {
    const reply = await ask(stage.origin, `/${WIDE}/${path}`);
    assert.deepEqual([reply.status, reply.headers['x-ms-error-code']], [403, 'origin/address-denied'], path);
  }
  for (const path of [`/watch/${WIDE}`, `/watch/${WIDE}/status.json`]) {
    const reply = await ask(stage.origin, path);
    assert.doesNotMatch(reply.body.toString(), /business|secret plan/, path);
  }
});
