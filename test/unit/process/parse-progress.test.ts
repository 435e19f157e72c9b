import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FfmpegProgress } from '../../../src-main/core/ports/process.ts';
import { openProgressReader } from '../../../src-main/core/process/parse-progress.ts';

function progressIn(...chunks: readonly string[]): FfmpegProgress[] {
  const reports: FfmpegProgress[] = [];
  const reader = openProgressReader((progress) => void reports.push(progress));
  for (const chunk of chunks) {
    reader.push(Buffer.from(chunk));
  }
  return reports;
}

/** Version 5.1, two reports. */
const CAPTURED = `frame=1
fps=0.00
stream_0_0_q=-0.0
bitrate=N/A
total_size=N/A
out_time_us=208980
out_time_ms=208980
out_time=00:00:00.208980
dup_frames=0
drop_frames=0
speed=31.9x
progress=continue
frame=30
fps=29.97
stream_0_0_q=-1.0
bitrate=  33.7kbits/s
total_size=11803
out_time_us=2800000
out_time_ms=2800000
out_time=00:00:02.800000
dup_frames=2
drop_frames=3
speed=1.47e+03x
progress=end
`;

const FIRST: FfmpegProgress = {
  frame: 1,
  framesPerSecond: 0,
  bitrate: undefined,
  totalBytes: undefined,
  outTimeUs: 208_980,
  duplicatedFrames: 0,
  droppedFrames: 0,
  speed: 31.9,
  ended: false,
};
const LAST: FfmpegProgress = {
  frame: 30,
  framesPerSecond: 29.97,
  bitrate: 33_700,
  totalBytes: 11_803,
  outTimeUs: 2_800_000,
  duplicatedFrames: 2,
  droppedFrames: 3,
  speed: 1470,
  ended: true,
};

test('reports are told as they are completed', () => {
  assert.deepEqual(progressIn(CAPTURED), [FIRST, LAST]);
});

test('it does not matter where the chunks are cut', () => {
  assert.deepEqual(progressIn(...CAPTURED.split('')), [FIRST, LAST]);
});

test('a report without its last line is not told', () => {
  assert.deepEqual(progressIn(CAPTURED.slice(0, -'progress=end\n'.length)), [FIRST]);
});

test('what is not known yet is undefined, also where a version writes its smallest number for it', () => {
  const [report] = progressIn(
    'frame=\nspeed=N/A\nout_time_us=-9223372036854775808\nbitrate=-0.0kbits/s\nprogress=continue\n',
  );

  assert.deepEqual(report, {
    frame: undefined,
    framesPerSecond: undefined,
    bitrate: -0,
    totalBytes: undefined,
    outTimeUs: undefined,
    duplicatedFrames: undefined,
    droppedFrames: undefined,
    speed: undefined,
    ended: false,
  });
});

test('other output in between is passed over', () => {
  assert.deepEqual(progressIn(`hello\n=\n==1\nx y=3\n${CAPTURED}`), [FIRST, LAST]);
});
