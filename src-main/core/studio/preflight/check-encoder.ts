import type { EncoderStatus } from '../../../shared/api/studio.ts';
import type { LadderPlan } from '../../encode/resolve-ladder.ts';
import type { CheckResult } from './preflight.ts';

export type EncoderView = {
  /** What will be encoded. */
  readonly plan: () => LadderPlan;
  /** Of a rehearsal that runs. */
  readonly running: () => EncoderStatus | undefined;
  /** What the computer was found to hold the last time it was measured for the automatic ladder. */
  readonly measuredSpeed: () => number | undefined;
  /** A live event that is fed from outside and on air now: it needs the processors more than we do. */
  readonly busyWith: () => string | undefined;
  /** Resolves when nobody else measures. */
  readonly idle: (signal: AbortSignal) => Promise<void>;
  /** Encodes the plan for about a second at full speed; seconds of it per second. */
  readonly measure: (plan: LadderPlan, signal: AbortSignal) => Promise<number>;
};

/** The measuring takes three seconds; behind one that settles the ladder, at the very first start, it waits for that. */
export const ENCODER_LIMIT_MS = 13_000;
/**
 * Captures and mixer run beside the measuring, so that what is left for the presenter's own programs is above 1. Less than this and a second
 * program that starts is seen in the picture.
 */
const COMFORTABLE_SPEED = 1.25;
/** As in the health: below this frames wait. */
const KEEPS_UP = 0.97;

/** Whether the ladder that will really be encoded can be encoded here, by encoding it. */
export async function checkEncoder(view: EncoderView, signal: AbortSignal): Promise<CheckResult> {
  const plan = view.plan();
  const heights = plan.video.map(({ height }) => height);
  if (heights.length === 0) {
    return { state: 'good', finding: { code: 'sound-only' } };
  }
  const running = view.running();
  if (running !== undefined) {
    const keepsUp = running.speed >= KEEPS_UP || running.backlogFrames <= 1;
    const measured = view.measuredSpeed();
    return {
      state: keepsUp ? 'good' : 'bad',
      finding: { code: 'encoder-runs', heights, speed: running.speed },
      margin: keepsUp ? (measured === undefined ? undefined : measured / COMFORTABLE_SPEED) : 0,
    };
  }
  const busyWith = view.busyWith();
  if (busyWith !== undefined) {
    return { state: 'unknown', finding: { code: 'encoder-busy', liveEvent: busyWith } };
  }
  await view.idle(signal);
  const speed = await view.measure(plan, signal);
  if (speed === 0) {
    return { state: 'bad', finding: { code: 'encoder-fails' }, margin: 0 };
  }
  return {
    state: speed >= COMFORTABLE_SPEED ? 'good' : speed >= 1 ? 'tight' : 'bad',
    finding: { code: speed >= 1 ? 'encoder-holds' : 'encoder-slow', heights, speed },
    margin: speed / COMFORTABLE_SPEED,
  };
}
