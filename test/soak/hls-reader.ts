import { setTimeout as wait } from 'node:timers/promises';
import { createFragmentReader } from '../../src-main/media/cmaf/fragment-reader.ts';
import type { SenderClock } from '../support/live-senders.ts';
import type { TrackCheck } from './track-check.ts';

/** What a reader of an address met besides media. */
export type Reading = AsyncDisposable & {
  /** Requests that were not answered with what was asked for. */
  readonly failures: () => readonly string[];
};

export type PlaylistReader = Reading & {
  /** Segments that had left the playlist before they were seen. */
  readonly unseen: () => number;
  /** Holes that no `EXT-X-DISCONTINUITY` tells of, and tags behind which nothing is missing. */
  readonly mistold: () => number;
  /** The most that a segment was behind the senders' clock when it was there, seconds. */
  readonly latest: () => number;
};

const POLL_MS = 1000;
const FAILURES_KEPT = 100;

type Listed = {
  readonly sequence: number;
  readonly url: URL;
  readonly isDiscontinuous: boolean;
  /** `EXT-X-GAP`: there is nothing of it, and nobody asks for it. */
  readonly isGap: boolean;
};

/** Follows one media playlist as players do and reads every segment of it, once. */
export function followPlaylist(url: string, check: TrackCheck, clock: SenderClock): PlaylistReader {
  const stopping = new AbortController();
  const failures: string[] = [];
  const reader = createFragmentReader();
  let next: number | undefined;
  let hasHeader = false;
  /** Of segments that are only listed. */
  let isTold = false;
  let isBehindGap = false;
  let unseen = 0;
  let mistold = 0;
  let latest = 0;

  async function readSegment({ sequence, url: address, isDiscontinuous, isGap }: Listed): Promise<void> {
    const isFirst = next === undefined;
    if (isGap) {
      next = sequence + 1;
      isTold ||= isDiscontinuous;
      isBehindGap = true;
      return;
    }
    const bytes = await get(address);
    const holes = check.holes().length;
    for (const event of [...reader.push(bytes), ...reader.push(new Uint8Array())]) {
      if (event.kind === 'fragment') {
        check.take(event.samples);
      }
    }
    next = sequence + 1;
    const isMissing = check.holes().length > holes;
    const isSaid = isDiscontinuous || isTold;
    if (!isFirst && !isBehindGap && isMissing !== isSaid) {
      mistold += 1;
    }
    isTold = false;
    isBehindGap = false;
    latest = Math.max(latest, clock.now() - check.end());
  }

  async function look(): Promise<void> {
    const text = new TextDecoder().decode(await get(new URL(url)));
    if (!hasHeader) {
      const map = /#EXT-X-MAP:URI="([^"]+)"/.exec(text)?.[1];
      if (map === undefined) {
        return;
      }
      reader.push(await get(new URL(map, url)));
      hasHeader = true;
    }
    for (const listed of listedIn(text, url)) {
      if (next !== undefined && listed.sequence < next) {
        continue;
      }
      unseen += next === undefined ? 0 : listed.sequence - next;
      await readSegment(listed);
    }
  }

  async function get(address: URL): Promise<Uint8Array> {
    const answer = await fetch(address, { signal: stopping.signal });
    const bytes = new Uint8Array(await answer.arrayBuffer());
    if (!answer.ok) {
      throw new Error(`${answer.status} ${decodeURIComponent(address.pathname)}`);
    }
    return bytes;
  }

  const following = follow(look, POLL_MS, stopping.signal, failures);
  return {
    failures: () => failures,
    unseen: () => unseen,
    mistold: () => mistold,
    latest: () => latest,
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await following;
    },
  };
}

/** Looks again and again; what goes wrong is written down. */
export async function follow(
  look: () => Promise<void>,
  everyMs: number,
  signal: AbortSignal,
  failures: string[],
): Promise<void> {
  const isOver = (): boolean => signal.aborted;
  while (!isOver()) {
    try {
      await look();
    } catch (error) {
      if (!isOver()) {
        failures.push(error instanceof Error ? error.message : String(error));
        failures.splice(0, failures.length - FAILURES_KEPT);
      }
    }
    // Its end is the end of the run, which is no error.
    await wait(everyMs, undefined, { signal }).catch(() => undefined);
  }
}

function listedIn(text: string, base: string): readonly Listed[] {
  const listed: Listed[] = [];
  let sequence = Number(/#EXT-X-MEDIA-SEQUENCE:(\d+)/.exec(text)?.[1] ?? 0);
  let tags = new Set<string>();
  for (const line of text.split('\n')) {
    if (line.startsWith('#')) {
      tags.add(line);
    } else if (line !== '') {
      const isDiscontinuous = tags.has('#EXT-X-DISCONTINUITY');
      listed.push({ sequence, url: new URL(line, base), isDiscontinuous, isGap: tags.has('#EXT-X-GAP') });
      sequence += 1;
      tags = new Set();
    }
  }
  return listed;
}
