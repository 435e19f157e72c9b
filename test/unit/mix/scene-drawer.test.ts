import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createCompositor } from '../../../src-main/core/mix/compose.ts';
import { createImageStore } from '../../../src-main/core/mix/image-store.ts';
import {
  createPicture,
  createPicturePool,
  fillRectangle,
  type Picture,
} from '../../../src-main/core/mix/picture.ts';
import { createSceneDrawer, type Shot } from '../../../src-main/core/mix/scene-drawer.ts';
import { createViewScaler } from '../../../src-main/core/mix/view-scaler.ts';
import type { MixerLayer, MixerScene } from '../../../src-main/core/ports/mixer.ts';

const CANVAS = { width: 64, height: 36 };
const WHOLE = { x: 0, y: 0, ...CANVAS };
const GROUND = { y: 30, u: 30, v: 30 };

function filled(level: number, { width, height } = CANVAS): Picture {
  const picture = createPicture(width, height);
  fillRectangle(picture, { x: 0, y: 0, width, height }, { y: level, u: level, v: level });
  return picture;
}

/** Luma and chroma of a pixel. */
function pixel({ bytes, width, height }: Picture, x: number, y: number): readonly number[] {
  const chroma = width * height + (y >> 1) * (width / 2) + (x >> 1);
  return [bytes[y * width + x]!, bytes[chroma]!, bytes[chroma + (width * height) / 4]!];
}

const grey = (level: number): readonly number[] => [level, level, level];

function shotOf(pictures: Readonly<Record<string, Picture>>, wallMs = 0): Shot {
  return {
    pictureOf(id) {
      const picture = pictures[id];
      return picture === undefined ? undefined : { picture, version: '1' };
    },
    slate: filled(200),
    slateVersion: 'slate:0',
    wallMs,
  };
}

function drawn(
  scene: MixerScene,
  shot: Shot,
  overlays: readonly MixerLayer[] = [],
  images = createImageStore(),
): Picture {
  const compositor = createCompositor(createPicturePool(CANVAS.width, CANVAS.height, 2));
  return compositor.compose(createSceneDrawer(CANVAS, scene, overlays, images)(shot));
}

const inset = { x: 40, y: 20, width: 20, height: 12 };
const layer = (source: string, patch: object = {}): MixerLayer => ({
  kind: 'picture',
  source,
  crop: WHOLE,
  box: WHOLE,
  radius: 0,
  ...patch,
});
const IN_PICTURE: MixerScene = {
  kind: 'composed',
  ground: GROUND,
  layers: [layer('screen'), layer('camera', { box: inset })],
};

test('an inset lies on the picture behind it, and nothing around it changes', () => {
  const picture = drawn(IN_PICTURE, shotOf({ screen: filled(60), camera: filled(150) }));

  for (let y = 0; y < CANVAS.height; y += 1) {
    for (let x = 0; x < CANVAS.width; x += 1) {
      const isInside = x >= 40 && x < 60 && y >= 20 && y < 32;
      assert.deepEqual(pixel(picture, x, y), grey(isInside ? 150 : 60), `at ${x},${y}`);
    }
  }
});

test('a source that is gone is replaced by the slate in its own place only', () => {
  const picture = drawn(IN_PICTURE, shotOf({ screen: filled(60) }));

  assert.deepEqual(pixel(picture, 50, 26), grey(200));
  assert.deepEqual(pixel(picture, 10, 10), grey(60));
});

test('a round inset leaves its corners to what is behind it, and its border lies inside of its box', () => {
  const box = { x: 20, y: 8, width: 20, height: 20 };
  const scene: MixerScene = {
    kind: 'composed',
    ground: GROUND,
    layers: [
      layer('screen'),
      layer('camera', { box, radius: 10, border: { width: 2, colour: { y: 235, u: 128, v: 128 } } }),
    ],
  };

  const picture = drawn(scene, shotOf({ screen: filled(60), camera: filled(150) }));

  assert.deepEqual(pixel(picture, 20, 8), grey(60), 'the corner');
  assert.deepEqual(pixel(picture, 30, 18), grey(150), 'the middle');
  assert.equal(pixel(picture, 30, 9)[0], 235, 'the border');
  assert.deepEqual(pixel(picture, 30, 7), grey(60), 'above the box');
});

test('what does not cover the canvas lies on the ground', () => {
  const scene: MixerScene = { kind: 'composed', ground: GROUND, layers: [layer('camera', { box: inset })] };

  const picture = drawn(scene, shotOf({ camera: filled(150) }));

  assert.deepEqual(pixel(picture, 0, 0), grey(30));
  assert.deepEqual(pixel(picture, 50, 26), grey(150));
});

test('overlays lie on scenes and on single sources, and never on the slate', () => {
  const images = createImageStore();
  const logo = filled(220, { width: 8, height: 4 });
  const alpha = Buffer.alloc(32, 255);
  alpha.fill(0, 0, 8);
  assert(
    images.set('logo', {
      width: 8,
      height: 4,
      picture: logo.bytes.toString('base64'),
      alpha: alpha.toString('base64'),
    }),
  );
  const overlays: MixerLayer[] = [{ kind: 'image', image: 'logo', x: 4, y: 2 }];
  const shot = shotOf({ screen: filled(60), camera: filled(150) });

  for (const scene of [IN_PICTURE, { kind: 'single', source: 'screen' } as const]) {
    const picture = drawn(scene, shot, overlays, images);
    assert.equal(pixel(picture, 6, 2)[0], 60, 'its first row is clear');
    assert.equal(pixel(picture, 6, 4)[0], 220);
    assert.equal(pixel(picture, 12, 4)[0], 60);
  }
  assert.equal(pixel(drawn({ kind: 'slate' }, shot, overlays, images), 6, 4)[0], 200);
});

test('an image that is not there, has other bytes than its size, or does not fit is left out', () => {
  const images = createImageStore();
  const shot = shotOf({ screen: filled(60) });
  const overlays: MixerLayer[] = [
    { kind: 'image', image: 'gone', x: 0, y: 0 },
    { kind: 'image', image: 'large', x: 60, y: 0 },
  ];
  const large = filled(220, { width: 8, height: 4 });
  images.set('large', {
    width: 8,
    height: 4,
    picture: large.bytes.toString('base64'),
    alpha: Buffer.alloc(32, 255).toString('base64'),
  });

  assert.equal(images.set('gone', { width: 8, height: 4, picture: 'AAAA', alpha: '' }), false);
  const picture = drawn({ kind: 'single', source: 'screen' }, shot, overlays, images);

  assert.deepEqual(picture.bytes, filled(60).bytes);
});

test('a layer of another canvas is left out, and the rest is shown', () => {
  const scene: MixerScene = {
    kind: 'composed',
    ground: GROUND,
    layers: [
      layer('screen', { box: { x: 32, y: 0, width: 64, height: 36 } }),
      layer('camera', { crop: { ...WHOLE, width: 1280 } }),
      layer('camera', { box: inset }),
    ],
  };

  const picture = drawn(scene, shotOf({ screen: filled(60), camera: filled(150) }));

  assert.deepEqual(pixel(picture, 0, 0), grey(30));
  assert.deepEqual(pixel(picture, 50, 26), grey(150));
});

test('a countdown changes with each second and is gone at its end', () => {
  const scene: MixerScene = {
    kind: 'composed',
    ground: GROUND,
    layers: [{ kind: 'countdown', untilMs: 90_000, box: WHOLE, colour: { y: 235, u: 128, v: 128 } }],
  };
  const drawer = createSceneDrawer(CANVAS, scene, [], createImageStore());
  const versionsAt = (wallMs: number) =>
    drawer(shotOf({}, wallMs)).map(({ version }) => version.replace(/^\d+:/, ''));

  assert.deepEqual(
    [0, 900, 1000, 29_999, 89_001, 90_000].map((wallMs) => versionsAt(wallMs)[1]),
    ['1:30', '1:30', '1:29', '1:01', '0:01', undefined],
  );
  const picture = drawn(scene, shotOf({}, 0));
  assert(
    picture.bytes.subarray(0, 64 * 36).some((level) => level > 200),
    'it can be seen',
  );
});

test('a scene that stays the same is drawn once, and again when one of its sources has another picture', () => {
  const compositor = createCompositor(createPicturePool(CANVAS.width, CANVAS.height, 2));
  const drawer = createSceneDrawer(CANVAS, IN_PICTURE, [], createImageStore());
  const pictures = { screen: filled(60), camera: filled(150) };
  const shot = (version: string): Shot => ({
    ...shotOf(pictures),
    pictureOf: (id) => ({ picture: pictures[id === 'camera' ? 'camera' : 'screen'], version }),
  });

  const first = compositor.compose(drawer(shot('1')));
  const same = compositor.compose(drawer(shot('1')));
  fillRectangle(pictures.camera, WHOLE, { y: 99, u: 99, v: 99 });
  const other = compositor.compose(drawer(shot('2')));

  assert.equal(same.bytes, first.bytes);
  assert.notEqual(other.bytes, first.bytes);
  assert.deepEqual(pixel(other, 50, 26), grey(99));
});

test('scaled to any size, one colour stays that colour', () => {
  const even = (least: number, most: number) =>
    fc.integer({ min: least / 2, max: most / 2 }).map((half) => half * 2);
  fc.assert(
    fc.property(even(16, 64), even(16, 36), even(2, 64), even(2, 36), (width, height, toWidth, toHeight) => {
      const crop = { x: 64 - width, y: 36 - height, width, height };
      const scaler = createViewScaler(CANVAS, crop, { width: toWidth, height: toHeight });

      const view = scaler.scale(filled(117));

      assert.equal(view.bytes.length, (view.width * view.height * 3) / 2);
      assert.deepEqual([view.width, view.height], [toWidth, toHeight]);
      assert(view.bytes.every((level) => level === 117));
    }),
    { numRuns: 60 },
  );
});

test('a part of a picture is cut where it was asked for', () => {
  const picture = filled(50);
  fillRectangle(picture, { x: 32, y: 18, width: 32, height: 18 }, { y: 180, u: 180, v: 180 });

  const quarter = createViewScaler(CANVAS, { x: 32, y: 18, width: 32, height: 18 }, { width: 32, height: 18 });
  const whole = createViewScaler(CANVAS, WHOLE, { width: 16, height: 10 });

  assert(quarter.scale(picture).bytes.every((level) => level === 180));
  const small = whole.scale(picture);
  assert.deepEqual(pixel(small, 2, 2), grey(50));
  assert.deepEqual(pixel(small, 13, 8), grey(180));
  assert.equal(createViewScaler(CANVAS, WHOLE, CANVAS).scale(picture), picture);
});
