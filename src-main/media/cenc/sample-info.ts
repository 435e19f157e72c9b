import type { BoxWriter } from '../isobmff/box-writer.ts';
import { userType } from '../isobmff/user-type.ts';
import type { Subsample } from './sample-protection.ts';

/** What a player needs to decrypt one sample, ISO/IEC 23001-7 §7.2. */
export type SampleInfo = {
  /** 8 bytes; none where all samples have the constant IV of the header. */
  readonly iv: Uint8Array;
  /** Undefined when the sample is encrypted as a whole. */
  readonly subsamples: readonly Subsample[] | undefined;
};

const HAS_SUBSAMPLES = 2;
/** The box of PIFF 1.1 §5.3.2.1, which came before `senc` and has the same content. */
const PIFF_SAMPLE_ENCRYPTION = userType('a2394f52-5a9b-4f14-a244-6c427c648df4');

export function infoSize({ iv, subsamples }: SampleInfo): number {
  return iv.length + (subsamples === undefined ? 0 : 2 + 6 * subsamples.length);
}

/** `senc`, §7.2.1. Gives the position of the first sample's information in the writer, for `saio`. */
export function writeSenc(writer: BoxWriter, samples: readonly SampleInfo[]): number {
  let first = 0;
  writer.fullBox('senc', 0, flagsOf(samples), (body) => {
    body.u32(samples.length);
    first = body.length;
    writeInfos(body, samples);
  });
  return first;
}

export function writePiffSampleEncryption(writer: BoxWriter, samples: readonly SampleInfo[]): void {
  writer.box('uuid', (body) => {
    body.bytes(PIFF_SAMPLE_ENCRYPTION);
    body.u8(0);
    body.u24(flagsOf(samples));
    body.u32(samples.length);
    writeInfos(body, samples);
  });
}

function flagsOf(samples: readonly SampleInfo[]): number {
  return samples.some(({ subsamples }) => subsamples !== undefined) ? HAS_SUBSAMPLES : 0;
}

function writeInfos(writer: BoxWriter, samples: readonly SampleInfo[]): void {
  for (const { iv, subsamples } of samples) {
    writer.bytes(iv);
    if (subsamples !== undefined) {
      writer.u16(subsamples.length);
      for (const subsample of subsamples) {
        writer.u16(subsample.clear);
        writer.u32(subsample.protected);
      }
    }
  }
}

/** Sizes of what `senc` has for each sample, ISO/IEC 14496-12 §8.7.8. */
export function writeSaiz(writer: BoxWriter, samples: readonly SampleInfo[]): void {
  const sizes = samples.map(infoSize);
  const [first = 0] = sizes;
  const isUniform = sizes.every((size) => size === first);
  writer.fullBox('saiz', 0, 0, (body) => {
    body.u8(isUniform ? first : 0);
    body.u32(sizes.length);
    if (!isUniform) {
      sizes.forEach((size) => body.u8(size));
    }
  });
}

/** Where that begins, from the beginning of the `moof`, §8.7.9. Gives the position of the offset, for patching. */
export function writeSaio(writer: BoxWriter): number {
  let at = 0;
  writer.fullBox('saio', 0, 0, (body) => {
    body.u32(1);
    at = body.length;
    body.u32(0);
  });
  return at;
}
