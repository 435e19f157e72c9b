import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MixerScene, MixerSource } from '../../../src-main/core/ports/mixer.ts';
import { compileScene, type PictureFacts } from '../../../src-main/core/studio/scenes/compile-scene.ts';
import { type SceneSpecInput, sceneSpec } from '../../../src-main/shared/api/scenes.ts';
import { decodeMark } from '../../../src-main/shared/test-mark.ts';
import { missingPrograms } from '../../support/real-ffmpeg.ts';
import { decodeRun } from './decode-run.ts';
import { breaks, ladder, openRig, TEST_SOURCE } from './rig.ts';

const skip = missingPrograms('ffmpeg');
const [WIDTH, HEIGHT] = [320, 180];
const CANVAS = { width: WIDTH, height: HEIGHT, frameRate: { numerator: 30, denominator: 1 } };
const FRAME_BYTES = (WIDTH * HEIGHT * 3) / 2;

const PICTURES: readonly PictureFacts[] = [
  { id: 'test', kind: 'screen', nativeSize: undefined },
  { id: 'red', kind: 'camera', nativeSize: undefined },
];

/** A camera that sees nothing but red. */
const RED: MixerSource = {
  id: 'red',
  label: 'Red',
  hasVideo: true,
  hasAudio: false,
  rejectBlack: false,
  input: {
    kind: 'capture',
    command: {
      executable: 'ffmpeg',
      args: [
        ...['-nostdin', '-v', 'error', '-re', '-f', 'lavfi', '-i', `color=red:size=${WIDTH}x${HEIGHT}:rate=30`],
        ...['-pix_fmt', 'yuv420p', '-f', 'rawvideo', 'pipe:1'],
      ],
      videoFd: 1,
      audioFd: undefined,
      secrets: [],
      finite: false,
    },
  },
};

function compiled(spec: SceneSpecInput): MixerScene {
  return compileScene(sceneSpec.parse(spec), {
    canvas: CANVAS,
    pictures: PICTURES,
    imageOf: () => undefined,
    takenMs: 0,
  }).scene;
}

/** How red a place is, in the chroma of what a viewer gets. */
function isRed(frame: Buffer, x: number, y: number): boolean {
  const chroma = (WIDTH * HEIGHT * 5) / 4 + (y >> 1) * (WIDTH / 2) + (x >> 1);
  return frame[chroma]! > 225;
}

/** Which scene a picture shows, told by where it is red: places where the test picture is always grey. */
function seen(frame: Buffer): string {
  const places = [
    ['inset', 270, 140],
    ['right', 170, 125],
    ['all', 10, 150],
  ] as const;
  return places
    .filter(([, x, y]) => isRed(frame, x, y))
    .map(([name]) => name)
    .join(' ');
}

const SCENES: readonly (readonly [seen: string, scene: MixerScene])[] = [
  ['inset', compiled({ kind: 'picture-in-picture', name: 'P', background: 'test', inset: 'red' })],
  ['right', compiled({ kind: 'side-by-side', name: 'S', left: 'test', right: 'red' })],
  ['inset right all', { kind: 'single', source: 'red' }],
  ['', { kind: 'single', source: 'test' }],
  [
    'inset',
    compiled({
      kind: 'picture-in-picture',
      name: 'R',
      background: '@screen',
      inset: '@camera',
      round: true,
      border: { width: 0.01, colour: '#ffffff' },
    }),
  ],
];

type Recording = {
  readonly starts: readonly number[];
  readonly gaps: readonly string[];
  readonly frames: Buffer;
  readonly switches: readonly { readonly atMs: number; readonly seen: string }[];
};

/** All scenes one after the other, and what the encoder made of them. */
async function record(): Promise<Recording> {
  await using rig = openRig();
  rig.core.handle({ type: 'configure', canvas: CANVAS, wallNowMs: Date.now() });
  rig.core.handle({ type: 'sources', sources: [TEST_SOURCE, RED] });
  rig.core.handle({ type: 'scene', scene: { kind: 'single', source: 'test' } });
  const command = ladder(CANVAS, [{ width: WIDTH, height: HEIGHT, kbps: 1500 }], 'ultrafast');
  rig.core.handle({ type: 'start-encoder', encoding: 'live', command });
  await rig.until(
    () => rig.events.some((event) => event.type === 'source' && event.id === 'red' && event.state === 'live'),
    'the camera',
    20_000,
  );
  await rig.until(() => rig.samples(0).length > 20, 'first frames', 20_000);

  const switches: { readonly atMs: number; readonly seen: string }[] = [];
  for (const [name, scene] of SCENES) {
    const before = rig.samples(0).length;
    switches.push({ atMs: Date.now(), seen: name });
    rig.core.handle({ type: 'scene', scene });
    await rig.until(() => rig.samples(0).length > before + 30, `frames of ${name}`, 20_000);
  }
  rig.core.handle({ type: 'stop-encoder', encoding: 'live' });
  await rig.until(() => rig.events.some(({ type }) => type === 'encoder-ended'), 'the end', 20_000);
  return {
    starts: rig.events.flatMap((event) => (event.type === 'encoder-run' ? [Number(event.videoStart) / 90] : [])),
    gaps: breaks(rig.samples(0)),
    frames: (await decodeRun(rig, 1, 1)).frames,
    switches,
  };
}

/** On a busy computer an encoder may stand still and be replaced, whatever is on air: that is another test's matter. */
async function recordUndisturbed(): Promise<Recording> {
  for (let attempt = 1; ; attempt += 1) {
    const recording = await record();
    if (recording.starts.length === 1 || attempt === 4) {
      return recording;
    }
  }
}

test('scenes change with the next frame, and the stream has every frame, none twice, none black, from one encoder', {
  skip,
  timeout: 120_000,
}, async () => {
  const { starts, gaps, frames, switches } = await recordUndisturbed();

  assert.equal(starts.length, 1, 'one encoder process from beginning to end');
  assert.deepEqual(gaps, [], 'no frame is missing');
  const pictures = Array.from({ length: frames.length / FRAME_BYTES }, (_, index) => {
    const frame = frames.subarray(index * FRAME_BYTES, (index + 1) * FRAME_BYTES);
    const timeMs = starts[0]! + (index * 1000) / 30;
    return { timeMs, shown: seen(frame), mark: decodeMark(frame, WIDTH, HEIGHT), luma: mean(frame) };
  });
  const changes = pictures.filter(({ shown }, index) => index > 0 && shown !== pictures[index - 1]!.shown);
  assert.deepEqual(
    changes.map(({ shown }) => shown),
    switches.map((entry) => entry.seen),
    'each scene follows the one before, with nothing in between',
  );
  changes.forEach(({ timeMs }, index) => {
    const lateMs = timeMs - switches[index]!.atMs;
    assert(lateMs < 100, `the switch to ${switches[index]!.seen} is ${lateMs} ms behind the word for it`);
  });
  for (const { timeMs, shown, mark, luma } of pictures) {
    assert(luma > 40, `black at ${timeMs}`);
    // Side by side and the camera alone have no whole mark; everywhere else each frame is that of its own time.
    if (shown === '' || shown === 'inset') {
      assert.equal(mark?.utcMs, Math.floor(timeMs + 1e-6), `the picture of ${timeMs} ms`);
    }
  }
});

function mean(frame: Buffer): number {
  let sum = 0;
  for (let at = 0; at < WIDTH * HEIGHT; at += 97) {
    sum += frame[at]!;
  }
  return (sum * 97) / (WIDTH * HEIGHT);
}
