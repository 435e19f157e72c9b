import type { Area, Colour, MixerLayer, MixerScene } from '../ports/mixer.ts';
import { type Layer, layersOf, type PictureOf } from './compose.ts';
import { createCountdown } from './countdown.ts';
import type { ImageStore } from './image-store.ts';
import { createPicture, fillRectangle, type Picture } from './picture.ts';
import { cutStencil, roundedAlpha } from './stencil.ts';
import { createViewScaler } from './view-scaler.ts';

/** What there is at the moment of a frame. */
export type Shot = {
  readonly pictureOf: PictureOf;
  readonly slate: Picture;
  readonly slateVersion: string;
  readonly wallMs: number;
};

/** The layers of one scene for a frame. Everything that does not change with the frame has been worked out when it was made. */
export type SceneDrawer = (shot: Shot) => readonly Layer[];

type LayerDrawer = (shot: Shot) => Layer | undefined;
type Size = { readonly width: number; readonly height: number };

/** Tells the layers of drawers apart: another scene may have the same picture at the same place in another size. */
let made = 0;

export function createSceneDrawer(
  canvas: Size,
  scene: MixerScene,
  overlays: readonly MixerLayer[],
  images: Pick<ImageStore, 'get'>,
): SceneDrawer {
  const drawersOf = (layers: readonly MixerLayer[]): readonly LayerDrawer[] =>
    layers.flatMap((layer) => drawersOfLayer(layer, canvas, images));
  if (scene.kind === 'slate') {
    return ({ pictureOf, slate, slateVersion }) => layersOf(scene, pictureOf, slate, slateVersion);
  }
  const above = drawersOf(overlays);
  if (scene.kind === 'single') {
    return (shot) => [
      ...layersOf(scene, shot.pictureOf, shot.slate, shot.slateVersion),
      ...above.flatMap((draw) => draw(shot) ?? []),
    ];
  }
  const drawers = [...drawersOf(scene.layers), ...above];
  const ground = coversAll(scene.layers[0], canvas) ? [] : [solid(canvas, scene.ground)];
  return (shot) => [...ground, ...drawers.flatMap((draw) => draw(shot) ?? [])];
}

/** Then the ground need not be drawn: it is a quarter of the cost of an inset. */
function coversAll(layer: MixerLayer | undefined, canvas: Size): boolean {
  return (
    layer?.kind === 'picture' &&
    layer.radius === 0 &&
    isInside(layer.crop, canvas) &&
    isInside(layer.box, canvas) &&
    layer.box.width === canvas.width &&
    layer.box.height === canvas.height
  );
}

function isInside({ x, y, width, height }: Area, canvas: Size): boolean {
  return x + width <= canvas.width && y + height <= canvas.height;
}

function solid(
  size: Size,
  colour: Colour,
  at: { readonly x: number; readonly y: number } = { x: 0, y: 0 },
): Layer {
  const picture = createPicture(size.width, size.height);
  fillRectangle(picture, { x: 0, y: 0, width: size.width, height: size.height }, colour);
  made += 1;
  return { picture, ...at, version: `solid:${made}` };
}

function drawersOfLayer(layer: MixerLayer, canvas: Size, images: Pick<ImageStore, 'get'>): readonly LayerDrawer[] {
  switch (layer.kind) {
    case 'picture':
      return isInside(layer.box, canvas) && isInside(layer.crop, canvas) ? pictureDrawers(layer, canvas) : [];
    case 'image':
      return [imageDrawer(layer, canvas, images)];
    case 'countdown':
      return isInside(layer.box, canvas) ? [countdownDrawer(layer)] : [];
  }
}

function pictureDrawers(layer: Extract<MixerLayer, { kind: 'picture' }>, canvas: Size): readonly LayerDrawer[] {
  const { source, crop, box, radius, border } = layer;
  // Even, so that what is inside keeps to whole chroma samples; never more than leaves something inside.
  const rim = border === undefined ? 0 : Math.min(border.width & ~1, (Math.min(box.width, box.height) / 4) & ~1);
  const inner: Area = {
    x: box.x + rim,
    y: box.y + rim,
    width: box.width - 2 * rim,
    height: box.height - 2 * rim,
  };
  const stencilOf = ({ width, height }: Size, r: number) =>
    r <= 0 ? undefined : cutStencil(roundedAlpha(width, height, r), width, height);
  const stencil = stencilOf(inner, radius - rim);
  const scaler = createViewScaler(canvas, crop, inner);
  const whole: Area = { x: 0, y: 0, width: canvas.width, height: canvas.height };
  made += 1;
  const id = made;
  let view: Picture | undefined;
  let viewVersion = '';

  const drawn: LayerDrawer = ({ pictureOf, slate, slateVersion }) => {
    const shown = pictureOf(source);
    const version = shown === undefined ? slateVersion : `${source}:${shown.version}`;
    if (view === undefined || version !== viewVersion || scaler.isSource) {
      viewVersion = version;
      view =
        shown === undefined ? createViewScaler(canvas, whole, inner).scale(slate) : scaler.scale(shown.picture);
    }
    return { picture: view, x: inner.x, y: inner.y, version: `${id}:${version}`, stencil };
  };
  if (border === undefined || rim === 0) {
    return [drawn];
  }
  const frame = { ...solid(box, border.colour, box), stencil: stencilOf(box, radius) };
  return [() => frame, drawn];
}

function imageDrawer(
  layer: Extract<MixerLayer, { kind: 'image' }>,
  canvas: Size,
  images: Pick<ImageStore, 'get'>,
): LayerDrawer {
  const { x, y } = layer;
  return () => {
    const image = images.get(layer.image);
    return image === undefined || !isInside({ x, y, ...sizeOf(image.picture) }, canvas)
      ? undefined
      : { picture: image.picture, x, y, version: `image:${image.version}`, stencil: image.stencil };
  };
}

function sizeOf({ width, height }: Size): Size {
  return { width, height };
}

function countdownDrawer({ untilMs, box, colour }: Extract<MixerLayer, { kind: 'countdown' }>): LayerDrawer {
  const countdown = createCountdown(box, untilMs, colour);
  made += 1;
  const id = made;
  return ({ wallMs }) => {
    const drawn = countdown(wallMs);
    return drawn === undefined
      ? undefined
      : {
          picture: drawn.picture,
          x: box.x,
          y: box.y,
          version: `${id}:${drawn.text}`,
          stencil: drawn.stencil,
        };
  };
}
