import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { encodeAmf0 } from '../../../../src-main/media/flv/amf0.ts';
import { ticks } from '../../../../src-main/media/time.ts';
import { AppError } from '../../../../src-main/shared/app-error.ts';
import { anyFlvMessages, flvRig } from '../../../support/properties/flv.ts';
import { AVC_CONFIG, flv } from '../../../support/rtmp-client.ts';

/** One that has its sequence headers. */
function begun() {
  const all = flvRig();
  all.reader.video(0, flv.avcConfig());
  all.reader.audio(0, flv.aacConfig());
  return all;
}

function refused(code: string): (error: unknown) => boolean {
  return (error) => error instanceof AppError && error.code === code;
}

const metadata = (videodatarate: number, audiodatarate: number): Uint8Array =>
  encodeAmf0([
    '@setDataFrame',
    'onMetaData',
    new Map(Object.entries({ videodatarate, audiodatarate, framerate: 25 })),
  ]);

test('tracks are described by their sequence headers and by what the encoder says of them', () => {
  const { reader, tracks } = flvRig();

  reader.script(metadata(800, 96));
  reader.video(0, flv.avcConfig());
  reader.audio(0, flv.aacConfig());
  reader.audio(0, flv.aacFrame());
  reader.video(0, flv.avcFrame({ key: true }));

  assert.deepEqual(tracks, [
    {
      description: {
        kind: 'audio',
        fourCc: 'mp4a',
        timescale: 48_000,
        codec: 'mp4a.40.2',
        bitrate: 96_000,
        language: 'und',
        sampleRate: 48_000,
        channels: 2,
        decoderConfig: Buffer.of(0x11, 0x90),
      },
      declaredBitrate: 96_000,
    },
    {
      description: {
        kind: 'video',
        fourCc: 'avc1',
        timescale: 90_000,
        codec: 'avc1.64000d',
        bitrate: 800_000,
        language: 'und',
        width: 320,
        height: 180,
        // The stream's own word goes before that of its metadata.
        frameRate: { numerator: 30, denominator: 1 },
        decoderConfig: AVC_CONFIG,
      },
      declaredBitrate: 800_000,
    },
  ]);
});

test('bitrates of the address go before those of the metadata; without both none is declared', () => {
  const addressed = flvRig({ video: 1_000_000, audio: undefined });
  const silent = begun();

  for (const { reader } of [addressed, silent]) {
    reader.video(0, flv.avcConfig());
    reader.audio(0, flv.aacConfig());
  }
  addressed.reader.script(metadata(800, 96));
  for (const { reader } of [addressed, silent]) {
    reader.video(0, flv.avcFrame({ key: true }));
    reader.audio(0, flv.aacFrame());
  }

  assert.deepEqual(
    addressed.tracks.map(({ declaredBitrate }) => declaredBitrate),
    [1_000_000, 96_000],
  );
  assert.deepEqual(
    silent.tracks.map(({ declaredBitrate }) => declaredBitrate),
    [undefined, undefined],
  );
});

test('video keeps every millisecond: a frame lasts until the next, and the first is shown when it is decoded', () => {
  const { reader, video } = begun();

  reader.video(10, flv.avcFrame({ key: true, compositionMs: 67 }));
  reader.video(43, flv.avcFrame({ key: false, compositionMs: -33 }));
  reader.video(77, flv.avcFrame({ key: false }));

  assert.deepEqual(
    video.map(({ decodeTime, duration, compositionOffset, sync }) => ({
      decodeTime,
      duration,
      compositionOffset,
      sync,
    })),
    [
      { decodeTime: ticks(900 + 6030), duration: 2970, compositionOffset: 0, sync: true },
      { decodeTime: ticks(3870 + 6030), duration: 3060, compositionOffset: -2970 - 6030, sync: false },
    ],
  );
});

test('a frame that nothing follows goes out with the duration that frames have', () => {
  const { reader, video } = begun();

  reader.video(0, flv.avcFrame({ key: true }));
  const firstHeldMs = reader.heldMs();
  reader.flush();
  reader.video(33, flv.avcFrame({ key: false }));
  reader.video(63, flv.avcFrame({ key: false }));
  reader.flush();
  reader.flush();

  assert.equal(Math.round(firstHeldMs ?? 0), 33);
  assert.equal(reader.heldMs(), undefined);
  assert.deepEqual(
    video.map(({ duration }) => duration),
    [3000, 2700, 2700],
  );
});

test('a jump in either direction is no duration', () => {
  const { reader, video } = begun();

  for (const timestamp of [1000, 1040, 31_040, 500, 540]) {
    reader.video(timestamp, flv.avcFrame({ key: true }));
  }

  assert.deepEqual(
    video.map(({ decodeTime, duration }) => [Number(decodeTime) / 90, duration / 90]),
    [
      [1000, 40],
      [1040, 40],
      [31_040, 40],
      [500, 40],
    ],
  );
});

test('a timestamp that is repeated, or a little behind, does not stop decoding, and pictures stay where they are', () => {
  const { reader, video } = begun();

  for (const [timestamp, compositionMs] of [
    [0, 67],
    [0, 133],
    [33, 33],
    [30, 10],
    [67, 0],
    [100, 0],
  ] as const) {
    reader.video(timestamp, flv.avcFrame({ key: timestamp === 0, compositionMs }));
  }

  assert.deepEqual(
    video.map(({ decodeTime, duration, compositionOffset }) => [
      Number(decodeTime) / 90,
      duration / 90,
      compositionOffset / 90,
    ]),
    [
      [67, 1, 0],
      [68, 32, 65],
      [100, 1, -34],
      [101, 33, -61],
      [134, 33, -67],
    ],
  );
});

test('an end of sequence lets the last frame go', () => {
  const { reader, video } = begun();

  reader.video(0, flv.avcFrame({ key: true }));
  reader.video(33, Buffer.of(0x17, 2, 0, 0, 0));

  assert.equal(video.length, 1);
});

test('timestamps that start anew after 32 bits go on', () => {
  const { reader, video, audio } = begun();

  reader.video(0xffff_fff0, flv.avcFrame({ key: true }));
  reader.audio(0xffff_fff8, flv.aacFrame());
  reader.video(0x11, flv.avcFrame({ key: false }));
  reader.audio(0xd, flv.aacFrame());
  reader.flush();

  assert.deepEqual(
    video.map(({ decodeTime }) => decodeTime),
    [ticks(0xffff_fff0n * 90n), ticks(0x1_0000_0011n * 90n)],
  );
  assert.equal(Number((audio[1]?.decodeTime ?? 0n) - (audio[0]?.decodeTime ?? 0n)), 1024);
});

/** Of AudioSpecificConfigs. */
const RATES = { 0x1190: 48_000, 0x1210: 44_100, 0x1390: 22_050 };

test('audio is exact to the sample however its milliseconds were rounded, and jumps where the encoder does', () => {
  const rounding = fc.constantFrom(Math.floor, Math.round, Math.ceil);
  fc.assert(
    fc.property(
      fc.constantFrom<keyof typeof RATES>(0x11_90, 0x12_10, 0x13_90),
      rounding,
      fc.nat(100_000),
      fc.integer({ min: 3, max: 100_000 }),
      (config, round, startMs, gapMs) => {
        const { reader, audio } = flvRig();
        const rate = RATES[config];
        reader.audio(0, Buffer.of(0xaf, 0, config >> 8, config & 0xff));

        const timeMs = (frame: number): number => startMs + (frame * 1024 * 1000) / rate;
        for (let frame = 0; frame < 60; frame += 1) {
          reader.audio(round(timeMs(frame)), flv.aacFrame());
        }
        for (let frame = 60; frame < 120; frame += 1) {
          reader.audio(round(timeMs(frame) + gapMs), flv.aacFrame());
        }

        const times = audio.map(({ decodeTime }) => Number(decodeTime));
        const steps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
        assert.deepEqual(new Set([...steps.slice(0, 59), ...steps.slice(60)]), new Set([1024]));
        assert(Math.abs((steps[59] ?? 0) - 1024 - (gapMs * rate) / 1000) <= (2 * rate) / 1000);
      },
    ),
    { numRuns: 50 },
  );
});

test('HE-AAC counts in samples of its output', () => {
  const { reader, tracks, audio } = flvRig();
  // AAC-LC at 24 kHz with SBR to 48 kHz, said in front.
  reader.audio(0, Buffer.of(0xaf, 0, 0x2b, 0x11, 0x88, 0x00));

  reader.audio(0, flv.aacFrame());
  reader.audio(43, flv.aacFrame());

  assert.deepEqual([tracks[0]?.description.timescale, tracks[0]?.description.codec], [48_000, 'mp4a.40.5']);
  assert.deepEqual(
    audio.map(({ decodeTime, duration }) => [decodeTime, duration]),
    [
      [ticks(0), 2048],
      [ticks(2048), 2048],
    ],
  );
});

test('video before its first key frame is left out', () => {
  const { reader, video, tracks } = begun();

  reader.video(0, flv.avcFrame({ key: false }));
  reader.video(33, flv.avcFrame({ key: true }));
  reader.video(66, flv.avcFrame({ key: false }));

  assert.equal(tracks.length, 1);
  assert.deepEqual(
    video.map(({ sync }) => sync),
    [true],
  );
});

test('sequence headers may come again when they are the same, and in the middle no others', () => {
  const { reader, video } = begun();
  reader.video(0, flv.avcFrame({ key: true }));
  reader.audio(0, flv.aacFrame());

  reader.video(33, flv.avcConfig());
  reader.audio(21, flv.aacConfig());
  reader.video(33, flv.avcFrame({ key: false }));

  const other = Buffer.from(AVC_CONFIG);
  other.writeUInt8(0x1f, 3);
  assert.throws(() => reader.video(66, flv.avcConfig(other)), refused('MPE_INGEST_DISCONTINUITY'));
  assert.throws(() => reader.audio(42, Buffer.of(0xaf, 0, 0x12, 0x10)), refused('MPE_INGEST_DISCONTINUITY'));
  assert.equal(video.length, 1);
});

test('media that its sequence header never comes for is refused', () => {
  const { reader } = flvRig();

  assert.throws(() => {
    for (let frame = 0; frame < 200; frame += 1) {
      reader.audio(frame * 21, flv.aacFrame());
    }
  }, refused('MPE_INGEST_DESCRIPTION_INFO_NOT_RECEIVED'));
  assert.throws(() => {
    for (let frame = 0; frame < 200; frame += 1) {
      reader.video(frame * 33, flv.avcFrame({ key: true }));
    }
  }, refused('MPE_INGEST_DESCRIPTION_INFO_NOT_RECEIVED'));
});

test('more than 8 MiB before the first key frame is refused', () => {
  const { reader } = begun();

  assert.throws(() => {
    for (let frame = 0; frame < 9; frame += 1) {
      reader.video(0, flv.avcFrame({ key: false, bytes: 1024 * 1024 }));
    }
  }, refused('MPE_INGEST_RTMP_TOO_LARGE_UNPROCESSED_FLV'));
});

test('a GOP may have 20 s, and no more', () => {
  const { reader, video } = begun();

  reader.video(0, flv.avcFrame({ key: true }));
  reader.video(10_000, flv.avcFrame({ key: false }));
  reader.video(20_000, flv.avcFrame({ key: true }));
  reader.video(40_000, flv.avcFrame({ key: false }));

  assert.equal(video.length, 3);
  assert.throws(
    () => reader.video(40_040, flv.avcFrame({ key: false })),
    refused('MPE_INGEST_RTMP_TOO_LARGE_UNPROCESSED_FLV'),
  );
});

test('a GOP of 20 Mbit/s may be as long as one of less', () => {
  const { reader, video } = begun();

  for (let second = 0; second < 20; second += 1) {
    reader.video(second * 1000, flv.avcFrame({ key: second === 0, bytes: 2_500_000 }));
  }

  assert.equal(video.length, 19);
  assert.throws(() => {
    for (let frame = 0; frame < 9; frame += 1) {
      reader.video(19_500, flv.avcFrame({ key: false, bytes: 2_500_000 }));
    }
  }, refused('MPE_INGEST_RTMP_TOO_LARGE_UNPROCESSED_FLV'));
});

test('a frame whose NAL units do not fit together is refused', () => {
  const { reader } = begun();
  const frame = flv.avcFrame({ key: true });
  frame.writeUInt32BE(1000, 5);

  assert.throws(() => reader.video(0, frame), refused('media/malformed'));
});

test('a sequence header without a parameter set, or with a broken one, is refused', () => {
  for (const config of [Buffer.of(1, 100, 0, 13, 0xff, 0xe0, 0), Buffer.of(1, 100), AVC_CONFIG.subarray(0, 20)]) {
    const { reader } = flvRig();
    reader.video(0, flv.avcConfig(config));

    assert.throws(() => reader.video(0, flv.avcFrame({ key: true })), refused('media/malformed'));
  }
});

test('a cue is told, and one that cannot be understood changes nothing', () => {
  const { reader, cues } = begun();
  const cue = { cue: 'SpliceOut', id: 'break', time: 2, duration: 10 };

  assert.throws(
    () => reader.script(encodeAmf0(['onAdCue', new Map(Object.entries({ ...cue, id: '' }))])),
    refused('ingest/cue-invalid'),
  );
  reader.script(encodeAmf0(['onAdCue', new Map(Object.entries(cue))]));

  assert.deepEqual(cues, [{ id: 'break', time: ticks(180_000), duration: 10, section: undefined }]);
});

test('any messages in any order are taken or refused, and nothing else', () => {
  fc.assert(anyFlvMessages, { numRuns: 1000 });
});
