import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SampleInfo } from '../../../../src-main/media/cenc/sample-info.ts';
import { parseChunks } from '../../../../src-main/media/cmaf/chunk.ts';
import { parseInitSegment, writeInitSegment } from '../../../../src-main/media/cmaf/init-segment.ts';
import type { Sample } from '../../../../src-main/media/cmaf/types.ts';
import { csfInit } from '../../../../src-main/media/csf/csf-init.ts';
import { writeCsfSegment } from '../../../../src-main/media/csf/csf-segment.ts';
import { type BoxReader, readBoxes } from '../../../../src-main/media/isobmff/box-reader.ts';
import { parseFileType } from '../../../../src-main/media/isobmff/ftyp.ts';
import { parseSidx } from '../../../../src-main/media/isobmff/sidx.ts';
import { emptyTrex } from '../../../../src-main/media/isobmff/trex.ts';
import { readSampleInfos } from '../../../../src-main/media/smooth/sample-encryption.ts';
import { ticks } from '../../../../src-main/media/time.ts';

const START = 1_900_000_000n * 90_000n;
const VIDEO = {
  kind: 'video',
  timescale: 90_000,
  sequenceNumber: 7,
  messages: undefined,
  infos: [],
} as const;

/** Three pictures whose last two are shown the other way round. */
const PICTURES: readonly Sample[] = [0, 6000, -3000].map((compositionOffset, index) => ({
  decodeTime: ticks(START + BigInt(3000 * index)),
  duration: 3000,
  compositionOffset: compositionOffset + 3000,
  sync: index === 0,
  data: Uint8Array.from({ length: 10 + index }, () => index),
}));

function boxesOf(bytes: Uint8Array): readonly BoxReader[] {
  return [...readBoxes(bytes).children()];
}

function joinedSegment(...args: Parameters<typeof writeCsfSegment>): Uint8Array {
  return new Uint8Array(Buffer.concat(writeCsfSegment(...args)));
}

test('a segment is styp, sidx and one moof with its mdat, and has the samples that were given', () => {
  const bytes = joinedSegment(PICTURES, VIDEO);

  assert.deepEqual(
    boxesOf(bytes).map(({ type }) => type),
    ['styp', 'sidx', 'moof', 'mdat'],
  );
  assert.deepEqual(parseFileType(readBoxes(bytes).require('styp')), {
    majorBrand: 'msdh',
    minorVersion: 0,
    compatibleBrands: ['msdh', 'msix'],
  });
  assert.deepEqual(parseChunks(bytes, { trex: emptyTrex(1) }), [PICTURES]);
});

test('its index says where it is, how long, and from when on it is shown', () => {
  const bytes = joinedSegment(PICTURES, VIDEO);

  const [, sidx, moof] = boxesOf(bytes);
  const behind = bytes.length - moof!.offset;
  assert.equal(sidx!.offset + sidx!.size, moof!.offset);
  assert.deepEqual(parseSidx(readBoxes(bytes).require('sidx')), {
    referenceId: 1,
    timescale: 90_000,
    earliestPresentationTime: START + 3000n,
    firstOffset: 0n,
    references: [
      { kind: 'media', size: behind, duration: 9000, startsWithSap: true, sapType: 1, sapDeltaTime: 0 },
    ],
  });
});

test('messages stand between the index and the moof, and the index has them', () => {
  const messages = Uint8Array.of(0, 0, 0, 12, ...Buffer.from('emsg'), 1, 2, 3, 4);

  const bytes = joinedSegment(PICTURES, { ...VIDEO, messages });

  const boxes = boxesOf(bytes);
  assert.deepEqual(
    boxes.map(({ type }) => type),
    ['styp', 'sidx', 'emsg', 'moof', 'mdat'],
  );
  const [reference] = parseSidx(readBoxes(bytes).require('sidx')).references;
  assert.equal(reference?.size, bytes.length - boxes[2]!.offset);
});

test('where samples are missing the one before lasts until the next', () => {
  const [first, , third] = PICTURES;

  const [samples] = parseChunks(joinedSegment([first!, third!], VIDEO), { trex: emptyTrex(1) });

  assert.deepEqual(
    samples?.map(({ decodeTime, duration }) => [decodeTime, duration]),
    [
      [START, 6000],
      [START + 6000n, 3000],
    ],
  );
});

test('what samples are decrypted with goes with them', () => {
  const infos: readonly SampleInfo[] = PICTURES.map((_, index) => ({
    iv: Uint8Array.from({ length: 8 }, () => index),
    subsamples: [{ clear: 5, protected: 5 + index }],
  }));

  const bytes = joinedSegment(PICTURES, { ...VIDEO, infos });

  assert.deepEqual(readSampleInfos(bytes), infos);
  const traf = readBoxes(bytes).require('moof').require('traf');
  const saio = traf.require('saio');
  saio.skip(8);
  const moof = readBoxes(bytes).require('moof');
  const senc = readBoxes(bytes).require('moof').require('traf').require('senc');
  // Behind the header of the box, its flags and the count of samples.
  assert.equal(moof.offset + saio.u32(), senc.offset + 16);
});

test('samples that lie behind each other are sent in one piece, without a copy', () => {
  const bytes = Uint8Array.from({ length: 33 }, (_, index) => index);
  const samples = PICTURES.map((sample, index) => ({
    ...sample,
    data: bytes.subarray(11 * index, 11 * index + 11),
  }));

  const parts = writeCsfSegment(samples, VIDEO);

  assert.equal(parts.length, 3);
  assert.equal(parts[2]?.buffer, bytes.buffer);
  assert.deepEqual(parts[2], bytes);
});

test('an init segment has other brands and the same track', () => {
  const init = writeInitSegment({
    kind: 'audio',
    timescale: 48_000,
    codec: 'mp4a.40.2',
    bitrate: 128_000,
    language: 'en',
    fourCc: 'mp4a',
    sampleRate: 48_000,
    channels: 2,
    decoderConfig: Uint8Array.of(0x11, 0x90),
  });

  const csf = csfInit(init);

  assert.deepEqual(parseFileType(readBoxes(csf).require('ftyp')), {
    majorBrand: 'ccff',
    minorVersion: 1,
    compatibleBrands: ['ccff', 'iso8', 'dash'],
  });
  assert.deepEqual(parseInitSegment(csf), parseInitSegment(init));
  assert.equal(Buffer.from(csf).toString('latin1').slice(-100), Buffer.from(init).toString('latin1').slice(-100));
});
