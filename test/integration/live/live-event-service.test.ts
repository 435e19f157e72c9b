import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import type { LiveEventsOptions } from '../../../src-main/core/live/live-events.ts';
import type { HeldFeed } from '../../../src-main/core/ports/feed.ts';
import { parseSpliceInfo } from '../../../src-main/media/scte35/splice-info.ts';
import { spliceInstant, spliceSignals } from '../../../src-main/media/scte35/splice-signals.ts';
import type { LiveEventCreate } from '../../../src-main/shared/api/live-events.ts';
import { DEFAULT_SETTINGS } from '../../../src-main/shared/api/settings.ts';
import { AppError } from '../../../src-main/shared/app-error.ts';
import { type ArchiveRig, addOutput, fieldOf, openArchiveRig } from '../../support/archive-rig.ts';
import { audioTrack, pushBoth, videoTrack } from '../../support/broadcast-media.ts';
import { type ManualClock, manualClock } from '../../support/manual-clock.ts';
import { field } from '../../support/service-stage.ts';

const TRACKS = [videoTrack(), audioTrack()];
const RTMP: LiveEventCreate = { input: { streamingProtocol: 'RTMP' } };
const ENCODING: LiveEventCreate = { ...RTMP, encoding: { encodingType: 'Standard' } };
const STOP = { removeOutputsOnStop: false };
const STOPPED = { autoStart: false };
const STARTED = { autoStart: true };

const root = mkdtempSync(join(tmpdir(), 'lectern-live-service-'));
let folders = 0;
after(() => rmSync(root, { recursive: true }));

type Rig = ArchiveRig & { readonly dataDir: string; readonly clock: ManualClock };

async function openRig(live: Partial<LiveEventsOptions> = {}): Promise<Rig> {
  folders += 1;
  const dataDir = join(root, String(folders));
  await mkdir(dataDir);
  const clock = manualClock();
  return { ...(await openArchiveRig({ dataDir, clock, live })), dataDir, clock };
}

const statesOf = (rig: ArchiveRig): readonly unknown[] =>
  rig.events
    .filter(({ type }) => type === 'Lectern.LiveEventChanged')
    .map(({ data }) => fieldOf(data, 'resourceState'));

function feed(rig: ArchiveRig, event: string, from: number, to: number, start?: number): void {
  const input = rig.input(event);
  if (from === 0) {
    input.open(TRACKS);
  }
  pushBoth(input, TRACKS, { from: from * 30, to: to * 30, ...(start === undefined ? {} : { start }) });
}

/** What a StandBy holds, with what became of it. */
function holder(calls: string[], rig: () => ArchiveRig, failing: { open?: boolean; hold?: boolean } = {}) {
  return (event: { readonly name: string }): Promise<HeldFeed> => {
    calls.push(`hold ${event.name}`);
    if (failing.hold === true) {
      return Promise.reject(new AppError('process/not-found', 'There is no mixer.'));
    }
    return Promise.resolve({
      open() {
        calls.push(`open held ${event.name}`);
        return failing.open === true
          ? Promise.reject(new AppError('process/not-found', 'There is no encoder.'))
          : Promise.resolve({ stop: () => Promise.resolve() });
      },
      [Symbol.asyncDispose]() {
        calls.push(`give up ${event.name} while ${rig().liveEvents.get(event.name).resourceState}`);
        return Promise.resolve();
      },
    });
  };
}

describe('StandBy', () => {
  test('is reached through Allocating, holds what the start needs, and the start takes it over', async () => {
    const calls: string[] = [];
    await using rig: Rig = await openRig({ holdFeed: holder(calls, () => rig) });
    await rig.liveEvents.create('news', ENCODING, STOPPED);

    assert.equal((await rig.liveEvents.allocate('news')).resourceState, 'StandBy');
    assert.equal((await rig.liveEvents.start('news')).resourceState, 'Running');

    assert.deepEqual(statesOf(rig), ['Stopped', 'Allocating', 'StandBy', 'Starting', 'Running']);
    assert.deepEqual(calls, ['hold news', 'open held news', 'give up news while Starting']);
    assert.deepEqual(rig.feedCalls, []);
  });

  for (const [action, end] of [
    ['stop', (rig: Rig) => rig.liveEvents.stop('news', STOP)],
    ['delete', (rig: Rig) => rig.liveEvents.delete('news')],
  ] as const) {
    test(`is left by ${action}, and what it held is given up`, async () => {
      const calls: string[] = [];
      await using rig: Rig = await openRig({ holdFeed: holder(calls, () => rig) });
      await rig.liveEvents.create('news', RTMP, STOPPED);
      await rig.liveEvents.allocate('news');

      await end(rig);

      assert.deepEqual(calls, ['hold news', `give up news while ${action === 'stop' ? 'Stopping' : 'Deleting'}`]);
    });
  }

  test('that cannot be reached ends in Stopped', async () => {
    await using rig: Rig = await openRig({ holdFeed: holder([], () => rig, { hold: true }) });
    await rig.liveEvents.create('news', RTMP, STOPPED);

    await assert.rejects(rig.liveEvents.allocate('news'), { code: 'process/not-found' });

    assert.deepEqual(statesOf(rig), ['Stopped', 'Allocating', 'Stopped']);
  });

  test('whose start fails ends in Stopped and holds nothing any more', async () => {
    const calls: string[] = [];
    await using rig: Rig = await openRig({ holdFeed: holder(calls, () => rig, { open: true }) });
    await rig.liveEvents.create('news', RTMP, STOPPED);
    await rig.liveEvents.allocate('news');

    await assert.rejects(rig.liveEvents.start('news'), { code: 'process/not-found' });

    assert.equal(rig.liveEvents.get('news').resourceState, 'Stopped');
    assert.deepEqual(calls.slice(-1), ['give up news while Starting']);
    assert.equal(rig.liveEvents.previewOf(rig.liveEvents.get('news').preview.previewLocator), undefined);
  });

  test('refuses outputs, slates, cues, pictures, a reset and another allocate, naming itself', async () => {
    await using rig = await openRig();
    await rig.liveEvents.create('news', ENCODING, STOPPED);
    await rig.liveEvents.allocate('news');
    const wrong = { code: 'resource/wrong-state', message: /news is StandBy/ };

    await assert.rejects(addOutput(rig, 'news', 'tape'), wrong);
    await assert.rejects(rig.liveEvents.showSlate('news', { duration: 5 }), wrong);
    await assert.rejects(rig.liveEvents.hideSlate('news'), wrong);
    await assert.rejects(rig.liveEvents.startAdvertisement('news', { duration: 5, cueId: 1 }), wrong);
    await assert.rejects(rig.liveEvents.endAdvertisement('news', { cueId: 1 }), wrong);
    await assert.rejects(rig.liveEvents.thumbnail('news'), wrong);
    await assert.rejects(rig.liveEvents.reset('news'), wrong);
    await assert.rejects(rig.liveEvents.allocate('news'), wrong);
    assert.equal(rig.liveEvents.get('news').resourceState, 'StandBy');
  });

  test('is given up when the service closes', async () => {
    const calls: string[] = [];
    {
      await using rig: Rig = await openRig({ holdFeed: holder(calls, () => rig) });
      await rig.liveEvents.create('news', RTMP, STOPPED);
      await rig.liveEvents.allocate('news');
    }

    assert.deepEqual(calls.slice(-1), ['give up news while StandBy']);
  });
});

describe('a live event', () => {
  test('that is reset tells its encoders so, loses its outputs and takes another codec', async () => {
    await using rig = await openRig();
    await rig.liveEvents.create('news', RTMP, STARTED);
    feed(rig, 'news', 0, 6, 0);
    await addOutput(rig, 'news', 'tape');
    feed(rig, 'news', 6, 12, 0);
    const { accessToken } = rig.liveEvents.get('news').input;

    await rig.liveEvents.reset('news');
    const { input, preview } = rig.liveEvents.get('news');
    rig.input('news').open([{ ...audioTrack(), codec: 'ac-3' }]);

    assert.deepEqual(rig.feedCalls, ['open news', 'stop news MPI_REST_API_CHANNEL_RESET', 'open news']);
    assert.deepEqual(rig.liveEvents.listOutputs('news'), []);
    assert.equal(rig.archive.assets.get('tape').state, 'ready');
    assert.equal(input.accessToken, accessToken);
    assert.deepEqual(
      rig.liveEvents
        .previewOf(preview.previewLocator)
        ?.presentation.tracks()
        .map(({ track }) => track.codec),
      ['ac-3'],
    );
  });

  test('that is stopped tells its encoders so', async () => {
    await using rig = await openRig();
    await rig.liveEvents.create('news', RTMP, STARTED);

    await rig.liveEvents.stop('news', STOP);
    await rig.liveEvents.delete('news');

    assert.deepEqual(rig.feedCalls, ['open news', 'stop news MPI_REST_API_CHANNEL_STOP']);
  });

  test('has the same token, addresses and preview after stop and start and after a restart of the service', async () => {
    const dataDir = join(root, 'static');
    await mkdir(dataDir);
    const seen: unknown[] = [];
    const addresses = (rig: ArchiveRig): unknown => {
      const { input, preview } = rig.liveEvents.get('news');
      return [
        input.accessToken,
        input.endpoints,
        input.timedMetadataEndpoints,
        preview.previewLocator,
        preview.endpoints,
      ];
    };
    {
      await using rig = await openArchiveRig({ dataDir });
      await rig.liveEvents.create('news', RTMP, STARTED);
      seen.push(addresses(rig));
      await rig.liveEvents.stop('news', STOP);
      await rig.liveEvents.start('news');
      seen.push(addresses(rig));
    }
    await using rig = await openArchiveRig({ dataDir });
    seen.push(addresses(rig));

    const { accessToken } = rig.liveEvents.get('news').input;
    assert.deepEqual(seen, [seen[0], seen[0], seen[0]]);
    assert.deepEqual(rig.liveEvents.get('news').input.endpoints, [
      { protocol: 'RTMP', url: `rtmp://localhost:1935/live/${accessToken}` },
    ]);
    assert.deepEqual(
      rig.liveEvents.get('news').preview.endpoints.map(({ protocol }) => protocol),
      ['Hls', 'Dash'],
    );
  });

  test('shows the addresses of this run, not those of the one it was created in', async () => {
    const dataDir = join(root, 'moved');
    await mkdir(dataDir);
    {
      await using rig = await openArchiveRig({ dataDir, live: { originUrl: () => 'http://127.0.0.1:1111' } });
      await rig.liveEvents.create('news', RTMP, STOPPED);
    }
    await using rig = await openArchiveRig({ dataDir, live: { originUrl: () => 'http://127.0.0.1:2222' } });

    assert.match(rig.liveEvents.get('news').preview.endpoints[0]?.url ?? '', /^http:\/\/127\.0\.0\.1:2222\//);
  });

  test('shares its token with no other, also when that is written in another way', async () => {
    await using rig = await openRig();
    const accessToken = '9eb1f703-3149-4417-8671-68952b25f418';
    await rig.liveEvents.create('a', { input: { streamingProtocol: 'RTMP', accessToken } }, STOPPED);
    const twin = {
      input: { streamingProtocol: 'RTMP' as const, accessToken: accessToken.replaceAll('-', '').toUpperCase() },
    };

    const taken = { code: 'resource/exists', details: { liveEvent: 'b', field: 'input.accessToken' } };
    await assert.rejects(rig.liveEvents.create('b', twin, STOPPED), taken);
    await rig.liveEvents.create('b', RTMP, STOPPED);
    await assert.rejects(rig.liveEvents.update('b', twin), taken);
  });

  test('cannot have the preview locator of another', async () => {
    await using rig = await openRig();
    const previewLocator = '9eb1f703-3149-4417-8671-68952b25f418';
    await rig.liveEvents.create('a', { ...RTMP, preview: { previewLocator } }, STARTED);

    await assert.rejects(rig.liveEvents.create('b', { ...RTMP, preview: { previewLocator } }, STOPPED), {
      code: 'resource/exists',
      details: { liveEvent: 'b', field: 'preview.previewLocator' },
    });
    assert.ok(rig.liveEvents.previewOf(previewLocator.replaceAll('-', '')));
  });

  test('on its way from one state to another refuses changes at once instead of keeping them waiting', async () => {
    const gate = Promise.withResolvers<undefined>();
    await using rig = await openRig({
      async openFeed() {
        await gate.promise;
        return { stop: () => Promise.resolve() };
      },
    });
    await rig.liveEvents.create('news', RTMP, STOPPED);
    const starting = rig.liveEvents.start('news');
    await new Promise(setImmediate);

    await assert.rejects(rig.liveEvents.update('news', { description: 'x' }), {
      code: 'resource/wrong-state',
      message: /news is Starting/,
    });
    gate.resolve(undefined);
    await starting;
    assert.equal((await rig.liveEvents.update('news', { description: 'x' })).description, 'x');
  });

  test('whose change is not right stays as it was', async () => {
    await using rig = await openRig();
    await rig.liveEvents.create('news', RTMP, STARTED);
    const before = rig.liveEvents.get('news');

    await assert.rejects(rig.liveEvents.update('news', { description: 'x', hostnamePrefix: 'y' }), {
      code: 'resource/immutable',
    });

    assert.deepEqual(rig.liveEvents.get('news'), before);
  });

  test('and its outputs are limited by the settings of the moment, which the refusal names', async () => {
    let quotas = { ...DEFAULT_SETTINGS.service.quotas, liveEvents: 1, outputsPerEvent: 1 };
    await using rig = await openRig({ service: () => ({ ...DEFAULT_SETTINGS.service, quotas }) });
    await rig.liveEvents.create('a', RTMP, STARTED);
    await addOutput(rig, 'a', 'one');

    await assert.rejects(rig.liveEvents.create('b', RTMP, STOPPED), {
      code: 'resource/quota',
      status: 403,
      details: { quota: 'liveEvents', limit: 1 },
    });
    await assert.rejects(addOutput(rig, 'a', 'two'), {
      code: 'resource/quota',
      details: { liveEvent: 'a', quota: 'outputsPerEvent', limit: 1 },
    });
    quotas = { ...quotas, liveEvents: 2, outputsPerEvent: 2 };
    await rig.liveEvents.create('b', RTMP, STOPPED);
    await rig.liveEvents.createOutput('a', 'two', { assetName: 'two', archiveWindowLength: 'PT1M' });
  });

  test('of the basic kind has one output and eight hours', async () => {
    await using rig = await openRig();
    await rig.liveEvents.create('a', { ...RTMP, encoding: { encodingType: 'PassthroughBasic' } }, STARTED);

    await assert.rejects(addOutput(rig, 'a', 'long', 'PT9H'), { code: 'request/invalid' });
    await addOutput(rig, 'a', 'one', 'PT8H');
    await assert.rejects(addOutput(rig, 'a', 'two', 'PT1H'), {
      code: 'resource/quota',
      message: /PassthroughBasic/,
    });
    assert.equal(rig.archive.assets.get('long').state, 'empty');
  });

  test('does not start with a slate that cannot be shown, and is Stopped again', async () => {
    await using rig = await openRig({
      readSlate: () => Promise.reject(new AppError('live/slate-invalid', 'It is no JPEG.')),
    });
    const encoding = {
      encodingType: 'Standard' as const,
      slate: { insertSlateOnAdMarker: true, defaultSlateAssetName: 'x' },
    };
    await rig.liveEvents.create('news', { ...RTMP, encoding }, STOPPED);

    await assert.rejects(rig.liveEvents.start('news'), { code: 'live/slate-invalid' });

    assert.equal(rig.liveEvents.get('news').resourceState, 'Stopped');
    assert.deepEqual(rig.feedCalls, []);
  });
});

describe('slates and advertisements', () => {
  test('a slate is shown and hidden on an encoding event, with the picture that was named', async () => {
    await using rig = await openRig();
    const slate = { insertSlateOnAdMarker: false, defaultSlateAssetName: 'own' };
    await rig.liveEvents.create('news', { ...RTMP, encoding: { encodingType: 'Standard', slate } }, STARTED);

    await rig.liveEvents.showSlate('news', { duration: 10, assetName: 'picture' });
    await rig.liveEvents.showSlate('news', { duration: 10 });
    await rig.liveEvents.hideSlate('news');

    assert.deepEqual(rig.feedCalls, [
      'open news with a slate of 123',
      'slate news 10 123',
      'slate news 10 default',
      'hide news',
    ]);
  });

  test('an event that passes through has no slate, and a break is refused with one and not half begun', async () => {
    await using rig = await openRig();
    await rig.liveEvents.create('news', RTMP, STARTED);
    feed(rig, 'news', 0, 4, 0);
    const refused = {
      code: 'live/not-encoding',
      details: { liveEvent: 'news', encodingType: 'PassthroughStandard' },
    };

    await assert.rejects(rig.liveEvents.showSlate('news', { duration: 10 }), refused);
    await assert.rejects(rig.liveEvents.hideSlate('news'), refused);
    await assert.rejects(
      rig.liveEvents.startAdvertisement('news', { duration: 5, cueId: 7, showSlate: true }),
      refused,
    );
    await assert.rejects(rig.liveEvents.endAdvertisement('news', { cueId: 7 }), { code: 'resource/not-found' });
  });

  test('a break is one splice_insert of its id on the timeline, now, and shows the slate when that is wanted', async () => {
    await using rig = await openRig();
    await rig.liveEvents.create('news', ENCODING, STARTED);
    const preview = rig.liveEvents.previewOf(rig.liveEvents.get('news').preview.previewLocator)?.presentation;

    await rig.liveEvents.startAdvertisement('news', { duration: 30, cueId: 4711, showSlate: true });

    const [cue] = preview?.cues() ?? [];
    assert.ok(cue);
    // The slate is put over what goes out now; the break begins with it.
    const expected = BigInt(rig.clock.wallMs()) * 90n;
    assert.deepEqual([cue.id, cue.time, cue.duration], ['4711', expected, 30 * 90_000]);
    const section = parseSpliceInfo(cue.message);
    assert.deepEqual(spliceInstant(section), { kind: 'at', ticks: Number(expected % 2n ** 33n) });
    const [signal] = spliceSignals(section);
    assert.deepEqual(
      [signal?.kind, signal?.eventId, signal?.duration, signal?.autoReturn],
      ['out', 4711, 30 * 90_000, true],
    );
    assert.deepEqual(rig.feedCalls, ['open news', 'slate news 30 default']);

    await rig.liveEvents.startAdvertisement('news', { duration: 30, cueId: 4712 });

    const plain = preview?.cues().find(({ id }) => id === '4712');
    // The picture of now is in the ladder a second and a half later.
    assert.equal(plain?.time, expected + 1500n * 90n);
  });

  test('a break is taken back by its end or by a duration of 0, and only its own slate with it', async () => {
    await using rig = await openRig();
    await rig.liveEvents.create('news', ENCODING, STARTED);
    await rig.liveEvents.startAdvertisement('news', { duration: 30, cueId: 1, showSlate: true });
    await rig.liveEvents.startAdvertisement('news', { duration: 30, cueId: 2 });
    rig.clock.advance(1000);

    await rig.liveEvents.endAdvertisement('news', { cueId: 2 });
    assert.ok(!rig.feedCalls.includes('hide news'));
    await rig.liveEvents.startAdvertisement('news', { duration: 0, cueId: 1 });
    assert.ok(rig.feedCalls.includes('hide news'));

    await assert.rejects(rig.liveEvents.endAdvertisement('news', { cueId: 3 }), {
      code: 'resource/not-found',
      details: { liveEvent: 'news', cueId: 3 },
    });
  });

  test('the event says what is over its programme, to whoever asks and to whoever listens, for as long as it is there', async () => {
    await using rig = await openRig();
    await rig.liveEvents.create('news', ENCODING, STARTED);
    const onAir = () => rig.liveEvents.get('news').onAir;
    const inSeconds = (seconds: number) => new Date(rig.clock.wallMs() + 1000 * seconds).toISOString();
    const [until10, until30] = [inSeconds(10), inSeconds(30)];

    assert.equal(onAir(), undefined);
    await rig.liveEvents.showSlate('news', { duration: 10 });
    assert.deepEqual(onAir(), { slate: { until: until10 } });
    assert.deepEqual(field(rig.events.at(-1)?.data, 'onAir'), onAir());
    await rig.liveEvents.startAdvertisement('news', { duration: 30, cueId: 1 });
    assert.deepEqual(onAir(), { slate: { until: until10 }, advertisement: { cueId: 1, until: until30 } });
    rig.clock.advance(10_000);
    assert.deepEqual(onAir(), { advertisement: { cueId: 1, until: until30 } });
    await rig.liveEvents.endAdvertisement('news', { cueId: 1 });
    assert.equal(onAir(), undefined);
    assert.equal(field(rig.events.at(-1)?.data, 'onAir'), undefined);

    await rig.liveEvents.startAdvertisement('news', { duration: 20, cueId: 2, showSlate: true });
    const until20 = inSeconds(20);
    assert.deepEqual(onAir(), { slate: { until: until20 }, advertisement: { cueId: 2, until: until20 } });
    await rig.liveEvents.hideSlate('news');
    assert.deepEqual(onAir(), { advertisement: { cueId: 2, until: until20 } });
    await rig.liveEvents.reset('news');
    assert.equal(onAir(), undefined);
  });

  test('the event says whether a break shows its slate when the caller does not', async () => {
    await using rig = await openRig();
    const slate = { insertSlateOnAdMarker: true };
    await rig.liveEvents.create('news', { ...RTMP, encoding: { encodingType: 'Standard', slate } }, STARTED);

    await rig.liveEvents.startAdvertisement('news', { duration: 5, cueId: 1 });
    await rig.liveEvents.startAdvertisement('news', { duration: 5, cueId: 2, showSlate: false });

    assert.deepEqual(rig.feedCalls, ['open news', 'slate news 5 default']);
  });
});

describe('a thumbnail', () => {
  test('is of the newest segment, drawn once however many look', async () => {
    let drawn = 0;
    await using rig = await openRig({
      drawPicture(_init, segment) {
        drawn += 1;
        return Promise.resolve(segment.slice(0, 8));
      },
    });
    await rig.liveEvents.create('news', RTMP, STARTED);
    await assert.rejects(rig.liveEvents.thumbnail('news'), { code: 'live/no-picture', status: 404 });
    feed(rig, 'news', 0, 6, 0);

    const [first, second] = await Promise.all([
      rig.liveEvents.thumbnail('news'),
      rig.liveEvents.thumbnail('news'),
    ]);
    assert.deepEqual([first.length, second, drawn], [8, first, 1]);
    feed(rig, 'news', 6, 10, 0);
    await rig.liveEvents.thumbnail('news');
    assert.equal(drawn, 2);
  });
});

describe('an encoding event without outputs', () => {
  const HOUR = 3_600_000;
  const settings = { ...DEFAULT_SETTINGS.service, stopWithoutInputAfter: 'PT1H' };

  test('is stopped when nothing has come in for as long as the settings say', async () => {
    await using rig = await openRig({ service: () => settings });
    await rig.liveEvents.create('news', ENCODING, STARTED);
    await rig.liveEvents.create('other', RTMP, STARTED);

    await rig.clock.advanceAsync(HOUR - 1);
    assert.equal(rig.liveEvents.get('news').resourceState, 'Running');
    await rig.clock.advanceAsync(60_000);
    await new Promise(setImmediate);

    assert.equal(rig.liveEvents.get('news').resourceState, 'Stopped');
    assert.equal(rig.liveEvents.get('other').resourceState, 'Running', 'one that passes through is never stopped');
  });

  test('runs on while something comes in, or while it has an output', async () => {
    await using rig = await openRig({ service: () => settings });
    await rig.liveEvents.create('fed', ENCODING, STARTED);
    await rig.liveEvents.create('recorded', ENCODING, STARTED);
    await addOutput(rig, 'recorded', 'tape');
    for (let hour = 0; hour < 3; hour += 1) {
      await rig.clock.advanceAsync(HOUR / 2);
      rig.tracks.set('fed', [trackAt(rig.clock.wallMs())]);
      await rig.clock.advanceAsync(HOUR / 4);
    }
    assert.deepEqual(
      rig.liveEvents.list().map(({ resourceState }) => resourceState),
      ['Running', 'Running'],
    );

    await rig.liveEvents.deleteOutput('recorded', 'tape');
    await rig.clock.advanceAsync(HOUR);
    await new Promise(setImmediate);
    assert.deepEqual(
      rig.liveEvents.list().map(({ resourceState }) => resourceState),
      ['Stopped', 'Stopped'],
    );
  });
});

function trackAt(arrivalMs: number) {
  return {
    trackType: 'video' as const,
    trackName: 'video_2500000',
    bitrate: 2_500_000,
    incomingBitrate: 2_500_000,
    lastTimestamp: '0',
    timescale: '1000',
    overlapCount: 0,
    discontinuityCount: 0,
    nonincreasingCount: 0,
    unexpectedBitrate: false,
    state: 'Running' as const,
    healthy: true,
    lastFragmentArrivalTime: new Date(arrivalMs).toISOString(),
    ingestDriftValue: '0',
    transcriptionState: '',
    transcriptionLanguage: '',
  };
}

describe('outputSnapTime', () => {
  const at = (seconds: number): string => String(BigInt(seconds) * 10_000_000n);

  test('leaves out every segment that begins earlier', async () => {
    await using rig = await openRig();
    await rig.liveEvents.create('news', RTMP, STARTED);
    feed(rig, 'news', 0, 5, 0);
    await rig.archive.assets.create('tape', {});
    await rig.liveEvents.createOutput('news', 'tape', {
      assetName: 'tape',
      archiveWindowLength: 'PT1H',
      outputSnapTime: at(11),
    });
    const shown = rig.liveEvents.presentationOf('news', 'tape');
    assert.ok(shown);
    feed(rig, 'news', 5, 11, 0);
    assert.deepEqual(
      shown.tracks().map(({ segments, open }) => [segments.length, open]),
      [
        [0, undefined],
        [0, undefined],
      ],
    );
    feed(rig, 'news', 11, 20, 0);

    await rig.liveEvents.deleteOutput('news', 'tape');

    const [pictures] = (await rig.archive.assets.presentationOf('tape'))?.tracks() ?? [];
    assert.ok(pictures);
    const first = pictures.segments.at(0);
    // Segments are two seconds long: the first one behind second 11 begins at 12.
    assert.equal(Number(first.time) / pictures.track.timescale, 12);
    assert.equal(rig.archive.assets.get('tape').state, 'ready');
  });

  test('that is never reached leaves an empty asset', async () => {
    await using rig = await openRig();
    await rig.liveEvents.create('news', RTMP, STARTED);
    await rig.archive.assets.create('tape', {});
    await rig.liveEvents.createOutput('news', 'tape', {
      assetName: 'tape',
      archiveWindowLength: 'PT1H',
      outputSnapTime: at(3600),
    });
    feed(rig, 'news', 0, 10, 0);

    await rig.liveEvents.stop('news', { removeOutputsOnStop: true });

    assert.equal(rig.archive.assets.get('tape').state, 'empty');
  });

  test('in the past changes nothing', async () => {
    await using rig = await openRig();
    await rig.liveEvents.create('news', RTMP, STARTED);
    await rig.archive.assets.create('tape', {});
    await rig.liveEvents.createOutput('news', 'tape', {
      assetName: 'tape',
      archiveWindowLength: 'PT1H',
      outputSnapTime: '0',
    });
    feed(rig, 'news', 0, 10, 0);

    await rig.liveEvents.stop('news', { removeOutputsOnStop: true });

    assert.equal(rig.archive.assets.get('tape').duration, 10);
  });
});
