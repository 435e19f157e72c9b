import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { crc32, deflateSync } from 'node:zlib';
import { systemClock } from '../../../src-main/base/clock.ts';
import { silentLogger } from '../../../src-main/core/ports/logger.ts';
import type { MixerImage } from '../../../src-main/core/ports/mixer.ts';
import { createProcesses } from '../../../src-main/core/process/create-processes.ts';
import { createDrawStill } from '../../../src-main/core/studio/scenes/draw-still.ts';
import { createCoverText } from '../../../src-main/core/studio/scenes/text-coverage.ts';
import { missingPrograms } from '../../support/real-ffmpeg.ts';

const skip = missingPrograms('ffmpeg');
const processes = createProcesses({
  clock: systemClock(),
  random: () => 0.5,
  logger: silentLogger,
  platform: process.platform,
});
after(() => processes[Symbol.asyncDispose]());

const warnings: string[] = [];
const logger = { ...silentLogger, warn: (_fields: object, message: string) => void warnings.push(message) };
const drawing = { run: processes.runToEnd, ffmpeg: () => Promise.resolve('ffmpeg'), logger };
const coverText = createCoverText(drawing);

/** Half of it red, half of it nothing at all. */
const LOGO = pngOf(40, 20, (x) => (x < 20 ? [255, 0, 0, 255] : [0, 255, 0, 0]));
const drawStill = createDrawStill({
  ...drawing,
  coverText,
  images: { read: () => Promise.resolve({ type: 'png', bytes: LOGO }) },
});

test('text with everything in it that ffmpeg takes for its own is drawn as it stands', { skip }, async () => {
  const limits = { width: 1200, height: 60 };
  const plain = await coverText('Dr. Müller', limits);
  const odd = await coverText(String.raw`It's 50% [a,b]; c:\d 'e' %{pts} = "f" #g`, limits);
  const wide = await coverText('Dr. Müller '.repeat(12), limits);

  assert.deepEqual(warnings, []);
  for (const image of [plain, odd, wide]) {
    assert.equal(image.height, 60);
    assert(image.width > 50 && image.width <= 1200, `${image.width}`);
    assert(image.coverage.includes(255), 'there is something in it');
  }
  assert(odd.width > plain.width * 2);
});

test('where ffmpeg cannot draw text, the letters of the slate stand in', { skip }, async () => {
  const cover = createCoverText({ ...drawing, ffmpeg: () => Promise.resolve('/nowhere/ffmpeg') });

  const image = await cover('Back soon', { width: 400, height: 40 });

  assert.equal(image.height, 40);
  assert(image.width > 50 && image.width <= 400 && image.coverage.includes(255));
  assert.equal(warnings.splice(0).length, 1);
});

test('a logo keeps its colours and what can be seen through, at any size', { skip }, async () => {
  const image = await drawStill({ kind: 'file', image: 'logo', version: '1', width: 80, height: 60, fit: 'fit' });

  const { alphaAt, pixelAt } = reading(image);
  assert.equal(alphaAt(20, 30), 255);
  assert.equal(alphaAt(60, 30), 0);
  assert.equal(alphaAt(20, 4), 0, 'above it there is nothing');
  const [y, u, v] = pixelAt(20, 30);
  assert(near(y, 63) && near(u, 102) && near(v, 240), `${y} ${u} ${v}`);
});

test('a picture that fills its place is cut, not stretched', { skip }, async () => {
  const image = await drawStill({ kind: 'file', image: 'logo', version: '1', width: 40, height: 40, fit: 'fill' });

  const { alphaAt } = reading(image);
  assert.equal(alphaAt(8, 0), 255);
  assert.equal(alphaAt(8, 39), 255);
  assert.equal(alphaAt(32, 20), 0);
});

test('a lower third is an opaque box as wide as its words', { skip }, async () => {
  const image = await drawStill({
    kind: 'lower-third',
    title: 'Dr. Müller',
    subtitle: 'Physics',
    side: 'left',
    width: 600,
    height: 80,
  });

  const { alphaAt, pixelAt } = reading(image);
  assert.equal(alphaAt(2, 40), 255);
  assert.equal(alphaAt(590, 40), 0);
  const lumas = Array.from({ length: 200 }, (_, x) => pixelAt(x, 24)[0]!);
  assert(Math.max(...lumas) > 180, 'the words are bright');
  assert(Math.min(...lumas) < 60, 'the box is dark');
});

const near = (value: number | undefined, wanted: number): boolean => Math.abs((value ?? 0) - wanted) <= 6;

function reading({ width, height, picture, alpha }: MixerImage) {
  const bytes = Buffer.from(picture, 'base64');
  const levels = Buffer.from(alpha, 'base64');
  assert.equal(bytes.length, (width * height * 3) / 2);
  assert.equal(levels.length, width * height);
  return {
    alphaAt: (x: number, y: number) => levels[y * width + x],
    pixelAt: (x: number, y: number): readonly number[] => {
      const chroma = width * height + (y >> 1) * (width / 2) + (x >> 1);
      return [bytes[y * width + x]!, bytes[chroma]!, bytes[chroma + (width * height) / 4]!];
    },
  };
}

/** A PNG of RGBA pixels. */
function pngOf(width: number, height: number, pixel: (x: number, y: number) => readonly number[]): Buffer {
  const rows = Buffer.concat(
    Array.from({ length: height }, (_, y) =>
      Buffer.from([0, ...Array.from({ length: width }, (_column, x) => [...pixel(x, y)]).flat()]),
    ),
  );
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 6, 0, 0, 0], 8);
  const chunk = (type: string, content: Buffer): Buffer => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), content]);
    const frame = Buffer.alloc(8);
    frame.writeUInt32BE(content.length, 0);
    frame.writeUInt32BE(crc32(body), 4);
    return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
  };
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', head),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}
