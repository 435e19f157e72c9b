import { checkMpd } from '../../../src-main/manifest/dash/check/check-mpd.ts';
import { checkMpdSchema } from '../../../src-main/manifest/dash/check/check-schema.ts';
import {
  lastSeconds,
  type ResolvedPeriod,
  type ResolvedTrack,
  resolvePeriods,
  toMpdSeconds,
} from '../../../src-main/manifest/dash/check/resolved-mpd.ts';
import { type Mpd, parseMpd } from '../../../src-main/manifest/dash/mpd.ts';
import { PERIOD_CONNECTIVITY, PERIOD_CONTINUITY } from '../../../src-main/manifest/dash/period.ts';
import { type CheckedStream, type CheckOptions, NotAStream } from '../checked-stream.ts';
import { type Client, type Fetched, maxAgeOf, typeOf, wordsOf } from '../client.ts';
import { createLedger, type Ledger } from '../ledger.ts';
import { clockOffset } from './clock.ts';
import { createTrackMedia, type TrackMedia } from './media.ts';
import { RULES, TITLES } from './rules.ts';
import { farAhead, initializationOf, type Listed, segmentsOf } from './segments.ts';

const TIMEOUT_MS = 15_000;
const MPD_BYTES = 32 * 1024 * 1024;
const DEFAULT_UPDATE_SECONDS = 2;
const LEAST_UPDATE_SECONDS = 0.5;
const MOST_UPDATE_SECONDS = 10;
/** Representations whose segments are read: the best and the least picture, and sounds. */
const MAX_FOLLOWED = 4;
/** Segments of a window that are asked for, from its beginning to its end. */
const SAMPLES = 8;
/** At most so many new segments are read after one update: a reader that fell behind does not read a day of them. */
const MAX_NEW = 4;
const MAX_FAILURES = 4;
/** A segment that ends sooner says little of whether it can be had before. */
const LEAST_OPEN_SECONDS = 0.5;
/** How late anything may be, for the way here and two busy computers. */
const SLACK_SECONDS = 2;

/** One answer with its MPD. */
type Loaded = {
  readonly mpd: Mpd;
  readonly periods: readonly ResolvedPeriod[];
  /** What relative addresses count from. */
  readonly base: string;
  /** By the clock of the stream, when it was answered. */
  readonly nowMs: number;
};

/** A representation through all Periods. */
type Followed = {
  readonly media: TrackMedia;
  /** The segment that was read last. */
  last: { readonly period: ResolvedPeriod; readonly time: bigint } | undefined;
};

/** Follows an MPD for some seconds and holds it and its segments against the rules. Throws `NotAStream` when there is nothing to follow. */
export async function checkDash(options: CheckOptions): Promise<CheckedStream> {
  const { url, seconds, client, signal, wait, tell } = options;
  const startMs = performance.now();
  const untilMs = startMs + seconds * 1000;
  const ledger = createLedger({
    rules: Object.values(RULES),
    titles: TITLES,
    elapsedSeconds: () => (performance.now() - startMs) / 1000,
    signal,
    onBroken: options.onBroken,
  });
  let address = url;
  const first = await firstAnswer(url, client);
  const mediaFor = createFollowed(client, ledger);
  let clockMs: number | undefined;
  let previous: Mpd | undefined;
  let answer: Fetched | undefined = first;
  let updates = 0;
  let failures = 0;
  let segments = 0;
  let edge = { seconds: Number.NEGATIVE_INFINITY, atMs: client.now() };
  let untilOpen: (inSeconds: number) => number = () => 0;

  /** Whether there is more to come. */
  async function take(found: Fetched): Promise<boolean> {
    checkHead(found, previous, ledger);
    const mpd = readMpd(found, ledger);
    if (mpd === undefined) {
      failures += 1;
      return true;
    }
    const [location] = mpd.locations ?? [];
    address = location === undefined ? address : new URL(location, found.url).href;
    clockMs ??= await clockOffset(mpd.utcTimings ?? [], found.url, client, ledger);
    const nowMs = found.headAtUtcMs + clockMs;
    checkMpd(previous, mpd, { nowMs, observe: ledger.observe('the MPD') });
    const loaded: Loaded = { mpd, periods: resolvePeriods(mpd), base: found.url, nowMs };
    if (previous === undefined) {
      tell(`following a ${mpd.type} MPD of ${loaded.periods.length} Periods for ${seconds} s`);
      await checkOnce(loaded, client, ledger, mediaFor);
    }
    checkEdge(loaded);
    const offsetMs = clockMs;
    segments += await readNew(loaded, mediaFor, () => Date.now() + offsetMs);
    untilOpen = (inSeconds) => secondsUntilOpen(loaded, toMpdSeconds(mpd, Date.now() + offsetMs) + inSeconds);
    previous = mpd;
    updates += 1;
    failures = 0;
    return mpd.type === 'dynamic' && mpd.minimumUpdatePeriodSeconds !== undefined;
  }

  function checkEdge({ mpd, periods }: Loaded): void {
    if (mpd.type !== 'dynamic' || mpd.minimumUpdatePeriodSeconds === undefined) {
      return;
    }
    const ends = periods.flatMap(({ tracks }) => tracks.map((track) => lastSeconds(track) ?? 0));
    const newest = Math.max(...ends.filter(Number.isFinite));
    const now = client.now();
    if (newest > edge.seconds) {
      edge = { seconds: newest, atMs: now };
    }
    const still = (now - edge.atMs) / 1000;
    const most = 2 * (mpd.maxSegmentDurationSeconds ?? 10) + mpd.minimumUpdatePeriodSeconds + SLACK_SECONDS;
    // Where a duration stands for a timeline, or the last S goes on for ever, nothing new has to be listed.
    if (newest > 0) {
      ledger.check(RULES.goesOn, still <= most, `nothing new has been listed for ${still.toFixed(1)} s`);
    }
  }

  while (!signal.aborted && failures < MAX_FAILURES) {
    if (answer !== undefined && !(await take(answer))) {
      break;
    }
    if (performance.now() >= untilMs) {
      break;
    }
    const period: number = previous?.minimumUpdatePeriodSeconds ?? DEFAULT_UPDATE_SECONDS;
    const apart = Math.min(MOST_UPDATE_SECONDS, Math.max(LEAST_UPDATE_SECONDS, period));
    await wait(1000 * (apart + untilOpen(apart)));
    answer = await reload(address, client, ledger);
    failures += answer === undefined ? 1 : 0;
  }
  await checkConditional(address, client, ledger);
  return {
    counts: ledger.counts(),
    summary: `${updates} MPDs, ${segments} segments read, ${client.requests()} requests, ${(client.bytes() / 1e6).toFixed(1)} MB`,
  };
}

async function firstAnswer(url: string, client: Client): Promise<Fetched> {
  let answer: Fetched;
  try {
    answer = await client.get(url, { timeoutMs: TIMEOUT_MS, maxBytes: MPD_BYTES });
  } catch (error) {
    throw new NotAStream(wordsOf(error), { cause: error });
  }
  if (answer.status !== 200) {
    throw new NotAStream(`${url} is answered with ${answer.status}`);
  }
  const text = new TextDecoder().decode(answer.body.subarray(0, 4096)).trimStart();
  if (!/<(?:\w+:)?MPD[\s>]/.test(text)) {
    const isHls = text.startsWith('#EXTM3U');
    const other = /^<(?:!doctype html|html)/i.test(text) ? 'a page of HTML' : `no MPD (“${text.slice(0, 40)}…”)`;
    throw new NotAStream(`${url} is ${isHls ? 'an HLS playlist (npm run check:llhls is for those)' : other}`);
  }
  return answer;
}

async function reload(url: string, client: Client, ledger: Ledger): Promise<Fetched | undefined> {
  try {
    const answer = await client.get(url, { timeoutMs: TIMEOUT_MS, maxBytes: MPD_BYTES });
    return ledger.check(RULES.answers, answer.status === 200, `${answer.status} for ${url}`) ? answer : undefined;
  } catch (error) {
    ledger.check(RULES.answers, false, wordsOf(error));
    return undefined;
  }
}

function checkHead(answer: Fetched, previous: Mpd | undefined, ledger: Ledger): void {
  const { headers, isPacked } = answer;
  const type = typeOf(answer);
  ledger.check(RULES.type, type === 'application/dash+xml', `it comes as “${type}”`);
  ledger.check(RULES.gzip, isPacked, 'it is not packed');
  const allowed = headers['access-control-allow-origin'];
  ledger.check(RULES.crossOrigin, allowed !== undefined, 'the MPD has no Access-Control-Allow-Origin');
  const hasValidator = headers.etag !== undefined || headers['last-modified'] !== undefined;
  ledger.check(RULES.validator, hasValidator, 'it has neither');
  const update = previous?.minimumUpdatePeriodSeconds;
  if (previous?.type === 'dynamic' && update !== undefined) {
    const most = Math.max(1, update + (previous.maxSegmentDurationSeconds ?? 0));
    const said = `it has Cache-Control: ${headers['cache-control'] ?? 'nothing'}`;
    ledger.check(RULES.cached, (maxAgeOf(answer) ?? Number.POSITIVE_INFINITY) <= most, said);
  }
}

function readMpd({ body }: Fetched, ledger: Ledger): Mpd | undefined {
  const text = new TextDecoder().decode(body);
  checkMpdSchema(text, { observe: ledger.observe('the MPD') });
  try {
    const mpd = parseMpd(text);
    ledger.check(RULES.wellFormed, true, '');
    return mpd;
  } catch (error) {
    ledger.check(RULES.wellFormed, false, wordsOf(error));
    return undefined;
  }
}

/** An answer that has not changed meanwhile is a 304; one that has is another version. */
async function checkConditional(url: string, client: Client, ledger: Ledger): Promise<void> {
  try {
    const { headers } = await client.get(url, { timeoutMs: TIMEOUT_MS, maxBytes: MPD_BYTES });
    const { etag, 'last-modified': modified } = headers;
    if (etag === undefined && modified === undefined) {
      return;
    }
    const { status, headers: now } = await client.get(url, {
      timeoutMs: TIMEOUT_MS,
      maxBytes: MPD_BYTES,
      headers: etag === undefined ? { 'If-Modified-Since': modified ?? '' } : { 'If-None-Match': etag },
    });
    const isAnother = status === 200 && (now.etag !== etag || now['last-modified'] !== modified);
    ledger.check(RULES.conditional, status === 304 || isAnother, `it answers ${status}`);
  } catch (error) {
    ledger.check(RULES.answers, false, wordsOf(error));
  }
}

/** The best and the least of the first set of pictures, and the first of other sets. */
function chosen(tracks: readonly ResolvedTrack[]): readonly ResolvedTrack[] {
  const bySet = [...Map.groupBy(tracks, ({ set }) => set).values()];
  const sorted = bySet.map((set) =>
    set.toSorted((a, b) => b.representation.bandwidth - a.representation.bandwidth),
  );
  const [pictures = [], ...others] = sorted.toSorted((a, b) => Number(isPicture(b)) - Number(isPicture(a)));
  const [best, least] = [pictures[0], pictures.length > 1 ? pictures.at(-1) : undefined];
  return [best, least, ...others.map(([first]) => first)]
    .filter((one) => one !== undefined)
    .slice(0, MAX_FOLLOWED);
}

function isPicture([first]: readonly ResolvedTrack[]): boolean {
  const type = first?.set.contentType ?? first?.set.mimeType ?? first?.representation.mimeType ?? '';
  return type.startsWith('video');
}

function createFollowed(client: Client, ledger: Ledger): (track: ResolvedTrack) => Followed {
  const followed = new Map<string, Followed>();
  return ({ set, representation }) => {
    const key = `${set.id ?? ''} ${representation.id}`;
    const known = followed.get(key) ?? { media: createTrackMedia({ client, ledger }), last: undefined };
    followed.set(key, known);
    return known;
  };
}

/** What is looked at once: all of the window, what is far ahead, what connected Periods share. */
async function checkOnce(
  { mpd, periods, base, nowMs }: Loaded,
  client: Client,
  ledger: Ledger,
  mediaFor: (track: ResolvedTrack) => Followed,
): Promise<void> {
  const now = toMpdSeconds(mpd, nowMs);
  const depth = mpd.timeShiftBufferDepthSeconds ?? Number.POSITIVE_INFINITY;
  for (const [index, period] of periods.entries()) {
    const isLast = index === periods.length - 1;
    for (const track of chosen(period.tracks)) {
      const listed = segmentsOf(mpd, base, period, track, now);
      const inBuffer = listed.filter(
        ({ startSeconds, endSeconds }) =>
          mpd.type === 'static' || (startSeconds >= now - depth + 1 && endSeconds <= now - 1),
      );
      const sampled = spread(inBuffer, SAMPLES);
      await Promise.all(
        sampled.map((one) => checkThere(`${track.at}, segment ${one.time}`, one.url(), client, ledger)),
      );
      const last = listed.at(-1);
      const ahead = last === undefined || !isLast ? undefined : farAhead(mpd, base, period, track, last);
      if (ahead !== undefined) {
        await checkAhead(track.at, ahead, client, ledger);
      }
    }
    await checkConnected({ mpd, periods, base, nowMs }, index, ledger, mediaFor);
  }
}

async function checkThere(what: string, url: string, client: Client, ledger: Ledger): Promise<void> {
  try {
    const { status } = await client.get(url, { timeoutMs: TIMEOUT_MS, maxBytes: 0, headOnly: true });
    ledger.check(RULES.buffer, status === 200, `${what}: ${status} for ${url}`);
  } catch (error) {
    ledger.check(RULES.buffer, false, `${what}: ${wordsOf(error)}`);
  }
}

async function checkAhead(what: string, url: string, client: Client, ledger: Ledger): Promise<void> {
  try {
    const { status } = await client.get(url, { timeoutMs: TIMEOUT_MS, maxBytes: 0, headOnly: true });
    ledger.check(RULES.early, status >= 400 && status < 500, `${what}: ${status} for ${url}`);
  } catch (error) {
    ledger.check(RULES.early, false, `${what}: ${wordsOf(error)}`);
  }
}

async function checkConnected(
  { mpd, periods, base }: Loaded,
  index: number,
  ledger: Ledger,
  mediaFor: (track: ResolvedTrack) => Followed,
): Promise<void> {
  const period = periods[index];
  for (const track of period?.tracks ?? []) {
    const named = track.set.supplementalProperties?.find(
      ({ schemeIdUri }) => schemeIdUri === PERIOD_CONNECTIVITY || schemeIdUri === PERIOD_CONTINUITY,
    )?.value;
    const before = periods.slice(0, index).find((one) => one.period.id === named);
    const other = before?.tracks.find((one) => one.representation.id === track.representation.id);
    const urls =
      period === undefined || before === undefined || other === undefined
        ? []
        : [initializationOf(mpd, base, before, other), initializationOf(mpd, base, period, track)];
    const [a, b] = urls;
    if (other === undefined || a === undefined || b === undefined) {
      continue;
    }
    const { media } = mediaFor(track);
    const [first, second] = [await media.initialization(other, a), await media.initialization(track, b)];
    const isSame = first === undefined || second === undefined || Buffer.compare(first.bytes, second.bytes) === 0;
    ledger.check(RULES.connected, isSame, `${track.at} has another one than Period ${named ?? ''}`);
  }
}

/** Some of them, the first and the last among them. */
function spread<T>(items: readonly T[], count: number): readonly T[] {
  if (items.length <= count) {
    return items;
  }
  const step = (items.length - 1) / (count - 1);
  return Array.from({ length: count }, (_, index) => items[Math.round(index * step)]).filter(
    (one) => one !== undefined,
  );
}

/** Reads what has come since the last update, and the one that is being made. Gives the number of segments. */
async function readNew(
  { mpd, periods, base }: Loaded,
  mediaFor: (track: ResolvedTrack) => Followed,
  nowMs: () => number,
): Promise<number> {
  const isLive = mpd.type === 'dynamic';
  const nowSeconds = (): number => toMpdSeconds(mpd, nowMs());
  let count = 0;
  // Of a broadcast only the last Period grows; of a recording each is read in turn.
  for (const period of isLive ? periods.slice(-1) : periods) {
    const read = chosen(period.tracks).map(async (track): Promise<number> => {
      const initialization = initializationOf(mpd, base, period, track);
      if (initialization === undefined) {
        return 0;
      }
      const known = mediaFor(track);
      const listed = segmentsOf(mpd, base, period, track, nowSeconds());
      const complete = listed.filter(({ endSeconds }) => !isLive || endSeconds <= nowSeconds() - SLACK_SECONDS);
      const fresh = freshOf(complete, known, period, isLive);
      const open = isLive ? openOf(listed, track, nowSeconds()) : undefined;
      const growing = open && known.media.growing(track, open, 1000 * (open.endSeconds - nowSeconds()));
      for (const one of fresh) {
        known.last = { period, time: one.time };
        await known.media.segment(track, initialization, one);
      }
      await growing;
      return fresh.length;
    });
    const counts = await Promise.all(read);
    count += counts.reduce((sum, one) => sum + one, 0);
  }
  return count;
}

/** In a row. Of a Period that is new: the newest of a broadcast, the first of a recording. */
function freshOf(
  complete: readonly Listed[],
  { last }: Followed,
  { period }: ResolvedPeriod,
  isLive: boolean,
): readonly Listed[] {
  if (last === undefined || last.period.period.id !== period.id) {
    return isLive ? complete.slice(-MAX_NEW) : complete.slice(0, MAX_NEW);
  }
  return complete.filter(({ time }) => time > last.time).slice(0, MAX_NEW);
}

/** One that may be asked for although it has not ended: chunked, and with enough of it to come. */
function openOf(listed: readonly Listed[], track: ResolvedTrack, nowSeconds: number): Listed | undefined {
  const { availabilityTimeOffset, template } = track;
  if (template?.availabilityTimeComplete !== false || availabilityTimeOffset <= 0) {
    return undefined;
  }
  return listed.find(
    ({ endSeconds }) =>
      endSeconds - availabilityTimeOffset <= nowSeconds && endSeconds - nowSeconds >= LEAST_OPEN_SECONDS,
  );
}

/**
 * Seconds from a moment until a segment can be had that is still being made: updates that come at any moment may all come when there is none. 0
 * where there never is one.
 */
function secondsUntilOpen({ mpd, periods, base }: Loaded, fromSeconds: number): number {
  const period = periods.at(-1);
  const track =
    period && chosen(period.tracks).find(({ template }) => template?.availabilityTimeComplete === false);
  const newest = track && segmentsOf(mpd, base, period, track, fromSeconds).at(-1);
  const spare = (track?.availabilityTimeOffset ?? 0) - LEAST_OPEN_SECONDS;
  if (newest === undefined || spare <= 0 || newest.endSeconds <= newest.startSeconds) {
    return 0;
  }
  const { startSeconds, endSeconds } = newest;
  const length = endSeconds - startSeconds;
  // A third of the time behind its beginning: on a busy computer an update comes late.
  const open = endSeconds - LEAST_OPEN_SECONDS - (2 / 3) * spare;
  return (((open - fromSeconds) % length) + length) % length;
}
