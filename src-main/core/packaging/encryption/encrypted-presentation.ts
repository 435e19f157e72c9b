import { assert } from '../../../base/assert.ts';
import { keyIdBytes } from '../../../media/cenc/key-id.ts';
import { type ChunkProtection, learnFromChunks, protectChunks } from '../../../media/cenc/protect-chunks.ts';
import { protectInit } from '../../../media/cenc/protect-init.ts';
import type { SampleScheme } from '../../../media/cenc/sample-protection.ts';
import { createSampleMap } from '../../../media/cenc/subsamples.ts';
import type { Presentation, Track, TrackWindow } from '../../ports/presentation.ts';
import type { ContentKey, Protection } from '../../ports/protection.ts';
import { removalsOf } from '../../ports/removed-media.ts';
import type { CacheScope } from './byte-cache.ts';
import { chunkIv, sampleCiphers } from './ciphers.ts';
import type { SegmentProtection } from './segment-protection.ts';
import { followed, shownAs } from './shown-as.ts';
import { systemHeaders } from './system-headers.ts';

/** A track as packaging has it. */
export type SealingTrack = Track & {
  /** What is made up for a segment of it goes through this, if it is there. */
  readonly seal?: (chunks: Uint8Array, sequence: number) => Uint8Array;
  /** Its header for the segments of a crypto period. */
  readonly initOf?: (cryptoPeriod: number) => Uint8Array;
};

/** `cryptoPeriod`: where keys rotate. */
export function initOf(track: SealingTrack, cryptoPeriod: number | undefined): Uint8Array {
  return cryptoPeriod === undefined ? track.init : (track.initOf?.(cryptoPeriod) ?? track.init);
}

/** Of one track: those of the periods that somebody watches. */
const KEPT_INITS = 64;

/**
 * A presentation with encrypted samples (ISO/IEC 23001-7). A chunk is encrypted by itself and always to the same bytes, so parts, growing
 * segments and whole ones are of one piece, and a segment is the parts of it in a row. Tracks without a key are passed on.
 */
export function encryptedPresentation(
  presentation: Presentation,
  protection: SegmentProtection,
  cache: CacheScope,
): Presentation {
  const scheme: SampleScheme = protection.scheme === 'CommonEncryptionCenc' ? 'cenc' : 'cbcs';
  const windows = new WeakMap<TrackWindow, TrackWindow>();
  /** What the tracks whose samples are encrypted are made of. */
  const encrypted = new WeakMap<Track, TrackWindow>();
  const inits = new WeakMap<Track, Map<number | undefined, Uint8Array>>();
  const reading = new Map<string, Promise<Uint8Array>>();

  function windowOf(clear: TrackWindow): TrackWindow {
    const known = windows.get(clear);
    if (known !== undefined) {
      return known;
    }
    const shown = protection.keyOf(clear.track) === undefined ? clear : createWindow(clear);
    windows.set(clear, shown);
    return shown;
  }

  function createWindow(clear: TrackWindow): TrackWindow {
    const overhead = overheadBitrate(clear.track);
    const track: SealingTrack = {
      ...clear.track,
      get init() {
        return initFor(clear.track, undefined);
      },
      initOf: (cryptoPeriod) => initFor(clear.track, cryptoPeriod),
      seal: (chunks, sequence) => protectChunks(chunks, protectionOf(clear.track, sequence)),
    };
    const shown = followed(clear, {
      track,
      get peakBitrate() {
        return clear.peakBitrate + overhead;
      },
      get averageBitrate() {
        return clear.averageBitrate > 0 ? clear.averageBitrate + overhead : 0;
      },
    });
    encrypted.set(track, clear);
    return shown;
  }

  /** A header is made when somebody asks for it. */
  function initFor(track: Track, cryptoPeriod: number | undefined): Uint8Array {
    const known = inits.get(track) ?? new Map<number | undefined, Uint8Array>();
    const key = protection.keyOf(track, cryptoPeriod);
    assert(key !== undefined, 'a track with a key has one in every crypto period');
    const made = known.get(cryptoPeriod) ?? encryptedInit(track, scheme, protection, key);
    known.set(cryptoPeriod, made);
    const [oldest] = known.keys();
    if (known.size > KEPT_INITS) {
      known.delete(oldest);
    }
    inits.set(track, known);
    return made;
  }

  function protectionOf(track: Track, sequence: number): ChunkProtection {
    const key = protection.segmentKey(track, sequence);
    assert(key !== undefined, 'a track with a key has one in every crypto period');
    return {
      scheme,
      constantIv: key.iv,
      ciphers: sampleCiphers(key),
      map: createSampleMap(track),
      firstIv: (moof) => chunkIv(track.id, moof),
    };
  }

  async function encryptSegment(clear: TrackWindow, sequence: number, key: string): Promise<Uint8Array> {
    try {
      const bytes = protectChunks(
        await presentation.readSegment(clear, sequence),
        protectionOf(clear.track, sequence),
      );
      cache.set(key, bytes);
      return bytes;
    } finally {
      reading.delete(key);
    }
  }

  return shownAs(presentation, {
    tracks: () => presentation.tracks().map(windowOf),
    async readSegment(window, sequence) {
      const clear = encrypted.get(window.track);
      if (clear === undefined) {
        return await presentation.readSegment(window, sequence);
      }
      const key = `${removalsOf(presentation)} ${window.track.id} ${sequence}`;
      const known = cache.get(key) ?? reading.get(key);
      if (known !== undefined) {
        return await known;
      }
      const promise = encryptSegment(clear, sequence, key);
      reading.set(key, promise);
      return await promise;
    },
    readPart(window, sequence, part) {
      const clear = encrypted.get(window.track);
      const bytes = presentation.readPart(clear ?? window, sequence, part);
      if (clear === undefined || bytes === undefined) {
        return bytes;
      }
      const key = `${removalsOf(presentation)} ${window.track.id} ${sequence}/${part}`;
      const known = cache.get(key);
      if (known !== undefined) {
        return known;
      }
      const chunk = protectionOf(clear.track, sequence);
      // As when the whole segment is encrypted: parameter sets in front of it hold for it too.
      for (let before = 0; before < part && window.track.kind === 'video'; before += 1) {
        const earlier = presentation.readPart(clear, sequence, before);
        if (earlier !== undefined) {
          learnFromChunks(earlier, chunk.map);
        }
      }
      const made = protectChunks(bytes, chunk);
      cache.set(key, made);
      return made;
    },
  });
}

function encryptedInit(track: Track, scheme: SampleScheme, protection: Protection, key: ContentKey): Uint8Array {
  const boxes = systemHeaders(protection, key).map(({ box }) => box);
  return protectInit(track.init, track, { scheme, keyId: keyIdBytes(key.id), constantIv: key.iv }, boxes);
}

/** About what the information of each sample takes, in bits per second: it is small, but of poor sound not nothing. */
function overheadBitrate(track: Track): number {
  const samplesPerSecond =
    track.kind === 'audio'
      ? track.sampleRate / 1024
      : track.frameRate === undefined
        ? 60
        : track.frameRate.numerator / track.frameRate.denominator;
  return Math.ceil(8 * (samplesPerSecond * 20 + 5 * 60));
}
