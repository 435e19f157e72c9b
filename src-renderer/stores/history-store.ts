import { createStore } from 'zustand/vanilla';
import type { StudioState } from '../../src-main/shared/api/studio.ts';
import type { Timers } from '../api/timers.ts';

/** One second of health, for the chart. */
export type HealthSample = {
  readonly atMs: number;
  readonly speed: number | undefined;
  readonly backlogFrames: number | undefined;
  readonly sentBitrate: number;
};

const HISTORY_LENGTH = 600;

/** The last ten minutes, one sample a second while something is encoded. */
export function createHistoryStore(
  timers: Timers,
  read: () => { readonly studio: StudioState | undefined; readonly sentBitrate: number },
) {
  const store = createStore<{ readonly samples: readonly HealthSample[] }>(() => ({ samples: [] }));
  let cancel: (() => void) | undefined;

  function tick(): void {
    const { studio, sentBitrate } = read();
    if (studio?.encoder !== undefined) {
      const { speed, backlogFrames } = studio.encoder;
      const sample = { atMs: timers.nowMs(), speed, backlogFrames, sentBitrate };
      store.setState(({ samples }) => ({ samples: [...samples, sample].slice(-HISTORY_LENGTH) }));
    }
    cancel = timers.after(1000, tick);
  }

  return {
    ...store,
    start: tick,
    stop: () => cancel?.(),
  };
}
