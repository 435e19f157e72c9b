import { type Ticks, ticksToSeconds } from '../../media/time.ts';
import type { UploadFormat } from '../../shared/api/uploads.ts';
import { AppError } from '../../shared/app-error.ts';
import type { Presentation, Publication, TrackWindow } from '../ports/presentation.ts';
import { removalsOf } from '../ports/removed-media.ts';
import type { EncryptionTag, StreamingFormat } from '../ports/streaming-format.ts';
import type { ListedFormats } from './listing/read-listing.ts';

/** A time on the timeline of the media. */
export type MediaMoment = { readonly time: Ticks; readonly timescale: number };

/**
 * A presentation from a moment on, and while it is live no more of it than the newest seconds. `from` is asked again with every revision.
 */
export type NarrowPresentation = (
  base: Presentation,
  limits: { readonly windowSeconds: number | undefined; readonly from: () => MediaMoment | undefined },
) => Presentation;

/** What a locator shows, with the filters that it always has. */
export function shownBy({ presentation, filtered }: Publication): Presentation {
  return filtered?.([]) ?? presentation;
}

/** Without low latency: object storage has whole files, and holds no requests. */
export function inWholeSegments(base: Presentation): Presentation {
  return { ...base, partSeconds: undefined };
}

/** The publication, of a presentation that has its filters already. */
export function publicationOf(
  { filtered: _, ...publication }: Publication,
  presentation: Presentation,
): Publication {
  return { ...publication, presentation };
}

/** The track that sets the cuts, as long as it has anything. */
function leaderOf(base: Presentation): TrackWindow | undefined {
  return base.tracks().find(({ segments }) => segments.length > 0);
}

/** Media time of the end of what is complete, in seconds. */
export function edgeSeconds(base: Presentation): number | undefined {
  const leader = leaderOf(base);
  if (leader === undefined) {
    return undefined;
  }
  const { time, duration } = leader.segments.at(leader.segments.length - 1);
  return (Number(time) + duration) / leader.track.timescale;
}

/** Where the segment begins that is so many before the end; the first one when there are fewer. */
export function segmentsBeforeEnd(base: Presentation, count: number): MediaMoment | undefined {
  const leader = leaderOf(base);
  return (
    leader && {
      time: leader.segments.at(Math.max(0, leader.segments.length - count)).time,
      timescale: leader.track.timescale,
    }
  );
}

export function momentSeconds({ time, timescale }: MediaMoment): number {
  return ticksToSeconds(time, timescale);
}

/** What changes with each complete segment, and when some are taken back. */
export function stampOf(base: Presentation): string {
  const rows = base.tracks().map(({ segments }) => `${segments.firstSequence}+${segments.length}`);
  return `${base.state()} ${removalsOf(base)} ${rows.join(' ')}`;
}

type Wish = {
  readonly format: StreamingFormat;
  readonly protocol: 'hls' | 'dash';
  /** The first that the policy has. */
  readonly tags: readonly (EncryptionTag | undefined)[];
};

/** DASH takes what HLS has if it can, so that the media are sent once; else what most devices play. */
function dashTags(hls: ListedFormats['hls']): readonly (EncryptionTag | undefined)[] {
  const others = ['cenc', 'cbcs-aapl', 'cbc'] as const;
  return [undefined, ...(hls?.encryption === undefined ? [] : [hls.encryption]), ...others];
}

/**
 * What of the wanted formats can be mirrored: clear where that is allowed, else encrypted. Throws what a viewer would be told when there is
 * none.
 */
export function formatsOf(publication: Publication, wanted: readonly UploadFormat[]): ListedFormats {
  let refused: unknown;

  function possible({ format, protocol, tags }: Wish): ListedFormats['hls'] {
    if (!publication.protocols[protocol]) {
      refused ??= new AppError(
        'MPE_OUTPUT_FORMAT_BLOCKED',
        'The streaming policy of the locator allows none of the formats that are mirrored.',
      );
      return undefined;
    }
    for (const encryption of tags) {
      try {
        publication.protect?.(format, encryption);
        return { encryption };
      } catch (error) {
        refused ??= error;
      }
    }
    return undefined;
  }

  const hls = wanted.includes('Hls')
    ? possible({ format: 'm3u8-cmaf', protocol: 'hls', tags: [undefined, 'cbcs-aapl', 'cbc'] })
    : undefined;
  const dash = wanted.includes('Dash')
    ? possible({ format: 'mpd-time-cmaf', protocol: 'dash', tags: dashTags(hls) })
    : undefined;
  if (hls === undefined && dash === undefined) {
    throw refused;
  }
  return { ...(hls === undefined ? {} : { hls }), ...(dash === undefined ? {} : { dash }) };
}
