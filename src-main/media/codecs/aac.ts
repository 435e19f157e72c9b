import { assert } from '../../base/assert.ts';
import { malformed, unsupported } from '../malformed.ts';
import { BitReader } from './bit-reader.ts';
import { type BitWriter, createBitWriter } from './bit-writer.ts';

/** ISO/IEC 14496-3 table 1.18. */
const SAMPLING_FREQUENCIES: readonly number[] = [
  96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8000, 7350,
];
const EXPLICIT_FREQUENCY = 15;
/** ISO/IEC 14496-3 table 1.19; 0 is said elsewhere (program_config_element). */
const CHANNELS: readonly (number | undefined)[] = [
  undefined,
  1,
  2,
  3,
  4,
  5,
  6,
  8,
  undefined,
  undefined,
  undefined,
  7,
  8,
  24,
  8,
  undefined,
];
/** audioObjectType, ISO/IEC 14496-3 table 1.17. */
const SBR = 5;
const PS = 29;
const ESCAPE = 31;
/** AAC Main, LC, SSR and LTP: what a GASpecificConfig follows that this program knows. */
const LONGEST_PLAIN_AAC = 4;
/** The two sync words of the backward-compatible form, §1.6.5.1. */
const SBR_SYNC = 0x2b7;
const PS_SYNC = 0x548;

/** AudioSpecificConfig, ISO/IEC 14496-3 §1.6.2.1. */
export type AacConfig = {
  /** Of the core: 2 is AAC-LC. 1..4 */
  readonly objectType: number;
  /** Of the core; with SBR the decoder puts out `extension.sampleRate`. */
  readonly sampleRate: number;
  /** Table 1.19; 0 when the configuration lists the channels one by one. */
  readonly channelConfiguration: number;
  /** Of the core, LFE included. */
  readonly channels: number;
  /** Core samples in a frame. */
  readonly frameLength: 1024 | 960;
  /** Spectral band replication, and parametric stereo on top of it. */
  readonly extension: AacExtension | undefined;
};

type AacExtension = {
  readonly sampleRate: number;
  readonly parametricStereo: boolean;
  /**
   * `hierarchical`: the object type says so, and a decoder that does not know it refuses. `compatible`: said behind the configuration, where
   * a plain AAC decoder does not look; it plays the core.
   */
  readonly signalling: 'hierarchical' | 'compatible';
};

export function parseAacConfig(bytes: Uint8Array): AacConfig {
  const bits = new BitReader(bytes, 'AudioSpecificConfig');
  let objectType = parseObjectType(bits);
  const sampleRate = parseSampleRate(bits);
  const channelConfiguration = bits.bits(4);
  let extension: AacExtension | undefined;
  if (objectType === SBR || objectType === PS) {
    const parametricStereo = objectType === PS;
    extension = { sampleRate: parseSampleRate(bits), parametricStereo, signalling: 'hierarchical' };
    objectType = parseObjectType(bits);
  }
  if (objectType < 1 || objectType > LONGEST_PLAIN_AAC) {
    throw unsupported('AudioSpecificConfig', 0, `has audio object type ${objectType}; only AAC is supported`);
  }
  const frameLength = bits.flag() ? 960 : 1024;
  if (bits.flag()) {
    bits.skip(14); // coreCoderDelay
  }
  bits.skip(1); // extensionFlag
  const channels = channelConfiguration === 0 ? parseProgramConfig(bits) : CHANNELS[channelConfiguration];
  if (channels === undefined) {
    throw malformed('AudioSpecificConfig', 0, `has channel configuration ${channelConfiguration}`);
  }
  extension ??= parseCompatibleExtension(bits);
  return { objectType, sampleRate, channelConfiguration, channels, frameLength, extension };
}

/** A configuration that lists its channels one by one cannot be written; keep its bytes instead. */
export function writeAacConfig(config: AacConfig): Uint8Array {
  const { objectType, sampleRate, channelConfiguration, extension } = config;
  assert(CHANNELS[channelConfiguration] !== undefined, 'the channel configuration is in table 1.19');
  const bits = createBitWriter();
  if (extension?.signalling === 'hierarchical') {
    bits.bits(5, extension.parametricStereo ? PS : SBR);
    writeSampleRate(bits, sampleRate);
    bits.bits(4, channelConfiguration);
    writeSampleRate(bits, extension.sampleRate);
    bits.bits(5, objectType);
  } else {
    bits.bits(5, objectType);
    writeSampleRate(bits, sampleRate);
    bits.bits(4, channelConfiguration);
  }
  bits.bits(1, config.frameLength === 960 ? 1 : 0);
  bits.bits(2, 0); // dependsOnCoreCoder, extensionFlag
  if (extension?.signalling === 'compatible') {
    bits.bits(11, SBR_SYNC);
    bits.bits(5, SBR);
    bits.bits(1, 1);
    writeSampleRate(bits, extension.sampleRate);
    bits.bits(11, PS_SYNC);
    bits.bits(1, extension.parametricStereo ? 1 : 0);
  }
  return bits.finish();
}

/** For example `mp4a.40.2`, RFC 6381 §3.3. */
export function aacCodecString({ objectType, extension }: AacConfig): string {
  if (extension === undefined) {
    return `mp4a.40.${objectType}`;
  }
  return `mp4a.40.${extension.parametricStereo ? PS : SBR}`;
}

/** What the decoder puts out, which is what manifests and sample entries state. */
export function aacOutput(config: AacConfig): { readonly sampleRate: number; readonly channels: number } {
  const { extension, sampleRate, channels } = config;
  return {
    sampleRate: extension?.sampleRate ?? sampleRate,
    channels: extension?.parametricStereo === true ? 2 : channels,
  };
}

/** Samples in one frame at the output rate: 1024, or 2048 where SBR doubles the rate. */
export function aacFrameSamples({ frameLength, sampleRate, extension }: AacConfig): number {
  return extension !== undefined && extension.sampleRate > sampleRate ? 2 * frameLength : frameLength;
}

/** Index in table 1.18, as ADTS headers need it; undefined for a rate that is not there. */
export function samplingFrequencyIndex(sampleRate: number): number | undefined {
  const index = SAMPLING_FREQUENCIES.indexOf(sampleRate);
  return index < 0 ? undefined : index;
}

function parseObjectType(bits: BitReader): number {
  const objectType = bits.bits(5);
  return objectType === ESCAPE ? 32 + bits.bits(6) : objectType;
}

function parseSampleRate(bits: BitReader): number {
  const index = bits.bits(4);
  const sampleRate = index === EXPLICIT_FREQUENCY ? bits.bits(24) : SAMPLING_FREQUENCIES[index];
  if (sampleRate === undefined || sampleRate === 0) {
    throw malformed('AudioSpecificConfig', 0, `has sampling frequency index ${index} without a frequency`);
  }
  return sampleRate;
}

function writeSampleRate(bits: BitWriter, sampleRate: number): void {
  const index = samplingFrequencyIndex(sampleRate);
  if (index === undefined) {
    bits.bits(4, EXPLICIT_FREQUENCY);
    bits.bits(24, sampleRate);
  } else {
    bits.bits(4, index);
  }
}

/** Reads what may follow a plain configuration, §1.6.5. */
function parseCompatibleExtension(bits: BitReader): AacExtension | undefined {
  if (bits.bitsLeft < 16 || bits.bits(11) !== SBR_SYNC || parseObjectType(bits) !== SBR || !bits.flag()) {
    return undefined;
  }
  const sampleRate = parseSampleRate(bits);
  const parametricStereo = bits.bitsLeft >= 12 && bits.bits(11) === PS_SYNC && bits.flag();
  return { sampleRate, parametricStereo, signalling: 'compatible' };
}

/** Counts the channels of a program_config_element, §4.5.1.2. */
function parseProgramConfig(bits: BitReader): number {
  bits.skip(4 + 2 + 4); // element_instance_tag, object_type, sampling_frequency_index
  const [front, side, back] = [bits.bits(4), bits.bits(4), bits.bits(4)];
  const lfe = bits.bits(2);
  const associatedData = bits.bits(3);
  const couplings = bits.bits(4);
  for (const mixdownBits of [4, 4, 3]) {
    if (bits.flag()) {
      bits.skip(mixdownBits);
    }
  }
  let channels = lfe;
  for (let element = 0; element < front + side + back; element += 1) {
    channels += bits.flag() ? 2 : 1;
    bits.skip(4);
  }
  bits.skip(4 * lfe + 4 * associatedData + 5 * couplings);
  bits.align();
  bits.skip(8 * bits.bits(8)); // comment
  return channels;
}
