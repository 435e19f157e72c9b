import { createPicture, fillRectangle, type Picture, pictureBytes } from '../../mix/picture.ts';
import { drawText } from '../../mix/slate.ts';
import { type FfmpegOption, toArgs } from '../../ports/ffmpeg-options.ts';
import type { MixerImage } from '../../ports/mixer.ts';
import type { RunToEnd } from '../../ports/process.ts';
import type { Align, StillSpec } from './compile-scene.ts';
import { type Size, toColour, toEven } from './geometry.ts';
import type { SceneImages } from './scene-images.ts';
import type { CoverText } from './text-coverage.ts';

/** Draws a still as the mixer takes it. */
export type DrawStill = (still: StillSpec) => Promise<MixerImage>;

const TIMEOUT_MS = 10_000;

const BOX_COLOUR = toColour('#10161c');
const STRIPE_COLOUR = toColour('#2f9e8f');
const TITLE_LUMA = 235;
const SUBTITLE_LUMA = 190;

export function createDrawStill(options: {
  readonly run: RunToEnd;
  readonly ffmpeg: () => Promise<string>;
  readonly images: Pick<SceneImages, 'read'>;
  readonly coverText: CoverText;
}): DrawStill {
  const { coverText } = options;

  async function drawLine(still: Extract<StillSpec, { kind: 'text' }>): Promise<MixerImage> {
    const { text, align, width, height } = still;
    const picture = createPicture(width, height);
    fillRectangle(picture, { x: 0, y: 0, width, height }, toColour(still.colour));
    const alpha = new Uint8Array(width * height);
    const image = await coverText(text, { width, height });
    const left = aligned(align, image.width, width);
    for (let line = 0; line < height; line += 1) {
      alpha.set(image.coverage.subarray(line * image.width, (line + 1) * image.width), line * width + left);
    }
    return toImage(picture, alpha);
  }

  /** A box as wide as its words, with a stripe; opaque, so that most of it is copied in rows. */
  async function drawLowerThird(still: Extract<StillSpec, { kind: 'lower-third' }>): Promise<MixerImage> {
    const { width, height, side } = still;
    const padding = toEven(height * 0.2);
    const stripe = Math.max(4, toEven(height * 0.07));
    const room = width - stripe - padding * 2;
    const lines = linesOf(still, height);
    const images = await Promise.all(
      lines.map((line) => coverText(line.text, { width: room, height: line.height })),
    );
    const wide = toEven(Math.min(room, Math.max(...images.map((image) => image.width))));
    const boxWidth = wide + stripe + padding * 2;
    const left = toEven(aligned(side, boxWidth, width));
    const box = { x: left, y: 0, width: boxWidth, height };
    const picture = createPicture(width, height);
    fillRectangle(picture, box, BOX_COLOUR);
    const stripeLeft = side === 'right' ? left + boxWidth - stripe : left;
    fillRectangle(picture, { ...box, x: stripeLeft, width: stripe }, STRIPE_COLOUR);
    const textLeft = side === 'right' ? left + padding : left + stripe + padding;
    lines.forEach((line, index) => {
      const image = images[index];
      if (image !== undefined) {
        drawText(picture, image, textLeft + aligned(side, image.width, wide), line.top, line.luma);
      }
    });
    const alpha = new Uint8Array(width * height);
    for (let line = 0; line < height; line += 1) {
      alpha.fill(255, line * width + left, line * width + left + boxWidth);
    }
    return toImage(picture, alpha);
  }

  async function drawFile(still: Extract<StillSpec, { kind: 'file' }>): Promise<MixerImage> {
    const { type, bytes } = await options.images.read(still.image);
    const size = pictureBytes(still.width, still.height);
    const pixels = still.width * still.height;
    const executable = await options.ffmpeg();
    const { stdout } = await options.run(
      {
        name: 'picture',
        executable,
        args: fileArgs(type, still),
        stdin: 'pipe',
        stdout: 'pipe',
        pipes: [],
        priority: 'low',
        secrets: [],
        quit: 'term',
        graceMs: 500,
      },
      { timeoutMs: TIMEOUT_MS, maxOutputBytes: size + pixels, stdin: bytes },
    );
    if (stdout.length !== size + pixels) {
      throw new Error(`ffmpeg gave ${stdout.length} bytes of a picture of ${size + pixels}`);
    }
    return {
      width: still.width,
      height: still.height,
      picture: Buffer.from(stdout.subarray(0, size)).toString('base64'),
      alpha: Buffer.from(stdout.subarray(size)).toString('base64'),
    };
  }

  return async (still) => {
    switch (still.kind) {
      case 'text':
        return await drawLine(still);
      case 'lower-third':
        return await drawLowerThird(still);
      case 'file':
        return await drawFile(still);
    }
  };
}

/** Scaled with what can be seen through, then in the colours and the range of everything in the mixer. */
function fileArgs(
  type: 'png' | 'jpeg',
  { width, height, fit }: Size & Pick<Extract<StillSpec, { kind: 'file' }>, 'fit'>,
): readonly string[] {
  const shaped =
    fit === 'fit'
      ? [
          `scale=${width}:${height}:force_original_aspect_ratio=decrease:flags=bicubic`,
          'format=rgba',
          `pad=${width}:${height}:(ow-iw)/2:(oh-ih)/2:color=black@0`,
        ]
      : [
          `scale=${width}:${height}:force_original_aspect_ratio=increase:flags=bicubic`,
          'format=rgba',
          `crop=${width}:${height}`,
        ];
  const options: readonly FfmpegOption[] = [
    ['-hide_banner'],
    ['-loglevel', 'error'],
    ['-f', `${type}_pipe`],
    ['-i', 'pipe:0'],
    ['-frames:v', 1],
    ['-vf', [...shaped, 'scale=out_color_matrix=bt709:out_range=tv', 'format=yuva420p'].join(',')],
    ['-f', 'rawvideo'],
    ['pipe:1'],
  ];
  return toArgs(options);
}

type Line = { readonly text: string; readonly top: number; readonly height: number; readonly luma: number };

function linesOf(
  { title, subtitle }: { readonly title: string; readonly subtitle: string },
  height: number,
): readonly Line[] {
  if (title === '' || subtitle === '') {
    const top = Math.floor(height * 0.12);
    return [{ text: `${title}${subtitle}`, top, height: Math.floor(height * 0.76), luma: TITLE_LUMA }];
  }
  return [
    { text: title, top: Math.floor(height * 0.08), height: Math.floor(height * 0.5), luma: TITLE_LUMA },
    { text: subtitle, top: Math.floor(height * 0.56), height: Math.floor(height * 0.36), luma: SUBTITLE_LUMA },
  ];
}

function aligned(align: Align, width: number, room: number): number {
  const left = align === 'left' ? 0 : align === 'right' ? room - width : (room - width) / 2;
  return Math.max(0, Math.floor(left));
}

function toImage({ bytes, width, height }: Picture, alpha: Uint8Array): MixerImage {
  return { width, height, picture: bytes.toString('base64'), alpha: Buffer.from(alpha).toString('base64') };
}
