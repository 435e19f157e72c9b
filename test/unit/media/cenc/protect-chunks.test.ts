import assert from 'node:assert/strict';
import { createCipheriv, createDecipheriv } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { type ChunkProtection, protectChunks } from '../../../../src-main/media/cenc/protect-chunks.ts';
import { protectInit } from '../../../../src-main/media/cenc/protect-init.ts';
import type { SampleScheme } from '../../../../src-main/media/cenc/sample-protection.ts';
import { createSampleMap } from '../../../../src-main/media/cenc/subsamples.ts';
import { parseChunk, parseChunks, writeChunk } from '../../../../src-main/media/cmaf/chunk.ts';
import { writeInitSegment } from '../../../../src-main/media/cmaf/init-segment.ts';
import type { Sample, TrackDescription } from '../../../../src-main/media/cmaf/types.ts';
import { joinLengthPrefixed } from '../../../../src-main/media/codecs/nal-units.ts';
import { readBoxes } from '../../../../src-main/media/isobmff/box-reader.ts';
import { ticks } from '../../../../src-main/media/time.ts';
import { AppError } from '../../../../src-main/shared/app-error.ts';
import { AUDIO, NO_DEFAULTS, VIDEO } from '../sample-media.ts';

const KEY = Buffer.from('00112233445566778899aabbccddeeff', 'hex');
const CONSTANT_IV = Buffer.from('a0a1a2a3a4a5a6a7a8a9aaabacadaeaf', 'hex');
const FIRST_IV = 0xffff_ffff_ffff_fffen;

function protection(scheme: SampleScheme, track: TrackDescription): ChunkProtection {
  return {
    scheme,
    constantIv: CONSTANT_IV,
    ciphers: {
      ctr(block) {
        const cipher = createCipheriv('aes-128-ctr', KEY, block);
        return (plain) => cipher.update(plain);
      },
      cbc: (iv, plain) => createCipheriv('aes-128-cbc', KEY, iv).setAutoPadding(false).update(plain),
    },
    map: createSampleMap(track),
    firstIv: () => FIRST_IV,
  };
}

function sampleOf(data: Uint8Array, index = 0): Sample {
  return { decodeTime: ticks(index * 3000), duration: 3000, compositionOffset: 0, sync: index === 0, data };
}

function chunkOf(samples: readonly Uint8Array[], kind: 'video' | 'audio'): Uint8Array {
  return writeChunk(samples.map(sampleOf), { sequenceNumber: 1, kind }).bytes;
}

/** An I slice whose header is as short as can be. */
function sliceOf(length: number): Uint8Array {
  return new Uint8Array(3 + length).fill(0xff).fill(0x65, 0, 1).fill(0x88, 1, 2).fill(0x84, 2, 3);
}

type Info = {
  readonly iv: Uint8Array;
  readonly runs: readonly (readonly [clear: number, size: number])[] | undefined;
};

/** `senc`, or the box that PIFF had for it. */
function readInfos(chunk: Uint8Array, ivSize: number): readonly Info[] {
  const traf = readBoxes(chunk).require('moof').require('traf');
  const box = traf.require('senc');
  const { flags } = box.fullBox(0);
  return Array.from({ length: box.u32() }, () => {
    const iv = box.bytes(ivSize);
    const runs =
      (flags & 2) === 0 ? undefined : Array.from({ length: box.u16() }, () => [box.u16(), box.u32()] as const);
    return { iv, runs };
  });
}

/** The inverse, written from the standard and not from what encrypts. */
function decrypt(sample: Uint8Array, info: Info, scheme: SampleScheme): Uint8Array {
  const plain = new Uint8Array(sample);
  const counter = createDecipheriv(
    'aes-128-ctr',
    KEY,
    Buffer.concat([info.iv, Buffer.alloc(16 - info.iv.length)]),
  );
  let at = 0;
  for (const [clear, size] of info.runs ?? [[0, sample.length]]) {
    at += clear;
    const run = plain.subarray(at, at + size);
    if (scheme === 'cenc') {
      run.set(counter.update(run));
    } else {
      const cipher = createDecipheriv('aes-128-cbc', KEY, CONSTANT_IV).setAutoPadding(false);
      const step = info.runs === undefined ? 16 : 160;
      for (let block = 0; block + 16 <= run.length; block += step) {
        run.set(cipher.update(run.subarray(block, block + 16)), block);
      }
    }
    at += size;
  }
  return plain;
}

/** NAL units that begin as slices, parameter sets and messages do; the slices are all I slices of the stream in `sample-media.ts`. */
const nal = fc.tuple(
  fc.constantFrom([0x65, 0x88, 0x84], [0x41, 0x9a], [0x06], [0x67], [0x68], [0x09], [0x0c]),
  fc.uint8Array({ maxLength: 700 }),
);
const picture = fc
  .array(nal, { minLength: 1, maxLength: 5 })
  .map((units) => joinLengthPrefixed(units.map(([head, rest]) => Uint8Array.of(...head, ...rest))));

test('what was encrypted is decrypted by what stands beside it, whatever the NAL units are', () => {
  fc.assert(
    fc.property(
      fc.array(picture, { minLength: 1, maxLength: 4 }),
      fc.constantFrom<SampleScheme>('cenc', 'cbcs'),
      (pictures, scheme) => {
        const chunk = protectChunks(chunkOf(pictures, 'video'), protection(scheme, VIDEO));
        const infos = readInfos(chunk, scheme === 'cenc' ? 8 : 0);
        const samples = parseChunk(chunk, NO_DEFAULTS);

        samples.forEach((sample, index) => {
          const info = infos[index]!;
          assert.equal(
            info.runs!.reduce((sum, [clear, size]) => sum + clear + size, 0),
            sample.data.length,
          );
          if (scheme === 'cenc') {
            assert(info.runs!.every(([, size]) => size % 16 === 0));
          }
          assert.deepEqual(decrypt(sample.data, info, scheme), pictures[index]);
        });
        assert.equal(infos.length, pictures.length);
      },
    ),
    { numRuns: 150 },
  );
});

test('IVs count up from sample to sample and over their end', () => {
  const chunk = protectChunks(
    chunkOf(
      [1, 2, 3].map((fill) => new Uint8Array(40).fill(fill)),
      'audio',
    ),
    protection('cenc', AUDIO),
  );

  assert.deepEqual(
    readInfos(chunk, 8).map(({ iv }) => Buffer.from(iv).toString('hex')),
    ['fffffffffffffffe', 'ffffffffffffffff', '0000000000000000'],
  );
});

test('sound is encrypted as a whole, in block chaining but for what is less than a block', () => {
  const frame = Uint8Array.from({ length: 37 }, (_, index) => index);
  const cenc = protectChunks(chunkOf([frame], 'audio'), protection('cenc', AUDIO));
  const cbcs = protectChunks(chunkOf([frame], 'audio'), protection('cbcs', AUDIO));
  const [encrypted] = parseChunk(cbcs, NO_DEFAULTS);

  assert.equal(readInfos(cenc, 8)[0]!.runs, undefined);
  assert.deepEqual(decrypt(parseChunk(cenc, NO_DEFAULTS)[0]!.data, readInfos(cenc, 8)[0]!, 'cenc'), frame);
  // The header says all there is to say.
  assert.equal(readBoxes(cbcs).require('moof').require('traf').find('senc'), undefined);
  assert.deepEqual(decrypt(encrypted!.data, { iv: new Uint8Array(), runs: undefined }, 'cbcs'), frame);
  assert.deepEqual(encrypted!.data.subarray(32), frame.subarray(32));
  assert.notDeepEqual(encrypted!.data.subarray(16, 32), frame.subarray(16, 32));
});

test('saiz and saio lead to the information of each sample', () => {
  const slice = (length: number): Uint8Array => joinLengthPrefixed([sliceOf(length)]);
  const chunk = protectChunks(chunkOf([slice(100), slice(9), slice(200)], 'video'), protection('cenc', VIDEO));
  const traf = readBoxes(chunk).require('moof').require('traf');
  const saiz = traf.require('saiz');
  saiz.fullBox(0);
  const saio = traf.require('saio');
  saio.fullBox(0);
  const senc = traf.require('senc');

  const uniform = saiz.u8();
  const sizes = Array.from({ length: saiz.u32() }, () => (uniform === 0 ? saiz.u8() : uniform));

  assert.deepEqual(sizes, [16, 16, 16]);
  assert.deepEqual([saio.u32(), saio.u32()], [1, senc.bodyOffset + 8]);
});

test('a picture of very many slices is covered, although there is no room to name them all', () => {
  const units = Array.from({ length: 100 }, () => sliceOf(90));
  const sample = joinLengthPrefixed(units);
  for (const scheme of ['cenc', 'cbcs'] as const) {
    const chunk = protectChunks(chunkOf([sample], 'video'), protection(scheme, VIDEO));
    const [info] = readInfos(chunk, scheme === 'cenc' ? 8 : 0);
    const { data } = parseChunk(chunk, NO_DEFAULTS)[0]!;

    assert(info!.runs!.length * 6 + 10 <= 255);
    const [, lastSize] = info!.runs!.findLast(([, size]) => size > 0)!;
    assert(lastSize > 6000, 'the last one covers the rest');
    assert.deepEqual(decrypt(data, info!, scheme), sample);
  }
});

test('a clear run that is too long for its field is told in several', () => {
  const sample = joinLengthPrefixed([new Uint8Array(150_000).fill(0x06), sliceOf(100)]);
  const [info] = readInfos(protectChunks(chunkOf([sample], 'video'), protection('cenc', VIDEO)), 8);

  assert.deepEqual(info!.runs!.slice(0, 2), [
    [65_535, 0],
    [65_535, 0],
  ]);
  assert.equal(info!.runs!.length, 3);
});

test('a sample that is no row of NAL units is encrypted all the same', () => {
  const broken = Uint8Array.of(0, 0, 9, 9, ...new Uint8Array(300).fill(7));
  const chunk = protectChunks(chunkOf([broken], 'video'), protection('cenc', VIDEO));
  const [info] = readInfos(chunk, 8);

  assert(info!.runs!.some(([, size]) => size >= 192));
  assert.deepEqual(decrypt(parseChunk(chunk, NO_DEFAULTS)[0]!.data, info!, 'cenc'), broken);
});

test('chunks in a row are encrypted each by itself, and what stands between them stays', () => {
  const one = chunkOf([new Uint8Array(50).fill(1)], 'audio');
  const two = chunkOf([new Uint8Array(60).fill(2)], 'audio');
  const message = Uint8Array.of(0, 0, 0, 12, 0x66, 0x72, 0x65, 0x65, 1, 2, 3, 4);
  const scheme = protection('cenc', AUDIO);
  const row = protectChunks(Buffer.concat([one, message, two]), scheme);

  assert.deepEqual(
    Buffer.from(row),
    Buffer.concat([protectChunks(one, scheme), message, protectChunks(two, scheme)]),
  );
  assert.equal(parseChunks(row, NO_DEFAULTS).length, 2);
});

test('a chunk that is cut off, or of two tracks, is refused', () => {
  const chunk = chunkOf([new Uint8Array(50)], 'audio');

  for (const bad of [chunk.subarray(0, chunk.length - 1), chunk.subarray(8), Uint8Array.of(0, 0, 0, 4)]) {
    assert.throws(
      () => protectChunks(bad, protection('cenc', AUDIO)),
      (error) => error instanceof AppError && error.code === 'media/malformed',
    );
  }
});

test('a header says how its track is encrypted, and is otherwise as it was', () => {
  const clear = writeInitSegment(VIDEO);
  const system = Uint8Array.of(0, 0, 0, 8, 0x70, 0x73, 0x73, 0x68);
  const read = (bytes: Uint8Array) => {
    const moov = readBoxes(bytes).require('moov');
    const stsd = moov.require('trak').require('mdia').require('minf').require('stbl').require('stsd');
    stsd.skip(8);
    const entry = stsd.require('encv');
    entry.skip(78);
    const sinf = entry.require('sinf');
    const schm = sinf.require('schm');
    schm.skip(4);
    const tenc = sinf.require('schi').require('tenc');
    return {
      frma: sinf.require('frma').fourCc(),
      scheme: schm.fourCc(),
      tenc: Buffer.from(tenc.rest()).toString('hex'),
    };
  };
  const keyId = Buffer.from('0123456789abcdef');
  const kid = keyId.toString('hex');
  const iv = CONSTANT_IV.toString('hex');

  const cenc = protectInit(clear, VIDEO, { scheme: 'cenc', keyId, constantIv: CONSTANT_IV }, [system]);
  const cbcs = protectInit(clear, VIDEO, { scheme: 'cbcs', keyId, constantIv: CONSTANT_IV }, []);
  const sound = protectInit(
    writeInitSegment(AUDIO),
    AUDIO,
    { scheme: 'cbcs', keyId, constantIv: CONSTANT_IV },
    [],
  );

  assert.deepEqual(read(cenc), { frma: 'avc1', scheme: 'cenc', tenc: `0000000000000108${kid}` });
  assert.deepEqual(read(cbcs), { frma: 'avc1', scheme: 'cbcs', tenc: `0100000000190100${kid}10${iv}` });
  assert(Buffer.from(sound).includes(Buffer.from(`0100000000000100${kid}10${iv}`, 'hex')));
  assert(Buffer.from(sound).includes('enca'));
  assert(Buffer.from(cenc).subarray(-8).equals(system));
  assert(Buffer.from(cenc).includes(Buffer.from(VIDEO.decoderConfig)));
});
