import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createEventLog } from '../../../src-main/core/control/event-log.ts';
import type { Repository } from '../../../src-main/core/ports/catalogue.ts';
import type { SecretStore } from '../../../src-main/core/ports/secrets.ts';
import type { EventLog } from '../../../src-main/core/ports/services.ts';
import type { StoredDestination } from '../../../src-main/core/publish/destination-change.ts';
import { createDestinations, type Destinations } from '../../../src-main/core/publish/destinations.ts';
import { type Destination, type DestinationCreate, destination } from '../../../src-main/shared/api/publishing.ts';
import { AppError } from '../../../src-main/shared/app-error.ts';
import { type FakePresentation, fakePresentation } from '../../support/fake-presentation.ts';
import { type FakePushes, fakePushes, settled } from '../../support/fake-pushes.ts';
import { type ManualClock, manualClock } from '../../support/manual-clock.ts';

const BAD_NAME = '[rtmp @ 0x1] Server error: NetStream.Publish.BadName';
const REFUSED = 'rtmp://h/: Connection refused';

type Scene = {
  readonly clock: ManualClock;
  readonly destinations: Destinations;
  readonly pushes: FakePushes;
  readonly rows: Map<string, StoredDestination>;
  readonly secrets: Map<string, string>;
  readonly events: EventLog;
  readonly fake: FakePresentation;
  readonly put: (name: string, request?: Partial<DestinationCreate>) => Promise<Destination>;
  readonly state: (name: string) => Destination['state'];
  /** States that were told of one, in order. */
  readonly told: (name: string) => readonly Destination['state'][];
};

function sceneOf(over: { readonly secretStore?: (known: Map<string, string>) => SecretStore } = {}): Scene {
  const clock = manualClock();
  const pushes = fakePushes(clock);
  const rows = new Map<string, StoredDestination>();
  const secrets = new Map<string, string>();
  const events = createEventLog({ clock });
  const fake = fakePresentation();
  fake.chunk();
  const destinations = createDestinations({
    ...pushes.tools,
    rows: repository(rows),
    secrets: (over.secretStore ?? inMemory)(secrets),
    events,
  });
  const firstId = events.lastId();
  return {
    clock,
    destinations,
    pushes,
    rows,
    secrets,
    events,
    fake,
    put: (name, request = {}) =>
      destinations.put(name, {
        url: 'rtmp://h/app',
        streamKey: `key-of-${name}`,
        enabled: true,
        quality: 'top',
        ...request,
      }),
    state: (name) => destinations.get(name).state,
    told: (name) =>
      (events.since(firstId) ?? [])
        .filter(({ subject, eventType }) => subject === `destination/${name}` && eventType.endsWith('Changed'))
        .map(({ data }) => destination.parse(data).state),
  };
}

function repository<T>(rows: Map<string, T>): Repository<T> {
  return {
    list: () => [...rows.values()],
    get: (key) => rows.get(key),
    put: (key, value) => void rows.set(key, value),
    keep: (key, value) => void rows.set(key, value),
    delete: (key) => rows.delete(key),
  };
}

function inMemory(known: Map<string, string>): SecretStore {
  return {
    get: (name) => Promise.resolve(known.get(name)),
    set: (name, value) => Promise.resolve(void known.set(name, value)),
    delete: (name) => Promise.resolve(void known.delete(name)),
  };
}

/** Goes live, and the one destination too. */
async function live(scene: Scene): Promise<void> {
  scene.destinations.begin(scene.fake.presentation);
  await (await scene.pushes.started(1)).sends(1000);
}

const code = (wanted: string) => (error: unknown) => error instanceof AppError && error.code === wanted;

test('a key goes to the key store, wherever it was written, and is never given back', async () => {
  const { put, secrets, rows, destinations, events } = sceneOf();
  const before = events.lastId();

  await put('apart', { streamKey: 'S3CRET-1' });
  const { streamKey: _, ...inside } = {
    streamKey: '',
    url: 'rtmp://h/app/S3CRET-2?x=1',
    enabled: true,
    quality: 'top' as const,
  };
  await destinations.put('inside', inside);
  await put('backed', { streamKey: 'S3CRET-3', backupUrl: 'rtmp://b/app/S3CRET-4' });

  assert.deepEqual(Object.fromEntries(secrets), {
    'destination/apart/streamKey': 'S3CRET-1',
    'destination/inside/streamKey': 'S3CRET-2?x=1',
    'destination/backed/streamKey': 'S3CRET-3',
    'destination/backed/backupStreamKey': 'S3CRET-4',
  });
  assert.deepEqual(rows.get('inside'), {
    name: 'inside',
    url: 'rtmp://h/app',
    hasStreamKey: true,
    enabled: true,
    quality: 'top',
  });
  assert.equal(rows.get('backed')?.backupUrl, 'rtmp://b/app');
  assert.doesNotMatch(JSON.stringify([destinations.list(), [...rows.values()], events.since(before)]), /S3CRET/);
});

test('a refused address changes nothing', async () => {
  const scene = sceneOf();
  await scene.put('one');
  const [row, keys] = [scene.rows.get('one'), [...scene.secrets]];

  await assert.rejects(
    scene.put('one', { url: 'rtmp://u:p@h/app', streamKey: 'other' }),
    code('publish/protocol'),
  );
  await assert.rejects(scene.put('one', { streamKey: 'a\nb' }), code('publish/protocol'));
  await assert.rejects(
    scene.put('one', { streamKey: 'other', backupUrl: 'http://h/app' }),
    code('publish/protocol'),
  );
  await assert.rejects(
    scene.destinations.update('one', { url: 'http://h', enabled: false }),
    code('publish/protocol'),
  );

  assert.equal(scene.rows.get('one'), row);
  assert.deepEqual([...scene.secrets], keys);
});

test('a key store that fails leaves the destination as it was', async () => {
  const scene = sceneOf({
    secretStore: (known) => ({
      ...inMemory(known),
      set: () => Promise.reject(new AppError('secrets/unavailable', 'It is locked.')),
      delete: () => Promise.reject(new AppError('secrets/unavailable', 'It is locked.')),
    }),
  });

  await assert.rejects(scene.put('one'), code('secrets/unavailable'));
  assert.equal(scene.rows.size, 0);
  await scene.put('keyless', { streamKey: '' });
  await assert.rejects(scene.destinations.delete('keyless'), code('secrets/unavailable'));
  // It can be asked for again.
  assert.equal(scene.rows.size, 1);
});

test('a patch leaves alone what it does not name: the address as it was understood, the key, the key of the backup', async () => {
  const { put, destinations, secrets, rows } = sceneOf();
  await put('one', { url: 'rtmp://h/app/room', streamKey: '', backupUrl: 'rtmp://b/app/room/BACKUP' });
  await put('two', { streamKey: 'KEY' });

  await destinations.update('one', { enabled: false });
  await destinations.update('two', { quality: 600, url: 'rtmp://other/live2?backup=1' });

  assert.deepEqual(rows.get('one'), {
    name: 'one',
    url: 'rtmp://h/app/room',
    backupUrl: 'rtmp://b/app/room',
    hasStreamKey: false,
    enabled: false,
    quality: 'top',
  });
  assert.equal(secrets.get('destination/one/backupStreamKey'), 'BACKUP');
  assert.equal(rows.get('two')?.url, 'rtmp://other/live2?backup=1');
  assert.equal(rows.get('two')?.hasStreamKey, true);
  assert.equal(secrets.get('destination/two/streamKey'), 'KEY');
});

test('a patch changes and takes away keys and the backup', async () => {
  const { put, destinations, secrets, rows } = sceneOf();
  await put('one', { streamKey: 'KEY', backupUrl: 'rtmp://b/app/BACKUP' });

  await destinations.update('one', { url: 'rtmp://other/app/INSIDE' });
  assert.equal(secrets.get('destination/one/streamKey'), 'INSIDE');
  assert.equal(rows.get('one')?.url, 'rtmp://other/app');
  await destinations.update('one', { streamKey: 'NEW', backupUrl: null });
  assert.deepEqual([...secrets.values()], ['NEW']);
  assert.equal(rows.get('one')?.backupUrl, undefined);
  await destinations.update('one', { streamKey: null });

  assert.deepEqual([...secrets], []);
  assert.equal(rows.get('one')?.hasStreamKey, false);
});

test('a destination that is replaced keeps nothing of the old keys', async () => {
  const { put, secrets, rows } = sceneOf();
  await put('one', { streamKey: 'KEY', backupUrl: 'rtmp://b/app/BACKUP' });

  await put('one', { streamKey: '' });

  assert.deepEqual([...secrets], []);
  assert.equal(rows.get('one')?.hasStreamKey, false);
  assert.equal(rows.get('one')?.backupUrl, undefined);
});

test('deleting removes the keys, and who does not exist is said', async () => {
  const { put, destinations, secrets, rows, events } = sceneOf();
  await put('one', { backupUrl: 'rtmp://b/app/BACKUP' });
  await destinations.delete('one');

  assert.deepEqual([...secrets], []);
  assert.equal(rows.size, 0);
  assert.equal(events.since(String(Number(events.lastId()) - 1))?.[0]?.eventType, 'Lectern.DestinationDeleted');
  for (const call of ['get', 'start', 'stop', 'delete'] as const) {
    await assert.rejects(async () => await destinations[call]('one'), code('resource/not-found'));
  }
  await assert.rejects(destinations.update('one', {}), code('resource/not-found'));
});

test('off air, what is wanted waits and nothing is started', async () => {
  const { put, destinations, pushes, state } = sceneOf();
  await put('yes');
  await put('no', { enabled: false });
  assert.deepEqual([state('yes'), state('no')], ['waiting', 'off']);
  assert.equal((await destinations.start('no')).state, 'waiting');
  assert.equal((await destinations.stop('yes')).state, 'off');

  assert.equal(pushes.children.length, 0);
});

test('a broadcast starts what is wanted, by setting or by hand, and after its end the settings count again', async () => {
  const { put, destinations, pushes, state, fake } = sceneOf();
  await put('enabled');
  await put('disabled', { enabled: false });
  await put('stopped');
  await put('started', { enabled: false });
  await destinations.stop('stopped');
  await destinations.start('started');

  destinations.begin(fake.presentation);
  await pushes.started(2);
  assert.deepEqual(pushes.children.map(({ spec }) => spec.name).toSorted(), ['push:enabled', 'push:started']);
  assert.equal(state('enabled'), 'connecting');
  await destinations.end();

  assert.deepEqual(['enabled', 'disabled', 'stopped', 'started'].map(state), ['waiting', 'off', 'waiting', 'off']);
});

test('started and stopped by hand while live', async () => {
  const scene = sceneOf();
  await scene.put('one', { enabled: false });
  scene.destinations.begin(scene.fake.presentation);
  assert.equal(scene.state('one'), 'off');

  assert.equal((await scene.destinations.start('one')).state, 'connecting');
  const child = await scene.pushes.started(1);
  await child.sends(100);
  assert.equal(scene.state('one'), 'live');
  const stopping = scene.destinations.stop('one');
  await settled();
  assert.equal(child.video.isEnded(), true);
  await child.exits(0);

  assert.equal((await stopping).state, 'off');
  await scene.clock.advanceAsync(60_000);
  assert.equal(scene.pushes.children.length, 1);
  assert.deepEqual(
    scene.told('one').filter((state, index, all) => state !== all[index - 1]),
    ['off', 'connecting', 'live', 'off'],
  );
});

test('a change of what is sent, or where, connects anew; any other change leaves the connection alone', async () => {
  const scene = sceneOf();
  const { put, destinations, pushes } = scene;
  await put('one');
  await live(scene);

  await put('one');
  await destinations.update('one', { enabled: true });
  await destinations.update('one', { streamKey: 'key-of-one', url: 'rtmp://h/app', quality: 'top' });
  assert.equal(pushes.children.length, 1);
  assert.equal(pushes.newest().wasAsked(), false);

  for (const [index, patch] of (
    [{ quality: 600 }, { streamKey: 'other' }, { url: 'rtmp://b/app' }, { backupUrl: 'rtmp://c/app' }] as const
  ).entries()) {
    const old = pushes.newest();
    await destinations.update('one', patch);
    assert.equal(old.wasAsked(), true);
    await (await pushes.started(index + 2)).sends(100);
  }
  assert.match(pushes.newest().secretOptions, /playpath=other/);
  await destinations[Symbol.asyncDispose]();
});

test('switched off while live it is let go, switched on it connects, and a new one joins in', async () => {
  const scene = sceneOf();
  const { put, destinations, pushes, state } = scene;
  await put('one');
  await live(scene);

  await destinations.update('one', { enabled: false });
  assert.equal(state('one'), 'off');
  assert.equal(pushes.newest().wasAsked(), true);
  await destinations.update('one', { enabled: true });
  await pushes.started(2);
  await put('two');
  await pushes.started(3);
  await destinations.delete('two');

  assert.equal(pushes.newest().wasAsked(), true);
  assert.equal(state('one'), 'connecting');
  await destinations.end();
});

test('what was started by hand stays so when its settings are replaced, unless they are about that', async () => {
  const { put, destinations, state } = sceneOf();
  await put('one', { enabled: false });
  await destinations.start('one');

  await put('one', { enabled: false, streamKey: 'other' });
  assert.equal(state('one'), 'waiting');
  await destinations.update('one', { enabled: false });
  assert.equal(state('one'), 'off');
});

test('a refused key is tried again by itself, and at once with start, a new key and when the network returns', async () => {
  const scene = sceneOf();
  const { put, destinations, pushes, state, clock } = scene;
  await put('one');
  destinations.begin(scene.fake.presentation);
  await (await pushes.started(1)).exits(1, BAD_NAME);
  assert.equal(state('one'), 'failed');
  assert.equal(destinations.get('one').error?.code, 'publish/refused');

  destinations.networkReturned();
  await (await pushes.started(2)).exits(1, BAD_NAME);
  await destinations.start('one');
  await (await pushes.started(3)).exits(1, BAD_NAME);
  assert.equal(clock.monotonicMs(), 0);
  await clock.advanceAsync(30_000);
  await (await pushes.started(4)).exits(1, BAD_NAME);
  await destinations.update('one', { streamKey: 'better' });

  assert.match((await pushes.started(5)).secretOptions, /playpath=better/);
  await destinations.end();
});

test('when the network returns nobody waits any longer', async () => {
  const { put, destinations, pushes, clock, fake } = sceneOf();
  await put('one');
  await put('two', { url: 'rtmp://other/app' });
  destinations.begin(fake.presentation);
  await (await pushes.started(1)).exits(1, REFUSED);
  await (await pushes.started(2)).exits(1, REFUSED);
  const waiting = destinations.list();
  assert.deepEqual(
    waiting.map(({ state, retryAt }) => [state, retryAt]),
    [
      ['reconnecting', new Date(clock.wallMs() + 1000).toISOString()],
      ['reconnecting', new Date(clock.wallMs() + 1000).toISOString()],
    ],
  );

  destinations.networkReturned();

  await pushes.started(4);
  assert.equal(clock.monotonicMs(), 0);
  await destinations.end();
});

test('the end of a broadcast waits for no destination that connects or waits, and for a stuck one less than 5 s', async () => {
  const scene = sceneOf();
  const { put, destinations, pushes, clock, fake } = scene;
  for (const name of ['connecting', 'waiting', 'stuck', 'good']) {
    await put(name);
  }
  destinations.begin(fake.presentation);
  await pushes.started(4);
  const child = (name: string) => {
    const found = pushes.children.find(({ spec }) => spec.name === `push:${name}`);
    assert.ok(found !== undefined, name);
    return found;
  };
  await child('waiting').exits(1, REFUSED);
  await child('stuck').sends(100);
  await child('good').sends(100);
  child('stuck').video.fill();
  child('stuck').hangs();
  fake.chunk();
  let isOver = false;
  const ending = (async () => {
    await destinations.end();
    isOver = true;
  })();
  await settled();
  assert.equal(child('good').video.isEnded(), true);
  await child('good').exits(0);
  assert.deepEqual(['connecting', 'waiting', 'good', 'stuck'].map(scene.state), [
    'waiting',
    'waiting',
    'waiting',
    'live',
  ]);

  await clock.advanceAsync(4900);
  await settled();

  assert.equal(isOver, true);
  await ending;
  assert.equal(scene.state('stuck'), 'waiting');
});

test('a key store that does not answer holds up one destination, not the others and not the end', async () => {
  const never = Promise.withResolvers<string>();
  const scene = sceneOf({
    secretStore: (known) => ({
      ...inMemory(known),
      get: (name) =>
        name.includes('/locked/') && known.has(name) ? never.promise : Promise.resolve(known.get(name)),
    }),
  });
  await scene.put('locked');
  await scene.put('good');
  scene.destinations.begin(scene.fake.presentation);

  await (await scene.pushes.started(1)).sends(100);
  assert.equal(scene.pushes.newest().spec.name, 'push:good');
  assert.equal(scene.state('locked'), 'connecting');
  const ending = scene.destinations.end();
  await settled();
  await scene.pushes.newest().exits(0);
  await ending;
  assert.equal(scene.clock.monotonicMs(), 0);
});

test('a key that the store has lost is a failure that says what to do', async () => {
  const scene = sceneOf();
  await scene.put('one');
  scene.secrets.clear();
  scene.destinations.begin(scene.fake.presentation);
  await settled();

  const { state, error } = scene.destinations.get('one');
  assert.equal(state, 'failed');
  assert.equal(error?.code, 'secrets/unavailable');
  assert.match(error.detail, /stream key of one is no longer in the key store.*Enter it again/);
  await scene.destinations.end();
});

test('without a key of its own a backup gets the main key', async () => {
  const scene = sceneOf();
  await scene.put('one', { backupUrl: 'rtmp://b/app?backup=1' });
  scene.destinations.begin(scene.fake.presentation);
  await (await scene.pushes.started(1)).exits(1, REFUSED);
  await scene.clock.advanceAsync(1000);

  assert.equal(
    (await scene.pushes.started(2)).secretOptions,
    'rtmp_app=app?backup=1\nrtmp_tcurl=rtmp://b/app?backup=1\nrtmp_playpath=key-of-one\n',
  );
  await scene.destinations.end();
});

test('one that is being stopped does not hold up another', async () => {
  const scene = sceneOf();
  const { put, destinations, pushes } = scene;
  await put('stuck');
  await put('other', { enabled: false });
  await live(scene);
  pushes.newest().hangs();
  const stopping = destinations.stop('stuck');
  await settled();

  await destinations.start('other');
  await pushes.started(2);

  assert.equal(scene.clock.monotonicMs(), 0);
  await scene.clock.advanceAsync(5000);
  await stopping;
  await destinations.end();
});

test('however calls come together, the last word counts and there is never more than one process', async () => {
  const scene = sceneOf();
  const { put, destinations, pushes } = scene;
  await put('one');
  await live(scene);
  pushes.newest().hangs();

  const calls = [
    destinations.stop('one'),
    destinations.start('one'),
    destinations.update('one', { quality: 600 }),
    destinations.stop('one'),
    destinations.start('one'),
  ];
  await scene.clock.advanceAsync(10_000);
  await Promise.all(calls);

  const child = await pushes.started(2);
  await settled();
  assert.equal(pushes.children.length, 2);
  assert.equal(child.wasAsked(), false);
  assert.equal(scene.state('one'), 'connecting');
  await destinations.end();
});

test('what is wished while a broadcast ends counts for the next one', async () => {
  const scene = sceneOf();
  await scene.put('one', { enabled: false });
  scene.destinations.begin(scene.fake.presentation);
  await scene.destinations.start('one');
  await (await scene.pushes.started(1)).sends(100);
  const ending = scene.destinations.end();
  const starting = scene.destinations.start('one');
  await settled();
  await scene.pushes.newest().exits(0);
  await ending;
  await starting;

  assert.equal(scene.state('one'), 'waiting');
  assert.equal(scene.pushes.children.length, 1);
});

test('figures are told once a second while they change, and states at once', async () => {
  const scene = sceneOf();
  await scene.put('one');
  await live(scene);
  const before = scene.told('one').length;
  for (let half = 1; half <= 20; half += 1) {
    scene.fake.chunk();
    await scene.clock.advanceAsync(500);
    await scene.pushes.newest().sends(1000 + half * half * 1000);
  }
  const during = scene.told('one').length - before;
  assert.ok(during >= 9 && during <= 10, `${during} in 10 s`);

  await scene.pushes.newest().exits(1, BAD_NAME);
  const after = scene.told('one').length;
  assert.equal(scene.told('one').at(-1), 'failed');
  await scene.clock.advanceAsync(29_000);
  // Nothing changes until it is tried again.
  assert.equal(scene.told('one').length, after);
  await scene.destinations.end();
});

test('closing lets go of everything at once and leaves no timer', async () => {
  const scene = sceneOf();
  await scene.put('one');
  await scene.put('two');
  await live(scene);
  await scene.pushes.started(2);

  await scene.destinations[Symbol.asyncDispose]();
  await scene.destinations[Symbol.asyncDispose]();

  assert.deepEqual(
    scene.pushes.children.map(({ wasAsked }) => wasAsked()),
    [true, true],
  );
  assert.equal(scene.clock.pending(), 0);
});

test('of an SRT address stream id and passphrase are one secret, and latency is not', async () => {
  const { put, secrets, destinations, rows } = sceneOf();

  await put('srt', {
    url: 'srt://h:9000?streamid=S3CRET-id&passphrase=S3CRET-passphrase&latency=200',
    streamKey: '',
    backupUrl: 'srt://b:9000',
  });

  const { url, backupUrl, hasStreamKey } = destinations.get('srt');
  assert.deepEqual([url, backupUrl, hasStreamKey], ['srt://h:9000?latency=200', 'srt://b:9000', true]);
  assert.deepEqual([...secrets.keys()], ['destination/srt/streamKey']);
  assert.doesNotMatch(JSON.stringify([destinations.list(), [...rows.values()]]), /S3CRET/);
});

test('another stream id keeps the passphrase; another kind of address keeps nothing; null forgets both', async () => {
  const { put, secrets, destinations } = sceneOf();
  const key = 'destination/srt/streamKey';
  await put('srt', { url: 'srt://h:9000?streamid=one&passphrase=long-enough-1', streamKey: '' });

  await destinations.update('srt', { streamKey: 'two' });
  assert.equal(secrets.get(key), 'streamid=two&passphrase=long-enough-1');
  await destinations.update('srt', { url: 'srt://other:9001?latency=80' });
  assert.equal(secrets.get(key), 'streamid=two&passphrase=long-enough-1');
  await destinations.update('srt', { streamKey: null });
  assert.deepEqual([secrets.get(key), destinations.get('srt').hasStreamKey], [undefined, false]);
  await destinations.update('srt', { url: 'srt://h:9000?streamid=three' });
  await destinations.update('srt', { url: 'rtmp://h/app' });
  assert.deepEqual([secrets.get(key), destinations.get('srt').hasStreamKey], [undefined, false]);
});

test('a stream id that cannot be used changes nothing', async () => {
  const { put, secrets, destinations } = sceneOf();
  await put('srt', { url: 'srt://h:9000?streamid=one', streamKey: '' });
  const before = destinations.get('srt');

  await assert.rejects(destinations.update('srt', { streamKey: 'x'.repeat(600) }), code('publish/protocol'));

  assert.deepEqual(destinations.get('srt'), before);
  assert.equal(secrets.get('destination/srt/streamKey'), 'streamid=one');
});

test('a backup of another kind is not given the key of the first', async () => {
  const scene = sceneOf();
  await scene.put('one', { streamKey: 'S3CRET', backupUrl: 'srt://b:9000' });
  scene.destinations.begin(scene.fake.presentation);
  await (await scene.pushes.started(1)).exits(1, 'rtmp://h/: Connection refused');
  await scene.clock.advanceAsync(1000);

  const { secretOptions, spec } = await scene.pushes.started(2);
  assert.doesNotMatch(secretOptions, /S3CRET/);
  assert.equal(spec.args.at(-1), 'srt://b:9000');
});
