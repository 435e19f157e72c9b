import { assert, assertNever } from '../../base/assert.ts';
import { AppError } from '../../shared/app-error.ts';
import { type BoxHeader, MAX_BOX_HEADER, peekBoxHeader } from '../isobmff/box-header.ts';
import { type BoxReader, readBoxes } from '../isobmff/box-reader.ts';
import { type EventMessage, parseEmsg } from '../isobmff/emsg.ts';
import { parseLiveServerManifest } from '../isobmff/live-server-manifest.ts';
import { type MovieFragment, parseMoof } from '../isobmff/moof.ts';
import type { FragmentTime } from '../isobmff/tfxd.ts';
import { malformed } from '../malformed.ts';
import { ticks } from '../time.ts';
import { MAX_BOX_BYTES } from './chunk.ts';
import { MAX_SAMPLES_PER_FRAGMENT, readFragmentSamples, type TrackState } from './fragment-samples.ts';
import { type OtherTrack, type ParsedHeader, type ParsedTrack, parseAnyMoov, parseMoov } from './init-segment.ts';
import type { Sample } from './types.ts';

/** What is allocated for a box before its bytes are there: whoever announces 32 MiB has to send them first. */
const FIRST_ALLOCATION = 64 * 1024;

/** The boxes that are read; the others are passed over. */
const KEPT: ReadonlySet<string> = new Set(['ftyp', 'moov', 'moof', 'mdat']);

/** Boxes beside the media. Larger ones are passed over: a live manifest of twenty tracks has 20 kB, an event a few hundred bytes. */
const COMPANIONS: ReadonlySet<string> = new Set(['uuid', 'emsg']);
const MAX_COMPANION_BYTES = 256 * 1024;
/** After so many that cannot be read, nobody looks at them any more: each costs an error with its trace. */
const MAX_UNREADABLE = 100;

const NO_HEADER = { missing: 'moov' };

export type FragmentReaderOptions = {
  /** The largest `ftyp`, `moov`, `moof` or `mdat`. 32 MiB when not given. */
  readonly maxBoxBytes?: number;
  /** For all tracks of one fragment together. 10 000 when not given. */
  readonly maxSamplesPerFragment?: number;
};

export type FragmentEvent =
  | {
      readonly kind: 'header';
      /** `ftyp` and `moov`. */
      readonly bytes: Uint8Array;
      readonly tracks: readonly ParsedTrack[];
      readonly otherTracks: readonly OtherTrack[];
    }
  | {
      readonly kind: 'fragment';
      readonly trackId: number;
      /** At least one, in decode order, at the ticks of the file: any 64 bits with sign, also below 0. */
      readonly samples: readonly Sample[];
    };

/** What encoders send beside the media. */
export type CompanionEvent =
  /** A Smooth Streaming encoder's own description of its tracks, as SMIL. */
  | { readonly kind: 'live-manifest'; readonly smil: string }
  /** A fragment of a `meta` track. */
  | {
      readonly kind: 'sparse';
      readonly trackId: number;
      readonly samples: readonly Sample[];
      readonly smoothTime: FragmentTime | undefined;
    }
  /** A message before the fragment that it belongs to. */
  | { readonly kind: 'message'; readonly message: EventMessage }
  /** Something of these that cannot be read. The media goes on. */
  | { readonly kind: 'unreadable'; readonly error: AppError };

export type FragmentReader<E = FragmentEvent> = {
  /**
   * Takes the next bytes of the stream, cut anywhere, and returns what they completed. They are copied: the caller may use its buffer again,
   * and the data of samples stays valid for as long as somebody holds it.
   *
   * Throws `media/malformed` or `media/unsupported` when the stream is beyond reading, from then on at every call. What was complete before
   * the fault is never lost: it is returned first, and the error comes with the next call.
   */
  readonly push: (bytes: Uint8Array) => readonly E[];
};

/** Of a stream from an encoder outside. */
export type IngestEvent = FragmentEvent | CompanionEvent;

export type IngestReader = FragmentReader<IngestEvent> & {
  /** What is held of boxes that have not ended yet. */
  readonly pendingBytes: () => number;
};

/**
 * Where the reader is between two calls.
 *
 *     between ──header complete──▶ keeping ──box complete──▶ between      ftyp, moov, moof, mdat
 *        └───────────────────────▶ skipping ───────────────▶ between      everything else
 *     any ──fault──▶ failed
 */
type State =
  | { readonly kind: 'between'; readonly partial: Uint8Array; filled: number }
  | {
      readonly kind: 'keeping';
      readonly header: BoxHeader;
      /** The box with its header; as long as what has come of it, at least. */
      buffer: Uint8Array;
      filled: number;
    }
  | { readonly kind: 'skipping'; left: number }
  | { readonly kind: 'failed'; readonly error: AppError };

/**
 * Reads a fragmented file as it comes through a pipe or a socket. At most two boxes are in memory. A byte is copied once, in a large
 * box twice on average.
 *
 * Boxes that are not needed are passed over, however long they are: `styp`, `sidx`, `prft`, `emsg`, `free`, `uuid`, `mfra`. Tracks that are
 * neither picture nor sound are left out. A further `moov` begins anew, as after an encoder's restart.
 */
export function createFragmentReader(options: FragmentReaderOptions = {}): FragmentReader {
  const { push } = createReader<never>(options, parseMoov, undefined);
  return { push };
}

/**
 * The same for what encoders outside send: a stream may have nothing but events, and what they say beside the media comes out too, in its
 * place among the fragments. `header`: of a stream that goes on where another one, with the header, ended, as one segment after the other.
 *
 * A fault for want of a header has `missing: 'moov'` in its details, one for a codec that is not known `codec`.
 */
export function createIngestReader(
  options: FragmentReaderOptions & { readonly header?: ParsedHeader | undefined } = {},
): IngestReader {
  return createReader(options, parseAnyMoov, (event: CompanionEvent) => event, options.header);
}

/** `companion` makes an event of what is beside the media; without it that is passed over. */
function createReader<E>(
  options: FragmentReaderOptions,
  parseHeader: (moov: BoxReader) => ParsedHeader,
  companion: ((event: CompanionEvent) => E) | undefined,
  known?: ParsedHeader,
): FragmentReader<FragmentEvent | E> & { readonly pendingBytes: () => number } {
  const { maxBoxBytes = MAX_BOX_BYTES, maxSamplesPerFragment = MAX_SAMPLES_PER_FRAGMENT } = options;
  let state: State = between();
  /** First byte of the present box, counted from the start of the stream. */
  let boxStart = 0;
  let fileType: Uint8Array = new Uint8Array();
  let tracks = known === undefined ? undefined : statesOf(known);
  let moof: MovieFragment | undefined;
  let unreadable = 0;

  /** What is to be done with a box whose header is complete. */
  function begin(header: BoxHeader, headerBytes: Uint8Array, available: number): State {
    const { type, headerSize, size } = header;
    const isCompanion =
      companion !== undefined &&
      COMPANIONS.has(type) &&
      unreadable < MAX_UNREADABLE &&
      size > 0 &&
      size <= MAX_COMPANION_BYTES;
    if (!KEPT.has(type) && !isCompanion) {
      // Text of any kind looks like the header of a box of half a gigabyte or more.
      if (tracks === undefined && (size === 0 || size > maxBoxBytes)) {
        const problem = `of ${size} bytes stands before any moov: this is no fragmented MP4`;
        throw malformed(type, boxStart, problem, NO_HEADER);
      }
      boxStart += size;
      return { kind: 'skipping', left: size === 0 ? Number.POSITIVE_INFINITY : size - headerSize };
    }
    if (size === 0) {
      throw malformed(type, boxStart, 'has no end, which only a file on a disk may have');
    }
    if (size > maxBoxBytes) {
      throw malformed(type, boxStart, `of ${size} bytes is larger than the ${maxBoxBytes} that are taken`);
    }
    if (type === 'mdat' && moof === undefined) {
      throw malformed(type, boxStart, 'has no moof before it', tracks === undefined ? NO_HEADER : {});
    }
    const buffer = new Uint8Array(Math.min(size, Math.max(FIRST_ALLOCATION, headerSize + available)));
    buffer.set(headerBytes);
    return { kind: 'keeping', header, buffer, filled: headerSize };
  }

  function complete(
    { type, headerSize, size }: BoxHeader,
    bytes: Uint8Array,
    events: (FragmentEvent | E)[],
  ): void {
    switch (type) {
      case 'ftyp':
        fileType = bytes;
        break;
      case 'moov':
        events.push(openMovie(bytes));
        break;
      case 'moof':
        openFragment(bytes);
        break;
      case 'uuid':
      case 'emsg':
        readCompanion(type, bytes, events);
        break;
      default:
        closeFragment(bytes.subarray(headerSize), boxStart + headerSize, events);
        break;
    }
    boxStart += size;
  }

  function readCompanion(type: 'uuid' | 'emsg', bytes: Uint8Array, events: (FragmentEvent | E)[]): void {
    const event = parseCompanion(type, bytes, boxStart);
    unreadable += event?.kind === 'unreadable' ? 1 : 0;
    if (event !== undefined && companion !== undefined) {
      events.push(companion(event));
    }
  }

  function openMovie(bytes: Uint8Array): FragmentEvent {
    const header = parseHeader(readBoxes(bytes, boxStart).require('moov'));
    tracks = statesOf(header);
    moof = undefined;
    const both = new Uint8Array(fileType.length + bytes.length);
    both.set(fileType);
    both.set(bytes, fileType.length);
    fileType = new Uint8Array();
    return { kind: 'header', bytes: both, ...header };
  }

  function openFragment(bytes: Uint8Array): void {
    if (tracks === undefined) {
      throw malformed('moof', boxStart, 'has no moov before it', NO_HEADER);
    }
    if (moof?.tracks.some(({ runs }) => runs.some(({ sampleCount }) => sampleCount > 0)) === true) {
      throw malformed('moof', moof.offset, 'has no mdat behind it');
    }
    moof = parseMoof(readBoxes(bytes, boxStart).require('moof'), maxSamplesPerFragment);
  }

  function closeFragment(bytes: Uint8Array, offset: number, events: (FragmentEvent | E)[]): void {
    assert(moof !== undefined && tracks !== undefined, 'an mdat is only kept behind a moof');
    const mediaData = { bytes, start: offset - moof.offset };
    for (const { trackId, samples, endTime } of readFragmentSamples(moof, mediaData, stateOf)) {
      const track = tracks.get(trackId);
      if (track === undefined || samples.length === 0) {
        continue;
      }
      tracks.set(trackId, { ...track, nextDecodeTime: endTime });
      if (track.use === 'media') {
        events.push({ kind: 'fragment', trackId, samples });
      } else if (companion !== undefined) {
        const smoothTime = moof.tracks.find(({ header }) => header.trackId === trackId)?.smoothTime;
        events.push(companion({ kind: 'sparse', trackId, samples, smoothTime }));
      }
    }
    moof = undefined;
  }

  function stateOf(trackId: number): TrackState | undefined {
    const track = tracks?.get(trackId);
    if (track === undefined) {
      throw malformed('tfhd', moof?.offset ?? boxStart, `is of track ${trackId}, which the moov does not have`);
    }
    const isWanted = track.use === 'media' || (track.use === 'events' && companion !== undefined);
    return isWanted ? track : undefined;
  }

  /** Takes what it can from `bytes` at `at` and returns the position behind it. */
  function step(bytes: Uint8Array, at: number, events: (FragmentEvent | E)[]): number {
    const available = bytes.length - at;
    switch (state.kind) {
      case 'between': {
        const { partial, filled } = state;
        const taken = Math.min((filled < 8 ? 8 : MAX_BOX_HEADER) - filled, available);
        partial.set(bytes.subarray(at, at + taken), filled);
        state.filled += taken;
        const headerBytes = partial.subarray(0, state.filled);
        const header = peekBoxHeader(headerBytes, 0, boxStart);
        if (header !== undefined) {
          state = begin(header, headerBytes, available - taken);
          finish(events);
        }
        return at + taken;
      }
      case 'keeping': {
        const { header, filled } = state;
        const taken = Math.min(header.size - filled, available);
        if (filled + taken > state.buffer.length) {
          const grown = new Uint8Array(Math.min(header.size, Math.max(filled + taken, 2 * state.buffer.length)));
          grown.set(state.buffer);
          state.buffer = grown;
        }
        state.buffer.set(bytes.subarray(at, at + taken), filled);
        state.filled += taken;
        finish(events);
        return at + taken;
      }
      case 'skipping': {
        const taken = Math.min(state.left, available);
        state.left -= taken;
        finish(events);
        return at + taken;
      }
      case 'failed':
        throw state.error;
      default:
        return assertNever(state, 'reader state');
    }
  }

  /** Ends the present box if all of it has come. */
  function finish(events: (FragmentEvent | E)[]): void {
    if (state.kind === 'keeping' && state.filled === state.header.size) {
      const { header, buffer } = state;
      state = between();
      complete(header, buffer, events);
    } else if (state.kind === 'skipping' && state.left === 0) {
      state = between();
    }
  }

  return {
    pendingBytes: () => (state.kind === 'keeping' ? state.buffer.length : 0) + (moof?.size ?? 0),
    push(bytes) {
      if (state.kind === 'failed') {
        throw state.error;
      }
      const events: (FragmentEvent | E)[] = [];
      try {
        for (let at = 0; at < bytes.length; ) {
          at = step(bytes, at, events);
        }
      } catch (error) {
        if (!(error instanceof AppError)) {
          throw error;
        }
        state = { kind: 'failed', error };
        if (events.length === 0) {
          throw error;
        }
      }
      return events;
    },
  };
}

/** What the fragments of a track are read for. */
type Use = 'media' | 'events' | 'nothing';

function statesOf({ tracks, otherTracks }: ParsedHeader): Map<number, TrackState & { readonly use: Use }> {
  const states = new Map<number, TrackState & { readonly use: Use }>();
  const nextDecodeTime = ticks(0n);
  for (const { trackId, trex } of tracks) {
    states.set(trackId, { trex, nextDecodeTime, use: 'media' });
  }
  for (const { trackId, trex, handler } of otherTracks) {
    states.set(trackId, { trex, nextDecodeTime, use: handler === 'meta' ? 'events' : 'nothing' });
  }
  return states;
}

/** Undefined for a `uuid` box of some other kind. What is beside the media is never a reason to refuse the media. */
function parseCompanion(type: 'uuid' | 'emsg', bytes: Uint8Array, offset: number): CompanionEvent | undefined {
  try {
    const box = readBoxes(bytes, offset).require(type);
    if (type === 'emsg') {
      return { kind: 'message', message: parseEmsg(box) };
    }
    const smil = parseLiveServerManifest(box);
    return smil === undefined ? undefined : { kind: 'live-manifest', smil };
  } catch (error) {
    if (error instanceof AppError) {
      return { kind: 'unreadable', error };
    }
    throw error;
  }
}

function between(): State {
  return { kind: 'between', partial: new Uint8Array(MAX_BOX_HEADER), filled: 0 };
}
