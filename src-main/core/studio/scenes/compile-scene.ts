import { createHash } from 'node:crypto';
import type { Corner, Fit, Overlays, SceneElement, SceneSpec, SourceRef } from '../../../shared/api/scenes.ts';
import type { SourceKind } from '../../../shared/api/studio.ts';
import { resolveSource } from '../../../shared/scene-sources.ts';
import type { Area, Colour, MixerLayer, MixerScene } from '../../ports/mixer.ts';
import { contentOf, cropOf, cutToShape, fitInto, placeOn, type Size, toColour, toEven } from './geometry.ts';

/** A source with a picture. */
export type PictureFacts = {
  readonly id: string;
  readonly kind: SourceKind;
  readonly nativeSize: Size | undefined;
};

/** A still that has to be drawn for a scene. Equal ones are drawn once. */
export type StillSpec = Size &
  (
    | { readonly kind: 'text'; readonly text: string; readonly colour: string; readonly align: Align }
    | { readonly kind: 'file'; readonly image: string; readonly version: string; readonly fit: Fit }
    | {
        readonly kind: 'lower-third';
        readonly title: string;
        readonly subtitle: string;
        readonly side: Align;
      }
  );
export type Align = 'left' | 'center' | 'right';

export type CompiledScene = { readonly scene: MixerScene; readonly stills: readonly StillSpec[] };
export type CompiledLayers = { readonly layers: readonly MixerLayer[]; readonly stills: readonly StillSpec[] };

export type CompileContext = {
  readonly canvas: Size;
  readonly pictures: readonly PictureFacts[];
  readonly imageOf: (id: string) => (Size & { readonly version: string }) | undefined;
  /** When the scene went on air, or now: where its minutes begin. */
  readonly takenMs: number;
};

/** A dark blue that is easy on the eye and on the encoder, like the stock slate. */
const SLATE_GROUND: Colour = { y: 41, u: 138, v: 122 };
const SIDE_BY_SIDE_GROUND: Colour = { y: 20, u: 130, v: 126 };

/** From the edges of the picture, in its heights. */
const MARGIN = 0.035;

/** What the mixer shows for a scene. Pure; a source or an image that is not there is left out. */
export function compileScene(spec: SceneSpec, context: CompileContext): CompiledScene {
  const { canvas } = context;
  const whole: Area = { x: 0, y: 0, width: canvas.width, height: canvas.height };
  switch (spec.kind) {
    case 'picture-in-picture': {
      const { background, inset, corner, size, round, border } = spec;
      return composed(SIDE_BY_SIDE_GROUND, [
        sourceLayers({ source: background, box: whole, fit: 'fit', isWhole: true }, context),
        sourceLayers(
          {
            source: inset,
            box: insetBox({ corner, size, round, source: inset }, context),
            fit: 'fill',
            radius: round ? 1 : 0,
            border,
          },
          context,
        ),
      ]);
    }
    case 'side-by-side': {
      const half = toEven(canvas.width / 2);
      const { left, right, fit } = spec;
      return composed(SIDE_BY_SIDE_GROUND, [
        sourceLayers({ source: left, box: { ...whole, width: half }, fit }, context),
        sourceLayers({ source: right, box: { ...whole, x: half, width: canvas.width - half }, fit }, context),
      ]);
    }
    case 'slate': {
      const { title, image, countdown } = spec;
      const hasCountdown = countdown !== undefined;
      return composed(SLATE_GROUND, [
        image === undefined ? NOTHING : imageLayers(image, whole, 'fill', context),
        textLayers({
          text: title,
          box: placeOn(canvas, { x: 0.06, y: hasCountdown ? 0.33 : 0.43, width: 0.88, height: 0.14 }),
          colour: '#e8eef2',
          align: 'center',
        }),
        countdown === undefined
          ? NOTHING
          : countdownLayers(
              {
                countdown,
                box: placeOn(canvas, { x: 0.2, y: 0.5, width: 0.6, height: 0.15 }),
                colour: '#e8eef2',
              },
              context,
            ),
      ]);
    }
    case 'custom':
      return composed(
        toColour(spec.ground),
        spec.elements.map((element) => elementLayers(element, context)),
      );
  }
}

/** What lies on every scene but slates. */
export function compileOverlays({ logo, lowerThird }: Overlays, context: CompileContext): CompiledLayers {
  const { canvas, imageOf } = context;
  const parts: CompiledLayers[] = [];
  const image = logo.image === undefined ? undefined : imageOf(logo.image);
  if (logo.on && logo.image !== undefined && image !== undefined) {
    const height = logo.size * canvas.height;
    const scale = Math.min(height / image.height, (canvas.width * 0.5) / image.width);
    const box = inCorner(logo.corner, { width: image.width * scale, height: image.height * scale }, canvas);
    parts.push(imageLayers(logo.image, box, 'fit', context));
  }
  if (lowerThird.on && (lowerThird.title !== '' || lowerThird.subtitle !== '')) {
    const { title, subtitle, side } = lowerThird;
    const isOneLine = title === '' || subtitle === '';
    const height = isOneLine ? 0.1 : 0.15;
    const box = placeOn(canvas, { x: 0.05, y: 0.93 - height, width: 0.9, height });
    parts.push(still({ kind: 'lower-third', title, subtitle, side, width: box.width, height: box.height }, box));
  }
  return { layers: parts.flatMap(({ layers }) => layers), stills: parts.flatMap(({ stills }) => stills) };
}

/** The name of a still in the mixer. */
export function stillId(still: StillSpec): string {
  return createHash('sha256').update(JSON.stringify(still)).digest('hex').slice(0, 32);
}

const NOTHING: CompiledLayers = { layers: [], stills: [] };

function composed(ground: Colour, parts: readonly CompiledLayers[]): CompiledScene {
  return {
    scene: { kind: 'composed', ground, layers: parts.flatMap(({ layers }) => layers) },
    stills: parts.flatMap(({ stills }) => stills),
  };
}

function elementLayers(element: SceneElement, context: CompileContext): CompiledLayers {
  const box = placeOn(context.canvas, element);
  switch (element.kind) {
    case 'source':
      return sourceLayers({ ...element, box }, context);
    case 'image':
      return imageLayers(element.image, box, element.fit, context);
    case 'text':
      return textLayers({ ...element, box });
    case 'countdown':
      return countdownLayers({ ...element, box }, context);
  }
}

type SourcePart = {
  readonly source: SourceRef;
  readonly box: Area;
  readonly fit: Fit;
  readonly crop?: Parameters<typeof cropOf>[1];
  readonly radius?: number | undefined;
  readonly border?: { readonly width: number; readonly colour: string } | undefined;
  /** The picture as it comes, with the bars that its capture has put around it: it costs no scaling. */
  readonly isWhole?: boolean;
};

function sourceLayers(part: SourcePart, { canvas, pictures }: CompileContext): CompiledLayers {
  const picture = resolveSource(part.source, pictures);
  if (picture === undefined) {
    return NOTHING;
  }
  const native = part.isWhole === true ? undefined : picture.nativeSize;
  const content = cropOf(contentOf(native, canvas), part.crop);
  const box = part.fit === 'fit' ? fitInto(content, part.box) : part.box;
  const crop = part.fit === 'fit' ? content : cutToShape(content, part.box);
  const { border } = part;
  const radius = Math.round((Math.min(box.width, box.height) / 2) * (part.radius ?? 0));
  const rim = border === undefined ? 0 : Math.max(2, toEven(border.width * canvas.height));
  return {
    layers: [
      {
        kind: 'picture',
        source: picture.id,
        crop,
        box,
        radius,
        ...(border === undefined || border.width === 0
          ? {}
          : { border: { width: rim, colour: toColour(border.colour) } }),
      },
    ],
    stills: [],
  };
}

/** As high as its own picture is at that width; round ones are as high as they are wide. */
function insetBox(
  inset: {
    readonly corner: Corner;
    readonly size: number;
    readonly round: boolean;
    readonly source: SourceRef;
  },
  { canvas, pictures }: CompileContext,
): Area {
  const shape = contentOf(resolveSource(inset.source, pictures)?.nativeSize, canvas);
  const width = canvas.width * inset.size;
  const height = inset.round ? width : (width * shape.height) / shape.width;
  const most = canvas.height * (1 - 2 * MARGIN);
  const scale = Math.min(1, most / height);
  return inCorner(inset.corner, { width: width * scale, height: height * scale }, canvas);
}

function inCorner(corner: Corner, { width, height }: Size, canvas: Size): Area {
  const margin = MARGIN * canvas.height;
  const x = corner.endsWith('left') ? margin : canvas.width - margin - width;
  const y = corner.startsWith('top') ? margin : canvas.height - margin - height;
  return placeOn(canvas, {
    x: x / canvas.width,
    y: y / canvas.height,
    width: width / canvas.width,
    height: height / canvas.height,
  });
}

function imageLayers(image: string, box: Area, fit: Fit, { imageOf }: CompileContext): CompiledLayers {
  const found = imageOf(image);
  return found === undefined
    ? NOTHING
    : still({ kind: 'file', image, version: found.version, width: box.width, height: box.height, fit }, box);
}

function textLayers(part: {
  readonly text: string;
  readonly box: Area;
  readonly colour: string;
  readonly align: Align;
}): CompiledLayers {
  const { text, box, colour, align } = part;
  return text.trim() === ''
    ? NOTHING
    : still({ kind: 'text', text, colour, align, width: box.width, height: box.height }, box);
}

function countdownLayers(
  part: {
    readonly countdown:
      | { readonly kind: 'until'; readonly time: string }
      | { readonly kind: 'minutes'; readonly minutes: number };
    readonly box: Area;
    readonly colour: string;
  },
  { takenMs }: CompileContext,
): CompiledLayers {
  const { countdown, box } = part;
  const untilMs = countdown.kind === 'until' ? Date.parse(countdown.time) : takenMs + countdown.minutes * 60_000;
  return { layers: [{ kind: 'countdown', untilMs, box, colour: toColour(part.colour) }], stills: [] };
}

function still(spec: StillSpec, { x, y }: Area): CompiledLayers {
  return { layers: [{ kind: 'image', image: stillId(spec), x, y }], stills: [spec] };
}
