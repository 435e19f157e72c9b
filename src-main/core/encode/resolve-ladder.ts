import {
  type AudioLayer,
  type CustomLadder,
  customLadder,
  type LadderChoice,
  type VideoLayer,
} from '../../shared/api/ladder.ts';
import { AppError } from '../../shared/app-error.ts';
import type { Canvas } from '../ports/mixer.ts';
import { type AutoLadder, LADDERS, type Ladder, UNMEASURED_LADDER } from './ladder-presets.ts';

/** What is really encoded: a choice of ladder, cut to what the source can fill. */
export type LadderPlan = {
  /** What the mixer composes and the encoder is fed: the size of the top layer. */
  readonly canvas: Canvas;
  /** Best first; empty means sound only. */
  readonly video: readonly VideoLayer[];
  readonly audio: AudioLayer;
  /** The same sound at other bitrates, one track each, behind the first. */
  readonly furtherAudio?: readonly AudioLayer[];
};

export type PictureSize = { readonly width: number; readonly height: number };

/** Sound only has a picture all the same: the operator's preview. */
const PREVIEW_SIZE: PictureSize = { width: 640, height: 360 };
const LEAST_SIDE = 64;

/** One more than rounding to even sizes makes of 16:9: 340x192 is 0.4 % off, and nobody sees 2 %. */
const SHAPE_TOLERANCE = 0.02;

/**
 * The plan for a choice. Never scales up: a layer that is larger than the source both ways is left out, and if that would leave none, one
 * stays in the source's own size with the smallest layer's bitrate (Azure Media Services' rule).
 *
 * `sourceSize` is the largest source's own size; undefined while it is not known, then nothing is left out. `fits` is what
 * `measureLadder` found for `auto`. Throws `encode/ladder-invalid`, which names the layer, for an own ladder that cannot be encoded.
 */
export function resolveLadder(
  choice: LadderChoice,
  context: {
    /** Frames per second of presets and `auto`; an own ladder brings its own. 24..60. */
    readonly frameRate: number;
    readonly sourceSize: PictureSize | undefined;
    readonly fits: AutoLadder | undefined;
  },
): LadderPlan {
  switch (choice.kind) {
    case 'auto':
      return plan(LADDERS[context.fits ?? UNMEASURED_LADDER], context.frameRate, context.sourceSize);
    case 'preset':
      return plan(LADDERS[choice.preset], context.frameRate, context.sourceSize);
    case 'custom':
      checkCustomLadder(choice.ladder);
      return plan(choice.ladder, choice.ladder.frameRate, context.sourceSize);
  }
}

function plan(ladder: Ladder, frameRate: number, sourceSize: PictureSize | undefined): LadderPlan {
  const video = sourceSize === undefined ? ladder.video : withoutUpscaling(ladder.video, sourceSize);
  const { width, height } = video[0] ?? PREVIEW_SIZE;
  return {
    canvas: { width, height, frameRate: { numerator: frameRate, denominator: 1 } },
    video,
    audio: ladder.audio,
  };
}

/** The layers that are not larger than the source. One of another shape is padded, so it is scaled up only when the layer is larger both ways. */
export function fillableLayers(layers: readonly VideoLayer[], source: PictureSize): readonly VideoLayer[] {
  return layers.filter((layer) => layer.width <= source.width || layer.height <= source.height);
}

function withoutUpscaling(layers: readonly VideoLayer[], source: PictureSize): readonly VideoLayer[] {
  const kept = fillableLayers(layers, source);
  const smallest = layers.at(-1);
  if (kept.length > 0 || smallest === undefined) {
    return kept;
  }
  return [{ width: evenSide(source.width), height: evenSide(source.height), bitrate: smallest.bitrate }];
}

function evenSide(pixels: number): number {
  return Math.max(LEAST_SIDE, 2 * Math.floor(pixels / 2));
}

/** Checks what the schema checks, and what only all layers together can get wrong. Throws `encode/ladder-invalid`. */
export function checkCustomLadder(ladder: CustomLadder): void {
  const parsed = customLadder.safeParse(ladder);
  const issue = parsed.error?.issues[0];
  if (issue !== undefined) {
    throw invalid(issue.path.join('.'), issue.message);
  }
  const [top] = ladder.video;
  for (const [index, layer] of ladder.video.entries()) {
    const above = ladder.video[index - 1];
    const field = `video.${index}`;
    if (above !== undefined && layer.bitrate > above.bitrate) {
      throw invalid(`${field}.bitrate`, 'more than the layer before it has; list the best layer first');
    }
    if (above !== undefined && (layer.width > above.width || layer.height > above.height)) {
      throw invalid(field, `larger than the layer before it (${sizeText(above)}); list the largest first`);
    }
    if (top !== undefined && !haveOneShape(top, layer)) {
      throw invalid(
        field,
        `${sizeText(layer)} has another shape than the top layer (${sizeText(top)}); the picture would be stretched`,
      );
    }
  }
}

/** Whether one can be scaled to the other without anybody seeing that it was stretched. */
export function haveOneShape(a: PictureSize, b: PictureSize): boolean {
  return Math.abs(shape(b) / shape(a) - 1) <= SHAPE_TOLERANCE;
}

function shape({ width, height }: PictureSize): number {
  return width / height;
}

function sizeText({ width, height }: PictureSize): string {
  return `${width}x${height}`;
}

function invalid(field: string, problem: string): AppError {
  return new AppError('encode/ladder-invalid', `The ladder cannot be used. ${field}: ${problem}.`, {
    details: { field },
  });
}
