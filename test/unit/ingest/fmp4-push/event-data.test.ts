import assert from 'node:assert/strict';
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { test } from 'node:test';
import { openBody } from '../../../../src-main/core/ingest/fmp4-push/body.ts';
import { createEventData } from '../../../../src-main/core/ingest/fmp4-push/event-data.ts';
import { DEFAULT_LIMITS } from '../../../../src-main/core/ingest/fmp4-push/limits.ts';
import { AppError } from '../../../../src-main/shared/app-error.ts';
import { manualClock } from '../../../support/manual-clock.ts';

function open(onPost: (token: string) => void = () => undefined): {
  readonly clock: ReturnType<typeof manualClock>;
  readonly post: (token: string) => Promise<void>;
} {
  const clock = manualClock();
  const take = createEventData(
    {
      clock,
      limits: DEFAULT_LIMITS,
      openBody: (exchange, pace) => ({ ...openBody(exchange, clock, pace), [Symbol.dispose]: () => undefined }),
    },
    onPost,
  );
  return {
    clock,
    async post(token) {
      const request = new IncomingMessage(new Socket());
      request.headers = { 'content-type': 'application/json' };
      request.push('{}');
      request.push(null);
      const peer = { address: '127.0.0.1', port: 1 };
      await take({ request, response: new ServerResponse(request), peer, base: '' }, token);
    },
  };
}

function tooFast(error: unknown): boolean {
  return error instanceof AppError && error.code === 'ingest/timed-metadata-rate';
}

test('two a second are taken, and the next one a second after the first of them', async () => {
  const { clock, post } = open();

  await post('event');
  clock.advance(600);
  await post('event');
  await assert.rejects(post('event'), tooFast);
  clock.advance(399);
  await assert.rejects(post('event'), tooFast);
  clock.advance(1);
  await post('event');
  await assert.rejects(post('event'), tooFast);
});

test('every event has its own share, and whom the door refuses uses up none', async () => {
  let isRefused = false;
  const { post } = open(() => {
    if (isRefused) {
      throw new AppError('MPE_RTMP_APPID_AUTH_FAILURE', 'No.');
    }
  });

  isRefused = true;
  await assert.rejects(post('a'), /No\./);
  await assert.rejects(post('a'), /No\./);
  await assert.rejects(post('a'), /No\./);
  isRefused = false;
  await Promise.all([post('a'), post('b'), post('a'), post('b')]);
});
