import { writeChunk } from '../../media/cmaf/chunk.ts';
import { chunkNumber } from '../../media/cmaf/chunk-number.ts';
import type { Sample } from '../../media/cmaf/types.ts';
import { type AacConfig, aacFrameSamples, parseAacConfig } from '../../media/codecs/aac.ts';
import { type Ticks, ticks } from '../../media/time.ts';
import type { PartRef } from '../ports/presentation.ts';
import type { SealingTrack } from './encryption/encrypted-presentation.ts';

/**
 * Silence for sound that is missing. Players of the web stand still where one of their buffers has nothing, however many pictures there are:
 * so sound that has stopped must go on.
 */
export type Silence = {
  /** Parts from one tick up to another, to stand behind `before` other parts of their segment. Without their bytes, which are many. */
  partsOf(stretch: Stretch): readonly PartRef[];
  /** The bytes of one of the parts that `partsOf` gave. */
  bytesOf(sequence: number, part: PartRef): Uint8Array;
  /** One frame. */
  readonly frameTicks: number;
};

export type Stretch = {
  readonly sequence: number;
  readonly before: number;
  readonly from: Ticks;
  /** Behind `from`. */
  readonly to: Ticks;
};

/**
 * A frame of AAC-LC without any coefficients (ISO/IEC 14496-3 §4.4.2.1), for each channel configuration; as FFmpeg's encoder writes it. It is one of HE-AAC
 * too: what has no data for the upper half of the spectrum is the lower half at the doubled rate, and nothing of nothing is nothing.
 */
const FRAMES: ReadonlyMap<number, Uint8Array> = new Map([
  [1, Uint8Array.of(0x01, 0x18, 0x20, 0x07)],
  [2, Uint8Array.of(0x21, 0x10, 0x04, 0x60, 0x8c, 0x1c)],
  [
    6,
    Uint8Array.of(
      ...[0x01, 0x18, 0x20, 0x01, 0x08, 0x80, 0x23, 0x04, 0x60],
      ...[0x23, 0x10, 0x04, 0x60, 0x8c, 0x0c, 0x23, 0x00, 0x00, 0xe0],
    ),
  ],
]);
/** Undefined for sound whose silence is not known, and for pictures. `partSeconds`: the longest a part may be. */
export function silenceOf(track: SealingTrack, partSeconds: number): Silence | undefined {
  const config = configOf(track);
  const data = config && FRAMES.get(config.channelConfiguration);
  if (track.kind !== 'audio' || config === undefined || data === undefined) {
    return undefined;
  }
  const frameTicks = Math.round((aacFrameSamples(config) * track.timescale) / track.sampleRate);
  const partTicks = Math.max(1, Math.floor((partSeconds * track.timescale) / frameTicks + 1e-6)) * frameTicks;

  const write = (sequence: number, part: Pick<PartRef, 'index' | 'time' | 'duration'>): Uint8Array => {
    const samples: Sample[] = [];
    for (let at = 0; at < part.duration; at += frameTicks) {
      samples.push({
        decodeTime: ticks(part.time + BigInt(at)),
        // The last one is cut off where something else begins.
        duration: Math.min(frameTicks, part.duration - at),
        compositionOffset: 0,
        sync: true,
        data,
      });
    }
    const { bytes } = writeChunk(samples, { sequenceNumber: chunkNumber(sequence, part.index), kind: 'audio' });
    return track.seal?.(bytes, sequence) ?? bytes;
  };

  return {
    partsOf(stretch) {
      const length = Number(stretch.to - stretch.from);
      const parts: PartRef[] = [];
      for (let at = 0; at < length; at += partTicks) {
        const part = {
          index: stretch.before + parts.length,
          time: ticks(stretch.from + BigInt(at)),
          duration: Math.min(partTicks, length - at),
        };
        parts.push({ ...part, size: write(stretch.sequence, part).length, independent: true });
      }
      return parts;
    },
    bytesOf: write,
    frameTicks,
  };
}

/** AAC-LC, HE-AAC and HE-AAC v2; undefined for anything else. */
const CODECS: readonly string[] = ['mp4a.40.2', 'mp4a.40.5', 'mp4a.40.29'];

function configOf(track: SealingTrack): AacConfig | undefined {
  if (track.kind !== 'audio' || !CODECS.includes(track.codec)) {
    return undefined;
  }
  try {
    const config = parseAacConfig(track.decoderConfig);
    return config.frameLength === 1024 ? config : undefined;
  } catch {
    // Of a configuration that is not understood no silence is known.
    return undefined;
  }
}
