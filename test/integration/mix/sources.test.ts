import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CaptureCommand, MixerEvent, MixerSource } from '../../../src-main/core/ports/mixer.ts';
import { missingPrograms } from '../../support/real-ffmpeg.ts';
import { breaks, ladder, openRig, type Rig, TEST_SOURCE, withoutOverlap } from './rig.ts';

const skip = missingPrograms('ffmpeg');
const CANVAS = { width: 640, height: 360, frameRate: { numerator: 30, denominator: 1 } };
const RUNGS = [{ width: 640, height: 360, kbps: 400 }];

/** A camera that ffmpeg draws itself, with a tone; `-re` unless it is to be a flood. */
function camera(id: string, options: { flood?: boolean; seconds?: number } = {}): MixerSource {
  const length = options.seconds === undefined ? '' : `:duration=${options.seconds}`;
  const pace = options.flood === true ? [] : ['-re'];
  const command: CaptureCommand = {
    executable: 'ffmpeg',
    args: [
      ...['-nostdin', '-v', 'error', ...pace, '-f', 'lavfi', '-i', `testsrc2=size=640x360:rate=30${length}`],
      ...[...pace, '-f', 'lavfi', '-i', `sine=frequency=440:sample_rate=48000${length}`],
      ...['-map', '0:v', '-pix_fmt', 'yuv420p', '-f', 'rawvideo', 'pipe:1'],
      ...['-map', '1:a', '-ac', '2', '-f', 's16le', 'pipe:3'],
    ],
    videoFd: 1,
    audioFd: 3,
    secrets: [],
    finite: options.seconds !== undefined,
  };
  return {
    id,
    label: id,
    hasVideo: true,
    hasAudio: true,
    rejectBlack: false,
    input: { kind: 'capture', command },
  };
}

function goLive(rig: Rig, sources: readonly MixerSource[]): void {
  rig.core.handle({ type: 'configure', canvas: CANVAS, wallNowMs: Date.now() });
  rig.core.handle({ type: 'sources', sources });
  rig.core.handle({ type: 'scene', scene: { kind: 'single', source: sources[0]!.id } });
  rig.core.handle({ type: 'start-encoder', encoding: 'live', command: ladder(CANVAS, RUNGS) });
}

const states = (rig: Rig, id: string) =>
  rig.events.flatMap((event: MixerEvent) => (event.type === 'source' && event.id === id ? [event] : []));
const captures = (rig: Rig) => rig.children.filter(({ name }) => name === 'capture').map(({ child }) => child);
const stateOf = (rig: Rig, id: string) => states(rig, id).at(-1)?.state;

/**
 * How far what came out ends behind the present, in ms. With a row without gaps it says that every tick made its frame, also where the encoder of
 * a busy machine gives them late.
 */
function behindMs(rig: Rig): number {
  const last = rig.samples(0).at(-1)!;
  return Date.now() - (last.time + last.duration) / 90;
}

test('a camera that stands still, and one that is killed, cost the programme not a single frame', {
  skip,
  timeout: 90_000,
}, async () => {
  await using rig = openRig();
  goLive(rig, [camera('cam'), TEST_SOURCE]);
  await rig.until(() => stateOf(rig, 'cam') === 'live' && rig.samples(0).length > 30, 'live', 15_000);

  process.kill(captures(rig)[0]!.pid, 'SIGSTOP');
  await rig.until(() => states(rig, 'cam').some(({ state }) => state === 'held'), 'held');
  await rig.until(() => states(rig, 'cam').some(({ state }) => state === 'lost'), 'lost');
  // The watchdog replaces it.
  await rig.until(() => stateOf(rig, 'cam') === 'live', 'live again', 15_000);

  process.kill(captures(rig).at(-1)!.pid, 'SIGKILL');
  await rig.until(() => captures(rig).length === 3, 'a third process');
  await rig.wait(1500);
  assert.equal(stateOf(rig, 'cam'), 'live');
  const lateMs = behindMs(rig);
  rig.core.handle({ type: 'stop-encoder', encoding: 'live' });
  await rig.until(() => rig.events.some(({ type }) => type === 'encoder-ended'), 'the end');

  assert(lateMs < 1500, `${lateMs} ms behind`);
  assert.deepEqual(breaks(rig.samples(0)), []);
  assert.deepEqual(breaks(rig.samples(1)), []);
  assert.equal(rig.events.filter(({ type }) => type === 'encoder-run').length, 1);
  assert.equal(states(rig, 'cam').at(-1)!.restarts, 2);
});

test('a file without pacing neither floods memory nor takes the programme’s time', {
  skip,
  timeout: 60_000,
}, async () => {
  await using rig = openRig();
  goLive(rig, [camera('fast', { flood: true })]);
  await rig.until(() => rig.samples(0).length > 30, 'frames', 15_000);
  const before = process.memoryUsage();

  await rig.wait(4000);

  const after = process.memoryUsage();
  const grown = after.arrayBuffers + after.heapUsed - before.arrayBuffers - before.heapUsed;
  assert(grown < 60e6, `${grown} bytes more`);
  assert(behindMs(rig) < 3000, `${behindMs(rig)} ms behind`);
});

test('a short clip is played to its end once, and then the slate is shown', {
  skip,
  timeout: 60_000,
}, async () => {
  await using rig = openRig();
  goLive(rig, [camera('clip', { seconds: 2 })]);

  await rig.until(() => stateOf(rig, 'clip') === 'lost', 'the end of the clip', 20_000);
  await rig.wait(1000);

  assert.equal(captures(rig).length, 1);
  assert.equal(states(rig, 'clip').at(-1)!.fault, undefined);
  assert.deepEqual(breaks(rig.samples(0)), []);
});

test('sound and picture of a camera arrive and are heard at their level', { skip, timeout: 60_000 }, async () => {
  await using rig = openRig();
  goLive(rig, [camera('cam')]);
  await rig.until(() => stateOf(rig, 'cam') === 'live', 'live', 15_000);
  rig.core.handle({ type: 'preview', on: true, width: 320, frameRate: 15 });
  await rig.wait(2500);

  const meters = rig.events.findLast((event) => event.type === 'meters');
  assert(meters?.type === 'meters');
  const [cam, programme] = meters.readings;
  // lavfi's sine has an amplitude of 1/8, of which each of two channels gets its share.
  assert(Math.abs(cam!.peakDb + 21.07) < 0.3, `the camera has ${cam!.peakDb} dBFS`);
  assert(Math.abs(programme!.rmsDb + 24.08) < 0.3, `the programme has ${programme!.rmsDb} dBFS`);
  assert(programme!.lufs! > -23 && programme!.lufs! < -20, `${programme!.lufs} LUFS`);
  const picture = rig.pictures.at(-1)!;
  assert.equal(picture.bytes.length, (320 * 180 * 3) / 2);
  assert(Math.max(...picture.bytes.subarray(0, 57_600)) > 200, 'there is something to see');
  assert(Math.abs(picture.wallMs - Date.now()) < 500);

  rig.core.handle({ type: 'stop-encoder', encoding: 'live' });
  await rig.until(() => rig.events.some(({ type }) => type === 'encoder-ended'), 'the end');
  assert.deepEqual(breaks(withoutOverlap(rig.samples(1))), []);
});
