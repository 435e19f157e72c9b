import assert from 'node:assert/strict';
import { PassThrough, Readable } from 'node:stream';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createEmitter } from '../../../src-main/base/emitter.ts';
import { classifyCaptureExit } from '../../../src-main/core/capture/classify-capture-exit.ts';
import { lackError } from '../../../src-main/core/capture/lack-error.ts';
import { type CaptureWords, openCaptureSource } from '../../../src-main/core/mix/capture-source.ts';
import type { Source } from '../../../src-main/core/mix/source.ts';
import { createSourceList } from '../../../src-main/core/mix/source-list.ts';
import { silentLogger } from '../../../src-main/core/ports/logger.ts';
import type { CaptureCommand, MixerEvent, MixerSource } from '../../../src-main/core/ports/mixer.ts';
import type { Child, ChildExit, ChildSpec, Supervise } from '../../../src-main/core/ports/process.ts';
import { readFfmpegFailure } from '../../../src-main/core/process/parse-failure.ts';
import { createSupervise } from '../../../src-main/core/process/supervise.ts';
import { type ManualClock, manualClock } from '../../support/manual-clock.ts';

const CANVAS = { width: 4, height: 2, frameRate: { numerator: 30, denominator: 1 } };
const PERIOD_MS = 1000 / 30;
const COMMAND: CaptureCommand = {
  executable: 'ffmpeg',
  args: ['-i', 'device'],
  videoFd: 1,
  audioFd: 3,
  secrets: [],
  finite: false,
};

const words: CaptureWords = {
  ended: (exit, source) =>
    classifyCaptureExit(exit, source, { platform: 'linux', readFailure: readFfmpegFailure }),
  lacks: (lack, source) => lackError(lack, source, 'linux'),
};

type FakeCapture = {
  readonly spec: ChildSpec;
  readonly video: PassThrough;
  readonly audio: PassThrough;
  readonly stdin: PassThrough;
  readonly die: (exit: Partial<ChildExit>) => void;
  readonly wasKilled: () => boolean;
  readonly wasStopped: () => boolean;
};

function fakeDevices(clock: ManualClock) {
  const captures: FakeCapture[] = [];
  const supervise: Supervise = createSupervise({
    spawn(spec) {
      const { child, capture } = startCapture(spec);
      captures.push(capture);
      return Promise.resolve(child);
    },
    clock,
    random: () => 0.5,
    logger: silentLogger,
  });
  return { captures, supervise };
}

function startCapture(spec: ChildSpec): { readonly child: Child; readonly capture: FakeCapture } {
  const { promise: exited, resolve } = Promise.withResolvers<ChildExit>();
  const video = new PassThrough();
  const audio = new PassThrough();
  const stdin = new PassThrough();
  let wasKilled = false;
  let wasStopped = false;
  const end = (exit: Partial<ChildExit>): void =>
    resolve({ code: null, signal: null, asked: wasStopped, lastLines: [], ...exit });
  return {
    capture: { spec, video, audio, stdin, die: end, wasKilled: () => wasKilled, wasStopped: () => wasStopped },
    child: {
      pid: 1,
      stdin: spec.stdin === 'pipe' ? stdin : undefined,
      stdout: video,
      pipe: () => audio,
      lines: createEmitter<string>(),
      exited,
      async stop() {
        wasStopped = true;
        end({ code: 255 });
        return await exited;
      },
      kill() {
        wasKilled = true;
        end({ signal: 'SIGKILL' });
      },
    },
  };
}

function definition(more: Partial<MixerSource> = {}, command: CaptureCommand = COMMAND): MixerSource {
  return {
    id: 'cam',
    label: 'Camera',
    hasVideo: true,
    hasAudio: true,
    rejectBlack: false,
    input: { kind: 'capture', command },
    ...more,
  };
}

function openWorld(more: Partial<MixerSource> = {}, command: CaptureCommand = COMMAND) {
  const clock = manualClock();
  const devices = fakeDevices(clock);
  const source: Source = openCaptureSource({
    definition: definition(more, command),
    command,
    canvas: CANVAS,
    supervise: devices.supervise,
    words,
    clock,
  });
  return {
    clock,
    source,
    captures: devices.captures,
    last: () => devices.captures.at(-1)!,
    status: () => source.status(clock.monotonicMs()),
    /** Luma of what is shown now. */
    shown: () => source.pictureAt(0, clock.monotonicMs(), clock.wallMs())?.picture.bytes[0],
    /** Lets the youngest process give frames of one level, and sound, for a time. */
    async play(ms: number, level = 100, withSound = true): Promise<void> {
      for (let played = 0; played < ms; played += PERIOD_MS) {
        const capture = devices.captures.at(-1);
        capture?.video.write(Buffer.alloc(12, level));
        if (withSound) {
          capture?.audio.write(Buffer.alloc(1600 * 4));
        }
        await nextTurn();
        await clock.advanceAsync(PERIOD_MS);
      }
    },
  };
}

test('a source that freezes gives way to the slate within a second, and its process is replaced', async () => {
  const world = openWorld();
  await world.clock.advanceAsync(0);
  assert.equal(world.status().state, 'starting');
  await world.play(1000);
  assert.equal(world.status().state, 'live');

  const states: string[] = [];
  for (let ms = 0; ms < 4000; ms += 250) {
    await world.clock.advanceAsync(250);
    states.push(`${world.status().state} ${world.shown() ?? 'slate'}`);
  }

  assert.deepEqual(states.slice(0, 5), ['live 100', 'live 100', 'held 100', 'lost slate', 'lost slate']);
  assert(world.captures[0]!.wasKilled());
  assert.equal(world.captures.length, 2);
  assert.equal(world.status().restarts, 1);
});

test('a source that comes back does not show what it had before it was lost', async () => {
  const world = openWorld();
  await world.play(500, 50);
  await world.clock.advanceAsync(4000);
  const shown: (number | undefined)[] = [];

  for (let frame = 0; frame < 10; frame += 1) {
    await world.play(1, 200);
    shown.push(world.shown());
  }

  assert(!shown.includes(50), String(shown));
  assert.equal(shown.at(-1), 200);
  assert.equal(world.status().state, 'live');
  assert.equal(world.status().fault, undefined);
});

test('a process that dies is started again at once, and the last frame stays meanwhile', async () => {
  const world = openWorld();
  await world.play(1000);

  world.last().die({ code: 1, lastLines: ['Input/output error'] });
  await world.clock.advanceAsync(100);

  assert.equal(world.captures.length, 2);
  assert.equal(world.shown(), 100);
  assert.equal(world.status().fault?.code, 'process/exited');
  await world.play(200);
  assert.equal(world.status().fault, undefined);
});

test('a device that was unplugged is waited for however long it takes', async () => {
  const world = openWorld();
  await world.play(1000);
  const gone = { code: 1, lastLines: ['[video4linux2] Cannot open video device /dev/video0: No such device'] };
  world.last().die(gone);
  for (let attempt = 0; attempt < 40; attempt += 1) {
    await world.clock.advanceAsync(1000);
    world.last().die(gone);
  }
  assert.equal(world.status().state, 'lost');
  assert.equal(world.status().fault?.code, 'capture/device-not-found');
  const attempts = world.captures.length;
  assert(attempts > 8 && attempts < 20, `${attempts} attempts`);

  await world.clock.advanceAsync(5000);
  await world.play(500);

  assert.equal(world.status().state, 'live');
});

test('a permission that is refused is not asked for again and again', async () => {
  const world = openWorld();
  await world.clock.advanceAsync(0);

  world.last().die({ code: 1, lastLines: ['/dev/video0: Permission denied'] });
  await world.clock.advanceAsync(60_000);

  assert.equal(world.captures.length, 1);
  assert.equal(world.status().state, 'failed');
  assert.equal(world.status().fault?.code, 'capture/permission-denied');
  assert.equal(world.shown(), undefined);

  world.source.retry();
  await world.clock.advanceAsync(0);
  assert.equal(world.captures.length, 2);
  assert.equal(world.status().state, 'starting');
});

test('a source that has given nothing for two seconds says so', async () => {
  const world = openWorld();
  await world.clock.advanceAsync(1900);
  assert.equal(world.status().fault, undefined);

  await world.clock.advanceAsync(200);

  assert.equal(world.status().state, 'starting');
  assert.equal(world.status().fault?.code, 'capture/no-frames');
});

test('a microphone that has given nothing for two seconds says so', async () => {
  const world = openWorld({ hasVideo: false }, { ...COMMAND, videoFd: undefined });

  await world.clock.advanceAsync(2100);

  assert.equal(world.status().fault?.code, 'capture/no-sound');
});

test('a camera whose sound stays away says so, and is shown all the same', async () => {
  const world = openWorld();

  await world.play(2500, 100, false);

  assert.deepEqual([world.status().state, world.status().fault?.code], ['live', 'capture/no-sound']);
});

test('a screen that gives only black from its start says so, and is shown all the same', async () => {
  const world = openWorld({ rejectBlack: true });

  await world.play(1900, 16);
  assert.equal(world.status().fault, undefined);
  await world.play(300, 17);

  assert.deepEqual([world.status().state, world.status().fault?.code], ['live', 'capture/black-frames']);
  assert.equal(world.shown(), 17);
  await world.play(300, 90);
  assert.equal(world.status().fault, undefined);
  await world.play(5000, 16);
  assert.equal(world.status().fault, undefined, 'black is fine once it has shown something');
});

test('a file that ends stays on its last frame, then gives way to the slate, without a fault', async () => {
  const world = openWorld({}, { ...COMMAND, finite: true });
  await world.play(1000);

  world.last().die({ code: 0 });
  await world.clock.advanceAsync(500);
  assert.deepEqual([world.status().state, world.shown()], ['live', 100]);
  await world.clock.advanceAsync(30_000);

  assert.deepEqual([world.status().state, world.shown(), world.status().fault], ['lost', undefined, undefined]);
  assert.equal(world.captures.length, 1);
  world.source.retry();
  await world.play(500);
  assert.deepEqual([world.captures.length, world.status().state], [2, 'live']);
});

test('the end of what loops is no fault: it is begun again at once, however short it is and however often', async () => {
  const world = openWorld({ kind: 'url' }, { ...COMMAND, loops: true });
  await world.play(1000);

  for (let lap = 2; lap <= 6; lap += 1) {
    world.last().die({ code: 0 });
    await world.clock.advanceAsync(0);
    assert.equal(world.captures.length, lap);
    await world.clock.advanceAsync(300);
    assert.deepEqual([world.status().state, world.status().fault], ['live', undefined]);
    await world.play(1000);
  }

  assert.equal(world.status().restarts, 0);
});

test('what loops and fails, or ends before it gave anything, is tried again with growing waits and says so', async () => {
  for (const code of [0, 1]) {
    const world = openWorld({ kind: 'url' }, { ...COMMAND, loops: true });
    for (const _end of [1, 2]) {
      await world.clock.advanceAsync(0);
      world.last().die({ code });
    }
    await world.clock.advanceAsync(100);

    assert.equal(world.captures.length, 2);
    assert.equal(world.status().fault?.code, 'process/exited');
  }
});

test('a file that fails before its end is tried again', async () => {
  const world = openWorld({}, { ...COMMAND, finite: true });
  await world.play(1000);

  world.last().die({ code: 1 });
  await world.clock.advanceAsync(100);

  assert.equal(world.captures.length, 2);
});

test('a file that is no media file is not tried again', async () => {
  const world = openWorld({ kind: 'file' }, { ...COMMAND, finite: true });
  await world.clock.advanceAsync(0);

  world.last().die({ code: 1, lastLines: ['talk.mp4: Invalid data found when processing input'] });
  await world.clock.advanceAsync(10_000);

  assert.deepEqual([world.status().state, world.status().fault?.code], ['failed', 'capture/file-unreadable']);
});

test('a retry replaces a process that hangs', async () => {
  const world = openWorld();
  await world.play(500);
  await world.clock.advanceAsync(1500);

  world.source.retry();
  world.source.retry();
  await world.play(500);

  assert(world.captures[0]!.wasStopped());
  assert.equal(world.captures.length, 2);
  assert.equal(world.status().state, 'live');
});

test('a source that gives something is begun anew only when it must be', async () => {
  const world = openWorld();
  await world.play(500);

  world.source.retry();
  await world.play(100);
  assert.equal(world.captures.length, 1);
  world.source.retry(true);
  await world.play(500);

  assert(world.captures[0]!.wasStopped());
  assert.deepEqual([world.captures.length, world.status().state], [2, 'live']);
});

test('a source that comes many times faster than real time is slowed down', async () => {
  const clock = manualClock();
  let reads = 0;
  // Gives 1.2 MB, a tenth of a million frames, whenever it is asked.
  const flood = new Readable({
    highWaterMark: 65_536,
    read() {
      reads += 1;
      this.push(Buffer.alloc(65_536, 100));
    },
  });
  const supervise: Supervise = createSupervise({
    spawn(spec) {
      const { child } = startCapture(spec);
      return Promise.resolve({ ...child, stdout: flood });
    },
    clock,
    random: () => 0.5,
    logger: silentLogger,
  });
  const source = openCaptureSource({
    definition: definition(),
    command: COMMAND,
    canvas: CANVAS,
    supervise,
    words,
    clock,
  });

  for (let ms = 0; ms < 1000; ms += 10) {
    await clock.advanceAsync(10);
    await nextTurn();
  }

  assert(reads < 60, `${reads} reads`);
  assert.equal(source.pictureAt(0, clock.monotonicMs(), 0)?.picture.bytes[0], 100);
  await source[Symbol.asyncDispose]();
});

test('what must not be seen among the arguments is written to every new process', async () => {
  const world = openWorld({}, { ...COMMAND, stdin: "file 'rtsp://user:password@camera/'\n" });
  await world.clock.advanceAsync(0);
  world.last().die({ code: 1 });
  await world.clock.advanceAsync(100);

  assert.equal(world.captures.length, 2);
  for (const { stdin, spec } of world.captures) {
    assert.equal(String(stdin.read()), "file 'rtsp://user:password@camera/'\n");
    assert(stdin.writableEnded);
    assert(!spec.args.join(' ').includes('password'));
  }
});

test('a source that is closed leaves no process and no timer', async () => {
  const world = openWorld();
  await world.play(200);

  const closed = world.source[Symbol.asyncDispose]();
  await world.clock.advanceAsync(100);
  await closed;

  assert(world.last().wasStopped());
  assert.equal(world.captures.length, 1);
});

test('a list keeps a source whose definition is the same, and closes and opens what has changed', async () => {
  const clock = manualClock();
  const { captures, supervise } = fakeDevices(clock);
  const events: MixerEvent[] = [];
  const list = createSourceList({
    canvas: CANVAS,
    supervise,
    words,
    clock,
    onEvent: (event) => events.push(event),
  });
  const one = definition({ id: 'one' });
  const two = definition({ id: 'two' });
  list.set([one, two]);
  await clock.advanceAsync(0);

  list.set([structuredClone(one), definition({ id: 'two' }, { ...COMMAND, args: ['other'] })]);
  await clock.advanceAsync(0);
  list.report();

  assert.deepEqual(
    captures.map(({ spec, wasStopped }) => [spec.name, spec.args.at(-1), wasStopped()]),
    [
      ['capture:one', 'device', false],
      ['capture:two', 'device', true],
      ['capture:two', 'other', false],
    ],
  );
  list.report();
  assert.equal(events.length, 2, 'what has not changed is not told again');
  list.set([]);
  assert.equal(list.get('one'), undefined);
  await list[Symbol.asyncDispose]();
  assert(captures.every((capture) => capture.wasStopped()));
});

test('a device is given back before it is opened with other settings', async () => {
  const clock = manualClock();
  const { promise: released, resolve: release } = Promise.withResolvers<ChildExit>();
  const started: string[] = [];
  const supervise: Supervise = createSupervise({
    spawn(spec) {
      started.push(spec.args[0] ?? '');
      const { child } = startCapture(spec);
      return Promise.resolve(
        spec.args[0] === 'slow' ? { ...child, exited: released, stop: () => released } : child,
      );
    },
    clock,
    random: () => 0.5,
    logger: silentLogger,
  });
  const list = createSourceList({
    canvas: CANVAS,
    supervise,
    words,
    clock,
    onEvent: () => undefined,
  });
  list.set([definition({}, { ...COMMAND, args: ['slow'] })]);
  await clock.advanceAsync(0);

  list.set([definition({}, { ...COMMAND, args: ['new'] })]);
  await clock.advanceAsync(500);
  assert.deepEqual(started, ['slow']);
  release({ code: 255, signal: null, asked: true, lastLines: [] });
  await clock.advanceAsync(0);

  assert.deepEqual(started, ['slow', 'new']);
  await list[Symbol.asyncDispose]();
});

test('a feed that gives nothing is waited for and its process is left alone, before its first picture and after', async () => {
  const world = openWorld({ feed: true });
  await world.clock.advanceAsync(60_000);
  assert.equal(world.captures.length, 1);
  await world.play(1000);

  await world.clock.advanceAsync(60_000);

  assert.equal(world.captures.length, 1);
  assert.equal(world.status().state, 'lost');
  assert.equal(world.shown(), undefined);
  await world.play(500);
  assert.equal(world.status().state, 'live');
});

test('the process of a feed that pauses ends in order: that is no fault, and the next one is there at once', async () => {
  const world = openWorld({ feed: true });
  await world.play(1000);

  world.last().die({ code: 0 });
  await world.clock.advanceAsync(100);

  assert.equal(world.captures.length, 2);
  assert.equal(world.status().fault, undefined);
});

test('a feed tells which of its pictures is on show: its number in its process, and since when', async () => {
  const world = openWorld({ feed: true });
  const onShow = () => world.source.shown?.();
  assert.equal(onShow(), undefined);
  await world.play(10 * PERIOD_MS);
  world.shown();
  const first = onShow();
  const shownMs = world.clock.wallMs();
  // With 120 ms of delay the tenth is still to come.
  assert.deepEqual([first?.pid, first?.wallMs], [1, shownMs]);
  assert(first !== undefined && first.index >= 0 && first.index < 9, `picture ${first?.index}`);

  world.shown();
  assert.deepEqual(onShow(), first);
  world.last().die({ code: 0 });
  await world.clock.advanceAsync(100);

  assert.equal(onShow(), undefined, 'the new process has given nothing yet');
  await world.play(10 * PERIOD_MS);
  world.shown();
  assert((onShow()?.index ?? 99) < 10);
});

test('a source that is no feed tells nothing of its pictures', async () => {
  const world = openWorld();
  await world.play(500);
  world.shown();

  assert.equal(world.source.shown?.(), undefined);
});

test('a stream from the network, which comes a segment at a time, is waited for twice as long', async () => {
  const world = openWorld({ kind: 'url' });
  await world.play(1000);

  await world.clock.advanceAsync(1500);
  assert.deepEqual([world.status().state, world.shown()], ['held', 100]);
  await world.clock.advanceAsync(600);

  assert.deepEqual([world.status().state, world.shown()], ['lost', undefined]);
});

const MODES: CaptureCommand = { ...COMMAND, args: ['best'], otherArgs: [['modest'], ['any']] };
const REFUSED = { code: 1, lastLines: ['[video4linux2,v4l2 @ 1] ioctl(VIDIOC_S_FMT): Invalid argument'] };

test('a camera that ends before it gave a picture is asked for another mode, and stays with the one that works', async () => {
  const world = openWorld({}, MODES);
  await world.clock.advanceAsync(0);
  const asked = () => world.captures.map(({ spec }) => spec.args[0]);

  world.last().die(REFUSED);
  await world.clock.advanceAsync(100);
  assert.deepEqual(asked(), ['best', 'modest']);
  await world.play(500);
  assert.equal(world.status().state, 'live');
  world.last().die({ code: 1 });
  await world.clock.advanceAsync(600);

  assert.deepEqual(asked(), ['best', 'modest', 'modest']);
});

test('a camera that opens and gives nothing is asked for another mode after ten seconds', async () => {
  const world = openWorld({}, MODES);

  await world.clock.advanceAsync(11_000);

  assert.deepEqual(
    world.captures.map(({ spec }) => spec.args[0]),
    ['best', 'modest'],
  );
});

test('what this ffmpeg does not understand is no reason to give up while there is another way to ask', async () => {
  const world = openWorld({}, MODES);
  await world.clock.advanceAsync(0);

  for (let attempt = 0; attempt < 6; attempt += 1) {
    world.last().die({ code: 1, lastLines: ["Unrecognized option 'input_format'."] });
    await world.clock.advanceAsync(5000);
  }

  assert.deepEqual(
    world.captures.map(({ spec }) => spec.args[0]),
    ['best', 'modest', 'any'],
  );
  assert.deepEqual([world.status().state, world.status().fault?.code], ['failed', 'capture/unsupported']);
});

test('a camera that is in use is asked in the same way until it is free', async () => {
  const world = openWorld({}, MODES);
  await world.clock.advanceAsync(0);

  world.last().die({ code: 1, lastLines: ['/dev/video0: Device or resource busy'] });
  await world.clock.advanceAsync(100);

  assert.deepEqual(
    world.captures.map(({ spec }) => spec.args[0]),
    ['best', 'best'],
  );
});

test('how sound lies beside the picture is told while it is heard', async () => {
  const world = openWorld();
  assert.equal(world.status().sync, undefined);
  const out = new Float32Array(3200);
  for (let block = 0; block < 60; block += 1) {
    await world.play(PERIOD_MS);
    world.source.readSound(out, 1600, world.clock.monotonicMs() - PERIOD_MS, 0);
  }

  const { sync } = world.status();
  assert(sync !== undefined && Math.abs(sync.offsetMs) < 5 && Math.abs(sync.driftPpm) < 300, JSON.stringify(sync));
  await world.clock.advanceAsync(1000);

  assert.equal(world.status().sync, undefined);
});
