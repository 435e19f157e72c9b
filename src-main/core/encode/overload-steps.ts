import type { VideoLayer } from '../../shared/api/ladder.ts';
import type { LadderPlan } from './resolve-ladder.ts';

/** What is encoded of a plan. The best layer always is: it is what the recording keeps (`decisions/0027`). */
export type Reduction = {
  /** In the order of the plan, the best one first. */
  readonly layers: readonly VideoLayer[];
  /** Every second picture only. */
  readonly halfRate: boolean;
};

/** One way to encode a plan, cheaper than the one before it. `kind` is what makes it cheaper. */
export type EncodingStep = Reduction & {
  readonly kind: EncodingStepKind;
  readonly preset: string;
  /** In the same made-up unit for all steps of a plan: only their ratio means something. */
  readonly cost: number;
};
export type EncodingStepKind = 'full' | 'preset' | 'rungs' | 'frame-rate';

/** A picture that moves less often than that looks broken. */
const LEAST_FRAME_RATE = 12;
/** Of a preset to the next dearer one (superfast to ultrafast, measured 1.25 to 1.5 in speed). */
const PRESET_FACTOR = 0.72;
/** Reading a raw picture and handing it round, for each pixel of the canvas, whatever is made of it; a pixel that is encoded costs 1. */
const READ_COST = 0.15;
/** Scaling down to a layer, for each of its pixels. */
const SCALE_COST = 0.25;

/**
 * The ways to encode a plan, dearest first. The layers between the best and the smallest one go first, the largest before the others, so that
 * strong and weak networks keep theirs; then a cheaper preset takes a little detail; then the smallest layer goes. The best one keeps its size
 * and its pictures for as long as anything else can give: every second picture is the last that is taken.
 */
export function encodingSteps(
  plan: LadderPlan,
  options: {
    /** Those that may be used, dearest first. */
    readonly presets: readonly [string, ...string[]];
    /** Pictures from key frame to key frame. */
    readonly gopFrames: number;
    /** What turned out to be impossible with this encoder. */
    readonly without?: ReadonlySet<EncodingStepKind>;
  },
): readonly [EncodingStep, ...EncodingStep[]] {
  const { presets, without = new Set() } = options;
  const full = withCost(plan, 0, {
    kind: 'full',
    preset: presets[0],
    layers: plan.video,
    halfRate: false,
  });
  const steps: [EncodingStep, ...EncodingStep[]] = [full];
  let last = full;
  const add = (kind: EncodingStepKind, change: Partial<EncodingStep>): void => {
    if (!without.has(kind)) {
      last = withCost(plan, presets.indexOf(change.preset ?? last.preset), { ...last, ...change, kind });
      steps.push(last);
    }
  };
  const [best, ...others] = plan.video;
  if (best === undefined) {
    return steps;
  }
  for (let kept = others; kept.length > 1; ) {
    kept = kept.slice(1);
    add('rungs', { layers: [best, ...kept] });
  }
  for (const preset of presets.slice(1)) {
    add('preset', { preset });
  }
  if (others.length > 0) {
    add('rungs', { layers: [best] });
  }
  const { numerator, denominator } = plan.canvas.frameRate;
  if (numerator / denominator >= 2 * LEAST_FRAME_RATE && options.gopFrames % 2 === 0) {
    add('frame-rate', { halfRate: true });
  }
  return steps;
}

function withCost(plan: LadderPlan, presetIndex: number, step: Omit<EncodingStep, 'cost'>): EncodingStep {
  const { canvas } = plan;
  const perPixel = PRESET_FACTOR ** presetIndex;
  const encoded = step.layers.reduce((sum, layer) => {
    const pixels = layer.width * layer.height;
    const isScaled = layer.width !== canvas.width || layer.height !== canvas.height;
    return sum + pixels * (perPixel + (isScaled ? SCALE_COST : 0));
  }, 0);
  const read = READ_COST * canvas.width * canvas.height;
  return { ...step, cost: read + (step.halfRate ? encoded / 2 : encoded) };
}

/** What is told when a step is taken, down to it or up from it. */
export function stepSentence(
  direction: 'down' | 'up',
  step: EncodingStep,
  /** One dearer. */
  above: EncodingStep,
): string {
  const gone = above.layers.filter((layer) => !step.layers.includes(layer)).map(({ height }) => `${height}p`);
  switch (step.kind) {
    case 'full':
    case 'preset':
      return direction === 'down'
        ? 'This computer is too busy for the best picture quality. Viewers and the recording get slightly less detail for a while.'
        : 'This computer has room again. The picture has its full detail back.';
    case 'rungs':
      return direction === 'down'
        ? `This computer is too busy for all qualities. ${gone.join(' and ')} is left out for a while; the best one and the recording go on.`
        : `This computer has room again. ${gone.join(' and ')} is back.`;
    case 'frame-rate':
      return direction === 'down'
        ? 'This computer is too busy for every picture. Viewers and the recording get every second one, without a break.'
        : 'This computer has room again. Movement is as smooth as before.';
  }
}
