import type { Clock } from '../../base/clock.ts';
import type { LadderChoice } from '../../shared/api/ladder.ts';
import type { LadderMeasurement } from '../encode/measure-ladder.ts';
import { checkCustomLadder, type LadderPlan, type PictureSize, resolveLadder } from '../encode/resolve-ladder.ts';
import type { Logger } from '../ports/logger.ts';
import type { SettingsService } from '../ports/services.ts';

/** Which ladder is encoded: the choice in the settings, made concrete by what this computer can do and by what the sources give. */
export type LadderDesk = {
  plan(): LadderPlan;
  /** The plan anew, for sources of that size. Only while nothing is being encoded. */
  replan(nativeSize: PictureSize | undefined): void;
  /** Throws `encode/ladder-invalid`. */
  check(choice: LadderChoice): void;
  /** Finds out what this computer can hold, or remembers it. */
  measure(options: { readonly again: boolean }): Promise<void>;
  /** Resolves when nobody measures. */
  idle(): Promise<void>;
  /** The measuring loads every core; a broadcast comes first. */
  abortMeasuring(): void;
  measuredSpeed(): number | undefined;
  /** The preset that the measuring found right; undefined when it has not measured. */
  preset(): string | undefined;
};

export function createLadderDesk(options: {
  readonly settings: SettingsService;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly measure: (options: {
    readonly again: boolean;
    readonly signal: AbortSignal;
  }) => Promise<LadderMeasurement>;
}): LadderDesk {
  const { settings, logger } = options;
  let measured: LadderMeasurement | undefined;
  let size: PictureSize | undefined;
  let measuring: AbortController | undefined;
  let idle: Promise<void> = Promise.resolve();
  let plan = resolve();

  function resolve(): LadderPlan {
    const { ladder, frameRate } = settings.get().encoding;
    return resolveLadder(ladder, { frameRate, sourceSize: size, fits: measured?.ladder });
  }

  return {
    plan: () => plan,
    replan(nativeSize) {
      size = nativeSize;
      plan = resolve();
    },
    check(choice) {
      if (choice.kind === 'custom') {
        checkCustomLadder(choice.ladder);
      }
    },
    async measure({ again }) {
      measuring?.abort(new Error('measured anew'));
      measuring = new AbortController();
      const { signal } = measuring;
      const { promise, resolve: settle } = Promise.withResolvers<undefined>();
      idle = promise;
      try {
        measured = await options.measure({ again, signal });
      } catch (error) {
        if (!signal.aborted) {
          throw error;
        }
        logger.info({}, 'measuring the ladder was given up for a broadcast');
      } finally {
        settle(undefined);
      }
    },
    idle: () => idle,
    abortMeasuring: () => measuring?.abort(new Error('going live')),
    measuredSpeed: () => measured?.speeds.find(({ ladder }) => ladder === measured?.ladder)?.speed,
    preset: () => measured?.preset,
  };
}
