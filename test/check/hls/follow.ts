import { checkMediaPlaylist } from '../../../src-main/manifest/hls/check/check-media-playlist.ts';
import { applyDeltaUpdate } from '../../../src-main/manifest/hls/delta-update.ts';
import type { MediaPlaylist } from '../../../src-main/manifest/hls/media-playlist.ts';
import type { SegmentTags } from '../../../src-main/manifest/hls/media-segment.ts';
import { type Client, type Fetched, wordsOf } from '../client.ts';
import type { Ledger } from '../ledger.ts';
import { createLoader, type Directives, type Loader } from './load.ts';
import { createMediaCheck, type MediaCheck, type Standing, spanOf } from './media.ts';
import { compare, contains, nextPosition, type Position } from './position.ts';
import { RULES } from './rules.ts';

/** One media playlist, followed as a low-latency player follows it. */
export type Followed = {
  readonly name: string;
  readonly url: string;
  readonly loader: Loader;
  /** As it stands now, whole; undefined before the first answer. */
  readonly latest: () => MediaPlaylist | undefined;
  readonly media: MediaCheck;
  /** Where a segment stands in the whole timeline: its discontinuity sequence number, keys, date. */
  readonly standingOf: (sequence: number) => Standing | undefined;
  /** Until the time is up, the stream ends or is not answered any more. Never throws. */
  readonly run: () => Promise<void>;
  readonly hasEnded: () => boolean;
  /** `leftOut`: parts and segments that this side was too slow for. */
  readonly counts: () => { readonly parts: number; readonly segments: number; readonly leftOut: number };
};

const MAX_FAILURES = 4;
/** Parts and segments that wait to be fetched. A server that is slower than its stream is told of by what is left out. */
const MAX_WAITING = 60;
/** Cadence is seen through the network and two busy computers. */
const CADENCE_SLACK_SECONDS = 1;
/** An answer that was held for less than this was there already. */
const HELD_MS = 30;
const RETRY_MS = 500;
const IDLE_MS = 100;
/** What is not fetched so long behind the end is left out. */
const LINGER_MS = 2000;

export function follow(options: {
  readonly name: string;
  readonly url: string;
  readonly client: Client;
  readonly ledger: Ledger;
  readonly bandwidth: number | undefined;
  /** Of the whole stream, for the rendition reports; undefined when there is only this playlist. */
  readonly otherRenditions: number | undefined;
  readonly untilMs: number;
  readonly signal: AbortSignal;
  readonly wait: (ms: number) => Promise<void>;
}): Followed {
  const { name, url, client, ledger, untilMs, signal, wait } = options;
  const loader = createLoader({ name, url, client, ledger });
  let whole: MediaPlaylist | undefined;
  /** Where it came from in the end. */
  let base = url;
  const media = createMediaCheck({
    name,
    base: () => base,
    client,
    ledger,
    bandwidth: options.bandwidth,
    targetSeconds: () => whole?.targetDurationSeconds ?? 0,
  });
  let standings: ReadonlyMap<number, Standing> = new Map();
  let answers = 0;
  let lastAnswerMs = 0;
  let lastSegmentMs: number | undefined;
  let lastPartMs: number | undefined;
  /** What was handed to `media` last. */
  let reached: Position | undefined;
  const hints = new Map<string, Promise<Fetched>>();
  let waiting = 0;
  let queue: Promise<void> = Promise.resolve();
  const seen = { parts: 0, segments: 0, leftOut: 0 };

  const isOver = (): boolean => signal.aborted || performance.now() >= untilMs;
  const hasParts = (playlist: MediaPlaylist): boolean => playlist.partTargetSeconds !== undefined;

  /** Takes an answer into the whole playlist and holds both against the rules. False when it cannot be merged. */
  function take(playlist: MediaPlaylist, answer: Fetched): boolean {
    base = answer.url;
    const elapsedSeconds = whole === undefined ? undefined : (answer.headAtMs - lastAnswerMs) / 1000;
    const isLowLatency = hasParts(playlist) && playlist.endList !== true;
    checkMediaPlaylist(whole, playlist, {
      // How long parts and segments take is looked at with the clock of this side, below.
      elapsedSeconds: undefined,
      lowLatencyProfile: isLowLatency ? { otherRenditions: options.otherRenditions ?? 0 } : undefined,
      observe: ledger.observe(name),
    });
    const next = whole === undefined ? playlist : applyDeltaUpdate(whole, playlist);
    if (next === undefined || next.skip !== undefined) {
      return false;
    }
    checkCadence(next, answer, elapsedSeconds);
    const before = whole;
    whole = next;
    lastAnswerMs = answer.headAtMs;
    standings = standingsOf(next, standings);
    look(before, next);
    return true;
  }

  function checkCadence(next: MediaPlaylist, answer: Fetched, elapsedSeconds: number | undefined): void {
    const now = answer.headAtMs;
    const ends = nextPosition(next);
    const before = whole === undefined ? undefined : nextPosition(whole);
    const isNewSegment = before === undefined || ends.sequence > before.sequence;
    const isNewPart = before === undefined || compare(ends, before) > 0;
    if (elapsedSeconds !== undefined && next.endList !== true) {
      const segmentSeconds = (now - (lastSegmentMs ?? now)) / 1000;
      ledger.check(
        RULES.segmentCadence,
        segmentSeconds <= 1.5 * next.targetDurationSeconds + CADENCE_SLACK_SECONDS,
        `${name} has had no new segment for ${segmentSeconds.toFixed(1)} s`,
      );
      const { partTargetSeconds } = next;
      if (partTargetSeconds !== undefined) {
        const partSeconds = (now - (lastPartMs ?? now)) / 1000;
        ledger.check(
          RULES.partCadence,
          partSeconds <= partTargetSeconds + CADENCE_SLACK_SECONDS,
          `${name} has had no new part for ${partSeconds.toFixed(2)} s`,
        );
      }
    }
    lastSegmentMs = isNewSegment ? now : lastSegmentMs;
    lastPartMs = isNewPart ? now : lastPartMs;
  }

  /** Hands what is new to the media, and fetches what is hinted. */
  function look(before: MediaPlaylist | undefined, next: MediaPlaylist): void {
    const hint = next.preloadHints?.find(({ type }) => type === 'PART');
    if (hint !== undefined && hint.byteRangeStart === undefined && !hints.has(hint.uri) && !isOver()) {
      const timeoutMs = 3000 * next.targetDurationSeconds + 5000;
      const asked = client.get(new URL(hint.uri, base).href, { timeoutMs, maxBytes: 64 * 1024 * 1024 });
      // Whoever needs it waits for it; one that nobody came for is no error.
      asked.catch(() => undefined);
      hints.set(hint.uri, asked);
      for (const old of [...hints.keys()].slice(0, -8)) {
        hints.delete(old);
      }
    }
    // The first time only what is at the end: a window may be a day long.
    const end = next.mediaSequence + next.segments.length;
    reached ??=
      before === undefined ? { sequence: Math.max(next.mediaSequence, end - 1), part: 0 } : nextPosition(before);
    for (let sequence = Math.max(reached.sequence, next.mediaSequence); sequence <= end; sequence += 1) {
      lookAtSegment(next, sequence, sequence === reached.sequence ? reached.part : 0);
    }
    reached = nextPosition(next);
  }

  function lookAtSegment(playlist: MediaPlaylist, sequence: number, fromPart: number): void {
    const index = sequence - playlist.mediaSequence;
    const segment = playlist.segments[index];
    const parts = (segment ?? playlist.open)?.parts ?? [];
    const standing = standings.get(sequence);
    if (standing === undefined) {
      return;
    }
    for (let part = fromPart; part < parts.length; part += 1) {
      const hinted = hints.get(parts[part]?.uri ?? '');
      seen.parts += 1;
      enqueue(() => media.part({ sequence, index: part }, standing, parts, hinted));
    }
    if (segment !== undefined) {
      seen.segments += 1;
      const span = spanOf(playlist.segments, index);
      enqueue(() => media.segment(sequence, standing, segment, span));
    }
  }

  function enqueue(task: () => Promise<void>): void {
    if (waiting >= MAX_WAITING) {
      seen.leftOut += 1;
      media.lose();
      return;
    }
    waiting += 1;
    queue = after(queue, task);
    // It is waited for at the end, and told of there.
    queue.catch(() => undefined);
  }

  async function after(before: Promise<void>, task: () => Promise<void>): Promise<void> {
    const listedAtMs = performance.now();
    await before;
    waiting -= 1;
    const now = performance.now();
    if (signal.aborted || now > untilMs + LINGER_MS) {
      return;
    }
    // So late it may have left for good, and that is nobody's fault but this side's.
    if (now - listedAtMs > 2000 * (whole?.targetDurationSeconds ?? 1)) {
      seen.leftOut += 1;
      media.lose();
      return;
    }
    await task();
  }

  /** Every third answer is a delta update, of either kind in turns: the whole one behind it has to go on from it. */
  function skipFor({ serverControl = {}, segments }: MediaPlaylist): Directives['skip'] {
    if (serverControl.canSkipUntilSeconds === undefined || segments.length === 0) {
      return undefined;
    }
    const turn = answers % 6;
    return turn === 2 ? 'YES' : turn === 5 ? (serverControl.canSkipDateRanges === true ? 'v2' : 'YES') : undefined;
  }

  async function reload(current: MediaPlaylist): Promise<boolean> {
    const { serverControl = {}, targetDurationSeconds } = current;
    const skip = skipFor(current);
    const wanted = nextPosition(current);
    const isBlocking = serverControl.canBlockReload === true;
    if (!isBlocking) {
      await wait((hasParts(current) ? (current.partTargetSeconds ?? 1) : targetDurationSeconds / 2) * 1000);
    }
    const part = hasParts(current) ? wanted.part : undefined;
    const asked = isBlocking ? { sequence: wanted.sequence, part, skip } : { skip };
    const loaded = await loader.load(asked, targetDurationSeconds);
    answers += 1;
    if (loaded === undefined) {
      return false;
    }
    const { playlist, answer } = loaded;
    const isMerged = take(playlist, answer);
    if (isBlocking && isMerged && playlist.endList !== true) {
      checkBlocking(whole ?? playlist, answer, wanted, part);
    }
    if (skip !== undefined && playlist.endList !== true) {
      checkSkip(playlist, whole ?? playlist, skip);
    }
    if (whole !== undefined && compare(nextPosition(whole), wanted) <= 0) {
      // A server that does not wait is not to be asked without end.
      await wait(IDLE_MS);
    }
    return true;
  }

  function checkBlocking(
    playlist: MediaPlaylist,
    answer: Fetched,
    wanted: Position,
    part: number | undefined,
  ): void {
    const has = contains(playlist, wanted.sequence, part);
    const end = nextPosition(playlist);
    ledger.check(
      part === undefined ? RULES.blocksSegment : RULES.blocks,
      has,
      `${name} ends with ${end.sequence}.${end.part - 1}, asked for ${wanted.sequence}.${part ?? ''}`,
    );
    const wasHeld = answer.headAtMs - answer.sentAtMs > HELD_MS;
    if (has && wasHeld && part !== undefined) {
      // The one that was asked for, and perhaps the end of its segment.
      const isNext = end.sequence === wanted.sequence ? end.part <= wanted.part + 2 : end.part <= 1;
      ledger.check(
        RULES.prompt,
        isNext,
        `${name} ends with ${end.sequence}.${end.part - 1} when ${wanted.sequence}.${wanted.part} comes`,
      );
    }
  }

  function checkSkip(playlist: MediaPlaylist, full: MediaPlaylist, skip: 'YES' | 'v2'): void {
    const boundary = full.serverControl?.canSkipUntilSeconds ?? Number.POSITIVE_INFINITY;
    const seconds = full.segments.slice(1).reduce((sum, { durationSeconds }) => sum + durationSeconds, 0);
    if (seconds > boundary + 0.1) {
      ledger.check(RULES.skips, playlist.skip !== undefined, `${name} came whole for _HLS_skip=${skip}`);
    }
  }

  return {
    name,
    get url() {
      return base;
    },
    loader,
    latest: () => whole,
    media,
    standingOf: (sequence) => standings.get(sequence),
    hasEnded: () => whole?.endList === true,
    counts: () => seen,
    async run() {
      let failures = 0;
      try {
        while (!isOver() && failures < MAX_FAILURES && whole?.endList !== true) {
          const hadAnswer: boolean = whole === undefined ? await first() : await reload(whole);
          failures = hadAnswer ? 0 : failures + 1;
          if (!hadAnswer) {
            await wait(RETRY_MS);
          }
        }
        if (whole?.endList === true && !isOver()) {
          await checkEnded(whole);
        }
        await queue;
      } catch (error) {
        if (!signal.aborted) {
          ledger.check(RULES.answers, false, `${name}: ${wordsOf(error)}`);
        }
      }
    },
  };

  async function first(): Promise<boolean> {
    const loaded = await loader.load({}, undefined);
    return loaded !== undefined && take(loaded.playlist, loaded.answer);
  }

  async function checkEnded({ mediaSequence, segments, targetDurationSeconds }: MediaPlaylist): Promise<void> {
    const far = mediaSequence + segments.length + 100;
    const answer = await loader.ask({ _HLS_msn: far, _HLS_part: 0, _HLS_skip: 'YES' });
    const tookMs = Math.round(answer.headAtMs - answer.sentAtMs);
    const isWhole = !new TextDecoder().decode(answer.body).includes('#EXT-X-SKIP:');
    ledger.check(
      RULES.ignoredAtEnd,
      answer.status === 200 && tookMs < 1000 * targetDurationSeconds && isWhole,
      `${name} answers ${answer.status} after ${tookMs} ms${isWhole ? '' : ' with EXT-X-SKIP'}`,
    );
  }
}

/** What goes on from segment to segment. `known` has what was true of segments whose predecessors have left. */
function standingsOf(
  playlist: MediaPlaylist,
  known: ReadonlyMap<number, Standing>,
): ReadonlyMap<number, Standing> {
  const standings = new Map<number, Standing>();
  const { segments, open, mediaSequence } = playlist;
  let standing: Standing = {
    map: undefined,
    keys: [],
    discontinuitySequence: playlist.discontinuitySequence ?? 0,
    dateMs: undefined,
  };
  const all: readonly (SegmentTags & { readonly durationSeconds?: number })[] = [...segments, open ?? {}];
  let endMs: number | undefined;
  for (const [index, tags] of all.entries()) {
    const sequence = mediaSequence + index;
    const isBreak = tags.discontinuity === true;
    standing = {
      map: tags.map ?? standing.map ?? known.get(sequence)?.map,
      keys: tags.keys ?? (index === 0 ? (known.get(sequence)?.keys ?? []) : standing.keys),
      discontinuitySequence: standing.discontinuitySequence + (isBreak ? 1 : 0),
      dateMs: tags.programDateTimeMs ?? (isBreak ? undefined : endMs),
    };
    endMs = standing.dateMs === undefined ? undefined : standing.dateMs + (tags.durationSeconds ?? 0) * 1000;
    standings.set(sequence, standing);
  }
  return standings;
}
