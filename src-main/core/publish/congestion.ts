/**
 * Which quality a destination gets while the network to it does not take the one that it should have. Pure; the push acts on it.
 *
 *     rung 0 ──waits for 1.5 s and gets longer──▶ the first rung that fits what gets through … the last rung
 *       ▲                                              │
 *       └──────── next to nothing waits for the whole wait ────┘   one at a time; the wait doubles each time a step up did not last
 */
export type CongestionPolicy = {
  /** More media than this waiting, and not getting less, is congestion. */
  readonly queueSeconds: number;
  /** For so long without a pause. */
  readonly behindMs: number;
  /** After a change nothing is concluded for so long: the new rung begins with a key frame, and behind what waits. */
  readonly settleMs: number;
  /** Of what gets through: so much of it may be asked for, so that what has piled up gets less. */
  readonly margin: number;
  /** Less than this waiting is calm. */
  readonly calmSeconds: number;
  /** How long it has to be calm before the next better rung is tried, the first time and at most. */
  readonly firstWaitMs: number;
  readonly longestWaitMs: number;
  /** With no sample for so long nobody sent anything: what came before says nothing any more. */
  readonly longestGapMs: number;
};

export const CONGESTION_POLICY: CongestionPolicy = {
  queueSeconds: 1.5,
  behindMs: 1500,
  settleMs: 4000,
  margin: 0.8,
  calmSeconds: 0.7,
  firstWaitMs: 20_000,
  longestWaitMs: 5 * 60_000,
  longestGapMs: 5000,
};

export type CongestionState = {
  /** Index into the rungs that the presenter allows; 0 is the best. */
  readonly rung: number;
  /** All times on the same monotonic clock. */
  readonly behindSinceMs: number | undefined;
  readonly calmSinceMs: number;
  readonly settledAtMs: number;
  readonly sampledAtMs: number;
  /** What waited when it was looked at last. */
  readonly queueSeconds: number;
  readonly waitMs: number;
  /** When the last step up was made; a step down soon after makes the next wait longer. */
  readonly steppedUpAtMs: number | undefined;
};

export type CongestionSample = {
  readonly atMs: number;
  readonly queueSeconds: number;
  /** What has got through over the last seconds, in bit/s. */
  readonly sentBitrate: number;
};

export type CongestionResult = { readonly state: CongestionState; readonly change: 'down' | 'up' | undefined };

/** Also of a new connection to a destination that had a lower rung: it goes on with that one. */
export function startCongestion(
  atMs: number,
  before?: CongestionState,
  policy = CONGESTION_POLICY,
): CongestionState {
  return {
    rung: before?.rung ?? 0,
    behindSinceMs: undefined,
    calmSinceMs: atMs,
    settledAtMs: atMs,
    sampledAtMs: atMs,
    queueSeconds: 0,
    waitMs: before?.waitMs ?? policy.firstWaitMs,
    steppedUpAtMs: undefined,
  };
}

/** What one more sample means. `rungs`: bit/s of each with its sound, best first. */
export function watchCongestion(
  before: CongestionState,
  sample: CongestionSample,
  rungs: readonly number[],
  policy = CONGESTION_POLICY,
): CongestionResult {
  const { atMs, queueSeconds } = sample;
  const known = Math.min(before.rung, Math.max(0, rungs.length - 1));
  const hasSlept = atMs - before.sampledAtMs > policy.longestGapMs;
  const state: CongestionState = {
    ...(hasSlept ? settling(before, known, atMs, policy) : { ...before, rung: known }),
    sampledAtMs: atMs,
    queueSeconds,
  };
  const isCalm = queueSeconds < policy.calmSeconds;
  if (atMs < state.settledAtMs) {
    return { state: isCalm ? state : { ...state, calmSinceMs: atMs }, change: undefined };
  }
  const isShrinking = queueSeconds < before.queueSeconds;
  if (queueSeconds > policy.queueSeconds && (!isShrinking || state.behindSinceMs !== undefined)) {
    return whileBehind(state, sample, rungs, policy);
  }
  return whileCalm({ ...state, behindSinceMs: undefined, ...(isCalm ? {} : { calmSinceMs: atMs }) }, atMs, policy);
}

function whileBehind(
  state: CongestionState,
  { atMs, sentBitrate }: CongestionSample,
  rungs: readonly number[],
  policy: CongestionPolicy,
): CongestionResult {
  const behindSinceMs = state.behindSinceMs ?? atMs;
  const watching: CongestionState = { ...state, behindSinceMs, calmSinceMs: atMs };
  const last = rungs.length - 1;
  if (atMs - behindSinceMs < policy.behindMs || state.rung >= last) {
    return { state: watching, change: undefined };
  }
  const fitting = rungs.findIndex(
    (bitrate, index) => index > state.rung && bitrate <= sentBitrate * policy.margin,
  );
  const wasHasty = state.steppedUpAtMs !== undefined && atMs - state.steppedUpAtMs < state.waitMs;
  return {
    state: {
      ...settling(watching, fitting < 0 ? last : fitting, atMs, policy),
      waitMs: wasHasty ? Math.min(2 * state.waitMs, policy.longestWaitMs) : state.waitMs,
      steppedUpAtMs: undefined,
    },
    change: 'down',
  };
}

function whileCalm(state: CongestionState, atMs: number, policy: CongestionPolicy): CongestionResult {
  // A step up that has lasted is forgotten, and with it what went wrong before.
  const hasLasted = state.steppedUpAtMs !== undefined && atMs - state.steppedUpAtMs >= state.waitMs;
  const calm = hasLasted ? { ...state, steppedUpAtMs: undefined, waitMs: policy.firstWaitMs } : state;
  if (calm.rung === 0 || atMs - calm.calmSinceMs < calm.waitMs) {
    return { state: calm, change: undefined };
  }
  return {
    state: { ...settling(calm, calm.rung - 1, atMs, policy), steppedUpAtMs: atMs },
    change: 'up',
  };
}

/** Nothing counts before the new rung has arrived. */
function settling(state: CongestionState, rung: number, atMs: number, policy: CongestionPolicy): CongestionState {
  return {
    ...state,
    rung,
    behindSinceMs: undefined,
    calmSinceMs: atMs,
    settledAtMs: atMs + policy.settleMs,
  };
}
