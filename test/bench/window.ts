import { composeFilters } from '../../src-main/core/filters/composition.ts';
import { createFilteredPresentation } from '../../src-main/core/filters/filtered-presentation.ts';
import type { Publication, Track } from '../../src-main/core/ports/presentation.ts';
import { filterContent } from '../../src-main/shared/api/filters.ts';
import { fakeAudio, fakePresentation, fakePublication, fakeVideo } from '../support/fake-presentation.ts';
import { manualClock } from '../support/manual-clock.ts';
import { packagedStream, playlistPath } from '../support/packaged-stream.ts';
import { AAC_CONFIG, AVC_CONFIG } from '../unit/media/sample-media.ts';
import { type Bench, type Figure, median } from './figure.ts';

const MINUTE = 60;
/** The shortest that a filter may ask for. */
const LEAST_WINDOW = 60;
const DAY = 25 * 3600;
const SEGMENTS = 300;

const BEST = fakeVideo(720, 2_500_000, { decoderConfig: AVC_CONFIG });
const TRACKS: readonly Track[] = [
  BEST,
  fakeVideo(360, 600_000, { decoderConfig: AVC_CONFIG }),
  fakeAudio(128_000, { decoderConfig: AAC_CONFIG }),
];
const FORMATS = [
  ['HLS', playlistPath(BEST)],
  ['DASH', 'manifest(format=mpd-time-cmaf)'],
  ['Smooth', 'Manifest'],
] as const;

/** What one more segment costs the manifests as the window grows, and with a filter on it. */
export const windowBench: Bench = {
  name: 'window',
  takes: '1 min',
  async run(tell) {
    const figures: Figure[] = [];
    const short = costs(MINUTE);
    const long = costs(DAY);
    for (const [index, [format]] of FORMATS.entries()) {
      const [few, many] = [short[index], long[index]];
      if (few === undefined || many === undefined) {
        continue;
      }
      tell(
        `${format}: ${micros(few.plain)} µs, ${micros(many.plain)} µs, with a filter ${micros(many.filtered)} µs`,
      );
      figures.push(
        {
          figure: `cost of a new segment to the manifest, ${format}, 25 h window over 1 min`,
          measured: many.plain / few.plain,
          unit: '×',
          note: `${micros(many.plain)} over ${micros(few.plain)} µs, gzip included`,
        },
        {
          figure: `the same, ${format}, 25 h window with a filter over without`,
          measured: many.filtered / many.plain,
          unit: '×',
          target: { most: 1.1 },
          note: `tracks and a day of the window: ${micros(many.filtered)} over ${micros(many.plain)} µs`,
        },
      );
    }
    return await Promise.resolve(figures);
  },
};

type Cost = { readonly plain: number; readonly filtered: number };

/**
 * Microseconds for each format, medians. Both views are of one broadcast and asked in turns, so that they have the same
 * noise.
 */
function costs(windowSeconds: number): readonly Cost[] {
  const fake = fakePresentation({ tracks: TRACKS, windowSeconds });
  const filtered = createFilteredPresentation(
    fake.presentation,
    composeFilters([
      filterContent.parse({
        presentationTimeRange: {
          timescale: 1,
          presentationWindowDuration: String(Math.max(LEAST_WINDOW, windowSeconds - 4)),
        },
        tracks: [
          { trackSelections: [{ property: 'Type', operation: 'Equal', value: 'video' }] },
          { trackSelections: [{ property: 'Type', operation: 'Equal', value: 'audio' }] },
        ],
      }),
    ]),
  );
  const publication: Publication = {
    ...fakePublication(fake.presentation),
    filtered: () => filtered,
  };
  const stream = packagedStream(publication, manualClock(fake.edgeMs()));
  fake.segments(windowSeconds / 2 + 100);
  const samples = FORMATS.map(() => ({ plain: [] as number[], filtered: [] as number[] }));
  const ask = (path: string): number => {
    const fromMs = performance.now();
    stream.manifest(path).gzip();
    return (performance.now() - fromMs) * 1000;
  };
  // The first of each is made from nothing.
  FORMATS.forEach(([, path]) => [path, withFilter(path)].forEach(ask));
  for (let segment = 0; segment < SEGMENTS; segment += 1) {
    fake.segments(1);
    for (const [index, [, path]] of FORMATS.entries()) {
      const paths = [
        ['plain', path],
        ['filtered', withFilter(path)],
      ] as const;
      for (const [kind, one] of segment % 2 === 0 ? paths : paths.toReversed()) {
        samples[index]?.[kind].push(ask(one));
      }
    }
  }
  return samples.map((one) => ({ plain: median(one.plain), filtered: median(one.filtered) }));
}

function withFilter(path: string): string {
  return path.endsWith(')') ? `${path.slice(0, -1)},filter=day)` : `${path}(filter=day)`;
}

function micros(value: number): string {
  return value.toFixed(0);
}
