import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { systemClock } from '../../../../src-main/base/clock.ts';
import type { GivenPort } from '../../../../src-main/core/ingest/transport-stream/given-port.ts';
import {
  openTransportIngest,
  type TransportEndpoint,
  type TransportIngest,
} from '../../../../src-main/core/ingest/transport-stream/transport-ingest.ts';
import { silentLogger } from '../../../../src-main/core/ports/logger.ts';
import { freePort } from '../../../support/free-port.ts';
import { memoryRows } from '../../../support/memory-rows.ts';
import { recordingDoor } from '../../../support/recording-door.ts';

const [FIRST, SECOND] = [
  { name: 'first', accessToken: '6ba7b810-9dad-41d1-80b4-00c04fd430c8' },
  { name: 'second', accessToken: '6ba7b811-9dad-41d1-80b4-00c04fd430c8' },
];

/** A start of the program: what it was given is all that it knows of those before. */
function start(port: number, givenPorts = memoryRows<GivenPort>()): Promise<TransportIngest> {
  const [clock, logger] = [systemClock(), silentLogger];
  return openTransportIngest({ door: recordingDoor(), clock, logger, host: '127.0.0.1', port, givenPorts });
}

function ownPort(endpoints: readonly TransportEndpoint[]): number {
  return Number(new URL(endpoints.find(({ protocol }) => protocol === 'TCP')?.url ?? '').port);
}

test('an event has the same addresses after a restart, also before it runs, and whoever came before it', async () => {
  const port = await freePort();
  const given = memoryRows<GivenPort>();
  let before: readonly TransportEndpoint[];
  {
    await using ingest = await start(port, given);
    const ofFirst = await ingest.listen(FIRST);
    before = (await ingest.listen(SECOND)).endpoints;
    assert.notEqual(ownPort(before), ownPort(ofFirst.endpoints));
  }
  await using ingest = await start(port, given);

  assert.deepEqual(ingest.endpointsOf(SECOND), before);
  assert.deepEqual((await ingest.listen(SECOND)).endpoints, before);
  const third = await ingest.listen({ ...FIRST, name: 'third' });
  assert.ok(![...given.list()].slice(0, 2).some((one) => one.port === ownPort(third.endpoints)));
});

test('an event that has never run has the addresses that are known: those of SRT', async () => {
  await using ingest = await start(0);

  assert.deepEqual(
    ingest.endpointsOf(FIRST).map(({ protocol }) => protocol),
    ['SRT', 'SRT'],
  );
});

for (const protocol of ['TCP', 'UDP'] as const) {
  test(`a port that encoders were told and somebody else has over ${protocol} is named, and no other is taken in its place`, async () => {
    const port = await freePort();
    const given = memoryRows<GivenPort>();
    await using ingest = await start(port, given);
    const before = await ingest.listen(FIRST);
    const own = ownPort(before.endpoints);
    await before.close();
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const other = protocol === 'TCP' ? createServer() : createSocket('udp4');
    if ('listen' in other) {
      other.listen(own, '127.0.0.1', () => resolve(undefined));
    } else {
      other.bind(own, '127.0.0.1', () => resolve(undefined));
    }
    await promise;

    await assert.rejects(ingest.listen(FIRST), (error: Error & { code?: string; details?: unknown }) => {
      assert.equal(error.code, 'service/port-taken');
      assert.match(error.message, new RegExp(`Port ${own}, which encoders of the live event first were told`));
      assert.deepEqual(error.details, { port: own, setting: 'network.srtPort', flag: '--srt-port' });
      return true;
    });
    assert.deepEqual(ingest.endpointsOf(FIRST), before.endpoints);

    const closed = once(other, 'close');
    other.close();
    await closed;
    assert.deepEqual((await ingest.listen(FIRST)).endpoints, before.endpoints);
  });
}

test('with another port of SRT all are given anew: that is the way out when one is taken for good', async () => {
  const given = memoryRows<GivenPort>({ first: { liveEvent: 'first', behind: 8890, port: 8891 } });
  const port = await freePort();
  await using ingest = await start(port, given);

  const { endpoints } = await ingest.listen(FIRST);

  assert.ok(ownPort(endpoints) > port && ownPort(endpoints) <= port + 100, String(ownPort(endpoints)));
  assert.equal(given.get('first')?.behind, port);
});
