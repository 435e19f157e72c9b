import { checkMultivariantPlaylist } from '../../../src-main/manifest/hls/check/check-multivariant-playlist.ts';
import {
  type MultivariantPlaylist,
  parseMultivariantPlaylist,
} from '../../../src-main/manifest/hls/multivariant-playlist.ts';
import { type CheckedStream, type CheckOptions, NotAStream } from '../checked-stream.ts';
import { type Client, type Fetched, wordsOf } from '../client.ts';
import { createLedger, type Ledger } from '../ledger.ts';
import { type Followed, follow } from './follow.ts';
import { checkHead, PLAYLIST_BYTES, readPlaylist, TIMEOUT_MS } from './load.ts';
import { probe } from './probes.ts';
import { checkReports, checkTogether, plain } from './renditions.ts';
import { RULES, TITLES } from './rules.ts';
import { checkRemoved } from './stays.ts';

/** More playlists than these are read, but not followed: the best and the least variant, and sounds. */
const MAX_FOLLOWED = 4;
const ROUND_MS = 2000;
const PROTOCOL_MS = 5000;

/**
 * Follows a multivariant or media playlist for some seconds and holds it against the rules. Throws `NotAStream` when there is nothing to
 * follow.
 */
export async function checkHls(options: CheckOptions): Promise<CheckedStream> {
  const { url, seconds, client, signal, wait, tell } = options;
  const startMs = performance.now();
  const ledger = createLedger({
    rules: Object.values(RULES),
    titles: TITLES,
    elapsedSeconds: () => (performance.now() - startMs) / 1000,
    signal,
    onBroken: options.onBroken,
  });
  const answer = await firstAnswer(url, client);
  checkHead(ledger, 'the address', answer);
  await checkProtocol(answer.url, client, ledger);
  const playlists = playlistsOf(answer, ledger);
  if (playlists.length === 0) {
    return { counts: ledger.counts(), summary: 'the multivariant playlist cannot be read' };
  }
  const untilMs = performance.now() + seconds * 1000;
  // Whoever gives a media playlist says nothing of the others.
  const known = isMultivariant(answer) ? new Set(playlists.map((one) => plain(one.url))) : undefined;
  const followed = chosen(playlists).map((one) =>
    follow({ ...one, client, ledger, untilMs, signal, wait, otherRenditions: playlists.length - 1 }),
  );
  tell(`following ${followed.map(({ name }) => name).join(', ')} for ${seconds} s`);
  const running = Promise.all(followed.map((one) => one.run()));
  const looking = lookAround(followed, known, { untilMs, signal, client, ledger, wait });
  await running;
  await looking;
  checkTogether(followed, ledger);
  const hasParts = followed.some(({ counts }) => counts().parts > 0);
  ledger.check(RULES.lowLatency, hasParts, 'no playlist has EXT-X-PART: this is no low-latency stream');
  return { counts: ledger.counts(), summary: summaryOf(followed, playlists.length, client) };
}

async function firstAnswer(url: string, client: Client): Promise<Fetched> {
  let answer: Fetched;
  try {
    answer = await client.get(url, { timeoutMs: TIMEOUT_MS, maxBytes: PLAYLIST_BYTES });
  } catch (error) {
    throw new NotAStream(wordsOf(error), { cause: error });
  }
  if (answer.status !== 200) {
    throw new NotAStream(`${url} is answered with ${answer.status}`);
  }
  const text = new TextDecoder().decode(answer.body).trimStart();
  if (!text.replace(/^\uFEFF/, '').startsWith('#EXTM3U')) {
    const other = otherFormat(text);
    throw new NotAStream(`${url} is ${other}, not an HLS playlist`);
  }
  return answer;
}

function otherFormat(text: string): string {
  if (/^(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<MPD[\s>]/s.test(text)) {
    return 'an MPD (npm run check:dash is for those)';
  }
  if (text.includes('<SmoothStreamingMedia')) {
    return 'a Smooth Streaming manifest';
  }
  return /^<(?:!doctype html|html)/i.test(text) ? 'a page of HTML' : `no playlist (“${text.slice(0, 40)}…”)`;
}

async function checkProtocol(url: string, client: Client, ledger: Ledger): Promise<void> {
  try {
    const protocol = await client.protocolOf(url, PROTOCOL_MS);
    ledger.check(RULES.http2, protocol === 'h2', protocol ?? 'http without TLS, where browsers speak HTTP/1.1');
  } catch (error) {
    ledger.check(RULES.http2, false, wordsOf(error));
  }
}

type Listed = {
  readonly name: string;
  readonly url: string;
  readonly bandwidth: number | undefined;
  readonly kind: 'variant' | 'audio' | 'other';
};

/** All media playlists of the stream, each once; the one that was asked for when it is no multivariant playlist. */
function playlistsOf(answer: Fetched, ledger: Ledger): readonly Listed[] {
  if (!isMultivariant(answer)) {
    return [{ name: nameOf(answer.url), url: answer.url, bandwidth: undefined, kind: 'variant' }];
  }
  const playlist = readPlaylist(ledger, 'the multivariant playlist', answer, parseMultivariantPlaylist);
  if (playlist === undefined) {
    return [];
  }
  checkMultivariantPlaylist(playlist, { observe: ledger.observe('the multivariant playlist') });
  const listed = new Map<string, Listed>();
  for (const one of listedIn(playlist, answer.url)) {
    listed.set(plain(one.url), listed.get(plain(one.url)) ?? one);
  }
  if (listed.size === 0) {
    throw new NotAStream('the multivariant playlist lists no media playlist');
  }
  return [...listed.values()];
}

function isMultivariant({ body }: Fetched): boolean {
  return new TextDecoder().decode(body).includes('#EXT-X-STREAM-INF');
}

function listedIn({ variants, renditions }: MultivariantPlaylist, base: string): readonly Listed[] {
  const at = (uri: string): string => new URL(uri, base).href;
  const best = variants.toSorted((a, b) => b.bandwidth - a.bandwidth);
  return [
    ...best.map(
      ({ uri, bandwidth }): Listed => ({ name: nameOf(at(uri)), url: at(uri), bandwidth, kind: 'variant' }),
    ),
    ...renditions.flatMap((rendition): readonly Listed[] => {
      const uri = 'uri' in rendition ? rendition.uri : undefined;
      const kind = rendition.type === 'AUDIO' ? 'audio' : 'other';
      return uri === undefined
        ? []
        : [{ name: `${rendition.type} ${rendition.name}`, url: at(uri), bandwidth: undefined, kind }];
    }),
  ];
}

/** The best and the least variant, then sounds, then what there is. */
function chosen(playlists: readonly Listed[]): readonly Listed[] {
  const variants = playlists.filter(({ kind }) => kind === 'variant');
  const [best, least] = [variants[0], variants.at(-1)];
  const sounds = playlists.filter(({ kind }) => kind === 'audio');
  const first = [best, ...(least === best ? [] : [least]), ...sounds].filter((one) => one !== undefined);
  const others = variants.filter((one) => !first.includes(one));
  return [...first, ...others].slice(0, MAX_FOLLOWED);
}

/** Beside following: what is asked once, reports, what has left, and the renditions held against each other. */
async function lookAround(
  followed: readonly Followed[],
  known: ReadonlySet<string> | undefined,
  options: {
    readonly untilMs: number;
    readonly signal: AbortSignal;
    readonly client: Client;
    readonly ledger: Ledger;
    readonly wait: (ms: number) => Promise<void>;
  },
): Promise<void> {
  const { untilMs, signal, client, ledger, wait } = options;
  const [first] = followed;
  const removed = checkRemoved({ client, ledger });
  let probing: Promise<void> | undefined;
  for (let turn = 0; !signal.aborted && performance.now() < untilMs; turn += 1) {
    // In short steps: what leaves a playlist is seen while it leaves.
    await wait(ROUND_MS / 4);
    if (followed.every((one) => one.hasEnded())) {
      break;
    }
    await guarded(ledger, () => removed.look(followed));
    if (first?.latest() !== undefined) {
      probing ??= probe(first, client, ledger);
    }
    if (turn % 4 !== 1) {
      continue;
    }
    checkTogether(followed, ledger);
    const reporter = followed[Math.floor(turn / 4) % followed.length];
    if (reporter !== undefined) {
      await guarded(ledger, () => checkReports(reporter, known, Math.floor(turn / 4), client, ledger));
    }
  }
  await probing;
}

async function guarded(ledger: Ledger, look: () => Promise<void>): Promise<void> {
  try {
    await look();
  } catch (error) {
    ledger.check(RULES.answers, false, wordsOf(error));
  }
}

function summaryOf(followed: readonly Followed[], playlists: number, client: Client): string {
  const parts = followed.reduce((sum, { counts }) => sum + counts().parts, 0);
  const segments = followed.reduce((sum, { counts }) => sum + counts().segments, 0);
  const leftOut = followed.reduce((sum, { counts }) => sum + counts().leftOut, 0);
  const slow = leftOut === 0 ? '' : `, ${leftOut} left out because this side was too slow`;
  const megabytes = (client.bytes() / 1e6).toFixed(1);
  return `${followed.length} of ${playlists} playlists followed, ${parts} parts and ${segments} segments listed${slow}, ${client.requests()} requests, ${megabytes} MB`;
}

function nameOf(url: string): string {
  const name = new URL(url).pathname.split('/').slice(-2).join('/');
  try {
    return decodeURIComponent(name);
  } catch {
    // Not every server encodes what it should.
    return name;
  }
}
