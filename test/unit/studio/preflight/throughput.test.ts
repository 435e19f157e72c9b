import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createEventLog } from '../../../../src-main/core/control/event-log.ts';
import { type Throughput, watchThroughput } from '../../../../src-main/core/studio/preflight/throughput.ts';
import type { Destination } from '../../../../src-main/shared/api/publishing.ts';
import { aDestination } from '../../../support/fake-service/scenarios.ts';
import { manualClock } from '../../../support/manual-clock.ts';
import { memoryRows } from '../../../support/memory-rows.ts';

function rig() {
  const clock = manualClock();
  const events = createEventLog({ clock });
  const rows = memoryRows<Throughput>();
  const memory = watchThroughput({ events, rows, clock });
  const channel = aDestination('channel', { url: 'rtmp://a.example/live' });
  return {
    memory,
    rows,
    events,
    channel,
    tell: (values: Partial<Destination>) =>
      events.publish('Lectern.DestinationChanged', 'destination/channel', { ...channel, ...values }),
  };
}

test('what a destination took is remembered when it ends, as the mean', () => {
  const { memory, tell, channel } = rig();
  for (let second = 0; second < 20; second += 1) {
    tell({ state: 'live', sentBitrate: second % 2 === 0 ? 2_000_000 : 3_000_000 });
  }
  assert.equal(memory.of(channel), undefined);

  tell({ state: 'waiting' });

  assert.deepEqual(memory.of(channel), {
    url: 'rtmp://a.example/live',
    at: '2030-01-01T00:00:00.000Z',
    bitrate: 2_500_000,
    limited: false,
  });
});

test('where parts were left out, what went through while others waited is the most that does', () => {
  const { memory, tell, channel } = rig();
  for (let second = 0; second < 10; second += 1) {
    tell({ state: 'live', sentBitrate: 4_000_000 });
  }
  for (let second = 0; second < 10; second += 1) {
    tell({ state: 'live', sentBitrate: 1_000_000, queueSeconds: 5, droppedSeconds: second });
  }

  tell({ state: 'reconnecting', sentBitrate: 0 });

  assert.equal(memory.of(channel)?.limited, true);
  assert.equal(memory.of(channel)?.bitrate, 1_000_000);
});

test('a few seconds say nothing, and another address is another network', () => {
  const { memory, tell, channel, rows } = rig();
  tell({ state: 'live', sentBitrate: 4_000_000 });
  tell({ state: 'waiting' });
  assert.equal(memory.of(channel), undefined);

  rows.put('channel', { url: 'rtmp://old.example/live', at: '2029-01-01T00:00:00Z', bitrate: 1, limited: true });

  assert.equal(memory.of(channel), undefined);
});

test('a destination that is deleted takes its memory with it', () => {
  const { events, rows } = rig();
  rows.put('channel', { url: 'rtmp://a.example/live', at: '2029-01-01T00:00:00Z', bitrate: 1, limited: true });

  events.publish('Lectern.DestinationDeleted', 'destination/channel', { name: 'channel' });

  assert.deepEqual(rows.list(), []);
});
