import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LadderPlan } from '../../../../src-main/core/encode/resolve-ladder.ts';
import {
  checkDestination,
  DESTINATION_LIMIT_MS,
  type DestinationView,
} from '../../../../src-main/core/studio/preflight/check-destination.ts';
import {
  checkEncoder,
  ENCODER_LIMIT_MS,
  type EncoderView,
} from '../../../../src-main/core/studio/preflight/check-encoder.ts';
import { checkDisk, checkPower } from '../../../../src-main/core/studio/preflight/check-lasting.ts';
import { checkSource, SOURCE_LIMIT_MS } from '../../../../src-main/core/studio/preflight/check-source.ts';
import type { CheckResult } from '../../../../src-main/core/studio/preflight/preflight.ts';
import type { AudioInput, SourceStatus } from '../../../../src-main/shared/api/studio.ts';
import { AppError } from '../../../../src-main/shared/app-error.ts';
import { problemOf } from '../../../../src-main/shared/problem.ts';
import { UNTREATED } from '../../../../src-main/shared/sound-limits.ts';
import { aDestination } from '../../../support/fake-service/scenarios.ts';
import { manualClock } from '../../../support/manual-clock.ts';

const FOREVER = new AbortController().signal;

const PLAN: LadderPlan = {
  canvas: { width: 1280, height: 720, frameRate: { numerator: 30, denominator: 1 } },
  video: [
    { width: 1280, height: 720, bitrate: 2_500_000 },
    { width: 640, height: 360, bitrate: 400_000 },
  ],
  audio: { bitrate: 128_000, sampleRate: 48_000, channels: 2 },
};

/** A camera with a microphone in it, as the mixer tells of it. */
function cameraRig(status: Partial<SourceStatus> = {}, input: Partial<AudioInput> | 'silent picture' = {}) {
  const clock = manualClock();
  let shown: SourceStatus = {
    spec: { id: 'cam', kind: 'camera', device: '/dev/video0' },
    label: 'Camera',
    hasVideo: true,
    hasAudio: true,
    state: 'live',
    frameRate: 30,
    restarts: 0,
    ...status,
  };
  let watchers = 0;
  let retries = 0;
  let told: Parameters<Parameters<typeof checkSource>[0]['watch']>[0] | undefined;
  const result = checkSource(
    {
      status: () => shown,
      input: () =>
        input === 'silent picture'
          ? undefined
          : { id: 'cam', label: 'Camera', gainDb: 0, muted: false, ...UNTREATED, separateTrack: 'off', ...input },
      retry: () => void (retries += 1),
      watch(given) {
        watchers += 1;
        told = given;
        return { [Symbol.dispose]: () => void (watchers -= 1) };
      },
      clock,
    },
    FOREVER,
  );
  return {
    clock,
    result,
    becomes: (patch: Partial<SourceStatus>) => void (shown = { ...shown, ...patch }),
    picture: () => told?.onPicture(),
    level: (peakDb: number) => told?.onMeters([{ id: 'cam', peakDb, rmsDb: peakDb }]),
    watchers: () => watchers,
    retries: () => retries,
  };
}

test('a source is good when it was seen and heard since the check began', async () => {
  const rig = cameraRig();
  rig.picture();
  rig.level(-30);
  rig.level(-18);

  await rig.clock.advanceAsync(200);
  const found = await rig.result;

  assert.deepEqual(found, {
    state: 'good',
    finding: { code: 'source-works', frameRate: 30, peakDb: -18 },
  });
  assert.equal(rig.watchers(), 0);
});

test('a state that says live counts for nothing when the mixer gives no picture', async () => {
  const rig = cameraRig({}, 'silent picture');

  await rig.clock.advanceAsync(6000);
  const found = await rig.result;

  assert.equal(found.state, 'bad');
  assert.equal(found.finding.code, 'source-nothing');
});

test('a source that had given up is tried once more, and its error says why it does not work', async () => {
  const refused = problemOf(new AppError('capture/permission-denied', 'The system does not allow the camera.'));
  const rig = cameraRig({ state: 'failed', error: refused }, 'silent picture');
  rig.picture();

  await rig.clock.advanceAsync(6000);
  const found = await rig.result;

  assert.equal(rig.retries(), 1);
  assert.equal(found.state, 'bad');
  assert.equal(found.error?.code, 'capture/permission-denied');
  assert.equal(found.error.message, 'The system does not allow the camera.');
});

test('a source that was allowed meanwhile works', async () => {
  const rig = cameraRig({ state: 'failed' }, 'silent picture');
  rig.picture();
  await rig.clock.advanceAsync(1000);

  rig.becomes({ state: 'live' });
  await rig.clock.advanceAsync(200);

  assert.equal((await rig.result).state, 'good');
});

test('a microphone that is muted, or in a silent room, is said to be so', async () => {
  const muted = cameraRig({}, { muted: true });
  muted.picture();
  await muted.clock.advanceAsync(500);
  const silent = cameraRig();
  silent.picture();
  for (let count = 0; count < 5; count += 1) {
    silent.level(-90);
  }
  await silent.clock.advanceAsync(3000);

  assert.deepEqual(await muted.result, { state: 'tight', finding: { code: 'source-muted' } });
  assert.deepEqual(await silent.result, { state: 'tight', finding: { code: 'source-silent', seconds: 2 } });
});

test('a picture that is only black is told with the cure', async () => {
  const rig = cameraRig({
    error: problemOf(new AppError('capture/black-frames', 'The screen is black; allow its recording.')),
  });
  rig.picture();
  rig.level(-20);
  rig.level(-20);
  await rig.clock.advanceAsync(500);

  const found = await rig.result;

  assert.deepEqual(
    [found.state, found.finding.code, found.error?.code],
    ['tight', 'source-poor', 'capture/black-frames'],
  );
});

function encoderView(over: Partial<EncoderView> = {}): EncoderView {
  return {
    plan: () => PLAN,
    running: () => undefined,
    measuredSpeed: () => undefined,
    busyWith: () => undefined,
    idle: () => Promise.resolve(),
    measure: () => Promise.resolve(2),
    ...over,
  };
}

test('the encoder is judged by the speed of the real ladder', async () => {
  const at = async (speed: number): Promise<CheckResult> =>
    await checkEncoder(encoderView({ measure: () => Promise.resolve(speed) }), FOREVER);

  assert.deepEqual(await at(2.5), {
    state: 'good',
    finding: { code: 'encoder-holds', heights: [720, 360], speed: 2.5 },
    margin: 2,
  });
  assert.equal((await at(1.1)).state, 'tight');
  assert.deepEqual([(await at(0.8)).state, (await at(0.8)).finding.code], ['bad', 'encoder-slow']);
  assert.deepEqual([(await at(0)).state, (await at(0)).finding.code], ['bad', 'encoder-fails']);
});

test('nothing is encoded beside a live event of somebody else, nor beside another measuring', async () => {
  let measured = 0;
  const measure = () => Promise.resolve((measured += 1));
  const idle = Promise.withResolvers<undefined>();

  const busy = await checkEncoder(encoderView({ measure, busyWith: () => 'conference' }), FOREVER);
  const waiting = checkEncoder(encoderView({ measure, idle: () => idle.promise }), FOREVER);
  await new Promise((resolve) => setImmediate(resolve));

  assert.deepEqual(busy, { state: 'unknown', finding: { code: 'encoder-busy', liveEvent: 'conference' } });
  assert.equal(measured, 0);
  idle.resolve(undefined);
  await waiting;
  assert.equal(measured, 1);
});

test('in a rehearsal the encoder that runs is looked at, and none is started beside it', async () => {
  const running = {
    encoder: 'libx264',
    preset: 'superfast',
    frameRate: 30,
    layers: [],
    audioBitrate: 128_000,
    speed: 0.8,
    backlogFrames: 6,
    restarts: 0,
  };

  const slow = await checkEncoder(encoderView({ running: () => running }), FOREVER);
  const well = await checkEncoder(
    encoderView({ running: () => ({ ...running, speed: 1, backlogFrames: 0 }), measuredSpeed: () => 2.5 }),
    FOREVER,
  );

  assert.equal(slow.state, 'bad');
  assert.deepEqual(well, {
    state: 'good',
    finding: { code: 'encoder-runs', heights: [720, 360], speed: 1 },
    margin: 2,
  });
});

test('disk is said as time, and only what is recorded needs it', async () => {
  const at = async (secondsLeft: number, over: { records?: boolean; full?: boolean } = {}): Promise<CheckResult> =>
    await checkDisk({
      records: () => over.records ?? true,
      look: () => Promise.resolve(),
      isFull: () => over.full ?? false,
      secondsLeft: () => secondsLeft,
    });

  assert.deepEqual(await at(18_600), {
    state: 'good',
    finding: { code: 'disk-lasts', secondsLeft: 18_600 },
    margin: 18_600 / 7200,
  });
  assert.equal((await at(1800)).state, 'tight');
  assert.equal((await at(300)).state, 'bad');
  assert.equal((await at(18_600, { full: true })).finding.code, 'disk-full');
  assert.equal((await at(18_600, { records: false })).finding.code, 'not-recorded');
});

test('a battery is said as time, or in percent while the system does not know', async () => {
  const of = async (percent: number, secondsLeft: number | undefined): Promise<CheckResult> =>
    await checkPower(() => Promise.resolve({ kind: 'battery', percent, secondsLeft }), FOREVER);

  assert.deepEqual(await of(64, 6600), {
    state: 'good',
    finding: { code: 'battery', percent: 64, secondsLeft: 6600 },
    margin: 6600 / 7200,
  });
  assert.equal((await of(30, 1800)).state, 'tight');
  assert.equal((await of(5, 600)).state, 'bad');
  assert.deepEqual((await of(40, undefined)).finding, { code: 'battery', percent: 40 });
  assert.equal((await of(40, undefined)).state, 'tight');
});

function destinationView(over: Partial<DestinationView> = {}): DestinationView {
  return {
    destination: aDestination('channel', { url: 'rtmp://a.example/live' }),
    plan: PLAN,
    last: undefined,
    reach: () => Promise.resolve(34),
    clock: manualClock(),
    ...over,
  };
}

test('a destination that answers is good, and an upload that nobody measured is not made up', async () => {
  const found = await checkDestination(destinationView(), FOREVER);

  assert.deepEqual(found, {
    state: 'good',
    finding: { code: 'destination-answers', milliseconds: 34, neededBitrate: 2_628_000 },
  });
});

test('what was the most that got through is held against what the quality needs', async () => {
  const last = { url: 'rtmp://a.example/live', at: '2029-12-31T10:00:00.000Z', bitrate: 1_314_000, limited: true };
  const { destination } = destinationView();

  const top = await checkDestination(destinationView({ last }), FOREVER);
  const small = await checkDestination(
    destinationView({ last, destination: { ...destination, quality: 700 } }),
    FOREVER,
  );

  assert.deepEqual([top.state, top.margin], ['bad', 0.5 / 1.5]);
  assert.equal(small.state, 'good');
});

test('when the first address does not answer, the second one counts', async () => {
  const { destination } = destinationView();
  const reach = (url: string): Promise<number> =>
    url.includes('a.example')
      ? Promise.reject(new AppError('publish/unreachable', 'a.example does not answer.'))
      : Promise.resolve(50);

  const found = await checkDestination(
    destinationView({ destination: { ...destination, backupUrl: 'rtmp://b.example/live' }, reach }),
    FOREVER,
  );

  assert.deepEqual(
    [found.state, found.finding, found.error?.code],
    ['tight', { code: 'destination-backup', milliseconds: 50 }, 'publish/unreachable'],
  );
  await assert.rejects(checkDestination(destinationView({ reach }), FOREVER), { code: 'publish/unreachable' });
});

test('an address that says nothing at all is given up before the whole check is', async () => {
  const clock = manualClock();
  const reach = async (_url: string, signal: AbortSignal): Promise<number> => {
    const { promise, reject } = Promise.withResolvers<never>();
    signal.addEventListener('abort', () => reject(new Error('destroyed')));
    return await promise;
  };

  const found = checkDestination(destinationView({ reach, clock }), FOREVER);
  const rejected = assert.rejects(found, { code: 'publish/unreachable' });
  await clock.advanceAsync(4000);

  await rejected;
  assert.equal(clock.pending(), 0);
});

test('whatever they meet, the checks that wait for each other end within twenty seconds', () => {
  const most = [SOURCE_LIMIT_MS + ENCODER_LIMIT_MS, DESTINATION_LIMIT_MS];

  assert.ok(Math.max(...most) < 20_000);
});
