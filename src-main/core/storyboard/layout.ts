import { type Ticks, ticks } from '../../media/time.ts';
import type { Presentation, TrackWindow } from '../ports/presentation.ts';
import {
  type PictureSize,
  SPRITE_COLUMNS,
  SPRITE_PICTURES,
  type SpriteAddress,
  type SpriteList,
  spriteName,
  storyboardInterval,
  tileSize,
} from '../ports/storyboard.ts';
import { type ChosenPictures, choosePictures, type Moments, picturesFor } from './choose-pictures.ts';
import { type PictureCue, writePictureCues } from './cues-text.ts';

/** Where a storyboard begins and ends, in whole ms of media time, and how far apart its pictures are. */
export type Layout = { readonly startMs: number; readonly endMs: number; readonly intervalSeconds: number };

/**
 * A recording's begins with the recording, as its DASH manifest does; that of a broadcast with the broadcast, wherever its window is. Undefined
 * while there is nothing.
 */
export function layoutOf(presentation: Presentation): Layout | undefined {
  const begun = presentation
    .tracks()
    .filter(({ segments, track }) => segments.length > 0 && track.shownAs === undefined);
  if (begun.length === 0) {
    return undefined;
  }
  const endMs = Math.max(...begun.map(endOf));
  const firstMs = Math.min(...begun.map(({ segments, track }) => msOf(segments.at(0).time, track.timescale)));
  if (presentation.state() === 'live') {
    // It has begun a moment before, as far as that is known.
    const startMs = Math.max(
      0,
      Math.min(firstMs, Math.floor(presentation.startedAtMs - presentation.epochOffsetMs)),
    );
    return { startMs, endMs, intervalSeconds: storyboardInterval(presentation, 'live') };
  }
  return {
    startMs: firstMs,
    endMs,
    intervalSeconds: storyboardInterval(presentation, (endMs - firstMs) / 1000),
  };
}

export function momentsOf({ startMs, intervalSeconds, number }: SpriteAddress): Moments {
  const stepMs = intervalSeconds * 1000;
  return { startMs: startMs + (number - 1) * stepMs * SPRITE_PICTURES, stepMs, count: SPRITE_PICTURES };
}

/** The storyboard as text: a cue for every picture there is. */
export function spriteCues(presentation: Presentation, filters: readonly string[]): string {
  const layout = layoutOf(presentation);
  const size = tileSize(presentation.tracks().map(({ track }) => track));
  if (layout === undefined || size === undefined) {
    return writePictureCues(presentation.epochOffsetMs, []);
  }
  const { startMs } = layout;
  const cues: PictureCue[] = [];
  for (const { address, moments, rows } of spritesOf(presentation, layout, size)) {
    const url = spriteName(address, filters);
    for (const [index, row] of rows.entries()) {
      if (row !== undefined) {
        const beginMs = moments.startMs - startMs + index * moments.stepMs;
        cues.push({
          startMs: beginMs,
          endMs: beginMs + moments.stepMs,
          url,
          x: (index % SPRITE_COLUMNS) * size.width,
          y: Math.floor(index / SPRITE_COLUMNS) * size.height,
          ...size,
        });
      }
    }
  }
  return writePictureCues(startMs + presentation.epochOffsetMs, cues);
}

/** The sprites with a picture in them. */
export function listSprites(presentation: Presentation): SpriteList | undefined {
  const layout = layoutOf(presentation);
  const size = tileSize(presentation.tracks().map(({ track }) => track));
  if (layout === undefined || size === undefined) {
    return undefined;
  }
  const { intervalSeconds } = layout;
  const pictures = picturesFor(presentation, size).filter(({ segments }) => segments.length > 0);
  const endMs = Math.max(...pictures.map(endOf));
  const sprites = [...spritesOf(presentation, layout, size)].map(({ address }) => address);
  return sprites.length === 0 ? undefined : { size, intervalSeconds, endMs, sprites };
}

type FoundSprite = {
  readonly address: SpriteAddress;
  readonly moments: Moments;
  readonly rows: ChosenPictures['rows'];
};

function* spritesOf(
  presentation: Presentation,
  { startMs, intervalSeconds }: Layout,
  size: PictureSize,
): Generator<FoundSprite> {
  const windows = picturesFor(presentation, size);
  const isOver = presentation.state() === 'ended';
  const spriteMs = intervalSeconds * 1000 * SPRITE_PICTURES;
  for (let fromMs = nextMs(windows, startMs); fromMs !== undefined; ) {
    const address = { startMs, intervalSeconds, number: Math.floor((fromMs - startMs) / spriteMs) + 1 };
    const moments = momentsOf(address);
    const chosen = choosePictures(windows, moments, isOver);
    if (chosen !== undefined) {
      yield { address, moments, rows: chosen.rows };
    }
    // A gap may be longer than many sprites.
    fromMs = nextMs(windows, moments.startMs + spriteMs);
  }
}

/** When the first segment begins that is on the screen at a time or behind it; no earlier than that time. */
function nextMs(windows: readonly TrackWindow[], fromMs: number): number | undefined {
  const times = windows.flatMap(({ segments, track: { timescale } }) => {
    const from = ticks((BigInt(fromMs) * BigInt(timescale)) / 1000n);
    const before = segments.indexBefore(from);
    const row = before < 0 ? undefined : segments.at(before);
    if (row !== undefined && row.time + BigInt(row.duration) > from) {
      return [fromMs];
    }
    return before + 1 < segments.length ? [msOf(segments.at(before + 1).time, timescale)] : [];
  });
  return times.length === 0 ? undefined : Math.max(fromMs, Math.min(...times));
}

function endOf({ segments, track }: TrackWindow): number {
  const { time, duration } = segments.at(segments.length - 1);
  return msOf(ticks(time + BigInt(duration)), track.timescale);
}

function msOf(time: Ticks, timescale: number): number {
  return Number((time * 1000n) / BigInt(timescale));
}
