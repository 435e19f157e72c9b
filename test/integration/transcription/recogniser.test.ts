import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemClock } from '../../../src-main/base/clock.ts';
import { silentLogger } from '../../../src-main/core/ports/logger.ts';
import { createProcesses, type OwnedProcesses } from '../../../src-main/core/process/create-processes.ts';
import { BYTES_PER_MS } from '../../../src-main/core/transcription/command.ts';
import { openRecogniser, type Recogniser } from '../../../src-main/core/transcription/recogniser.ts';
import { tryRecogniser } from '../../../src-main/core/transcription/try-recogniser.ts';
import type { AppError } from '../../../src-main/shared/app-error.ts';
import { until } from '../../support/studio-stage.ts';
import { mkdtempDisposable } from '../../support/temporary-folder.ts';

const FAKE = join(import.meta.dirname, '../../support/fake-recogniser.ts');
const ADAPTER = join(import.meta.dirname, '../../../resources/transcription/whisper-cpp.mjs');
/** Somewhere in media time. */
const START_MS = 1_795_000_000_000;

type Heard = {
  readonly recogniser: Recogniser;
  readonly said: { readonly startMs: number; readonly endMs: number; readonly text: string }[];
  readonly faults: AppError[];
  readonly behind: number[];
  readonly finished: () => number;
};

function processes(): OwnedProcesses {
  return createProcesses({
    clock: systemClock(),
    random: () => 0.5,
    logger: silentLogger,
    platform: process.platform,
  });
}

function hear(owned: OwnedProcesses, command: readonly [string, ...string[]], queueMs = 10_000): Heard {
  const said: Heard['said'] = [];
  const faults: AppError[] = [];
  const behind: number[] = [];
  let finishedMs = 0;
  const recogniser = openRecogniser({
    ...{ supervise: owned.supervise, clock: systemClock(), logger: silentLogger },
    ...{ name: 'recogniser', command, language: 'en-US', queueMs },
    onText: (startMs, endMs, text) => void said.push({ startMs, endMs, text }),
    onFinished: (ms) => void (finishedMs = Math.max(finishedMs, ms)),
    onBehind: (ms) => void behind.push(ms),
    onFault: (error) => void faults.push(error),
  });
  return { recogniser, said, faults, behind, finished: () => finishedMs };
}

/** Half a second of sound in the middle of two, of so many Hz. */
function beep(hertz: number): Uint8Array {
  const pcm = Buffer.alloc(2000 * BYTES_PER_MS);
  for (let at = 12_000; at < 20_000; at += 1) {
    pcm.writeInt16LE(Math.round(10_000 * Math.sin((2 * Math.PI * hertz * at) / 16_000)), 2 * at);
  }
  return pcm;
}

const fake = (...args: readonly string[]): readonly [string, ...string[]] => [process.execPath, FAKE, ...args];

test('what is heard comes back as text at the media time of its sound, over a hole', async () => {
  await using owned = processes();
  const { recogniser, said, finished } = hear(owned, fake('--language', '{language}'));
  recogniser.hear({ pcm: beep(400), mediaMs: START_MS });
  recogniser.hear({ pcm: beep(500), mediaMs: START_MS + 10_000 });
  await recogniser.end(5000);

  assert.deepEqual(
    said.map(({ startMs, endMs, text }) => [startMs - START_MS, endMs - START_MS, text]),
    [
      [750, 1250, 'beep 400'],
      [10_750, 11_250, 'beep 500'],
    ],
  );
  assert.ok(finished() >= START_MS + 11_250);
});

test('one that dies is begun again, told once, and goes on with the sound that comes then', async () => {
  await using owned = processes();
  await using folder = await mkdtempDisposable(join(tmpdir(), 'lectern-recogniser-'));
  const log = join(folder.path, 'starts');
  const { recogniser, said, faults } = hear(owned, fake('--die-at', '3', '--log', log, '--rate', '{sampleRate}'));
  for (let at = 0; at < 2; at += 1) {
    recogniser.hear({ pcm: beep(400), mediaMs: START_MS + 2000 * at });
  }
  await until('it has died', () => (faults.length > 0 ? true : undefined));
  recogniser.hear({ pcm: beep(600), mediaMs: START_MS + 60_000 });
  await until('it hears again', () => said.find(({ text }) => text === 'beep 600'));
  await recogniser.end(2000);

  assert.equal(faults.length, 1);
  assert.match(faults[0]?.message ?? '', /the model broke/);
  assert.equal(said.find(({ text }) => text === 'beep 600')?.startMs, START_MS + 60_750);
  const starts = (await readFile(log, 'utf8')).trim().split('\n');
  assert.ok(starts.length >= 2 && starts.every((line) => line.endsWith('16000')), starts.join());
});

test('one that reads nothing costs the oldest sound and nothing else', async () => {
  await using owned = processes();
  const { recogniser, behind } = hear(owned, fake('--hang-at', '0.01'), 3000);
  const begun = performance.now();
  for (let at = 0; at < 20; at += 1) {
    recogniser.hear({ pcm: beep(400), mediaMs: START_MS + 2000 * at });
  }
  await until('it is told', () => {
    recogniser.hear({ pcm: beep(400), mediaMs: START_MS + 60_000 });
    return behind.length > 0 ? true : undefined;
  });
  const waited = performance.now();
  await recogniser.end(200);

  assert.ok((behind[0] ?? 0) > 1000);
  assert.ok(waited - begun < 5000);
  assert.ok(performance.now() - waited < 6000);
});

test('a program that is not there is told, and hearing it goes on without harm', async () => {
  await using owned = processes();
  const { recogniser, faults } = hear(owned, ['/nowhere/recogniser']);
  recogniser.hear({ pcm: beep(400), mediaMs: START_MS });
  await until('it is told', () => (faults.length > 0 ? true : undefined));
  await recogniser.end(1000);

  assert.equal(faults[0]?.code, 'process/not-found');
});

test('trying one tells whether it starts and stays', async () => {
  await using owned = processes();
  const around = { spawn: owned.spawn, clock: systemClock() };

  const works = await tryRecogniser(fake(), around);
  const dies = await tryRecogniser(fake('--die-at', '0.1'), around);
  const lacks = await tryRecogniser(['/nowhere/recogniser'], around);

  assert.deepEqual([works.works, dies.works, lacks.works], [true, false, false]);
  assert.match(dies.detail, /code 3.*the model broke/);
  assert.match(lacks.detail, /was not found/);
});

test('the adapter for whisper.cpp cuts at pauses and says where it is', async () => {
  await using owned = processes();
  const whisper = join(import.meta.dirname, '../../support/fake-whisper-cli.sh');
  const { recogniser, said, finished } = hear(owned, [
    process.execPath,
    ADAPTER,
    whisper,
    'model.bin',
    '{language}',
  ]);
  recogniser.hear({ pcm: beep(400), mediaMs: START_MS });
  recogniser.hear({ pcm: beep(400), mediaMs: START_MS + 2000 });
  await recogniser.end(10_000);

  assert.deepEqual(
    said.map(({ text }) => text),
    ['heard in en with model.bin', 'heard in en with model.bin'],
  );
  assert.ok((said[1]?.startMs ?? 0) > START_MS + 1000 && finished() >= START_MS + 4000);
});
