import { nextChunk } from '../cmaf/chunk.ts';
import { MAX_SAMPLES_PER_FRAGMENT, readFragmentSamples } from '../cmaf/fragment-samples.ts';
import type { Sample } from '../cmaf/types.ts';
import { copyBytes, viewOf } from '../copy-bytes.ts';
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
/** A 32nd: more than the information of samples is of all but the smallest pictures, so the writer need not grow by copying everything. */
const INFO_SHARE_BITS = 5;

/**
 * Encrypts the samples of chunks in a row (ISO/IEC 23001-7 §9 and §10), each by itself, and puts into its `moof` what is needed to decrypt
 * them. Event messages and everything else between the chunks stay as they are. `bytes` are not changed.
 *
 * Throws `media/malformed` for anything but whole chunks of one track.
 */
export function protectChunks(bytes: Uint8Array, protection: ChunkProtection): Uint8Array {
  const writer = new BoxWriter(bytes.length + (bytes.length >> INFO_SHARE_BITS) + 2048);
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
    const at = writer.length;
    writer.bytes(data);
    encrypt(writer.from(at), { data, samples, infos }, protection);
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

/** Encrypts, in their place, the samples in `body`: a copy of `data`, the body of an `mdat`, which they were read from. */
function encrypt(
  body: Uint8Array,
  read: { readonly data: Uint8Array; readonly samples: readonly Sample[]; readonly infos: readonly SampleInfo[] },
  protection: ChunkProtection,
): void {
  for (const [index, { data }] of read.samples.entries()) {
    const info = read.infos[index];
    if (info !== undefined) {
      const at = data.byteOffset - read.data.byteOffset;
      const target = body.subarray(at, at + data.length);
      if (protection.scheme === 'cenc') {
        encryptCounter(target, info, protection.ciphers);
      } else {
        encryptPattern(target, info, protection);
      }
    }
  }
}

/** §9.5.1: one key stream goes on over all protected runs of a sample. */
function encryptCounter(sample: Uint8Array, { iv, subsamples }: SampleInfo, ciphers: SampleCiphers): void {
  const counterBlock = new Uint8Array(CIPHER_BLOCK);
  counterBlock.set(iv);
  const encryptRun = ciphers.ctr(counterBlock);
  for (const run of protectedRuns(sample, subsamples)) {
    run.set(encryptRun(run));
  }
}

/** §9.6 and §10.4: the chain begins anew with every subsample, and goes on over the blocks that it skips. */
function encryptPattern(
  sample: Uint8Array,
  { subsamples }: SampleInfo,
  { ciphers, constantIv }: ChunkProtection,
): void {
  for (const run of protectedRuns(sample, subsamples)) {
    if (subsamples === undefined) {
      const blocks = run.subarray(0, run.length - (run.length % CIPHER_BLOCK));
      blocks.set(ciphers.cbc(constantIv, blocks));
    } else {
      encryptEvery10th(run, (blocks) => ciphers.cbc(constantIv, blocks));
    }
  }
}

function encryptEvery10th(run: Uint8Array, encryptBlocks: (plain: Uint8Array) => Uint8Array): void {
  const taken = VIDEO_PATTERN.crypt * CIPHER_BLOCK;
  const step = taken + VIDEO_PATTERN.skip * CIPHER_BLOCK;
  const count = run.length < taken ? 0 : Math.floor((run.length - taken) / step) + 1;
  const plain = new Uint8Array(count * taken);
  const blocks = viewOf(plain);
  const all = viewOf(run);
  for (let block = 0; block < count; block += 1) {
    copyBytes({ view: all, at: block * step }, { view: blocks, at: block * taken }, taken);
  }
  const encrypted = viewOf(encryptBlocks(plain));
  for (let block = 0; block < count; block += 1) {
    copyBytes({ view: encrypted, at: block * taken }, { view: all, at: block * step }, taken);
  }
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
