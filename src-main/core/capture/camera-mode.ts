import type { Canvas } from '../ports/mixer.ts';
import { RATE_TOLERANCE, rateOf } from './assemble-capture.ts';
import type { CameraMode } from './device-facts.ts';

/** What USB 2 carries as raw YUY2 at 30 frames a second; anything larger comes at a few frames a second unless it is compressed. */
const RAW_PIXELS = 640 * 480;

/**
 * What to ask a camera for, in this order until one of them gives pictures: the best mode, the best in another format, the best that every
 * bus carries, and none (`undefined`): the camera then decides. Cameras list modes that they refuse, or that a hub in between refuses.
 */
export function cameraModes(
  modes: readonly CameraMode[],
  canvas: Canvas,
): readonly [CameraMode | undefined, ...(CameraMode | undefined)[]] {
  const best = chooseCameraMode(modes, canvas);
  if (best === undefined) {
    return [undefined];
  }
  const otherFormat = chooseCameraMode(
    modes.filter(({ format }) => format !== best.format),
    canvas,
  );
  const modest = chooseCameraMode(
    modes.filter(({ width, height }) => width * height <= RAW_PIXELS),
    canvas,
  );
  const [, ...others] = new Set([best, otherFormat, modest, undefined]);
  return [best, ...others];
}

/**
 * The mode to ask a camera for: fast enough first, then large enough to fill the canvas but no larger, then the cheaper format. Undefined
 * when nothing is known: the camera then decides.
 */
export function chooseCameraMode(modes: readonly CameraMode[], canvas: Canvas): CameraMode | undefined {
  const wantedRate = rateOf(canvas);
  const rateOfMode = ({ frameRate, isCompressed, width, height }: CameraMode): number =>
    frameRate ?? (isCompressed || width * height <= RAW_PIXELS ? wantedRate : 0);
  const score = (mode: CameraMode): readonly number[] => {
    const isFast = rateOfMode(mode) >= wantedRate - RATE_TOLERANCE;
    const fills = mode.width >= canvas.width || mode.height >= canvas.height;
    const pixels = mode.width * mode.height;
    return [
      isFast ? 1 : 0,
      // Of modes that are all too slow the fastest.
      isFast ? 0 : rateOfMode(mode),
      fills ? 1 : 0,
      fills ? -pixels : pixels,
      mode.isCompressed ? 0 : 1,
    ];
  };
  return modes.toSorted((a, b) => compare(score(b), score(a)))[0];
}

function compare(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((value, index) => value !== b[index]);
  return (a[at] ?? 0) - (b[at] ?? 0);
}
