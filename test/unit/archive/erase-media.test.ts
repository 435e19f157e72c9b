import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { completeRemovals } from '../../../src-main/core/archive/erase-media.ts';
import { openRecording } from '../../../src-main/core/archive/open-recording.ts';
import { noteRemoval, readRemovals } from '../../../src-main/core/archive/removal-note.ts';
import { createSegmentReader } from '../../../src-main/core/archive/segment-reader.ts';
import { audioTrack, videoTrack } from '../../support/broadcast-media.ts';
import { makeRecording } from '../../support/make-recording.ts';
import { secondsIn, tellingSamples } from '../../support/secret-media.ts';
import { mkdtempDisposable } from '../../support/temporary-folder.ts';

const SECONDS = 20;
const VIDEO = videoTrack();
const AUDIO = audioTrack();

/** Twenty seconds from 10 on, in files of 8 s; segments of 2 s, of which the first is number 1. */
async function record(root: string): Promise<string> {
  const folder = join(root, randomUUID());
  const options = { from: 300, to: 300 + SECONDS * 30, gop: 60 };
  await makeRecording({
    folder,
    tracks: [
      { track: VIDEO, samples: tellingSamples('video', options) },
      { track: AUDIO, samples: tellingSamples('audio', options) },
    ],
    rollSeconds: 8,
  });
  return folder;
}

const range = (fromSequence: number, toSequence: number) => ({ fromSequence, toSequence, fromMs: 0, toMs: 0 });

async function filesOf(folder: string): Promise<ReadonlyMap<string, Buffer>> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  const files = entries.filter((entry) => entry.isFile() && /\.cmf[va]$/.test(entry.name));
  return new Map(
    await Promise.all(
      files.map(async ({ parentPath, name }) => {
        const path = join(parentPath, name);
        return [path, await readFile(path)] as const;
      }),
    ),
  );
}

test('chunks that are taken back are zeros in a box that players pass over, and every other byte stays', async () => {
  await using root = await mkdtempDisposable(join(tmpdir(), 'lectern-erase-'));
  const folder = await record(root.path);
  const before = await filesOf(folder);

  await noteRemoval(folder, range(4, 6));
  await completeRemovals(folder);

  assert.deepEqual(await secondsIn(folder), [10, 11, 12, 13, 14, 15, 22, 23, 24, 25, 26, 27, 28, 29]);
  for (const [path, bytes] of await filesOf(folder)) {
    const was = before.get(path)!;
    assert.equal(bytes.length, was.length);
    for (let at = 0; at < bytes.length; at += 1) {
      if (bytes[at] !== was[at]) {
        // The header of the box is its size and its name.
        const isHeader = bytes.subarray(Math.max(0, at - 7), at + 8).includes('free');
        assert(bytes[at] === 0 || isHeader, `byte ${at} of ${path}`);
      }
    }
  }
});

test('the recording plays on around it, with the index and without', async () => {
  await using root = await mkdtempDisposable(join(tmpdir(), 'lectern-erase-'));
  const folder = await record(root.path);
  await noteRemoval(folder, range(4, 6));
  await completeRemovals(folder);

  for (const hasIndex of [true, false]) {
    if (!hasIndex) {
      for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
        if (entry.name.endsWith('.idx')) {
          await rm(join(entry.parentPath, entry.name));
        }
      }
    }
    await using reader = createSegmentReader();
    const opened = await openRecording({ id: 'asset/x', folder, reader, repair: !hasIndex });

    assert(opened !== undefined);
    assert.deepEqual(opened.damage, []);
    for (const window of opened.presentation.tracks()) {
      const rows = Array.from({ length: window.segments.length }, (_, index) => window.segments.at(index));
      assert.deepEqual(
        rows.filter(({ size }) => size === 0).map(({ sequence }) => sequence),
        [4, 5, 6],
      );
      for (const { sequence, size } of rows) {
        if (size > 0) {
          assert.equal((await opened.presentation.readSegment(window, sequence)).length, size);
        }
      }
    }
    assert.deepEqual(
      opened.presentation.removed?.().map(({ fromSequence, toSequence }) => [fromSequence, toSequence]),
      [[4, 6]],
    );
  }
});

test('what was noted and not done is done by whoever comes next, and once', async () => {
  await using root = await mkdtempDisposable(join(tmpdir(), 'lectern-erase-'));
  const folder = await record(root.path);
  await noteRemoval(folder, range(9, 10));

  assert.deepEqual(
    (await readRemovals(folder)).map(({ isDone }) => isDone),
    [false],
  );
  await completeRemovals(folder);
  const after = await filesOf(folder);
  await completeRemovals(folder);

  assert.deepEqual(
    (await readRemovals(folder)).map(({ isDone }) => isDone),
    [true],
  );
  assert.deepEqual(await filesOf(folder), after);
  assert.deepEqual((await secondsIn(folder)).at(-1), 25);
});

test('text of that time goes with it', async () => {
  await using root = await mkdtempDisposable(join(tmpdir(), 'lectern-erase-'));
  const folder = await record(root.path);
  const line = (start: number, text: string): string =>
    JSON.stringify({ name: 'en', language: 'en', label: 'English', bitrate: 1, start, end: start + 900, text });
  const path = join(folder, 'transcripts.jsonl');
  await writeFile(path, `${line(11_000, 'before')}\n${line(15_500, 'my password')}\n${line(18_000, 'after')}\n`);

  await noteRemoval(folder, { ...range(4, 4), fromMs: 16_000, toMs: 18_000 });
  await completeRemovals(folder);

  const left = await readFile(path, 'utf8');
  assert(!left.includes('password'));
  assert(left.includes('before') && left.includes('after'));
});

test('property: whatever is taken back, nothing of it is found and all of the rest is', async () => {
  await using root = await mkdtempDisposable(join(tmpdir(), 'lectern-erase-'));
  const sequence = fc.integer({ min: 1, max: 12 });
  await fc.assert(
    fc.asyncProperty(sequence, sequence, async (a, b) => {
      const folder = await record(root.path);
      const [from, to] = [Math.min(a, b), Math.max(a, b)];
      const wanted = Array.from({ length: SECONDS }, (_, index) => 10 + index).filter((second) => {
        const of = 1 + Math.floor((second - 10) / 2);
        return of < from || of > to;
      });

      await noteRemoval(folder, range(from, to));
      await completeRemovals(folder);

      assert.deepEqual(await secondsIn(folder), wanted);
      await rm(folder, { recursive: true });
    }),
    { numRuns: 8 },
  );
});
