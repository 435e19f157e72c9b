import assert from 'node:assert/strict';
import { appendFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createTranscriptFile, readTranscripts } from '../../../src-main/core/archive/transcript-file.ts';
import type { Spoken } from '../../../src-main/core/ports/transcription.ts';
import { mkdtempDisposable } from '../../support/temporary-folder.ts';

const folder = () => mkdtempDisposable(join(tmpdir(), 'lectern-transcript-'));

function unexpected(error: unknown): void {
  assert.fail(String(error));
}

function spoken(
  name: string,
  ...cues: readonly (readonly [startMs: number, endMs: number, text: string])[]
): Spoken {
  return {
    text: {
      ...{ kind: 'text', id: name, name, bitrate: 2000, language: 'en' },
      shownAs: {
        label: 'English',
        hidden: false,
        isDefault: false,
        forced: false,
        characteristics: [],
        role: 'caption',
      },
      sourceTrackId: () => undefined,
      isFinalUntil: () => true,
      closeUntil: () => undefined,
      within: () => [],
    },
    cues: cues.map(([startMs, endMs, text]) => ({ startMs, endMs, text, id: 'x', settings: '' })),
  };
}

test('text comes back by track and by time, and a track that said nothing is there too', async () => {
  await using place = await folder();
  const file = createTranscriptFile(place.path, unexpected);
  file.keep(spoken('quiet'));
  file.keep(spoken('talk', [5000, 6000, 'second']));
  file.keep(spoken('talk', [1000, 2000, 'first']));
  await file.close();
  file.keep(spoken('talk', [9000, 9500, 'after the end']));

  const found = await readTranscripts(place.path);
  assert.deepEqual(
    found.map(({ name, language, label, cues }) => [name, language, label, cues.map(({ text }) => text)]),
    [
      ['quiet', 'en', 'English', []],
      ['talk', 'en', 'English', ['first', 'second']],
    ],
  );
});

test('a line that a crash cut off costs itself only', async () => {
  await using place = await folder();
  const file = createTranscriptFile(place.path, unexpected);
  file.keep(spoken('talk', [1000, 2000, 'whole']));
  await file.close();
  await appendFile(join(place.path, 'transcripts.jsonl'), '{"name":"talk","lang');

  const [found] = await readTranscripts(place.path);
  assert.deepEqual(
    found?.cues.map(({ text }) => text),
    ['whole'],
  );
});

test('what cannot be written is told once and written with what comes next', async () => {
  await using place = await folder();
  const target = join(place.path, 'gone');
  let faults = 0;
  const file = createTranscriptFile(target, () => void (faults += 1));
  file.keep(spoken('talk', [1000, 2000, 'one']));
  file.keep(spoken('talk', [2000, 3000, 'two']));
  await file.close();

  assert.equal(faults, 1);
  await rm(target, { recursive: true, force: true });
});

test('no file is no text', async () => {
  await using place = await folder();

  assert.deepEqual(await readTranscripts(place.path), []);
});

test('what is taken back is in the file no more, and what comes later for another time is added behind the rest', async () => {
  await using place = await folder();
  const file = createTranscriptFile(place.path, unexpected);
  file.keep(spoken('talk', [1000, 2000, 'before'], [2500, 3500, 'my password'], [4000, 5000, 'after']));

  await file.erase(3000, 4000);
  file.keep(spoken('talk', [6000, 7000, 'later']));
  await file.close();

  const [found] = await readTranscripts(place.path);
  assert.deepEqual(
    found?.cues.map(({ text }) => text),
    ['before', 'after', 'later'],
  );
});
