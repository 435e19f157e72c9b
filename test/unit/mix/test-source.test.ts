import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTestSource } from '../../../src-main/core/mix/test-source.ts';

const SECOND = Date.UTC(2030, 0, 1, 10, 0, 0);

/** Mean luma of the middle of the bars. */
function barLevel(bytes: Uint8Array, width: number, height: number): number {
  const line = bytes.subarray(Math.floor(height * 0.3) * width, Math.floor(height * 0.3) * width + width);
  return line.reduce((sum, level) => sum + level, 0) / width;
}

test('the flash begins with the frame of a whole UTC second and lasts a tenth of one', () => {
  const source = createTestSource(640, 360);
  const levels = [-1, 0, 50, 99, 100, 500, 999].map((ms) =>
    barLevel(source.picture(1, SECOND + ms).bytes, 640, 360),
  );

  assert.deepEqual(
    levels.map((level) => level > 200),
    [false, true, true, true, false, false, false],
  );
});

test('the tone begins with the sample of a whole UTC second and lasts a tenth of one', () => {
  const source = createTestSource(640, 360);
  const out = new Float32Array(2 * 48_000 * 2);

  source.sound(out, 96_000, (SECOND / 1000) * 48_000 - 24_000);

  const loud = Array.from({ length: 96_000 }, (_, i) => i).filter((i) => Math.abs(out[i * 2]!) > 0.001);
  assert(loud[0]! >= 24_000 && loud[0]! < 24_010, `begins at ${loud[0]}`);
  const end = loud.findLast((i) => i < 48_000)!;
  assert(end > 24_000 + 4780 && end < 24_000 + 4800, `ends at ${end}`);
  const peak = out.reduce((most, value) => Math.max(most, Math.abs(value)));
  assert(peak > 0.09 && peak <= 0.1001, 'at the level of a reference tone');
});

test('sound made in pieces is the same as in one', () => {
  const source = createTestSource(640, 360);
  const start = (SECOND / 1000) * 48_000 - 100;
  const whole = new Float32Array(2 * 3203);
  const pieces = new Float32Array(2 * 3203);

  source.sound(whole, 3203, start);
  source.sound(pieces, 1601, start);
  source.sound(pieces.subarray(2 * 1601), 1602, start + 1601);

  assert.deepEqual(pieces, whole);
});

test('no two frames of a second are alike', () => {
  const source = createTestSource(320, 180);
  const seen = new Set<string>();
  for (let frame = 0; frame < 30; frame += 1) {
    seen.add(source.picture(frame, SECOND + (frame * 1000) / 30).bytes.toString('latin1'));
  }

  assert.equal(seen.size, 30);
});

test('a picture does not depend on the one before', () => {
  const used = createTestSource(320, 180);
  for (let frame = 0; frame < 70; frame += 1) {
    const wallMs = SECOND + (frame * 1000) / 30;
    const fresh = createTestSource(320, 180).picture(frame, wallMs);

    assert(used.picture(frame, wallMs).bytes.equals(fresh.bytes), `frame ${frame}`);
  }
});

for (const [width, height] of [
  [16, 16],
  [64, 36],
  [426, 240],
  [3840, 2160],
] as const) {
  test(`a canvas of ${width}×${height} is drawn without leaving it`, () => {
    const picture = createTestSource(width, height).picture(123_456_789_012, SECOND + 123);

    assert.equal(picture.bytes.length, (width * height * 3) / 2);
  });
}
