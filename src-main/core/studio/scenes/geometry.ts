import type { Area, Colour } from '../../ports/mixer.ts';

export type Size = { readonly width: number; readonly height: number };

/** Smaller things are nothing anybody sees, and scaling needs some pixels. */
const LEAST_SIDE = 16;

/** Whole and even: one chroma sample covers two by two pixels. */
export function toEven(value: number): number {
  return Math.round(value / 2) * 2;
}

/** A place in fractions of the canvas as pixels; what would reach beyond the canvas is made to end at its edge. */
export function placeOn(canvas: Size, { x, y, width, height }: Area): Area {
  const across = span(x * canvas.width, width * canvas.width, canvas.width);
  const down = span(y * canvas.height, height * canvas.height, canvas.height);
  return { x: across.start, width: across.length, y: down.start, height: down.length };
}

/** The same in pixels. */
function span(start: number, length: number, most: number): { readonly start: number; readonly length: number } {
  const even = Math.max(LEAST_SIDE, Math.min(toEven(length), most));
  return { start: Math.max(0, Math.min(toEven(start), most - even)), length: even };
}

/** The largest area of a shape that lies in the middle of a box. */
export function fitInto(shape: Size, box: Area): Area {
  const scale = Math.min(box.width / shape.width, box.height / shape.height);
  const across = span(box.x + (box.width - shape.width * scale) / 2, shape.width * scale, box.x + box.width);
  const down = span(box.y + (box.height - shape.height * scale) / 2, shape.height * scale, box.y + box.height);
  return { x: across.start, width: across.length, y: down.start, height: down.length };
}

/** The middle of an area, as much of it as has the shape of the box. */
export function cutToShape(area: Area, shape: Size): Area {
  return fitInto(shape, area);
}

/**
 * Where in its canvas-sized picture a source has its own: `fitToCanvas` of the capture pads the rest with black, which an inset must not show.
 */
export function contentOf(native: Size | undefined, canvas: Size): Area {
  const whole = { x: 0, y: 0, width: canvas.width, height: canvas.height };
  if (native === undefined) {
    return whole;
  }
  const shape = native.width / native.height;
  const width = Math.floor(Math.min(canvas.width, canvas.height * shape) / 2) * 2;
  const height = Math.floor(Math.min(canvas.height, canvas.width / shape) / 2) * 2;
  // Rounded as ffmpeg's `pad` does.
  const x = Math.floor((canvas.width - width) / 4) * 2;
  const y = Math.floor((canvas.height - height) / 4) * 2;
  return width < LEAST_SIDE || height < LEAST_SIDE ? whole : { x, y, width, height };
}

/** What is left of an area when fractions of its sides are cut off. */
export function cropOf(
  area: Area,
  crop:
    | { readonly left: number; readonly top: number; readonly right: number; readonly bottom: number }
    | undefined,
): Area {
  if (crop === undefined) {
    return area;
  }
  const across = span(
    area.x + area.width * crop.left,
    area.width * (1 - crop.left - crop.right),
    area.x + area.width,
  );
  const down = span(
    area.y + area.height * crop.top,
    area.height * (1 - crop.top - crop.bottom),
    area.y + area.height,
  );
  return { x: across.start, width: across.length, y: down.start, height: down.length };
}

/** `#rrggbb` as BT.709 in the range of video (ITU-R BT.709-6 §3). */
export function toColour(hex: string): Colour {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255);
  const luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  return {
    y: Math.round(16 + 219 * luma),
    u: Math.round(128 + (224 * (blue - luma)) / 1.8556),
    v: Math.round(128 + (224 * (red - luma)) / 1.5748),
  };
}
