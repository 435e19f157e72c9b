import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, open, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import fc from 'fast-check';
import { summarise } from '../../../src-main/core/archive/asset-summary.ts';
import { nextLevel, openDiskGuard } from '../../../src-main/core/archive/disk-guard.ts';
import { mediaFileName, parseMediaFileName } from '../../../src-main/core/archive/file-names.ts';
import {
  INDEX_RECORD_BYTES,
  type IndexRecord,
  parseIndexRecords,
  writeIndexRecord,
} from '../../../src-main/core/archive/index-record.ts';
import { createRecordingPresentation } from '../../../src-main/core/archive/recording-presentation.ts';
import { createSegmentReader } from '../../../src-main/core/archive/segment-reader.ts';
import { createSegmentRows } from '../../../src-main/core/archive/segment-rows.ts';
import { createTrackWriter } from '../../../src-main/core/archive/track-writer.ts';
import { ticks } from '../../../src-main/media/time.ts';
import { videoTrack } from '../../support/broadcast-media.ts';
import { manualClock } from '../../support/manual-clock.ts';

const root = mkdtempSync(join(tmpdir(), 'lectern-archive-'));
after(() => rmSync(root, { recursive: true }));

const record: fc.Arbitrary<IndexRecord> = fc.record(
  {
    decodeTime: fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }).map(ticks),
    duration: fc.nat({ max: 0xffff_ffff }),
    size: fc.nat({ max: 0xffff_ffff }),
    offset: fc.maxSafeNat(),
    sequence: fc.nat({ max: 0xffff_ffff }),
    part: fc.nat({ max: 0xffff }),
    independent: fc.boolean(),
    discontinuity: fc.boolean(),
  },
  { noNullPrototype: true },
);

describe('an index', () => {
  test('reads as it was written', () => {
    fc.assert(
      fc.property(fc.array(record, { maxLength: 20 }), (records) => {
        assert.deepEqual(parseIndexRecords(Buffer.concat(records.map(writeIndexRecord))), records);
      }),
    );
  });

  test('ends with the last record that is whole', () => {
    fc.assert(
      fc.property(
        fc.array(record, { minLength: 1, maxLength: 5 }),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (records, seed, flip) => {
          const bytes = Buffer.concat(records.map(writeIndexRecord));
          const at = seed % bytes.length;
          bytes[at] = (bytes[at] ?? 0) ^ flip;

          const read = parseIndexRecords(bytes);

          assert.deepEqual(read, records.slice(0, Math.floor(at / INDEX_RECORD_BYTES)));
          assert.equal(parseIndexRecords(bytes.subarray(0, at)).length, read.length);
        },
      ),
    );
  });
});

test('names of media files are read as they are written, and others are not taken for them', () => {
  assert.deepEqual(parseMediaFileName(mediaFileName('video', 12)), { file: 12, kind: 'video' });
  assert.deepEqual(parseMediaFileName(mediaFileName('audio', 1_234_567)), { file: 1_234_567, kind: 'audio' });
  for (const name of ['1.cmfv', '000001.idx', '000001.cmfv.new', '000001.mp4', '../000001.cmfv']) {
    assert.equal(parseMediaFileName(name), undefined);
  }
});

describe('rows of segments', () => {
  const chunk = (sequence: number, part: number, over: Partial<IndexRecord> = {}): IndexRecord => ({
    decodeTime: ticks((sequence - 1) * 180_000 + part * 90_000),
    duration: 90_000,
    size: 100,
    offset: 1000 + ((sequence - 1) * 2 + part) * 100,
    sequence,
    part,
    independent: part === 0,
    discontinuity: false,
    ...over,
  });
  const rowsOf = (...records: IndexRecord[]) => {
    const rows = createSegmentRows({ kind: 'video', timescale: 90_000, range: { first: 0, last: Infinity } });
    rows.add(1, records);
    const table = rows.finish();
    return Array.from({ length: table.length }, (_, index) => table.at(index));
  };

  test('have an empty one for each segment that is not there', () => {
    const rows = rowsOf(chunk(1, 0), chunk(1, 1), chunk(4, 0), chunk(4, 1));

    assert.deepEqual(
      rows.map(({ sequence, size, duration }) => [sequence, size, duration]),
      [
        [1, 200, 180_000],
        [2, 0, 0],
        [3, 0, 360_000],
        [4, 200, 180_000],
      ],
    );
  });

  test('tell a gap by the times, where the index was lost', () => {
    const rows = rowsOf(chunk(1, 0), chunk(1, 1), chunk(2, 0, { decodeTime: ticks(500_000) }));

    assert.deepEqual(
      rows.map(({ discontinuity }) => discontinuity),
      [false, true],
    );
  });

  test('begin with a picture that can be decoded, and go forward', () => {
    const rows = rowsOf(
      chunk(1, 1),
      chunk(2, 0),
      chunk(2, 1),
      chunk(1, 0),
      chunk(3, 0, { decodeTime: ticks(200_000) }),
      chunk(4, 0),
    );

    assert.deepEqual(
      rows.map(({ sequence, size }) => [sequence, size]),
      [
        [2, 200],
        [3, 0],
        [4, 100],
      ],
    );
  });

  test('hold a gap of a night without a number that wraps', () => {
    const rows = rowsOf(chunk(1, 0), chunk(3, 0, { decodeTime: ticks(90_000 * 3600 * 14) }));

    assert.deepEqual(
      rows.map(({ sequence }) => sequence),
      [1, 2, 3],
    );
    assert.equal(rows[1]?.duration, 0xffff_ffff);
  });
});

describe('what an asset says of its recording', () => {
  test('counts segments that were lost as a gap, once, and not as length', () => {
    const rows = createSegmentRows({ kind: 'video', timescale: 90_000, range: { first: 0, last: Infinity } });
    for (const sequence of [1, 2, 5, 6]) {
      rows.add(1, [
        {
          decodeTime: ticks(sequence * 180_000),
          duration: 180_000,
          size: 1000,
          offset: sequence * 1000,
          sequence,
          part: 0,
          independent: true,
          discontinuity: false,
        },
      ]);
    }
    const reader = createSegmentReader();
    const presentation = createRecordingPresentation({
      id: 'asset/x',
      folder: root,
      reader,
      tracks: [{ track: videoTrack(), table: rows.finish() }],
      segmentSeconds: 2,
      epochOffsetMs: 0,
    });

    const { gaps, duration } = summarise(presentation);

    assert.deepEqual([gaps, duration], [[{ start: 4, duration: 4 }], 8]);
  });
});

describe('the disk guard', () => {
  const limits = { warnFreeBytes: 1000, stopFreeBytes: 100 };

  test('goes from fine over low to full, and back only with a quarter more room', () => {
    const steps = [1000, 999, 1100, 1250, 99, 100, 124, 125, 1249, 1250] as const;
    let level: ReturnType<typeof nextLevel> = 'fine';
    const levels = steps.map((free) => (level = nextLevel(level, free, limits)));

    assert.deepEqual(levels, ['fine', 'low', 'low', 'fine', 'full', 'full', 'full', 'low', 'low', 'fine']);
  });

  test('looks every two seconds, tells each change once, and takes a volume that is gone as full', async () => {
    const clock = manualClock();
    let free: number | undefined = 5000;
    await using guard = await openDiskGuard({
      folder: root,
      limits: () => limits,
      clock,
      freeBytes: () => (free === undefined ? Promise.reject(new Error('gone')) : Promise.resolve(free)),
    });
    const told: string[] = [];
    guard.changed.on((level) => void told.push(level));

    for (const next of [5000, 500, 400, undefined, undefined, 5000]) {
      free = next;
      await clock.advanceAsync(2000);
    }
    await clock.advanceAsync(0);

    assert.deepEqual(told, ['low', 'full', 'fine']);
  });

  test('looks no more when it is closed', async () => {
    const clock = manualClock();
    const guard = await openDiskGuard({
      folder: root,
      limits: () => limits,
      clock,
      freeBytes: () => Promise.resolve(1),
    });

    await guard[Symbol.asyncDispose]();

    assert.equal(clock.pending(), 0);
  });
});

describe('the reader of segments', () => {
  const track = { id: 'v', kind: 'video' } as const;

  test('reads from a file that still grows, and says which part is not there', async () => {
    await mkdir(join(root, 'growing', 'v'), { recursive: true });
    const path = join(root, 'growing', 'v', '000001.cmfv');
    await writeFile(path, 'abcdef');
    await using reader = createSegmentReader();

    assert.equal(
      Buffer.from(await reader.read(join(root, 'growing'), track, { file: 1, offset: 2 }, 3)).toString(),
      'cde',
    );
    await assert.rejects(reader.read(join(root, 'growing'), track, { file: 1, offset: 4 }, 3), {
      code: 'archive/damaged',
    });
    await (await open(path, 'a')).close();
    await writeFile(path, 'abcdefghi');
    assert.equal(
      Buffer.from(await reader.read(join(root, 'growing'), track, { file: 1, offset: 4 }, 3)).toString(),
      'efg',
    );
    await assert.rejects(reader.read(join(root, 'growing'), track, { file: 2, offset: 0 }, 1), {
      code: 'MPE_FRAGMENT_TIMESTAMP_NOT_FOUND',
    });
  });

  test('says of a file that cannot be read that it is damaged, not that it is gone', async () => {
    await mkdir(join(root, 'odd', 'v', '000001.cmfv'), { recursive: true });
    await using reader = createSegmentReader();

    await assert.rejects(reader.read(join(root, 'odd'), track, { file: 1, offset: 0 }, 1), {
      code: 'archive/damaged',
    });
  });

  test('keeps no file open that was let go of, however many there are', async () => {
    const folder = join(root, 'many');
    await mkdir(join(folder, 'v'), { recursive: true });
    for (let file = 1; file <= 80; file += 1) {
      await writeFile(join(folder, 'v', mediaFileName('video', file)), 'x');
    }
    await using reader = createSegmentReader();
    const before = await openFiles(folder);

    await Promise.all(
      Array.from({ length: 80 }, (_, index) => reader.read(folder, track, { file: index + 1, offset: 0 }, 1)),
    );
    const kept = await openFiles(folder);
    await reader.release(folder);

    assert.equal(before, 0);
    assert.ok(kept <= 64, `${kept} files are open`);
    assert.equal(await openFiles(folder), 0);
  });
});

/** How many files of a folder this process has open; only Linux tells. */
async function openFiles(folder: string): Promise<number> {
  const links = await Promise.all(
    (await readdir('/proc/self/fd')).map(async (name) => {
      try {
        return await readlink(`/proc/self/fd/${name}`);
      } catch {
        return '';
      }
    }),
  );
  return links.filter((path) => path.startsWith(folder)).length;
}

describe('the writer of a track', () => {
  const TRACK = videoTrack();
  const bytes = new Uint8Array(1000).fill(7);
  const chunkAt = (sequence: number, part = 0) => ({
    chunk: {
      decodeTime: ticks(sequence * 180_000 + part * 18_000),
      duration: 18_000,
      sampleCount: 6,
      independent: part === 0,
      bytes,
    },
    position: { sequence, part, discontinuity: false },
  });

  function writerIn(folder: string, over: Partial<Parameters<typeof createTrackWriter>[0]> = {}) {
    const faults: unknown[] = [];
    const writer = createTrackWriter({
      track: TRACK,
      spoolFolder: join(folder, 'spool'),
      rollSeconds: 10,
      mayWrite: () => true,
      onFault: (error) => void faults.push(error),
      onWell: () => undefined,
      ...over,
    });
    return {
      writer,
      faults,
      append: (sequence: number, part = 0) => {
        const { chunk, position } = chunkAt(sequence, part);
        return writer.append(chunk, position);
      },
    };
  }

  test('gives an output the file it was promised, although the output ends before the disk has come to it', async () => {
    const folder = join(root, 'late-disk');
    const { writer, append, faults } = writerIn(folder);
    await writer.addFolder(join(folder, 'asset'));

    append(1);
    writer.removeFolder(join(folder, 'asset'));
    await writer.flushed();

    const written = await readFile(join(folder, 'asset', TRACK.id, '000001.cmfv'));
    assert.equal(written.length, TRACK.init.length + 1000);
    assert.deepEqual(faults, []);
    await writer.close();
  });

  test('takes no chunk in the middle of a segment that it does not have the beginning of', async () => {
    let may = false;
    const { writer, append } = writerIn(join(root, 'middle'), { mayWrite: () => may });
    await writer.addFolder(join(root, 'middle', 'asset'));

    assert.equal(append(1), undefined);
    may = true;
    assert.equal(append(1, 1), undefined);
    assert.deepEqual(append(2), { file: 1, offset: TRACK.init.length });
    await writer.close();
  });

  test('never writes over a file that is there', async () => {
    const folder = join(root, 'there');
    const path = join(folder, 'asset', TRACK.id, '000001.cmfv');
    await mkdir(join(folder, 'asset', TRACK.id), { recursive: true });
    await writeFile(path, 'a recording');
    const { writer, append, faults } = writerIn(folder);
    await writer.addFolder(join(folder, 'asset'));

    append(1);
    await writer.flushed();
    append(2);
    await writer.close();

    assert.equal(await readFile(path, 'utf8'), 'a recording');
    assert.equal(faults.length, 1);
    assert.ok((await readFile(join(folder, 'asset', TRACK.id, '000002.cmfv'))).length > 1000);
  });

  test('knows what a failed write did not bring to the disk', async () => {
    const folder = join(root, 'failed');
    const { writer, append } = writerIn(folder);
    await mkdir(join(folder, 'spool'), { recursive: true });
    await rm(join(folder, 'spool'), { recursive: true });
    await writeFile(join(folder, 'spool'), 'in the way');

    const place = append(1);
    assert.ok(place);
    assert.equal(writer.holds(place, 1000), true, 'it may still come');
    await writer.flushed();

    assert.equal(writer.holds(place, 1000), false);
    await writer.close();
  });

  test('counts the chunks that are in a file, and those that are not: refused, or lost with a write', async () => {
    const folder = join(root, 'counted');
    let may = true;
    const { writer, append, faults } = writerIn(folder, { mayWrite: () => may });
    await writer.addFolder(join(folder, 'asset'));
    for (const [sequence, part] of [
      [1, 0],
      [1, 1],
      [2, 0],
    ] as const) {
      append(sequence, part);
    }
    await writer.flushed();
    assert.deepEqual(writer.count(), { written: 3, discarded: 0 });

    may = false;
    append(3);
    append(3, 1);
    may = true;
    assert.deepEqual(writer.count(), { written: 3, discarded: 2 }, 'the disk has no room');

    await rm(join(folder, 'spool'), { recursive: true });
    await writeFile(join(folder, 'spool'), 'in the way');
    append(4);
    append(4, 1);
    await writer.flushed();
    append(4, 2);
    await writer.flushed();
    assert.equal(faults.length, 1);
    assert.deepEqual(writer.count(), { written: 3, discarded: 5 }, 'a file could not be opened');

    await rm(join(folder, 'spool'));
    append(5);
    await writer.close();
    assert.deepEqual(writer.count(), { written: 4, discarded: 5 });
  });

  test('unlinks whole files only, of the folder that asked, and none that is still written', async () => {
    const folder = join(root, 'trim');
    const { writer, append } = writerIn(folder);
    await writer.addFolder(join(folder, 'a'));
    await writer.addFolder(join(folder, 'b'));
    for (let sequence = 1; sequence <= 16; sequence += 1) {
      append(sequence);
    }

    assert.equal(writer.trim(join(folder, 'a'), 5), false);
    assert.equal(writer.trim(join(folder, 'a'), 7), true);
    assert.equal(writer.trim(join(folder, 'a'), 1000), true);
    assert.equal(writer.trim(join(folder, 'nobody'), 1000), false);
    await writer.close();

    assert.deepEqual((await readdir(join(folder, 'a', TRACK.id))).toSorted(), ['000004.cmfv', '000004.idx']);
    assert.equal((await readdir(join(folder, 'b', TRACK.id))).length, 8);
  });

  test('begins files as often as the output with the shortest window wants, as long as that output is there', async () => {
    const folder = join(root, 'rolls');
    const { writer, append } = writerIn(folder);
    await writer.addFolder(join(folder, 'long'));
    const fileOf = (sequence: number): number | undefined => append(sequence)?.file;

    // Segments of two seconds; files of ten, unless somebody wants less.
    assert.deepEqual([1, 2].map(fileOf), [1, 1]);
    await writer.addFolder(join(folder, 'short'), 0);
    assert.deepEqual([3, 4, 5].map(fileOf), [2, 3, 4]);
    writer.removeFolder(join(folder, 'short'));
    assert.deepEqual([6, 7, 8, 9, 10].map(fileOf), [4, 4, 4, 4, 5]);
    await writer.close();
  });
});
