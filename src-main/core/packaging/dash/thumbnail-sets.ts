import type { AdaptationSet } from '../../../manifest/dash/adaptation-set.ts';
import type { Presentation } from '../../ports/presentation.ts';
import {
  SPRITE_COLUMNS,
  SPRITE_PICTURES,
  SPRITE_ROWS,
  spriteName,
  storyboardInterval,
  tileSize,
} from '../../ports/storyboard.ts';
import type { CarriedOptions } from '../address.ts';
import type { TrackSet } from './adaptation-sets.ts';

/** Above those of texts. */
const SET_ID = 2001;
/** DASH-IF IOP v4.3 §6.2.6: columns and rows of pictures in each segment, which is an image. */
const THUMBNAIL_TILE = 'http://dashif.org/guidelines/thumbnail_tile';
/** A guess, as players want one: four kilobytes a picture. */
const BITS_PER_PICTURE = 32_000;

/**
 * The pictures for seeking in a Period, as sprites that follow each other from its beginning on; none where there is nothing to see. Addressed by
 * number, because then a manifest says nothing of which are there: one that is not complete has what there is so far.
 */
export function thumbnailSets(
  presentation: Presentation,
  sets: readonly TrackSet[],
  options: {
    /** Media time at which the Period begins. */
    readonly startMs: number;
    readonly recordedSeconds: number | 'live';
    readonly carried: CarriedOptions;
  },
): readonly AdaptationSet[] {
  const { startMs, recordedSeconds, carried } = options;
  const size = tileSize(sets.flatMap(({ windows }) => windows.map(({ track }) => track)));
  if (size === undefined) {
    return [];
  }
  const intervalSeconds = storyboardInterval(presentation, recordedSeconds);
  return [
    {
      id: SET_ID,
      contentType: 'image',
      mimeType: 'image/jpeg',
      segmentTemplate: {
        timescale: 1000,
        duration: 1000 * intervalSeconds * SPRITE_PICTURES,
        startNumber: 1,
        // From its first picture on. Shaka Player has low latency only where every set says that it can be asked for early.
        availabilityTimeOffset: recordedSeconds === 'live' ? intervalSeconds * (SPRITE_PICTURES - 1) : undefined,
        media: spriteName({ startMs, intervalSeconds, number: '$Number$' }, carried.filters),
      },
      representations: [
        {
          id: 'thumbnails',
          bandwidth: Math.ceil(BITS_PER_PICTURE / intervalSeconds),
          width: SPRITE_COLUMNS * size.width,
          height: SPRITE_ROWS * size.height,
          essentialProperties: [{ schemeIdUri: THUMBNAIL_TILE, value: `${SPRITE_COLUMNS}x${SPRITE_ROWS}` }],
        },
      ],
    },
  ];
}
