import type { DrillReport } from '../../../shared/api/fire-drill.ts';

/** One kind of fault: how it is made, how it is undone, and what it did. */
export type Fault = {
  readonly subject?: string | undefined;
  /** What has to be there before it can be made, and is measured with. `open` comes before `begin`; `close` at the end in any case. */
  readonly preparation?: {
    readonly open: () => Promise<void>;
    readonly isReady: () => boolean;
    readonly close: () => Promise<void>;
  };
  readonly begin: () => Promise<void>;
  /** Also when `begin` failed, and more than once. */
  readonly undo: () => Promise<void>;
  /** Looks at how things are. To be called ten times a second. */
  readonly look: () => void;
  /** Whether everything is as it was before. */
  readonly isWell: () => boolean;
  /** `recovered` and `recoverySeconds` are known to whoever waits. */
  readonly report: () => Omit<DrillReport, 'recovered'>;
};

export const NOTHING = {
  stillSeconds: 0,
  slateSeconds: 0,
  lostSeconds: 0,
  unrecordedSeconds: 0,
  recoverySeconds: 0,
};
