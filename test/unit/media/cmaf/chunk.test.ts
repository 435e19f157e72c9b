import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  nextChunk,
  parseChunk,
  parseChunks,
  readChunkHeader,
  writeChunk,
} from '../../../../src-main/media/cmaf/chunk.ts';
import { writeInitSegment } from '../../../../src-main/media/cmaf/init-segment.ts';
import type { Sample } from '../../../../src-main/media/cmaf/types.ts';
import { readBoxes } from '../../../../src-main/media/isobmff/box-reader.ts';
import { writeEmsg } from '../../../../src-main/media/isobmff/emsg.ts';
import { writeFree } from '../../../../src-main/media/isobmff/free.ts';
import { writeStyp } from '../../../../src-main/media/isobmff/ftyp.ts';
import { parseMoof } from '../../../../src-main/media/isobmff/moof.ts';
import { writePrft } from '../../../../src-main/media/isobmff/prft.ts';
import { ticks } from '../../../../src-main/media/time.ts';
import {
  assertRefused,
  audioFrames,
  concat,
  fromHex,
  NO_DEFAULTS,
  pictures,
  toHex,
  VIDEO,
  written,
} from '../sample-media.ts';

const STYP = written((writer) =>
  writeStyp(writer, { majorBrand: 'msdh', minorVersion: 0, compatibleBrands: ['cmfs'] }),
);
const PRFT = written((writer) =>
  writePrft(writer, { flags: 0, trackId: 1, ntpTimestamp: 1n, mediaTime: ticks(0) }),
);
const EMSG = written((writer) =>
  writeEmsg(writer, {
    schemeIdUri: 'urn:x',
    value: '',
    timescale: 1,
    start: { kind: 'absolute', ticks: ticks(0) },
    duration: 1,
    id: 1,
    payload: new Uint8Array(3),
  }),
);
const FREE = written((writer) => writeFree(writer, 12));

/** Samples of any shape that follow each other. */
const samples: fc.Arbitrary<readonly Sample[]> = fc
  .tuple(
    fc.bigInt(0n, (1n << 62n) - 1n),
    fc.array(
      fc.record({
        duration: fc.oneof(fc.constant(3000), fc.integer({ min: 1, max: 0xffff_ffff })),
        compositionOffset: fc.oneof(fc.constant(0), fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff })),
        sync: fc.boolean(),
        data: fc.oneof(fc.constant(Uint8Array.of(1, 2, 3)), fc.uint8Array({ minLength: 1, maxLength: 50 })),
      }),
      { minLength: 1, maxLength: 12 },
    ),
  )
  .map(([start, list]) => {
    let decodeTime = start;
    return list.map(({ duration, compositionOffset, sync, data }) => {
      const sample = { decodeTime: ticks(decodeTime), duration, compositionOffset, sync, data };
      decodeTime += BigInt(duration);
      return sample;
    });
  });

function runOf(bytes: Uint8Array) {
  const moof = parseMoof(readBoxes(bytes).require('moof'), 1000);
  const [track] = moof.tracks;
  assert(track !== undefined && moof.tracks.length === 1);
  const [run] = track.runs;
  assert(run !== undefined && track.runs.length === 1);
  return { sequenceNumber: moof.sequenceNumber, header: track.header, run };
}

test('the samples of a chunk are read as they were written', () => {
  fc.assert(
    fc.property(samples, (list) => {
      const { bytes } = writeChunk(list, { sequenceNumber: 7, kind: 'video' });

      assert.deepEqual(parseChunk(bytes, NO_DEFAULTS), list);
    }),
  );
});

test('what a chunk says of itself agrees with what is read from its first bytes', () => {
  fc.assert(
    fc.property(samples, fc.constantFrom<'video' | 'audio'>('video', 'audio'), (list, kind) => {
      const chunk = writeChunk(list, { sequenceNumber: 9, kind });
      const location = nextChunk(chunk.bytes, 0);
      assert(location.kind === 'chunk');

      const header = readChunkHeader(chunk.bytes.subarray(0, location.dataOffset));

      assert.deepEqual(header, {
        sequenceNumber: 9,
        decodeTime: chunk.decodeTime,
        duration: chunk.duration,
        sampleCount: chunk.sampleCount,
        independent: chunk.independent,
        moofSize: location.mdatOffset,
        totalSize: chunk.bytes.length,
      });
    }),
  );
});

test('a chunk of two pictures has these bytes', () => {
  const { bytes } = writeChunk(
    [
      { decodeTime: ticks(900_000), duration: 3000, compositionOffset: 0, sync: true, data: fromHex('aabbcc') },
      { decodeTime: ticks(903_000), duration: 3000, compositionOffset: 0, sync: false, data: fromHex('dd') },
    ],
    { sequenceNumber: 5, kind: 'video' },
  );

  assert.equal(
    toHex(bytes),
    [
      '0000006c' + '6d6f6f66',
      '00000010' + '6d666864' + '00000000' + '00000005',
      '00000054' + '74726166',
      '00000018' + '74666864' + '00020028' + '00000001' + '00000bb8' + '01010000',
      '00000014' + '74666474' + '01000000' + '00000000000dbba0',
      '00000020' + '7472756e' + '01000205' + '00000002' + '00000074' + '02000000' + '00000003' + '00000001',
      '0000000c' + '6d646174' + 'aabbccdd',
    ].join(''),
  );
});

test('what all samples share is said once', () => {
  const { header, run } = runOf(writeChunk(audioFrames(9), { sequenceNumber: 1, kind: 'audio' }).bytes);

  assert.equal(header.defaultDuration, 1024);
  assert.equal(header.defaultSize, 11);
  assert.equal(header.defaultFlags, 0x0200_0000);
  assert.equal(header.defaultBaseIsMoof, true);
  assert.deepEqual(
    [run.durations, run.sizes, run.flags, run.compositionOffsets, run.firstSampleFlags],
    Array(5).fill(undefined),
  );
});

test('a key frame before others takes one word, one in the middle a column', () => {
  const first = runOf(writeChunk(pictures(6), { sequenceNumber: 1, kind: 'video' }).bytes);
  const middle = runOf(
    writeChunk(
      pictures(6).map((sample, index) => ({ ...sample, sync: index === 3 })),
      { sequenceNumber: 1, kind: 'video' },
    ).bytes,
  );

  assert.equal(first.header.defaultFlags, 0x0101_0000);
  assert.equal(first.run.firstSampleFlags, 0x0200_0000);
  assert.equal(first.run.flags, undefined);
  assert.equal(middle.header.defaultFlags, undefined);
  assert.equal(middle.run.firstSampleFlags, undefined);
  assert.equal(middle.run.flags?.[3], 0x0200_0000);
});

test('audio frames are sync samples whatever an encoder said', () => {
  const frames = audioFrames(3).map((frame) => ({ ...frame, sync: false }));

  const chunk = writeChunk(frames, { sequenceNumber: 1, kind: 'audio' });

  assert.equal(chunk.independent, true);
  assert.deepEqual(
    parseChunk(chunk.bytes, NO_DEFAULTS).map(({ sync }) => sync),
    [true, true, true],
  );
});

test('sequence number and track id are as asked for', () => {
  const { sequenceNumber, header } = runOf(
    writeChunk(pictures(1), { sequenceNumber: 0xffff_ffff, trackId: 42, kind: 'video' }).bytes,
  );

  assert.equal(sequenceNumber, 0xffff_ffff);
  assert.equal(header.trackId, 42);
});

test('the data of samples is a view of the chunk', () => {
  const { bytes } = writeChunk(pictures(3), { sequenceNumber: 1, kind: 'video' });

  assert(parseChunk(bytes, NO_DEFAULTS).every(({ data }) => data.buffer === bytes.buffer));
});

test('the data of samples in a Node Buffer are plain arrays of bytes', () => {
  const { bytes } = writeChunk(pictures(3), { sequenceNumber: 1, kind: 'video' });
  const buffer = Buffer.concat([Buffer.alloc(5), bytes]).subarray(5);

  assert.deepEqual(parseChunk(buffer, NO_DEFAULTS), pictures(3));
});

test('samples that no chunk can hold are a mistake', () => {
  const [first, second] = pictures(2);
  assert(first !== undefined && second !== undefined);
  const options = { sequenceNumber: 1, kind: 'video' } as const;

  for (const [list, words] of [
    [[], /at least one sample/],
    [[second, first], /follow each other/],
    [[first, { ...second, decodeTime: ticks(3001) }], /follow each other/],
    [[{ ...first, decodeTime: ticks(-1) }], /unsigned field of 64 bits/],
    [[{ ...first, duration: 0 }], /a duration is/],
    [[{ ...first, duration: 1.5 }], /a duration is/],
    [[{ ...first, duration: 2 ** 32 }], /a duration is/],
    [[{ ...first, compositionOffset: 2 ** 31 }], /composition offset/],
  ] as const) {
    assert.throws(() => writeChunk(list, options), words);
  }
  assert.throws(() => writeChunk([first], { ...options, sequenceNumber: 2 ** 32 }), /unsigned field/);
});

test('a chunk in another box order of its own is still one chunk', () => {
  const chunk = writeChunk(pictures(4), { sequenceNumber: 1, kind: 'video' }).bytes;

  const found = nextChunk(concat(STYP, PRFT, EMSG, chunk), 0);

  assert.equal(found.kind, 'chunk');
  assert.deepEqual(parseChunk(concat(STYP, PRFT, EMSG, chunk), NO_DEFAULTS), parseChunk(chunk, NO_DEFAULTS));
});

test('defaults come from the header where the fragment says nothing', () => {
  const bytes = written((writer) => {
    writer.box('moof', () => {
      writer.box('traf', () => {
        writer.fullBox('tfhd', 0, 0x02_0000, () => writer.u32(1));
        writer.fullBox('trun', 0, 0x01, () => {
          writer.u32(2);
          writer.i32(68);
        });
      });
    });
    writer.box('free', () => writer.zeros(0));
    writer.box('mdat', () => writer.bytes(fromHex('aabbccdd')));
  });
  const trex = {
    trackId: 1,
    sampleDescriptionIndex: 1,
    sampleDuration: 9,
    sampleSize: 2,
    sampleFlags: 0x0101_0000,
  };

  assert.deepEqual(parseChunk(bytes, { trex }), [
    { decodeTime: 0n, duration: 9, compositionOffset: 0, sync: false, data: fromHex('aabb') },
    { decodeTime: 9n, duration: 9, compositionOffset: 0, sync: false, data: fromHex('ccdd') },
  ]);
  assertRefused(() => readChunkHeader(bytes), /not of one track with its decode time/);
});

test('chunks in a row are read one after the other', () => {
  const all = pictures(12);
  const chunks = [all.slice(0, 5), all.slice(5, 6), all.slice(6)];
  const bytes = concat(
    ...chunks.map((list, index) => writeChunk(list, { sequenceNumber: index, kind: 'video' }).bytes),
  );

  assert.deepEqual(parseChunks(bytes, NO_DEFAULTS), chunks);
  assert.deepEqual(parseChunks(new Uint8Array(), NO_DEFAULTS), []);
  assertRefused(() => parseChunk(bytes, NO_DEFAULTS), /chunk at byte 0 holds 3 chunks/);
  assertRefused(() => parseChunk(new Uint8Array(), NO_DEFAULTS), /chunk at byte 0 holds 0 chunks/);
});

test('a file is walked chunk by chunk from its header on', () => {
  const header = writeInitSegment(VIDEO);
  const all = pictures(8);
  const first = writeChunk(all.slice(0, 4), { sequenceNumber: 1, kind: 'video' }).bytes;
  const second = writeChunk(all.slice(4), { sequenceNumber: 2, kind: 'video' }).bytes;
  const file = concat(header, first, FREE, STYP, second, FREE);

  const one = nextChunk(file, 0);
  assert(one.kind === 'chunk');
  const two = nextChunk(file, one.end);
  assert(two.kind === 'chunk');

  assert.deepEqual(
    [one.offset, one.moofOffset, one.end],
    [header.length, header.length, header.length + first.length],
  );
  assert.equal(two.offset, one.end + FREE.length);
  assert.equal(two.moofOffset, two.offset + STYP.length);
  assert.equal(two.end, file.length - FREE.length);
  assert.equal(nextChunk(file, two.end).kind, 'end');
  assert.equal(nextChunk(file, file.length).kind, 'end');
});

test('padding ends what belongs to a chunk before its moof, and belongs to it behind', () => {
  const chunk = writeChunk(pictures(2), { sequenceNumber: 1, kind: 'video' }).bytes;
  const { moofSize } = readChunkHeader(chunk);

  const before = nextChunk(concat(STYP, FREE, chunk), 0);
  const inside = nextChunk(concat(STYP, chunk.subarray(0, moofSize), FREE, chunk.subarray(moofSize)), 0);

  assert(before.kind === 'chunk' && inside.kind === 'chunk');
  assert.equal(before.offset, STYP.length + FREE.length);
  assert.equal(inside.offset, 0);
  assert.equal(inside.mdatOffset, STYP.length + moofSize + FREE.length);
});

test('a size of 64 bits that is cut off is asked for', () => {
  assert.deepEqual(nextChunk(fromHex('000000016d6f6f66'), 0), { kind: 'need', bytes: 16 });
  assert.deepEqual(nextChunk(fromHex('000000016d6f6f6600000000'), 0), { kind: 'need', bytes: 16 });
  assert.deepEqual(nextChunk(fromHex('000000'), 0), { kind: 'need', bytes: 8 });
});

test('a file cut anywhere gives the chunks that are whole and asks for what is missing', () => {
  const header = writeInitSegment(VIDEO);
  const all = pictures(6);
  const chunks = [all.slice(0, 3), all.slice(3)].map(
    (list, index) => writeChunk(list, { sequenceNumber: index, kind: 'video' }).bytes,
  );
  const file = concat(header, ...chunks);
  const ends = [header.length + (chunks[0]?.length ?? 0), file.length];

  for (let cut = 0; cut <= file.length; cut += 1) {
    const torn = file.subarray(0, cut);
    let offset = 0;
    let whole = 0;
    for (;;) {
      const found = nextChunk(torn, offset);
      if (found.kind === 'chunk' && found.end <= cut) {
        whole += 1;
        offset = found.end;
        continue;
      }
      assert.notEqual(found.kind, 'malformed', `cut at ${cut}`);
      if (found.kind === 'need') {
        assert(offset + found.bytes > cut, `asks for more than there is, cut at ${cut}`);
        assert(offset + found.bytes <= file.length, `never asks beyond the chunk, cut at ${cut}`);
      }
      break;
    }
    assert.equal(whole, ends.filter((end) => end <= cut).length, `cut at ${cut}`);
  }
});

test('what is no chunk is told as malformed, not thrown', () => {
  const { bytes } = writeChunk(pictures(2), { sequenceNumber: 1, kind: 'video' });
  const moofOnly = bytes.subarray(0, readChunkHeader(bytes).moofSize);
  const large = fromHex('7fffffff' + '6d6f6f66');
  const words = (input: Uint8Array): string => {
    const found = nextChunk(input, 0);
    return found.kind === 'malformed' ? `${found.error.code} ${found.error.message}` : found.kind;
  };

  assert.match(
    words(fromHex('0000000c6d64617400000000')),
    /media\/malformed The mdat at byte 0 has no moof before it/,
  );
  assert.match(words(concat(moofOnly, moofOnly)), /The moof at byte 0 has no mdat behind it/);
  assert.match(words(fromHex('000000006d6f6f66')), /The moof at byte 0 has no end/);
  assert.match(words(large), /moof at byte 0 of 2147483647 bytes is larger than any chunk/);
  assert.match(words(fromHex('0000000366726565')), /free at byte 0 has size 3/);
});

test('a chunk that is cut off is refused by those who need all of it', () => {
  const { bytes } = writeChunk(pictures(3), { sequenceNumber: 1, kind: 'video' });

  for (let cut = 1; cut < bytes.length; cut += 1) {
    assertRefused(() => parseChunk(bytes.subarray(0, cut), NO_DEFAULTS), /chunk at byte 0 is cut off after/);
  }
  assertRefused(() => readChunkHeader(bytes.subarray(0, 60)), /chunk at byte 0 is cut off after 60 bytes/);
});
