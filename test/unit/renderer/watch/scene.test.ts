import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Facts, nextAskMs, type Playback, sceneOf } from '../../../../src-renderer/watch/scene.ts';
import type { Status } from '../../../../src-renderer/watch/status.ts';

type StreamState = Extract<Status, { kind: 'stream' }>['state'];

function stream(state: StreamState, hls: string | undefined = '/m'): Status {
  return { kind: 'stream', title: 'A talk', state, hls, downloads: [] };
}

const PLAYBACKS: readonly Playback[] = [
  'none',
  'starting',
  'playing',
  'finished',
  'broken',
  'unplayable',
  'insecure',
  'keyless',
];
const STATUSES: readonly (Status | undefined)[] = [
  undefined,
  { kind: 'gone' },
  { kind: 'stopped' },
  { kind: 'unreachable' },
  stream('waiting'),
  stream('live'),
  stream('ended'),
  stream('empty'),
];

test('a picture that plays is never covered', () => {
  for (const status of STATUSES) {
    assert.equal(sceneOf({ status, playback: 'playing' }).notice, undefined);
  }
});

test('each state of the stream has its words', () => {
  const notice = (status: Status | undefined, playback: Playback): string | undefined =>
    sceneOf({ status, playback }).notice;

  assert.equal(notice(undefined, 'none'), 'loading');
  assert.equal(notice({ kind: 'gone' }, 'none'), 'gone');
  assert.equal(notice({ kind: 'stopped' }, 'broken'), 'stopped');
  assert.equal(notice({ kind: 'unreachable' }, 'broken'), 'unreachable');
  assert.equal(notice(stream('waiting'), 'none'), 'waiting');
  assert.equal(notice(stream('empty'), 'none'), 'empty');
  assert.equal(notice(stream('live'), 'starting'), undefined);
  assert.equal(notice(stream('live'), 'broken'), 'unreachable');
  assert.equal(notice(stream('live'), 'finished'), 'loading');
  assert.equal(notice(stream('live'), 'unplayable'), 'unplayable');
  assert.equal(notice(stream('live'), 'insecure'), 'insecure');
  assert.equal(notice(stream('ended'), 'keyless'), 'keyless');
});

test('a stream that this page has no form of is for other players, and the browser is not to blame', () => {
  const status: Status = { kind: 'stream', title: 'A talk', state: 'live', hls: undefined, downloads: [] };

  assert.equal(sceneOf({ status, playback: 'none' }).notice, 'foreign');
});

test('when the broadcast ends in front of a viewer, the recording is offered', () => {
  assert.deepEqual(sceneOf({ status: stream('ended'), playback: 'finished' }), {
    notice: 'ended',
    chip: 'recording',
    button: 'watch-again',
  });
});

test('only what is live is called live', () => {
  const chips = STATUSES.map((status) => sceneOf({ status, playback: 'none' }).chip);

  assert.deepEqual(chips, [undefined, undefined, undefined, undefined, 'soon', 'live', 'recording', undefined]);
});

test('whatever is not over is asked about again, and never more than once in half a second', () => {
  for (const status of STATUSES) {
    for (const playback of PLAYBACKS) {
      const facts: Facts = { status, playback };
      const isOver =
        status?.kind === 'stream' && ['ended', 'empty'].includes(status.state) && playback !== 'broken';

      const waitMs = nextAskMs(facts, 0, 0);

      assert.equal(waitMs === undefined, isOver, JSON.stringify(facts));
      assert.ok(waitMs === undefined || waitMs >= 500);
    }
  }
});

test('failures are asked about less and less often, up to a bound, and not by all pages at once', () => {
  const waits = [0, 1, 2, 100].map((failures) =>
    nextAskMs({ status: { kind: 'stopped' }, playback: 'none' }, failures, 0.5),
  );

  assert.deepEqual(waits, [1000, 1500, 2250, 10_000]);
  assert.deepEqual(
    [0, 1].map((random) => nextAskMs({ status: stream('live'), playback: 'broken' }, 100, random)),
    [7500, 12_500],
  );
});
