import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { checkSlate, createSlates } from '../../../src-main/core/live/slates.ts';
import { AppError } from '../../../src-main/shared/app-error.ts';

const root = mkdtempSync(join(tmpdir(), 'lectern-slates-'));
after(() => rmSync(root, { recursive: true }));

const slates = createSlates({
  folderOf(assetName) {
    if (assetName === 'none') {
      throw new AppError('resource/not-found', 'There is no asset none.');
    }
    return join(root, assetName);
  },
  writeFile: (path, bytes) => writeFile(path, bytes),
});

/** SOI, APP0, a fill byte, DQT, SOF, SOS, EOI: as much of a JPEG as is looked at. */
function jpeg(width: number, height: number, { sof = 0xc0, padding = 0, tail = [] as number[] } = {}): Uint8Array {
  const size = [height >> 8, height & 0xff, width >> 8, width & 0xff];
  return Uint8Array.from([
    ...[0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 2],
    ...[0xff, 0xff, 0xdb, 0, 3, 0],
    ...[0xff, sof, 0, 11, 8, ...size, 1, 1, 0x11, 0],
    ...[0xff, 0xda, 0, 2],
    ...new Array<number>(padding).fill(0x55),
    ...[0xff, 0xd9, ...tail],
  ]);
}

const invalid = (message: RegExp) => ({ code: 'live/slate-invalid', status: 400, message });

describe('a slate picture', () => {
  for (const [what, picture] of [
    ['the largest size', jpeg(1920, 1080)],
    ['progressive coding', jpeg(640, 360, { sof: 0xc2 })],
    ['exactly 3 MB', jpeg(640, 360, { padding: 3 * 1024 * 1024 - 35 })],
    ['something behind its end', jpeg(640, 360, { tail: [0, 0, 1] })],
  ] as const) {
    test(`of ${what} is taken`, () => {
      checkSlate(picture, 'a');
    });
  }

  const whole = jpeg(640, 360);
  for (const [what, picture, words] of [
    ['wider', jpeg(1921, 1080), /1921x1080, and at most 1920x1080/],
    ['higher', jpeg(1920, 1081), /1920x1081/],
    ['larger', jpeg(640, 360, { padding: 3 * 1024 * 1024 }), /bytes, and at most 3145728/],
    ['a PNG', Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a), /no JPEG/],
    ['nothing', new Uint8Array(), /no JPEG/],
    ['cut off before its size', whole.subarray(0, 20), /no JPEG/],
    ['cut off before its end', whole.subarray(0, -2), /no JPEG/],
    ['without a frame', Uint8Array.of(0xff, 0xd8, 0xff, 0xda, 0, 2, 0xff, 0xd9), /no JPEG/],
    ['of no width', jpeg(0, 360), /no JPEG/],
    [
      'with a length of 0 in it',
      Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xd9),
      /no JPEG/,
    ],
  ] as const) {
    test(`that is ${what} is refused`, () => {
      assert.throws(() => checkSlate(picture, 'a'), invalid(words));
    });
  }
});

describe('the slate of an asset', () => {
  test('is read as it was put, and another takes its place', async () => {
    await slates.put('a', jpeg(640, 360));
    await slates.put('a', jpeg(320, 180));

    assert.deepEqual(await slates.read('a'), Buffer.from(jpeg(320, 180)));
    assert.deepEqual(await readdir(join(root, 'a')), ['slate.jpg']);
  });

  test('is not put beside a recording', async () => {
    await mkdir(join(root, 'b'));
    await writeFile(join(root, 'b', 'video.cmfv'), '');

    await assert.rejects(slates.put('b', jpeg(640, 360)), { code: 'resource/in-use' });
  });

  test('that is not right changes nothing', async () => {
    await slates.put('c', jpeg(640, 360));

    await assert.rejects(slates.put('c', jpeg(4000, 360)), invalid(/4000x360/));

    assert.deepEqual(await slates.read('c'), Buffer.from(jpeg(640, 360)));
  });

  test('is needed when it is asked for: one file, and a picture', async () => {
    await mkdir(join(root, 'd'));
    await writeFile(join(root, 'd', 'x.jpg'), 'no picture');

    await assert.rejects(slates.read('empty'), invalid(/exactly one file/));
    await assert.rejects(slates.read('b'), invalid(/exactly one file/));
    await assert.rejects(slates.read('d'), invalid(/no JPEG/));
    await assert.rejects(slates.read('none'), { code: 'resource/not-found' });
    await assert.rejects(slates.put('none', jpeg(640, 360)), { code: 'resource/not-found' });
  });
});
