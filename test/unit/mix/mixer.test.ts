import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createMixerCore } from '../../../src-main/core/mix/mixer.ts';
import { silentLogger } from '../../../src-main/core/ports/logger.ts';
import type { Canvas, MixerEvent, MixerSource } from '../../../src-main/core/ports/mixer.ts';
import type { Supervise } from '../../../src-main/core/ports/process.ts';
import { AppError } from '../../../src-main/shared/app-error.ts';
import { decodeMark } from '../../../src-main/shared/test-mark.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { fakeCommand, fakeEncoders } from './fake-encoders.ts';

const CANVAS: Canvas = { width: 320, height: 180, frameRate: { numerator: 30, denominator: 1 } };
const PERIOD_MS = 1000 / 30;
const WALL_START = Date.UTC(2030, 0, 1);

const TEST_SOURCE: MixerSource = {
  id: 'test',
  label: 'Test',
  hasVideo: true,
  hasAudio: true,
  rejectBlack: false,
  input: { kind: 'test' },
};

const noCaptures: Supervise = () => {
  throw new Error('no captures in this test');
};

function openWorld() {
  const clock = manualClock(WALL_START);
  const encoders = fakeEncoders((320 * 180 * 3) / 2);
  const events: MixerEvent[] = [];
  const pictures: { readonly wallMs: number; readonly mark: ReturnType<typeof decodeMark> }[] = [];
  let encodedBytes = 0;
  const core = createMixerCore({
    processes: { spawn: (spec) => encoders.spawn(spec), supervise: noCaptures },
    words: { ended: () => new AppError('process/exited', 'ended'), lacks: (lack) => new AppError(lack, 'lacks') },
    clock,
    logger: silentLogger,
    onEvent: (event) => events.push(event),
    onEncoded: (_run, _track, bytes) => (encodedBytes += bytes.length),
    onPicture(_width, wallMs, bytes, onFlushed) {
      pictures.push({ wallMs, mark: decodeMark(bytes, 320, 180) });
      onFlushed();
    },
  });
  return {
    clock,
    core,
    encoders,
    events,
    pictures,
    encodedBytes: () => encodedBytes,
    async play(ms: number): Promise<void> {
      for (let played = 0; played < ms; played += PERIOD_MS / 2) {
        await clock.advanceAsync(PERIOD_MS / 2);
        await nextTurn();
      }
    },
    configure: (canvas = CANVAS) => core.handle({ type: 'configure', canvas, wallNowMs: clock.wallMs() }),
    showTest(): void {
      core.handle({ type: 'sources', sources: [TEST_SOURCE] });
      core.handle({ type: 'scene', scene: { kind: 'single', source: 'test' } });
    },
  };
}

test('an encoding that is asked for before there is a programme ends with the reason', () => {
  const { core, events } = openWorld();

  core.handle({ type: 'start-encoder', encoding: 'live', command: fakeCommand('a') });

  assert.deepEqual(
    events.map((event) => event.type === 'encoder-ended' && event.fault?.code),
    ['resource/wrong-state'],
  );
});

test('every tick makes one frame, marked with the time and the number of its place', async () => {
  const world = openWorld();
  world.configure();
  world.showTest();
  world.core.handle({ type: 'preview', on: true, width: 320, frameRate: 60 });

  await world.play(3000);

  assert(world.pictures.length >= 89, `${world.pictures.length} pictures`);
  for (const { wallMs, mark } of world.pictures) {
    assert.equal(mark?.utcMs, Math.floor(wallMs));
  }
  const numbers = world.pictures.map(({ mark }) => mark!.frame);
  assert(numbers.slice(1).every((number, index) => number === (numbers[index]! + 1) % 256));
  // The first one is of the beginning of a frame after the start, on the grid of whole seconds.
  assert(world.pictures.some(({ wallMs }) => wallMs === WALL_START + 1000));
});

test('a scene changes with the next tick, without a black or a repeated frame', async () => {
  const world = openWorld();
  world.configure();
  world.showTest();
  world.core.handle({ type: 'preview', on: true, width: 320, frameRate: 60 });
  await world.play(1000);

  world.core.handle({ type: 'scene', scene: { kind: 'slate' } });
  const atSlate = world.pictures.length;
  await world.play(500);
  world.core.handle({ type: 'scene', scene: { kind: 'single', source: 'test' } });
  const atTest = world.pictures.length;
  await world.play(500);

  const kinds = world.pictures.map(({ mark }) => (mark === undefined ? 'slate' : 'test'));
  assert(kinds.slice(0, atSlate).every((kind) => kind === 'test'));
  assert(kinds.slice(atSlate, atTest).every((kind) => kind === 'slate'));
  assert(kinds.slice(atTest).every((kind) => kind === 'test'));
  const times = world.pictures.map(({ wallMs }) => wallMs);
  assert(times.slice(1).every((time, index) => Math.abs(time - times[index]! - PERIOD_MS) < 0.01));
});

test('nothing is drawn small while nobody looks, and fewer frames for a lower rate', async () => {
  const world = openWorld();
  world.configure();
  world.showTest();
  await world.play(1000);
  const none = world.pictures.length;

  world.core.handle({ type: 'preview', on: true, width: 320, frameRate: 10 });
  await world.play(2000);
  const some = world.pictures.length;
  assert.equal(none, 0);
  assert(some >= 19 && some <= 21, `${some} pictures`);
  world.core.handle({ type: 'preview', on: false });
  await world.play(1000);

  assert.equal(world.pictures.length, some);
});

test('levels are told once a second, and ten times while somebody looks', async () => {
  const world = openWorld();
  world.configure();
  world.showTest();
  await world.play(4000);
  const idle = world.events.filter(({ type }) => type === 'meters').length;
  world.core.handle({ type: 'preview', on: true, width: 64, frameRate: 1 });
  await world.play(4000);
  const meters = world.events.flatMap((event) => (event.type === 'meters' ? [event] : []));

  assert(idle >= 4 && idle <= 5, `${idle} readings`);
  assert(meters.length - idle >= 39 && meters.length - idle <= 41, `${meters.length - idle} readings`);
  assert.deepEqual(
    meters.at(-1)!.readings.map(({ id }) => id),
    ['test', 'programme'],
  );
  const loudest = Math.max(...meters.slice(2).map(({ readings }) => readings[1]!.peakDb));
  assert(Math.abs(loudest + 20) < 0.1, `the beep has ${loudest} dBFS`);
});

test('the beep begins with the very sample of the second in the programme', async () => {
  const world = openWorld();
  world.configure();
  world.showTest();
  world.core.handle({ type: 'start-encoder', encoding: 'live', command: fakeCommand('a') });
  await world.play(2500);

  const start = world.events.find((event) => event.type === 'encoder-run');
  assert(start?.type === 'encoder-run');
  const bytes = world.encoders.children[0]!.sound();
  const beeps: number[] = [];
  // The recording may begin in the middle of one.
  let quiet = 0;
  for (let sample = 0; sample < bytes.length / 4; sample += 1) {
    const isLoud = Math.abs(bytes.readInt16LE(sample * 4)) > 20;
    if (isLoud && quiet > 900) {
      beeps.push(Number(start.audioStart) + sample);
    }
    quiet = isLoud ? 0 : quiet + 1;
  }
  assert(beeps.length >= 2, `${beeps.length} beeps`);
  for (const beep of beeps) {
    const late = beep % 48_000;
    assert(late < 12, `${late} samples behind the second`);
  }
  await world.core[Symbol.asyncDispose]();
});

test('a second configuration of the same canvas does not move the timeline', async () => {
  const world = openWorld();
  world.configure();
  world.showTest();
  world.core.handle({ type: 'preview', on: true, width: 320, frameRate: 60 });
  await world.play(500);

  world.core.handle({ type: 'configure', canvas: structuredClone(CANVAS), wallNowMs: WALL_START + 99_999 });
  await world.play(500);

  const times = world.pictures.map(({ wallMs }) => wallMs);
  assert(times.slice(1).every((time, index) => Math.abs(time - times[index]! - PERIOD_MS) < 0.01));
});

test('another canvas ends what ran on the old one and keeps scene, levels and preview', async () => {
  const world = openWorld();
  world.configure();
  world.showTest();
  world.core.handle({ type: 'audio', id: 'test', gainDb: -20, muted: false });
  world.core.handle({ type: 'preview', on: true, width: 320, frameRate: 30 });
  world.core.handle({ type: 'start-encoder', encoding: 'live', command: fakeCommand('a') });
  await world.play(500);

  world.configure({ ...CANVAS, frameRate: { numerator: 25, denominator: 1 } });
  world.core.handle({ type: 'sources', sources: [TEST_SOURCE] });
  world.pictures.length = 0;
  world.events.length = 0;
  await world.play(2100);

  assert(world.events.some((event) => event.type === 'encoder-ended'));
  assert(world.encoders.children.every((child) => child.hasEnded()));
  assert(world.pictures.length > 45 && world.pictures.every(({ mark }) => mark !== undefined));
  const loudest = Math.max(
    ...world.events.flatMap((event) =>
      event.type === 'meters' ? event.readings.map(({ peakDb }) => peakDb) : [],
    ),
  );
  assert(Math.abs(loudest + 40) < 0.1, `${loudest} dBFS`);
});

test('behind a suspension the programme goes on at the present time, with a new run', async () => {
  const world = openWorld();
  world.configure();
  world.showTest();
  world.core.handle({ type: 'preview', on: true, width: 320, frameRate: 30 });
  world.core.handle({ type: 'start-encoder', encoding: 'live', command: fakeCommand('a') });
  await world.play(1000);
  const before = world.pictures.length;

  // Timers do not fire while the process is stopped; the clock goes on.
  suspend(world.clock, 60_000);
  await world.play(1000);

  const times = world.pictures.map(({ wallMs }) => wallMs);
  assert(times.length - before < 33, `${times.length - before} pictures behind the pause`);
  assert(times[before]! - times[before - 1]! > 59_000);
  const runs = world.events.flatMap((event) => (event.type === 'encoder-run' ? [event] : []));
  assert.equal(runs.length, 2);
  assert(runs[1]!.lostFrames > 1700 && runs[1]!.lostFrames < 1810, `${runs[1]!.lostFrames} frames`);
  assert.equal(Number(runs[1]!.videoStart), Math.round(times[before]! * 90));
  await world.core[Symbol.asyncDispose]();
});

/** Lets time pass without a timer being run on the way. */
function suspend(clock: ReturnType<typeof manualClock>, ms: number): void {
  const monotonicMs = clock.monotonicMs.bind(clock);
  const wallMs = clock.wallMs.bind(clock);
  Object.assign(clock, { monotonicMs: () => monotonicMs() + ms, wallMs: () => wallMs() + ms });
}

test('an end in order tells everything that was encoded before it closes', async () => {
  const world = openWorld();
  world.configure();
  world.showTest();
  world.core.handle({ type: 'start-encoder', encoding: 'live', command: fakeCommand('a') });
  await world.play(500);

  const closed = world.core.shutDown();
  await world.play(300);
  await closed;

  assert.deepEqual(world.events.at(-1), { type: 'encoder-ended', encoding: 'live', fault: undefined });
  assert(world.encodedBytes() > 1000);
  assert.equal(world.clock.pending(), 0);
  world.configure();
  assert.equal(world.clock.pending(), 0, 'a closed mixer takes no more commands');
});

test('an end at once kills what runs and leaves no timer', async () => {
  const world = openWorld();
  world.configure();
  world.showTest();
  world.core.handle({ type: 'start-encoder', encoding: 'live', command: fakeCommand('a') });
  await world.play(500);

  await Promise.all([world.core[Symbol.asyncDispose](), world.core[Symbol.asyncDispose]()]);

  assert(world.encoders.children.every((child) => child.wasKilled()));
  assert.equal(world.clock.pending(), 0);
});
