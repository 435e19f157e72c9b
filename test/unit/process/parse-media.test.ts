import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { MediaProbe } from '../../../src-main/core/ports/process.ts';
import { parseFfmpegInput, parseFfprobe } from '../../../src-main/core/process/parse-media.ts';

describe('the JSON of ffprobe', () => {
  test('is read into formats, streams and exact rates', () => {
    const output = {
      streams: [
        {
          index: 0,
          codec_name: 'h264',
          codec_type: 'video',
          width: 1280,
          height: 720,
          r_frame_rate: '60/1',
          avg_frame_rate: '30000/1001',
          disposition: { default: 1, attached_pic: 0 },
        },
        { index: 1, codec_name: 'aac', codec_type: 'audio', sample_rate: '48000', channels: 2 },
        { index: 2, codec_name: 'mov_text', codec_type: 'subtitle' },
        { index: 3, codec_type: 'data' },
        {
          index: 4,
          codec_name: 'mjpeg',
          codec_type: 'video',
          width: 300,
          height: 300,
          avg_frame_rate: '0/0',
          r_frame_rate: '90000/1',
          disposition: { attached_pic: 1 },
        },
      ],
      format: { format_name: 'mov,mp4,m4a,3gp,3g2,mj2', duration: '12.345', bit_rate: '2500000' },
    };

    const expected: MediaProbe = {
      format: 'mov,mp4,m4a,3gp,3g2,mj2',
      durationSeconds: 12.345,
      bitrate: 2_500_000,
      streams: [
        {
          kind: 'video',
          index: 0,
          codec: 'h264',
          width: 1280,
          height: 720,
          frameRate: { numerator: 30_000, denominator: 1001 },
          attachedPicture: false,
        },
        { kind: 'audio', index: 1, codec: 'aac', sampleRate: 48_000, channels: 2 },
        { kind: 'other', index: 2, codec: 'mov_text' },
        { kind: 'other', index: 3, codec: 'unknown' },
        {
          kind: 'video',
          index: 4,
          codec: 'mjpeg',
          width: 300,
          height: 300,
          frameRate: { numerator: 90_000, denominator: 1 },
          attachedPicture: true,
        },
      ],
    };
    assert.deepEqual(parseFfprobe(JSON.stringify(output)), expected);
  });

  test('may leave out what a live or a broken input does not say', () => {
    const output = {
      streams: [
        { index: 0, codec_name: 'h264', codec_type: 'video', width: 0, height: 0 },
        { index: 1, codec_name: 'aac', codec_type: 'audio', sample_rate: '0', channels: 0 },
      ],
      format: { format_name: 'flv', duration: 'N/A' },
    };

    assert.deepEqual(parseFfprobe(JSON.stringify(output)), {
      format: 'flv',
      durationSeconds: undefined,
      bitrate: undefined,
      streams: [
        { kind: 'other', index: 0, codec: 'h264' },
        { kind: 'other', index: 1, codec: 'aac' },
      ],
    });
  });

  test('is refused when it is something else', () => {
    for (const text of ['', '{', '[]', '{}', '{"format":{},"streams":[{"index":"0"}]}', 'null']) {
      assert.equal(parseFfprobe(text), undefined);
    }
  });
});

describe('what ffmpeg says of an input', () => {
  const captured = `Input #0, mov,mp4,m4a,3gp,3g2,mj2, from 'ok.mp4':
  Metadata:
    major_brand     : isom
    title           : Stream #0:7: Video: h264, yuv420p, 8x8, 1 fps
                    :   Stream #0:8: Video: h264, yuv420p, 8x8, 1 fps
  Duration: 01:02:03.50, start: 0.000000, bitrate: 31 kb/s
  Stream #0:0[0x1](und): Video: h264 (High 4:4:4 Predictive) (avc1 / 0x31637661), yuv444p(progressive), 160x120 [SAR 1:1 DAR 4:3], 22 kb/s, 29.97 fps, 10 tbr, 10240 tbn (default)
    Metadata:
      handler_name    : VideoHandler
  Stream #0:1[0x2](und): Audio: aac (LC) (mp4a / 0x6134706D), 44100 Hz, stereo, fltp, 2 kb/s (default)
  Stream #0:2: Subtitle: mov_text (tx3g / 0x67337874), 0 kb/s (default)
  Stream #0:3[0x0]: Video: png, rgb24(pc), 300x200 [SAR 1:1 DAR 3:2], 90k tbr, 90k tbn (attached pic)
At least one output file must be specified`.split('\n');

  test('is read into the same, and no tag passes for a stream', () => {
    assert.deepEqual(parseFfmpegInput(captured), {
      format: 'mov,mp4,m4a,3gp,3g2,mj2',
      durationSeconds: 3723.5,
      bitrate: 31_000,
      streams: [
        {
          kind: 'video',
          index: 0,
          codec: 'h264',
          width: 160,
          height: 120,
          frameRate: { numerator: 30_000, denominator: 1001 },
          attachedPicture: false,
        },
        { kind: 'audio', index: 1, codec: 'aac', sampleRate: 44_100, channels: 2 },
        { kind: 'other', index: 2, codec: 'mov_text' },
        {
          kind: 'video',
          index: 3,
          codec: 'png',
          width: 300,
          height: 200,
          frameRate: { numerator: 90_000, denominator: 1 },
          attachedPicture: true,
        },
      ],
    });
  });

  test('may be of a live input without a duration, indented as version 4 does', () => {
    const lines = [
      "Input #0, flv, from 'rtmp://x/live/[secret]':",
      '  Duration: N/A, start: 0.000000, bitrate: N/A',
      '    Stream #0:0: Video: h264 (High), yuv420p(tv, bt709), 1920x1080, 4500 kb/s, 25 fps, 25 tbr, 1k tbn',
    ];

    assert.deepEqual(parseFfmpegInput(lines), {
      format: 'flv',
      durationSeconds: undefined,
      bitrate: undefined,
      streams: [
        {
          kind: 'video',
          index: 0,
          codec: 'h264',
          width: 1920,
          height: 1080,
          frameRate: { numerator: 25, denominator: 1 },
          attachedPicture: false,
        },
      ],
    });
  });

  test('is undefined when nothing was opened', () => {
    assert.equal(parseFfmpegInput(['x.mp4: No such file or directory']), undefined);
  });

  const layouts: readonly (readonly [layout: string, channels: number | undefined])[] = [
    ['mono', 1],
    ['stereo', 2],
    ['5.1', 6],
    ['5.1(side)', 6],
    ['7.1.4', 12],
    ['6 channels', 6],
    ['16 channels (FL+FR)', 16],
    ['something new', undefined],
  ];
  for (const [layout, channels] of layouts) {
    test(`counts the channels of ${layout}`, () => {
      const lines = [
        "Input #0, wav, from 'x':",
        `  Stream #0:0: Audio: pcm_s16le, 48000 Hz, ${layout}, s16, 1536 kb/s`,
      ];

      const [stream] = parseFfmpegInput(lines)?.streams ?? [];

      assert.equal(stream?.kind === 'audio' ? stream.channels : undefined, channels);
    });
  }

  const rates: readonly (readonly [said: string, numerator: number, denominator: number])[] = [
    ['23.98', 24_000, 1001],
    ['29.97', 30_000, 1001],
    ['59.94', 60_000, 1001],
    ['25', 25, 1],
    ['12.5', 1250, 100],
    ['1k', 1000, 1],
  ];
  for (const [said, numerator, denominator] of rates) {
    test(`takes ${said} fps for ${numerator}/${denominator}`, () => {
      const lines = [
        "Input #0, avi, from 'x':",
        `  Stream #0:0: Video: mjpeg, yuvj420p, 640x480, ${said} fps, 25 tbr`,
      ];

      const [stream] = parseFfmpegInput(lines)?.streams ?? [];

      assert.deepEqual(stream?.kind === 'video' ? stream.frameRate : undefined, { numerator, denominator });
    });
  }
});

test('no text whatever makes the parsers fail', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' })), fc.json(), (lines, json) => {
      parseFfmpegInput(["Input #0, x, from 'y':", ...lines.map((line) => `  Stream #0:0: Video: ${line}`)]);
      parseFfprobe(json);
    }),
  );
});
