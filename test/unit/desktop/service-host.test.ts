import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { SecretStore } from '../../../src-main/core/ports/secrets.ts';
import { CLOSE_DEADLINE_MS, openServiceHost } from '../../../src-main/desktop/service-host.ts';
import { AppError } from '../../../src-main/shared/app-error.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { fakeForks, listLogger } from './fake-electron.ts';

const READY = {
  type: 'ready',
  controlUrl: 'http://127.0.0.1:8400',
  originUrl: 'http://127.0.0.1:8480',
  token: 'the-token',
};

const OPEN = {
  type: 'open' as const,
  dataDir: '/data',
  pagesFolder: '/pages',
  helpFolder: '/help',
  version: '1.2.3',
};

const noSecrets: SecretStore = {
  get: () => Promise.resolve(undefined),
  set: () => Promise.resolve(),
  delete: () => Promise.resolve(),
};

function openHost(secrets: SecretStore = noSecrets, environment: Record<string, string> = {}) {
  const { forkNode, forks } = fakeForks();
  const clock = manualClock();
  const logger = listLogger();
  const killed: number[] = [];
  const host = openServiceHost({
    forkNode,
    entry: '/app/service-process.js',
    open: OPEN,
    secrets,
    environment,
    platform: 'linux',
    forceKill: (pid) => void killed.push(pid),
    clock,
    logger,
  });
  const told: unknown[] = [];
  host.statusChanged.on((status) => told.push(status));
  return { host, forks, clock, logger, killed, told };
}

test('the first word to a fresh service is how it is to be opened', () => {
  const { forks, host } = openHost();

  assert.equal(forks.length, 1);
  assert.equal(forks[0]!.path, '/app/service-process.js');
  assert.deepEqual(forks[0]!.posted, [OPEN]);
  assert.deepEqual(host.status(), { state: 'starting' });
  assert.equal(host.connection(), undefined);
});

test('variables that change how Node or Electron behaves are not passed on to the service', () => {
  const { forks } = openHost(noSecrets, {
    PATH: '/bin',
    FFMPEG_PATH: '/opt/ffmpeg',
    NODE_OPTIONS: '--inspect',
    ELECTRON_RUN_AS_NODE: '1',
    npm_config_registry: 'x',
  });

  assert.deepEqual(forks[0]!.options.env, { PATH: '/bin', FFMPEG_PATH: '/opt/ffmpeg' });
});

test('when the service is ready, where it is becomes known', () => {
  const { host, forks, told } = openHost();
  const ready: unknown[] = [];
  host.ready.on((connection) => ready.push(connection));

  forks[0]!.says(READY);

  const { type: _, ...connection } = READY;
  assert.deepEqual(host.connection(), connection);
  assert.deepEqual(ready, [connection]);
  assert.deepEqual(told, [{ state: 'running' }]);
});

test('a service that crashes is started again at once, and the page hears of both', () => {
  const { host, forks, clock, told } = openHost();
  forks[0]!.says(READY);

  forks[0]!.exits(11);
  clock.advance(0);
  forks[1]!.says(READY);

  assert.deepEqual(told, [{ state: 'running' }, { state: 'restarting', attempt: 1 }, { state: 'running' }]);
  assert.deepEqual(forks[1]!.posted, [OPEN]);
  assert.deepEqual(host.status(), { state: 'running' });
});

test('what the service said of the broadcast stands while it is restarted', () => {
  const { host, forks, clock } = openHost();
  forks[0]!.says(READY);
  forks[0]!.says({ type: 'status', status: { phase: 'live', title: 'Talk', startedAt: '2030-01-01T00:00:00Z' } });

  forks[0]!.exits(11);
  clock.advance(0);

  assert.equal(host.onAir().phase, 'live');
});

test('a service that keeps crashing is given up with its reason, and tried again when a person says so', () => {
  const { host, forks, clock, told } = openHost();
  for (let attempt = 0; attempt < 6; attempt += 1) {
    forks.at(-1)!.exits(1);
    clock.advance(5000);
  }

  const status = host.status();
  assert.ok(status.state === 'failed');
  assert.equal(status.error.code, 'process/gave-up');
  assert.deepEqual(told.at(-1), status);
  assert.equal(forks.length, 6);

  host.retry();
  assert.equal(forks.length, 7);
  forks[6]!.says(READY);
  assert.deepEqual(host.status(), { state: 'running' });
});

test('a reason that no restart removes is not tried again', () => {
  const { host, forks, clock } = openHost();
  const error = { code: 'service/port-taken', message: 'Port 8400 is taken.', details: { port: 8400 } };

  forks[0]!.says({ type: 'failed', error });
  forks[0]!.exits(1);
  clock.advance(60_000);

  assert.equal(forks.length, 1);
  assert.deepEqual(host.status(), { state: 'failed', error });
});

test('after a minute without trouble earlier crashes count no more', () => {
  const { forks, clock, told } = openHost();
  forks[0]!.exits(1);
  clock.advance(0);
  forks[1]!.exits(1);
  clock.advance(500);
  forks[2]!.says(READY);
  clock.advance(60_000);

  forks[2]!.exits(1);

  assert.deepEqual(told.at(-1), { state: 'restarting', attempt: 1 });
});

test('closing asks, and is done when the process is gone', async () => {
  const { host, forks, clock, killed } = openHost();
  forks[0]!.says(READY);

  const closed = host[Symbol.asyncDispose]();
  assert.deepEqual(forks[0]!.posted.at(-1), { type: 'close' });
  forks[0]!.exits(0);
  await closed;
  clock.advance(CLOSE_DEADLINE_MS * 2);

  assert.deepEqual(killed, []);
  assert.equal(forks.length, 1);
  assert.equal(host[Symbol.asyncDispose](), closed);
});

test('a service that does not close in time is ended', async () => {
  const { host, forks, clock, killed } = openHost();

  const closed = host[Symbol.asyncDispose]();
  clock.advance(CLOSE_DEADLINE_MS - 1);
  assert.deepEqual(killed, []);
  clock.advance(1);
  assert.deepEqual(killed, [1000]);
  forks[0]!.exits(9);
  await closed;
});

test('closing while the service waits to be started again starts nothing more', async () => {
  const { host, forks, clock } = openHost();
  forks[0]!.exits(1);

  await host[Symbol.asyncDispose]();
  clock.advance(60_000);

  assert.equal(forks.length, 1);
});

test('secrets are asked of the key store, and a refusal keeps its code', async () => {
  const kept = new Map<string, string>();
  const { forks } = openHost({
    get: (name) => Promise.resolve(kept.get(name)),
    set(name, value) {
      if (name === 'forbidden') {
        return Promise.reject(new AppError('secrets/unavailable', 'No.', { details: { reason: 'test' } }));
      }
      kept.set(name, value);
      return Promise.resolve();
    },
    delete: (name) => Promise.resolve(void kept.delete(name)),
  });
  const service = forks[0]!;

  const calls = [
    { name: 'set-secret', key: 'youtube', value: 'abc' },
    { name: 'get-secret', key: 'youtube' },
    { name: 'delete-secret', key: 'youtube' },
    { name: 'get-secret', key: 'youtube' },
    { name: 'set-secret', key: 'forbidden', value: 'abc' },
  ];
  for (const [id, call] of calls.entries()) {
    service.says({ type: 'call', id, call });
    await nextTurn();
  }

  assert.deepEqual(service.posted.slice(1), [
    { type: 'answer', id: 0 },
    { type: 'answer', id: 1, value: 'abc' },
    { type: 'answer', id: 2 },
    { type: 'answer', id: 3 },
    {
      type: 'refusal',
      id: 4,
      error: { code: 'secrets/unavailable', message: 'No.', details: { reason: 'test' } },
    },
  ]);
});

test('a program the service asks for is started, watched and ended in its name', async () => {
  const { forks, clock, killed } = openHost(noSecrets, { PATH: '/bin', SECRET: 'x' });
  const service = forks[0]!;

  service.says({
    type: 'call',
    id: 1,
    call: {
      name: 'launch-node',
      label: 'mixer',
      entry: 'file:///app/core/mixer-main.js',
      env: { LINK: '/tmp/l' },
    },
  });
  const mixer = forks[1]!;
  mixer.spawned();
  await nextTurn();
  assert.equal(mixer.path, process.platform === 'win32' ? mixer.path : '/app/core/mixer-main.js');
  assert.deepEqual(mixer.options.env, { PATH: '/bin', LC_MESSAGES: 'C', LINK: '/tmp/l' });
  assert.deepEqual(service.posted.at(-1), { type: 'answer', id: 1, value: 1001 });

  service.says({ type: 'kill-child', pid: 1001 });
  assert.equal(mixer.kills(), 1);
  clock.advance(5000);
  assert.deepEqual(killed, [1001]);
  mixer.exits(9);
  assert.deepEqual(service.posted.at(-1), { type: 'child-exited', pid: 1001, code: 9 });
});

test('a program that ends before it began is a refusal', async () => {
  const { forks } = openHost();
  const service = forks[0]!;

  service.says({
    type: 'call',
    id: 1,
    call: { name: 'launch-node', label: 'mixer', entry: 'file:///app/core/mixer-main.js', env: {} },
  });
  forks[1]!.exits(1);
  await nextTurn();

  assert.deepEqual(service.posted.at(-1), {
    type: 'refusal',
    id: 1,
    error: {
      code: 'process/not-found',
      message: 'The process mixer ended with code 1 before it began.',
      details: { entry: 'file:///app/core/mixer-main.js' },
    },
  });
});

test('programs end with the service that asked for them', async () => {
  const { forks, clock } = openHost();
  forks[0]!.says({
    type: 'call',
    id: 1,
    call: { name: 'launch-node', label: 'mixer', entry: 'file:///app/core/mixer-main.js', env: {} },
  });
  forks[1]!.spawned();
  await nextTurn();

  forks[0]!.exits(11);
  clock.advance(0);
  forks[1]!.exits(0);

  assert.equal(forks[1]!.kills(), 1);
  assert.deepEqual(forks[2]!.posted, [OPEN], 'the next service hears nothing of the children of the last');
});

test('what the service prints goes to the log', async () => {
  const { forks, logger } = openHost();

  forks[0]!.stdout.write('hello\n');
  forks[0]!.stderr.write('trouble\n');
  await nextTurn();

  assert.deepEqual(logger.lines, ['info hello {}', 'warn trouble {}']);
});

test('that the computer woke up is told to the service that runs', () => {
  const { host, forks } = openHost();

  host.wokeUp();

  assert.deepEqual(forks[0]!.posted.at(-1), { type: 'woke-up' });
});
