import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { systemClock } from '../../../src-main/base/clock.ts';
import { createEgress } from '../../../src-main/core/origin/egress.ts';
import { createInFlight } from '../../../src-main/core/origin/in-flight.ts';
import { DEFAULT_LIMITS } from '../../../src-main/core/origin/limits.ts';
import { createResponder } from '../../../src-main/core/origin/respond.ts';
import { listen } from '../../support/free-port.ts';

test('the two ways of saying a lifetime agree, although a second begins while an answer is made', async (context) => {
  let readings = 0;
  const wallMs = (): number => 1_700_000_000_999 + readings++;
  const clock = { ...systemClock(), wallMs };
  const responder = createResponder({
    clock,
    version: '1',
    inFlight: createInFlight(clock, DEFAULT_LIMITS),
    egress: createEgress(clock),
    onHead: () => undefined,
    maxCacheAge: () => undefined,
  });
  const server = createServer((_, response) => {
    responder.head(response, 200, responder.caching(60));
    response.end();
  });
  const port = await listen(server);
  context.after(() => server.close());

  const { headers } = await fetch(`http://127.0.0.1:${port}/`);

  assert.equal(headers.get('cache-control'), 'public, max-age=60');
  assert.equal(Date.parse(headers.get('expires') ?? '') - Date.parse(headers.get('date') ?? ''), 60_000);
});
