import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import type { MixerSource } from '../../../src-main/core/ports/mixer.ts';
import type { SourceKind } from '../../../src-main/shared/api/studio.ts';
import { UNTREATED } from '../../../src-main/shared/sound-limits.ts';
import { missingPrograms } from '../../support/real-ffmpeg.ts';
import { largestStep } from '../../unit/mix/sound/signals.ts';
import { ladder, openRig, type Rig } from './rig.ts';

const skip = missingPrograms('ffmpeg');
const CANVAS = { width: 320, height: 180, frameRate: { numerator: 30, denominator: 1 } };
const RUNGS = [{ width: 320, height: 180, kbps: 100 }];
const AUDIO = RUNGS.length;

/** Sound that ffmpeg makes; its tone has a peak of an eighth, −18.06 dBFS. */
function sound(id: string, kind: SourceKind, graph: string): MixerSource {
  return {
    id,
    kind,
    label: id,
    hasVideo: false,
    hasAudio: true,
    rejectBlack: false,
    input: {
      kind: 'capture',
      command: {
        executable: 'ffmpeg',
        args: [
          // The same on both sides: by itself it would be made 3 dB less.
          ...['-nostdin', '-v', 'error', '-re', '-f', 'lavfi', '-i', `${graph},pan=stereo|c0=c0|c1=c0`],
          ...['-f', 's16le', 'pipe:1'],
        ],
        videoFd: undefined,
        audioFd: 1,
        secrets: [],
        finite: false,
      },
    },
  };
}

const meters = (rig: Rig) => rig.events.flatMap((event) => (event.type === 'meters' ? [event] : []));
const newest = (rig: Rig, id: string) =>
  meters(rig)
    .at(-1)
    ?.readings.find((reading) => reading.id === id);
const isNear = (actual: number | undefined, expected: number, tolerance: number): boolean =>
  actual !== undefined && Math.abs(actual - expected) <= tolerance;

test('a microphone, the computer’s sound and a file are mixed, metered and treated, each for itself', {
  skip,
  timeout: 60_000,
}, async () => {
  await using rig = openRig();
  rig.core.handle({ type: 'configure', canvas: CANVAS, wallNowMs: Date.now() });
  rig.core.handle({ type: 'audio', id: 'file', gainDb: -12, muted: false });
  rig.core.handle({
    type: 'sources',
    sources: [
      sound('mic', 'microphone', 'sine=frequency=1000:sample_rate=48000'),
      sound('computer', 'system-audio', 'sine=frequency=30:sample_rate=48000'),
      sound('file', 'file', 'sine=frequency=2000:sample_rate=48000'),
    ],
  });
  rig.core.handle({ type: 'preview', on: true, width: 64, frameRate: 1 });
  await rig.until(
    () =>
      isNear(newest(rig, 'mic')?.rmsDb, -21.07, 0.2) &&
      isNear(newest(rig, 'computer')?.rmsDb, -21.07, 0.4) &&
      isNear(newest(rig, 'file')?.rmsDb, -33.07, 0.2) &&
      // It looks back for 400 ms, when peaks and RMS are there already.
      isNear(newest(rig, 'mic')?.lufs, -18.06, 0.5),
    'levels of all',
    20_000,
  );
  assert((newest(rig, 'programme')?.peakDb ?? -120) > -16);

  rig.core.handle({ type: 'audio', id: 'mic', gainDb: 0, muted: true });
  rig.core.handle({
    type: 'audio',
    id: 'computer',
    gainDb: 0,
    muted: false,
    treatment: { ...UNTREATED, highPass: true, delayMs: 100, channels: 'mono' },
  });
  // The high pass takes 34 dB off 30 Hz, and the microphone is muted: what is left is the file.
  await rig.until(
    () => isNear(newest(rig, 'computer')?.rmsDb, -55, 2) && isNear(newest(rig, 'programme')?.rmsDb, -33.07, 0.4),
    'the treatment',
  );
  assert(isNear(newest(rig, 'mic')?.rmsDb, -21.07, 0.2), 'a muted input still shows');

  const from = meters(rig).at(-1)!.wallMs;
  await rig.until(() => meters(rig).at(-1)!.wallMs >= from + 2000, 'two seconds of readings');
  const told = meters(rig).filter(({ wallMs }) => wallMs > from && wallMs <= from + 2000);
  assert(told.length >= 18, `${told.length} readings in two seconds`);
});

test('gain, mute, delay and all the rest, changed on air, are heard without a click', {
  skip,
  timeout: 60_000,
}, async () => {
  await using rig = openRig();
  rig.core.handle({ type: 'configure', canvas: CANVAS, wallNowMs: Date.now() });
  rig.core.handle({
    type: 'sources',
    sources: [sound('mic', 'microphone', 'sine=frequency=110:sample_rate=48000')],
  });
  rig.core.handle({ type: 'start-encoder', encoding: 'live', command: ladder(CANVAS, RUNGS, 'ultrafast') });
  await rig.until(
    () => (newest(rig, 'mic')?.rmsDb ?? -120) > -25 && rig.samples(AUDIO).length > 50,
    'sound',
    20_000,
  );
  await rig.wait(500);

  const settings = [
    { gainDb: -20, muted: false },
    { gainDb: 0, muted: true },
    { gainDb: 0, muted: false },
    { gainDb: 0, muted: false, treatment: { ...UNTREATED, delayMs: 333 } },
    { gainDb: 0, muted: false, treatment: { ...UNTREATED, delayMs: 41, channels: 'mono' as const } },
    { gainDb: 3, muted: false, treatment: { ...UNTREATED, highPass: true } },
    { gainDb: 0, muted: false, treatment: { ...UNTREATED, noiseSuppression: 'gentle' as const } },
    { gainDb: 0, muted: false },
  ];
  for (const setting of settings) {
    rig.core.handle({ type: 'audio', id: 'mic', ...setting });
    await rig.wait(250);
  }
  rig.core.handle({ type: 'stop-encoder', encoding: 'live' });
  await rig.until(() => rig.events.some(({ type }) => type === 'encoder-ended'), 'the end');

  const heard = await decode(rig.bytes(1, AUDIO));
  // From where it had come in to the end. The tone moves by 0.002 from sample to sample, 0.0025 with the gain; a mute without a ramp would be a step of up to 0.12.
  const first = heard.findIndex((value) => Math.abs(value) > 0.1);
  const played = heard.slice(first + 4800, -4800);
  assert(played.length > 48_000 * 2, `${played.length} samples`);
  assert(largestStep(played) < 0.01, `a step of ${largestStep(played)}`);
  // And it did what was asked: there is a place where nothing is heard.
  assert(windows(played).some((peak) => peak < 0.002));
});

/** Left channel, −1…1. */
async function decode(bytes: Buffer): Promise<number[]> {
  const child = spawn('ffmpeg', ['-v', 'error', '-i', 'pipe:0', '-f', 's16le', '-ac', '2', 'pipe:1'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.end(bytes);
  const pcm = await buffer(child.stdout);
  return Array.from({ length: pcm.length >> 2 }, (_, i) => pcm.readInt16LE(i * 4) / 32_768);
}

/** The peak of each 20 ms. */
function windows(samples: readonly number[]): number[] {
  return Array.from({ length: Math.floor(samples.length / 960) }, (_, i) =>
    Math.max(...samples.slice(i * 960, (i + 1) * 960).map(Math.abs)),
  );
}
