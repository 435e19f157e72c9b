import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ChildSpec, RunToEnd } from '../../../src-main/core/ports/process.ts';
import { createDrawSheet, drawArgs } from '../../../src-main/core/storyboard/draw.ts';
import { AppError } from '../../../src-main/shared/app-error.ts';

const SPRITE = { columns: 5, rows: 5, picture: { width: 256, height: 144 } };

test('a sprite is drawn from the key frames on stdin, by one thread', () => {
  assert.equal(
    drawArgs(SPRITE).join(' '),
    '-hide_banner -loglevel error -threads 1 -f mp4 -i pipe:0 -map 0:v:0 -frames:v 1 -filter_threads 1 ' +
      '-vf fps=1:eof_action=pass,scale=256:144,setsar=1,tile=5x5 ' +
      '-c:v mjpeg -threads 1 -pix_fmt yuvj420p -q:v 5 -f image2pipe pipe:1',
  );
});

test('one picture is no sheet', () => {
  const args = drawArgs({ columns: 1, rows: 1, picture: { width: 640, height: 360 } });

  assert.equal(args[args.indexOf('-vf') + 1], 'fps=1:eof_action=pass,scale=640:360,setsar=1');
});

test('ffmpeg yields to everything that is live, and what it does not draw is an error', async () => {
  const specs: ChildSpec[] = [];
  const run: RunToEnd = async (spec) => {
    specs.push(spec);
    return await Promise.resolve({ stdout: new Uint8Array(), lastLines: [] });
  };
  const draw = createDrawSheet({ run, ffmpeg: async () => await Promise.resolve('/usr/bin/ffmpeg') });

  await assert.rejects(
    draw(new Uint8Array(), SPRITE),
    (error) => error instanceof AppError && error.code === 'media/malformed',
  );

  assert.deepEqual(
    specs.map(({ executable, priority }) => [executable, priority]),
    [['/usr/bin/ffmpeg', 'low']],
  );
});
