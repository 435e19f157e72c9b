import type { AppError } from '../../shared/app-error.ts';
import type { TimelineInput } from './timeline.ts';

/** What brings samples into a live event for as long as it runs: the encoder of this computer, later the ways in from outside. */
export type Feed = {
  /** Resolves when the last sample has been pushed. Idempotent. */
  stop(): Promise<void>;
};

export type OpenFeed = (options: {
  readonly liveEvent: string;
  readonly input: TimelineInput;
  /** Told when it cannot go on and has given up; it is stopped then. */
  readonly onFailed: (error: AppError) => void;
}) => Promise<Feed>;
