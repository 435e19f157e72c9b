import { createCompositor } from '../../src-main/core/mix/compose.ts';
import { createImageStore } from '../../src-main/core/mix/image-store.ts';
import { createPicture, createPicturePool, type Picture } from '../../src-main/core/mix/picture.ts';
import { createSceneDrawer } from '../../src-main/core/mix/scene-drawer.ts';
import type { MixerScene } from '../../src-main/core/ports/mixer.ts';
import { compileScene, type PictureFacts } from '../../src-main/core/studio/scenes/compile-scene.ts';
import { type SceneSpecInput, sceneSpec } from '../../src-main/shared/api/scenes.ts';
import { type Bench, type Figure, median } from './figure.ts';

const FRAMES = 300;
const ROUNDS = 5;
const SIZES = [
  { width: 1280, height: 720 },
  { width: 1920, height: 1080 },
];
const PICTURES: readonly PictureFacts[] = [
  { id: 'screen', kind: 'screen', nativeSize: undefined },
  { id: 'camera', kind: 'camera', nativeSize: undefined },
];
const INSET: SceneSpecInput = {
  kind: 'picture-in-picture',
  name: 'P',
  background: '@screen',
  inset: '@camera',
};

/** What composing costs the mixer for each frame when every source has a new picture for each. */
export const scenesBench: Bench = {
  name: 'scenes',
  takes: '20 s',
  async run(tell) {
    const figures: Figure[] = [];
    for (const canvas of SIZES) {
      const compiled = (spec: SceneSpecInput): MixerScene =>
        compileScene(sceneSpec.parse(spec), { canvas, pictures: PICTURES, imageOf: () => undefined, takenMs: 0 })
          .scene;
      const scenes: readonly (readonly [name: string, scene: MixerScene, most: number | undefined])[] = [
        ['one source', { kind: 'single', source: 'screen' }, undefined],
        ['picture in picture', compiled(INSET), 3],
        [
          'picture in picture, round with border',
          compiled({ ...INSET, round: true, border: { width: 0.006, colour: '#ffffff' } }),
          4,
        ],
        ['side by side', compiled({ kind: 'side-by-side', name: 'S', left: '@screen', right: '@camera' }), 5],
      ];
      for (const [name, scene, most] of scenes) {
        const ms = Array.from({ length: ROUNDS }, () => measure(canvas, scene));
        tell(`${name}, ${canvas.height}p: ${ms.map((value) => value.toFixed(2)).join(', ')} ms a frame`);
        const target = most === undefined ? undefined : { most: (most * canvas.height) / 720 };
        figures.push({
          figure: `composing a frame of ${canvas.height}p, ${name}`,
          measured: median(ms),
          unit: 'ms',
          target,
          note: 'processor time in the mixer, with a new picture of every source',
        });
      }
    }
    return await Promise.resolve(figures);
  },
};

function measure(canvas: (typeof SIZES)[number], scene: MixerScene): number {
  const compositor = createCompositor(createPicturePool(canvas.width, canvas.height, 4));
  const drawer = createSceneDrawer(canvas, scene, [], createImageStore());
  const pictures = { screen: noisy(canvas), camera: noisy(canvas) };
  const slate = createPicture(canvas.width, canvas.height);
  const before = process.cpuUsage();
  for (let frame = 0; frame < FRAMES; frame += 1) {
    compositor
      .compose(
        drawer({
          pictureOf: (id) => ({
            picture: id === 'camera' ? pictures.camera : pictures.screen,
            version: String(frame),
          }),
          slate,
          slateVersion: 'slate',
          wallMs: frame * 33,
        }),
      )
      .release();
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / FRAMES;
}

function noisy({ width, height }: (typeof SIZES)[number]): Picture {
  const picture = createPicture(width, height);
  for (let at = 0; at < picture.bytes.length; at += 1) {
    picture.bytes[at] = (at * 2_654_435_761) >>> 24;
  }
  return picture;
}
