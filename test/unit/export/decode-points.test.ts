import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { createDecodePoints, decodeArgs, parseFrameTimes } from '../../../src-main/core/export/decode-points.ts';
import { AppError } from '../../../src-main/shared/app-error.ts';
import { hasCode } from './memory-recording.ts';

const POINT = { kind: 'video', track: 0, seconds: 2 } as const;

suite('decoding a file at points', () => {
  test('seeks by the times of the file, each point an input of its own', () => {
    assert.deepEqual(decodeArgs('/x/-a b.mp4', [POINT, { kind: 'audio', track: 1, seconds: 2.5 }]), [
      ...['-hide_banner', '-nostdin', '-loglevel', 'error', '-xerror', '-copyts'],
      ...['-seek_timestamp', '1', '-noaccurate_seek', '-ss', '2.001000', '-t', '0.05', '-i', 'file:/x/-a b.mp4'],
      ...['-seek_timestamp', '1', '-accurate_seek', '-ss', '2.501000', '-t', '0.05', '-i', 'file:/x/-a b.mp4'],
      ...['-map', '0:v:0', '-map', '1:a:1', '-f', 'framecrc', 'pipe:1'],
    ]);
  });

  test('decodes up to pictures where key frames cannot be sought by their times', () => {
    const points = [
      { ...POINT, by: 'frame' },
      { ...POINT, track: 1, by: 'beginning' },
    ] as const;

    assert.deepEqual(decodeArgs('/x.mkv', points).slice(6, -3), [
      ...['-seek_timestamp', '1', '-accurate_seek', '-ss', '1.999000', '-t', '0.3', '-i', 'file:/x.mkv'],
      ...['-t', '0.3', '-i', 'file:/x.mkv', '-map', '0:v:0', '-map', '1:v:1'],
    ]);
  });

  test('reads the first time of each stream, and none where nothing came', () => {
    const text = [
      '#software: Lavf59.27.100',
      '#tb 0: 1/30',
      '#media_type 0: video',
      '#tb 2: 1/48000',
      '0,         60,         60,        1,    86400, 0x12345678',
      '0,         61,         61,        1,    86400, 0x12345678',
      '2,      -1024,      -1024,     1024,     4096, 0x12345678',
    ].join('\n');

    assert.deepEqual(parseFrameTimes(text, 3), [2, undefined, -1024 / 48_000]);
  });

  test('a file that ffmpeg gives up on has failed its check', async () => {
    const decode = createDecodePoints({
      run: () => Promise.reject(new AppError('process/exited', 'It ended.', { details: { lastLines: ['bad'] } })),
      ffmpeg: () => Promise.resolve('ffmpeg'),
    });

    await assert.rejects(decode('/x', [POINT], new AbortController().signal), hasCode('export/check-failed'));
  });

  test('a missing ffmpeg is said as such', async () => {
    const decode = createDecodePoints({
      run: () => Promise.reject(new Error('never run')),
      ffmpeg: () => Promise.reject(new AppError('process/not-found', 'There is no ffmpeg.')),
    });

    await assert.rejects(decode('/x', [POINT], new AbortController().signal), hasCode('process/not-found'));
  });

  test('a cancelled check ends with the reason for it', async () => {
    const abort = new AbortController();
    const decode = createDecodePoints({
      run() {
        abort.abort(new AppError('export/cancelled', 'Cancelled.'));
        return Promise.reject(new AppError('process/exited', 'It was killed.'));
      },
      ffmpeg: () => Promise.resolve('ffmpeg'),
    });

    await assert.rejects(decode('/x', [POINT], abort.signal), hasCode('export/cancelled'));
  });
});
