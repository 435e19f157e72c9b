import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sentenceForMissingFfmpeg } from '../../../src-main/bootstrap/ensure-ffmpeg.mjs';

test('a missing ffmpeg is said with the command of this system, or with where to get it', () => {
  assert.match(sentenceForMissingFfmpeg('sudo apt install ffmpeg'), /Install it with: sudo apt install ffmpeg/);
  assert.match(sentenceForMissingFfmpeg(undefined), /ffmpeg\.org/);
});
