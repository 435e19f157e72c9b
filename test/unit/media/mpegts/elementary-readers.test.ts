import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAvcDecoderConfig } from '../../../../src-main/media/codecs/avc.ts';
import { joinAnnexB, joinLengthPrefixed } from '../../../../src-main/media/codecs/nal-units.ts';
import { createAacReader } from '../../../../src-main/media/mpegts/aac-reader.ts';
import { AVC_FORMAT } from '../../../../src-main/media/mpegts/avc-format.ts';
import type { ElementaryEvent } from '../../../../src-main/media/mpegts/elementary.ts';
import { HEVC_FORMAT } from '../../../../src-main/media/mpegts/hevc-format.ts';
import type { PesPacket } from '../../../../src-main/media/mpegts/pes.ts';
import { createStreamClock } from '../../../../src-main/media/mpegts/stream-clock.ts';
import { createVideoReader } from '../../../../src-main/media/mpegts/video-reader.ts';
import { AVC_CONFIG, assertRefused, concat, fromHex, toHex } from '../sample-media.ts';

const [SPS = new Uint8Array()] = parseAvcDecoderConfig(AVC_CONFIG).sps;
const [PPS = new Uint8Array()] = parseAvcDecoderConfig(AVC_CONFIG).pps;
const AUD = fromHex('09f0');
const SEI = fromHex('0605010080');
const FILLER = fromHex('0cffff80');
/** The first slice of a key picture and of another, and a second slice, told apart by their last byte. */
const key = (mark: number): Uint8Array => Uint8Array.of(0x65, 0x88, mark);
const picture = (mark: number): Uint8Array => Uint8Array.of(0x41, 0x9a, mark);
const secondSlice = (mark: number): Uint8Array => Uint8Array.of(0x41, 0x40, mark);

function packet(times: Pick<PesPacket, 'pts' | 'dts'>, data: Uint8Array): PesPacket {
  return { ...times, randomAccess: false, data };
}

function at(dts: number, ...nals: readonly Uint8Array[]): PesPacket {
  return packet({ pts: dts, dts }, joinAnnexB(nals));
}

function readVideo(packets: readonly PesPacket[], format = AVC_FORMAT): readonly ElementaryEvent[] {
  const reader = createVideoReader({ format, language: 'und', clock: createStreamClock() });
  return [...packets.flatMap((one) => [...reader.push(one)]), ...reader.flush()];
}

function samplesOf(events: readonly ElementaryEvent[]) {
  return events.flatMap((event) => (event.kind === 'samples' ? event.samples : []));
}

function summary(events: readonly ElementaryEvent[]) {
  return samplesOf(events).map(({ decodeTime, duration, compositionOffset, sync, data }) => [
    Number(decodeTime),
    duration,
    compositionOffset,
    sync,
    data.at(-1),
  ]);
}

test('pictures become samples, their description what stands in the stream, and what is no picture stays out', () => {
  const events = readVideo([
    at(9000, AUD, SPS, PPS, SEI, key(1), FILLER),
    packet({ pts: 18_000, dts: 12_000 }, joinAnnexB([AUD, picture(2), secondSlice(3)])),
    at(15_000, AUD, picture(4)),
  ]);

  const [format] = events;
  assert.ok(format?.kind === 'format' && format.description.kind === 'video');
  const { decoderConfig, ...description } = format.description;
  assert.equal(toHex(decoderConfig), toHex(AVC_CONFIG));
  assert.deepEqual(description, {
    kind: 'video',
    timescale: 90_000,
    codec: 'avc1.64001e',
    bitrate: 0,
    language: 'und',
    fourCc: 'avc1',
    width: 640,
    height: 360,
    frameRate: { numerator: 30, denominator: 1 },
  });
  assert.deepEqual(samplesOf(events), [
    {
      decodeTime: 9000n,
      duration: 3000,
      compositionOffset: 0,
      sync: true,
      data: joinLengthPrefixed([SEI, key(1)]),
    },
    {
      decodeTime: 12_000n,
      duration: 3000,
      compositionOffset: 6000,
      sync: false,
      data: joinLengthPrefixed([picture(2), secondSlice(3)]),
    },
    {
      decodeTime: 15_000n,
      duration: 3000,
      compositionOffset: 0,
      sync: false,
      data: joinLengthPrefixed([picture(4)]),
    },
  ]);
});

test('where pictures are reordered the first is shown when it is decoded, and all are shown when the stream says', () => {
  const events = readVideo([
    packet({ pts: 15_000, dts: 9000 }, joinAnnexB([AUD, SPS, PPS, key(1)])),
    packet({ pts: 24_000, dts: 12_000 }, joinAnnexB([AUD, picture(2)])),
    packet({ pts: 18_000, dts: 15_000 }, joinAnnexB([AUD, picture(3)])),
    packet({ pts: 33_000, dts: 18_000 }, joinAnnexB([AUD, SPS, PPS, key(4)])),
  ]);

  assert.deepEqual(summary(events), [
    [15_000, 3000, 0, true, 1],
    [18_000, 3000, 6000, false, 2],
    [21_000, 3000, -3000, false, 3],
    [24_000, 3000, 9000, true, 4],
  ]);
});

test('nothing comes before a picture that a decoder can start with', () => {
  const events = readVideo([
    at(0, AUD, picture(1)),
    at(3000, AUD, key(2)),
    at(6000, AUD, SPS, PPS, picture(3)),
    at(9000, AUD, SPS, PPS, key(4)),
    at(12_000, AUD, picture(5)),
  ]);

  assert.equal(events[0]?.kind, 'format');
  assert.deepEqual(
    samplesOf(events).map(({ data }) => data.at(-1)),
    [4, 5],
  );
});

test('a recovery point that waits for nothing is one to start with, others are not', () => {
  const point = (frames: string): Uint8Array => fromHex(`0606${frames}80`);
  const start = (sei: Uint8Array) =>
    samplesOf(readVideo([at(0, AUD, SPS, PPS, sei, picture(1)), at(3000, AUD, picture(2))])).map(
      ({ sync }) => sync,
    );

  // recovery_frame_cnt 0 is the bit 1; 3 is 00100.
  assert.deepEqual(start(point('01c4')), [true, false]);
  assert.deepEqual(start(point('0124')), []);
});

test('two pictures in one packet are parted, the second as long after the first as that after the one before', () => {
  const events = readVideo([
    at(0, AUD, SPS, PPS, key(1)),
    at(3000, AUD, picture(2), AUD, picture(3)),
    at(9000, AUD, picture(4)),
  ]);

  assert.deepEqual(
    summary(events).map(([time, duration, , , mark]) => [time, duration, mark]),
    [
      [0, 3000, 1],
      [3000, 3000, 2],
      [6000, 3000, 3],
      [9000, 3000, 4],
    ],
  );
});

test('a picture over several packets is one, whether cut between slices or within', () => {
  const whole = joinAnnexB([AUD, picture(2), secondSlice(3)]);
  const events = readVideo([
    at(0, AUD, SPS, PPS, key(1)),
    packet({ pts: 3000, dts: 3000 }, whole.subarray(0, whole.length - 1)),
    packet({ pts: undefined, dts: undefined }, whole.subarray(whole.length - 1)),
    packet({ pts: undefined, dts: undefined }, joinAnnexB([secondSlice(4)])),
    at(6000, AUD, picture(5)),
  ]);

  assert.equal(
    toHex(samplesOf(events)[1]!.data),
    toHex(joinLengthPrefixed([picture(2), secondSlice(3), secondSlice(4)])),
  );
});

test('a jump of the encoder’s clock is no duration, nor a composition offset', () => {
  const events = readVideo([
    at(900_000, AUD, SPS, PPS, key(1)),
    at(903_000, AUD, picture(2)),
    at(9000, AUD, picture(3)),
    packet({ pts: 2 ** 32, dts: 12_000 }, joinAnnexB([AUD, picture(4)])),
    at(8_000_000, AUD, picture(5)),
  ]);

  assert.deepEqual(
    summary(events).map(([time, duration, offset]) => [time, duration, offset]),
    [
      [900_000, 3000, 0],
      [903_000, 3000, 0],
      [9000, 3000, 0],
      [12_000, 3000, 0],
      [8_000_000, 3000, 0],
    ],
  );
});

test('another picture size is told of before its first picture', () => {
  const other = SPS.slice();
  // Level 3.1 instead of 3.0.
  other[3] = 31;
  const events = readVideo([
    at(0, AUD, SPS, PPS, key(1)),
    at(3000, AUD, SPS, PPS, key(2)),
    at(6000, AUD, other, PPS, key(3)),
  ]);

  assert.deepEqual(
    events.map((event) => (event.kind === 'format' ? event.description.codec : event.samples[0]!.data.at(-1))),
    ['avc1.64001e', 1, 2, 'avc1.64001f', 3],
  );
});

test('parameter sets that make no sense cost pictures, not the stream', () => {
  const broken = SPS.slice(0, 5);
  const events = readVideo([
    at(0, AUD, broken, PPS, key(1)),
    at(3000, AUD, SPS, PPS, key(2)),
    at(6000, AUD, picture(3)),
  ]);

  assert.deepEqual(
    samplesOf(events).map(({ data }) => data.at(-1)),
    [2, 3],
  );
});

test('a packet of a million empty NAL units is left out', () => {
  const flood = new Uint8Array(4_000_000);
  for (let index = 0; index < flood.length; index += 4) {
    flood.set([0, 0, 1, 9], index);
  }
  const events = readVideo([
    at(0, AUD, SPS, PPS, key(1)),
    packet({ pts: 1, dts: 1 }, flood),
    at(3000, AUD, picture(2)),
  ]);

  assert.equal(samplesOf(events).length, 2);
});

test('a picture that never ends is given up, and costs no more than it may', () => {
  const endless = Array.from({ length: 5000 }, () =>
    packet({ pts: undefined, dts: undefined }, concat(new Uint8Array(100).fill(7), joinAnnexB([secondSlice(1)]))),
  );
  const events = readVideo([
    at(0, AUD, SPS, PPS, key(1)),
    at(3000, AUD, picture(2)),
    ...endless,
    at(6000, AUD, picture(3)),
  ]);

  assert.deepEqual(
    samplesOf(events).map(({ data }) => data.at(-1)),
    [1, 3],
  );
});

test('a parameter set with samples of thousands of bits is none', () => {
  // Level 3.0, High profile, ids and chroma format as they should be, then bit_depth_luma_minus8 4094.
  const deep = fromHex('6764001ea001fff3de40');
  const events = readVideo([at(0, AUD, deep, PPS, key(1)), at(3000, AUD, picture(2))]);

  assert.deepEqual(events, []);
});

test('H.265 is described as ffmpeg describes it', () => {
  // x265, 320x180 at 29.97: the hvcC that ffmpeg 5.1 writes of these three parameter sets.
  const vps = '40010c01ffff01600000030090000003000003003c959409';
  const sps = '42010101600000030090000003000003003ca00a080c1f3e595952930bc05a02000007d20000ea6010';
  const pps = '4401c073c189';
  const slice = fromHex('2601af0102');
  const arrays = [vps, sps, pps].map(
    (nal, index) => `${(0xa0 + index).toString(16)}0001${(nal.length / 2).toString(16).padStart(4, '0')}${nal}`,
  );

  const events = readVideo(
    [at(0, fromHex('460150'), ...[vps, sps, pps].map(fromHex), slice), at(3003, fromHex('0201d00103'))],
    HEVC_FORMAT,
  );

  const [format] = events;
  assert.ok(format?.kind === 'format' && format.description.kind === 'video');
  const { decoderConfig, codec, width, height, frameRate, fourCc } = format.description;
  assert.equal(toHex(decoderConfig), `0101600000009000000000003cf000fcfdf8f800000f03${arrays.join('')}`);
  assert.deepEqual(
    { codec, width, height, frameRate, fourCc },
    {
      codec: 'hvc1.1.6.L60.90',
      width: 320,
      height: 180,
      frameRate: { numerator: 30_000, denominator: 1001 },
      fourCc: 'hvc1',
    },
  );
  assert.deepEqual(
    samplesOf(events).map(({ sync, data }) => [sync, toHex(data)]),
    [
      [true, '000000052601af0102'],
      [false, '000000050201d00103'],
    ],
  );
});

/** An AAC-LC frame of `rateIndex` (3: 48 kHz, 4: 44.1 kHz) with `bytes` of sound. */
function adts(
  bytes: Uint8Array,
  options: { rateIndex?: number; channels?: number; blocks?: number; crc?: boolean } = {},
) {
  const { rateIndex = 3, channels = 2, blocks = 1, crc = false } = options;
  const length = bytes.length + (crc ? 9 : 7);
  return concat(
    Uint8Array.of(
      0xff,
      crc ? 0xf0 : 0xf1,
      0x40 | (rateIndex << 2) | (channels >> 2),
      ((channels & 3) << 6) | (length >> 11),
      (length >> 3) & 0xff,
      ((length & 7) << 5) | 0x1f,
      0xfc | (blocks - 1),
    ),
    crc ? Uint8Array.of(1, 2) : new Uint8Array(),
    bytes,
  );
}

function readSound(packets: readonly PesPacket[]): readonly ElementaryEvent[] {
  const reader = createAacReader({ language: 'de', clock: createStreamClock() });
  return packets.flatMap((one) => [...reader.push(one)]);
}

const sound = (mark: number): Uint8Array => new Uint8Array(20).fill(mark);

test('frames of AAC become samples of the sample rate, without their headers', () => {
  const events = readSound([
    packet({ pts: 90_000, dts: 90_000 }, concat(adts(sound(1)), adts(sound(2), { crc: true }))),
    packet({ pts: 93_840, dts: 93_840 }, adts(sound(3))),
  ]);

  assert.deepEqual(events[0], {
    kind: 'format',
    description: {
      kind: 'audio',
      timescale: 48_000,
      codec: 'mp4a.40.2',
      bitrate: 0,
      language: 'de',
      fourCc: 'mp4a',
      sampleRate: 48_000,
      channels: 2,
      decoderConfig: fromHex('1190'),
    },
  });
  assert.deepEqual(
    samplesOf(events),
    [1, 2, 3].map((mark, index) => ({
      decodeTime: BigInt(48_000 + 1024 * index),
      duration: 1024,
      compositionOffset: 0,
      sync: true,
      data: sound(mark),
    })),
  );
});

test('frames that go over the end of a packet are whole, and have their own time', () => {
  const stream = concat(adts(sound(1)), adts(sound(2)), adts(sound(3)));
  const events = readSound([
    packet({ pts: 0, dts: 0 }, stream.subarray(0, 40)),
    packet({ pts: 2 * 1920, dts: 2 * 1920 }, stream.subarray(40)),
  ]);

  assert.deepEqual(
    samplesOf(events).map(({ decodeTime, data }) => [decodeTime, data[0]]),
    [
      [0n, 1],
      [1024n, 2],
      [2048n, 3],
    ],
  );
});

test('times rounded to milliseconds leave no seams, a real gap does', () => {
  const frameMs = (index: number): number => Math.round((index * 1024 * 1000) / 44_100);
  const packets = Array.from({ length: 2000 }, (_, index) => {
    const pts = (frameMs(index) + (index >= 1000 ? 500 : 0)) * 90;
    return packet({ pts, dts: pts }, adts(sound(1), { rateIndex: 4 }));
  });

  const times = samplesOf(readSound(packets)).map(({ decodeTime }) => decodeTime);
  const steps = new Set(times.slice(1).map((time, index) => time - times[index]!));

  assert.equal(steps.size, 2);
  assert.ok(steps.has(1024n));
  const [gap = 0n] = [...steps].filter((step) => step !== 1024n);
  assert.ok(Math.abs(Number(gap) - 1024 - 22_050) < 45, `${gap}`);
});

test('what lies between frames, and a frame without its end, is passed over', () => {
  const cut = adts(sound(1)).subarray(0, 15);
  const events = readSound([
    packet({ pts: 0, dts: 0 }, concat(Uint8Array.of(0xff, 0xf1, 0x3c, 7), adts(sound(2)), adts(sound(3)), cut)),
    packet({ pts: 1_000_000, dts: 1_000_000 }, concat(adts(sound(4)), adts(sound(5)))),
  ]);

  assert.deepEqual(
    samplesOf(events).map(({ data }) => data[0]),
    [2, 3, 4, 5],
  );
});

test('sound whose channels stand in the stream, or with several blocks a frame, is refused', () => {
  const read = (options: Parameters<typeof adts>[1]) => () =>
    readSound([packet({ pts: 0, dts: 0 }, adts(sound(1), options))]);

  assertRefused(read({ channels: 0 }), /lists its channels in the stream/, 'media/unsupported');
  assertRefused(read({ blocks: 3 }), /has 3 blocks/, 'media/unsupported');
});
