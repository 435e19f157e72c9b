import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCaptionWriter } from '../../../src-main/core/live-encoding/caption-writer.ts';
import type { Sample } from '../../../src-main/media/cmaf/types.ts';
import { captionPairs } from '../../../src-main/media/codecs/captions.ts';
import { joinLengthPrefixed } from '../../../src-main/media/codecs/nal-units.ts';
import { ticks } from '../../../src-main/media/time.ts';
import { videoTrack } from '../../support/broadcast-media.ts';

const START_MS = Date.UTC(2030, 0, 1);
const TRACK = videoTrack();
assert(TRACK.kind === 'video');
const CODED = { fourCc: TRACK.fourCc, decoderConfig: TRACK.decoderConfig };
const FRAME = TRACK.timescale / 30;
const wallMsOf = (frame: number): number => START_MS + (frame * 1000) / 30;
const pair = (letter: string): Uint8Array => Uint8Array.of(0xfc, letter.charCodeAt(0) | 0x80, 0x80);
const FILLING = Uint8Array.of(0xfa, 0, 0);

function openWorld() {
  const written = new Map<string, Sample[]>();
  const writer = createCaptionWriter({
    open: () => undefined,
    push: (id, samples) => void written.set(id, [...(written.get(id) ?? []), ...samples]),
  });
  writer.input.open([TRACK, { ...TRACK, id: 'small' }]);
  return {
    shown: (frame: number, ...pairs: readonly Uint8Array[]) => writer.shown(wallMsOf(frame), pairs),
    encoded(frame: number, id = TRACK.id) {
      const decodeTime = ticks(BigInt(START_MS / 1000) * BigInt(TRACK.timescale) + BigInt(frame * FRAME));
      const data = joinLengthPrefixed([Uint8Array.of(0x41, 1, 2)]);
      writer.input.push(id, [{ decodeTime, duration: FRAME, compositionOffset: 0, sync: false, data }]);
    },
    /** The letters in each sample. */
    letters: (id = TRACK.id) =>
      (written.get(id) ?? []).map(({ data }) =>
        [...captionPairs(data, CODED)]
          .filter((_, index) => index % 3 === 1)
          .map((byte) => String.fromCharCode(byte & 0x7f))
          .join(''),
      ),
    samples: (id = TRACK.id) => written.get(id) ?? [],
  };
}

test('captions are written into the frame that shows them, and into every quality', () => {
  const world = openWorld();
  world.shown(10, pair('a'));
  world.shown(12, pair('b'));
  for (const id of [TRACK.id, 'small']) {
    for (let frame = 9; frame < 14; frame += 1) {
      world.encoded(frame, id);
    }
  }

  assert.deepEqual(world.letters(), ['', 'a', '', 'b', '']);
  assert.deepEqual(world.letters('small'), world.letters());
});

test('what belongs to a frame that was left out comes with the next one', () => {
  const world = openWorld();
  for (let frame = 0; frame < 6; frame += 1) {
    world.shown(frame, pair('abcdef'[frame]!));
  }
  for (const frame of [0, 2, 4, 5]) {
    world.encoded(frame);
  }

  assert.deepEqual(world.letters(), ['a', 'bc', 'de', 'f']);
});

test('more than one picture may carry goes on with the next, and filling is left out for it', () => {
  const world = openWorld();
  const said = 'abcdefghijklmnopqrstuvwxyz0123456789';
  world.shown(1, ...Array.from(said).flatMap((letter) => [pair(letter), FILLING]));
  for (let frame = 0; frame < 4; frame += 1) {
    world.encoded(frame);
  }

  assert.deepEqual(world.letters(), ['', said.slice(0, 31), said.slice(31), '']);
});

test('a quality that comes back after a while does not catch up on what was said meanwhile', () => {
  const world = openWorld();
  world.shown(0, pair('a'));
  world.shown(200, pair('b'));
  world.encoded(200);

  assert.deepEqual(world.letters(), ['b']);
});

test('without captions samples go on as they came, and sound always does', () => {
  const world = openWorld();
  world.shown(0);
  world.encoded(0);

  assert.equal(world.samples()[0]?.data.length, 7);
});
