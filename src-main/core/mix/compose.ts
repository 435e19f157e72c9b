import type { MixerScene } from '../ports/mixer.ts';
import { copyPicture, type Picture, type PicturePool, type PooledPicture } from './picture.ts';
import { drawThrough, type Stencil } from './stencil.ts';

/** One picture of a scene and where its upper left corner goes. Layers are drawn in order, the first one fills the canvas. */
export type Layer = {
  readonly picture: Picture;
  readonly x: number;
  readonly y: number;
  /** Differs when the contents differ; equal layers give an equal programme picture. */
  readonly version: string;
  /** Which of its pixels are drawn; all of them when left out. */
  readonly stencil?: Stencil | undefined;
};

/** The picture a source shows now; undefined when it has none. */
export type PictureOf = (source: string) => { readonly picture: Picture; readonly version: string } | undefined;

/** What one source, or the slate, consists of at this moment. A source that has no picture is replaced by the slate. */
export function layersOf(
  scene: Exclude<MixerScene, { kind: 'composed' }>,
  pictureOf: PictureOf,
  slate: Picture,
  slateVersion = 'slate',
): readonly Layer[] {
  switch (scene.kind) {
    case 'slate':
      return [{ picture: slate, x: 0, y: 0, version: slateVersion }];
    case 'single': {
      const shown = pictureOf(scene.source);
      return shown === undefined
        ? [{ picture: slate, x: 0, y: 0, version: slateVersion }]
        : [{ picture: shown.picture, x: 0, y: 0, version: `${scene.source}:${shown.version}` }];
    }
  }
}

export type Compositor = {
  /** Draws the layers; the caller is a holder of the result. The same layers again give the same buffer without drawing. */
  compose(layers: readonly Layer[]): PooledPicture;
  [Symbol.dispose](): void;
};

export function createCompositor(pool: PicturePool): Compositor {
  let last: PooledPicture | undefined;
  let lastVersion = '';

  return {
    compose(layers) {
      const version = layers.map((layer) => `${layer.version}@${layer.x},${layer.y}`).join(' ');
      if (last === undefined || version !== lastVersion) {
        last?.release();
        last = pool.take();
        // Until it is drawn: what is half drawn is never taken for the whole.
        lastVersion = '';
        for (const { picture, x, y, stencil } of layers) {
          if (stencil === undefined) {
            copyPicture(picture, last, x, y);
          } else {
            drawThrough(picture, stencil, last, x, y);
          }
        }
        lastVersion = version;
      }
      last.retain();
      return last;
    },
    [Symbol.dispose]() {
      last?.release();
      last = undefined;
    },
  };
}
