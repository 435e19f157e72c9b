import { assert } from '../../base/assert.ts';
import { readBoxes } from '../isobmff/box-reader.ts';
import { BoxWriter } from '../isobmff/box-writer.ts';
import { malformed } from '../malformed.ts';
import { parseSequenceParameters } from './avc-sps.ts';
import { isNalLengthSize, type NalLengthSize } from './nal-units.ts';

/** nal_unit_type, ITU-T H.264 table 7-1. */
export const AVC_NAL = { slice: 1, idr: 5, sei: 6, sps: 7, pps: 8, accessUnitDelimiter: 9 } as const;

export function avcNalType(nal: Uint8Array): number {
  return (nal[0] ?? 0) & 0x1f;
}

/** The decoder configuration record in `avcC`, ISO/IEC 14496-15 §5.3.3.1. */
export type AvcDecoderConfig = {
  readonly profile: number;
  /** The constraint_set flags, as one byte. */
  readonly constraints: number;
  readonly level: number;
  /** Bytes before each NAL unit that hold its length. */
  readonly lengthSize: NalLengthSize;
  /** NAL units without start code or length. */
  readonly sps: readonly Uint8Array[];
  readonly pps: readonly Uint8Array[];
  /** Only High profiles have it, and not every muxer writes it for them. */
  readonly high: HighProfileFields | undefined;
};

type HighProfileFields = {
  readonly chromaFormat: number;
  readonly lumaBitDepth: number;
  readonly chromaBitDepth: number;
  readonly spsExtensions: readonly Uint8Array[];
};

/** Reads the payload of `avcC`. */
export function parseAvcDecoderConfig(record: Uint8Array): AvcDecoderConfig {
  const box = readBoxes(record);
  const version = box.u8();
  if (version !== 1) {
    throw malformed('avcC', 0, `has version ${version}`);
  }
  const profile = box.u8();
  const constraints = box.u8();
  const level = box.u8();
  const lengthSize = (box.u8() & 3) + 1;
  if (!isNalLengthSize(lengthSize)) {
    throw malformed('avcC', 4, 'has NAL unit lengths of 3 bytes');
  }
  const nalUnits = (count: number): readonly Uint8Array[] =>
    Array.from({ length: count }, () => box.bytes(box.u16()));
  const sps = nalUnits(box.u8() & 0x1f);
  const pps = nalUnits(box.u8());
  const common = { profile, constraints, level, lengthSize, sps, pps };
  if (!hasHighFields(profile) || box.remaining < 4) {
    return { ...common, high: undefined };
  }
  const chromaFormat = box.u8() & 3;
  const lumaBitDepth = (box.u8() & 7) + 8;
  const chromaBitDepth = (box.u8() & 7) + 8;
  return { ...common, high: { chromaFormat, lumaBitDepth, chromaBitDepth, spsExtensions: nalUnits(box.u8()) } };
}

export function writeAvcDecoderConfig(config: AvcDecoderConfig): Uint8Array {
  assert(config.sps.length <= 31 && config.pps.length <= 255, 'avcC holds at most 31 SPS and 255 PPS');
  const writer = new BoxWriter(64);
  const nalUnits = (units: readonly Uint8Array[]): void => {
    for (const unit of units) {
      writer.u16(unit.length);
      writer.bytes(unit);
    }
  };
  writer.u8(1);
  writer.u8(config.profile);
  writer.u8(config.constraints);
  writer.u8(config.level);
  writer.u8(0xfc | (config.lengthSize - 1));
  writer.u8(0xe0 | config.sps.length);
  nalUnits(config.sps);
  writer.u8(config.pps.length);
  nalUnits(config.pps);
  if (config.high !== undefined) {
    const { chromaFormat, lumaBitDepth, chromaBitDepth, spsExtensions } = config.high;
    writer.u8(0xfc | chromaFormat);
    writer.u8(0xf8 | (lumaBitDepth - 8));
    writer.u8(0xf8 | (chromaBitDepth - 8));
    writer.u8(spsExtensions.length);
    nalUnits(spsExtensions);
  }
  return writer.finish();
}

/** The record for parameter sets as they come in a stream, with lengths of four bytes. */
export function avcDecoderConfigOf(sps: readonly Uint8Array[], pps: readonly Uint8Array[]): AvcDecoderConfig {
  const [first] = sps;
  if (first === undefined) {
    throw malformed('avcC', 0, 'cannot be made without an SPS');
  }
  const { profile, constraints, level, chromaFormat, lumaBitDepth, chromaBitDepth } =
    parseSequenceParameters(first);
  return {
    profile,
    constraints,
    level,
    lengthSize: 4,
    sps,
    pps,
    high: hasHighFields(profile) ? { chromaFormat, lumaBitDepth, chromaBitDepth, spsExtensions: [] } : undefined,
  };
}

/** For example `avc1.64001f`, RFC 6381 §3.3. */
export function avcCodecString(fourCc: 'avc1' | 'avc3', config: AvcDecoderConfig): string {
  const bytes = [config.profile, config.constraints, config.level];
  return `${fourCc}.${bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}

/** ISO/IEC 14496-15 §5.3.3.1.2: all but Baseline, Main and Extended. */
function hasHighFields(profile: number): boolean {
  return profile !== 66 && profile !== 77 && profile !== 88;
}
