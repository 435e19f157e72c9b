import type { Canvas } from '../ports/mixer.ts';

/**
 * What is known of the colours of a source. Everything leaves as BT.709 in the range of video, which the encoder's tags say.
 *
 * - `rgb`: screens and windows.
 * - `bt601`: USB cameras. What they do not say is BT.601 (UVC 1.5, color matching descriptor: the default).
 * - `bt709`: pictures of more than 576 lines, and cameras whose system delivers them as such. Untagged ones are meant so.
 * - `tagged`: small pictures, which come in both; those without a tag are BT.601, as players take them.
 */
export type Colours = 'rgb' | 'bt601' | 'bt709' | 'tagged';

/** `text`: sharp letters. `motion`: half the processor time, and nobody sees the difference in a moving picture. */
export type Sharpness = 'text' | 'motion';

/** Fits a picture of any size, shape and colours into the canvas, with black bars where it does not fill it. */
export function fitToCanvas(
  { width, height }: Canvas,
  { colours, sharpness }: { readonly colours: Colours; readonly sharpness: Sharpness },
): readonly string[] {
  return [
    // `dar` counts pixels that are not square, too; even sides keep the colour samples in place.
    [
      `scale=w='trunc(min(${width}\\,${height}*dar)/2)*2'`,
      `h='trunc(min(${height}\\,${width}/dar)/2)*2'`,
      `flags=${FLAGS[sharpness]}`,
      ...SCALED_COLOURS[colours],
    ].join(':'),
    'format=yuv420p',
    ...(colours === 'bt601' ? [FROM_BT601] : []),
    `pad=${width}:${height}:(ow-iw)/2:(oh-ih)/2`,
    'setsar=1',
  ];
}

/** The same when the picture is to fill the canvas whatever its shape. */
export function stretchToCanvas(
  { width, height }: Canvas,
  { colours, sharpness }: { readonly colours: Colours; readonly sharpness: Sharpness },
): readonly string[] {
  return [
    [`scale=${width}:${height}`, `flags=${FLAGS[sharpness]}`, ...SCALED_COLOURS[colours]].join(':'),
    'format=yuv420p',
    ...(colours === 'bt601' ? [FROM_BT601] : []),
    'setsar=1',
  ];
}

const FLAGS: Readonly<Record<Sharpness, string>> = { text: 'bicubic', motion: 'fast_bilinear' };

/** The scaler converts RGB on the way for nothing; from one YCbCr to another it would cost a fifth of a core at 720p. */
const SCALED_COLOURS: Readonly<Record<Colours, readonly string[]>> = {
  rgb: ['out_color_matrix=bt709', 'out_range=tv'],
  bt601: ['out_range=tv'],
  bt709: ['in_color_matrix=bt709', 'out_color_matrix=bt709', 'out_range=tv'],
  tagged: ['out_color_matrix=bt709', 'out_range=tv'],
};

/** The matrix alone, in whole pixels: 6 % of a core at 720p. `fast` leaves gamma and primaries, which hardly differ. */
const FROM_BT601 = 'colorspace=iall=bt601-6-625:irange=tv:all=bt709:range=tv:fast=1';
