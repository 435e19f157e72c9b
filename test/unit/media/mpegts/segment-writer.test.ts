import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Sample } from '../../../../src-main/media/cmaf/types.ts';
import { writeAacConfig } from '../../../../src-main/media/codecs/aac.ts';
import { writeAvcDecoderConfig } from '../../../../src-main/media/codecs/avc.ts';
import { joinLengthPrefixed, splitAnnexB } from '../../../../src-main/media/codecs/nal-units.ts';
import {
  createElementaryWriter,
  type ElementaryWriter,
  neededDelay,
} from '../../../../src-main/media/mpegts/elementary-writer.ts';
import type { PesPacket } from '../../../../src-main/media/mpegts/pes.ts';
import { type TimedId3, writeTsSegment } from '../../../../src-main/media/mpegts/segment-writer.ts';
import { createTransportReader } from '../../../../src-main/media/mpegts/transport-reader.ts';
import { createTsSplitter, type TsPacket } from '../../../../src-main/media/mpegts/ts-packet.ts';
import { ticks } from '../../../../src-main/media/time.ts';
import { AppError } from '../../../../src-main/shared/app-error.ts';

const PACKET = 188;
const CYCLE = 2n ** 33n;
const BASE = 900_000n;
const SPS = Uint8Array.of(0x67, 0x42, 0xc0, 0x1e, 0xda);
const PPS = Uint8Array.of(0x68, 0xce, 0x3c, 0x80);
const AUD = Uint8Array.of(0x09, 0xf0);

const VIDEO = createElementaryWriter({
  kind: 'video',
  timescale: 90_000,
  codec: 'avc1.42c01e',
  bitrate: 1,
  language: 'und',
  fourCc: 'avc1',
  width: 320,
  height: 180,
  frameRate: undefined,
  decoderConfig: writeAvcDecoderConfig({
    profile: 66,
    constraints: 0xc0,
    level: 30,
    lengthSize: 4,
    sps: [SPS],
    pps: [PPS],
    high: undefined,
  }),
});

function audioWriter(
  over: { readonly channelConfiguration?: number; readonly sampleRate?: number } = {},
): ElementaryWriter {
  const { channelConfiguration = 2, sampleRate = 48_000 } = over;
  return createElementaryWriter({
    kind: 'audio',
    timescale: 48_000,
    codec: 'mp4a.40.2',
    bitrate: 1,
    language: 'und',
    fourCc: 'mp4a',
    sampleRate,
    channels: 2,
    decoderConfig: writeAacConfig({
      objectType: 2,
      sampleRate,
      channelConfiguration,
      channels: 2,
      frameLength: 1024,
      extension: undefined,
    }),
  });
}

function picture(index: number, bytes: number, over: Partial<Sample> = {}, startTime = 0n): Sample {
  const slice = new Uint8Array(bytes).fill(0x5a);
  slice[0] = index === 0 ? 0x65 : 0x41;
  return {
    decodeTime: ticks(startTime + BigInt(index * 3000)),
    duration: 3000,
    compositionOffset: 0,
    sync: index === 0,
    data: joinLengthPrefixed([slice]),
    ...over,
  };
}

function frame(index: number, bytes: number, startTime = 0n): Sample {
  return {
    decodeTime: ticks(startTime + BigInt(index * 1024)),
    duration: 1024,
    compositionOffset: 0,
    sync: true,
    data: new Uint8Array(bytes).fill(index),
  };
}

type Read = {
  readonly packets: readonly TsPacket[];
  readonly pes: ReadonlyMap<number, readonly PesPacket[]>;
  readonly types: readonly number[];
};

/** What our own reader finds, which must have nothing to complain of. */
function read(...segments: readonly Uint8Array[]): Read {
  const pes = new Map<number, PesPacket[]>();
  let types: readonly number[] = [];
  const reader = createTransportReader({
    isWanted: () => true,
    onEvent(event) {
      if (event.kind === 'program') {
        types = event.program.streams.map(({ type }) => type);
      } else if (event.kind === 'pes') {
        pes.set(event.pid, [...(pes.get(event.pid) ?? []), event.packet]);
      }
    },
  });
  for (const segment of segments) {
    assert.equal(segment.length % PACKET, 0);
    reader.push(segment);
  }
  reader.flush();
  assert.deepEqual(reader.faults(), { strayBytes: 0, lostPackets: 0, badTables: 0 });
  return { packets: segments.flatMap((segment) => createTsSplitter().push(segment)), pes, types };
}

const VIDEO_PID = 0x100;
const AUDIO_PID = 0x101;
const METADATA_PID = 0x102;

test('pictures and sound come back byte for byte at their times, and counters go on over segments', () => {
  const sizes = fc.array(fc.integer({ min: 2, max: 1500 }), { minLength: 1, maxLength: 12 });
  const content = fc.record({
    start: fc.bigInt({ min: 0n, max: 2n ** 50n }),
    segments: fc.array(fc.record({ pictures: sizes, frames: sizes }), { minLength: 1, maxLength: 4 }),
  });
  fc.assert(
    fc.property(content, ({ start, segments }) => {
      const sound = audioWriter();
      const written = segments.map(({ pictures, frames }) => ({
        pictures: pictures.map((bytes, index) => picture(index, bytes, {}, start)),
        frames: frames.map((bytes, index) => frame(index, bytes, start)),
      }));

      const { pes, packets, types } = read(
        ...written.map(({ pictures, frames }) =>
          writeTsSegment(
            [
              { kind: 'video', writer: VIDEO, samples: pictures, delay: 0n },
              { kind: 'audio', writer: sound, samples: frames, delay: 0n },
            ],
            undefined,
          ),
        ),
      );

      assert.deepEqual(types, [0x1b, 0x0f]);
      const slices = pes.get(VIDEO_PID)!.map(({ data }) => splitAnnexB(data).at(-1));
      assert.deepEqual(
        slices.map((slice) => Buffer.from(slice!)),
        written.flatMap(({ pictures }) => pictures.map(({ data }) => Buffer.from(data.subarray(4)))),
      );
      assert.deepEqual(
        pes.get(VIDEO_PID)!.map(({ pts }) => BigInt(pts!)),
        written.flatMap(({ pictures }) => pictures.map(({ decodeTime }) => (decodeTime + BASE) % CYCLE)),
      );
      assert.deepEqual(
        Buffer.concat(pes.get(AUDIO_PID)!.flatMap(({ data }) => adtsFrames(data))),
        Buffer.concat(written.flatMap(({ frames }) => frames.map(({ data }) => data))),
      );
      for (const pid of [VIDEO_PID, AUDIO_PID]) {
        const counters = packets.filter((packet) => packet.pid === pid).map(({ continuity }) => continuity);
        assert.deepEqual(
          counters,
          counters.map((_, index) => index % 16),
        );
      }
    }),
    { numRuns: 60 },
  );
});

function adtsFrames(data: Uint8Array): readonly Uint8Array[] {
  const frames: Uint8Array[] = [];
  for (let at = 0; at < data.length; ) {
    const length = ((data[at + 3]! & 3) << 11) | (data[at + 4]! << 3) | (data[at + 5]! >> 5);
    frames.push(data.subarray(at + 7, at + length));
    at += length;
  }
  return frames;
}

test('a picture that can be begun at has a delimiter and parameter sets before it, and is marked', () => {
  const pictures = [picture(0, 500), picture(1, 40)];
  const { pes, packets } = read(
    writeTsSegment([{ kind: 'video', writer: VIDEO, samples: pictures, delay: 0n }], undefined),
  );
  const units = pes
    .get(VIDEO_PID)!
    .map(({ data }) => splitAnnexB(data).map((nal) => Buffer.from(nal).toString('hex')));
  const hex = (nal: Uint8Array): string => Buffer.from(nal).toString('hex');

  assert.deepEqual(
    units.map((unit) => unit.slice(0, -1)),
    [[hex(AUD), hex(SPS), hex(PPS)], [hex(AUD)]],
  );
  const begins = packets.filter(({ pid, unitStart }) => pid === VIDEO_PID && unitStart);
  assert.deepEqual(
    begins.map(({ randomAccess }) => randomAccess),
    [true, false],
  );
});

test('parameter sets and delimiters that a picture brings itself are not said twice', () => {
  const own = joinLengthPrefixed([AUD, SPS, PPS, Uint8Array.of(0x65, 1, 2, 3)]);
  const { pes } = read(
    writeTsSegment(
      [{ kind: 'video', writer: VIDEO, samples: [picture(0, 4, { data: own })], delay: 0n }],
      undefined,
    ),
  );

  assert.deepEqual(
    splitAnnexB(pes.get(VIDEO_PID)![0]!.data).map((nal) => nal[0]),
    [0x09, 0x67, 0x68, 0x65],
  );
});

test('no picture is decoded after it is shown, and decoding goes on in time, however they are ordered', () => {
  const offsets = fc.array(fc.integer({ min: -4, max: 4 }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(offsets, fc.boolean(), (reordered, knowsDelay) => {
      const pictures = reordered.map((offset, index) =>
        picture(index, 60, { compositionOffset: offset * 3000 }, 10n ** 6n),
      );
      const delay = knowsDelay ? neededDelay(pictures) : 0n;

      const { pes } = read(
        writeTsSegment([{ kind: 'video', writer: VIDEO, samples: pictures, delay }], undefined),
      );

      const times = pes.get(VIDEO_PID)!;
      assert.deepEqual(
        times.map(({ pts }) => pts),
        pictures.map(({ decodeTime, compositionOffset }) => Number(decodeTime + BASE) + compositionOffset),
      );
      for (const [index, { pts, dts }] of times.entries()) {
        assert(dts! <= pts!, `${dts} is after ${pts}`);
        assert(index === 0 || dts! > times[index - 1]!.dts!, 'times of decoding rise');
      }
      if (knowsDelay) {
        assert.deepEqual(
          times.map(({ dts }) => BigInt(dts!)),
          pictures.map(({ decodeTime }) => decodeTime + BASE - delay),
        );
      }
    }),
  );
});

test('the clock of the stream is before what is decoded by it, also where 33 bits begin anew', () => {
  const start = CYCLE - BASE - 6000n;
  const pictures = [0, 1, 2, 3].map((index) => picture(index, 60, {}, start));
  const bytes = writeTsSegment([{ kind: 'video', writer: VIDEO, samples: pictures, delay: 0n }], undefined);
  const { pes } = read(bytes);

  const clocks: bigint[] = [];
  for (let at = 0; at < bytes.length; at += PACKET) {
    const packet = Buffer.from(bytes.subarray(at, at + PACKET));
    if ((packet[3]! & 0x20) !== 0 && packet[4]! > 0 && (packet[5]! & 0x10) !== 0) {
      clocks.push(packet.readBigUInt64BE(6) >> 31n);
    }
  }
  const modulo = (value: bigint): bigint => ((value % CYCLE) + CYCLE) % CYCLE;
  assert.deepEqual(
    clocks.map((clock, index) => modulo(BigInt(pes.get(VIDEO_PID)![index]!.dts!) - clock)),
    [18_000n, 18_000n, 18_000n, 18_000n],
  );
  assert.deepEqual(
    pes.get(VIDEO_PID)!.map(({ pts }) => BigInt(pts!)),
    [CYCLE - 6000n, CYCLE - 3000n, 0n, 3000n],
  );
});

test('ID3 tags come at their times, however long they are, in a stream that Apple’s map describes', () => {
  const tags: readonly TimedId3[] = [10, 400, 65_600, 200_000].map((length, index) => ({
    time: ticks(index * 1000),
    tag: new Uint8Array(length).fill(index + 1),
  }));
  const bytes = writeTsSegment([{ kind: 'video', writer: VIDEO, samples: [picture(0, 60)], delay: 0n }], tags);
  const { pes, types } = read(bytes);

  assert.deepEqual(types, [0x1b, 0x15]);
  const found = pes.get(METADATA_PID)!;
  for (const { time, tag } of tags) {
    const parts = found.filter(({ pts }) => BigInt(pts!) === time + BASE);
    assert.deepEqual(Buffer.concat(parts.map(({ data }) => data)), Buffer.from(tag));
  }
  const map = Buffer.from(bytes.subarray(PACKET, 2 * PACKET));
  assert(map.includes(Buffer.from('250fffff49443320ff49443320001f0001', 'hex')), 'metadata_pointer_descriptor');
  assert(map.includes(Buffer.from('260dffff49443320ff49443320000f', 'hex')), 'metadata_descriptor');
});

test('frames behind a gap have a time of their own', () => {
  const frames = [frame(0, 100), frame(1, 100), frame(9, 100)];
  const { pes } = read(
    writeTsSegment([{ kind: 'audio', writer: audioWriter(), samples: frames, delay: 0n }], undefined),
  );

  assert.deepEqual(
    pes.get(AUDIO_PID)!.map(({ pts }) => pts! - Number(BASE)),
    [0, 9 * 1920],
  );
});

test('a track without anything in a segment is still in its map', () => {
  const { types, pes } = read(
    writeTsSegment(
      [
        { kind: 'video', writer: VIDEO, samples: [], delay: 0n },
        { kind: 'audio', writer: audioWriter(), samples: [frame(0, 20)], delay: 0n },
      ],
      undefined,
    ),
  );

  assert.deepEqual(types, [0x1b, 0x0f]);
  assert.equal(pes.get(VIDEO_PID), undefined);
});

test('sound that ADTS has no words for is refused', () => {
  const refused = (make: () => unknown): unknown => {
    try {
      make();
    } catch (error) {
      return error instanceof AppError ? error.code : error;
    }
    return undefined;
  };

  assert.equal(
    refused(() => audioWriter({ sampleRate: 50_000 })),
    'media/unsupported',
  );
  assert.equal(
    refused(() =>
      writeTsSegment([{ kind: 'audio', writer: audioWriter(), samples: [frame(0, 8190)], delay: 0n }], undefined),
    ),
    'media/unsupported',
  );
});
