import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AUTO_LADDERS, LADDERS } from '../../../src-main/core/encode/ladder-presets.ts';
import { checkCustomLadder } from '../../../src-main/core/encode/resolve-ladder.ts';
import { LADDER_PRESETS } from '../../../src-main/shared/api/ladder.ts';

/** `kbps WxH` as the tables of Azure Media Services have it. */
function rows(preset: (typeof LADDER_PRESETS)[number]): string[] {
  return LADDERS[preset].video.map(({ bitrate, width, height }) => `${bitrate / 1000} ${width}x${height}`);
}

test('the four ladders of Azure Media Services have its bitrates and sizes', () => {
  assert.deepEqual(
    { a: rows('Default720p'), b: rows('Default1080p'), c: rows('720p-3-Layer'), d: rows('1080p-4-Layer') },
    {
      a: ['3500 1280x720', '2200 960x540', '1350 704x396', '850 512x288', '550 384x216', '200 340x192'],
      b: ['5500 1920x1080', '3000 1280x720', '1600 960x540', '800 640x360', '400 480x270', '200 320x180'],
      c: ['2500 1280x720', '1000 960x540', '400 640x360'],
      d: ['4500 1920x1080', '2200 1280x720', '1000 960x540', '400 640x360'],
    },
  );
});

test('every preset passes the checks of an own ladder', () => {
  for (const preset of LADDER_PRESETS) {
    assert.doesNotThrow(() => checkCustomLadder({ frameRate: 30, ...spread(LADDERS[preset]) }), preset);
  }
});

test('the ladders that auto chooses from get smaller from one to the next', () => {
  const pixels = AUTO_LADDERS.map((ladder) =>
    LADDERS[ladder].video.reduce((sum, { width, height }) => sum + width * height, 0),
  );

  assert.deepEqual(
    pixels,
    pixels.toSorted((a, b) => b - a),
  );
});

function spread({ video, audio }: (typeof LADDERS)[keyof typeof LADDERS]) {
  return { video: [...video], audio };
}
