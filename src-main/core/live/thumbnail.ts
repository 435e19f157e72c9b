import { AppError } from '../../shared/app-error.ts';
import type { EventRun } from './event-run.ts';

/** A JPEG of the first picture of a segment. */
export type DrawPicture = (init: Uint8Array, segment: Uint8Array) => Promise<Uint8Array>;

/**
 * The newest picture of a run, drawn once a segment however many look. Throws `live/no-picture` while there is none: what is asked for is not
 * there yet, a 404 as AMS's origin gave it, that pages and scripts ask again for. Nothing is wrong with the event's state.
 */
export type Thumbnail = (name: string, run: EventRun) => Promise<Uint8Array>;

type Drawn = { readonly sequence: number; readonly picture: Promise<Uint8Array> };

export function createThumbnail(draw: DrawPicture): Thumbnail {
  const drawn = new WeakMap<EventRun, Drawn>();

  /** From memory: the preview is what the event shows, whether somebody records it or not. */
  async function drawSegment({ session: { preview } }: EventRun, sequence: number): Promise<Uint8Array> {
    const track = preview.tracks().find((candidate) => candidate.track.kind === 'video');
    return track === undefined
      ? NOTHING
      : await draw(track.track.init, await preview.readSegment(track, sequence));
  }

  return async (name, run) => {
    const ofFeed = run.feed.encoding?.thumbnail?.();
    if (ofFeed !== undefined) {
      return await inWordsOfEvent(name, ofFeed);
    }
    const sequence = newestPicture(run);
    if (sequence === undefined) {
      throw noPicture(name);
    }
    const last = drawn.get(run);
    if (last?.sequence === sequence) {
      return await last.picture;
    }
    const picture = drawSegment(run, sequence);
    drawn.set(run, { sequence, picture });
    return await picture;
  };
}

const NOTHING = new Uint8Array();

function noPicture(name: string, cause?: unknown): AppError {
  return new AppError('live/no-picture', `No picture has come into the live event ${name} yet.`, {
    details: { liveEvent: name },
    cause,
  });
}

async function inWordsOfEvent(name: string, picture: Promise<Uint8Array>): Promise<Uint8Array> {
  try {
    return await picture;
  } catch (error) {
    throw error instanceof AppError && error.code === 'archive/empty' ? noPicture(name, error) : error;
  }
}

/** Sequence number of the newest complete segment that has pictures. */
function newestPicture({ session: { preview } }: EventRun): number | undefined {
  const segments = preview.tracks().find(({ track }) => track.kind === 'video')?.segments;
  for (let index = (segments?.length ?? 0) - 1; index >= 0; index -= 1) {
    const segment = segments?.at(index);
    if (segment !== undefined && segment.size > 0) {
      return segment.sequence;
    }
  }
  return undefined;
}
