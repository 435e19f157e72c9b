import { AppError } from '../../shared/app-error.ts';
import type { ManifestAnswer, MediaAnswer } from './packaging.ts';
import type { Presentation, Publication, Track } from './presentation.ts';
import type { StreamingFormat } from './streaming-format.ts';

/** Pictures for seeking: sprites of small ones, what says which is where, and single ones (`decisions/0018`). */
export type Storyboards = {
  /** What a path names; undefined when it is none of a storyboard. Throws `MPE_BAD_URL_SYNTAX`. */
  parse(path: string): StoryboardAddress | undefined;
  /**
   * Rejects with `MPE_OUTPUT_FORMAT_BLOCKED` and `MPE_ENC_ENCRYPTION_REQUIRED` where the stream is not to be had clear, with what filters throw,
   * `MPE_EGRESS_TRACK_NOT_FOUND` without pictures, `MPE_FRAGMENT_TIMESTAMP_NOT_FOUND`, `MPE_FRAGMENT_NOT_READY`, `storyboard/busy` and
   * `storyboard/not-made`.
   */
  answer(publication: Publication, resource: StoryboardResource): Promise<ManifestAnswer | MediaAnswer>;

  // For those who may see everything, whatever policies say. Undefined and `MPE_EGRESS_TRACK_NOT_FOUND` without pictures; else as `answer`.
  sprites(presentation: Presentation): SpriteList | undefined;
  sprite(presentation: Presentation, address: SpriteAddress): Promise<MediaAnswer>;
  picture(presentation: Presentation, at: PictureTime): Promise<MediaAnswer>;
};

/** What a storyboard consists of. */
export type SpriteList = {
  /** Of each picture. */
  readonly size: PictureSize;
  readonly intervalSeconds: number;
  /** Media time in ms at which the pictures end. */
  readonly endMs: number;
  /** Those with a picture in them. */
  readonly sprites: readonly SpriteAddress[];
};

export type StoryboardAddress = {
  readonly locatorId: string;
  readonly manifestName: string;
  readonly resource: StoryboardResource;
};

export type StoryboardResource = { readonly filters: readonly string[] } & (
  | { readonly kind: 'cues' }
  | ({ readonly kind: 'sprite' } & SpriteAddress)
  | { readonly kind: 'picture'; readonly at: PictureTime }
);

/** Of a single picture. */
export type PictureTime =
  | { readonly kind: 'utc'; readonly ms: number }
  /** From where the storyboard begins, gaps included. */
  | { readonly kind: 'seconds'; readonly seconds: number }
  /** The newest of a broadcast; of a recording one soon after its beginning, as its poster is. */
  | { readonly kind: 'any' };

/** Everything that makes a sprite is in its address, so that it is the same in whatever lists it, live and recorded. */
export type SpriteAddress = {
  /** Media time in whole ms at which sprite 1 begins. */
  readonly startMs: number;
  /** From picture to picture. */
  readonly intervalSeconds: number;
  /** From 1. */
  readonly number: number;
};

/** A storyboard can be seeked in before all of it is loaded, and the newest sprite of a broadcast is made again for each picture: so they are small. */
export const SPRITE_COLUMNS = 5;
export const SPRITE_ROWS = 5;
export const SPRITE_PICTURES = SPRITE_COLUMNS * SPRITE_ROWS;

/** In seconds; longer ones are multiples of the last. */
const INTERVALS = [2, 5, 10, 20, 30, 60, 120, 300, 600] as const;
const LONGEST = 600;
/** However long a recording is, it has no more pictures than this: 36 sprites. */
const MOST_PICTURES = 900;
/** Making the newest sprite again every five seconds costs nothing that a broadcast notices. */
const LEAST_LIVE_SECONDS = 5;
/** Of a window that is not known. */
const UNKNOWN_WINDOW_SECONDS = 600;

/** How far apart pictures are of what is so long. Of a broadcast that is its window, which never changes. */
export function storyboardInterval(
  {
    segmentSeconds,
    windowSeconds = UNKNOWN_WINDOW_SECONDS,
  }: Pick<Presentation, 'segmentSeconds' | 'windowSeconds'>,
  recordedSeconds: number | 'live',
): number {
  const least =
    recordedSeconds === 'live'
      ? Math.max(windowSeconds / MOST_PICTURES, segmentSeconds, LEAST_LIVE_SECONDS)
      : Math.max(recordedSeconds / MOST_PICTURES, segmentSeconds);
  return INTERVALS.find((seconds) => seconds >= least) ?? Math.ceil(least / LONGEST) * LONGEST;
}

export function isStoryboardInterval(seconds: number): boolean {
  return INTERVALS.some((one) => one === seconds) || (seconds > 0 && seconds % LONGEST === 0);
}

export type PictureSize = { readonly width: number; readonly height: number };

/** The longer side of each picture in a sprite. With 16:9 they are whole blocks of a JPEG, so that none blurs into its neighbours. */
const TILE_SIDE = 256;

/** How large the pictures in a sprite are; undefined when there is nothing to see. */
export function tileSize(tracks: readonly Track[]): PictureSize | undefined {
  const [largest] = tracks
    .flatMap((track) => (track.kind === 'video' ? [track] : []))
    .toSorted((a, b) => b.width * b.height - a.width * a.height);
  return largest === undefined ? undefined : fit(largest, TILE_SIDE);
}

/** A size of the same shape whose longer side is so long; even, as the chroma of a JPEG has half of it. */
export function fit({ width, height }: PictureSize, side: number): PictureSize {
  const even = (length: number): number => Math.max(2, 2 * Math.round(length / 2));
  return width >= height
    ? { width: even(side), height: even((side * height) / width) }
    : { width: even((side * width) / height), height: even(side) };
}

/** Relative to `{name}.ism/`. `number` may be what a player puts it in for. */
export function spriteName(
  { startMs, intervalSeconds, number }: Omit<SpriteAddress, 'number'> & { readonly number: number | '$Number$' },
  filters: readonly string[] = [],
): string {
  const names = filters.map((name) => encodeURIComponent(name)).join(';');
  const filter = names === '' ? '' : `,filter=${names}`;
  return `Storyboard(start=${startMs},interval=${intervalSeconds},sprite=${number}${filter}).jpg`;
}

const CLEAR: readonly (readonly ['hls' | 'dash' | 'smoothStreaming', StreamingFormat])[] = [
  ['hls', 'm3u8-cmaf'],
  ['dash', 'mpd-time-cmaf'],
  ['smoothStreaming', 'smooth'],
];

/**
 * Pictures are clear, so they are only for those who may have the stream clear. Throws `MPE_OUTPUT_FORMAT_BLOCKED` where it cannot be streamed,
 * `MPE_ENC_ENCRYPTION_REQUIRED` where it is to be had encrypted only.
 */
export function checkPicturesAllowed({ protocols, protect }: Publication): void {
  const streamed = CLEAR.filter(([protocol]) => protocols[protocol]);
  if (streamed.length === 0) {
    throw new AppError(
      'MPE_OUTPUT_FORMAT_BLOCKED',
      'The streaming policy of this address does not allow pictures.',
    );
  }
  const isClear = (format: StreamingFormat): boolean => {
    try {
      return protect?.(format, undefined) === undefined;
    } catch {
      // It has to be encrypted, or its keys cannot be had.
      return false;
    }
  };
  if (!streamed.some(([, format]) => isClear(format))) {
    throw new AppError(
      'MPE_ENC_ENCRYPTION_REQUIRED',
      'This stream is protected. Pictures of it are not given out, because they would not be.',
    );
  }
}
