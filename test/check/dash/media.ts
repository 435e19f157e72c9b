import { setTimeout as delay } from 'node:timers/promises';
import type { ResolvedTrack } from '../../../src-main/manifest/dash/check/resolved-mpd.ts';
import { type Client, type Fetched, typeOf, wordsOf } from '../client.ts';
import {
  endOf,
  type HeaderTrack,
  type MediaPiece,
  readChecked,
  readHeader,
  type TrackPiece,
} from '../fragments.ts';
import type { Ledger } from '../ledger.ts';
import { RULES } from './rules.ts';
import type { Listed } from './segments.ts';

/** Reads the segments of one representation in their order and holds them against what the MPD says of them. */
export type TrackMedia = {
  /** The next segment of the Period. It is there as a whole, or is being made: then only as much is expected of it. */
  readonly segment: (track: ResolvedTrack, initialization: string, listed: Listed) => Promise<void>;
  /** Asked for while it is made: `untilEndMs` is how long it still takes. */
  readonly growing: (track: ResolvedTrack, listed: Listed, untilEndMs: number) => Promise<void>;
  readonly initialization: (track: ResolvedTrack, url: string) => Promise<Initialization | undefined>;
};

export type Initialization = { readonly bytes: Uint8Array; readonly header: readonly HeaderTrack[] };

const TIMEOUT_MS = 20_000;
const MEDIA_BYTES = 128 * 1024 * 1024;
const KEY_ID_BYTES = 16;
/** What is being made has to begin before its end by this much, or it was only late. */
const BEFORE_END_MS = 100;
const RETRY_MS = 300;

export function createTrackMedia(options: { readonly client: Client; readonly ledger: Ledger }): TrackMedia {
  const { client, ledger } = options;
  const known = new Map<string, Initialization | undefined>();
  /** Where the segment before ended, and what the MPD said of its end. */
  let before: { readonly end: bigint; readonly listedEnd: bigint } | undefined;

  async function get(url: string): Promise<Fetched> {
    return await client.get(url, { timeoutMs: TIMEOUT_MS, maxBytes: MEDIA_BYTES });
  }

  /** The segment; undefined when it cannot be had, which is a broken rule. */
  async function fetchSegment(what: string, listed: Listed): Promise<Fetched | undefined> {
    try {
      let answer = await get(listed.url());
      if (answer.status !== 200) {
        // Clocks of computers are not one; a moment later it has to be there.
        await delay(RETRY_MS);
        answer = await get(listed.url());
      }
      const isThere = answer.status === 200;
      ledger.check(RULES.available, isThere, `${what}: ${answer.status} for ${answer.url}`);
      return isThere ? answer : undefined;
    } catch (error) {
      ledger.check(RULES.available, false, `${what}: ${wordsOf(error)}`);
      return undefined;
    }
  }

  function checkHead(what: string, track: ResolvedTrack, answer: Fetched): void {
    const said = track.representation.mimeType ?? track.set.mimeType ?? '';
    const [wanted = ''] = said.split(';', 1);
    const type = typeOf(answer);
    ledger.check(
      RULES.mediaType,
      type === wanted.trim().toLowerCase(),
      `${what} comes as “${type}”, not ${wanted}`,
    );
    const allowed = answer.headers['access-control-allow-origin'];
    ledger.check(RULES.crossOrigin, allowed !== undefined, `${what} has no Access-Control-Allow-Origin`);
  }

  async function initialization(track: ResolvedTrack, url: string): Promise<Initialization | undefined> {
    if (known.has(url)) {
      return known.get(url);
    }
    const what = `${track.at}, initialization segment`;
    let found: Initialization | undefined;
    try {
      const answer = await get(url);
      if (ledger.check(RULES.initialization, answer.status === 200, `${what}: ${answer.status} for ${url}`)) {
        const header = readHeader(answer.body);
        ledger.check(RULES.initialization, header.length > 0, `${what} has no track`);
        found = { bytes: answer.body, header };
        checkHeader(what, track, found);
      }
    } catch (error) {
      ledger.check(RULES.initialization, false, `${what}: ${wordsOf(error)}`);
    }
    known.set(url, found);
    return found;
  }

  function checkHeader(what: string, track: ResolvedTrack, { bytes, header }: Initialization): void {
    const [first] = header;
    const said = track.template?.timescale;
    ledger.check(
      RULES.timescale,
      first === undefined || said === first.timescale,
      `${what} has ${first?.timescale ?? 0} ticks per second, the MPD says ${said ?? 0}`,
    );
    const protections = [
      ...(track.set.contentProtections ?? []),
      ...(track.representation.contentProtections ?? []),
    ];
    const listed = protections.find(({ defaultKid }) => defaultKid !== undefined)?.defaultKid?.replaceAll('-', '');
    const own = defaultKeyId(bytes);
    if (listed !== undefined || own !== undefined) {
      ledger.check(RULES.keyId, listed === own, `${what} has ${own ?? 'none'}, the MPD says ${listed ?? 'none'}`);
    }
  }

  function checkTimes(what: string, track: ResolvedTrack, listed: Listed, piece: MediaPiece): void {
    const [first] = piece.tracks;
    if (first?.decodeTime === undefined) {
      return;
    }
    const { decodeTime, presentationOffset } = first;
    const earliest = decodeTime + BigInt(presentationOffset);
    const said = `${what} begins at ${earliest}, the MPD says ${listed.time}`;
    if (listed.isExplicit) {
      // The earliest presentation time; where an edit list shifts that, the decode time is it.
      ledger.check(RULES.startTime, earliest === listed.time || decodeTime === listed.time, said);
    } else {
      const away = Number(earliest - listed.time);
      ledger.check(RULES.nominalTime, Math.abs(away) <= listed.duration / 2, said);
    }
    const startsWithSap = track.representation.startWithSap ?? track.set.startWithSap;
    if (first.track.handler === 'vide' && (startsWithSap === 1 || startsWithSap === 2)) {
      const begins = first.beginsWithSync && first.beginsWithKeyFrame !== false;
      ledger.check(RULES.startsWithKey, begins, `${what} begins with something else`);
    }
  }

  function checkLength(what: string, listed: Listed, piece: MediaPiece): void {
    const own = piece.tracks.filter(({ track }) => track === piece.tracks[0]?.track);
    const total = own.reduce((sum, { duration }) => sum + duration, 0n);
    if (listed.isExplicit) {
      ledger.check(
        RULES.duration,
        total === BigInt(listed.duration),
        `${what} has ${total} ticks, the MPD says ${listed.duration}`,
      );
    }
    const first = own[0]?.decodeTime;
    const last = own.at(-1);
    const end = last === undefined ? undefined : endOf(last);
    const goesOn = before !== undefined && (!listed.isExplicit || before.listedEnd === listed.time);
    if (before !== undefined && goesOn && first !== undefined) {
      const said = `${what} begins at ${first}, the one before it ends at ${before.end}`;
      ledger.check(RULES.continuity, first === before.end, said);
    }
    const chunked = inOrder(own);
    ledger.check(RULES.continuity, chunked, `${what} has chunks that do not follow each other`);
    before = end === undefined ? undefined : { end, listedEnd: listed.time + BigInt(listed.duration) };
  }

  function checkMessages(what: string, track: ResolvedTrack, piece: MediaPiece): void {
    const streams = [...(track.set.inbandEventStreams ?? []), ...(track.representation.inbandEventStreams ?? [])];
    for (const { message, isBeforeMedia } of piece.messages) {
      const { schemeIdUri, value } = message;
      const isDeclared = streams.some(
        (stream) => stream.schemeIdUri === schemeIdUri && (stream.value === undefined || stream.value === value),
      );
      ledger.check(RULES.declared, isDeclared, `${what} has an emsg of ${schemeIdUri} “${value}”`);
      ledger.check(RULES.beforeMedia, isBeforeMedia, `${what} has an emsg between moof and mdat`);
    }
  }

  return {
    initialization,
    async segment(track, initializationUrl, listed) {
      const what = `${track.at}, segment ${listed.time}`;
      const answer = await fetchSegment(what, listed);
      const header = (await initialization(track, initializationUrl))?.header;
      if (answer === undefined || header === undefined) {
        before = undefined;
        return;
      }
      checkHead(what, track, answer);
      const piece = readChecked(ledger, RULES, what, answer.body, header);
      if (piece === undefined) {
        before = undefined;
        return;
      }
      checkTimes(what, track, listed, piece);
      checkLength(what, listed, piece);
      checkMessages(what, track, piece);
      if (track.template?.availabilityTimeComplete === false && track.availabilityTimeOffset > 0) {
        ledger.check(RULES.chunks, piece.fragments > 1, `${what} is ${piece.fragments} chunk`);
      }
    },
    async growing(track, listed, untilEndMs) {
      const what = `${track.at}, segment ${listed.time}`;
      try {
        const answer = await get(listed.url());
        const firstMs = (answer.firstByteAtMs ?? answer.endAtMs) - answer.sentAtMs;
        ledger.check(
          RULES.growing,
          answer.status === 200 && firstMs < Math.max(BEFORE_END_MS, untilEndMs - BEFORE_END_MS),
          `${what}: ${answer.status}, its first byte after ${Math.round(firstMs)} ms, ${Math.round(untilEndMs)} ms before its end`,
        );
      } catch (error) {
        ledger.check(RULES.growing, false, `${what}: ${wordsOf(error)}`);
      }
    },
  };
}

function inOrder(pieces: readonly TrackPiece[]): boolean {
  return pieces.every((piece, index) => {
    const previous = pieces[index - 1];
    return previous === undefined || piece.decodeTime === undefined || endOf(previous) === piece.decodeTime;
  });
}

/** Of the first `tenc` (23001-7 §8.2), in lower case without hyphens. */
function defaultKeyId(bytes: Uint8Array): string | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const at = buffer.indexOf('tenc');
  // Version and flags, reserved or pattern, isProtected, size of the IV.
  const start = at + 4 + 4 + 4;
  return at < 0 || start + KEY_ID_BYTES > buffer.length
    ? undefined
    : buffer.subarray(start, start + KEY_ID_BYTES).toString('hex');
}
