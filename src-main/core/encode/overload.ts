import { AppError } from '../../shared/app-error.ts';

/**
 * What to do when the encoder falls behind: a cheaper preset, before delay and memory grow. It is the first step because it costs two VMAF
 * points and nothing else: same layers, same init segment, and the encoder changes over without a gap. Pure; the studio acts on it.
 *
 *                     behind for 1 s                                    behind for 1 s
 *     step 0 ──────────────────────────▶ step 1 … last step ──────────────────────────▶ exhausted (told once a minute)
 *        ▲                                    │
 *        └──── kept up for the whole wait ────┘   the wait doubles each time a step up did not last
 */
export type OverloadPolicy = {
  /** More frames than this handed over and not yet encoded count as behind; the pipe itself holds a few. */
  readonly backlogFrames: number;
  /** Encoding fewer seconds than this per second while more than one frame waits counts as behind, too: the backlog is about to grow. */
  readonly leastSpeed: number;
  /** Behind for so long without a pause is no hiccup. */
  readonly behindMs: number;
  /** After a change nothing is concluded for so long: a fresh encoder works off what had piled up. */
  readonly settleMs: number;
  /** How long it has to keep up before the next dearer step is tried, the first time and at most. */
  readonly firstWaitMs: number;
  readonly longestWaitMs: number;
  /** With no sample for so long the computer was asleep: what came before says nothing any more. */
  readonly longestGapMs: number;
  /** How often a computer that is too slow for the last step is told of. */
  readonly remindMs: number;
};

export const OVERLOAD_POLICY: OverloadPolicy = {
  backlogFrames: 4,
  leastSpeed: 0.95,
  behindMs: 1000,
  settleMs: 5000,
  firstWaitMs: 60_000,
  longestWaitMs: 15 * 60_000,
  longestGapMs: 5000,
  remindMs: 60_000,
};

export type OverloadState = {
  /** Index into the codec's presets; 0 is the dearest. */
  readonly step: number;
  /** All times on the same monotonic clock. Since when it has been behind without a pause. */
  readonly behindSinceMs: number | undefined;
  /** Since when it has kept up without a pause, the time it settled included. */
  readonly steadySinceMs: number;
  readonly settledAtMs: number;
  readonly sampledAtMs: number;
  readonly waitMs: number;
  /** When the last step up was made; a step down soon after makes the next wait longer. */
  readonly steppedUpAtMs: number | undefined;
  readonly remindedAtMs: number | undefined;
};

export type OverloadSample = {
  readonly atMs: number;
  readonly backlogFrames: number;
  /** Seconds encoded per second, over the last seconds. */
  readonly speed: number;
};

export type OverloadAction =
  | { readonly kind: 'none' }
  /** `preset` is the one to change over to; `sentence` is what to tell the presenter. */
  | { readonly kind: 'step-down' | 'step-up'; readonly preset: string; readonly sentence: string }
  /** There is nothing cheaper; only the presenter can help. */
  | { readonly kind: 'exhausted'; readonly error: AppError };

export type OverloadResult = { readonly state: OverloadState; readonly action: OverloadAction };

export function startOverload(atMs: number, step = 0, policy = OVERLOAD_POLICY): OverloadState {
  return {
    step,
    behindSinceMs: undefined,
    steadySinceMs: atMs,
    settledAtMs: atMs + policy.settleMs,
    sampledAtMs: atMs,
    waitMs: policy.firstWaitMs,
    steppedUpAtMs: undefined,
    remindedAtMs: undefined,
  };
}

/** What one more sample means. `presets` are the codec's, dearest first. */
export function watchOverload(
  before: OverloadState,
  sample: OverloadSample,
  presets: readonly string[],
  policy = OVERLOAD_POLICY,
): OverloadResult {
  const state = {
    ...(sample.atMs - before.sampledAtMs > policy.longestGapMs
      ? settling(before, before.step, sample.atMs, policy)
      : before),
    sampledAtMs: sample.atMs,
  };
  if (sample.atMs < state.settledAtMs) {
    return { state, action: { kind: 'none' } };
  }
  const slow = sample.speed < policy.leastSpeed && sample.backlogFrames > 1;
  return slow || sample.backlogFrames > policy.backlogFrames
    ? whileBehind(state, sample, presets, policy)
    : whileSteady(state, sample, presets, policy);
}

function whileBehind(
  state: OverloadState,
  { atMs, backlogFrames, speed }: OverloadSample,
  presets: readonly string[],
  policy: OverloadPolicy,
): OverloadResult {
  const behindSinceMs = state.behindSinceMs ?? atMs;
  const watching: OverloadState = { ...state, behindSinceMs, steadySinceMs: atMs };
  if (atMs - behindSinceMs < policy.behindMs) {
    return { state: watching, action: { kind: 'none' } };
  }
  const cheaper = presets[state.step + 1];
  if (cheaper !== undefined) {
    const hasty = state.steppedUpAtMs !== undefined && atMs - state.steppedUpAtMs < state.waitMs;
    return {
      state: {
        ...settling(watching, state.step + 1, atMs, policy),
        waitMs: hasty ? Math.min(2 * state.waitMs, policy.longestWaitMs) : policy.firstWaitMs,
      },
      action: {
        kind: 'step-down',
        preset: cheaper,
        sentence:
          'This computer is too busy for the best picture quality. Viewers keep all qualities, with slightly less detail.',
      },
    };
  }
  if (state.remindedAtMs !== undefined && atMs - state.remindedAtMs < policy.remindMs) {
    return { state: watching, action: { kind: 'none' } };
  }
  return {
    state: { ...watching, remindedAtMs: atMs },
    action: {
      kind: 'exhausted',
      error: new AppError(
        'encode/overloaded',
        'This computer is too slow for the chosen ladder, and viewers fall behind. Close other programs, or choose a smaller ladder.',
        { details: { backlogFrames, speed } },
      ),
    },
  };
}

function whileSteady(
  state: OverloadState,
  { atMs }: OverloadSample,
  presets: readonly string[],
  policy: OverloadPolicy,
): OverloadResult {
  const dearer = presets[state.step - 1];
  if (dearer === undefined || atMs - state.steadySinceMs < state.waitMs) {
    return { state: { ...state, behindSinceMs: undefined }, action: { kind: 'none' } };
  }
  return {
    state: { ...settling(state, state.step - 1, atMs, policy), steppedUpAtMs: atMs },
    action: {
      kind: 'step-up',
      preset: dearer,
      sentence: 'This computer has room again. Viewers get the full picture quality back.',
    },
  };
}

/** Nothing counts before the encoder has settled. */
function settling(state: OverloadState, step: number, atMs: number, policy: OverloadPolicy): OverloadState {
  return {
    ...state,
    step,
    behindSinceMs: undefined,
    steadySinceMs: atMs,
    settledAtMs: atMs + policy.settleMs,
    remindedAtMs: undefined,
  };
}
