import { keyIdBytes } from '../../../media/cenc/key-id.ts';
import { type ChunkProtection, learnFromChunks, protectChunks } from '../../../media/cenc/protect-chunks.ts';
import { protectInit } from '../../../media/cenc/protect-init.ts';
import type { SampleScheme } from '../../../media/cenc/sample-protection.ts';
import { createSampleMap } from '../../../media/cenc/subsamples.ts';
import type { Presentation, Track, TrackWindow } from '../../ports/presentation.ts';
import type { ContentKey, Protection } from '../../ports/protection.ts';
import type { CacheScope } from './byte-cache.ts';
import { chunkIv, sampleCiphers } from './ciphers.ts';
import { followed, shownAs } from './shown-as.ts';
import { systemHeaders } from './system-headers.ts';

/** A track as packaging has it: what is made up for it goes through `seal`, if there is one. */
export type SealingTrack = Track & { readonly seal?: (chunks: Uint8Array) => Uint8Array };

/** A track whose samples are encrypted, and what it is made of. */
type EncryptedTrack = { readonly clear: TrackWindow; readonly key: ContentKey };

/**
 * A presentation with encrypted samples (ISO/IEC 23001-7). A chunk is encrypted by itself and always to the same bytes, so parts, growing
 * segments and whole ones are of one piece, and a segment is the parts of it in a row. Tracks without a key are passed on.
 */
export function encryptedPresentation(
  presentation: Presentation,
  protection: Protection,
  cache: CacheScope,
): Presentation {
  const scheme: SampleScheme = protection.scheme === 'CommonEncryptionCenc' ? 'cenc' : 'cbcs';
  const windows = new WeakMap<TrackWindow, TrackWindow>();
  const encrypted = new WeakMap<Track, EncryptedTrack>();
  const inits = new WeakMap<Track, Uint8Array>();
  const reading = new Map<string, Promise<Uint8Array>>();

  function windowOf(clear: TrackWindow): TrackWindow {
    const known = windows.get(clear);
    if (known !== undefined) {
      return known;
    }
    const key = protection.keyOf(clear.track);
    const shown = key === undefined ? clear : createWindow(clear, key);
    windows.set(clear, shown);
    return shown;
  }

  function createWindow(clear: TrackWindow, key: ContentKey): TrackWindow {
    const overhead = overheadBitrate(clear.track);
    const track: SealingTrack = {
      ...clear.track,
      get init() {
        return initOf(clear.track, key);
      },
      seal: (chunks) => protectChunks(chunks, protectionOf(clear.track, key)),
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
    encrypted.set(track, { clear, key });
    return shown;
  }

  /** Its header, which nobody may ever ask for. */
  function initOf(track: Track, key: ContentKey): Uint8Array {
    const made = inits.get(track) ?? encryptedInit(track, scheme, protection, key);
    inits.set(track, made);
    return made;
  }

  function protectionOf(track: Track, key: ContentKey): ChunkProtection {
    return {
      scheme,
      constantIv: key.iv,
      ciphers: sampleCiphers(key),
      map: createSampleMap(track),
      firstIv: (moof) => chunkIv(track.id, moof),
    };
  }

  async function encryptSegment(track: EncryptedTrack, sequence: number, key: string): Promise<Uint8Array> {
    try {
      const clear = await presentation.readSegment(track.clear, sequence);
      const bytes = protectChunks(clear, protectionOf(track.clear.track, track.key));
      cache.set(key, bytes);
      return bytes;
    } finally {
      reading.delete(key);
    }
  }

  return shownAs(presentation, {
    tracks: () => presentation.tracks().map(windowOf),
    async readSegment(window, sequence) {
      const track = encrypted.get(window.track);
      if (track === undefined) {
        return await presentation.readSegment(window, sequence);
      }
      const key = `${window.track.id} ${sequence}`;
      const known = cache.get(key) ?? reading.get(key);
      if (known !== undefined) {
        return await known;
      }
      const promise = encryptSegment(track, sequence, key);
      reading.set(key, promise);
      return await promise;
    },
    readPart(window, sequence, part) {
      const track = encrypted.get(window.track);
      const bytes = presentation.readPart(track?.clear ?? window, sequence, part);
      if (track === undefined || bytes === undefined) {
        return bytes;
      }
      const key = `${window.track.id} ${sequence}/${part}`;
      const known = cache.get(key);
      if (known !== undefined) {
        return known;
      }
      const chunk = protectionOf(track.clear.track, track.key);
      // As when the whole segment is encrypted: parameter sets in front of it hold for it too.
      for (let before = 0; before < part && window.track.kind === 'video'; before += 1) {
        const earlier = presentation.readPart(track.clear, sequence, before);
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
