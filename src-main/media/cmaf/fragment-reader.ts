import { assert, assertNever } from '../../base/assert.ts';
import { AppError } from '../../shared/app-error.ts';
import { type BoxHeader, MAX_BOX_HEADER, peekBoxHeader } from '../isobmff/box-header.ts';
import { readBoxes } from '../isobmff/box-reader.ts';
import { type MovieFragment, parseMoof } from '../isobmff/moof.ts';
import { malformed } from '../malformed.ts';
import { ticks } from '../time.ts';
import { MAX_BOX_BYTES } from './chunk.ts';
import { MAX_SAMPLES_PER_FRAGMENT, readFragmentSamples, type TrackState } from './fragment-samples.ts';
import { type ParsedTrack, parseMoov } from './init-segment.ts';
import type { Sample } from './types.ts';

/** What is allocated for a box before its bytes are there: whoever announces 32 MiB has to send them first. */
const FIRST_ALLOCATION = 64 * 1024;

/** The boxes that are read; the others are passed over. */
const KEPT: ReadonlySet<string> = new Set(['ftyp', 'moov', 'moof', 'mdat']);

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
    }
  | {
      readonly kind: 'fragment';
      readonly trackId: number;
      /** At least one, in decode order, at the ticks of the file: any 64 bits with sign, also below 0. */
      readonly samples: readonly Sample[];
    };

export type FragmentReader = {
  /**
   * Takes the next bytes of the stream, cut anywhere, and returns what they completed. They are copied: the caller may use its buffer again,
   * and the data of samples stays valid for as long as somebody holds it.
   *
   * Throws `media/malformed` or `media/unsupported` when the stream is beyond reading, from then on at every call. What was complete before
   * the fault is never lost: it is returned first, and the error comes with the next call.
   */
  readonly push: (bytes: Uint8Array) => readonly FragmentEvent[];
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
  const { maxBoxBytes = MAX_BOX_BYTES, maxSamplesPerFragment = MAX_SAMPLES_PER_FRAGMENT } = options;
  let state: State = between();
  /** First byte of the present box, counted from the start of the stream. */
  let boxStart = 0;
  let fileType: Uint8Array = new Uint8Array();
  let tracks: Map<number, TrackState> | undefined;
  let otherTrackIds: readonly number[] = [];
  let moof: MovieFragment | undefined;

  /** What is to be done with a box whose header is complete. */
  function begin(header: BoxHeader, headerBytes: Uint8Array, available: number): State {
    const { type, headerSize, size } = header;
    if (!KEPT.has(type)) {
      // Text of any kind looks like the header of a box of half a gigabyte or more.
      if (tracks === undefined && (size === 0 || size > maxBoxBytes)) {
        throw malformed(type, boxStart, `of ${size} bytes stands before any moov: this is no fragmented MP4`);
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
      throw malformed(type, boxStart, 'has no moof before it');
    }
    const buffer = new Uint8Array(Math.min(size, Math.max(FIRST_ALLOCATION, headerSize + available)));
    buffer.set(headerBytes);
    return { kind: 'keeping', header, buffer, filled: headerSize };
  }

  function complete({ type, headerSize, size }: BoxHeader, bytes: Uint8Array, events: FragmentEvent[]): void {
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
      default:
        closeFragment(bytes.subarray(headerSize), boxStart + headerSize, events);
        break;
    }
    boxStart += size;
  }

  function openMovie(bytes: Uint8Array): FragmentEvent {
    const header = parseMoov(readBoxes(bytes, boxStart).require('moov'));
    tracks = new Map(header.tracks.map(({ trackId, trex }) => [trackId, { trex, nextDecodeTime: ticks(0n) }]));
    otherTrackIds = header.otherTrackIds;
    moof = undefined;
    const both = new Uint8Array(fileType.length + bytes.length);
    both.set(fileType);
    both.set(bytes, fileType.length);
    fileType = new Uint8Array();
    return { kind: 'header', bytes: both, tracks: header.tracks };
  }

  function openFragment(bytes: Uint8Array): void {
    if (tracks === undefined) {
      throw malformed('moof', boxStart, 'has no moov before it');
    }
    if (moof?.tracks.some(({ runs }) => runs.some(({ sampleCount }) => sampleCount > 0)) === true) {
      throw malformed('moof', moof.offset, 'has no mdat behind it');
    }
    moof = parseMoof(readBoxes(bytes, boxStart).require('moof'), maxSamplesPerFragment);
  }

  function closeFragment(bytes: Uint8Array, offset: number, events: FragmentEvent[]): void {
    assert(moof !== undefined && tracks !== undefined, 'an mdat is only kept behind a moof');
    const mediaData = { bytes, start: offset - moof.offset };
    for (const { trackId, samples, endTime } of readFragmentSamples(moof, mediaData, stateOf)) {
      const track = tracks.get(trackId);
      if (track !== undefined && samples.length > 0) {
        tracks.set(trackId, { ...track, nextDecodeTime: endTime });
        events.push({ kind: 'fragment', trackId, samples });
      }
    }
    moof = undefined;
  }

  function stateOf(trackId: number): TrackState | undefined {
    const track = tracks?.get(trackId);
    if (track === undefined && !otherTrackIds.includes(trackId)) {
      throw malformed('tfhd', moof?.offset ?? boxStart, `is of track ${trackId}, which the moov does not have`);
    }
    return track;
  }

  /** Takes what it can from `bytes` at `at` and returns the position behind it. */
  function step(bytes: Uint8Array, at: number, events: FragmentEvent[]): number {
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
  function finish(events: FragmentEvent[]): void {
    if (state.kind === 'keeping' && state.filled === state.header.size) {
      const { header, buffer } = state;
      state = between();
      complete(header, buffer, events);
    } else if (state.kind === 'skipping' && state.left === 0) {
      state = between();
    }
  }

  return {
    push(bytes) {
      if (state.kind === 'failed') {
        throw state.error;
      }
      const events: FragmentEvent[] = [];
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

function between(): State {
  return { kind: 'between', partial: new Uint8Array(MAX_BOX_HEADER), filled: 0 };
}
