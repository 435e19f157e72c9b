import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../../../src-main/base/clock.ts';
import { createEmitter } from '../../../src-main/base/emitter.ts';
import { classifyCaptureExit } from '../../../src-main/core/capture/classify-capture-exit.ts';
import { lackError } from '../../../src-main/core/capture/lack-error.ts';
import { type CaptureTrial, tryCapture } from '../../../src-main/core/capture/try-capture.ts';
import type { CaptureCommand } from '../../../src-main/core/ports/mixer.ts';
import type { ChildExit, SpawnChild } from '../../../src-main/core/ports/process.ts';
import { readFfmpegFailure } from '../../../src-main/core/process/parse-failure.ts';
import { type AppError, toAppError } from '../../../src-main/shared/app-error.ts';
import { manualClock } from '../../support/manual-clock.ts';

const CANVAS = { width: 4, height: 2, frameRate: { numerator: 30, denominator: 1 } };
const FRAME = 12;
const CAMERA: CaptureCommand = {
  executable: 'ffmpeg',
  args: ['best'],
  otherArgs: [['modest'], ['any']],
  videoFd: 3,
  audioFd: undefined,
  secrets: [],
  finite: false,
};
const MICROPHONE: CaptureCommand = { ...CAMERA, otherArgs: [], videoFd: undefined, audioFd: 3 };
const NAMED = { kind: 'camera', label: 'Desk Camera' } as const;

/** Tries a capture on a clock of its own; `act` is what the processes do, by what they were started with. */
async function tryIt(
  command: CaptureCommand,
  act: (how: string | undefined, out: PassThrough, end: (exit: Partial<ChildExit>) => void, clock: Clock) => void,
) {
  const clock = manualClock();
  const started: (string | undefined)[] = [];
  let running = 0;
  const spawn: SpawnChild = (spec) => {
    const { promise: exited, resolve } = Promise.withResolvers<ChildExit>();
    const out = new PassThrough();
    let asked = false;
    let hasEnded = false;
    running += 1;
    const end = (exit: Partial<ChildExit>): void => {
      running -= hasEnded ? 0 : 1;
      hasEnded = true;
      resolve({ code: null, signal: null, asked, lastLines: [], ...exit });
    };
    started.push(spec.args[0]);
    act(spec.args[0], out, end, clock);
    return Promise.resolve({
      pid: 1,
      stdin: undefined,
      stdout: undefined,
      pipe: () => out,
      lines: createEmitter<string>(),
      exited,
      async stop() {
        asked = true;
        end({ code: 255 });
        return await exited;
      },
      kill: () => end({ signal: 'SIGKILL' }),
    });
  };
  const over = { trial: undefined as CaptureTrial | undefined, failure: undefined as AppError | undefined };
  const isOver = (): boolean => over.trial !== undefined || over.failure !== undefined;
  const trying = (async () => {
    try {
      over.trial = await tryCapture({
        command,
        canvas: CANVAS,
        spawn,
        clock,
        words: {
          ended: (exit) => classifyCaptureExit(exit, NAMED, { platform: 'linux', readFailure: readFfmpegFailure }),
          lacks: (lack) => lackError(lack, NAMED, 'linux'),
        },
      });
    } catch (error) {
      over.failure = toAppError(error);
    }
  })();
  for (let ms = 0; ms < 20_000 && !isOver(); ms += 10) {
    await clock.advanceAsync(10);
    await nextTurn();
  }
  await trying;
  return { ...over, started, tookMs: clock.monotonicMs(), running: () => running, clock };
}

test('the picture is the one after the camera has found its exposure, with the rate at which they came', async () => {
  let frames = 0;
  const { trial, started, running } = await tryIt(CAMERA, (_how, out, _end, clock) => {
    const give = (): void => {
      frames += 1;
      out.write(Buffer.alloc(FRAME, frames));
      if (frames < 100) {
        clock.after(40, give);
      }
    };
    clock.after(900, give);
  });

  const picture = trial?.picture;
  assert(picture?.bytes.length === FRAME);
  assert(picture.bytes[0]! > 15, `the ${picture.bytes[0]!}th one`);
  assert(Math.abs(picture.frameRate! - 25) < 1, `${picture.frameRate!} pictures a second`);
  assert.equal(trial?.sound, undefined);
  assert.deepEqual(started, ['best']);
  assert.equal(running(), 0);
});

test('a camera that refuses a mode that it lists is asked for others, until one gives pictures', async () => {
  const { trial, started } = await tryIt(CAMERA, (how, out, end, clock) => {
    if (how === 'any') {
      out.write(Buffer.alloc(FRAME, 80));
      clock.after(100, () => end({ code: 0 }));
    } else {
      end({ code: 1, lastLines: ['[video4linux2,v4l2 @ 1] ioctl(VIDIOC_S_FMT): Invalid argument'] });
    }
  });

  assert.deepEqual(started, ['best', 'modest', 'any']);
  assert.equal(trial?.picture?.bytes[0], 80);
});

test('a camera that another program has is not asked again, and the cure is told', async () => {
  const { failure, started, running } = await tryIt(CAMERA, (_how, _out, end) =>
    end({ code: 1, lastLines: ['[video4linux2,v4l2 @ 1] ioctl(VIDIOC_STREAMON): Device or resource busy'] }),
  );

  assert.deepEqual(started, ['best']);
  assert.equal(failure?.code, 'capture/device-busy');
  assert.match(failure.message, /Another program uses Desk Camera/);
  assert.equal(running(), 0);
});

test('a camera that opens and gives nothing is given up within eight seconds, and no process is left', async () => {
  const { failure, started, tookMs, running, clock } = await tryIt(CAMERA, () => undefined);

  assert.equal(failure?.code, 'capture/no-frames');
  assert.deepEqual(started, ['best', 'modest']);
  assert(tookMs <= 8200, `${tookMs} ms`);
  assert.deepEqual([running(), clock.pending()], [0, 0]);
});

test('of a microphone 200 ms are kept, without the click of its beginning', async () => {
  const { trial } = await tryIt(MICROPHONE, (_how, out) => {
    out.write(Buffer.alloc(100 * 192, 99));
    out.write(Buffer.alloc(150 * 192, 1));
    out.write(Buffer.alloc(500 * 192, 2));
  });

  const sound = trial?.sound;
  assert.deepEqual([sound?.length, sound?.[0], sound?.at(-1)], [200 * 192, 1, 2]);
});

test('a microphone that gives less than that gives no sound', async () => {
  const { failure } = await tryIt(MICROPHONE, (_how, out) => out.write(Buffer.alloc(299 * 192)));

  assert.equal(failure?.code, 'capture/no-sound');
});
