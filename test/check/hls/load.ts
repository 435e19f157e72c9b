import type { MediaPlaylist } from '../../../src-main/manifest/hls/media-playlist.ts';
import { parseMediaPlaylist } from '../../../src-main/manifest/hls/parse-media-playlist.ts';
import { type Client, type Fetched, maxAgeOf, typeOf, wordsOf } from '../client.ts';
import type { Ledger } from '../ledger.ts';
import { withDirectives } from './position.ts';
import { RULES } from './rules.ts';

export const PLAYLIST_BYTES = 16 * 1024 * 1024;
export const TIMEOUT_MS = 15_000;
const PLAYLIST_TYPES: ReadonlySet<string> = new Set(['application/vnd.apple.mpegurl', 'audio/mpegurl']);
/** What answers late by this much is not late: the way here, and a busy computer at either end. */
const WAY_SECONDS = 2;

export type Directives = {
  readonly sequence?: number | undefined;
  readonly part?: number | undefined;
  readonly skip?: 'YES' | 'v2' | undefined;
};

/** A playlist as it came, which may be a delta update. */
export type Loaded = { readonly playlist: MediaPlaylist; readonly answer: Fetched };

export type Loader = {
  /** One answer, held against all rules that any answer with a playlist keeps. Undefined when there is none. */
  readonly load: (directives: Directives, targetSeconds: number | undefined) => Promise<Loaded | undefined>;
  /** Only the answer; the status is for the caller to judge. */
  readonly ask: (directives: Readonly<Record<string, string | number>>, timeoutMs?: number) => Promise<Fetched>;
};

export function createLoader(options: {
  readonly name: string;
  readonly url: string;
  readonly client: Client;
  readonly ledger: Ledger;
}): Loader {
  const { name, url, client, ledger } = options;

  async function ask(
    directives: Readonly<Record<string, string | number>>,
    timeoutMs = TIMEOUT_MS,
  ): Promise<Fetched> {
    return await client.get(withDirectives(url, directives), { timeoutMs, maxBytes: PLAYLIST_BYTES });
  }

  function checkCaching(answer: Fetched, playlist: MediaPlaylist, isBlocking: boolean): void {
    const { targetDurationSeconds, endList } = playlist;
    const maxAge = maxAgeOf(answer);
    const said = `${name} has Cache-Control: ${answer.headers['cache-control'] ?? 'nothing'}`;
    if (endList === true) {
      return;
    }
    if (isBlocking) {
      const fits = maxAge !== undefined && maxAge > 0 && maxAge <= 6 * targetDurationSeconds;
      ledger.check(RULES.cachesBlocking, fits, said);
    } else {
      const most = Math.max(1, targetDurationSeconds / 2);
      ledger.check(RULES.cachesPlain, maxAge !== undefined && maxAge <= most, said);
    }
  }

  return {
    ask,
    async load({ sequence, part, skip }, targetSeconds) {
      const isBlocking = sequence !== undefined;
      const directives = {
        ...(sequence === undefined ? {} : { _HLS_msn: sequence }),
        ...(part === undefined ? {} : { _HLS_part: part }),
        ...(skip === undefined ? {} : { _HLS_skip: skip }),
      };
      const heldSeconds = isBlocking ? 3 * (targetSeconds ?? 0) : 0;
      let answer: Fetched;
      try {
        answer = await ask(directives, TIMEOUT_MS + heldSeconds * 1000);
      } catch (error) {
        ledger.check(RULES.answers, false, `${name}: ${wordsOf(error)}`);
        return undefined;
      }
      const tookSeconds = (answer.headAtMs - answer.sentAtMs) / 1000;
      if (isBlocking) {
        ledger.check(
          RULES.within,
          tookSeconds <= heldSeconds + WAY_SECONDS,
          `${name} answered after ${tookSeconds.toFixed(1)} s`,
        );
      }
      if (!ledger.check(RULES.answers, answer.status === 200, `${name}: ${answer.status} for ${answer.url}`)) {
        return undefined;
      }
      checkHead(ledger, name, answer);
      const playlist = readPlaylist(ledger, name, answer, parseMediaPlaylist);
      if (playlist === undefined) {
        return undefined;
      }
      checkCaching(answer, playlist, isBlocking);
      ledger.check(RULES.notAsked, skip !== undefined || playlist.skip === undefined, `${name} has EXT-X-SKIP`);
      return { playlist, answer };
    },
  };
}

/** What holds for the head of every answer with a playlist. */
export function checkHead(ledger: Ledger, name: string, answer: Fetched): void {
  const { headers, url, isPacked } = answer;
  const isNamed = /\.m3u8?$/.test(new URL(url).pathname);
  const type = typeOf(answer);
  ledger.check(RULES.type, isNamed || PLAYLIST_TYPES.has(type), `${name} comes as “${type}”`);
  ledger.check(RULES.gzip, isPacked, `${name} is not packed`);
  const allowed = headers['access-control-allow-origin'];
  ledger.check(RULES.crossOrigin, allowed !== undefined, `${name} has no Access-Control-Allow-Origin`);
}

/** Undefined when it cannot be read, which is a broken rule. */
export function readPlaylist<T>(
  ledger: Ledger,
  name: string,
  { body }: Fetched,
  parse: (text: string) => T,
): T | undefined {
  try {
    const playlist = parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body));
    ledger.check(RULES.wellFormed, true, '');
    return playlist;
  } catch (error) {
    ledger.check(RULES.wellFormed, false, `${name}: ${wordsOf(error)}`);
    return undefined;
  }
}
