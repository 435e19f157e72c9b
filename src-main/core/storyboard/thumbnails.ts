import type { Asset } from '../../shared/api/assets.ts';
import { AppError } from '../../shared/app-error.ts';
import type { MediaAnswer } from '../ports/packaging.ts';
import type { Presentation } from '../ports/presentation.ts';
import type { ThumbnailPicture, ThumbnailService } from '../ports/services.ts';
import {
  isStoryboardInterval,
  SPRITE_COLUMNS,
  SPRITE_PICTURES,
  SPRITE_ROWS,
  type SpriteAddress,
  type Storyboards,
} from '../ports/storyboard.ts';

/** The pictures for seeking, for whoever holds the API token: of a recording that nobody has published, and of one whose policy encrypts all. */
export function createThumbnails(options: {
  readonly storyboards: Pick<Storyboards, 'sprites' | 'sprite' | 'picture'>;
  /** Throws `resource/not-found`. */
  readonly asset: (name: string) => Pick<Asset, 'title' | 'recordedAt'>;
  readonly presentationOf: (name: string) => Promise<Presentation | undefined>;
}): ThumbnailService {
  const { storyboards } = options;

  async function open(name: string) {
    const { title, recordedAt } = options.asset(name);
    const presentation = await options.presentationOf(name);
    const list = presentation && storyboards.sprites(presentation);
    if (presentation === undefined || list === undefined || recordedAt === undefined) {
      throw new AppError('archive/empty', `The recording ${title} has no pictures, or none yet.`, {
        details: { asset: name },
      });
    }
    const zeroMs = Date.parse(recordedAt);
    const secondsAt = (mediaMs: number): number =>
      Math.round(mediaMs + presentation.epochOffsetMs - zeroMs) / 1000;
    return { presentation, list, recordedAt, zeroMs, secondsAt };
  }

  return {
    async sheets(name) {
      const { list, recordedAt, secondsAt } = await open(name);
      const { intervalSeconds, size, endMs } = list;
      const sheetMs = intervalSeconds * 1000 * SPRITE_PICTURES;
      return {
        recordedAt,
        interval: intervalSeconds,
        ...size,
        columns: SPRITE_COLUMNS,
        rows: SPRITE_ROWS,
        sheets: list.sprites.map((address) => {
          const beginMs = address.startMs + (address.number - 1) * sheetMs;
          return {
            id: sheetId(address),
            start: secondsAt(beginMs),
            end: secondsAt(Math.min(beginMs + sheetMs, endMs)),
          };
        }),
      };
    },
    async sheet(name, id) {
      const { presentation } = await open(name);
      const address = readSheetId(id);
      if (address === undefined) {
        throw new AppError(
          'resource/not-found',
          'There is no such sheet of pictures; take its address as `thumbnails` gives it.',
          { details: { asset: name, sheet: id } },
        );
      }
      return pictureOf(await storyboards.sprite(presentation, address));
    },
    async single(name, time) {
      const { presentation, list, zeroMs, secondsAt } = await open(name);
      const end = secondsAt(list.endMs);
      if (time !== undefined && time >= end) {
        throw new AppError('request/invalid', `time must be before the end of the recording, ${end} s.`, {
          details: { field: 'time', end },
        });
      }
      return pictureOf(
        await storyboards.picture(
          presentation,
          time === undefined ? { kind: 'any' } : { kind: 'utc', ms: zeroMs + time * 1000 },
        ),
      );
    },
  };
}

function sheetId({ startMs, intervalSeconds, number }: SpriteAddress): string {
  return `${startMs}-${intervalSeconds}-${number}`;
}

function readSheetId(id: string): SpriteAddress | undefined {
  const [, start, interval, number] = /^(\d{1,15})-(\d{1,9})-([1-9]\d{0,6})$/.exec(id) ?? [];
  const address = { startMs: Number(start), intervalSeconds: Number(interval), number: Number(number) };
  return isStoryboardInterval(address.intervalSeconds) ? address : undefined;
}

function pictureOf({ chunks, lifetime }: MediaAnswer): ThumbnailPicture {
  return { jpeg: Buffer.concat(chunks), isFinal: lifetime === 'immutable' };
}
