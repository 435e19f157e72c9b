import { assert } from '../../base/assert.ts';
import type { SampleInfo } from '../../media/cenc/sample-info.ts';
import { parseChunks } from '../../media/cmaf/chunk.ts';
import type { SegmentRef } from '../../media/cmaf/segment-table.ts';
import type { Sample } from '../../media/cmaf/types.ts';
import { emptyTrex } from '../../media/isobmff/trex.ts';
import { readSampleInfos } from '../../media/smooth/sample-encryption.ts';
import { notFound } from './media.ts';

export type SegmentSamples = {
  /** At least one. */
  readonly samples: readonly Sample[];
  /** One for each sample; none when they are clear. */
  readonly infos: readonly SampleInfo[];
};

/** Our own chunks leave nothing to their header. */
const DEFAULTS = { trex: emptyTrex(1) };

/**
 * The samples of a segment, from its chunks. No more of it than manifests tell of, and everything once: a track that stopped may have been given
 * more since, where silence was put in the meantime. Throws `MPE_FRAGMENT_TIMESTAMP_NOT_FOUND` when there is none.
 */
export function segmentSamples(
  chunks: readonly Uint8Array[],
  row: Pick<SegmentRef, 'time' | 'duration'>,
  options: { readonly firstOnly?: boolean; readonly ivBytes?: number } = {},
): SegmentSamples {
  const all = chunks.flatMap((bytes) => parseChunks(bytes, DEFAULTS)).flat();
  const allInfos = chunks.flatMap((bytes) => readSampleInfos(bytes, options.ivBytes));
  assert(
    allInfos.length === 0 || allInfos.length === all.length,
    'all samples of a segment are encrypted, or none',
  );
  const end = row.time + BigInt(row.duration);
  const samples: Sample[] = [];
  const infos: SampleInfo[] = [];
  let next: bigint = row.time;
  for (const [index, sample] of all.entries()) {
    if (sample.decodeTime >= next && sample.decodeTime < end) {
      const info = allInfos[index];
      samples.push(sample);
      infos.push(...(info === undefined ? [] : [info]));
      next = sample.decodeTime + BigInt(sample.duration);
    }
    if (options.firstOnly === true && samples.length > 0) {
      break;
    }
  }
  if (samples.length === 0) {
    throw notFound();
  }
  return { samples, infos };
}
