import { renderText, type TextImage } from '../../mix/font.ts';
import { type FfmpegOption, toArgs } from '../../ports/ffmpeg-options.ts';
import type { Logger } from '../../ports/logger.ts';
import type { RunToEnd } from '../../ports/process.ts';
import type { Size } from './geometry.ts';

/** Draws one line of text, `height` high with room above and below, at most `width` wide: smaller when it is too long. */
export type CoverText = (text: string, limits: Size) => Promise<TextImage>;

/** Of the height of the line. */
const FONT_SIZE = 0.72;
const BASELINE = 0.75;
/** Of its size, the widest letters there are. */
const WIDEST = 1.3;
const MOST_WIDTH = 8192;
const TIMEOUT_MS = 10_000;

/**
 * White on black, to be taken as coverage. The text goes through two parsers of ffmpeg, that of the option and that of the graph, each of
 * which takes away one backslash.
 */
function textArgs(text: string, fontSize: number, { width, height }: Size): readonly string[] {
  const quoted = text.replaceAll(/[\\':]/g, String.raw`\$&`).replaceAll(/[\\'[\],;]/g, String.raw`\$&`);
  const drawn = [
    `drawtext=text=${quoted}`,
    'expansion=none',
    'font=Sans',
    'fontcolor=white',
    `fontsize=${fontSize}`,
    `x=${Math.round(height / 4)}`,
    `y=${Math.round(height * BASELINE)}-ascent`,
  ].join(':');
  const options: readonly FfmpegOption[] = [
    ['-nostdin'],
    ['-hide_banner'],
    ['-loglevel', 'error'],
    ['-f', 'lavfi'],
    ['-i', `color=c=black:s=${width}x${height}:d=1,format=rgb24`],
    ['-frames:v', 1],
    ['-vf', drawn],
    ['-pix_fmt', 'rgb24'],
    ['-f', 'rawvideo'],
    ['pipe:1'],
  ];
  return toArgs(options);
}

/** With the fonts of the system by ffmpeg; with the few letters of our own where ffmpeg cannot draw text or finds no font. */
export function createCoverText(options: {
  readonly run: RunToEnd;
  readonly ffmpeg: () => Promise<string>;
  readonly logger: Logger;
}): CoverText {
  async function draw(text: string, fontSize: number, height: number): Promise<TextImage> {
    const letters = Array.from(text).length;
    const width = Math.min(MOST_WIDTH, Math.ceil((letters * fontSize * WIDEST + height) / 2) * 2);
    const executable = await options.ffmpeg();
    const { stdout } = await options.run(
      {
        name: 'text',
        executable,
        args: textArgs(text, fontSize, { width, height }),
        stdin: 'none',
        stdout: 'pipe',
        pipes: [],
        priority: 'low',
        secrets: [],
        quit: 'term',
        graceMs: 500,
      },
      { timeoutMs: TIMEOUT_MS, maxOutputBytes: width * height * 3 },
    );
    return trimmed(stdout, width, height);
  }

  return async (text, { width, height }) => {
    const wanted = Math.floor(height * FONT_SIZE);
    try {
      const image = await draw(text, wanted, height);
      return image.width <= width
        ? image
        : cut(await draw(text, Math.max(6, Math.floor((wanted * width) / image.width)), height), width);
    } catch (error) {
      options.logger.warn({ error }, 'ffmpeg cannot draw text; the letters of the slate are used');
      return ownLetters(text, { width, height });
    }
  };
}

/** The columns between the first and the last that something is in. */
function trimmed(rgb: Uint8Array, width: number, height: number): TextImage {
  let [first, last] = [width, -1];
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      if ((rgb[(y * width + x) * 3] ?? 0) > 0) {
        first = Math.min(first, x);
        last = Math.max(last, x);
      }
    }
  }
  const inked = Math.max(0, last - first + 1);
  const coverage = new Uint8Array(inked * height);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < inked; x += 1) {
      coverage[y * inked + x] = rgb[(y * width + first + x) * 3] ?? 0;
    }
  }
  return { width: inked, height, coverage };
}

/** Rounding of letters may leave it a little too wide. */
function cut(image: TextImage, width: number): TextImage {
  if (image.width <= width) {
    return image;
  }
  const coverage = new Uint8Array(width * image.height);
  for (let y = 0; y < image.height; y += 1) {
    coverage.set(image.coverage.subarray(y * image.width, y * image.width + width), y * width);
  }
  return { width, height: image.height, coverage };
}

function ownLetters(text: string, { width, height }: Size): TextImage {
  const tall = Math.max(7, Math.floor(height * 0.55));
  const wide = renderText(text, tall).width;
  const letters = renderText(text, Math.max(7, Math.floor(tall * Math.min(1, width / wide))));
  const coverage = new Uint8Array(letters.width * height);
  coverage.set(
    letters.coverage.subarray(0, letters.width * height),
    letters.width * Math.max(0, Math.floor((height - letters.height) / 2)),
  );
  return cut({ width: letters.width, height, coverage }, width);
}
