import assert from 'node:assert/strict';
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type BodyEnd, openBody } from '../../../../src-main/core/ingest/fmp4-push/body.ts';
import { AppError } from '../../../../src-main/shared/app-error.ts';
import { type ManualClock, manualClock } from '../../../support/manual-clock.ts';

type Reading = {
  readonly clock: ManualClock;
  readonly request: IncomingMessage;
  readonly body: ReturnType<typeof openBody>;
  readonly ended: Promise<BodyEnd>;
  /** Lets bytes come. */
  readonly come: (text: string) => Promise<void>;
};

/** A body of which `!` completes a piece and `?` is refused. */
function read(pace = { idleMs: 1000, progressMs: 5000 }): Reading {
  const clock = manualClock();
  const request = new IncomingMessage(new Socket());
  const peer = { address: '127.0.0.1', port: 1 };
  const body = openBody({ request, response: new ServerResponse(request), peer, base: '' }, clock, pace);
  const ended = body.read((bytes) => {
    const text = Buffer.from(bytes).toString();
    if (text.includes('?')) {
      throw new AppError('media/malformed', 'A question.');
    }
    return text.includes('!');
  });
  ended.catch(() => undefined);
  return {
    clock,
    request,
    body,
    ended,
    async come(text) {
      request.push(text);
      await nextTurn();
    },
  };
}

function isIdle(words: RegExp): (error: unknown) => boolean {
  return (error) =>
    error instanceof AppError && error.code === 'MPE_RTMP_SESSION_IDLE_TIMEOUT' && words.test(error.message);
}

test('a body that ends is complete, and nothing waits any more', async () => {
  const { clock, request, ended, come } = read();

  await come('a!');
  request.push(null);

  assert.equal(await ended, 'complete');
  assert.equal(clock.pending(), 0);
});

test('a body whose connection ends is gone', async () => {
  const { clock, request, ended, come } = read();

  await come('a!');
  request.destroy();

  assert.equal(await ended, 'gone');
  assert.equal(clock.pending(), 0);
});

test('every byte puts off the end by silence', async () => {
  const { clock, ended, come } = read();

  for (let part = 0; part < 4; part += 1) {
    clock.advance(999);
    await come('.');
  }
  clock.advance(1000);

  await assert.rejects(ended, isIdle(/nothing for 1 seconds/));
});

test('only a piece that is complete puts off the end by dripping', async () => {
  const { clock, ended, come } = read();

  for (const text of ['.', '!', '.', '.', '.', '.', '.', '.']) {
    clock.advance(900);
    await come(text);
  }
  // The piece came at 1800.
  clock.advance(1);

  await assert.rejects(ended, isIdle(/In 5 seconds .* not get a single fragment across/));
});

test('a pace that is changed counts from what has come already', async () => {
  const slower = read();
  const faster = read();

  slower.body.setPace({ idleMs: 60_000, progressMs: 60_000 });
  slower.clock.advance(59_999);
  faster.clock.advance(500);
  faster.body.setPace({ idleMs: 400, progressMs: 5000 });
  slower.request.push(null);

  assert.equal(await slower.ended, 'complete');
  await assert.rejects(faster.ended, isIdle(/nothing for 0.4 seconds/));
});

test('what refuses the bytes ends the reading, and no more are handed over', async () => {
  const { request, ended, come } = read();

  await come('?');
  await come('?');

  await assert.rejects(ended, /A question/);
  assert.equal(request.listenerCount('data'), 0);
});

test('a body that is stopped before it is read says so when it is', async () => {
  const request = new IncomingMessage(new Socket());
  const peer = { address: '127.0.0.1', port: 1 };
  const clock = manualClock();
  const exchange = { request, response: new ServerResponse(request), peer, base: '' };
  const body = openBody(exchange, clock, { idleMs: 1, progressMs: 1 });

  body.stop(new AppError('service/closing', 'Lectern is closing.'));

  await assert.rejects(
    body.read(() => false),
    /is closing/,
  );
  assert.equal(clock.pending(), 0);
});
