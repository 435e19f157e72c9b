import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MixerEvent } from '../../../src-main/core/ports/mixer.ts';
import { decodeMark } from '../../../src-main/shared/test-mark.ts';
import { missingPrograms } from '../../support/real-ffmpeg.ts';
import { decodeRun } from './decode-run.ts';
import { breaks, ladder, openRig, type Rig, TEST_SOURCE, withoutOverlap } from './rig.ts';

const skip = missingPrograms('ffmpeg');
const CANVAS = { width: 640, height: 360, frameRate: { numerator: 30, denominator: 1 } };
const RUNGS = [
  { width: 640, height: 360, kbps: 500 },
  { width: 320, height: 180, kbps: 200 },
];
const AUDIO = RUNGS.length;

function goLive(rig: Rig, canvas = CANVAS): void {
  rig.core.handle({ type: 'configure', canvas, wallNowMs: Date.now() });
  rig.core.handle({ type: 'sources', sources: [TEST_SOURCE] });
  rig.core.handle({ type: 'scene', scene: { kind: 'single', source: 'test' } });
  rig.core.handle({ type: 'start-encoder', encoding: 'live', command: ladder(canvas, RUNGS) });
}

async function stop(rig: Rig): Promise<Extract<MixerEvent, { type: 'encoder-ended' }>> {
  rig.core.handle({ type: 'stop-encoder', encoding: 'live' });
  await rig.until(() => rig.events.some(({ type }) => type === 'encoder-ended'), 'encoder-ended');
  const ended = rig.events.find((event) => event.type === 'encoder-ended');
  assert(ended?.type === 'encoder-ended');
  return ended;
}

const runsOf = (rig: Rig) => rig.events.flatMap((event) => (event.type === 'encoder-run' ? [event] : []));
const encoders = (rig: Rig) => rig.children.filter(({ name }) => name === 'encoder').map(({ child }) => child);

test('an encoder that is killed leaves no trace on the timeline', { skip, timeout: 60_000 }, async () => {
  await using rig = openRig();
  goLive(rig);
  await rig.until(() => rig.samples(0).length > 45, 'first frames', 15_000);

  for (let death = 0; death < 2; death += 1) {
    const before = rig.samples(0).length;
    encoders(rig).at(-1)!.kill();
    await rig.until(() => rig.samples(0).length > before + 45, 'frames behind a death', 15_000);
  }
  await stop(rig);

  assert.deepEqual(
    runsOf(rig).map(({ lostFrames }) => lostFrames),
    [0, 0, 0],
  );
  assert.deepEqual(breaks(rig.samples(0)), []);
  assert.deepEqual(breaks(withoutOverlap(rig.samples(AUDIO))), []);
  // The lower layer may miss the one frame that only the upper one had been written for.
  assert(breaks(rig.samples(1)).length <= 2);
  for (const { run } of runsOf(rig)) {
    assert(rig.samples(0).find((sample) => sample.run === run)?.sync, 'every run begins with a key frame');
  }
});

test('another preset takes over without a gap, and the old process is left to finish', {
  skip,
  timeout: 60_000,
}, async () => {
  await using rig = openRig();
  goLive(rig);
  await rig.until(() => rig.samples(0).length > 45, 'first frames', 15_000);

  rig.core.handle({
    type: 'replace-encoder',
    encoding: 'live',
    command: ladder(CANVAS, RUNGS, 'ultrafast'),
  });
  await rig.until(() => rig.samples(0).some(({ run }) => run === 2), 'the second run');
  await rig.wait(1000);
  const ended = await stop(rig);

  assert.equal(ended.fault, undefined);
  assert.deepEqual(breaks(rig.samples(0)), []);
  assert.deepEqual(breaks(rig.samples(1)), []);
  assert.deepEqual(breaks(withoutOverlap(rig.samples(AUDIO))), []);
  const { code } = await encoders(rig)[0]!.exited;
  assert.equal(code, 0);
});

test('a command that the encoder refuses is taken back without a lost frame', {
  skip,
  timeout: 60_000,
}, async () => {
  await using rig = openRig();
  goLive(rig);
  await rig.until(() => rig.samples(0).length > 45, 'first frames', 15_000);

  const good = ladder(CANVAS, RUNGS);
  const bad = { ...good, args: good.args.map((arg) => (arg === 'libx264' ? 'libx265000' : arg)) };
  rig.core.handle({ type: 'replace-encoder', encoding: 'live', command: bad });
  await rig.until(() => encoders(rig).length === 3, 'the old command again');
  await rig.until(() => rig.samples(0).some(({ run }) => run === 3), 'its frames');
  await rig.wait(700);
  const status = rig.events.findLast((event) => event.type === 'encoder-status');
  await stop(rig);

  assert(status?.type === 'encoder-status');
  assert.match(status.fault?.message ?? '', /libx265000/);
  assert.deepEqual(breaks(rig.samples(0)), []);
  assert.equal(runsOf(rig)[2]!.lostFrames, 0);
});

test('an encoder that stands still is replaced, and only what memory cannot hold is lost', {
  skip,
  timeout: 60_000,
}, async () => {
  await using rig = openRig();
  goLive(rig);
  await rig.until(() => rig.samples(0).length > 45, 'first frames', 15_000);

  process.kill(encoders(rig)[0]!.pid, 'SIGSTOP');
  await rig.until(() => runsOf(rig).length === 2, 'a new run');
  await rig.until(() => rig.samples(0).some(({ run }) => run === 2), 'its frames');
  await stop(rig);

  const lost = runsOf(rig)[1]!.lostFrames;
  assert(lost > 20 && lost < 70, `${lost} frames`);
  assert.equal(breaks(rig.samples(0)).length, 1);
  assert.deepEqual(breaks(withoutOverlap(rig.samples(AUDIO))), [], 'sound is kept for longer');
});

test('a stop tells the last frame that was composed', { skip, timeout: 60_000 }, async () => {
  await using rig = openRig();
  goLive(rig);
  await rig.until(() => rig.samples(0).length > 30, 'first frames', 15_000);

  const beforeMs = Date.now();
  await stop(rig);

  const last = rig.samples(0).at(-1)!;
  const endMs = (last.time + last.duration) / 90;
  assert(Math.abs(endMs - beforeMs) < 150, `the picture ends ${endMs - beforeMs} ms from the stop`);
  const sound = rig.samples(AUDIO).at(-1)!;
  assert(Math.abs((sound.time + sound.duration) / 48 - endMs) < 30, 'and the sound with it');
});

test('at 29.97 frames per second every duration is 3003 ticks and sound keeps in step', {
  skip,
  timeout: 60_000,
}, async () => {
  await using rig = openRig();
  goLive(rig, { ...CANVAS, frameRate: { numerator: 30_000, denominator: 1001 } });
  await rig.until(() => rig.samples(0).length > 90, 'frames', 15_000);
  encoders(rig)[0]!.kill();
  await rig.until(() => rig.samples(0).length > 150, 'frames behind a death', 15_000);
  await stop(rig);

  assert.deepEqual(breaks(rig.samples(0)), []);
  assert(rig.samples(0).every(({ time }) => time % 3003 === 0));
  assert.deepEqual(breaks(withoutOverlap(rig.samples(AUDIO))), []);
});

test('flash and beep of the test source are at the same time in what was encoded', {
  skip,
  timeout: 60_000,
}, async () => {
  await using rig = openRig();
  goLive(rig);
  await rig.until(() => rig.samples(0).length > 150, 'five seconds', 20_000);
  await stop(rig);
  const [start] = runsOf(rig);

  const { frames, sound } = await decodeRun(rig, 1, AUDIO);
  const flashes: number[] = [];
  const beeps: number[] = [];
  const frameBytes = (640 * 360 * 3) / 2;
  let wasBright = true;
  for (let index = 0; index < frames.length / frameBytes; index += 1) {
    const picture = frames.subarray(index * frameBytes, (index + 1) * frameBytes);
    // A column in the blue bar, which is dark but in the flash.
    const isBright = picture[100 * 640 + 620]! > 150;
    const timeMs = Number(start!.videoStart) / 90 + (index * 1000) / 30;
    if (isBright && !wasBright) {
      flashes.push(timeMs);
    }
    wasBright = isBright;
    assert.deepEqual(decodeMark(picture, 640, 360)?.utcMs, Math.floor(timeMs + 1e-6), `frame ${index}`);
  }
  // The first second may begin within the first few frames, with hardly any silence before it.
  let quiet = Infinity;
  for (let sample = 0; sample < sound.length / 2; sample += 1) {
    const isLoud = Math.abs(sound.readInt16LE(sample * 2)) > 1000;
    if (isLoud && quiet > 4800) {
      beeps.push((Number(start!.audioStart) + sample) / 48);
    }
    quiet = isLoud ? 0 : quiet + 1;
  }

  const soundEndMs = (Number(start!.audioStart) + sound.length / 2) / 48;
  const heard = flashes.filter((flash) => flash < soundEndMs - 10);
  assert(heard.length >= 4, `${heard.length} flashes`);
  for (const flash of heard) {
    const beep = beeps.find((time) => Math.abs(time - flash) < 200);
    assert(beep !== undefined, 'every flash has its beep');
    assert(Math.abs(beep - flash) <= 5, `the beep is ${beep - flash} ms behind the flash`);
    assert(flash % 1000 < 0.1 || flash % 1000 > 999.9, `the flash is at ${flash}`);
  }
});
