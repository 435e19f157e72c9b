import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import {
  type IndexRecord,
  parseIndexRecords,
  writeIndexRecord,
} from '../../../src-main/core/archive/index-record.ts';
import { readMediaFile } from '../../../src-main/core/archive/media-file.ts';
import { openRecording } from '../../../src-main/core/archive/open-recording.ts';
import { readRecordingJson, writeRecordingJson } from '../../../src-main/core/archive/recording-json.ts';
import { createSegmentReader } from '../../../src-main/core/archive/segment-reader.ts';
import type { Presentation } from '../../../src-main/core/ports/presentation.ts';
import { audioTrack, frames, sounds, videoTrack } from '../../support/broadcast-media.ts';
import { makeRecording } from '../../support/make-recording.ts';
import { missingPrograms } from '../../support/real-ffmpeg.ts';

const VIDEO = videoTrack();
const AUDIO = audioTrack();
const root = mkdtempSync(join(tmpdir(), 'lectern-recover-'));
const reader = createSegmentReader();
after(async () => {
  await reader[Symbol.asyncDispose]();
  rmSync(root, { recursive: true });
});

/** Five seconds in one file, as a killed process leaves them: with no noted end. */
async function record(folder: string, options: { rollSeconds?: number; seconds?: number } = {}): Promise<void> {
  const to = (options.seconds ?? 5) * 30;
  await makeRecording({
    folder,
    tracks: [
      { track: VIDEO, samples: frames({ from: 0, to }) },
      { track: AUDIO, samples: sounds({ from: 0, to }) },
    ],
    rollSeconds: options.rollSeconds ?? 300,
  });
  const json = await readRecordingJson(folder);
  assert.ok(json);
  const { lastSequence, ...cutOff } = json;
  await writeRecordingJson(folder, cutOff);
}

const mediaOf = (folder: string, number = 1): string => join(folder, VIDEO.id, `00000${number}.cmfv`);
const indexOf = (folder: string, number = 1): string => join(folder, VIDEO.id, `00000${number}.idx`);
const readVideo = async (folder: string, repair = false) =>
  await readMediaFile({ folder, track: VIDEO, number: 1, repair });

async function open(folder: string, repair: boolean) {
  await reader.release(folder);
  return await openRecording({ id: 'asset/test', folder, reader, repair });
}

/** Every byte of every segment that is listed. */
async function readAll(presentation: Presentation): Promise<number> {
  let segments = 0;
  for (const window of presentation.tracks()) {
    for (let index = 0; index < window.segments.length; index += 1) {
      const { sequence, size } = window.segments.at(index);
      if (size > 0) {
        assert.equal((await presentation.readSegment(window, sequence)).length, size);
        segments += 1;
      }
    }
  }
  return segments;
}

describe('the index of a media file', () => {
  const folder = join(root, 'index');
  let whole: Buffer;
  let records: readonly IndexRecord[];
  before(async () => {
    await record(folder);
    whole = await readFile(indexOf(folder));
    records = (await readVideo(folder)).records;
    assert.equal(records.length, 25);
  });

  test('may be torn at any byte: all chunks are found, and with a repair it is as it was', async () => {
    for (let length = 0; length <= whole.length; length += length < 120 ? 1 : 11) {
      await writeFile(indexOf(folder), whole.subarray(0, length));

      const read = await readVideo(folder);
      assert.deepEqual([read.records, read.damage], [records, []], `at byte ${length}`);
    }
    for (const length of [0, 1, 39, 40, 41, whole.length - 1]) {
      await writeFile(indexOf(folder), whole.subarray(0, length));
      await readVideo(folder, true);

      assert.ok((await readFile(indexOf(folder))).equals(whole), `at byte ${length}`);
    }
  });

  test('may be wrong at any byte', async () => {
    for (let at = 0; at < whole.length; at += 7) {
      const wrong = Buffer.from(whole);
      wrong[at] = (wrong[at] ?? 0) ^ 0x55;
      await writeFile(indexOf(folder), wrong);

      assert.deepEqual((await readVideo(folder)).records, records, `at byte ${at}`);
    }
  });

  test('may be gone', async () => {
    await rm(indexOf(folder));

    assert.deepEqual((await readVideo(folder)).records, records);
    await readVideo(folder, true);
    assert.ok((await readFile(indexOf(folder))).equals(whole));
  });

  test('may say more than the media have', async () => {
    const last = records.at(-1);
    assert.ok(last);
    const more = writeIndexRecord({ ...last, offset: last.offset + last.size, part: last.part + 1 });
    await writeFile(indexOf(folder), Buffer.concat([whole, more]));

    assert.deepEqual((await readVideo(folder, true)).records, records);
    assert.ok((await readFile(indexOf(folder))).equals(whole));
  });

  test('may be that of another file', async () => {
    const wrong = records.map((record) => writeIndexRecord({ ...record, sequence: record.sequence + 7 }));
    await writeFile(indexOf(folder), Buffer.concat(wrong));

    assert.deepEqual((await readVideo(folder, true)).records, records);
    assert.deepEqual(parseIndexRecords(await readFile(indexOf(folder))), records);
  });
});

describe('a media file', () => {
  const folder = join(root, 'media');
  const copy = join(root, 'torn');
  let media: Buffer;
  let records: readonly IndexRecord[];
  before(async () => {
    await record(folder);
    media = await readFile(mediaOf(folder));
    records = (await readVideo(folder)).records;
    await mkdir(join(copy, VIDEO.id), { recursive: true });
  });

  async function put(bytes: Buffer, withIndex: boolean): Promise<void> {
    await writeFile(mediaOf(copy), bytes);
    await rm(indexOf(copy), { force: true });
    if (withIndex) {
      await copyFile(indexOf(folder), indexOf(copy));
    }
  }

  test('may be torn at any byte of its header: there is nothing in it, and nothing is damaged', async () => {
    const header = records[0]?.offset ?? 0;
    for (let length = 0; length <= header; length += 1) {
      await put(media.subarray(0, length), false);

      const read = await readVideo(copy, true);
      assert.deepEqual([read.records, read.damage], [[], []], `at byte ${length}`);
    }
  });

  test('may be torn at any byte of its last chunks: those before are kept, the torn one is cut off', async () => {
    const from = records.at(-3)?.offset ?? 0;
    for (let length = from; length < media.length; length += 1) {
      await put(media.subarray(0, length), length % 2 === 0);
      const whole = records.filter(({ offset, size }) => offset + size <= length);

      const read = await readVideo(copy, true);

      assert.deepEqual([read.records, read.damage], [whole, []], `at byte ${length}`);
      const last = whole.at(-1);
      assert.ok(last);
      assert.equal((await stat(mediaOf(copy))).size, last.offset + last.size);
      assert.deepEqual(parseIndexRecords(await readFile(indexOf(copy))), whole);
    }
  });

  test('is cut off nowhere when it is only looked at', async () => {
    await put(media.subarray(0, media.length - 5), true);

    await readVideo(copy, false);

    assert.equal((await stat(mediaOf(copy))).size, media.length - 5);
  });

  for (const withIndex of [false, true]) {
    test(`that ends in zeros, as after a power cut, is whole up to them (${withIndex ? 'with' : 'without'} an index that lists them)`, async () => {
      const cut = records[20];
      assert.ok(cut);
      const blank = Buffer.from(media);
      blank.fill(0, cut.offset);
      await put(blank, withIndex);

      const read = await readVideo(copy, true);

      assert.deepEqual([read.records, read.damage], [records.slice(0, 20), []]);
      assert.equal((await stat(mediaOf(copy))).size, cut.offset);
    });
  }

  test('loses one chunk to one damaged place, not those behind it, and nothing is cut', async () => {
    const hurt = records[12];
    assert.ok(hurt);
    // Sizes, types and versions of the boxes of one chunk: wherever it is hurt, the next chunk is found.
    for (let at = hurt.offset; at < hurt.offset + 100; at += 1) {
      for (const value of [0x00, 0x7f, 0xff]) {
        const bytes = Buffer.from(media);
        bytes[at] = value;
        await put(bytes, false);

        const read = await readVideo(copy, true);

        const others: readonly IndexRecord[] = records.filter(
          ({ part, sequence }) => part !== hurt.part || sequence !== hurt.sequence,
        );
        const kept: readonly IndexRecord[] = read.records.filter(({ offset }) => offset !== hurt.offset);
        assert.deepEqual(kept, others, `byte ${at - hurt.offset} = ${value}`);
        assert.equal(read.records.length === records.length, read.damage.length === 0);
        assert.equal((await stat(mediaOf(copy))).size, media.length);
      }
    }
  });

  test('with a damaged header keeps its chunks', async () => {
    const bytes = Buffer.from(media);
    bytes.fill(0xff, 0, 40);
    for (const withIndex of [true, false]) {
      await put(bytes, withIndex);

      const read = await readVideo(copy, true);

      assert.deepEqual(read.records, records);
      assert.match(read.damage.join(), /its header is damaged/);
    }
  });
});

describe('a recording that was cut off', () => {
  test('opens with all that is in its files, and notes where it ends', async () => {
    const folder = join(root, 'cut-off');
    await record(folder, { seconds: 10, rollSeconds: 4 });
    await truncate(mediaOf(folder, 3), (await stat(mediaOf(folder, 3))).size - 3);

    const opened = await open(folder, true);

    assert.ok(opened);
    assert.deepEqual(opened.damage, []);
    assert.equal(await readAll(opened.presentation), 10);
    assert.equal((await readRecordingJson(folder))?.lastSequence, 5);
    const again = await open(folder, false);
    assert.deepEqual(
      again?.presentation.tracks().map(({ segments }) => [segments.firstSequence, segments.length]),
      [
        [1, 5],
        [1, 5],
      ],
    );
  });

  test('leaves no file behind that had been begun and has nothing in it', async () => {
    for (const cutAt of [0, 100, VIDEO.init.length]) {
      const folder = join(root, `begun-${cutAt}`);
      await record(folder, { seconds: 10, rollSeconds: 4 });
      await truncate(mediaOf(folder, 3), cutAt);
      await truncate(indexOf(folder, 3), 0);

      await open(folder, false);
      const looked = await readdir(join(folder, VIDEO.id));
      const opened = await open(folder, true);

      assert.equal(looked.length, 6, 'who only looks deletes nothing');
      assert.deepEqual((await readdir(join(folder, VIDEO.id))).toSorted(), [
        ...['000001.cmfv', '000001.idx', '000002.cmfv', '000002.idx'],
      ]);
      assert.deepEqual(opened?.damage, []);
    }
  });

  test('has only its archive window, counted back from its end', async () => {
    const folder = join(root, 'window');
    await record(folder, { seconds: 100, rollSeconds: 10 });
    const json = await readRecordingJson(folder);
    assert.ok(json);
    await writeRecordingJson(folder, { ...json, archiveSeconds: 60 });

    const opened = await open(folder, true);

    assert.deepEqual(
      opened?.presentation.tracks().map(({ segments }) => [segments.firstSequence, segments.length]),
      [
        [21, 30],
        [21, 30],
      ],
    );
    const { firstSequence, lastSequence } = (await readRecordingJson(folder)) ?? {};
    assert.deepEqual([firstSequence, lastSequence], [21, 50]);
  });

  test('keeps the sound when not one picture came', async () => {
    const folder = join(root, 'sound-only');
    await record(folder);
    await truncate(mediaOf(folder), 10);
    await rm(indexOf(folder));

    const opened = await open(folder, true);

    assert.deepEqual(
      opened?.presentation.tracks().map(({ track }) => track.id),
      [AUDIO.id],
    );
    assert.deepEqual(opened.damage, [`The track ${VIDEO.id} has no media.`]);
  });

  test('is not there when not a single chunk was written', async () => {
    const folder = join(root, 'nothing');
    await record(folder);
    for (const name of await readdir(folder, { recursive: true })) {
      if (name.endsWith('.cmfv') || name.endsWith('.cmfa')) {
        await truncate(join(folder, name), 100);
      }
    }

    assert.equal(await open(folder, true), undefined);
  });

  test('that cannot be read at all is an error that says so, not an empty recording', async () => {
    const folder = join(root, 'rubbish');
    await record(folder);
    for (const name of await readdir(folder, { recursive: true })) {
      if (/\.(cmf[av]|idx)$/.test(name)) {
        await rm(join(folder, name));
        await mkdir(join(folder, name));
      }
    }

    await assert.rejects(open(folder, true), { code: 'archive/damaged' });
  });

  test('with a damaged place shows no segment that is not whole up to there', async () => {
    const folder = join(root, 'hole');
    await record(folder, { seconds: 10 });
    const { records } = await readVideo(folder);
    const hurt = records.find(({ sequence, part }) => sequence === 3 && part === 4);
    const key = records.find(({ sequence, part }) => sequence === 5 && part === 0);
    assert.ok(hurt && key);
    const bytes = await readFile(mediaOf(folder));
    bytes.fill(0xee, hurt.offset, hurt.offset + 8);
    bytes.fill(0xee, key.offset, key.offset + 8);
    await writeFile(mediaOf(folder), bytes);
    await rm(indexOf(folder));

    const opened = await open(folder, true);

    assert.ok(opened);
    const pictures = opened.presentation.tracks()[0];
    assert.deepEqual(
      Array.from({ length: pictures?.segments.length ?? 0 }, (_, index) => {
        const { sequence, duration } = pictures?.segments.at(index) ?? { sequence: 0, duration: 0 };
        return [sequence, duration / 90_000];
      }),
      [
        [1, 2],
        [2, 2],
        [3, 0.8],
        [4, 2],
      ],
    );
    await readAll(opened.presentation);
    assert.equal(opened.damage.length, 2);
  });

  test('on a disk that can only be read is opened all the same', {
    skip: process.getuid?.() === 0 ? missingPrograms('mount') : 'needs root',
  }, async () => {
    const disk = join(root, 'read-only');
    await mkdir(disk);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'tmpfs', disk]);
    try {
      const folder = join(disk, 'recording');
      await record(folder);
      await truncate(mediaOf(folder), (await stat(mediaOf(folder))).size - 3);
      await rm(indexOf(folder));
      execFileSync('mount', ['-o', 'remount,ro', disk]);

      const opened = await open(folder, true);

      assert.ok(opened);
      assert.equal(await readAll(opened.presentation), 6);
    } finally {
      await reader.release(disk);
      execFileSync('umount', ['--lazy', disk]);
    }
  });
});
