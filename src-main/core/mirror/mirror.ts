import type { Clock } from '../../base/clock.ts';
import type { Upload } from '../../shared/api/uploads.ts';
import { type AppError, toAppError } from '../../shared/app-error.ts';
import type { Logger } from '../ports/logger.ts';
import type { MediaAnswer, Packager } from '../ports/packaging.ts';
import type { Publication } from '../ports/presentation.ts';
import { createBackOff, type MirrorPolicy } from './back-off.ts';
import type { RateMeter } from './bandwidth.ts';
import { forgetChangedTexts } from './changed-texts.ts';
import { unreachableKey } from './key-addresses.ts';
import { createLeftObjects } from './left-objects.ts';
import type { Listing, Media, Progress } from './listing/listing.ts';
import { createListingReader } from './listing/read-listing.ts';
import { createMediaQueue, type MediaQueue } from './media-queue.ts';
import type { MirrorStatus } from './mirror-status.ts';
import {
  type Backlog,
  behindSeconds,
  createPlanner,
  type Front,
  neededOf,
  type Plan,
  tooSlow,
} from './planner.ts';
import { type DueDocument, type DueDocuments, dueDocuments, sendInRows } from './publishing.ts';
import { createRemovedObjects } from './removed-objects.ts';
import type { SentObjects } from './sent-objects.ts';
import type { ObjectStore } from './store/object-store.ts';
import { type NarrowPresentation, shownBy } from './views.ts';

/** One locator, kept the same in one place of an object storage. */
export type Mirror = AsyncDisposable & {
  status(): MirrorStatus;
  /** Does not wait any longer. */
  retryNow(): void;
};

export type MirrorOptions = {
  readonly name: string;
  readonly store: ObjectStore;
  /** What the store's requests are counted with. */
  readonly meter: RateMeter;
  readonly sent: SentObjects;
  readonly find: () => Promise<Publication | undefined>;
  readonly packager: Packager;
  readonly narrow: NarrowPresentation;
  readonly formats: Upload['formats'];
  readonly windowSeconds: number;
  readonly retention: Upload['retention'];
  /** Whether others can reach the storage: then they have to reach the keys as well. */
  readonly isForOthers: boolean;
  readonly policy: MirrorPolicy;
  readonly clock: Clock;
  /** 0..1 */
  readonly random: () => number;
  readonly logger: Logger;
  /** Its state is another one. */
  readonly onChanged: () => void;
};

type Queue = { readonly part: Front | Backlog; readonly media: MediaQueue };

/** Locators come, go and lead elsewhere; nobody says so. */
const LOOK_EVERY_MS = 1000;
/** Not with every one of many segments that are caught up with. */
const PUBLISH_EVERY_MS = 400;
/** Reading that fails so often in a row has failed for good: a file is damaged. */
const MOST_MISSES = 5;
/** For so long it is said that something was left out. */
const TOO_SLOW_MS = 60_000;
/** Behind by no more than so many segments is live. */
const LIVE_SEGMENTS = 3;

/**
 * Looks at what there is, sends what is missing, then the manifests that name it; and again with every change. Nothing is queued but names: the
 * bytes are read when they are sent, so that an outage of any length costs no memory. What fails is tried again until it is there.
 */
export function startMirror(options: MirrorOptions): Mirror {
  const { store, sent, packager, clock, logger, policy } = options;
  const closing = new AbortController();
  const lost = new Set<string>();
  const misses = new Map<string, number>();
  const underWay = new Map<string, Promise<void>>();
  /** Not read again for a while. */
  const held = new Set<string>();
  let heldUntilMs = 0;
  const progress: Progress = {
    has: (name) => sent.versionOf(name) !== undefined,
    isLost: (name) => lost.has(name),
  };
  const taken = createRemovedObjects({ sent, nowMs: () => clock.monotonicMs() });
  const left = createLeftObjects({ sent, graceMs: policy.graceMs, nowMs: () => clock.monotonicMs() });
  const backOff = createBackOff({ clock, random: options.random, policy, onOpen: wake });
  const planner = createPlanner({ ...options, reader: createListingReader(packager), progress });
  let plan: Plan | undefined;
  let following: { readonly publication: Publication; readonly listening: Disposable } | undefined;
  let publishing: Promise<void> | undefined;
  let later: Disposable | undefined;
  let publishedAtMs = Number.NEGATIVE_INFINITY;
  let watchedUntil: number | undefined;
  let isComplete = false;
  /** The manifests in the storage are those of the listing, so nothing else is named by them. */
  let isCurrent = false;
  /** Ended it. */
  let failure: AppError | undefined;
  /** Of the storage, until it takes something again. */
  let trouble: AppError | undefined;
  /** Of the locator, until it can be seen again. */
  let lookError: AppError | undefined;
  let queues: readonly Queue[] = [];
  /** Goes up with all that manifests depend on besides the listing. */
  let changes = 0;
  let checked: { readonly listing: Listing; readonly changes: number } | undefined;
  let mayDelete = true;
  let uploadedObjects = 0;
  let uploadedBytes = 0;
  let lastUploadMs: number | undefined;
  let jumpsSeen = 0;
  let tooSlowUntilMs = Number.NEGATIVE_INFINITY;
  let toldState: string | undefined;
  let woken = Promise.withResolvers<undefined>();

  function wake(): void {
    woken.resolve(undefined);
  }

  async function run(): Promise<void> {
    while (!closing.signal.aborted && failure === undefined) {
      woken = Promise.withResolvers<undefined>();
      const timer = clock.after(LOOK_EVERY_MS, wake);
      if (clock.monotonicMs() >= heldUntilMs) {
        held.clear();
        heldUntilMs = clock.monotonicMs() + LOOK_EVERY_MS;
      }
      try {
        await step();
        lookError = undefined;
      } catch (error) {
        noteLookError(toAppError(error));
      }
      tell();
      await woken.promise;
      timer[Symbol.dispose]();
    }
  }

  async function step(): Promise<void> {
    const publication = await options.find();
    follow(publication);
    if (publication === undefined) {
      plan = undefined;
      queues = [];
      isComplete = false;
      return;
    }
    plan = await planner.look(publication);
    const { front, backlog } = plan;
    if (front === undefined) {
      return;
    }
    const badKey = options.isForOthers ? unreachableKey(front.listing.keyUrls) : undefined;
    if (badKey !== undefined) {
      throw badKey;
    }
    noteJumps(plan);
    if (front.listing.phase === 'ended' && queues[0]?.part !== front) {
      await forgetChangedTexts(front, { packager, sent });
    }
    queues = [front, backlog].flatMap((part) => (part === undefined ? [] : [queueOf(part)]));
    // Before anything else is sent, however long recordings are kept.
    removeAll(taken.due(shownBy(publication)));
    sendMissing();
    publishDue();
    if (options.retention === 'Window' && isCurrent) {
      removeAll(left.due(front.listing));
    }
  }

  function follow(publication: Publication | undefined): void {
    if (following?.publication.presentation !== publication?.presentation) {
      following?.listening[Symbol.dispose]();
      following = publication && { publication, listening: shownBy(publication).changed.on(wake) };
    }
  }

  // ---- what goes wrong

  /** The storage is well; whoever changes the locator or the settings need not say so here. */
  function noteLookError(error: AppError): void {
    if (lookError?.code !== error.code && !closing.signal.aborted) {
      logger.warn({ upload: options.name, code: error.code, error }, 'what is to be mirrored cannot be seen');
    }
    lookError = error;
  }

  function noteTrouble(error: AppError): void {
    if (closing.signal.aborted) {
      return;
    }
    if (error.severity === 'stop') {
      failure = error;
      closing.abort(error);
      logger.warn({ upload: options.name, code: error.code, detail: error.message }, 'a mirror has stopped');
      wake();
    } else if (trouble?.code !== error.code) {
      logger.warn({ upload: options.name, code: error.code, detail: error.message }, 'a mirror has trouble');
    }
    trouble = error;
  }

  function noteRefusal(error: unknown, round: number): void {
    if (closing.signal.aborted) {
      return;
    }
    const refused = toAppError(error);
    backOff.failed(refused, round);
    noteTrouble(refused);
  }

  function noteSuccess(bytes: number): void {
    backOff.succeeded();
    uploadedObjects += 1;
    uploadedBytes += bytes;
    lastUploadMs = clock.wallMs();
    trouble = undefined;
  }

  /** Something was left out although the storage took everything: the network is too slow for this ladder. */
  function noteJumps({ jumps }: Plan): void {
    // The first is that of a mirror that is begun in the middle.
    if (jumps > jumpsSeen && jumps > 1 && trouble === undefined) {
      tooSlowUntilMs = clock.monotonicMs() + TOO_SLOW_MS;
    }
    jumpsSeen = jumps;
  }

  function errorNow(): AppError | undefined {
    const isTooSlow = clock.monotonicMs() < tooSlowUntilMs;
    return failure ?? lookError ?? trouble ?? (isTooSlow ? tooSlow() : undefined);
  }

  // ---- media

  /** The same as long as nothing else is to be sent. */
  function queueOf(part: Front | Backlog): Queue {
    const known = queues.find((queue) => queue.part === part);
    const media = 'listing' in part ? neededOf(part) : part.media;
    return known ?? { part, media: createMediaQueue(media, progress) };
  }

  function sendMissing(): void {
    for (const { part, media } of queues) {
      for (const next of media.rest()) {
        if (underWay.size >= backOff.allowed()) {
          return;
        }
        if (!underWay.has(next.name) && !held.has(next.name)) {
          underWay.set(next.name, send(next, part.publication));
        }
      }
    }
  }

  async function send(media: Media, publication: Publication): Promise<void> {
    const { name } = media;
    const round = backOff.round();
    try {
      const answer = await read(media, publication);
      if (answer !== undefined) {
        const { contentType, chunks, version, lifetime, size } = answer;
        const cacheControl =
          lifetime === 'immutable' ? 'public, max-age=31536000, immutable' : 'public, max-age=60';
        await store.put({ name, contentType, cacheControl, chunks }, closing.signal);
        sent.add(name, version);
        changes += 1;
        noteSuccess(size);
      }
    } catch (error) {
      noteRefusal(error, round);
    } finally {
      underWay.delete(name);
      wake();
    }
  }

  /** As a viewer would be given it; undefined when it cannot be had now. */
  async function read({ name, resource }: Media, publication: Publication): Promise<MediaAnswer | undefined> {
    try {
      const answer = await packager.answer(publication, resource, '');
      if (answer.kind === 'media') {
        misses.delete(name);
        return answer;
      }
      held.add(name);
    } catch (error) {
      const count = (misses.get(name) ?? 0) + 1;
      misses.set(name, count);
      held.add(name);
      if (count >= MOST_MISSES) {
        misses.delete(name);
        lost.add(name);
        changes += 1;
        logger.warn({ upload: options.name, object: name, error }, 'a segment cannot be read');
      }
    }
    return undefined;
  }

  // ---- manifests

  function publishDue(): void {
    const { front } = plan ?? {};
    if (front === undefined || publishing !== undefined || backOff.allowed() === 0) {
      return;
    }
    const { listing } = front;
    const isSeen = checked?.listing === listing && checked.changes === changes;
    const missing = queues[0]?.media.length() ?? 0;
    isComplete &&= missing === 0;
    isCurrent &&= checked?.listing === listing;
    if (isSeen || (listing.phase === 'ended' && missing > 0)) {
      return;
    }
    const waitMs = publishedAtMs + PUBLISH_EVERY_MS - clock.monotonicMs();
    if (waitMs > 0 && missing > 0) {
      later ??= clock.after(waitMs, () => {
        later = undefined;
        wake();
      });
      return;
    }
    checked = { listing, changes };
    const due = dueDocuments(front, {
      progress,
      versionOf: sent.versionOf,
      nowMs: clock.wallMs(),
      edgeSeconds: plan?.edgeSeconds ?? Infinity,
    });
    const isThere = due?.rows.length === 0;
    isCurrent = isThere && due.isWhole;
    isComplete = listing.phase === 'ended' && isThere;
    if (isThere) {
      watchedUntil = due.endSeconds;
      if (due.isWhole && listing.phase === 'closing') {
        planner.closed();
      }
    } else if (due !== undefined) {
      publishedAtMs = clock.monotonicMs();
      publishing = publish(due.rows);
    }
  }

  async function publish(rows: DueDocuments['rows']): Promise<void> {
    const round = backOff.round();
    try {
      await sendInRows(rows, Math.max(1, backOff.allowed()), sendDocument);
    } catch (error) {
      noteRefusal(error, round);
    } finally {
      publishing = undefined;
      checked = undefined;
      wake();
    }
  }

  async function sendDocument({ object, version }: DueDocument): Promise<void> {
    await store.put(object, closing.signal);
    sent.add(object.name, version);
    noteSuccess(object.chunks.reduce((sum, { length }) => sum + length, 0));
  }

  // ---- what was taken back, or has left the window

  function removeAll(names: readonly string[]): void {
    for (const name of mayDelete ? names : []) {
      if (!underWay.has(name) && underWay.size < backOff.allowed()) {
        underWay.set(name, remove(name));
      }
    }
  }

  async function remove(name: string): Promise<void> {
    const round = backOff.round();
    try {
      await store.delete(name, closing.signal);
      sent.remove(name);
    } catch (error) {
      const refused = toAppError(error);
      if (refused.severity === 'stop' && !closing.signal.aborted) {
        // Viewers do not suffer from it.
        mayDelete = false;
        trouble = refused;
        logger.warn({ upload: options.name, code: refused.code }, 'nothing is deleted any more');
      } else {
        noteRefusal(error, round);
      }
    } finally {
      underWay.delete(name);
      wake();
    }
  }

  // ---- how it is doing

  const behind = (): number => (plan === undefined || isComplete ? 0 : behindSeconds(plan, watchedUntil));

  function state(): MirrorStatus['state'] {
    if ((failure ?? lookError)?.severity === 'stop') {
      return 'failed';
    }
    if (plan?.front === undefined) {
      return 'waiting';
    }
    if (isComplete) {
      return 'complete';
    }
    if (backOff.retryAtMs() !== undefined) {
      return 'retrying';
    }
    const isLive = plan.front.listing.phase === 'live' && watchedUntil !== undefined;
    return isLive && behind() <= LIVE_SEGMENTS * plan.segmentSeconds ? 'live' : 'catchingUp';
  }

  function tell(): void {
    const now = `${state()} ${errorNow()?.code ?? ''}`;
    if (now !== toldState) {
      toldState = now;
      options.onChanged();
    }
  }

  const running = run();
  return {
    status() {
      const retryAtMs = backOff.retryAtMs();
      return {
        state: state(),
        sentBitrate: options.meter.bitrate(),
        behindSeconds: behind(),
        uploadedObjects,
        uploadedBytes,
        waitingObjects: queues.reduce((sum, { media }) => sum + media.length(), 0),
        failures: backOff.failures(),
        ...(retryAtMs === undefined ? {} : { retryAt: new Date(retryAtMs).toISOString() }),
        ...(lastUploadMs === undefined ? {} : { lastUpload: new Date(lastUploadMs).toISOString() }),
        error: errorNow(),
      };
    },
    retryNow: () => backOff.reset(),
    async [Symbol.asyncDispose]() {
      closing.abort(new Error('the mirror is being closed'));
      wake();
      await running;
      await Promise.allSettled([...underWay.values(), publishing]);
      follow(undefined);
      backOff[Symbol.dispose]();
      later?.[Symbol.dispose]();
    },
  };
}
