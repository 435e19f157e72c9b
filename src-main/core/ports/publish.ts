import type { Presentation } from './presentation.ts';

/** The destinations, as the studio needs them. */
export type Publishing = {
  /** A broadcast began: every enabled destination is pushed to from its next key frame on. */
  begin(presentation: Presentation): void;
  /** The broadcast ended. Resolves when every push has been closed in an orderly way or been given up. */
  end(): Promise<void>;
};
