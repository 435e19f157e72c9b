import type { BoxReader } from './box-reader.ts';
import type { BoxWriter } from './box-writer.ts';

const BASE_DATA_OFFSET = 0x00_0001;
const SAMPLE_DESCRIPTION_INDEX = 0x00_0002;
const DEFAULT_DURATION = 0x00_0008;
const DEFAULT_SIZE = 0x00_0010;
const DEFAULT_FLAGS = 0x00_0020;
const DURATION_IS_EMPTY = 0x01_0000;
const DEFAULT_BASE_IS_MOOF = 0x02_0000;

/** Track Fragment Header, ISO/IEC 14496-12 §8.8.7. What is undefined is as `trex` says. */
export type TrackFragmentHeader = {
  readonly trackId: number;
  /** Where data offsets count from, in the whole file; CMAF forbids it. */
  readonly baseDataOffset: bigint | undefined;
  readonly sampleDescriptionIndex: number | undefined;
  readonly defaultDuration: number | undefined;
  readonly defaultSize: number | undefined;
  readonly defaultFlags: number | undefined;
  readonly durationIsEmpty: boolean;
  /** Data offsets count from the first byte of the `moof`. */
  readonly defaultBaseIsMoof: boolean;
};

export function writeTfhd(writer: BoxWriter, header: TrackFragmentHeader): void {
  const { baseDataOffset, sampleDescriptionIndex, defaultDuration, defaultSize, defaultFlags } = header;
  const flags =
    (baseDataOffset === undefined ? 0 : BASE_DATA_OFFSET) |
    (sampleDescriptionIndex === undefined ? 0 : SAMPLE_DESCRIPTION_INDEX) |
    (defaultDuration === undefined ? 0 : DEFAULT_DURATION) |
    (defaultSize === undefined ? 0 : DEFAULT_SIZE) |
    (defaultFlags === undefined ? 0 : DEFAULT_FLAGS) |
    (header.durationIsEmpty ? DURATION_IS_EMPTY : 0) |
    (header.defaultBaseIsMoof ? DEFAULT_BASE_IS_MOOF : 0);
  writer.fullBox('tfhd', 0, flags, (body) => {
    body.u32(header.trackId);
    if (baseDataOffset !== undefined) {
      body.u64(baseDataOffset);
    }
    for (const field of [sampleDescriptionIndex, defaultDuration, defaultSize, defaultFlags]) {
      if (field !== undefined) {
        body.u32(field);
      }
    }
  });
}

export function parseTfhd(box: BoxReader): TrackFragmentHeader {
  const { flags } = box.fullBox(0);
  return {
    trackId: box.u32(),
    baseDataOffset: (flags & BASE_DATA_OFFSET) === 0 ? undefined : box.u64(),
    sampleDescriptionIndex: (flags & SAMPLE_DESCRIPTION_INDEX) === 0 ? undefined : box.u32(),
    defaultDuration: (flags & DEFAULT_DURATION) === 0 ? undefined : box.u32(),
    defaultSize: (flags & DEFAULT_SIZE) === 0 ? undefined : box.u32(),
    defaultFlags: (flags & DEFAULT_FLAGS) === 0 ? undefined : box.u32(),
    durationIsEmpty: (flags & DURATION_IS_EMPTY) !== 0,
    defaultBaseIsMoof: (flags & DEFAULT_BASE_IS_MOOF) !== 0,
  };
}
