import type { Clock } from '../../base/clock.ts';
import { decodeMark } from '../../shared/test-mark.ts';
import { type Decode, type DecodedPictures, HEIGHT, STEP_MS, WIDTH } from './decode.ts';
import { type FetchAsViewer, ViewerFault } from './fetch-as-viewer.ts';
import type { ListedStream, Newest } from './listed-stream.ts';
import { readDash } from './read-dash.ts';
import { readHls } from './read-hls.ts';
import { type Signature, signatureOf } from './signature.ts';

/** What one look found at a place where media is. */
export type Sight = {
  /** When the listing was read, UTC. */
  readonly atMs: number;
  /** Another word as soon as there is something newer. */
  readonly edge: string;
  /** Encrypted: nothing is known of pictures and sound. */
  readonly isEncrypted: boolean;
  /** Pictures of the newest segment, `STEP_MS` apart; undefined when there are none in it, or they were not looked at. */
  readonly pictures: readonly Signature[] | undefined;
  /** UTC that is drawn into the first of them. */
  readonly markMs: number | undefined;
  /** UTC of the beginning of that segment, as the listing gives it. */
  readonly listedMs: number | undefined;
  /** Of the segment, and from its beginning to where somebody begins who comes now; in seconds. */
  readonly duration: number;
  readonly toPlayhead: number;
  /** dBFS; undefined when there is no sound. */
  readonly peakDb: number | undefined;
};

/** Throws `ViewerFault`. `turn` counts the looks: qualities take turns. */
export type Look = (turn: number) => Promise<Sight>;

/** A playlist of a day of one-second segments has some megabytes, and is asked for every ten seconds. */
const MAX_LISTING_BYTES = 4 * 1024 * 1024;
const MAX_INIT_BYTES = 1024 * 1024;
/** Ten seconds of the fattest quality that anybody streams. */
const MAX_SEGMENT_BYTES = 32 * 1024 * 1024;

/** One look as a viewer has it: listing, newest segment, its pictures and its sound. */
export function createLook(options: {
  readonly url: string;
  readonly fetch: FetchAsViewer;
  readonly decode: Decode;
  readonly clock: Clock;
}): Look {
  const { fetch, decode, clock } = options;

  async function list(url: string, turn: number): Promise<ListedStream> {
    const file = await fetch({ url, maxBytes: MAX_LISTING_BYTES });
    const text = new TextDecoder().decode(file.bytes);
    if (!text.trimStart().startsWith('#EXTM3U')) {
      return readDash(text, file.url, turn, clock.wallMs());
    }
    const listing = readHls(text.trimStart(), file.url);
    if (listing.kind === 'media') {
      return { isOver: listing.isOver, pictures: listing.newest, sound: undefined };
    }
    const variants = listing.variants.toSorted((a, b) => a.bandwidth - b.bandwidth);
    const withPictures = variants.filter(({ hasPictures }) => hasPictures);
    const offered = withPictures.length > 0 ? withPictures : variants;
    const variant = offered[turn % Math.max(1, offered.length)];
    if (variant === undefined) {
      throw new ViewerFault('unreadable', 'The playlist offers no quality.');
    }
    const chosen = await listMedia(variant.url);
    const sound = variant.soundUrl === undefined ? undefined : await listMedia(variant.soundUrl);
    return { isOver: chosen.isOver, pictures: chosen.newest, sound: sound?.newest };
  }

  async function listMedia(
    url: string,
  ): Promise<{ readonly isOver: boolean; readonly newest: Newest | undefined }> {
    const file = await fetch({ url, maxBytes: MAX_LISTING_BYTES });
    const listing = readHls(new TextDecoder().decode(file.bytes).trimStart(), file.url);
    if (listing.kind !== 'media') {
      throw new ViewerFault('unreadable', 'The playlist of a quality is none of media.');
    }
    return listing;
  }

  async function load({ init, segment }: Newest): Promise<Uint8Array> {
    const head = init === undefined ? undefined : await fetch({ ...init, maxBytes: MAX_INIT_BYTES });
    const { bytes } = await fetch({ ...segment, maxBytes: MAX_SEGMENT_BYTES });
    return head === undefined ? bytes : Buffer.concat([head.bytes, bytes]);
  }

  async function see(turn: number): Promise<Sight> {
    const listed = await list(options.url, turn);
    const atMs = clock.wallMs();
    const newest = listed.pictures ?? listed.sound;
    if (listed.isOver || newest === undefined) {
      throw new ViewerFault('offline', listed.isOver ? 'The stream has ended.' : 'There is no segment in it.');
    }
    const about = {
      atMs,
      edge: newest.edge,
      isEncrypted: newest.isEncrypted,
      listedMs: newest.startsAtMs,
      duration: newest.duration,
      toPlayhead: newest.toPlayhead,
    };
    if (newest.isEncrypted) {
      return { ...about, pictures: undefined, markMs: undefined, peakDb: undefined };
    }
    const media = await load(newest);
    const pictures = listed.pictures === undefined ? [] : await decode.pictures(media);
    const soundMedia = listed.sound === undefined || listed.sound === newest ? media : await load(listed.sound);
    return {
      ...about,
      pictures: pictures.length === 0 ? undefined : pictures.map((luma) => signatureOf(luma, WIDTH, HEIGHT)),
      markMs: markOf(pictures),
      peakDb: listed.sound?.isEncrypted === true ? undefined : await decode.peakDb(soundMedia),
    };
  }

  return async (turn) => {
    try {
      return await see(turn);
    } catch (error) {
      throw error instanceof ViewerFault ? error : unreadable(error);
    }
  };
}

/** By the first that can be read; its neighbours are a known time apart. */
function markOf(pictures: DecodedPictures): number | undefined {
  for (const [index, luma] of pictures.entries()) {
    const mark = decodeMark(luma, WIDTH, HEIGHT);
    if (mark !== undefined) {
      return mark.utcMs - index * STEP_MS;
    }
  }
  return undefined;
}

function unreadable(error: unknown): ViewerFault {
  const words = error instanceof Error ? error.message : String(error);
  return new ViewerFault('unreadable', `What is there cannot be played: ${words}`, error);
}
