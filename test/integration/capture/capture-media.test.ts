import assert from 'node:assert/strict';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { systemClock } from '../../../src-main/base/clock.ts';
import { captureCommand } from '../../../src-main/core/capture/capture-command.ts';
import type { CapturedSpec } from '../../../src-main/core/capture/capture-context.ts';
import { NO_DEVICES } from '../../../src-main/core/capture/device-facts.ts';
import { findDevices } from '../../../src-main/core/capture/find-devices.ts';
import { prepareSource } from '../../../src-main/core/capture/prepare-source.ts';
import { openCaptureSource } from '../../../src-main/core/mix/capture-source.ts';
import type { Canvas } from '../../../src-main/core/ports/mixer.ts';
import type { FfmpegBinary, ProbeMedia } from '../../../src-main/core/ports/process.ts';
import type { OwnedProcesses } from '../../../src-main/core/process/create-processes.ts';
import { createProbeMedia } from '../../../src-main/core/process/ffprobe.ts';
import { readFfmpegFailure } from '../../../src-main/core/process/parse-failure.ts';
import { AppError } from '../../../src-main/shared/app-error.ts';
import { localFfmpeg, missingPrograms, openProcesses } from '../../support/real-ffmpeg.ts';
import { pixelAt, runCapture } from '../../support/run-capture.ts';
import { until } from '../../support/studio-stage.ts';

const skip = missingPrograms('ffmpeg', 'ffprobe');

const CANVAS: Canvas = { width: 320, height: 180, frameRate: { numerator: 30, denominator: 1 } };
const FRAME_BYTES = (CANVAS.width * CANVAS.height * 3) / 2;

let processes: OwnedProcesses;
let binary: FfmpegBinary;
let probe: ProbeMedia;
let folder: string;

before(async () => {
  processes = openProcesses();
  binary = (await localFfmpeg(processes)) ?? binary;
  probe = createProbeMedia({ ffmpeg: binary, ffprobe: 'ffprobe' }, processes.runToEnd);
  folder = await mkdtemp(join(tmpdir(), 'lectern-media-'));
});
after(async () => {
  await processes[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/** Makes a media file with ffmpeg and returns its path. */
async function make(name: string, ...args: readonly string[]): Promise<string> {
  const path = join(folder, name);
  await processes.runToEnd(
    {
      name: 'make',
      executable: binary.path,
      args: ['-nostdin', '-v', 'error', '-y', ...args, path],
      stdin: 'none',
      stdout: 'ignore',
      pipes: [],
      priority: 'normal',
      secrets: [],
      quit: 'term',
      graceMs: 500,
    },
    { timeoutMs: 20_000, maxOutputBytes: 0 },
  );
  return path;
}

const PICTURE = ['-f', 'lavfi', '-i', 'testsrc2=s=320x240:r=24'];
const SOUND = ['-f', 'lavfi', '-i', 'sine=440:r=44100'];
const CODED = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-c:a', 'aac'];

async function commandFor(spec: CapturedSpec) {
  const media = await probe(spec.kind === 'file' ? spec.path : spec.kind === 'url' ? spec.url : '');
  return captureCommand(spec, {
    platform: process.platform,
    canvas: CANVAS,
    binary,
    environment: {},
    devices: NO_DEVICES,
    media,
  });
}

test('a file is played over and over at its own speed, picture and sound together', { skip }, async () => {
  const path = await make('clip.mp4', ...PICTURE, ...SOUND, '-t', '1', ...CODED);
  const command = await commandFor({ id: 'f', kind: 'file', path, loop: true });
  await using capture = await runCapture(processes, command, FRAME_BYTES);
  await capture.until(({ frames }) => frames() >= 1);
  const begun = performance.now();

  await capture.until(({ soundSeconds }) => soundSeconds() >= 3.5);

  const elapsed = (performance.now() - begun) / 1000;
  const pictureSeconds = capture.frames() / 30;
  assert(elapsed > 2.6 && elapsed < 5, `3.5 s took ${elapsed} s`);
  assert(Math.abs(pictureSeconds - capture.soundSeconds()) < 0.25, `${pictureSeconds} s of picture`);
  assert.equal(command.finite, false);
});

test('a file that is to play once ends by itself, and that is no fault', { skip }, async () => {
  const path = await make('once.mp4', ...PICTURE, ...SOUND, '-t', '0.5', ...CODED);
  const command = await commandFor({ id: 'f', kind: 'file', path, loop: false });
  await using capture = await runCapture(processes, command, FRAME_BYTES);

  const exit = await capture.exited;

  assert.deepEqual([command.finite, exit.code], [true, 0]);
  assert(Math.abs(capture.frames() - 15) <= 2, `${capture.frames()} frames`);
});

test('sound that begins half a second after the picture stays half a second behind it', { skip }, async () => {
  const path = await make('late.mkv', ...PICTURE, '-itsoffset', '0.5', ...SOUND, '-t', '2', ...CODED);
  const command = await commandFor({ id: 'f', kind: 'file', path, loop: false });
  await using capture = await runCapture(processes, command, FRAME_BYTES);
  let silentSeconds = 0;
  await capture.until(({ peak, soundSeconds }) => {
    if (peak() < 300) {
      silentSeconds = soundSeconds();
    }
    return peak() >= 300;
  });

  assert(silentSeconds > 0.3 && silentSeconds < 0.7, `${silentSeconds} s of silence`);
});

test('a file with only a picture, only sound, or a cover picture gives what it has', { skip }, async () => {
  const mute = await make('mute.mp4', ...PICTURE, '-t', '0.5', ...CODED);
  const song = await make('song.mp3', ...SOUND, '-t', '0.5');
  const cover = await make('cover.png', '-f', 'lavfi', '-i', 'color=red:s=64x64', '-frames:v', '1');
  const covered = await make(
    'covered.mp3',
    '-i',
    song,
    '-i',
    cover,
    '-map',
    '0',
    '-map',
    '1',
    '-c',
    'copy',
    '-disposition:v',
    'attached_pic',
  );

  const fds = [];
  for (const path of [mute, song, covered]) {
    const { videoFd, audioFd } = await commandFor({ id: 'f', kind: 'file', path, loop: true });
    fds.push([videoFd, audioFd]);
  }

  assert.deepEqual(fds, [
    [3, undefined],
    [undefined, 3],
    [undefined, 3],
  ]);
});

test('a picture file is shown for as long as it is wanted', { skip }, async () => {
  const path = await make('slide.png', '-f', 'lavfi', '-i', 'color=red:s=1280x720', '-frames:v', '1');
  const command = await commandFor({ id: 'f', kind: 'file', path, loop: true });
  await using capture = await runCapture(processes, command, FRAME_BYTES);

  await capture.until(({ frames }) => frames() >= 40);

  const frame = capture.lastFrame();
  assert(frame !== undefined && capture.frames() >= 40);
  const { y, v } = pixelAt(frame, 320, 180, 160, 90);
  assert(Math.abs(y - 63) <= 2 && Math.abs(v - 240) <= 2, `${y} ${v}`);
});

test('pixels that are not square are shown in their shape', { skip }, async () => {
  // 180x180 stored, 4:3 when shown: 240 of the 320 columns.
  const path = await make(
    'wide.mp4',
    '-f',
    'lavfi',
    '-i',
    'color=white:s=180x180:r=30',
    '-t',
    '0.5',
    '-vf',
    'setdar=4/3',
    ...CODED,
  );
  const command = await commandFor({ id: 'f', kind: 'file', path, loop: true });
  await using capture = await runCapture(processes, command, FRAME_BYTES);
  await capture.until(({ frames }) => frames() >= 1);

  const frame = capture.lastFrame();
  assert(frame !== undefined);
  const row = Array.from({ length: 320 }, (_, x) => pixelAt(frame, 320, 180, x, 90).y > 128);

  assert.equal(row.filter(Boolean).length, 240);
});

test('a stream is opened with its password from standard input, and gives picture and sound', {
  skip,
}, async () => {
  const path = await make('stream.ts', ...PICTURE, ...SOUND, '-t', '2', ...CODED, '-f', 'mpegts');
  const server = await serve((request, response) => {
    if (request.headers.authorization !== `Basic ${btoa("pre'senter:hunter2secret")}`) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="studio"' }).end();
      return;
    }
    response.writeHead(200, { 'content-type': 'video/mp2t' });
    createReadStream(path).pipe(response);
  });
  const url = `http://pre'senter:hunter2secret@127.0.0.1:${server.port}/camera/live-0815`;
  const command = await commandFor({ id: 'u', kind: 'url', url });

  await using capture = await runCapture(processes, command, FRAME_BYTES);
  await capture.until(({ frames, soundSeconds }) => frames() >= 20 && soundSeconds() > 0.5);
  server.close();

  assert(capture.frames() >= 20 && capture.peak() > 300);
  assert(!command.args.join(' ').includes('127.0.0.1'));
});

test('a recording on a web server begins again at its end, also where the server knows no ranges', {
  skip,
}, async () => {
  const path = await make('talk.mp4', ...PICTURE, ...SOUND, '-t', '1', ...CODED, '-movflags', '+faststart');
  const { size: bytes } = await stat(path);
  for (const hasRanges of [true, false]) {
    await using opened = new AsyncDisposableStack();
    let asked = 0;
    const server = await serve((request, response) => {
      asked += 1;
      const from = hasRanges ? Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0) : 0;
      response.writeHead(hasRanges ? 206 : 200, {
        'content-type': 'video/mp4',
        'content-length': bytes - from,
        ...(hasRanges ? { 'content-range': `bytes ${from}-${bytes - 1}/${bytes}` } : {}),
      });
      createReadStream(path, { start: from }).pipe(response);
    });
    opened.defer(() => server.close());
    const command = await commandFor({ id: 'u', kind: 'url', url: `http://127.0.0.1:${server.port}/talk.mp4` });
    const clock = systemClock();
    const before = asked;
    const source = opened.use(
      openCaptureSource({
        definition: {
          id: 'u',
          kind: 'url',
          label: 'Talk',
          hasVideo: true,
          hasAudio: true,
          rejectBlack: false,
          input: { kind: 'capture', command },
        },
        command,
        canvas: CANVAS,
        supervise: processes.supervise,
        words: {
          ended: (exit) => new AppError('process/exited', exit.lastLines.join(' ')),
          lacks: (lack) => new AppError(lack, 'Nothing comes.'),
        },
        clock,
      }),
    );

    await until('it has begun three times and is shown', () => {
      const nowMs = clock.monotonicMs();
      assert.notEqual(source.status(nowMs).fault?.code, 'process/exited');
      return asked >= before + 3 && source.pictureAt(0, nowMs, Date.now()) !== undefined ? true : undefined;
    });
  }
});

test('a source is prepared from what the presenter chose to what the mixer runs', { skip }, async () => {
  const path = await make('prepared.mp4', ...PICTURE, ...SOUND, '-t', '0.5', ...CODED);
  const options = {
    platform: process.platform,
    environment: {},
    binary,
    probe,
    findDevices: () =>
      findDevices({
        platform: process.platform,
        environment: {},
        binary,
        run: processes.runToEnd,
        readFailure: readFfmpegFailure,
      }),
  };

  const { label, hasVideo, hasAudio, nativeSize, source } = await prepareSource(
    { id: 'clip', kind: 'file', path, loop: true },
    options,
  );

  const { input, ...rest } = source(CANVAS);
  assert.deepEqual(
    { label, hasVideo, hasAudio, nativeSize },
    {
      label: 'prepared.mp4',
      hasVideo: true,
      hasAudio: true,
      nativeSize: { width: 320, height: 240 },
    },
  );
  assert.deepEqual(rest, {
    id: 'clip',
    kind: 'file',
    label: 'prepared.mp4',
    hasVideo: true,
    hasAudio: true,
    rejectBlack: false,
  });
  assert(input.kind === 'capture' && input.command.args.includes(`file:${path}`));
  await assert.rejects(
    prepareSource({ id: 'x', kind: 'file', path: join(folder, 'gone.mp4'), loop: true }, options),
    (error) =>
      error instanceof AppError && error.code === 'capture/file-unreadable' && error.details['field'] === 'path',
  );
});

async function serve(
  listener: Parameters<typeof createServer>[1],
): Promise<{ readonly port: number; close(): void }> {
  const server: Server = createServer(listener);
  const { promise, resolve } = Promise.withResolvers<undefined>();
  server.listen(0, '127.0.0.1', () => resolve(undefined));
  await promise;
  const address = server.address();
  assert(address !== null && typeof address === 'object');
  return {
    port: address.port,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
