import { parseChunk, writeChunk } from '../../media/cmaf/chunk.ts';
import type { VideoTrackDescription } from '../../media/cmaf/types.ts';
import { parseAvcDecoderConfig } from '../../media/codecs/avc.ts';
import { joinLengthPrefixed } from '../../media/codecs/nal-units.ts';
import { emptyTrex } from '../../media/isobmff/trex.ts';
import { AppError } from '../../shared/app-error.ts';

/**
 * Lets another quality go on in a stream that was begun with one: a stream has one header, so the parameter sets of what follows travel with
 * its key frames. H.264 only.
 */
export type ParameterSets = {
  /** The chunk with them in front of its key frames. */
  readonly putInto: (chunk: Uint8Array) => Uint8Array;
};

/** Undefined for tracks that cannot go on in the stream of another. */
export function parameterSetsOf(track: VideoTrackDescription): ParameterSets | undefined {
  if (track.fourCc !== 'avc1') {
    return undefined;
  }
  const sets = setsOf(track.decoderConfig);
  return sets === undefined ? undefined : { putInto: (chunk) => orUndefined(() => putInto(sets, chunk)) ?? chunk };
}

function setsOf(decoderConfig: Uint8Array): Uint8Array | undefined {
  const config = orUndefined(() => parseAvcDecoderConfig(decoderConfig));
  // The header that the stream began with says four bytes, too: every encoder of ours writes them.
  return config?.lengthSize === 4 && config.sps.length > 0
    ? joinLengthPrefixed([...config.sps, ...config.pps])
    : undefined;
}

/** What cannot be read is nobody's end: the timeline itself waits for who hears of its chunks. */
function orUndefined<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof AppError) {
      return undefined;
    }
    throw error;
  }
}

function putInto(sets: Uint8Array, chunk: Uint8Array): Uint8Array {
  const samples = parseChunk(chunk, { trex: emptyTrex(1) }).map((sample) => {
    if (!sample.sync) {
      return sample;
    }
    const data = new Uint8Array(sets.length + sample.data.length);
    data.set(sets);
    data.set(sample.data, sets.length);
    return { ...sample, data };
  });
  // Nobody reads the number in a pipe.
  return writeChunk(samples, { kind: 'video', sequenceNumber: 1 }).bytes;
}
