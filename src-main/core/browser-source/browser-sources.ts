import { randomBytes } from 'node:crypto';
import type { Clock } from '../../base/clock.ts';
import { createSerial } from '../../base/serial.ts';
import type { BrowserSource, BrowserSourceChange, CaptureState } from '../../shared/api/browser-source.ts';
import { AppError, toAppError } from '../../shared/app-error.ts';
import { problemOf } from '../../shared/problem.ts';
import type { BrowserSourceService, CaptureDesk, CaptureDoors } from '../ports/browser-source.ts';
import type { DecoderFeeds, FeedPlace } from '../ports/decoder-feed.ts';
import type { Logger } from '../ports/logger.ts';
import { isSameSecret } from '../ports/same-secret.ts';
import type { SecretStore } from '../ports/secrets.ts';
import type { EventLog } from '../ports/services.ts';
import { openPageStream, type PageStream } from './page-stream.ts';

export type BrowserSources = BrowserSourceService &
  AsyncDisposable & {
    readonly desk: CaptureDesk;
    /** Where the decoder of a source fetches what its page sends; there from then on, until the studio has that source no more. */
    readonly feedOf: (source: string) => Promise<URL>;
    readonly setDoors: (doors: Partial<CaptureDoors>) => void;
    /** The studio's sources have changed: what belongs to one that is gone is ended and forgotten. */
    readonly follow: () => void;
  };

export type BrowserSourcesOptions = {
  readonly clock: Clock;
  readonly events: EventLog;
  readonly secrets: SecretStore;
  readonly feeds: DecoderFeeds;
  readonly logger: Logger;
  /** The sources of kind `browser` that the studio has. */
  readonly inStudio: () => readonly string[];
  /** Undefined for a source that the studio does not have. */
  readonly stateOf: (source: string) => CaptureState | undefined;
};

type Entry = {
  readonly id: string;
  readonly place: FeedPlace;
  token: string;
  stream: PageStream | undefined;
  /** Ids of streams whose place another took, the newest last. */
  readonly replaced: string[];
  /** The studio has had it. */
  wasInStudio: boolean;
  toldMs: number;
};

/** A page that sends nothing for so long is gone; it sends sound all the time. */
const SILENT_MS = 5000;
const LOOK_EVERY_MS = 1000;
const TELL_EVERY_MS = 3000;
const REMEMBERED = 16;

/** Pages in browsers, here or elsewhere, that capture for the studio: by which links, who sends at present, and where it goes. */
export function createBrowserSources(options: BrowserSourcesOptions): BrowserSources {
  const { clock, events, secrets, feeds, logger } = options;
  const entries = new Map<string, Entry>();
  const opening = createSerial();
  let doors: CaptureDoors = { local: undefined, network: undefined };
  let looking: Disposable | undefined;

  function found(source: string): Entry {
    const entry = entries.get(source);
    if (entry === undefined) {
      throw new AppError('resource/not-found', `There is no source ${source} of a browser.`, {
        details: { source },
      });
    }
    return entry;
  }

  function shown({ id, token, stream }: Entry): BrowserSource {
    const { local, network } = doors;
    const link = (base: string): string => `${base}/capture/#${token}`;
    const others = network !== undefined && 'urls' in network ? network : undefined;
    return {
      source: id,
      links: [
        ...(local === undefined ? [] : [{ url: link(local), reach: 'this-computer', isSecure: true } as const]),
        ...(others?.urls ?? []).map(
          (url) => ({ url: link(url), reach: 'network', isSecure: others?.tls === true }) as const,
        ),
      ],
      ...(network !== undefined && 'error' in network ? { error: problemOf(toAppError(network.error)) } : {}),
      ...(stream === undefined ? {} : { page: stream.page() }),
    };
  }

  function tell(entry: Entry): void {
    entry.toldMs = clock.monotonicMs();
    const { id: source, stream } = entry;
    const change: BrowserSourceChange = { source, ...(stream === undefined ? {} : { page: stream.page() }) };
    events.publish('Lectern.BrowserSourceChanged', `studio/sources/${source}`, change);
  }

  /** Ends what a page sends; it is told why with its next piece. */
  function end(entry: Entry): void {
    entry.stream?.[Symbol.dispose]();
    entry.stream = undefined;
  }

  function look(): void {
    looking = undefined;
    for (const entry of entries.values()) {
      if (entry.stream !== undefined && clock.monotonicMs() - entry.stream.heardMs() >= SILENT_MS) {
        logger.info({ source: entry.id }, 'the page that captures has gone');
        end(entry);
        tell(entry);
      }
    }
    lookAgain();
  }

  function lookAgain(): void {
    const isBusy = [...entries.values()].some(({ stream }) => stream !== undefined);
    if (isBusy) {
      looking ??= clock.after(LOOK_EVERY_MS, look);
    }
  }

  function streamOf(entry: Entry, id: string): PageStream {
    if (entry.stream?.id === id) {
      return entry.stream;
    }
    throw entry.replaced.includes(id)
      ? replaced()
      : new AppError('browser/no-stream', 'That stream is not open any more. Begin a new one.');
  }

  const stateOf = (source: string): CaptureState =>
    options.stateOf(source) ?? { label: '', title: '', phase: 'off-air', isOnAir: false, isSeen: false };

  async function open(source: string): Promise<Entry> {
    const known = entries.get(source);
    if (known !== undefined) {
      return known;
    }
    const stored = await secrets.get(secretName(source));
    const token = stored ?? newToken();
    if (stored === undefined) {
      await secrets.set(secretName(source), token);
    }
    const entry: Entry = {
      id: source,
      place: await feeds.place(),
      token,
      stream: undefined,
      replaced: [],
      wasInStudio: false,
      toldMs: 0,
    };
    entries.set(source, entry);
    return entry;
  }

  async function forget(entry: Entry): Promise<void> {
    try {
      await secrets.delete(secretName(entry.id));
    } catch (error) {
      logger.warn({ error }, 'the link of a source that is gone could not be forgotten');
    }
  }

  return {
    feedOf: async (source) => (await opening.run(() => open(source))).place.url,
    get: (source) => shown(found(source)),
    async renew(source) {
      const entry = found(source);
      const token = newToken();
      await secrets.set(secretName(source), token);
      entry.token = token;
      end(entry);
      tell(entry);
      return shown(entry);
    },
    setDoors(next) {
      doors = { ...doors, ...next };
      for (const entry of entries.values()) {
        tell(entry);
      }
    },
    follow() {
      const present = new Set(options.inStudio());
      for (const entry of entries.values()) {
        const isThere = present.has(entry.id);
        if (entry.wasInStudio && !isThere) {
          entries.delete(entry.id);
          end(entry);
          entry.place[Symbol.dispose]();
          void opening.run(() => forget(entry));
        }
        entry.wasInStudio ||= isThere;
      }
    },
    desk: {
      authenticate: (token) => [...entries.values()].find((entry) => isSameSecret(token, entry.token))?.id,
      state: stateOf,
      start(source, request, from) {
        const entry = found(source);
        if (request.isResumed && entry.stream !== undefined) {
          throw replaced();
        }
        const before = entry.stream;
        // Opened first: a stream that is not right leaves the one that runs alone.
        const stream = openPageStream({ start: request, from, place: entry.place, clock });
        entry.stream = stream;
        if (before !== undefined) {
          entry.replaced.push(before.id);
          entry.replaced.splice(0, entry.replaced.length - REMEMBERED);
          before[Symbol.dispose]();
        }
        const { width, height, codec } = request.video;
        logger.info({ source, from, width, height, codec, sound: request.audio.codec }, 'a page captures');
        tell(entry);
        lookAgain();
        return { stream: stream.id, state: stateOf(source) };
      },
      take(source, id, piece) {
        const entry = found(source);
        const stream = streamOf(entry, id);
        stream.take(piece);
        if (clock.monotonicMs() - entry.toldMs >= TELL_EVERY_MS) {
          tell(entry);
        }
        return { state: stateOf(source), needsKey: stream.needsKey() };
      },
      stop(source, id) {
        const entry = found(source);
        streamOf(entry, id);
        end(entry);
        tell(entry);
      },
    },
    async [Symbol.asyncDispose]() {
      looking?.[Symbol.dispose]();
      await opening.idle();
      for (const entry of entries.values()) {
        end(entry);
        entry.place[Symbol.dispose]();
      }
      await feeds[Symbol.asyncDispose]();
    },
  };
}

function replaced(): AppError {
  return new AppError('browser/replaced', 'Another page sends for this source now.');
}

/** 256 bits: the link is a key. */
function newToken(): string {
  return randomBytes(32).toString('base64url');
}

function secretName(source: string): string {
  return `browser-source/${source}`;
}
