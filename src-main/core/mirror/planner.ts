import type { Clock } from '../../base/clock.ts';
import type { Upload } from '../../shared/api/uploads.ts';
import { AppError } from '../../shared/app-error.ts';
import type { Presentation, Publication } from '../ports/presentation.ts';
import { DASH_NAME, HLS_NAME } from './file-names.ts';
import type { Listing, Media, Progress } from './listing/listing.ts';
import type { ListedFormats, ListingReader } from './listing/read-listing.ts';
import {
  edgeSeconds,
  formatsOf,
  inWholeSegments,
  type MediaMoment,
  momentSeconds,
  type NarrowPresentation,
  publicationOf,
  segmentsBeforeEnd,
  shownBy,
  stampOf,
} from './views.ts';

/** What is to be in the storage now: what viewers of the copy need, and from which publication it is read. */
export type Front = {
  readonly listing: Listing;
  readonly publication: Publication;
  /** Media time; what begins before it was left out to get back to what is live. */
  readonly fromSeconds: number | undefined;
};

/** What is not needed before the end: the part of a recording that the live window does not reach back to. */
export type Backlog = { readonly media: readonly Media[]; readonly publication: Publication };

export type Plan = {
  readonly front: Front | undefined;
  readonly backlog: Backlog | undefined;
  /** End of what can be watched at the origin, in media time. */
  readonly edgeSeconds: number | undefined;
  readonly segmentSeconds: number;
  /** So often has something been left out because it could not be sent in time. */
  readonly jumps: number;
};

/**
 * Decides what is sent, from what the locator shows.
 *
 *     live ──the broadcast ends──▶ closing ──viewers have been told──▶ ended: the whole recording
 *                                     └──(not in time)──────────────────▲
 */
export type Planner = {
  /** Looks again. Rejects with the `AppError` that a viewer would be told. */
  look(publication: Publication): Promise<Plan>;
  /** The playlists of the end are in the storage. */
  closed(): void;
};

/** More than this behind, and the copy goes on with what is newest: its viewers want to see what happens now. */
const JUMP_SECONDS = 30;
const JUMP_SEGMENTS = 6;
/** With so many segments live playback begins. */
const START_SEGMENTS = 4;
/** In a live window. */
const LEAST_SEGMENTS = 6;
/** As the origin: longer than a player waits before it reads a playlist again. */
const CLOSING_SEGMENTS = 6;
/** A network that is away at the end must not keep the recording from being published for ever. */
const CLOSING_MOST_MS = 60_000;

export function createPlanner(options: {
  readonly reader: ListingReader;
  readonly narrow: NarrowPresentation;
  readonly clock: Clock;
  readonly formats: Upload['formats'];
  readonly windowSeconds: number;
  readonly retention: Upload['retention'];
  readonly progress: Progress;
}): Planner {
  const { reader, narrow, clock, windowSeconds, progress } = options;
  const keepsAll = options.retention === 'Recording';
  let front: Front | undefined;
  let backlog: Backlog | undefined;
  let stamp = '';
  let live: { readonly base: Presentation; readonly shown: Presentation } | undefined;
  let from: MediaMoment | undefined;
  let wantsBacklog = keepsAll;
  let jumps = 0;
  let endedAtMs: number | undefined;
  let closedAtMs: number | undefined;

  function fromSeconds(base: Presentation): number | undefined {
    // Sound is not cut where pictures are.
    return from === undefined ? undefined : momentSeconds(from) - base.segmentSeconds / 2;
  }

  /** Players have to find some segments, however long these are. */
  function windowOf({ segmentSeconds }: Presentation): number {
    return Math.max(windowSeconds, LEAST_SEGMENTS * segmentSeconds);
  }

  async function followLive(publication: Publication, base: Presentation, formats: ListedFormats): Promise<void> {
    if (live?.base !== base) {
      live = { base, shown: narrow(inWholeSegments(base), { windowSeconds: windowOf(base), from: () => from }) };
      stamp = '';
    }
    endedAtMs = undefined;
    closedAtMs = undefined;
    const now = stampOf(base);
    if (stamp === now) {
      return;
    }
    const shown = publicationOf(publication, live.shown);
    const listing = await reader.read(shown, formats);
    if (listing === undefined) {
      return;
    }
    stamp = now;
    front = { listing, publication: shown, fromSeconds: fromSeconds(base) };
    if (jumpIfBehind(base)) {
      await followLive(publication, base, formats);
      return;
    }
    if (wantsBacklog) {
      wantsBacklog = false;
      backlog = await readBacklog(publication, base, formats);
    }
  }

  /** Whether the view has to be made anew. */
  function jumpIfBehind(base: Presentation): boolean {
    const edge = edgeSeconds(base);
    const since = fromSeconds(base);
    const missing = front && [...front.listing.media.values()].find((media) => isMissing(media, since));
    const most = Math.max(JUMP_SECONDS, JUMP_SEGMENTS * base.segmentSeconds);
    if (front === undefined || edge === undefined || missing === undefined || edge - missing.seconds <= most) {
      return false;
    }
    from = segmentsBeforeEnd(base, START_SEGMENTS);
    front = { ...front, fromSeconds: fromSeconds(base) };
    wantsBacklog = keepsAll;
    jumps += 1;
    // With the next revision the window begins there; where nobody can have seen anything, at once.
    stamp = '';
    if (progress.has(HLS_NAME) || progress.has(DASH_NAME)) {
      return false;
    }
    live = undefined;
    return true;
  }

  function isMissing({ name, seconds }: Media, since: number | undefined): boolean {
    return seconds >= (since ?? 0) && !progress.has(name) && !progress.isLost(name);
  }

  async function readBacklog(
    publication: Publication,
    base: Presentation,
    formats: ListedFormats,
  ): Promise<Backlog | undefined> {
    const whole = publicationOf(publication, inWholeSegments(base));
    const listing = await reader.read(whole, formats);
    const media = [...(listing?.media.values() ?? [])].filter(({ name }) => !progress.has(name));
    return media.length === 0 ? undefined : { media, publication: whole };
  }

  /** What was live last, with its end. */
  async function close(publication: Publication, shown: Presentation, formats: ListedFormats): Promise<boolean> {
    endedAtMs ??= clock.monotonicMs();
    const isOver =
      closedAtMs === undefined
        ? clock.monotonicMs() > endedAtMs + CLOSING_MOST_MS
        : clock.monotonicMs() > closedAtMs + CLOSING_SEGMENTS * shown.segmentSeconds * 1000;
    if (isOver) {
      return false;
    }
    if (front?.listing.phase === 'closing') {
      return true;
    }
    const ended = publicationOf(publication, shown);
    const listing = await reader.read(ended, formats);
    if (listing?.phase !== 'closing') {
      return false;
    }
    front = { listing, publication: ended, fromSeconds: fromSeconds(shown) };
    return true;
  }

  async function readWhole(publication: Publication, base: Presentation, formats: ListedFormats): Promise<void> {
    const now = `${base.id} ${base.revision()}`;
    if (stamp === now) {
      return;
    }
    const segments = Math.ceil(windowOf(base) / base.segmentSeconds);
    const start = keepsAll ? undefined : segmentsBeforeEnd(base, segments);
    // A new object: to one that was seen live it would still be closing.
    const shown = publicationOf(
      publication,
      narrow(inWholeSegments(base), { windowSeconds: undefined, from: () => start }),
    );
    const listing = await reader.read(shown, formats);
    if (listing !== undefined) {
      stamp = now;
      live = undefined;
      from = undefined;
      front = { listing, publication: shown, fromSeconds: undefined };
      backlog = undefined;
      wantsBacklog = keepsAll;
    }
  }

  return {
    async look(publication) {
      const base = shownBy(publication);
      const formats = formatsOf(publication, options.formats);
      if (base.state() === 'live') {
        await followLive(publication, base, formats);
      } else if (live === undefined || front === undefined || !(await close(publication, live.shown, formats))) {
        await readWhole(publication, base, formats);
      }
      return {
        front,
        backlog,
        edgeSeconds: edgeSeconds(base),
        segmentSeconds: base.segmentSeconds,
        jumps,
      };
    },
    closed() {
      closedAtMs ??= clock.monotonicMs();
    },
  };
}

/** What of the front is sent: what lies before where the copy goes on is not needed now. */
export function neededOf({ listing, fromSeconds = 0 }: Front): readonly Media[] {
  return [...listing.media.values()].filter(
    ({ seconds, resource }) => seconds >= fromSeconds || resource.kind === 'init',
  );
}

/** How much of what can be watched at the origin cannot be watched in a copy that is there up to a time, or not at all yet. */
export function behindSeconds({ edgeSeconds: edge, front }: Plan, watchedUntil: number | undefined): number {
  if (edge === undefined) {
    return 0;
  }
  const times = [...(front?.listing.media.values() ?? [])].map(({ seconds }) => seconds);
  const until = watchedUntil ?? times.find((seconds) => Number.isFinite(seconds)) ?? edge;
  return Math.max(0, edge - until);
}

/** What is said when something was left out. */
export function tooSlow(): AppError {
  return new AppError(
    'upload/too-slow',
    'The network does not take as much as is made, so parts of the live copy are left out and sent later. Make fewer or smaller qualities, or stop another upload.',
  );
}
