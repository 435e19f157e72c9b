import { nextChunk } from '../cmaf/chunk.ts';
import { MAX_SAMPLES_PER_FRAGMENT, readFragmentSamples } from '../cmaf/fragment-samples.ts';
import type { Sample } from '../cmaf/types.ts';
import type { BoxReader } from '../isobmff/box-reader.ts';
import { readBoxes } from '../isobmff/box-reader.ts';
import { BoxWriter } from '../isobmff/box-writer.ts';
import { parseMoof } from '../isobmff/moof.ts';
import { emptyTrex } from '../isobmff/trex.ts';
import { malformed } from '../malformed.ts';
import { ticks } from '../time.ts';
import { infoSize, type SampleInfo, writeSaio, writeSaiz, writeSenc } from './sample-info.ts';
import {
  CIPHER_BLOCK,
  SAMPLE_IV_BYTES,
  type SampleCiphers,
  type SampleScheme,
  type Subsample,
  VIDEO_PATTERN,
} from './sample-protection.ts';
import type { SampleMap } from './subsamples.ts';

export type ChunkProtection = {
  readonly scheme: SampleScheme;
  /** 16 bytes, for `cbcs`. */
  readonly constantIv: Uint8Array;
  readonly ciphers: SampleCiphers;
  readonly map: SampleMap;
  /**
   * For `cenc`: the IV of the first sample of a chunk, from its `moof`; those behind count up. No two chunks under one key may have any in
   * common, and the same chunk always has the same.
   */
  readonly firstIv: (moof: Uint8Array) => bigint;
};

/** Fields of a `trun` before its data offset: version, flags and the count of samples. */
const TRUN_FIELDS = 8;
const HAS_DATA_OFFSET = 1;
const NO_BYTES = new Uint8Array();

/**
 * Encrypts the samples of chunks in a row (ISO/IEC 23001-7 §9 and §10), each by itself, and puts into its `moof` what is needed to decrypt
 * them. Event messages and everything else between the chunks stay as they are. `bytes` are not changed.
 *
 * Throws `media/malformed` for anything but whole chunks of one track.
 */
export function protectChunks(bytes: Uint8Array, protection: ChunkProtection): Uint8Array {
  const writer = new BoxWriter(bytes.length + 2048);
  let copied = 0;
  for (let found = nextChunk(bytes, 0); found.kind !== 'end'; found = nextChunk(bytes, copied)) {
    if (found.kind === 'malformed') {
      throw found.error;
    }
    if (found.kind === 'need' || found.end > bytes.length) {
      throw malformed('chunk', copied, `is cut off after ${bytes.length - copied} bytes`);
    }
    const { moofOffset, moofSize, dataOffset, end } = found;
    writer.bytes(bytes.subarray(copied, moofOffset));
    const data = new Uint8Array(bytes.buffer, bytes.byteOffset + dataOffset, end - dataOffset);
    const moof = bytes.subarray(moofOffset, moofOffset + moofSize);
    const samples = samplesOf(moof, { bytes: data, start: dataOffset - moofOffset });
    const infos = infosOf(samples, moof, protection);
    writeMoof(writer, moof, infos);
    writer.bytes(bytes.subarray(moofOffset + moofSize, dataOffset));
    writer.bytes(encrypt(data, samples, infos, protection));
    copied = end;
  }
  writer.bytes(bytes.subarray(copied));
  return writer.finish();
}

function samplesOf(
  moof: Uint8Array,
  mediaData: { readonly bytes: Uint8Array; readonly start: number },
): readonly Sample[] {
  const parsed = parseMoof(readBoxes(moof).require('moof'), MAX_SAMPLES_PER_FRAGMENT);
  const [fragment, ...others] = parsed.tracks;
  if (fragment === undefined || others.length > 0 || !fragment.header.defaultBaseIsMoof) {
    throw malformed('moof', 0, 'is not of one track with offsets of its own');
  }
  const state = { trex: emptyTrex(fragment.header.trackId), nextDecodeTime: ticks(0n) };
  return readFragmentSamples(parsed, mediaData, () => state)[0]?.samples ?? [];
}

function infosOf(
  samples: readonly Sample[],
  moof: Uint8Array,
  { scheme, map, firstIv }: ChunkProtection,
): readonly SampleInfo[] {
  let iv = scheme === 'cenc' ? firstIv(moof) : 0n;
  return samples.map(({ data }) => {
    const subsamples = map.subsamplesOf(data, scheme);
    if (scheme === 'cbcs') {
      return { iv: NO_BYTES, subsamples };
    }
    const own = new Uint8Array(SAMPLE_IV_BYTES);
    new DataView(own.buffer).setBigUint64(0, BigInt.asUintN(64, iv));
    iv += 1n;
    return { iv: own, subsamples };
  });
}

/** The same with the information at the end of its track, and the data that much farther away. */
function writeMoof(writer: BoxWriter, moof: Uint8Array, infos: readonly SampleInfo[]): void {
  const start = writer.length;
  const dataOffsets: { readonly at: number; readonly value: number }[] = [];
  const copy = (box: BoxReader): void => writer.bytes(moof.subarray(box.offset, box.offset + box.size));
  writer.box('moof', () => {
    for (const child of readBoxes(moof).require('moof').children()) {
      if (child.type !== 'traf') {
        copy(child);
        continue;
      }
      writer.box('traf', () => {
        for (const box of child.children()) {
          const at = writer.length + (box.bodyOffset - box.offset) + TRUN_FIELDS;
          copy(box);
          if (box.type === 'trun' && (box.fullBox(1).flags & HAS_DATA_OFFSET) !== 0) {
            box.skip(4);
            dataOffsets.push({ at, value: box.i32() });
          }
        }
        writeInfos(writer, infos, start);
      });
    }
  });
  const growth = writer.length - start - moof.length;
  for (const { at, value } of dataOffsets) {
    writer.patchU32(at, (value + growth) >>> 0);
  }
}

function writeInfos(writer: BoxWriter, infos: readonly SampleInfo[], moofStart: number): void {
  if (infos.every((info) => infoSize(info) === 0)) {
    // Sound in `cbcs`: the header says it all.
    return;
  }
  writeSaiz(writer, infos);
  const offsetAt = writeSaio(writer);
  const first = writeSenc(writer, infos);
  writer.patchU32(offsetAt, first - moofStart);
}

/** The body of the `mdat` with its samples encrypted. */
function encrypt(
  data: Uint8Array,
  samples: readonly Sample[],
  infos: readonly SampleInfo[],
  protection: ChunkProtection,
): Uint8Array {
  const encrypted = data.slice();
  for (const [index, sample] of samples.entries()) {
    const info = infos[index];
    if (info !== undefined) {
      const at = sample.data.byteOffset - data.byteOffset;
      const target = encrypted.subarray(at, at + sample.data.length);
      if (protection.scheme === 'cenc') {
        encryptCounter(target, info, protection.ciphers);
      } else {
        encryptPattern(target, info, protection);
      }
    }
  }
  return encrypted;
}

/** §9.5.1: one key stream goes on over all protected runs of a sample. */
function encryptCounter(sample: Uint8Array, { iv, subsamples }: SampleInfo, ciphers: SampleCiphers): void {
  const counterBlock = new Uint8Array(CIPHER_BLOCK);
  counterBlock.set(iv);
  const runs = protectedRuns(sample, subsamples);
  const [only, ...others] = runs;
  if (only !== undefined && others.length === 0) {
    only.set(ciphers.ctr(counterBlock, only));
    return;
  }
  scatter(ciphers.ctr(counterBlock, gather(runs)), runs);
}

/** §9.6 and §10.4: the chain begins anew with every subsample, and goes on over the blocks that it skips. */
function encryptPattern(
  sample: Uint8Array,
  { subsamples }: SampleInfo,
  { ciphers, constantIv }: ChunkProtection,
): void {
  for (const run of protectedRuns(sample, subsamples)) {
    const blocks =
      subsamples === undefined ? [run.subarray(0, run.length - (run.length % CIPHER_BLOCK))] : every10th(run);
    scatter(ciphers.cbc(constantIv, gather(blocks)), blocks);
  }
}

function every10th(run: Uint8Array): readonly Uint8Array[] {
  const blocks: Uint8Array[] = [];
  const { crypt, skip } = VIDEO_PATTERN;
  for (let at = 0; at + crypt * CIPHER_BLOCK <= run.length; at += (crypt + skip) * CIPHER_BLOCK) {
    blocks.push(run.subarray(at, at + crypt * CIPHER_BLOCK));
  }
  return blocks;
}

function protectedRuns(sample: Uint8Array, subsamples: readonly Subsample[] | undefined): readonly Uint8Array[] {
  if (subsamples === undefined) {
    return [sample];
  }
  let at = 0;
  return subsamples.map((subsample) => {
    const start = at + subsample.clear;
    at = start + subsample.protected;
    return sample.subarray(start, at);
  });
}

function gather(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function scatter(all: Uint8Array, parts: readonly Uint8Array[]): void {
  let at = 0;
  for (const part of parts) {
    part.set(all.subarray(at, at + part.length));
    at += part.length;
  }
}

/** Lets `map` learn what chunks in front of those to encrypt have for them. */
export function learnFromChunks(bytes: Uint8Array, map: SampleMap): void {
  for (let found = nextChunk(bytes, 0); found.kind === 'chunk' && found.end <= bytes.length; ) {
    const { moofOffset, moofSize, dataOffset, end } = found;
    const data = new Uint8Array(bytes.buffer, bytes.byteOffset + dataOffset, end - dataOffset);
    const moof = bytes.subarray(moofOffset, moofOffset + moofSize);
    for (const sample of samplesOf(moof, { bytes: data, start: dataOffset - moofOffset })) {
      map.learnFrom(sample.data);
    }
    found = nextChunk(bytes, end);
  }
}
