import { AppError } from '../../shared/app-error.ts';

/**
 * What to do when the encoder falls behind: a cheaper way to encode, before delay and memory grow, and back when there is room. Pure; the
 * studio acts on it.
 *
 *                     behind for 1 s                                    behind for 1 s
 *     step 0 ──────────────────────────▶ step 1 … last step ──────────────────────────▶ exhausted (told once a minute)
 *        ▲    (far behind: several at once)  │
 *        └──── kept up for the whole wait ────┘   one at a time; the wait doubles each time a step up did not last
 *
 * While an encoder settles that takes longer: only one whose backlog grows all the time for 2.5 s is behind then, for it does not work anything off.
 */
export type OverloadPolicy = {
  /** More frames than this handed over and not yet encoded count as behind, unless they are getting fewer; the pipe itself holds a few. */
  readonly backlogFrames: number;
  /** Encoding fewer seconds than this per second while more than one frame waits counts as behind, too: the backlog is about to grow. */
  readonly leastSpeed: number;
  /** Behind for so long without a pause is no hiccup. */
  readonly behindMs: number;
  /** Slower than real time for so long without a pause, by however little of what can be measured, is behind at any time: frames wait, and get more and more. */
  readonly slowMs: number;
  /**
   * Slower than `leastSpeed` for so long without a pause is behind, too, while no frame waits yet: the encoder takes what it does not encode. Not
   * after a change, for an encoder that begins takes a while.
   */
  readonly takesMs: number;
  /** At the beginning, and after a change to something dearer, nothing is concluded for so long: a fresh encoder works off what had piled up. */
  readonly settleMs: number;
  /** The same after a change to something cheaper: if it is not cheap enough, viewers are waiting. */
  readonly settleDownMs: number;
  /**
   * What is aimed at: below the speed that was measured, because a measurement lags behind, and what a step costs is an estimate. Viewers wait
   * while a step turns out not to be enough; one too many comes back after a while.
   */
  readonly margin: number;
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
  slowMs: 2500,
  takesMs: 3000,
  settleMs: 5000,
  settleDownMs: 2000,
  margin: 0.8,
  firstWaitMs: 60_000,
  longestWaitMs: 15 * 60_000,
  longestGapMs: 5000,
  remindMs: 60_000,
};

export type OverloadState = {
  /** Index into the ways to encode; 0 is the dearest. */
  readonly step: number;
  /** All times on the same monotonic clock. Since when it has been behind without a pause. */
  readonly behindSinceMs: number | undefined;
  /** Since when its backlog has grown without a pause; also while it settles. */
  readonly slowSinceMs: number | undefined;
  /** Since when it has taken more than it encoded without a pause. */
  readonly takesSinceMs: number | undefined;
  /** Since when it has kept up without a pause, the time it settled included. */
  readonly steadySinceMs: number;
  readonly settledAtMs: number;
  readonly sampledAtMs: number;
  readonly waitMs: number;
  /** When the last step up was made; a step down soon after makes the next wait longer. */
  readonly steppedUpAtMs: number | undefined;
  /** When the last step down was made; another one soon after is of the same trouble. */
  readonly steppedDownAtMs: number | undefined;
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
  /** `step` is the one to change over to. */
  | { readonly kind: 'step-down' | 'step-up'; readonly step: number }
  /** There is nothing cheaper; only the presenter can help. */
  | { readonly kind: 'exhausted'; readonly error: AppError };

/** A way to encode. Of the costs only the ratio to each other means something. */
export type OverloadStep = { readonly cost: number };

export type OverloadResult = { readonly state: OverloadState; readonly action: OverloadAction };

export function startOverload(atMs: number, step = 0, policy = OVERLOAD_POLICY): OverloadState {
  return {
    step,
    behindSinceMs: undefined,
    slowSinceMs: undefined,
    takesSinceMs: undefined,
    steadySinceMs: atMs,
    settledAtMs: atMs + policy.settleMs,
    sampledAtMs: atMs,
    waitMs: policy.firstWaitMs,
    steppedUpAtMs: undefined,
    steppedDownAtMs: undefined,
    remindedAtMs: undefined,
  };
}

/** What one more sample means. `steps`: dearest first. */
export function watchOverload(
  before: OverloadState,
  sample: OverloadSample,
  steps: readonly OverloadStep[],
  policy = OVERLOAD_POLICY,
): OverloadResult {
  const known =
    sample.atMs - before.sampledAtMs > policy.longestGapMs
      ? settling(before, before.step, sample.atMs, policy.settleMs)
      : before;
  const isGrowing = sample.speed < 1 && sample.backlogFrames > 1;
  const isTaking =
    sample.speed < policy.leastSpeed && sample.backlogFrames > 0 && !isJustChanged(known, sample.atMs, policy);
  const slowSinceMs = isGrowing ? (known.slowSinceMs ?? sample.atMs) : undefined;
  const takesSinceMs = isTaking ? (known.takesSinceMs ?? sample.atMs) : undefined;
  const state = { ...known, slowSinceMs, takesSinceMs, sampledAtMs: sample.atMs };
  const isSlow = slowSinceMs !== undefined && sample.atMs - slowSinceMs >= policy.slowMs;
  const hasTaken = takesSinceMs !== undefined && sample.atMs - takesSinceMs >= policy.takesMs;
  if (isSlow || hasTaken) {
    return stepDown({ ...state, steadySinceMs: sample.atMs }, sample, steps, policy);
  }
  if (sample.atMs < state.settledAtMs) {
    return { state, action: { kind: 'none' } };
  }
  const slow = sample.speed < policy.leastSpeed && sample.backlogFrames > 1;
  const late = sample.backlogFrames > policy.backlogFrames && sample.speed <= 1;
  return slow || late ? whileBehind(state, sample, steps, policy) : whileSteady(state, sample, steps, policy);
}

function isJustChanged(state: OverloadState, atMs: number, policy: OverloadPolicy): boolean {
  const { steppedUpAtMs = -Infinity, steppedDownAtMs = -Infinity } = state;
  return atMs - Math.max(steppedUpAtMs, steppedDownAtMs) < policy.settleMs;
}

function whileBehind(
  state: OverloadState,
  sample: OverloadSample,
  steps: readonly OverloadStep[],
  policy: OverloadPolicy,
): OverloadResult {
  const { atMs } = sample;
  const behindSinceMs = state.behindSinceMs ?? atMs;
  const watching: OverloadState = { ...state, behindSinceMs, steadySinceMs: atMs };
  return atMs - behindSinceMs < policy.behindMs
    ? { state: watching, action: { kind: 'none' } }
    : stepDown(watching, sample, steps, policy);
}

/** It has been behind for too long. */
function stepDown(
  state: OverloadState,
  { atMs, backlogFrames, speed }: OverloadSample,
  steps: readonly OverloadStep[],
  policy: OverloadPolicy,
): OverloadResult {
  const step = cheaperStep(state.step, speed, steps, policy);
  if (step !== state.step) {
    return {
      state: {
        ...settling(state, step, atMs, policy.settleDownMs),
        waitMs: nextWaitMs(state, atMs, policy),
        steppedDownAtMs: atMs,
      },
      action: { kind: 'step-down', step },
    };
  }
  if (state.remindedAtMs !== undefined && atMs - state.remindedAtMs < policy.remindMs) {
    return { state, action: { kind: 'none' } };
  }
  return {
    state: { ...state, remindedAtMs: atMs },
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
  steps: readonly OverloadStep[],
  policy: OverloadPolicy,
): OverloadResult {
  const step = state.step - 1;
  if (steps[step] === undefined || atMs - state.steadySinceMs < state.waitMs) {
    return { state: { ...state, behindSinceMs: undefined }, action: { kind: 'none' } };
  }
  return {
    state: { ...settling(state, step, atMs, policy.settleMs), steppedUpAtMs: atMs },
    action: { kind: 'step-up', step },
  };
}

/** How long it is to be calm after a step down that is made now. */
function nextWaitMs(state: OverloadState, atMs: number, policy: OverloadPolicy): number {
  const { steppedUpAtMs = -Infinity, steppedDownAtMs = -Infinity, waitMs } = state;
  if (steppedDownAtMs > steppedUpAtMs && atMs - steppedDownAtMs < policy.firstWaitMs) {
    return waitMs;
  }
  return atMs - steppedUpAtMs < waitMs ? Math.min(2 * waitMs, policy.longestWaitMs) : policy.firstWaitMs;
}

/** The next cheaper one, or the first that can be expected to be cheap enough; the same when there is none. */
function cheaperStep(step: number, speed: number, steps: readonly OverloadStep[], policy: OverloadPolicy): number {
  const enough = (steps[step]?.cost ?? 0) * speed * policy.margin;
  const cheap = steps.findIndex(({ cost }, index) => index > step && cost <= enough);
  return cheap < 0 ? Math.max(step, steps.length - 1) : cheap;
}

/** Nothing counts before the encoder has settled. */
function settling(state: OverloadState, step: number, atMs: number, settleMs: number): OverloadState {
  return {
    ...state,
    step,
    behindSinceMs: undefined,
    slowSinceMs: undefined,
    takesSinceMs: undefined,
    steadySinceMs: atMs,
    settledAtMs: atMs + settleMs,
    remindedAtMs: undefined,
  };
}
