import { request } from 'node:http';
import { type TestContext } from 'node:test';
import { createEventLog } from '../../src-main/core/control/event-log.ts';
import { createFilters } from '../../src-main/core/filters/filters.ts';
import { openOrigin } from '../../src-main/core/origin/origin.ts';
import { createPackager } from '../../src-main/core/packaging/packager.ts';
import { chooseEncryption } from '../../src-main/core/ports/choose-encryption.ts';
import { silentLogger } from '../../src-main/core/ports/logger.ts';
import type { Presentation, Publication, Track } from '../../src-main/core/ports/presentation.ts';
import { writeChunk } from '../../src-main/media/cmaf/chunk.ts';
import { writeInitSegment } from '../../src-main/media/cmaf/init-segment.ts';
import type { SegmentRef } from '../../src-main/media/cmaf/segment-table.ts';
import { ticks } from '../../src-main/media/time.ts';
import { type FilterContent, filterContent } from '../../src-main/shared/api/filters.ts';
import { AAC_CONFIG, AVC_CONFIG } from '../unit/media/sample-media.ts';
import {
  FAKE_START_MS,
  type FakeOptions,
  fakeAudio,
  fakePresentation,
  fakePublication,
  fakeVideo,
} from './fake-presentation.ts';
import { fakeProtection } from './fake-protection.ts';
import { manualClock } from './manual-clock.ts';
import { EVERY_SCHEME } from './media-addresses.ts';
import { memoryRows } from './memory-rows.ts';

export const BEST = withHeader(fakeVideo(360, 800_000, { decoderConfig: AVC_CONFIG }));
export const SMALL = withHeader(fakeVideo(180, 300_000, { decoderConfig: AVC_CONFIG }));
export const SOUND = withHeader(fakeAudio(128_000, { decoderConfig: AAC_CONFIG }));
export const TRACKS: readonly Track[] = [BEST, SMALL, SOUND];
const PROTECTIONS = {
  cbc: fakeProtection('cbc'),
  cenc: fakeProtection('cenc'),
  piff: fakeProtection('piff'),
  'cbcs-aapl': fakeProtection('cbcs-aapl'),
};
const NAL = Uint8Array.of(0, 0, 0, 2, 0x65, 0x88);

export const WIDE = '00000000-0000-4000-8000-00000000000a';
export const NARROW = '00000000-0000-4000-8000-00000000000b';
export const OTHER = '00000000-0000-4000-8000-00000000000c';

function withHeader(track: Track): Track {
  return { ...track, init: writeInitSegment(track) };
}

/** A made-up broadcast that has media of every track, published in full, with filters, and beside another one. */
export async function openFilteredStage(
  context: TestContext,
  filters: Readonly<Record<string, FilterContent>>,
  options: FakeOptions & Pick<Presentation, 'texts' | 'liveTexts'> = {},
) {
  const fake = fakePresentation({
    tracks: TRACKS,
    windowSeconds: 1000,
    fragmentsPerTsSegment: 1,
    ...options,
  });
  const clock = manualClock(fake.edgeMs());
  const { texts, liveTexts } = options;
  const presentation = withMedia({
    ...fake.presentation,
    ...(texts === undefined ? {} : { texts }),
    ...(liveTexts === undefined ? {} : { liveTexts }),
  });
  const set = createFilters({
    rows: memoryRows(),
    clock,
    events: createEventLog({ clock }),
    insistOnAsset: () => undefined,
    limit: () => 100,
  });
  for (const [name, content] of Object.entries({ ...filters, all: filterContent.parse({}) })) {
    set.account().put(name, content);
  }
  const published = (always: readonly string[]): Publication => ({
    ...fakePublication(presentation),
    protect(format, tag) {
      const chosen = chooseEncryption(format, tag, { clear: true, schemes: EVERY_SCHEME });
      return chosen && PROTECTIONS[chosen.tag];
    },
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

export const range = (values: Readonly<Record<string, unknown>>): FilterContent =>
  filterContent.parse({ presentationTimeRange: { timescale: 1000, ...values } });
export const at = (seconds: number): string => String(FAKE_START_MS + seconds * 1000);
