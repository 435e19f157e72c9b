import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createMixerCore } from '../../../src-main/core/mix/mixer.ts';
import { createMixerState } from '../../../src-main/core/mix/mixer-state.ts';
import { silentLogger } from '../../../src-main/core/ports/logger.ts';
import { AppError } from '../../../src-main/shared/app-error.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { fakeEncoders } from './fake-encoders.ts';

const CANVAS = { width: 64, height: 36, frameRate: { numerator: 30, denominator: 1 } };
const BYTES = (64 * 36 * 3) / 2;

function slateOf(level: number, bytes = BYTES): string {
  return Buffer.alloc(bytes, level).toString('base64');
}

/** A programme without a source, so that the slate is what shows; its preview says what that is. */
function openWorld() {
  const clock = manualClock();
  const lumas: number[] = [];
  const core = createMixerCore({
    processes: {
      spawn: (spec) => fakeEncoders(BYTES).spawn(spec),
      supervise: () => {
        throw new Error('no captures in this test');
      },
    },
    words: { ended: () => new AppError('process/exited', 'ended'), lacks: (lack) => new AppError(lack, 'lacks') },
    clock,
    logger: silentLogger,
    onEvent: () => undefined,
    onEncoded: () => undefined,
    onPicture(_width, _wallMs, bytes, onFlushed) {
      lumas.push(bytes[0]!);
      onFlushed();
    },
  });
  core.handle({ type: 'configure', canvas: CANVAS, wallNowMs: clock.wallMs() });
  core.handle({ type: 'preview', on: true, width: 64, frameRate: 30 });
  return {
    core,
    async look(): Promise<number | undefined> {
      await clock.advanceAsync(100);
      await nextTurn();
      return lumas.at(-1);
    },
  };
}

test('a slate of its own shows with the next frame, and the stock picture is back when it is taken away', async () => {
  const world = openWorld();
  const stock = await world.look();
  world.core.handle({ type: 'slate', picture: slateOf(200) });
  assert.equal(await world.look(), 200);
  world.core.handle({ type: 'slate', picture: slateOf(90) });
  assert.equal(await world.look(), 90);

  world.core.handle({ type: 'slate' });

  assert.equal(await world.look(), stock);
  await world.core[Symbol.asyncDispose]();
});

test('a slate of another size, and what is no base64, changes nothing', async () => {
  const world = openWorld();
  world.core.handle({ type: 'slate', picture: slateOf(200) });
  await world.look();

  world.core.handle({ type: 'slate', picture: slateOf(90, BYTES - 1) });
  world.core.handle({ type: 'slate', picture: '*' });

  assert.equal(await world.look(), 200);
  await world.core[Symbol.asyncDispose]();
});

test('a mixer that was started again is told the slate, too', () => {
  const state = createMixerState();
  state.remember({ type: 'configure', canvas: CANVAS, wallNowMs: 1 });
  state.remember({ type: 'slate', picture: 'AAAA' });
  state.remember({ type: 'slate', picture: 'BBBB' });

  assert.deepEqual(
    state.commands(2).filter(({ type }) => type === 'slate'),
    [{ type: 'slate', picture: 'BBBB' }],
  );
});
