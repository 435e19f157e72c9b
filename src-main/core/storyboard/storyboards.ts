import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { Clock } from '../../base/clock.ts';
import { ticks, ticksToSeconds } from '../../media/time.ts';
import { AppError } from '../../shared/app-error.ts';
import type { Logger } from '../ports/logger.ts';
import type { Lifetime, ManifestAnswer, ManifestDocument, MediaAnswer } from '../ports/packaging.ts';
import type { Presentation, Publication, TrackWindow } from '../ports/presentation.ts';
import {
  checkPicturesAllowed,
  fit,
  type PictureTime,
  SPRITE_COLUMNS,
  SPRITE_ROWS,
  type SpriteAddress,
  type Storyboards,
  tileSize,
} from '../ports/storyboard.ts';
import { parseStoryboardAddress } from './address.ts';
import {
  type ChosenPictures,
  chooseAt,
  chooseNewest,
  choosePictures,
  type Moments,
  picturesFor,
} from './choose-pictures.ts';
import type { DrawSheet, Sheet } from './draw.ts';
import { layoutOf, listSprites, momentsOf, spriteCues } from './layout.ts';
import type { PictureStore } from './picture-store.ts';
import { readKeyFrames } from './read-key-frames.ts';
import { createSheetMaker } from './sheet-maker.ts';

/** For how many seconds answers may be kept that are not for good: as manifests (spec 5.2). */
const LIVE_SECONDS = 2;
const ENDED_SECONDS = 259_200;
/** The longer side of a single picture. */
const PICTURE_SIDE = 640;
/** Texts that are kept of one presentation: of as many combinations of filters. */
const KEPT_TEXTS = 32;
/** Goes up when the same pictures would be drawn otherwise. */
const DRAWN_AS = 1;

type Written = { readonly revision: string; readonly text: string; readonly document: ManifestDocument };

export function createStoryboards(options: {
  readonly store: PictureStore;
  readonly draw: DrawSheet;
  /** Not while an encoder cannot keep up. */
  readonly mayMake: () => boolean;
  readonly clock: Clock;
  readonly logger: Logger;
}): Storyboards {
  const { clock } = options;
  const sheets = createSheetMaker(options);
  const written = new WeakMap<Presentation, Map<string, Written>>();

  function cues(presentation: Presentation, filters: readonly string[]): ManifestAnswer {
    const texts = written.get(presentation) ?? new Map<string, Written>();
    written.set(presentation, texts);
    const key = JSON.stringify(filters);
    const before = texts.get(key);
    const revision = segmentsOf(presentation);
    const lifetime = lifetimeOf(presentation);
    if (before?.revision === revision) {
      return { kind: 'manifest', document: before.document, lifetime };
    }
    const text = spriteCues(presentation, filters);
    const document = before?.text === text ? before.document : createDocument(text, Math.round(clock.wallMs()));
    if (before === undefined && texts.size >= KEPT_TEXTS) {
      texts.clear();
    }
    texts.set(key, { revision, text, document });
    return { kind: 'manifest', document, lifetime };
  }

  async function sprite(presentation: Presentation, address: SpriteAddress): Promise<MediaAnswer> {
    const picture = tileSize(presentation.tracks().map(({ track }) => track));
    if (picture === undefined) {
      throw noPictures();
    }
    const moments = momentsOf(address);
    const isOver = presentation.state() === 'ended';
    const chosen = choosePictures(picturesFor(presentation, picture), moments, isOver);
    if (chosen === undefined) {
      throw isAhead(presentation, moments) ? notReady() : notFound();
    }
    const sheet = { columns: SPRITE_COLUMNS, rows: SPRITE_ROWS, picture };
    const lifetime = chosen.isSettled ? 'immutable' : LIVE_SECONDS;
    return await draw(presentation, chosen, sheet, lifetime);
  }

  async function single(presentation: Presentation, at: PictureTime): Promise<MediaAnswer> {
    const windows = picturesFor(presentation, { width: PICTURE_SIDE, height: 0 });
    const chosen = chooseSingle(presentation, windows, at);
    const [track] = chosen === undefined ? [] : [chosen.window.track];
    if (chosen === undefined || track?.kind !== 'video') {
      throw windows.length === 0 ? noPictures() : notFound();
    }
    const side = Math.min(PICTURE_SIDE, Math.max(track.width, track.height));
    const sheet = { columns: 1, rows: 1, picture: fit(track, side) };
    return await draw(presentation, chosen, sheet, at.kind === 'utc' ? 'immutable' : lifetimeOf(presentation));
  }

  async function draw(
    presentation: Presentation,
    chosen: ChosenPictures,
    sheet: Sheet,
    lifetime: Lifetime,
  ): Promise<MediaAnswer> {
    const { picture, isWhole } = await sheets.get(nameOf(chosen, sheet), async () => {
      const frames = await readKeyFrames(presentation, chosen);
      if (frames === undefined) {
        throw notFound();
      }
      return { picture: await options.draw(frames.file, sheet), isWhole: frames.isWhole };
    });
    const last = chosen.rows.findLast((row) => row !== undefined);
    const end = last === undefined ? ticks(0) : ticks(last.time + BigInt(last.duration));
    const { timescale } = chosen.window.track;
    return {
      kind: 'media',
      contentType: 'image/jpeg',
      version: createHash('sha256').update(picture).digest('hex').slice(0, 24),
      madeAtMs: Math.round(ticksToSeconds(end, timescale) * 1000 + presentation.epochOffsetMs),
      size: picture.length,
      chunks: [picture],
      lifetime: isWhole ? lifetime : LIVE_SECONDS,
    };
  }

  return {
    parse: parseStoryboardAddress,
    async answer(publication, resource) {
      checkPicturesAllowed(publication);
      const presentation = filteredOf(publication, resource.filters);
      switch (resource.kind) {
        case 'cues':
          return cues(presentation, resource.filters);
        case 'sprite':
          return await sprite(presentation, resource);
        case 'picture':
          return await single(presentation, resource.at);
      }
    },
    sprites: listSprites,
    sprite,
    picture: single,
  };
}

function filteredOf({ presentation, filtered }: Publication, filters: readonly string[]): Presentation {
  const [filter] = filters;
  if (filtered === undefined && filter !== undefined) {
    throw new AppError(
      'MPE_EGRESS_FILTER_NOT_FOUND',
      `There is no filter ${JSON.stringify(filter.slice(0, 64))}.`,
    );
  }
  return filtered?.(filters) ?? presentation;
}

function chooseSingle(
  presentation: Presentation,
  windows: readonly TrackWindow[],
  at: PictureTime,
): ChosenPictures | undefined {
  const { epochOffsetMs, segmentSeconds } = presentation;
  const layout = layoutOf(presentation);
  switch (at.kind) {
    case 'utc':
      return chooseAt(windows, Math.max(0, Math.round(at.ms - epochOffsetMs)));
    case 'seconds':
      return layout && chooseAt(windows, layout.startMs + Math.round(at.seconds * 1000));
    case 'any':
      // A recording often begins with a title, or black, and ends with them.
      return presentation.state() === 'live' || layout === undefined
        ? chooseNewest(windows)
        : (chooseAt(windows, layout.startMs + Math.round(2 * segmentSeconds * 1000)) ?? chooseNewest(windows));
  }
}

/** By what is in it, whoever asks for it under whatever address, and after a start of the service too. */
function nameOf({ window, rows }: ChosenPictures, { columns, rows: lines, picture }: Sheet): string {
  const places = rows.map((row) => (row === undefined ? '' : `${row.time}/${row.size}`));
  return createHash('sha256')
    .update(
      JSON.stringify([DRAWN_AS, columns, lines, picture.width, picture.height, window.track.bitrate, places]),
    )
    .update(window.track.init)
    .digest('hex');
}

function isAhead(presentation: Presentation, { startMs, stepMs, count }: Moments): boolean {
  const endMs = layoutOf(presentation)?.endMs;
  const lengthMs = stepMs * count;
  return (
    presentation.state() === 'live' &&
    endMs !== undefined &&
    startMs + lengthMs > endMs &&
    startMs <= endMs + lengthMs
  );
}

/** Different whenever there are other segments, which is more seldom than that something of a broadcast changes. */
function segmentsOf(presentation: Presentation): string {
  const windows = presentation.tracks().map(({ segments }) => `${segments.firstSequence}+${segments.length}`);
  return [presentation.state(), ...windows].join(' ');
}

function lifetimeOf(presentation: Presentation): number {
  return presentation.state() === 'live' ? LIVE_SECONDS : ENDED_SECONDS;
}

function createDocument(text: string, madeAtMs: number): ManifestDocument {
  const bytes = Buffer.from(text);
  let packed: Buffer | undefined;
  return {
    contentType: 'text/vtt',
    version: createHash('sha256').update(bytes).digest('hex').slice(0, 24),
    madeAtMs,
    identity: () => bytes,
    gzip: () => (packed ??= gzipSync(bytes)),
  };
}

function noPictures(): AppError {
  return new AppError('MPE_EGRESS_TRACK_NOT_FOUND', 'There are no pictures in this stream.');
}

function notFound(): AppError {
  return new AppError('MPE_FRAGMENT_TIMESTAMP_NOT_FOUND', 'There is no picture at that time, or no longer.');
}

function notReady(): AppError {
  return new AppError('MPE_FRAGMENT_NOT_READY', 'There is no picture at that time yet. Try again in a moment.');
}
