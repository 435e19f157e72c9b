import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createEmitter } from '../../../src-main/base/emitter.ts';
import type { Service, ServiceOptions } from '../../../src-main/core/ports/service.ts';
import type { FromService } from '../../../src-main/desktop/service-messages.ts';
import { runService } from '../../../src-main/desktop/service-runner.ts';
import type { ServiceEvent } from '../../../src-main/shared/api/events.ts';
import { AppError } from '../../../src-main/shared/app-error.ts';

const OPEN = {
  type: 'open',
  dataDir: '/data',
  controlPort: 0,
  pagesFolder: '/pages',
  helpFolder: '/help',
  version: '1.2.3',
};

type Session = { readonly phase: string; readonly title: string; readonly session?: unknown };

/** As much of a service as the runner uses. */
function fakeService() {
  const published = createEmitter<ServiceEvent>();
  const closed = Promise.withResolvers<AppError | undefined>();
  const started: string[] = [];
  let state: Session = { phase: 'off-air', title: '' };
  let disposals = 0;
  const parts = {
    controlUrl: 'http://127.0.0.1:8400',
    originUrl: 'http://127.0.0.1:8480',
    token: 'the-token',
    closed: closed.promise,
    studio: { state: () => state },
    events: { published },
    destinations: {
      list: () => [
        { name: 'main', state: 'reconnecting' },
        { name: 'second', state: 'off' },
        { name: 'third', state: 'live' },
      ],
      start: (name: string) => Promise.resolve(void started.push(name)),
    },
    [Symbol.asyncDispose]() {
      disposals += 1;
      closed.resolve(undefined);
      return Promise.resolve();
    },
  };
  return {
    // The rest of a service is not touched.
    // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion
    service: parts as unknown as Service,
    closed,
    started,
    disposals: () => disposals,
    becomes(next: Session, eventType = 'Lectern.StudioChanged') {
      state = next;
      // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion
      published.emit({ eventType } as ServiceEvent);
    },
  };
}

function run(openService: (options: ServiceOptions) => Promise<Service>) {
  const posted: FromService[] = [];
  const exits: number[] = [];
  let send: (message: unknown) => void = () => undefined;
  runService({
    post: (message) => void posted.push(message),
    onMessage(listener) {
      send = listener;
    },
    openService,
    exit: (code) => void exits.push(code),
  });
  return {
    posted,
    exits,
    async says(message: unknown) {
      send(message);
      await nextTurn();
    },
  };
}

test('the service is opened as main says, with keys and child programs from main, and its data folder to itself', async () => {
  const opened: ServiceOptions[] = [];
  const runner = run((options) => {
    opened.push(options);
    return Promise.resolve(fakeService().service);
  });

  await runner.says(OPEN);

  const { secrets, launchNode, ...rest } = opened[0]!;
  const { type: _, ...given } = OPEN;
  assert.deepEqual(rest, { ...given, host: 'desktop', lock: true });
  assert.ok(secrets !== undefined && launchNode !== undefined);
});

test('an open service says where it is and how the studio stands', async () => {
  const runner = run(() => Promise.resolve(fakeService().service));

  await runner.says(OPEN);

  assert.deepEqual(runner.posted, [
    {
      type: 'ready',
      controlUrl: 'http://127.0.0.1:8400',
      originUrl: 'http://127.0.0.1:8480',
      token: 'the-token',
    },
    { type: 'status', status: { phase: 'off-air', title: '' } },
  ]);
});

test('the studio is told of when what main shows has changed, and not otherwise', async () => {
  const fake = fakeService();
  const runner = run(() => Promise.resolve(fake.service));
  await runner.says(OPEN);
  runner.posted.length = 0;
  const session = { startedAt: '2030-01-01T10:00:00Z', urls: { hls: 'x' } };

  fake.becomes({ phase: 'live', title: 'Talk', session });
  fake.becomes({ phase: 'live', title: 'Talk', session: { ...session, urls: { hls: 'y' } } });
  fake.becomes({ phase: 'ending', title: 'Talk', session: { ...session, undoUntil: '2030-01-01T11:00:00Z' } });
  fake.becomes({ phase: 'off-air', title: 'Talk' }, 'Lectern.AssetChanged');

  assert.deepEqual(runner.posted, [
    { type: 'status', status: { phase: 'live', title: 'Talk', startedAt: session.startedAt } },
    {
      type: 'status',
      status: {
        phase: 'ending',
        title: 'Talk',
        startedAt: session.startedAt,
        undoUntil: '2030-01-01T11:00:00Z',
      },
    },
  ]);
});

test('a service that cannot be opened says why and ends', async () => {
  const runner = run(() => Promise.reject(new AppError('service/port-taken', 'Taken.', { details: { port: 1 } })));

  await runner.says(OPEN);

  assert.deepEqual(runner.posted, [
    { type: 'failed', error: { code: 'service/port-taken', message: 'Taken.', details: { port: 1 } } },
  ]);
  assert.deepEqual(runner.exits, [1]);
});

test('a service that closes of itself says why and ends', async () => {
  const fake = fakeService();
  const runner = run(() => Promise.resolve(fake.service));
  await runner.says(OPEN);

  fake.closed.resolve(new AppError('archive/disk-full', 'Full.'));
  await nextTurn();

  assert.deepEqual(runner.posted.at(-1), {
    type: 'failed',
    error: { code: 'archive/disk-full', message: 'Full.', details: {} },
  });
  assert.deepEqual(runner.exits, [1]);
});

test('closing closes once, and ends well', async () => {
  const fake = fakeService();
  const runner = run(() => Promise.resolve(fake.service));
  await runner.says(OPEN);

  await runner.says({ type: 'close' });
  await runner.says({ type: 'close' });

  assert.equal(fake.disposals(), 1);
  assert.deepEqual(runner.exits, [0]);
});

test('closing while the service is still being opened waits for it, so that nothing stays behind', async () => {
  const fake = fakeService();
  const opening = Promise.withResolvers<Service>();
  const runner = run(() => opening.promise);
  await runner.says(OPEN);
  await runner.says({ type: 'close' });
  assert.deepEqual(runner.exits, []);

  opening.resolve(fake.service);
  await nextTurn();

  assert.equal(fake.disposals(), 1);
  assert.deepEqual(runner.exits, [0]);
});

test('after sleep the destinations that were being fed are tried again at once, the others left alone', async () => {
  const fake = fakeService();
  const runner = run(() => Promise.resolve(fake.service));
  await runner.says(OPEN);

  await runner.says({ type: 'woke-up' });

  assert.deepEqual(fake.started, ['main', 'third']);
});

test('keys and child programs are asked of main, each answer finds its question', async () => {
  let options: ServiceOptions | undefined;
  const runner = run((given) => {
    options = given;
    return Promise.resolve(fakeService().service);
  });
  await runner.says(OPEN);
  runner.posted.length = 0;
  const { secrets, launchNode } = options!;

  const one = secrets!.get('a');
  const two = secrets!.get('b');
  const refused = assert.rejects(secrets!.set('c', 'v'), { code: 'secrets/unavailable', message: 'No.' });
  const launching = launchNode!({
    name: 'mixer',
    entry: new URL('file:///app/core/mixer-main.ts'),
    env: { A: '1' },
  });
  assert.deepEqual(
    runner.posted.map((message) => message.type === 'call' && message.call),
    [
      { name: 'get-secret', key: 'a' },
      { name: 'get-secret', key: 'b' },
      { name: 'set-secret', key: 'c', value: 'v' },
      // The compiler does not rewrite the name of a module that is not imported.
      { name: 'launch-node', label: 'mixer', entry: 'file:///app/core/mixer-main.js', env: { A: '1' } },
    ],
  );
  const ids = runner.posted.map((message) => (message.type === 'call' ? message.id : -1));
  await runner.says({ type: 'answer', id: ids[1] });
  await runner.says({ type: 'answer', id: ids[0], value: 'secret a' });
  await runner.says({
    type: 'refusal',
    id: ids[2],
    error: { code: 'secrets/unavailable', message: 'No.', details: {} },
  });
  await runner.says({ type: 'answer', id: ids[3], value: 77 });

  assert.equal(await one, 'secret a');
  assert.equal(await two, undefined);
  await refused;
  const child = await launching;
  assert.equal(child.pid, 77);
  child.kill();
  assert.deepEqual(runner.posted.at(-1), { type: 'kill-child', pid: 77 });
  await runner.says({ type: 'child-exited', pid: 77, code: 0 });
  assert.deepEqual(await child.exited, { code: 0 });
});
