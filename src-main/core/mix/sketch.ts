import type { Logger } from '../ports/logger.ts';
import type { MixerCommand, MixerEvent } from '../ports/mixer.ts';
import { createCompositor } from './compose.ts';
import type { ImageStore } from './image-store.ts';
import type { PicturePool } from './picture.ts';
import { createDownscaler } from './preview.ts';
import { createSceneDrawer, type Shot } from './scene-drawer.ts';

/** Draws a scene once as it would be on air at this moment, small; what cannot be drawn is answered by the slate. */
export function drawSketch(
  { request, scene, overlays, width }: Extract<MixerCommand, { type: 'sketch' }>,
  options: {
    readonly canvas: { readonly width: number; readonly height: number };
    readonly shot: Shot;
    readonly images: ImageStore;
    readonly pool: PicturePool;
    readonly logger: Logger;
  },
): MixerEvent {
  const { canvas, shot, images, logger } = options;
  const scaler = createDownscaler(canvas.width, canvas.height, width);
  const small = Buffer.allocUnsafe(scaler.bytes);
  using compositor = createCompositor(options.pool);
  try {
    const picture = compositor.compose(createSceneDrawer(canvas, scene, overlays, images)(shot));
    scaler.scale(picture, small);
    picture.release();
  } catch (error) {
    logger.error({ error }, 'a sketch of a scene could not be drawn');
    scaler.scale(shot.slate, small);
  }
  const { height } = scaler;
  return { type: 'sketch', request, width: scaler.width, height, picture: small.toString('base64') };
}
