import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDrawSlate, slateArgs } from '../../../src-main/core/live-encoding/draw-slate.ts';
import type { RunToEnd } from '../../../src-main/core/ports/process.ts';
import { AppError } from '../../../src-main/shared/app-error.ts';
import { assertGoldenArgs } from '../../support/golden.ts';

const CANVAS = { width: 64, height: 36, frameRate: { numerator: 30, denominator: 1 } };
const SIZE = (64 * 36 * 3) / 2;
const PICTURE = new Uint8Array([0xff, 0xd8]);

function drawWith(run: RunToEnd) {
  return createDrawSlate({ run, ffmpeg: () => Promise.resolve('/opt/ffmpeg') })(PICTURE, CANVAS);
}

test('the command line that stretches a slate to the frame is the one on file', () => {
  assertGoldenArgs('live-slate', slateArgs({ width: 1280, height: 720 }));
});

test('a slate comes back as one picture of the canvas’ size', async () => {
  const drawn = await drawWith((spec, { stdin }) => {
    assert.deepEqual([spec.executable, stdin], ['/opt/ffmpeg', PICTURE]);
    return Promise.resolve({ stdout: new Uint8Array(SIZE), lastLines: [] });
  });

  assert.equal(drawn.length, SIZE);
});

test('what ffmpeg does not decode, or only in part, is no slate', async () => {
  const refused = { code: 'live/slate-invalid' };

  await assert.rejects(
    drawWith(() => Promise.reject(new AppError('process/exited', 'Invalid data'))),
    refused,
  );
  await assert.rejects(
    drawWith(() => Promise.resolve({ stdout: new Uint8Array(SIZE - 1), lastLines: [] })),
    refused,
  );
});
