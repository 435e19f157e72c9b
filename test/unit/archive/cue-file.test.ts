import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { appendFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { createCueFile, readCueFile } from '../../../src-main/core/archive/cue-file.ts';
import type { PlacedCue } from '../../../src-main/core/ports/cues.ts';
import { ticks } from '../../../src-main/media/time.ts';
import { fakeCue } from '../../support/fake-presentation.ts';

const root = mkdtempSync(join(tmpdir(), 'lectern-cues-'));
after(() => rmSync(root, { recursive: true }));
let folders = 0;

async function openFolder(): Promise<string> {
  folders += 1;
  const folder = join(root, String(folders));
  await mkdir(folder);
  return folder;
}

const fileOf = (folder: string): string => join(folder, 'cues.jsonl');

function fail(error: unknown): never {
  throw error;
}

const time = fc.bigInt({ min: 0n, max: 2n ** 62n }).map(ticks);
const bytes = fc.uint8Array({ maxLength: 40 });
const optional = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined });
const placed: fc.Arbitrary<PlacedCue> = fc.record(
  {
    number: fc.nat(0xffff_ffff),
    id: fc.string(),
    scheme: fc.constantFrom('urn:scte:scte35:2013:bin' as const, 'https://aomedia.org/emsg/ID3' as const),
    value: fc.string({ unit: 'binary' }),
    kind: fc.constantFrom('out' as const, 'in' as const, 'command' as const, 'metadata' as const),
    rangeId: optional(fc.string()),
    time,
    duration: optional(fc.integer({ min: 1 })),
    until: optional(time),
    firstSequence: fc.nat(),
    endSequence: optional(fc.nat()),
    carriers: fc.constantFrom('all' as const, 'video' as const),
    ended: optional(fc.record({ time, message: optional(bytes) }, { noNullPrototype: true })),
    withdrawn: fc.boolean(),
    message: bytes,
  },
  { noNullPrototype: true },
);

/** Buffers and arrays of the same bytes are the same here. */
const comparable = (cues: readonly PlacedCue[]): unknown =>
  cues.map(({ message, ended, ...cue }) => ({
    ...cue,
    message: [...message],
    ended: ended && { time: ended.time, message: ended.message && [...ended.message] },
  }));

test('cues are read as they were kept, by time', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(placed, { maxLength: 5, selector: ({ number }) => number }), async (cues) => {
      const folder = await openFolder();
      const file = createCueFile(folder, fail);

      file.keep(cues, () => cues);
      await file.close();

      const expected = cues.toSorted((a, b) => Number(a.time - b.time));
      assert.deepEqual(comparable((await readCueFile(folder)) ?? []), comparable(expected));
    }),
    { numRuns: 30 },
  );
});

test('a recording without cues has no file', async () => {
  const folder = await openFolder();
  const file = createCueFile(folder, fail);

  file.keep([], () => []);
  await file.close();

  await assert.rejects(readFile(fileOf(folder)), { code: 'ENOENT' });
  assert.deepEqual(await readCueFile(folder), []);
});

test('what is said again of a cue stands in the place of what was said before', async () => {
  const folder = await openFolder();
  const file = createCueFile(folder, fail);
  const ended = { ...fakeCue(), ended: { time: ticks(9n), message: undefined } };

  file.keep([fakeCue()], () => [fakeCue()]);
  file.keep([ended], () => [ended]);
  await file.close();

  assert.deepEqual(comparable((await readCueFile(folder)) ?? []), comparable([ended]));
});

test('a crash in the middle of a line costs that line, whatever of it is there', async () => {
  const cues = [fakeCue({ number: 1, id: 'a' }), fakeCue({ number: 2, id: 'b' })];
  const whole = await openFolder();
  const file = createCueFile(whole, fail);
  file.keep(cues, () => cues);
  await file.close();
  const text = await readFile(fileOf(whole), 'utf8');
  const first = text.indexOf('\n') + 1;

  const folder = await openFolder();
  for (let length = first; length < text.length - 1; length += 1) {
    await writeFile(fileOf(folder), text.slice(0, length));
    assert.deepEqual(
      (await readCueFile(folder))?.map(({ id }) => id),
      ['a'],
      `${length} bytes`,
    );
  }
});

test('lines that somebody else wrote are left out, and those behind them are read', async () => {
  const folder = await openFolder();
  const file = createCueFile(folder, fail);
  await writeFile(fileOf(folder), 'null\n{}\n{"number":-1}\n\u0000\n[]\n');

  file.keep([fakeCue()], () => [fakeCue()]);
  await file.close();
  await appendFile(fileOf(folder), '{"number":7,"time":"9999999999999999999999"}\n');

  assert.deepEqual(comparable((await readCueFile(folder)) ?? []), comparable([fakeCue()]));
});

test('a file that cannot be read is told from one that is not there', async () => {
  const folder = await openFolder();
  await mkdir(fileOf(folder));

  assert.equal(await readCueFile(folder), undefined);
});

test('what could not be written is told once, and all of it is written when something can be again', async () => {
  const folder = await openFolder();
  const faults: unknown[] = [];
  const file = createCueFile(folder, (error) => void faults.push(error));
  const cues = [1, 2, 3].map((number) => fakeCue({ number, id: String(number) }));

  await mkdir(fileOf(folder));
  file.keep(cues.slice(0, 1), () => cues.slice(0, 1));
  file.keep(cues.slice(1, 2), () => cues.slice(0, 2));
  while (faults.length === 0) {
    await nextTurn();
  }
  await rm(fileOf(folder), { recursive: true });
  file.keep(cues.slice(2), () => cues);
  await file.close();

  assert.equal(faults.length, 1);
  assert.deepEqual(
    (await readCueFile(folder))?.map(({ number }) => number),
    [1, 2, 3],
  );
});

test('a broadcast without end does not make a file without end', async () => {
  const folder = await openFolder();
  const file = createCueFile(folder, fail);
  let all: readonly PlacedCue[] = [];
  for (let round = 0; round < 30; round += 1) {
    const next = Array.from({ length: 100 }, (_, index) => fakeCue({ number: round * 100 + index }));
    all = [...all.slice(-100), ...next];
    const now = all;
    file.keep(next, () => now);
  }
  await file.close();

  const lines = (await readFile(fileOf(folder), 'utf8')).split('\n').length;
  assert(lines < 1500, `${lines} lines`);
  const numbers = new Set((await readCueFile(folder))?.map(({ number }) => number));
  assert(all.every(({ number }) => numbers.has(number)));
});

test('nothing is taken any more when it is closed', async () => {
  const folder = await openFolder();
  const file = createCueFile(folder, fail);
  file.keep([fakeCue()], () => [fakeCue()]);
  await file.close();

  file.keep([fakeCue({ number: 8 })], () => []);
  await file.close();

  assert.equal((await readCueFile(folder))?.length, 1);
});
