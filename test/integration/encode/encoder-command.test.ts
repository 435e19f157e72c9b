import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { x264 } from '../../../src-main/core/encode/codecs/x264.ts';
import { type EncoderOptions, encoderCommand } from '../../../src-main/core/encode/encoder-args.ts';
import { createMovingFrames } from '../../../src-main/core/encode/moving-frames.ts';
import { encodingSteps } from '../../../src-main/core/encode/overload-steps.ts';
import { type LadderPlan, resolveLadder } from '../../../src-main/core/encode/resolve-ladder.ts';
import type { FfmpegBinary } from '../../../src-main/core/ports/process.ts';
import type { OwnedProcesses } from '../../../src-main/core/process/create-processes.ts';
import type { CustomLadder, LadderChoice } from '../../../src-main/shared/api/ladder.ts';
import { localFfmpeg, missingPrograms, openProcesses } from '../../support/real-ffmpeg.ts';
import { type RunningEncoder, runEncoder, type TrackOutput } from '../../support/run-encoder.ts';

const skip = missingPrograms('ffmpeg');
const OFFSET_SECONDS = 10;

let processes: OwnedProcesses;
let binary: FfmpegBinary;

before(async () => {
  processes = openProcesses();
  const found = await localFfmpeg(processes);
  assert(found !== undefined || skip !== false);
  binary = found ?? binary;
});
after(async () => {
  await processes[Symbol.asyncDispose]();
});

const SMALL: CustomLadder = {
  frameRate: 30,
  video: [
    { width: 320, height: 180, bitrate: 400_000 },
    { width: 160, height: 90, bitrate: 100_000 },
  ],
  audio: { bitrate: 96_000, sampleRate: 48_000, channels: 2 },
};

function planOf(choice: LadderChoice, frameRate = 30): LadderPlan {
  return resolveLadder(choice, { frameRate, sourceSize: undefined, fits: undefined });
}

const SMALL_PLAN = planOf({ kind: 'custom', ladder: SMALL });

async function start(plan: LadderPlan, over: Partial<EncoderOptions> = {}): Promise<RunningEncoder> {
  const options = { binary, encoder: { codec: 'libx264', preset: 'superfast' }, cores: 2, ...over } as const;
  return await runEncoder(processes.spawn, encoderCommand(plan, options));
}

async function encode(plan: LadderPlan, frames: number, over: Partial<EncoderOptions> = {}) {
  const encoder = await start(plan, over);
  const loop = createMovingFrames(plan.canvas);
  const { frameRate } = plan.canvas;
  await encoder.feed(
    Array.from({ length: frames }, (_, index) => loop[index % loop.length] ?? new Uint8Array()),
    frameRate.numerator,
  );
  const exit = await encoder.finish();
  assert.deepEqual({ code: exit.code, lines: exit.lastLines }, { code: 0, lines: [] });
  return encoder.tracks;
}

function samplesOf({ fragments }: TrackOutput) {
  return fragments.flat();
}

/** Frames that are IDR pictures: NAL unit type 5, ISO/IEC 14496-10 §7.4.1. */
function idrFrames(track: TrackOutput): number[] {
  return samplesOf(track).flatMap(({ data }, frame) => {
    const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    for (let at = 0; at < data.length; at += 4 + view.getUint32(at)) {
      if ((view.getUint8(at + 4) & 31) === 5) {
        return [frame];
      }
    }
    return [];
  });
}

test('all layers have closed groups of two seconds behind a first one of a second, cut at the same frames', {
  skip,
}, async () => {
  const [top, low] = await encode(SMALL_PLAN, 200, { firstGopSeconds: 1 });
  assert(top !== undefined && low !== undefined);

  const marked = samplesOf(top).flatMap(({ sync }, frame) => (sync ? [frame] : []));

  assert.deepEqual(marked, [0, 30, 90, 150]);
  assert.deepEqual(idrFrames(top), marked);
  assert.deepEqual(idrFrames(low), marked);
});

test('without a short first group the cuts are every two seconds from the start', { skip }, async () => {
  const [top] = await encode(SMALL_PLAN, 130);
  assert(top !== undefined);

  assert.deepEqual(idrFrames(top), [0, 60, 120]);
});

test('each fragment is one frame, and the times begin exactly at the offset and have no gap', {
  skip,
}, async () => {
  const tracks = await encode(SMALL_PLAN, 50);

  for (const [index, track] of tracks.entries()) {
    const isSound = index === tracks.length - 1;
    const start = BigInt(OFFSET_SECONDS * track.timescale) - (isSound ? 1024n : 0n);
    const length = isSound ? 1024 : 3000;
    const samples = samplesOf(track);
    assert(track.fragments.every((fragment) => fragment.length === 1));
    assert.deepEqual(
      samples.map(({ decodeTime, compositionOffset }) => [decodeTime, compositionOffset]),
      samples.map((_, frame) => [start + BigInt(frame * length), 0]),
    );
    assert(samples.slice(0, -1).every(({ duration }) => duration === length));
    // Both end with the last thing that was fed: 50 frames, 80 000 sound samples; the last AAC frame is only partly filled.
    assert.equal(samples.at(-1)?.duration, isSound ? 128 : 3000);
  }
  assert.deepEqual(
    tracks.map(({ timescale, fragments }) => [timescale, fragments.length]),
    [
      [90_000, 50],
      [90_000, 50],
      [48_000, 80],
    ],
  );
});

test('what is fed comes out at once: at most two frames are inside the encoder', { skip }, async () => {
  const encoder = await start(SMALL_PLAN);
  const frames = createMovingFrames(SMALL_PLAN.canvas).slice(0, 10);
  await encoder.feed(frames, 30);

  for (
    let waited = 0;
    waited < 100 && encoder.tracks.slice(0, 2).some(({ fragments }) => fragments.length < 8);
    waited += 1
  ) {
    await wait(50);
  }
  const out = encoder.tracks.map(({ fragments }) => fragments.length);
  encoder.kill();

  assert(
    out.slice(0, 2).every((count) => count >= 8),
    `${out.join(', ')} fragments of 10 frames`,
  );
});

test('the header bytes are the same for every preset, first group, number of cores and run', {
  skip,
}, async () => {
  for (const preset of ['1080p-4-Layer', 'Default720p'] as const) {
    const plan = planOf({ kind: 'preset', preset });
    const runs: TrackOutput['header'][][] = [];
    for (const over of [
      { encoder: { codec: 'libx264', preset: 'superfast' }, cores: 2 },
      { encoder: { codec: 'libx264', preset: 'superfast' }, cores: 2 },
      { encoder: { codec: 'libx264', preset: 'ultrafast' }, cores: 2, firstGopSeconds: 1 },
      { encoder: { codec: 'libx264', preset: 'superfast' }, cores: 8, firstGopSeconds: 0.5 },
    ] as const) {
      runs.push((await encode(plan, 3, over)).map(({ header }) => header));
    }

    const [first] = runs;
    assert.equal(first?.length, plan.video.length + 1);
    assert(first.every((header) => header.length > 500));
    for (const run of runs) {
      assert.deepEqual(run, first, preset);
    }
  }
});

test('the header stays the same at the frame rates of the settings, too', { skip }, async () => {
  for (const frameRate of [24, 25, 50, 60] as const) {
    const plan = planOf({ kind: 'custom', ladder: { ...SMALL, frameRate } });
    const headers: Buffer[][] = [];
    for (const preset of x264.presets) {
      const tracks = await encode(plan, 3, { encoder: { codec: 'libx264', preset } });
      headers.push(tracks.map(({ header }) => header));
    }

    assert.deepEqual(headers[0], headers[1], `${frameRate} frames a second`);
  }
});

test('pictures of two presets can be joined: a player decodes one behind the other with the first header', {
  skip,
}, async () => {
  const [before] = await encode(SMALL_PLAN, 30);
  const [behind] = await encode(SMALL_PLAN, 30, { encoder: { codec: 'libx264', preset: 'ultrafast' } });
  assert(before !== undefined && behind !== undefined);
  const joined = Buffer.concat([...before.bytes, Buffer.concat(behind.bytes).subarray(behind.header.length)]);

  const { lastLines } = await processes.runToEnd(
    {
      name: 'decoder',
      executable: binary.path,
      args: ['-nostdin', '-v', 'error', '-xerror', '-i', 'pipe:0', '-fps_mode', 'passthrough', '-f', 'null', '-'],
      stdin: 'pipe',
      stdout: 'ignore',
      pipes: [],
      priority: 'normal',
      secrets: [],
      quit: 'term',
      graceMs: 500,
    },
    { timeoutMs: 10_000, maxOutputBytes: 1000, stdin: joined },
  );

  // The times of the second run begin again; what counts is that every picture decodes.
  assert.deepEqual(
    lastLines.filter((line) => !/DTS|dts|monoton/.test(line)),
    [],
  );
});

test('players are told that the colours are BT.709 in the range of video', {
  skip: missingPrograms('ffmpeg', 'ffprobe'),
}, async () => {
  const [top] = await encode(SMALL_PLAN, 5);
  assert(top !== undefined);

  const { stdout } = await processes.runToEnd(
    {
      name: 'ffprobe',
      executable: 'ffprobe',
      args: [
        '-v',
        'error',
        '-select_streams',
        'v',
        '-show_entries',
        'stream=profile,color_range,color_space,color_transfer,color_primaries,has_b_frames',
        '-of',
        'csv=p=0',
        'pipe:0',
      ],
      stdin: 'pipe',
      stdout: 'pipe',
      pipes: [],
      priority: 'normal',
      secrets: [],
      quit: 'term',
      graceMs: 500,
    },
    { timeoutMs: 10_000, maxOutputBytes: 10_000, stdin: Buffer.concat(top.bytes) },
  );

  assert.equal(new TextDecoder().decode(stdout).trim(), 'High,0,tv,bt709,bt709,bt709');
});

test('sound only: the frames are swallowed, the sound is encoded', { skip }, async () => {
  const [sound, ...others] = await encode(planOf({ kind: 'preset', preset: 'AudioOnly' }), 60);

  assert.deepEqual(others, []);
  assert.equal(sound?.fragments.length, 95);
});

test('whatever is left out so that a computer keeps up, the tracks that stay have the same headers, key frames at the same times, and no hole', {
  skip,
}, async () => {
  const plan = planOf({
    kind: 'custom',
    ladder: { ...SMALL, video: [...SMALL.video, { width: 128, height: 72, bitrate: 60_000 }] },
  });
  const steps = encodingSteps(plan, { presets: ['superfast', 'ultrafast'], gopFrames: 60 });
  assert.deepEqual(
    steps.map(({ kind }) => kind),
    ['full', 'rungs', 'preset', 'rungs', 'frame-rate'],
  );
  const full = await encode(plan, 70);

  for (const step of steps.slice(1)) {
    const tracks = await encode(plan, 70, {
      encoder: { codec: 'libx264', preset: step.preset },
      reduction: step,
    });

    assert.equal(tracks.length, step.layers.length + 1);
    for (const [index, layer] of step.layers.entries()) {
      const [track, before] = [tracks[index], full[plan.video.indexOf(layer)]];
      assert(track !== undefined && before !== undefined);
      assert.deepEqual(track.header, before.header, step.kind);
      const samples = samplesOf(track);
      assert.equal(samples.length, step.halfRate ? 35 : 70);
      assert.deepEqual(
        samples.flatMap(({ sync, decodeTime }) => (sync ? [Number(decodeTime)] : [])),
        [900_000, 900_000 + 60 * 3000],
      );
      assert.ok(
        samples.slice(1).every(({ decodeTime }, at) => {
          const last = samples[at];
          return last !== undefined && decodeTime === last.decodeTime + BigInt(last.duration);
        }),
        'times go on without a hole',
      );
    }
  }
});
