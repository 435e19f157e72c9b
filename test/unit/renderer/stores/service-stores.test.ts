import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Asset } from '../../../../src-main/shared/api/assets.ts';
import type { EventType, ServiceEvent } from '../../../../src-main/shared/api/events.ts';
import type { IngestHeartbeat } from '../../../../src-main/shared/api/telemetry.ts';
import { ApiError, fieldMessage, pageProblem } from '../../../../src-renderer/api/problem.ts';
import { filtered, type LogEntry, recorded, subjectsOf } from '../../../../src-renderer/stores/event-log.ts';
import { withHeartbeats } from '../../../../src-renderer/stores/heartbeats.ts';
import { createLiveEventsStore } from '../../../../src-renderer/stores/live-events-store.ts';
import { createLiveHealthStore } from '../../../../src-renderer/stores/live-health-store.ts';
import { createMirror } from '../../../../src-renderer/stores/mirror.ts';
import { createNoticesStore } from '../../../../src-renderer/stores/notices-store.ts';
import { createWebhooksStore } from '../../../../src-renderer/stores/operations-stores.ts';
import { createSlatesStore } from '../../../../src-renderer/stores/slates-store.ts';
import { aFeed, aHeartbeat } from '../../../support/fake-service/live-feed.ts';
import { aLiveEvent, anAsset } from '../../../support/fake-service/scenarios.ts';
import { aWebhook } from '../../../support/fake-service/service-handlers.ts';
import { fakeApi } from '../fake-api.ts';
import { manualTimers, settled } from '../manual-timers.ts';

let lastId = 0;

function told(eventType: EventType, data: unknown, subject = 'liveEvent/talk'): ServiceEvent {
  lastId += 1;
  return {
    id: String(lastId),
    topic: 'x',
    subject,
    eventType,
    eventTime: '2026-11-21T08:00:00.000Z',
    data,
    dataVersion: '1.0',
    metadataVersion: '1',
  };
}

function logOf(...events: readonly ServiceEvent[]): readonly LogEntry[] {
  return events.reduce<readonly LogEntry[]>(recorded, []);
}

const FEED_ROUTES = {
  getLiveEventStatus: () => aFeed(0).status,
  getStreamEvents: () => ({ value: aFeed(0).streamEvents }),
  getTrackIngestHeartbeats: () => ({ value: [] }),
};

test('a snapshot is logged when its state changes, and not every second', () => {
  const asset = anAsset('talk', { state: 'recording', duration: 1 });

  const log = logOf(
    told('Lectern.StudioChanged', {}, 'studio'),
    told('Lectern.AssetChanged', asset, 'asset/talk'),
    told('Lectern.AssetChanged', { ...asset, duration: 2 }, 'asset/talk'),
    told('Lectern.AssetChanged', asset, 'asset/other'),
    told('Lectern.AssetChanged', { ...asset, state: 'ready' }, 'asset/talk'),
    told('Lectern.AssetChanged', asset, 'asset/talk'),
  );

  assert.deepEqual(
    log.map(({ event }) => event.subject),
    ['asset/talk', 'asset/talk', 'asset/other', 'asset/talk'],
  );
});

test('a healthy heartbeat is no news, an unhealthy one is a warning', () => {
  const log = logOf(
    told('Microsoft.Media.LiveEventIngestHeartbeat', aHeartbeat()),
    told('Microsoft.Media.LiveEventIngestHeartbeat', aHeartbeat({ healthy: false })),
    told('Microsoft.Media.LiveEventChannelArchiveHeartbeat', { latencyResultCode: 'S_OK' }),
    told('Microsoft.Media.LiveEventChannelArchiveHeartbeat', { latencyResultCode: 'MPE_INGEST_DISCONTINUITY' }),
  );

  assert.deepEqual(
    log.map(({ level }) => level),
    ['Warning', 'Warning'],
  );
});

test('an encoder that leaves as it should is no warning, one that is lost is', () => {
  const levelOf = (resultCode: string) =>
    logOf(told('Microsoft.Media.LiveEventEncoderDisconnected', { resultCode }))[0]?.level;

  assert.deepEqual(
    ['MPE_CLIENT_TERMINATED_SESSION', 'MPI_REST_API_CHANNEL_STOP', 'MPE_RTMP_SESSION_IDLE_TIMEOUT'].map(levelOf),
    ['Information', 'Information', 'Warning'],
  );
});

test('the log is narrowed by level and by subject, with what lies below it', () => {
  const log = logOf(
    told('Lectern.LiveOutputDeleted', {}, 'liveEvent/talk/liveOutput/archive'),
    told('Lectern.LiveEventDeleted', {}, 'liveEvent/talk-2'),
    told('Microsoft.Media.LiveEventTrackDiscontinuityDetected', {}),
    told('Microsoft.Media.LiveEventConnectionRejected', {}),
  );
  const shown = (filter: Parameters<typeof filtered>[1]): unknown =>
    filtered(log, filter).map(({ event }) => event.eventType.split('.').at(-1));

  assert.deepEqual(subjectsOf(log), ['liveEvent/talk', 'liveEvent/talk-2']);
  assert.deepEqual(shown({ level: 'Error', subject: 'all' }), ['LiveEventConnectionRejected']);
  assert.deepEqual(shown({ level: 'Warning', subject: 'all' }), [
    'LiveEventConnectionRejected',
    'LiveEventTrackDiscontinuityDetected',
  ]);
  assert.deepEqual(shown({ level: 'all', subject: 'liveEvent/talk' }), [
    'LiveEventConnectionRejected',
    'LiveEventTrackDiscontinuityDetected',
    'LiveOutputDeleted',
  ]);
});

test('heartbeats that were loaded and pushed both are one point, in order, of the last hour', () => {
  const beat = (second: number, patch: Partial<IngestHeartbeat> = {}) => ({
    eventTime: new Date(second * 1000).toISOString(),
    heartbeat: aHeartbeat({ incomingBitrate: second, ...patch }),
  });

  const loaded = withHeartbeats([], [beat(7200), beat(7180), beat(3600), beat(3601)]);
  const pushed = withHeartbeats(loaded, [
    beat(7200),
    beat(7190, { ingestDriftValue: 'n/a' }),
    beat(7200, { trackName: 'audio_128000', trackType: 'audio', ingestDriftValue: '0.8' }),
    beat(7200, { trackName: 'video_5000000', bitrate: 5_000_000 }),
  ]);

  assert.deepEqual(
    pushed.map(({ name, points }) => [name, points.map(({ incoming, drift }) => [incoming, drift])]),
    [
      ['video_5000000', [[7200, 0]]],
      [
        'video_2500000',
        [
          [3601, 0],
          [7180, 0],
          [7190, undefined],
          [7200, 0],
        ],
      ],
      ['audio_128000', [[7200, 0.8]]],
    ],
  );
});

test('the status is read once for the heartbeats of all tracks, and only for an event that is looked at', async () => {
  const timers = manualTimers();
  const api = fakeApi(FEED_ROUTES);
  const health = createLiveHealthStore(api, timers, createNoticesStore(timers));
  const stop = health.watch('talk');
  await settled();
  api.asked.length = 0;

  health.hear(told('Microsoft.Media.LiveEventIngestHeartbeat', aHeartbeat()));
  health.hear(told('Microsoft.Media.LiveEventIngestHeartbeat', aHeartbeat({ trackName: 'audio_128000' })));
  health.hear(told('Microsoft.Media.LiveEventIngestHeartbeat', aHeartbeat(), 'liveEvent/other'));
  health.hear(told('Lectern.AssetChanged', {}, 'asset/talk'));
  timers.advance(1000);
  await settled();

  assert.deepEqual(
    api.asked.map(({ name }) => name),
    ['getLiveEventStatus', 'getStreamEvents'],
  );
  assert.deepEqual([...health.getState().events.keys()], ['talk']);

  stop();
  health.hear(told('Microsoft.Media.LiveEventIngestHeartbeat', aHeartbeat()));
  timers.advance(1000);
  assert.equal(api.asked.length, 2);
  assert.equal(health.getState().events.size, 0);
});

test('an answer that comes when nobody looks any more is not kept', async () => {
  const timers = manualTimers();
  const health = createLiveHealthStore(fakeApi(FEED_ROUTES), timers, createNoticesStore(timers));

  health.watch('talk')();
  await settled();

  assert.equal(health.getState().events.size, 0);
});

test('a stop takes outputs along only when it was said so', async () => {
  const api = fakeApi({ stopLiveEvent: () => aLiveEvent('talk') });
  const store = createLiveEventsStore(api, createNoticesStore(manualTimers()));

  await store.stop('talk', false);
  await store.stop('talk', true);

  assert.deepEqual(
    api.asked.map(({ options }) => options),
    [false, true].map((removeOutputsOnStop) => ({ params: { name: 'talk' }, body: { removeOutputsOnStop } })),
  );
});

test('a slate that the service refuses is refused to whoever asked', async () => {
  const notices = createNoticesStore(manualTimers());
  const api = fakeApi({ startAdvertisement: () => undefined });
  const store = createLiveEventsStore(api, notices);

  await assert.rejects(store.showSlate('talk', { duration: 1 }));
  await store.startAdvertisement('talk', { duration: 30, cueId: 7 });

  assert.deepEqual(api.asked.at(-1)?.options, { params: { name: 'talk' }, body: { duration: 30, cueId: 7 } });
});

test('a webhook that the service refuses is not shown as added', async () => {
  const webhooks = createWebhooksStore(
    fakeApi({ patchWebhook: () => aWebhook('ops', { enabled: false, state: 'off' }) }),
  );

  await assert.rejects(
    webhooks.add('ops', { url: 'https://x', eventTypes: [], deliverySchema: 'Event', enabled: true }),
  );
  assert.deepEqual(webhooks.getState().items, []);
  await webhooks.change('ops', { enabled: false });
  assert.equal(webhooks.getState().items[0]?.state, 'off');
});

test('a field is found in the details of a rule as in the errors of a schema', () => {
  const problem = pageProblem('page/bad-answer', 'It must be another one.');

  assert.equal(
    fieldMessage({ ...problem, details: { field: 'encoding.presetName' } }, 'encoding.presetName'),
    'It must be another one.',
  );
  assert.equal(fieldMessage({ ...problem, details: { field: 'names' } }, 'name'), undefined);
  assert.equal(fieldMessage({ ...problem, errors: [{ field: 'a.0', message: 'no' }] }, 'a'), 'no');
});

test('what an event was refused is kept with it, with its code, until it is asked again', async () => {
  const notices = createNoticesStore(manualTimers());
  let isAway = true;
  const api = fakeApi({
    startLiveEvent() {
      if (isAway) {
        throw new ApiError({ ...pageProblem('page/bad-answer', 'No room.'), code: 'live/quota' });
      }
      return aLiveEvent('talk', { resourceState: 'Running' });
    },
  });
  const events = createLiveEventsStore(api, notices);

  await events.start('talk');
  assert.equal(events.getState().refusals.get('talk')?.code, 'live/quota');
  assert.deepEqual(notices.getState().notices, []);
  isAway = false;
  await events.start('talk');

  assert.equal(events.getState().refusals.size, 0);
  assert.equal(events.list.getState().items[0]?.resourceState, 'Running');
});

test('after the page had lost touch the outputs of the events that are still there are read again', async () => {
  const api = fakeApi({
    listLiveEvents: () => ({ value: [aLiveEvent('talk')] }),
    listLiveOutputs: () => ({ value: [] }),
  });
  const events = createLiveEventsStore(api, createNoticesStore(manualTimers()));
  await events.list.refresh();
  await events.loadOutputs('talk');
  await events.loadOutputs('gone');
  api.asked.length = 0;

  await events.refreshOutputs();

  assert.deepEqual(
    api.asked.map(({ options }) => options),
    [{ params: { name: 'talk' }, query: { $skiptoken: undefined } }],
  );
});

test('a slate that the service refuses leaves no asset behind, and says why it was refused', async () => {
  const assets = createMirror<Asset>({ load: () => Promise.resolve([]), keyOf: ({ name }) => name });
  const api = {
    ...fakeApi({
      putAsset: () => anAsset('slate-x', { state: 'empty', tags: ['slate'] }),
      deleteAsset: () => undefined,
    }),
    open: () => Promise.reject(new ApiError(pageProblem('page/bad-answer', 'It is no JPEG.'))),
  };
  const slates = createSlatesStore(api, assets);

  await assert.rejects(slates.add('slate-x', 'x', new Blob()), /It is no JPEG/);

  assert.deepEqual(
    api.asked.map(({ name }) => name),
    ['putAsset', 'deleteAsset'],
  );
  assert.deepEqual([assets.getState().items, slates.getState().pictures.size], [[], 0]);
});
