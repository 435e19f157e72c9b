import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { captureCommand } from '../../../src-main/core/capture/capture-command.ts';
import type { CapturedSpec } from '../../../src-main/core/capture/capture-context.ts';
import { classifyCaptureExit } from '../../../src-main/core/capture/classify-capture-exit.ts';
import { NO_DEVICES } from '../../../src-main/core/capture/device-facts.ts';
import { findDevices } from '../../../src-main/core/capture/find-devices.ts';
import type { Canvas } from '../../../src-main/core/ports/mixer.ts';
import type { FfmpegBinary } from '../../../src-main/core/ports/process.ts';
import type { OwnedProcesses } from '../../../src-main/core/process/create-processes.ts';
import { readFfmpegFailure } from '../../../src-main/core/process/parse-failure.ts';
import { localFfmpeg, missingPrograms, openProcesses } from '../../support/real-ffmpeg.ts';
import { pixelAt, runCapture } from '../../support/run-capture.ts';
import { playTone, startPulseAudio } from '../../support/sound-server.ts';
import { paintDesktop, startClient, startXvfb } from '../../support/x-server.ts';

const skip = process.platform === 'linux' ? missingPrograms('ffmpeg', 'Xvfb') : 'needs Linux';
const skipWindows = skip || missingPrograms('xterm');
const skipSound = skip || missingPrograms('pulseaudio');

const CANVAS: Canvas = { width: 320, height: 180, frameRate: { numerator: 30, denominator: 1 } };
const FRAME_BYTES = (CANVAS.width * CANVAS.height * 3) / 2;

/** Pure red in BT.709, range of video; BT.601 would have 81, 90, 240. */
const RED = 0xff0000;
const RED_709 = { y: 63, u: 102, v: 240 };
const BLACK = { y: 16, u: 128, v: 128 };

let processes: OwnedProcesses;
let binary: FfmpegBinary;

before(async () => {
  processes = openProcesses();
  binary = (await localFfmpeg(processes)) ?? binary;
});
after(async () => {
  await processes[Symbol.asyncDispose]();
});

function command(spec: CapturedSpec, environment: Record<string, string>, devices = NO_DEVICES) {
  return captureCommand(spec, { platform: 'linux', canvas: CANVAS, binary, environment, devices });
}

const SCREEN = { id: 's', kind: 'screen', cursor: true } as const;

/** Scalers differ in the last bit, nothing more. */
function assertPixel(
  frame: Uint8Array | undefined,
  [x, y]: readonly [number, number],
  expected: { readonly y: number; readonly u: number; readonly v: number },
): void {
  assert(frame !== undefined, 'there is a frame');
  const found = pixelAt(frame, CANVAS.width, CANVAS.height, x, y);
  const differences = [found.y - expected.y, found.u - expected.u, found.v - expected.v];
  assert(
    differences.every((difference) => Math.abs(difference) <= 2),
    `${x},${y}: ${JSON.stringify(found)}`,
  );
}

test('the desktop arrives in canvas size and in the colours of BT.709, with bars where its shape differs', {
  skip,
}, async () => {
  await using server = await startXvfb(processes, { screen: '640x480x24' });
  await paintDesktop(server.display, RED);
  await using capture = await runCapture(processes, command(SCREEN, { DISPLAY: server.display }), FRAME_BYTES);

  await capture.until(({ frames }) => frames() >= 3);

  const frame = capture.lastFrame()?.slice();
  // The pointer is in the middle.
  assertPixel(frame, [100, 50], RED_709);
  assertPixel(frame, [30, 90], BLACK);
  assertPixel(frame, [300, 90], BLACK);
});

test('a region is cut out of the screen and fills the canvas when it has its shape', { skip }, async () => {
  await using server = await startXvfb(processes, { screen: '640x480x24' });
  await paintDesktop(server.display, RED);
  const region = { x: 100, y: 100, width: 160, height: 90 };
  await using capture = await runCapture(
    processes,
    command({ ...SCREEN, region }, { DISPLAY: server.display }),
    FRAME_BYTES,
  );

  await capture.until(({ frames }) => frames() >= 1);

  const frame = capture.lastFrame();
  assertPixel(frame, [0, 0], RED_709);
  assertPixel(frame, [318, 178], RED_709);
});

test('frames come at the rate of the canvas, and SIGTERM ends it at once', {
  skip,
}, async () => {
  await using server = await startXvfb(processes);
  await using capture = await runCapture(processes, command(SCREEN, { DISPLAY: server.display }), FRAME_BYTES);
  // It begins with what it has missed while it opened the display.
  await capture.until(({ frames }) => frames() >= 20);
  const [steady, before] = [performance.now(), capture.frames()];
  await capture.until(({ frames }) => frames() >= before + 45);
  const perSecond = (1000 * (capture.frames() - before)) / (performance.now() - steady);

  const stopping = performance.now();
  const exit = await capture.stop();

  assert(perSecond > 24 && perSecond < 33, `${perSecond} frames a second`);
  assert(performance.now() - stopping < 900);
  assert.equal(exit.asked, true);
});

test('a window is captured by its id, and its end is told as such', { skip: skipWindows }, async () => {
  await using server = await startXvfb(processes);
  const xterm = await startClient(processes, server.display, 'xterm', [
    '-T',
    'Slides',
    '-bg',
    '#ff0000',
    '-fg',
    '#ff0000',
    '-cr',
    '#ff0000',
    '-b',
    '0',
    '-bw',
    '0',
    '-geometry',
    '60x18+40+40',
    '+sb',
  ]);
  const environment = { DISPLAY: server.display };
  const find = () =>
    findDevices({
      platform: 'linux',
      environment,
      binary,
      run: processes.runToEnd,
      readFailure: readFfmpegFailure,
      root: '/nowhere',
    });
  let { facts } = await find();
  for (let tries = 0; tries < 60 && facts.windows.length === 0; tries += 1) {
    ({ facts } = await find());
  }
  const [window] = facts.windows;
  assert(window !== undefined);
  const spec = { id: 'w', kind: 'window', device: window.id, cursor: false } as const;
  await using capture = await runCapture(processes, command(spec, environment, facts), FRAME_BYTES);
  await capture.until(({ frames }) => frames() >= 20);
  assertPixel(capture.lastFrame(), [160, 130], RED_709);

  await xterm.stop();
  const exit = await capture.exited;

  const error = classifyCaptureExit(
    exit,
    { kind: 'window', label: 'Slides' },
    { platform: 'linux', readFailure: readFfmpegFailure },
  );
  assert.equal(error.code, 'capture/device-not-found');
});

test('what the computer plays is heard on the default output, without being asked for by name', {
  skip: skipSound,
}, async () => {
  await using sound = await startPulseAudio(processes);
  await using _tone = await playTone(processes, sound, 'speakers');
  const spec = { id: 'a', kind: 'system-audio' } as const;
  await using capture = await runCapture(
    processes,
    command(spec, sound.environment),
    FRAME_BYTES,
    sound.environment,
  );

  await capture.until(({ peak, soundSeconds }) => peak() > 1000 && soundSeconds() > 0.5);

  assert.equal(capture.frames(), 0);
  assert(capture.peak() > 1000);
});

test('sound comes in real time', { skip: skipSound }, async () => {
  await using sound = await startPulseAudio(processes);
  const spec = { id: 'm', kind: 'microphone', device: 'usb-mic' } as const;
  await using capture = await runCapture(
    processes,
    command(spec, sound.environment),
    FRAME_BYTES,
    sound.environment,
  );
  await capture.until(({ soundSeconds }) => soundSeconds() > 0);
  const [begun, before] = [performance.now(), capture.soundSeconds()];

  await capture.until(({ soundSeconds }) => soundSeconds() > before + 1.5);

  const speed = (capture.soundSeconds() - before) / ((performance.now() - begun) / 1000);
  assert(speed > 0.9 && speed < 1.1, `${speed} seconds a second`);
});

test('a microphone that is not there, and a sound server that is not there, are told apart', {
  skip: skipSound,
}, async () => {
  await using sound = await startPulseAudio(processes);
  const spec = { id: 'm', kind: 'microphone', device: 'unplugged' } as const;
  const ends = await Promise.all(
    [sound.environment, { PULSE_SERVER: 'unix:/nonexistent' }].map(async (environment) => {
      const capture = await runCapture(processes, command(spec, environment), FRAME_BYTES, environment);
      const exit = await capture.exited;
      return classifyCaptureExit(
        exit,
        { kind: 'microphone', label: 'Headset' },
        { platform: 'linux', readFailure: readFfmpegFailure },
      );
    }),
  );

  assert.deepEqual(
    ends.map(({ code }) => code),
    ['capture/device-not-found', 'capture/unsupported'],
  );
  assert.match(ends[1]?.message ?? '', /PulseAudio or PipeWire/);
});

test('a display that is gone ends the capture with its reason', { skip }, async () => {
  await using server = await startXvfb(processes);
  await using capture = await runCapture(processes, command(SCREEN, { DISPLAY: server.display }), FRAME_BYTES);
  await capture.until(({ frames }) => frames() >= 1);
  await server[Symbol.asyncDispose]();
  await capture.exited;

  const again = await runCapture(processes, command(SCREEN, { DISPLAY: server.display }), FRAME_BYTES);
  const error = classifyCaptureExit(
    await again.exited,
    { kind: 'screen', label: 'Screen' },
    { platform: 'linux', readFailure: readFfmpegFailure },
  );

  assert.equal(error.code, 'capture/no-display');
});

test('a camera’s colours are brought from BT.601 to BT.709', { skip }, async () => {
  // There is no camera here: its filters are run on the frame that one would give, red in BT.601 as YUY2 and as full-range MJPEG.
  const { args } = command({ id: 'c', kind: 'camera', device: '/dev/video0' }, {});
  const filters = args[args.indexOf('-vf') + 1] ?? '';
  for (const format of ['yuyv422', 'yuvj422p']) {
    const { stdout } = await processes.runToEnd(
      {
        name: 'camera filters',
        executable: binary.path,
        args: [
          '-nostdin',
          '-v',
          'error',
          '-f',
          'lavfi',
          '-i',
          `color=red:s=640x480:r=1,format=bgr0,scale=out_color_matrix=bt601:out_range=${format === 'yuyv422' ? 'tv' : 'pc'},format=${format}`,
          '-frames:v',
          '1',
          '-vf',
          filters,
          '-f',
          'rawvideo',
          'pipe:1',
        ],
        stdin: 'none',
        stdout: 'pipe',
        pipes: [],
        priority: 'normal',
        secrets: [],
        quit: 'term',
        graceMs: 500,
      },
      { timeoutMs: 10_000, maxOutputBytes: FRAME_BYTES },
    );
    assertPixel(stdout, [160, 90], RED_709);
  }
});

test('a computer that wakes after eight hours gets the next frame, and not a million copies of the last', {
  skip,
}, async () => {
  const { args } = command({ id: 'c', kind: 'camera', device: '/dev/video0' }, {});
  const filters = args[args.indexOf('-vf') + 1] ?? '';
  const { stdout } = await processes.runToEnd(
    {
      name: 'jump',
      executable: binary.path,
      args: [
        '-nostdin',
        '-v',
        'error',
        '-f',
        'lavfi',
        '-i',
        "testsrc2=s=320x180:r=30,setpts='PTS+if(gte(N,5),28800/TB,0)'",
        '-frames:v',
        '12',
        '-vf',
        filters,
        '-r',
        '30/1',
        '-f',
        'rawvideo',
        'pipe:1',
      ],
      stdin: 'none',
      stdout: 'pipe',
      pipes: [],
      priority: 'normal',
      secrets: [],
      quit: 'term',
      graceMs: 500,
    },
    { timeoutMs: 10_000, maxOutputBytes: 20 * FRAME_BYTES },
  );
  const frames = Array.from({ length: stdout.length / FRAME_BYTES }, (_, index) =>
    Buffer.from(stdout.subarray(index * FRAME_BYTES, (index + 1) * FRAME_BYTES)).toString('base64'),
  );

  assert.equal(new Set(frames).size, 12);
});

test('an address with a password is not in the process list', { skip }, async () => {
  const url = 'http://user:hunter2secret@127.0.0.1:9/stream-key-0815?token=abcdef';
  const media = {
    format: 'mpegts',
    durationSeconds: undefined,
    bitrate: undefined,
    streams: [{ kind: 'audio', index: 0, codec: 'aac', sampleRate: 48_000, channels: 2 }],
  } as const;
  const { args, secrets, stdin } = captureCommand(
    { id: 'u', kind: 'url', url },
    { platform: 'linux', canvas: CANVAS, binary, environment: {}, devices: NO_DEVICES, media },
  );
  const child = await processes.spawn({
    name: 'capture',
    executable: binary.path,
    args,
    stdin: 'pipe',
    stdout: 'ignore',
    pipes: ['from-child'],
    priority: 'normal',
    secrets,
    quit: 'term',
    graceMs: 500,
  });
  const line = await readFile(`/proc/${child.pid}/cmdline`, 'utf8');
  child.stdin?.end(stdin);
  const exit = await child.exited;

  for (const secret of ['hunter2secret', 'stream-key-0815', 'abcdef']) {
    assert(!line.includes(secret), `${secret} in the command line`);
    assert(!exit.lastLines.join('\n').includes(secret), `${secret} in: ${exit.lastLines.join('\n')}`);
  }
  assert(exit.lastLines.length > 0);
});
