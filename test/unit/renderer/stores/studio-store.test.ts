import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StudioState } from '../../../../src-main/shared/api/studio.ts';
import { ApiError, pageProblem } from '../../../../src-renderer/api/problem.ts';
import { createNoticesStore } from '../../../../src-renderer/stores/notices-store.ts';
import { createStudioStore, freeSourceId, selectIsTurning } from '../../../../src-renderer/stores/studio-store.ts';
import { emptyWorld, pictureSource, withSources } from '../../../support/fake-service/scenarios.ts';
import { fakeApi } from '../fake-api.ts';
import { manualTimers, settled } from '../manual-timers.ts';

const idle: StudioState = emptyWorld('http://127.0.0.1:1').studio;
const chosen: StudioState = withSources(emptyWorld('http://127.0.0.1:1')).studio;

function openStudio(answers: Parameters<typeof fakeApi>[0]) {
  const api = fakeApi(answers);
  const notices = createNoticesStore(manualTimers());
  return { api, notices, studio: createStudioStore(api, notices) };
}

test('going live twice at once asks once', async () => {
  let answer = (_: StudioState): void => undefined;
  const { api, studio } = openStudio({ goLive: () => new Promise((resolve) => void (answer = resolve)) });

  const first = studio.goLive();
  const second = studio.goLive();
  assert.equal(selectIsTurning(studio.getState()), true);
  answer({ ...chosen, phase: 'starting' });
  await Promise.all([first, second]);

  assert.equal(api.asked.length, 1);
  assert.equal(studio.getState().studio?.phase, 'starting');
});

test('a snapshot that was pushed while an answer was on its way is newer than the answer', async () => {
  let answer = (_: StudioState): void => undefined;
  const { studio } = openStudio({ goLive: () => new Promise((resolve) => void (answer = resolve)) });

  const going = studio.goLive();
  studio.mirror({ ...chosen, phase: 'live' });
  answer({ ...chosen, phase: 'starting' });
  await going;

  assert.equal(studio.getState().studio?.phase, 'live');
});

test('a refusal becomes a notice, and what is shown stays what the service said', async () => {
  const { notices, studio } = openStudio({
    goLive: () => Promise.reject(new ApiError(pageProblem('page/unreachable', 'away'))),
  });
  studio.mirror(chosen);

  await studio.goLive();

  const [notice] = notices.getState().notices;
  assert(notice?.kind === 'problem');
  assert.equal(notice.problem.code, 'page/unreachable');
  assert.equal(studio.getState().studio, chosen);
  assert.equal(studio.getState().pending.size, 0);
});

test('the first picture that is added goes on the programme', async () => {
  const withTest = { ...idle, sources: [pictureSource('test', 'test', 'Test picture')] };
  const { api, studio } = openStudio({
    putSources: () => withTest,
    putScene: () => ({ ...withTest, scene: { kind: 'single', source: 'test' } }),
  });
  studio.mirror(idle);

  await studio.addSource({ id: 'test', kind: 'test' });

  assert.deepEqual(
    api.asked.map(({ name }) => name),
    ['putSources', 'putScene'],
  );
  assert.deepEqual(studio.getState().studio?.scene, { kind: 'single', source: 'test' });
});

test('a second picture does not take over the programme', async () => {
  const { api, studio } = openStudio({ putSources: () => chosen });
  studio.mirror(chosen);

  await studio.addSource({ id: 'url', kind: 'url', url: 'http://x' });

  assert.deepEqual(
    api.asked.map(({ name }) => name),
    ['putSources'],
  );
});

test('a slider sends its newest value only, one at a time', async () => {
  const sent: unknown[] = [];
  let release = (): void => undefined;
  const { studio } = openStudio({
    patchAudio(options) {
      sent.push(options);
      return new Promise((resolve) => void (release = () => resolve({})));
    },
  });

  const first = studio.setAudio('mic', { gainDb: 1 });
  await studio.setAudio('mic', { gainDb: 2 });
  await studio.setAudio('mic', { gainDb: 3 });
  release();
  await settled();
  release();
  await first;

  assert.deepEqual(sent, [
    { params: { input: 'mic' }, body: { gainDb: 1 } },
    { params: { input: 'mic' }, body: { gainDb: 3 } },
  ]);
});

test('the end of a broadcast says where its recording is', () => {
  const { notices, studio } = openStudio({});
  const session = {
    liveEvent: 'e',
    asset: 'talk',
    urls: { hls: '', dash: '', watch: '' },
    startedAt: '2026-01-01T00:00:00Z',
  };

  studio.mirror({ ...chosen, phase: 'ending', session });
  studio.mirror({ ...chosen, phase: 'off-air' });

  const [notice] = notices.getState().notices;
  assert(notice?.kind === 'ended');
  assert.equal(notice.asset, 'talk');
});

test('a source gets an id that no other has', () => {
  assert.equal(freeSourceId('camera', []), 'camera');
  assert.equal(
    freeSourceId('camera', [
      { id: 'camera', kind: 'camera', device: 'a' },
      { id: 'camera-2', kind: 'camera', device: 'b' },
    ]),
    'camera-3',
  );
});

test('a list of devices that the service pushed takes the place of the one that was shown, and of what went wrong with it', async () => {
  const { studio } = openStudio({});
  await studio.loadDevices();
  assert.notEqual(studio.getState().devicesProblem, undefined);

  const { devices } = emptyWorld('http://127.0.0.1:1');
  studio.mirrorDevices(devices);

  assert.deepEqual([studio.getState().devices, studio.getState().devicesProblem], [devices, undefined]);
  await studio.keepDevices();
  assert.equal(studio.getState().devices, devices, 'a look that fails takes nothing away');
});
