import { createHash, type Hash } from 'node:crypto';
import type { MediaSegment } from '../../../src-main/manifest/hls/media-segment.ts';
import type { ByteRange } from '../../../src-main/manifest/hls/tags/byte-range.ts';
import type { Key } from '../../../src-main/manifest/hls/tags/key.ts';
import type { Part } from '../../../src-main/manifest/hls/tags/part.ts';
import { type Client, type Fetched, maxAgeOf, typeOf, wordsOf } from '../client.ts';
import {
  endOf,
  type HeaderTrack,
  type MediaPiece,
  presentationSeconds,
  readChecked,
  readHeader,
  type TrackPiece,
} from '../fragments.ts';
import type { Ledger } from '../ledger.ts';
import { RULES } from './rules.ts';

/** A range of a resource; without one, all of it. */
type Span = { readonly offset: number; readonly length: number };

/** What holds for a segment although its line may not say it: tags that go on until others come. */
export type Standing = {
  readonly map: MediaSegment['map'];
  readonly keys: readonly Key[];
  readonly discontinuitySequence: number;
  /** Of the beginning of the segment, also where the segment has no tag of its own. */
  readonly dateMs: number | undefined;
};

export type MediaCheck = {
  /** The next part, in their order. `hinted` is what was asked for before it was listed. */
  readonly part: (
    place: { readonly sequence: number; readonly index: number },
    standing: Standing,
    parts: readonly Part[],
    hinted: Promise<Fetched> | undefined,
  ) => Promise<void>;
  /** A complete segment, behind its parts. */
  readonly segment: (
    sequence: number,
    standing: Standing,
    segment: MediaSegment,
    span: Span | undefined,
  ) => Promise<void>;
  /** A piece was left out: what comes next does not go on from anything. */
  readonly lose: () => void;
  /** Date less presentation time, in seconds, by discontinuity sequence number. */
  readonly dateOffsets: () => ReadonlyMap<number, number>;
};

const MEDIA_BYTES = 64 * 1024 * 1024;
const MEDIA_TIMEOUT_MS = 20_000;
const CONTINUITY_SECONDS = 0.001;
/** Dates have milliseconds, and may be corrected for drift a little. */
const DATE_SECONDS = 0.1;
/** EXTINF and DURATION are rounded. */
const ROUNDING_SECONDS = 0.001;
/** Every so many parts a hinted one is fetched again, and compared. */
const COMPARED = 8;
/** Hinted parts have to come at the speed of the line; so much longer it takes on a busy computer. */
const BURST_SECONDS = 0.25;
const SYNC_BYTE = 0x47;
const TS_PACKET = 188;

export function createMediaCheck(options: {
  readonly name: string;
  /** What relative addresses count from. */
  readonly base: () => string;
  readonly client: Client;
  readonly ledger: Ledger;
  /** Of the variant, in bits per second; undefined for renditions. */
  readonly bandwidth: number | undefined;
  readonly targetSeconds: () => number;
}): MediaCheck {
  const { name, base, client, ledger, bandwidth, targetSeconds } = options;
  const headers = new Map<string, readonly HeaderTrack[] | undefined>();
  /** Where each track has to go on. */
  let next = new Map<number, bigint>();
  let discontinuitySequence: number | undefined;
  /** Of the segment whose parts are being taken. */
  let taken: { readonly sequence: number; readonly hash: Hash; count: number; isWhole: boolean } | undefined;
  let hintedParts = 0;
  const dateOffsets = new Map<number, number>();

  async function get(uri: string, span: Span | undefined): Promise<Fetched> {
    const range = span === undefined ? undefined : `bytes=${span.offset}-${span.offset + span.length - 1}`;
    return await client.get(new URL(uri, base()).href, {
      timeoutMs: MEDIA_TIMEOUT_MS,
      maxBytes: MEDIA_BYTES,
      headers: range === undefined ? {} : { Range: range },
    });
  }

  /** The bytes; undefined when they cannot be had, which is a broken rule. */
  async function bytesOf(what: string, uri: string, span: Span | undefined): Promise<Uint8Array | undefined> {
    let answer: Fetched;
    try {
      answer = await get(uri, span);
    } catch (error) {
      ledger.check(RULES.media, false, `${what}: ${wordsOf(error)}`);
      return undefined;
    }
    const { status, body } = answer;
    if (span !== undefined && status === 200) {
      ledger.check(RULES.range, false, `${what} was asked for with a range and came whole`);
      return body.subarray(span.offset, span.offset + span.length);
    }
    const isThere = status === (span === undefined ? 200 : 206);
    if (!ledger.check(RULES.media, isThere, `${what}: ${status} for ${answer.url}`)) {
      return undefined;
    }
    if (span !== undefined) {
      const isAsked = body.length === span.length;
      ledger.check(RULES.range, isAsked, `${what} has ${body.length} bytes, ${span.length} were asked for`);
    }
    checkMediaHead(what, answer);
    return body;
  }

  function checkMediaHead(what: string, answer: Fetched): void {
    const type = typeOf(answer);
    const isMedia = /^(?:video|audio|image|text\/vtt|application\/(?:mp4|ttml\+xml|octet-stream))/.test(type);
    ledger.check(RULES.mediaType, isMedia, `${what} comes as “${type}”`);
    ledger.check(
      RULES.cachesMedia,
      (maxAgeOf(answer) ?? 0) > 0,
      `${what} has Cache-Control: ${answer.headers['cache-control'] ?? 'nothing'}`,
    );
    const allowed = answer.headers['access-control-allow-origin'];
    ledger.check(RULES.crossOrigin, allowed !== undefined, `${what} has no Access-Control-Allow-Origin`);
  }

  async function headerOf({ map }: Standing): Promise<readonly HeaderTrack[] | undefined> {
    if (map === undefined) {
      return undefined;
    }
    const key = `${map.uri} ${map.byteRange?.offset ?? ''}`;
    if (headers.has(key)) {
      return headers.get(key);
    }
    const what = `${name}, initialization section ${map.uri}`;
    let header: readonly HeaderTrack[] | undefined;
    const span = map.byteRange;
    const bytes = await bytesOf(what, map.uri, span);
    if (bytes !== undefined) {
      try {
        header = readHeader(bytes);
        ledger.check(RULES.initialization, header.length > 0, `${what} has no track`);
      } catch (error) {
        ledger.check(RULES.initialization, false, `${what}: ${wordsOf(error)}`);
      }
    }
    headers.set(key, header);
    return header;
  }

  /** Undefined for what is no fragmented MP4, too. */
  function read(
    what: string,
    bytes: Uint8Array,
    header: readonly HeaderTrack[] | undefined,
  ): MediaPiece | undefined {
    return header === undefined ? undefined : readChecked(ledger, RULES, what, bytes, header);
  }

  function checkContinuity(what: string, piece: MediaPiece, standing: Standing): void {
    if (standing.discontinuitySequence !== discontinuitySequence) {
      next.clear();
      discontinuitySequence = standing.discontinuitySequence;
    }
    for (const track of piece.tracks) {
      const { trackId, timescale } = track.track;
      const expected = next.get(trackId);
      if (expected !== undefined && track.decodeTime !== undefined) {
        const missing = Number(track.decodeTime - expected) / timescale;
        ledger.check(
          RULES.continuity,
          Math.abs(missing) <= CONTINUITY_SECONDS,
          `${what} begins at ${track.decodeTime}, ${missing.toFixed(4)} s from where the piece before it ends`,
        );
      }
      const end = endOf(track);
      if (end !== undefined) {
        next.set(trackId, end);
      }
    }
  }

  function checkDate(
    what: string,
    first: TrackPiece | undefined,
    { dateMs, discontinuitySequence: own }: Standing,
  ): void {
    const seconds = first === undefined ? undefined : presentationSeconds(first);
    if (seconds === undefined || dateMs === undefined) {
      return;
    }
    const offset = dateMs / 1000 - seconds;
    const known = dateOffsets.get(own);
    if (known !== undefined) {
      ledger.check(
        RULES.date,
        Math.abs(offset - known) <= DATE_SECONDS,
        `${what} has a date ${(offset - known).toFixed(3)} s away from where the dates before put it`,
      );
    } else {
      dateOffsets.set(own, offset);
      if (dateOffsets.size > 100) {
        dateOffsets.delete(dateOffsets.keys().next().value ?? own);
      }
    }
  }

  function checkPart(what: string, piece: MediaPiece, part: Part, index: number, standing: Standing): void {
    const [first] = piece.tracks;
    const seconds = secondsOf(piece);
    const longest = Math.max(...piece.tracks.map(({ longestSample, track }) => longestSample / track.timescale));
    const tolerance = Math.max(ROUNDING_SECONDS, piece.tracks.length > 1 ? longest : 0);
    ledger.check(
      RULES.partDuration,
      Math.abs(seconds - part.durationSeconds) <= tolerance,
      `${what} says ${part.durationSeconds} s and has ${seconds.toFixed(4)} s`,
    );
    const pictures = piece.tracks.find(({ track }) => track.handler === 'vide');
    if (pictures !== undefined) {
      const begins = pictures.beginsWithSync && pictures.beginsWithKeyFrame !== false;
      if (part.independent === true) {
        ledger.check(RULES.independent, begins, `${what} does not begin with a key frame`);
      } else {
        ledger.check(RULES.saysIndependent, !begins, `${what} does not say so`);
      }
    }
    checkContinuity(what, piece, standing);
    if (index === 0) {
      checkDate(what, first, standing);
    }
  }

  return {
    async part({ sequence, index }, standing, parts, hinted) {
      const part = parts[index];
      if (part === undefined || part.gap === true) {
        next.clear();
        return;
      }
      const what = `${name}, part ${sequence}.${index}`;
      if (taken?.sequence !== sequence) {
        taken = { sequence, hash: createHash('sha256'), count: 0, isWhole: index === 0 };
      }
      const own = taken;
      own.isWhole &&= own.count === index;
      own.count = index + 1;
      const bytes = await partBytes(what, part, spanOf(parts, index), hinted);
      if (bytes === undefined) {
        own.isWhole = false;
        next.clear();
        return;
      }
      own.hash.update(bytes);
      if (isEncryptedWhole(standing)) {
        return;
      }
      const piece = read(what, bytes, await headerOf(standing));
      if (piece === undefined) {
        next.clear();
      } else {
        checkPart(what, piece, part, index, standing);
      }
    },

    async segment(sequence, standing, segment, span) {
      if (segment.gap === true) {
        next.clear();
        return;
      }
      const what = `${name}, segment ${sequence}`;
      const parts = taken?.sequence === sequence ? taken : undefined;
      taken = undefined;
      const bytes = await bytesOf(what, segment.uri, span);
      if (bytes === undefined) {
        next.clear();
        return;
      }
      const isCompared = parts?.isWhole === true && parts.count === segment.parts?.length;
      if (isCompared && !isEncryptedWhole(standing)) {
        const isSame = createHash('sha256').update(bytes).digest().equals(parts.hash.digest());
        ledger.check(RULES.sameBytes, isSame, `${what} is not the ${parts.count} parts of it in a row`);
      }
      checkBandwidth(what, bytes.length, segment.durationSeconds);
      if (isEncryptedWhole(standing)) {
        return;
      }
      if (standing.map === undefined) {
        checkTransportStream(what, bytes);
        return;
      }
      const piece = read(what, bytes, await headerOf(standing));
      if (piece === undefined) {
        return;
      }
      const seconds = secondsOf(piece);
      const longest = Math.max(...piece.tracks.map(({ longestSample, track }) => longestSample / track.timescale));
      ledger.check(
        RULES.segmentDuration,
        Math.abs(seconds - segment.durationSeconds) <= Math.max(ROUNDING_SECONDS, longest / 2),
        `${what} says ${segment.durationSeconds} s and has ${seconds.toFixed(4)} s`,
      );
      // What came in parts was looked at part by part.
      if (!isCompared) {
        if (parts !== undefined) {
          // Some of its parts have been read, and not all: it begins before where those ended.
          next.clear();
        }
        checkContinuity(what, piece, standing);
        checkDate(what, piece.tracks[0], standing);
      }
    },

    lose() {
      next = new Map();
      taken = undefined;
    },
    dateOffsets: () => dateOffsets,
  };

  async function partBytes(
    what: string,
    part: Part,
    span: Span | undefined,
    hinted: Promise<Fetched> | undefined,
  ): Promise<Uint8Array | undefined> {
    const answer = await settled(hinted);
    if (answer === undefined) {
      return await bytesOf(what, part.uri, span);
    }
    if (answer instanceof Error) {
      ledger.check(RULES.hintHeld, false, `${what}: ${answer.message}`);
      return await bytesOf(what, part.uri, span);
    }
    const isThere = answer.status === 200;
    ledger.check(RULES.hintHeld, isThere, `${what}: ${answer.status} for ${answer.url}, which was hinted`);
    if (!isThere) {
      return await bytesOf(what, part.uri, span);
    }
    const burst = (answer.endAtMs - (answer.firstByteAtMs ?? answer.endAtMs)) / 1000;
    ledger.check(RULES.hintWhole, burst <= BURST_SECONDS, `${what} took ${burst.toFixed(2)} s to come`);
    checkMediaHead(what, answer);
    hintedParts += 1;
    if (hintedParts % COMPARED === 1) {
      const again = await bytesOf(what, part.uri, span);
      const isSame = again === undefined || Buffer.compare(again, answer.body) === 0;
      ledger.check(RULES.hintSame, isSame, `${what} has other bytes now than when it was hinted`);
    }
    return answer.body;
  }

  function checkBandwidth(what: string, bytes: number, seconds: number): void {
    // Shorter ones say nothing of the peak (§4.4.6.2).
    if (bandwidth !== undefined && seconds >= 0.5 * targetSeconds()) {
      const bits = (bytes * 8) / seconds;
      ledger.check(
        RULES.bandwidth,
        bits <= bandwidth,
        `${what} has ${Math.round(bits)} bit/s, its variant says ${bandwidth}`,
      );
    }
  }

  function checkTransportStream(what: string, bytes: Uint8Array): void {
    if (bytes[0] !== SYNC_BYTE) {
      // Packed audio, WebVTT.
      return;
    }
    const pidAt = (at: number): number => (((bytes[at + 1] ?? 0) & 0x1f) << 8) | (bytes[at + 2] ?? 0);
    // Program specific information before anything else: PAT, then PMT in the packet behind it.
    const isPat = pidAt(0) === 0 && bytes[TS_PACKET] === SYNC_BYTE;
    const isTable = isPat && ((bytes[TS_PACKET + 1] ?? 0) & 0x40) !== 0 && bytes[TS_PACKET + 5] === 2;
    ledger.check(RULES.transportStream, isTable, `${what} begins with something else`);
  }
}

/** The longest of its tracks. */
function secondsOf({ tracks }: MediaPiece): number {
  const byTrack = Map.groupBy(tracks, ({ track }) => track);
  return Math.max(
    ...[...byTrack].map(
      ([{ timescale }, pieces]) => Number(pieces.reduce((sum, { duration }) => sum + duration, 0n)) / timescale,
    ),
  );
}

function isEncryptedWhole({ keys }: Standing): boolean {
  return keys.some(({ method }) => method === 'AES-128' || method === 'AES-256-GCM');
}

/** A range without an offset goes on from the one before it (§4.4.4.2, §4.4.4.9). */
export function spanOf(
  pieces: readonly { readonly byteRange?: ByteRange | undefined }[],
  index: number,
): Span | undefined {
  const range = pieces[index]?.byteRange;
  if (range === undefined) {
    return undefined;
  }
  let offset = 0;
  for (let before = index; before >= 0; before -= 1) {
    const { offset: own, length = 0 } = pieces[before]?.byteRange ?? {};
    offset += (before === index ? 0 : length) + (own ?? 0);
    if (own !== undefined) {
      break;
    }
  }
  return { offset, length: range.length };
}

async function settled(hinted: Promise<Fetched> | undefined): Promise<Fetched | Error | undefined> {
  try {
    return await hinted;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
