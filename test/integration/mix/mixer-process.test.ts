import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { systemClock } from '../../../src-main/base/clock.ts';
import { openMixer } from '../../../src-main/core/mix/mixer-client.ts';
import { silentLogger } from '../../../src-main/core/ports/logger.ts';
import type { MixerData, MixerEvent } from '../../../src-main/core/ports/mixer.ts';
import type { NodeChild } from '../../../src-main/core/ports/process.ts';
import { createProcesses } from '../../../src-main/core/process/create-processes.ts';
import { decodeMark } from '../../../src-main/shared/test-mark.ts';
import { missingPrograms } from '../../support/real-ffmpeg.ts';
import { ladder, TEST_SOURCE } from './rig.ts';

const skip = process.platform === 'linux' ? missingPrograms('ffmpeg') : 'looks into /proc';
const ENTRY = new URL('../../../src-main/core/mixer-main.ts', import.meta.url);
const CANVAS = { width: 640, height: 360, frameRate: { numerator: 30, denominator: 1 } };
const RUNGS = [{ width: 640, height: 360, kbps: 400 }];

async function openWorld() {
  const clock = systemClock();
  const processes = createProcesses({
    clock,
    random: () => 0.5,
    logger: silentLogger,
    platform: process.platform,
  });
  const children: NodeChild[] = [];
  const events: MixerEvent[] = [];
  const data: MixerData[] = [];
  const mixer = await openMixer({
    async launch(options) {
      const child = await processes.launchNode(options);
      children.push(child);
      return child;
    },
    entry: ENTRY,
    clock,
    logger: silentLogger,
    platform: process.platform,
  });
  mixer.events.on((event) => void events.push(event));
  mixer.data.on((item) => void data.push(item));
  return {
    clock,
    mixer,
    children,
    events,
    data,
    encodedRuns: () => new Set(data.flatMap((item) => (item.type === 'encoded' ? [item.run] : []))),
    async [Symbol.asyncDispose]() {
      await mixer[Symbol.asyncDispose]();
      await processes[Symbol.asyncDispose]();
    },
  };
}

async function until(condition: () => boolean, what: string, withinMs = 15_000): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!condition()) {
    assert(performance.now() < deadline, `waited ${withinMs} ms in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Processes whose parent is this one. */
function childrenOf(pid: number): readonly number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch {
    return false;
  }
}

test('a mixer process that is killed is replaced, and the broadcast goes on by itself', {
  skip,
  timeout: 60_000,
}, async () => {
  await using world = await openWorld();
  const { mixer, events, data, children } = world;
  mixer.send({ type: 'configure', canvas: CANVAS, wallNowMs: 0 });
  mixer.send({ type: 'sources', sources: [TEST_SOURCE] });
  mixer.send({ type: 'scene', scene: { kind: 'single', source: 'test' } });
  mixer.send({ type: 'preview', on: true, width: 640, frameRate: 30 });
  mixer.send({ type: 'start-encoder', encoding: 'live', command: ladder(CANVAS, RUNGS) });
  await until(() => world.encodedRuns().has(1), 'encoded media');

  process.kill(children[0]!.pid, 'SIGKILL');
  const killedMs = performance.now();
  await until(() => world.encodedRuns().has(2), 'encoded media of the next run');
  const backMs = performance.now() - killedMs;
  data.length = 0;
  await until(() => data.some((item) => item.type === 'picture'), 'a picture');

  assert.equal(mixer.restarts(), 1);
  assert(backMs < 4000, `back after ${backMs} ms`);
  const runs = events.flatMap((event) => (event.type === 'encoder-run' ? [event] : []));
  assert.deepEqual(
    runs.map(({ encoding, run }) => [encoding, run]),
    [
      ['live', 1],
      ['live', 2],
    ],
  );
  const gapTicks = Number(runs[1]!.videoStart) - Number(runs[0]!.videoStart);
  assert(gapTicks > 0 && gapTicks % 3000 === 0, 'the new process meets the grid of the old one');
  const picture = data.find((item) => item.type === 'picture')!;
  const mark = decodeMark(picture.bytes, 640, 360);
  assert(mark !== undefined && Math.abs(mark.utcMs - world.clock.wallMs()) < 1000, 'and shows the present time');
});

test('with the mixer its encoder and captures are gone', { skip, timeout: 60_000 }, async () => {
  await using world = await openWorld();
  const { mixer, children } = world;
  mixer.send({ type: 'configure', canvas: CANVAS, wallNowMs: 0 });
  mixer.send({ type: 'start-encoder', encoding: 'live', command: ladder(CANVAS, RUNGS) });
  await until(() => world.encodedRuns().has(1), 'encoded media');
  const grandchildren = childrenOf(children[0]!.pid);
  assert(grandchildren.length > 0);

  process.kill(children[0]!.pid, 'SIGKILL');

  await until(() => !grandchildren.some(isAlive), 'their end');
});

test('a mixer that hangs is killed and replaced', { skip, timeout: 60_000 }, async () => {
  await using world = await openWorld();
  const { mixer, children } = world;
  mixer.send({ type: 'configure', canvas: CANVAS, wallNowMs: 0 });
  await until(() => world.events.some(({ type }) => type === 'meters'), 'levels');

  process.kill(children[0]!.pid, 'SIGSTOP');
  await until(() => children.length === 2, 'another process', 20_000);

  await until(() => mixer.phase() === 'running', 'running');
});

test('when the service is killed the mixer ends, and its encoder with it', { skip, timeout: 60_000 }, async () => {
  await using processes = createProcesses({
    clock: systemClock(),
    random: () => 0.5,
    logger: silentLogger,
    platform: process.platform,
  });
  const service = await processes.launchNode({
    name: 'service',
    entry: new URL('service-fixture.ts', import.meta.url),
    env: {},
  });
  const family = (): readonly number[] => {
    const children = childrenOf(service.pid);
    return [...children, ...children.flatMap(childrenOf)];
  };
  // The mixer and the reaper of the service, the encoder and the reaper of the mixer.
  await until(() => family().length >= 4, 'an encoder');
  const descendants = family();

  process.kill(service.pid, 'SIGKILL');

  await until(() => !descendants.some(isAlive), 'the end of all of them');
});

test('closing ends the encoding in order: what was encoded has been told', { skip, timeout: 60_000 }, async () => {
  const world = await openWorld();
  const { mixer, children } = world;
  mixer.send({ type: 'configure', canvas: CANVAS, wallNowMs: 0 });
  mixer.send({ type: 'start-encoder', encoding: 'live', command: ladder(CANVAS, RUNGS) });
  await until(() => world.encodedRuns().has(1), 'encoded media');
  const grandchildren = childrenOf(children[0]!.pid);

  await world[Symbol.asyncDispose]();

  assert(!isAlive(children[0]!.pid));
  assert(!grandchildren.some(isAlive));
  const ended = world.events.findLast((event) => event.type === 'encoder-ended');
  assert.deepEqual(ended, { type: 'encoder-ended', encoding: 'live' });
});

test('closing while the process is just being started does not wait for its grace', {
  skip,
  timeout: 60_000,
}, async () => {
  const world = await openWorld();
  await until(() => world.children.length === 1, 'a process');
  const startMs = performance.now();

  await world[Symbol.asyncDispose]();

  assert(performance.now() - startMs < 3000, `closed after ${performance.now() - startMs} ms`);
});
