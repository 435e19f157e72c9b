import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../../../src-main/base/clock.ts';
import { silentLogger } from '../../../src-main/core/ports/logger.ts';
import { BYTES_PER_MS } from '../../../src-main/core/transcription/command.ts';
import { createSoundDecoder } from '../../../src-main/core/transcription/sound-decoder.ts';
import type { Sound } from '../../../src-main/core/transcription/sound-queue.ts';
import { writeInitSegment } from '../../../src-main/media/cmaf/init-segment.ts';
import type { Sample } from '../../../src-main/media/cmaf/types.ts';
import { ticks } from '../../../src-main/media/time.ts';
import { localFfmpeg, missingPrograms, openProcesses } from '../../support/real-ffmpeg.ts';
import { ENCODER_OUTPUT, ffmpeg, openFolder, readFragmented, samplesOf } from '../media/ffmpeg-media.ts';

const START_MS = 1_795_000_000_000;

test('sound is decoded at its media time, over an overlap and a hole', {
  skip: missingPrograms('ffmpeg'),
}, async () => {
  using folder = openFolder();
  const file = folder.path('sound.mp4');
  ffmpeg([
    '-f',
    'lavfi',
    '-i',
    'sine=f=500:r=48000',
    '-t',
    '2',
    '-c:a',
    'aac',
    '-b:a',
    '96k',
    ...ENCODER_OUTPUT,
    file,
  ]);
  const read = readFragmented(file)[0]!;
  const { description } = read;
  const track = { ...description, id: 'audio', name: 'audio', init: writeInitSegment(description) };
  const start = (BigInt(START_MS) * BigInt(track.timescale)) / 1000n;
  const placed = samplesOf(read).map(
    (sample, index): Sample => ({
      ...sample,
      duration: 1024,
      decodeTime: ticks(start + BigInt(1024 * index) + (index < 50 ? 0n : BigInt(10 * track.timescale))),
    }),
  );
  await using processes = openProcesses();
  const path = (await localFfmpeg(processes))?.path ?? '';
  const heard: Sound[] = [];
  const decoder = createSoundDecoder({
    ...{ spawn: processes.spawn, ffmpeg: () => Promise.resolve(path), name: 'listen', track },
    ...{ clock: systemClock(), logger: silentLogger, onSound: (sound) => void heard.push(sound) },
  });
  for (let at = 0; at < placed.length; at += 10) {
    decoder.push(placed.slice(at, at + 10));
    // A second encoder says it again.
    decoder.push(placed.slice(at, at + 10));
  }
  await decoder.end();

  const before = heard.filter(({ mediaMs }) => mediaMs < START_MS + 5000);
  const behind = heard.filter(({ mediaMs }) => mediaMs >= START_MS + 5000);
  const lengthOf = (sounds: readonly Sound[]): number =>
    sounds.reduce((sum, { pcm }) => sum + pcm.length / BYTES_PER_MS, 0);
  const frameMs = 1024 / 48;
  const holeMs = 50 * frameMs + 10_000;
  assert.ok(Math.abs((before[0]?.mediaMs ?? 0) - START_MS) < 1);
  assert.ok(Math.abs((behind[0]?.mediaMs ?? 0) - START_MS - holeMs) < 1);
  assert.ok(Math.abs(lengthOf(before) - 50 * frameMs) < 2 * frameMs, `${lengthOf(before)}`);
  assert.ok(Math.abs(lengthOf(behind) - (placed.length - 50) * frameMs) < 2 * frameMs, `${lengthOf(behind)}`);
});
