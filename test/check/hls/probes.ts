import type { MediaPlaylist } from '../../../src-main/manifest/hls/media-playlist.ts';
import { parseMediaPlaylist } from '../../../src-main/manifest/hls/parse-media-playlist.ts';
import { type Client, type Fetched, maxAgeOf, wordsOf } from '../client.ts';
import type { Ledger } from '../ledger.ts';
import type { Followed } from './follow.ts';
import { advancePartLimit, contains, nextPosition } from './position.ts';
import { RULES } from './rules.ts';

/** Requests that a well-behaved player does not make, or makes once: what the draft says of their answers. */
export async function probe(followed: Followed, client: Client, ledger: Ledger): Promise<void> {
  const playlist = followed.latest();
  if (playlist === undefined || playlist.endList === true) {
    return;
  }
  for (const one of [refusals, past, segmentOnly, behindLast, skipWhereNotOffered, missing]) {
    try {
      await one(followed, client, ledger);
    } catch (error) {
      ledger.check(RULES.answers, false, `${followed.name}: ${wordsOf(error)}`);
    }
  }
}

/** So quick is what needs no waiting, through a network and two busy computers. */
const AT_ONCE_MS = 2500;

function tookMs({ headAtMs, sentAtMs }: Fetched): number {
  return headAtMs - sentAtMs;
}

function read({ status, body }: Fetched): MediaPlaylist | undefined {
  try {
    return status === 200 ? parseMediaPlaylist(new TextDecoder().decode(body)) : undefined;
  } catch {
    // That it cannot be read is told where it is followed.
    return undefined;
  }
}

async function refusals({ name, loader, latest }: Followed, _: Client, ledger: Ledger): Promise<void> {
  const current = latest();
  if (current?.serverControl?.canBlockReload !== true) {
    return;
  }
  const next = nextPosition(current);
  const heldMs = 3000 * current.targetDurationSeconds + 5000;
  const alone = await loader.ask({ _HLS_part: 0 });
  ledger.check(RULES.partAlone, alone.status === 400, `${name} answers ${alone.status}`);
  const far = await loader.ask({ _HLS_msn: next.sequence + 20 }, heldMs);
  ledger.check(
    RULES.farSegment,
    far.status === 400 && tookMs(far) < AT_ONCE_MS,
    `${name} answers ${far.status} after ${Math.round(tookMs(far))} ms for 20 segments ahead`,
  );
  if (current.partTargetSeconds !== undefined) {
    // Of the segment behind the open one: that one may be complete when this is asked for, and then it would be the part after it.
    const sequence = next.sequence + 1;
    const part = advancePartLimit(current) + 100;
    const farPart = await loader.ask({ _HLS_msn: sequence, _HLS_part: part }, heldMs);
    ledger.check(
      RULES.farPart,
      farPart.status === 400 && tookMs(farPart) < AT_ONCE_MS,
      `${name} answers ${farPart.status} after ${Math.round(tookMs(farPart))} ms for part ${sequence}.${part}`,
    );
  }
}

async function past({ name, loader, latest }: Followed, _: Client, ledger: Ledger): Promise<void> {
  const current = latest();
  if (current?.serverControl?.canBlockReload !== true) {
    return;
  }
  const answer = await loader.ask({ _HLS_msn: Math.max(0, current.mediaSequence - 1), _HLS_part: 0 });
  const playlist = read(answer);
  ledger.check(
    RULES.past,
    playlist?.skip === undefined && playlist !== undefined && tookMs(answer) < AT_ONCE_MS,
    `${name} answers ${answer.status} after ${Math.round(tookMs(answer))} ms`,
  );
}

/** `_HLS_msn` alone waits for the whole segment. */
async function segmentOnly({ name, loader, latest }: Followed, _: Client, ledger: Ledger): Promise<void> {
  const current = latest();
  if (current?.serverControl?.canBlockReload !== true) {
    return;
  }
  const { sequence } = nextPosition(current);
  const answer = await loader.ask({ _HLS_msn: sequence }, 3000 * current.targetDurationSeconds + 5000);
  const playlist = read(answer);
  ledger.check(
    RULES.blocksSegment,
    playlist !== undefined && contains(playlist, sequence, undefined),
    `${name} answers ${answer.status} without segment ${sequence}`,
  );
}

/** A part behind the last one of a complete segment (§6.2.5.2). */
async function behindLast({ name, loader, latest }: Followed, _: Client, ledger: Ledger): Promise<void> {
  const current = latest();
  const parts = current?.segments.at(-1)?.parts?.length ?? 0;
  if (current?.serverControl?.canBlockReload !== true || parts === 0) {
    return;
  }
  const sequence = nextPosition(current).sequence - 1;
  const answer = await loader.ask(
    { _HLS_msn: sequence, _HLS_part: parts },
    3000 * current.targetDurationSeconds + 5000,
  );
  const playlist = read(answer);
  ledger.check(
    RULES.nextSegment,
    playlist !== undefined && contains(playlist, sequence + 1, 0),
    `${name} answers ${answer.status} for part ${sequence}.${parts}`,
  );
}

async function skipWhereNotOffered({ name, loader, latest }: Followed, _: Client, ledger: Ledger): Promise<void> {
  if (latest()?.serverControl?.canSkipUntilSeconds !== undefined) {
    return;
  }
  const playlist = read(await loader.ask({ _HLS_skip: 'YES' }));
  ledger.check(RULES.skipIgnored, playlist !== undefined && playlist.skip === undefined, `${name} has EXT-X-SKIP`);
}

/** The address of a segment with another number, which nobody has hinted. */
async function missing({ name, url, latest }: Followed, client: Client, ledger: Ledger): Promise<void> {
  const current = latest();
  const uri = current?.segments.at(-1)?.uri;
  if (current === undefined || uri === undefined) {
    return;
  }
  const address = new URL(uri, url);
  // Sequence number or time: either way there is none between this one and a hundred further.
  const last = address.pathname.split('/').at(-1) ?? '';
  const number = last.match(/\d+/g)?.toSorted((a, b) => b.length - a.length)[0];
  const other = number === undefined ? `${last}-101` : last.replace(number, String(BigInt(number) + 101n));
  address.pathname = address.pathname.slice(0, -last.length) + other;
  const answer = await client.get(address.href, { timeoutMs: 10_000, maxBytes: 1024 * 1024 });
  ledger.check(RULES.missing, answer.status === 404 || answer.status === 410, `${name}: ${answer.status}`);
  if (answer.status === 404) {
    const most = Math.max(1, current.targetDurationSeconds);
    ledger.check(
      RULES.cachesMissing,
      (maxAgeOf(answer) ?? 0) <= most,
      `${name}: a 404 has Cache-Control: ${answer.headers['cache-control'] ?? ''}`,
    );
  }
}
