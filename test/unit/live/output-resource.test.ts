import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createdEvent } from '../../../src-main/core/live/event-resource.ts';
import { createdOutput, outputLimitOf, windowsOf } from '../../../src-main/core/live/output-resource.ts';
import { type LiveEvent, liveEventCreate, liveOutputCreate } from '../../../src-main/shared/api/live-events.ts';

function eventWith(rest: object): LiveEvent {
  const request = liveEventCreate.parse({ input: { streamingProtocol: 'RTMP' }, ...rest });
  return createdEvent('news', request, {
    checkAccessControl: () => undefined,
    checkEncoding: () => undefined,
    checkPreviewPolicy: () => undefined,
    hasRecogniser: () => false,
    hasOwnNames: () => true,
    newGuid: () => '11111111-2222-4333-8444-555555555555',
    now: () => '2030-01-01T00:00:00.000Z',
  });
}

const standard = eventWith({});
const basic = eventWith({ encoding: { encodingType: 'PassthroughBasic' } });
const lowLatency = eventWith({ encoding: { encodingType: 'Standard' }, streamOptions: ['LowLatencyV2'] });

const create = (event: LiveEvent, rest: object) =>
  createdOutput(event, 'tape', liveOutputCreate.parse({ assetName: 'tape', ...rest }), {
    manifestName: 'made',
    now: '2030-01-01T00:00:00.000Z',
  });

for (const [what, event, longest, tooLong] of [
  ['an event that passes through', standard, 'PT25H', undefined],
  ['a basic event', basic, 'PT8H', 'PT8H1S'],
  ['an event of the lowest latency', lowLatency, 'PT6H', 'PT6H1S'],
] as const) {
  test(`the longest archive of ${what} is ${longest}`, () => {
    assert.equal(create(event, { archiveWindowLength: longest }).archiveWindowLength, longest);
    if (tooLong !== undefined) {
      assert.throws(() => create(event, { archiveWindowLength: tooLong }), {
        code: 'request/invalid',
        details: { field: 'archiveWindowLength' },
        message: new RegExp(`at most ${longest}`),
      });
    }
  });
}

for (const archiveWindowLength of ['PT59S', 'PT25H1S']) {
  test(`no archive is ${archiveWindowLength} long`, () => {
    assert.equal(liveOutputCreate.safeParse({ assetName: 'tape', archiveWindowLength }).success, false);
  });
}

test('viewers can go back over the whole archive, or for half an hour with the lowest latency', () => {
  const rewindOf = (event: LiveEvent, archiveWindowLength: string) =>
    create(event, { archiveWindowLength }).rewindWindowLength;

  assert.equal(rewindOf(standard, 'PT2H'), undefined);
  assert.equal(rewindOf(lowLatency, 'PT2H'), 'PT30M');
  assert.equal(rewindOf(lowLatency, 'PT10M'), 'PT10M');
  assert.deepEqual(windowsOf(create(standard, { archiveWindowLength: 'PT2H' })), {
    archiveSeconds: 7200,
    rewindSeconds: 7200,
  });
  assert.deepEqual(windowsOf(create(standard, { archiveWindowLength: 'PT2H', rewindWindowLength: 'PT1M' })), {
    archiveSeconds: 7200,
    rewindSeconds: 60,
  });
});

test('nobody can go back further than the archive does', () => {
  assert.throws(() => create(standard, { archiveWindowLength: 'PT1M', rewindWindowLength: 'PT2M' }), {
    code: 'request/invalid',
    details: { field: 'rewindWindowLength' },
  });
});

test('a manifest name, a packing and a snap time are kept, as number or as text', () => {
  const rest = { archiveWindowLength: 'PT1H', hls: { fragmentsPerTsSegment: 2 }, manifestName: 'mine' };

  assert.equal(create(standard, { ...rest, outputSnapTime: 12 }).outputSnapTime, '12');
  const output = create(standard, { ...rest, outputSnapTime: '17676576000000000' });
  assert.equal(output.outputSnapTime, '17676576000000000');
  assert.deepEqual([output.manifestName, output.hls], ['mine', { fragmentsPerTsSegment: 2 }]);
  assert.equal(create(standard, { archiveWindowLength: 'PT1H' }).manifestName, 'made');
});

test('a basic event has one output, whatever the quota', () => {
  assert.deepEqual([outputLimitOf(basic, 3), outputLimitOf(standard, 3)], [1, 3]);
});
