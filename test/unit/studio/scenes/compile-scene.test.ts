import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { MixerLayer } from '../../../../src-main/core/ports/mixer.ts';
import {
  type CompileContext,
  compileOverlays,
  compileScene,
  type PictureFacts,
  stillId,
} from '../../../../src-main/core/studio/scenes/compile-scene.ts';
import { contentOf, toColour } from '../../../../src-main/core/studio/scenes/geometry.ts';
import { type Overlays, type SceneSpecInput, sceneSpec } from '../../../../src-main/shared/api/scenes.ts';
import { resolveSource } from '../../../../src-main/shared/scene-sources.ts';

const SCREEN: PictureFacts = { id: 'screen', kind: 'screen', nativeSize: { width: 1920, height: 1080 } };
const CAMERA: PictureFacts = { id: 'cam', kind: 'camera', nativeSize: { width: 640, height: 480 } };

function contextOf(patch: Partial<CompileContext> = {}): CompileContext {
  return {
    canvas: { width: 1280, height: 720 },
    pictures: [SCREEN, CAMERA],
    imageOf: (id) => (id === 'logo' ? { width: 200, height: 100, version: 'v1' } : undefined),
    takenMs: 1_000_000,
    ...patch,
  };
}

function compile(spec: SceneSpecInput, context = contextOf()) {
  const { scene, stills } = compileScene(sceneSpec.parse(spec), context);
  assert(scene.kind === 'composed');
  return { layers: scene.layers, stills };
}

const picturesOf = (layers: readonly MixerLayer[]) =>
  layers.flatMap((layer) => (layer.kind === 'picture' ? [layer] : []));

test('screen and camera are found by what they are, and by their order where that does not say', () => {
  const file: PictureFacts = { id: 'film', kind: 'file', nativeSize: undefined };
  const test: PictureFacts = { id: 'test', kind: 'test', nativeSize: undefined };
  const idOf = (ref: string, pictures: readonly PictureFacts[]) => resolveSource(ref, pictures)?.id;

  assert.equal(idOf('@screen', [CAMERA, SCREEN]), 'screen');
  assert.equal(idOf('@camera', [CAMERA, SCREEN]), 'cam');
  assert.deepEqual([idOf('@screen', [file, test]), idOf('@camera', [file, test])], ['film', 'test']);
  assert.deepEqual([idOf('@screen', [CAMERA, file]), idOf('@camera', [CAMERA, file])], ['film', 'cam']);
  assert.deepEqual([idOf('@screen', [CAMERA]), idOf('@camera', [CAMERA])], ['cam', undefined]);
  assert.deepEqual([idOf('film', [SCREEN]), idOf('@screen', [])], [undefined, undefined]);
});

test('the inset has the shape of its own picture, without the bars that its capture has put around it', () => {
  const { layers } = compile({ kind: 'picture-in-picture', name: 'P', background: '@screen', inset: '@camera' });
  const [background, inset] = picturesOf(layers);

  assert.deepEqual(background, {
    kind: 'picture',
    source: 'screen',
    crop: { x: 0, y: 0, width: 1280, height: 720 },
    box: { x: 0, y: 0, width: 1280, height: 720 },
    radius: 0,
  });
  assert.deepEqual(inset?.crop, { x: 160, y: 0, width: 960, height: 720 });
  assert.deepEqual(inset.box, { x: 934, y: 454, width: 320, height: 240 });
});

test('a round inset is a circle in its corner', () => {
  for (const [corner, x, y] of [
    ['top-left', 26, 26],
    ['top-right', 934, 26],
    ['bottom-left', 26, 374],
    ['bottom-right', 934, 374],
  ] as const) {
    const { layers } = compile({
      kind: 'picture-in-picture',
      name: 'P',
      background: '@screen',
      inset: '@camera',
      corner,
      round: true,
    });
    const inset = picturesOf(layers)[1];

    assert.deepEqual(inset?.box, { x, y, width: 320, height: 320 }, corner);
    assert.equal(inset.radius, 160);
    assert.equal(inset.crop.width, inset.crop.height);
  }
});

test('side by side shows all of both, or fills the halves', () => {
  const fitted = compile({ kind: 'side-by-side', name: 'S', left: '@screen', right: '@camera' });
  const filled = compile({ kind: 'side-by-side', name: 'S', left: '@screen', right: '@camera', fit: 'fill' });

  assert.deepEqual(
    picturesOf(fitted.layers).map(({ box }) => box),
    [
      { x: 0, y: 180, width: 640, height: 360 },
      { x: 640, y: 120, width: 640, height: 480 },
    ],
  );
  assert.deepEqual(
    picturesOf(filled.layers).map(({ box, crop }) => [box, crop]),
    [
      [
        { x: 0, y: 0, width: 640, height: 720 },
        { x: 320, y: 0, width: 640, height: 720 },
      ],
      [
        { x: 640, y: 0, width: 640, height: 720 },
        { x: 320, y: 0, width: 640, height: 720 },
      ],
    ],
  );
});

test('minutes count from when the scene went on air, a time stands for itself', () => {
  const untilOf = (countdown: NonNullable<Extract<SceneSpecInput, { kind: 'slate' }>['countdown']>) =>
    compile({ kind: 'slate', name: 'S', countdown }).layers.flatMap((layer) =>
      layer.kind === 'countdown' ? [layer.untilMs] : [],
    );

  assert.deepEqual(untilOf({ kind: 'minutes', minutes: 2 }), [1_120_000]);
  assert.deepEqual(untilOf({ kind: 'until', time: '1970-01-01T00:10:00Z' }), [600_000]);
});

test('a source, an image and a text that are not there are left out', () => {
  const { layers, stills } = compile({
    kind: 'custom',
    name: 'C',
    elements: [
      { kind: 'source', source: 'gone', x: 0, y: 0, width: 1, height: 1 },
      { kind: 'image', image: 'gone', x: 0, y: 0, width: 1, height: 1 },
      { kind: 'text', text: '  ', x: 0, y: 0, width: 1, height: 1 },
    ],
  });

  assert.deepEqual([layers, stills], [[], []]);
});

test('every layer of any own scene lies inside of the canvas, on even places', () => {
  const fraction = fc.double({ min: 0, max: 1, noNaN: true });
  const length = fc.double({ min: 0.02, max: 1, noNaN: true });
  const side = fc.integer({ min: 90, max: 1100 }).map((half) => half * 2);
  fc.assert(
    fc.property(
      fraction,
      fraction,
      length,
      length,
      fc.constantFrom('fit' as const, 'fill' as const),
      fc.tuple(side, side),
      fc.tuple(side, side),
      fc.double({ min: 0, max: 0.47, noNaN: true }),
      (x, y, width, height, fit, [canvasWidth, canvasHeight], [nativeWidth, nativeHeight], cut) => {
        const canvas = { width: canvasWidth, height: canvasHeight };
        const pictures = [{ ...CAMERA, nativeSize: { width: nativeWidth, height: nativeHeight } }];
        const crop = { left: cut, top: cut, right: cut, bottom: cut };
        const { layers } = compile(
          {
            kind: 'custom',
            name: 'C',
            elements: [{ kind: 'source', source: 'cam', x, y, width, height, fit, crop, radius: 1 }],
          },
          contextOf({ canvas, pictures }),
        );

        for (const { box, crop: part } of picturesOf(layers)) {
          for (const area of [box, part]) {
            const sides = Object.values(area);
            assert(
              sides.every((value) => Number.isInteger(value) && value >= 0 && value % 2 === 0),
              String(sides),
            );
            assert(area.width >= 2 && area.height >= 2, String(sides));
            assert(area.x + area.width <= canvas.width && area.y + area.height <= canvas.height, String(sides));
          }
        }
        assert.equal(layers.length, 1);
      },
    ),
  );
});

test('overlays are there when they are on and have something to show', () => {
  const overlays: Overlays = {
    logo: { on: true, image: 'logo', corner: 'top-right', size: 0.1 },
    lowerThird: { on: true, title: 'Dr. Müller', subtitle: '', side: 'left' },
  };

  const { layers, stills } = compileOverlays(overlays, contextOf());

  assert.deepEqual(
    stills.map((still) => [still.kind, still.width, still.height]),
    [
      ['file', 144, 72],
      ['lower-third', 1152, 72],
    ],
  );
  assert.deepEqual(layers[0], { kind: 'image', image: stillId(stills[0]!), x: 1110, y: 26 });
  const off = { logo: { ...overlays.logo, on: false }, lowerThird: { ...overlays.lowerThird, title: '' } };
  assert.deepEqual(compileOverlays(off, contextOf()), { layers: [], stills: [] });
});

test('where the capture puts the picture is known to the pixel', () => {
  const canvas = { width: 1280, height: 720 };

  assert.deepEqual(contentOf({ width: 640, height: 480 }, canvas), { x: 160, y: 0, width: 960, height: 720 });
  assert.deepEqual(contentOf({ width: 1366, height: 768 }, canvas), { x: 0, y: 0, width: 1280, height: 718 });
  assert.deepEqual(contentOf({ width: 1281, height: 800 }, canvas), { x: 64, y: 0, width: 1152, height: 720 });
  assert.deepEqual(contentOf(undefined, canvas), { x: 0, y: 0, width: 1280, height: 720 });
});

test('colours are those of BT.709 in the range of video', () => {
  assert.deepEqual(toColour('#000000'), { y: 16, u: 128, v: 128 });
  assert.deepEqual(toColour('#ffffff'), { y: 235, u: 128, v: 128 });
  assert.deepEqual(toColour('#ff0000'), { y: 63, u: 102, v: 240 });
});
