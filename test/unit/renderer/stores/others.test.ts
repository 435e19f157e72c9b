import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LIVE_EVENT_STATES } from '../../../../src-main/shared/api/live-events.ts';
import { ApiError, pageProblem } from '../../../../src-renderer/api/problem.ts';
import { createAssetsStore, DELETE_GRACE_MS, GROWTH_MS } from '../../../../src-renderer/stores/assets-store.ts';
import { createConnectionStore, selectIsLockedOut } from '../../../../src-renderer/stores/connection-store.ts';
import { createHistoryStore } from '../../../../src-renderer/stores/history-store.ts';
import { allowedActions, createLiveEventsStore } from '../../../../src-renderer/stores/live-events-store.ts';
import { createNoticesStore } from '../../../../src-renderer/stores/notices-store.ts';
import {
  createDestinationsStore,
  createLocatorsStore,
  OPEN_KEY_POLICY,
  publishedOf,
} from '../../../../src-renderer/stores/publishing-store.ts';
import { createSettingsStore } from '../../../../src-renderer/stores/settings-store.ts';
import { EMPTY_WATCH, hear, programmeReading, warnings } from '../../../../src-renderer/stores/sound-watch.ts';
import { createUiStore } from '../../../../src-renderer/stores/ui-store.ts';
import { aDestination, anAsset, emptyWorld, withSources } from '../../../support/fake-service/scenarios.ts';
import { fakeApi } from '../fake-api.ts';
import { manualTimers, settled } from '../manual-timers.ts';

const world = withSources(emptyWorld('http://127.0.0.1:1'));

test('a deletion can be taken back for six seconds, in which nothing is deleted', async () => {
  const timers = manualTimers();
  const api = fakeApi({ deleteAsset: () => undefined, listAssets: () => ({ value: [] }) });
  const assets = createAssetsStore(api, timers, createNoticesStore(timers));

  assets.deleteLater('talk');
  assets.deleteLater('talk');
  timers.advance(DELETE_GRACE_MS - 1);
  assets.keep('talk');
  timers.advance(60_000);
  assert.deepEqual([api.asked, assets.getState().leaving.size], [[], 0]);

  assets.deleteLater('talk');
  timers.advance(DELETE_GRACE_MS);
  await settled();

  assert.deepEqual(
    api.asked.map(({ name, options }) => [name, options]),
    [
      ['deleteAsset', { params: { name: 'talk' } }],
      ['listAssets', { query: { $top: 500, $skiptoken: undefined } }],
    ],
  );
  assert.equal(assets.getState().leaving.size, 0);
});

test('a recording that could not be deleted is shown again and the reason is told', async () => {
  const timers = manualTimers();
  const notices = createNoticesStore(timers);
  const assets = createAssetsStore(fakeApi({ listAssets: () => ({ value: [anAsset('talk')] }) }), timers, notices);

  assets.deleteLater('talk');
  timers.advance(DELETE_GRACE_MS);
  await settled();

  assert.equal(assets.getState().leaving.size, 0);
  assert.equal(notices.getState().notices[0]?.kind, 'problem');
});

test('a recording that grows is asked how far it has come while somebody looks, and its end is not taken back by an older answer', async () => {
  const timers = manualTimers();
  const of = (state: 'recording' | 'finalising' | 'ready', duration: number) => ({
    ...anAsset('talk'),
    state,
    duration,
  });
  let answer = Promise.resolve(of('recording', 4));
  const api = fakeApi({
    listAssets: () => ({ value: [of('recording', 0), anAsset('before')] }),
    getAsset: () => answer,
  });
  const assets = createAssetsStore(api, timers, createNoticesStore(timers));
  const shown = () => assets.list.getState().items.find(({ name }) => name === 'talk');
  await assets.list.refresh();

  const stop = assets.followRecordings();
  await settled();
  assert.equal(shown()?.duration, 4);
  const late = Promise.withResolvers<ReturnType<typeof of>>();
  answer = late.promise;
  timers.advance(GROWTH_MS);
  assets.list.put(of('finalising', 7));
  late.resolve(of('recording', 6));
  await settled();
  assert.deepEqual([shown()?.state, shown()?.duration], ['finalising', 7]);

  const asked = api.asked.length;
  timers.advance(GROWTH_MS);
  await settled();
  assert.equal(api.asked.length, asked, 'nothing of it grows any more');
  assets.list.put(of('recording', 7));
  stop();
  timers.advance(10 * GROWTH_MS);
  await settled();
  assert.equal(api.asked.length, asked, 'nobody looks');
});

test('an asset is played through a locator it has, else through one of the page’s own that ends by itself', async () => {
  const timers = manualTimers(Date.parse('2026-06-01T00:00:00Z'));
  const locators: Record<string, unknown>[] = [];
  const api = fakeApi({
    listPolicies: () => ({ value: POLICIES }),
    listLocators: () => ({ value: [...locators] }),
    putLocator(options) {
      // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- what this very store sends
      const { params, body } = options as { params: { name: string }; body: Record<string, unknown> };
      const made = { ...body, ...params };
      locators.push(made);
      return made;
    },
    listPaths: () => ({
      streamingPaths: [
        { streamingProtocol: 'Dash', encryptionScheme: 'NoEncryption', paths: ['/a/x.ism/manifest(format=mpd)'] },
        {
          streamingProtocol: 'Hls',
          encryptionScheme: 'NoEncryption',
          paths: ['/a/x.ism/manifest(format=m3u8-aapl)', '/a/x.ism/manifest(format=m3u8-cmaf)'],
        },
      ],
      downloadPaths: [],
      watchUrl: 'http://origin:8480/watch/a',
    }),
  });
  const store = createLocatorsStore(api, timers, createNoticesStore(timers));

  const first = await store.playable('talk');
  await store.playable('talk');

  assert.equal(first.hls, 'http://origin:8480/a/x.ism/manifest(format=m3u8-cmaf)');
  assert.equal(locators.length, 1);
  assert.equal(locators[0]?.['endTime'], '2026-06-02T00:00:00.000Z');
  assert.deepEqual(publishedOf(store.getState().items, 'talk'), []);

  timers.advance(23.5 * 3_600_000);
  await store.playable('talk');
  assert.equal(locators.length, 2);
});

test('a locator whose keys everyone gets makes the content key policy for that once, and leaves the own one of a person alone', async () => {
  const timers = manualTimers();
  const keyPolicies: { readonly name: string }[] = [{ name: 'members' }, { name: 'player.only' }];
  const made: unknown[] = [];
  const api = fakeApi({
    listPolicies: () => ({ value: POLICIES }),
    listContentKeyPolicies: () => ({ value: [...keyPolicies] }),
    putContentKeyPolicy(options) {
      // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- what this very store sends
      const { params, body } = options as { params: { name: string }; body: unknown };
      keyPolicies.push(params);
      made.push(body);
      return params;
    },
    // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- what this very store sends
    putLocator: (options) => ({ ...(options as { params: object }).params }),
    listAccountFilters: () => ({ value: [{ name: 'small' }, { name: 'talk-only' }] }),
    listAssetFilters: () => ({ value: [{ name: 'talk-only' }] }),
  });
  const store = createLocatorsStore(api, timers, createNoticesStore(timers));
  const body = { assetName: 'talk', streamingPolicyName: 'Predefined_ClearKey' };

  await store.add('for-members', { ...body, defaultContentKeyPolicyName: 'members' });
  assert.deepEqual(made, []);
  await store.add('one', { ...body, defaultContentKeyPolicyName: OPEN_KEY_POLICY });
  await store.add('two', { ...body, defaultContentKeyPolicyName: OPEN_KEY_POLICY });

  assert.deepEqual(
    made.map((policy) => (policy as { options: unknown }).options),
    [[{ configuration: { kind: 'ClearKey' }, restriction: { kind: 'Open' } }]],
  );
  assert.deepEqual((await store.offers()).keyPolicies, ['members']);
  assert.deepEqual(await store.filters('talk'), ['talk-only', 'small']);
});

const both = { enabledProtocols: { hls: true, dash: true } };
const POLICIES = [
  { name: 'Predefined_ClearStreamingOnly', noEncryption: both },
  { name: 'Predefined_ClearKey', envelopeEncryption: both },
  { name: 'Samples', commonEncryptionCbcs: { ...both, clearKeyEncryptionConfiguration: {} } },
  { name: 'Vendors', commonEncryptionCenc: both, commonEncryptionCbcs: both },
];

/** An asset with such locators, and what was asked to play it. */
async function playing(...locators: readonly Record<string, unknown>[]) {
  const timers = manualTimers(Date.parse('2026-06-01T00:00:00Z'));
  const hls = (encryptionScheme: string, tag: string) => ({
    streamingProtocol: 'Hls',
    encryptionScheme,
    paths: [`/a/x.ism/manifest(format=m3u8-cmaf${tag})`],
  });
  let issued = 0;
  const api = fakeApi({
    listPolicies: () => ({ value: POLICIES }),
    listLocators: () => ({ value: locators.map((locator) => ({ assetName: 'talk', ...locator })) }),
    putContentKeyPolicy: () => ({}),
    // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- what the store sends
    putLocator: (options) => ({ ...(options as { body: object }).body, name: 'made' }),
    deleteLocator: () => undefined,
    issuePlayToken() {
      issued += 1;
      return { token: `token-${issued}`, expiresAt: new Date(timers.nowMs() + 600_000).toISOString() };
    },
    listPaths: () => ({
      streamingPaths: [
        hls('NoEncryption', ''),
        hls('EnvelopeEncryption', ',encryption=cbc'),
        hls('CommonEncryptionCbcs', ',encryption=cbcs-aapl'),
      ],
      downloadPaths: [],
      watchUrl: 'http://origin:8480/watch/a',
    }),
  });
  const store = createLocatorsStore(api, timers, createNoticesStore(timers));
  const played = await store.playable('talk');
  return { ...played, timers, asked: api.asked.map(({ name, options }) => ({ name, options })) };
}

const optionsOf = (asked: Awaited<ReturnType<typeof playing>>['asked'], wanted: string) =>
  asked.find(({ name }) => name === wanted)?.options;

test('a protected asset is played with its own protection and a token of the page, which is renewed before it ends', async () => {
  for (const [policy, tag] of [
    ['Predefined_ClearKey', 'cbc'],
    ['Samples', 'cbcs-aapl'],
  ]) {
    const { hls, keyToken, asked, timers } = await playing({ name: 'members', streamingPolicyName: policy });

    assert.equal(hls, `http://origin:8480/a/x.ism/manifest(format=m3u8-cmaf,encryption=${tag})`);
    assert.equal(optionsOf(asked, 'putLocator'), undefined);
    assert.deepEqual([await keyToken?.(), await keyToken?.()], ['token-1', 'token-1']);
    timers.advance(9.5 * 60_000);
    assert.equal(await keyToken?.(), 'token-2');
  }
});

test('what is published clear is played clear, whatever else there is', async () => {
  const { hls, keyToken } = await playing(
    { name: 'members', streamingPolicyName: 'Predefined_ClearKey' },
    { name: 'all', streamingPolicyName: 'Predefined_ClearStreamingOnly' },
  );

  assert.equal(hls, 'http://origin:8480/a/x.ism/manifest(format=m3u8-cmaf)');
  assert.equal(keyToken, undefined);
});

test('an asset that is protected is never played through a clear locator that nobody asked for', async () => {
  const over = { name: 'over', streamingPolicyName: 'Predefined_ClearKey', endTime: '2026-05-01T00:00:00.000Z' };
  for (const locator of [over, { name: 'drm', streamingPolicyName: 'Vendors' }]) {
    const earlier = { name: 'player.talk.x', streamingPolicyName: 'Predefined_ClearStreamingOnly' };

    const { hls, keyToken, asked } = await playing(locator, earlier);

    assert.match(hls, /encryption=cbc/);
    assert.equal(await keyToken?.(), 'token-1');
    assert.deepEqual(optionsOf(asked, 'deleteLocator'), { params: { name: 'player.talk.x' } });
    assert.deepEqual(Reflect.get(optionsOf(asked, 'putLocator') ?? {}, 'body'), {
      assetName: 'talk',
      streamingPolicyName: 'Predefined_ClearKey',
      defaultContentKeyPolicyName: 'player.only',
      endTime: '2026-06-02T00:00:00.000Z',
    });
  }
});

test('a destination that the service refuses is not shown as added', async () => {
  const destinations = createDestinationsStore(fakeApi({}), createNoticesStore(manualTimers()));

  await assert.rejects(destinations.add('x', { url: 'rtmp://x/y', enabled: true, quality: 'top' }), ApiError);

  assert.deepEqual(destinations.getState().items, []);
});

test('retry now starts the destination', async () => {
  const api = fakeApi({ startDestination: () => aDestination('x', { state: 'connecting' }) });
  const destinations = createDestinationsStore(api, createNoticesStore(manualTimers()));

  await destinations.start('x');

  assert.equal(destinations.getState().items[0]?.state, 'connecting');
});

test('a live event offers an action only in the states that allow it', () => {
  assert.deepEqual(
    LIVE_EVENT_STATES.map((state) => [state, allowedActions(state)]),
    [
      ['Stopped', ['start', 'allocate', 'delete']],
      ['Allocating', []],
      ['StandBy', ['start', 'stop', 'delete']],
      ['Starting', []],
      ['Running', ['stop', 'reset']],
      ['Stopping', []],
      ['Deleting', []],
    ],
  );
});

test('the log of events keeps its newest two hundred', () => {
  const store = createLiveEventsStore(fakeApi({}), createNoticesStore(manualTimers()));

  for (let id = 1; id <= 250; id += 1) {
    store.record({
      id: String(id),
      topic: 'x',
      subject: 'x',
      eventType: 'Lectern.Problem',
      eventTime: '2026-01-01T00:00:00Z',
      data: {},
      dataVersion: '1.0',
      metadataVersion: '1',
    });
  }

  const { log } = store.getState();
  assert.deepEqual([log.length, log[0]?.event.id, log.at(-1)?.event.id], [200, '250', '51']);
});

test('a refused setting leaves the one of before', async () => {
  const settings = createSettingsStore(
    fakeApi({ getSettings: () => ({ settings: world.settings, restartNeeded: [] }) }),
  );
  await settings.refresh();

  await assert.rejects(settings.change({ network: { originPort: 1 } }), ApiError);

  assert.equal(settings.getState().settings, world.settings);
});

test('faults stay until they are dismissed, news goes by itself, and four are the most', () => {
  const timers = manualTimers();
  const notices = createNoticesStore(timers);

  notices.show({ kind: 'marked', time: 1 });
  for (const code of ['a', 'b', 'b', 'c', 'd'] as const) {
    notices.show({ kind: 'problem', problem: { ...pageProblem('page/bad-answer', code), code } });
  }
  assert.equal(notices.getState().notices.length, 4);
  timers.advance(60_000);

  assert.deepEqual(
    notices.getState().notices.map((notice) => notice.kind === 'problem' && notice.problem.code),
    ['a', 'b', 'c', 'd'],
  );
});

test('a wrong token locks the page out, a lost connection does not', () => {
  const connection = createConnectionStore();
  const waiting = (error: unknown) => ({ kind: 'waiting' as const, attempt: 1, retryAtMs: 5, error });

  connection.follow(waiting(new Error('broken')));
  assert.equal(selectIsLockedOut(connection.getState()), false);
  connection.follow(
    waiting(new ApiError({ ...pageProblem('page/bad-answer', 'no', 401), code: 'request/unauthorized' })),
  );
  assert.equal(selectIsLockedOut(connection.getState()), true);
  connection.follow({ kind: 'open' });
  assert.deepEqual([connection.getState().wasOpen, selectIsLockedOut(connection.getState())], [true, false]);
});

test('an input is warned about after ten silent seconds, and a muted one at once', () => {
  const inputs = world.studio.audio;
  const quiet = { id: 'mic', peakDb: -90, rmsDb: -96 };
  const loud = { id: 'mic', peakDb: -12, rmsDb: -20 };

  let watch = hear(EMPTY_WATCH, [quiet], 0);
  watch = hear(watch, [quiet], 9999);
  assert.deepEqual([...warnings(watch, inputs, 9999)], []);
  assert.deepEqual([...warnings(watch, inputs, 10_000)], [['mic', 'no-signal']]);
  watch = hear(watch, [loud], 10_000);
  assert.deepEqual([...warnings(watch, inputs, 12_000)], []);
  assert.deepEqual(
    [
      ...warnings(
        watch,
        inputs.map((input) => ({ ...input, muted: input.id === 'mic' })),
        12_000,
      ),
    ],
    [['mic', 'muted']],
  );
});

test('what the service warns of goes before what the page sees itself, as long as it still holds', () => {
  const inputs = world.studio.audio;
  const muted = inputs.map((input) => ({ ...input, muted: true }));
  const shown = (kind: 'muted-speaking' | 'echo' | 'clipping' | 'silent', of = inputs) =>
    warnings(EMPTY_WATCH, of, 0, [{ kind, input: 'mic' }]).get('mic');

  assert.deepEqual([shown('echo'), shown('clipping'), shown('silent')], ['echo', 'clipping', 'no-signal']);
  assert.deepEqual([shown('muted-speaking', muted), shown('echo', muted)], ['muted-speaking', 'muted']);
  assert.equal(shown('muted-speaking'), undefined);
});

test('the programme’s reading is the last, also beside a source of that name', () => {
  const programme = { id: 'programme', peakDb: -3, rmsDb: -9, lufs: -23 };

  assert.equal(programmeReading([{ ...programme, peakDb: 0 }, programme]), programme);
  assert.equal(programmeReading([{ id: 'mic', peakDb: 0, rmsDb: 0, lufs: -20 }]), undefined);
});

test('health is sampled once a second while something is encoded, for ten minutes', () => {
  const timers = manualTimers();
  let studio = world.studio;
  const history = createHistoryStore(timers, () => ({ studio, sentBitrate: 5 }));

  history.start();
  timers.advance(5000);
  assert.equal(history.getState().samples.length, 0);
  studio = {
    ...studio,
    encoder: {
      encoder: 'libx264',
      preset: 'superfast',
      frameRate: 30,
      layers: [],
      audioBitrate: 1,
      speed: 1,
      backlogFrames: 0,
      restarts: 0,
    },
  };
  timers.advance(700_000);

  assert.equal(history.getState().samples.length, 600);
  history.stop();
});

test('one-key shortcuts are on until they are turned off, and that is remembered', () => {
  const kept = new Map<string, string>([['lectern.ui', 'no json']]);
  const storage = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  };

  const ui = createUiStore(storage);
  assert.equal(ui.getState().singleKeys, true);
  ui.setSingleKeys(false);

  assert.equal(createUiStore(storage).getState().singleKeys, false);
});
