import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { isMixerCommand, isMixerEvent } from '../../../src-main/core/mix/messages.ts';
import { createMixerCore } from '../../../src-main/core/mix/mixer.ts';
import { createMixerState } from '../../../src-main/core/mix/mixer-state.ts';
import { silentLogger } from '../../../src-main/core/ports/logger.ts';
import type { MixerEvent, MixerSource } from '../../../src-main/core/ports/mixer.ts';
import { AppError } from '../../../src-main/shared/app-error.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { fakeCommand, fakeEncoders } from './fake-encoders.ts';

const CANVAS = { width: 64, height: 36, frameRate: { numerator: 30, denominator: 1 } };
const BYTES = (64 * 36 * 3) / 2;
const SOURCE: MixerSource = {
  id: 'test',
  label: 'Test picture',
  hasVideo: true,
  hasAudio: true,
  input: { kind: 'test' },
  rejectBlack: false,
};
const STEREO_SAMPLE = 4;
const RATE = 48_000;

/** A programme of the moving test picture with its beep each second; what viewers get of it is looked at. */
function openWorld() {
  const clock = manualClock();
  const pictures: Buffer[] = [];
  const events: MixerEvent[] = [];
  const encoders = fakeEncoders(BYTES);
  const core = createMixerCore({
    processes: {
      spawn: encoders.spawn,
      supervise: () => {
        throw new Error('no captures in this test');
      },
    },
    words: { ended: () => new AppError('process/exited', 'ended'), lacks: (lack) => new AppError(lack, 'lacks') },
    clock,
    logger: silentLogger,
    onEvent: (event) => events.push(event),
    onEncoded: () => undefined,
    onPicture(_width, _wallMs, bytes, onFlushed) {
      pictures.push(Buffer.from(bytes));
      onFlushed();
    },
  });
  core.handle({ type: 'configure', canvas: CANVAS, wallNowMs: clock.wallMs() });
  core.handle({ type: 'sources', sources: [SOURCE] });
  core.handle({ type: 'preview', on: true, width: 64, frameRate: 30 });
  core.handle({ type: 'start-encoder', encoding: 'one', command: fakeCommand('one') });
  return {
    core,
    clock,
    events,
    pictures,
    async pass(ms: number): Promise<void> {
      await clock.advanceAsync(ms);
      await nextTurn();
    },
    /** The sound that the encoder was given last, of so many ms. */
    sound(ms: number): Buffer {
      const given = encoders.children[0]?.sound() ?? Buffer.alloc(0);
      return given.subarray(-Math.floor((ms * RATE) / 1000) * STEREO_SAMPLE);
    },
  };
}

const isSilent = (pcm: Buffer): boolean => pcm.every((byte) => byte === 0);

test('cut is the slate from the next frame on and silence, whatever scene is asked for, and says when that frame is', async () => {
  const world = openWorld();
  await world.pass(200);
  const slate = world.pictures.at(-1);
  world.core.handle({ type: 'scene', scene: { kind: 'single', source: 'test' } });
  await world.pass(2000);
  assert.notDeepEqual(world.pictures.at(-1), slate);
  assert(!isSilent(world.sound(1500)), 'the test source beeps each second');
  const atMs = world.clock.wallMs();
  const count = world.pictures.length;

  world.core.handle({ type: 'cut', on: true });
  world.core.handle({ type: 'scene', scene: { kind: 'single', source: 'test' } });
  await world.pass(3000);

  const told = world.events.find((event) => event.type === 'cut');
  assert(told?.on === true && told.fromMs >= atMs && told.fromMs <= atMs + 34, JSON.stringify(told));
  for (const picture of world.pictures.slice(count)) {
    assert.deepEqual(picture, slate);
  }
  assert(world.pictures.length > count + 60);
  assert(isSilent(world.sound(2900)));
  await world.core[Symbol.asyncDispose]();
});

test('it stays when the canvas changes, and ends when it is told to', async () => {
  const world = openWorld();
  world.core.handle({ type: 'scene', scene: { kind: 'single', source: 'test' } });
  world.core.handle({ type: 'cut', on: true });
  await world.pass(200);
  const slate = world.pictures.at(-1);

  world.core.handle({
    type: 'configure',
    canvas: { ...CANVAS, frameRate: { numerator: 25, denominator: 1 } },
    wallNowMs: world.clock.wallMs(),
  });
  world.core.handle({ type: 'sources', sources: [SOURCE] });
  await world.pass(500);
  assert.deepEqual(world.pictures.at(-1), slate);
  world.core.handle({ type: 'cut', on: false });
  await world.pass(500);

  assert.notDeepEqual(world.pictures.at(-1), slate);
  await world.core[Symbol.asyncDispose]();
});

test('a mixer that was started again is told that it is cut', () => {
  const state = createMixerState();
  state.remember({ type: 'configure', canvas: CANVAS, wallNowMs: 1 });
  state.remember({ type: 'cut', on: true });

  assert.deepEqual(
    state.commands(2).filter(({ type }) => type === 'cut'),
    [{ type: 'cut', on: true }],
  );
});

test('the command and its answer pass the guards of the link', () => {
  assert.equal(isMixerCommand({ type: 'cut', on: true }), true);
  assert.equal(isMixerCommand({ type: 'cut' }), false);
  assert.equal(isMixerEvent({ type: 'cut', on: true, fromMs: 1 }), true);
});
