import { createStore } from 'zustand/vanilla';
import type { AudioInput } from '../../src-main/shared/api/studio.ts';
import type { PreviewFeed } from '../api/preview-feed.ts';
import type { Timers } from '../api/timers.ts';
import { EMPTY_WATCH, hear, type SoundWarning, warnings } from './sound-watch.ts';

export type SoundSlice = { readonly warnings: ReadonlyMap<string, SoundWarning> };

/** Listens to the meters and says which input nobody can hear. Ten readings a second come in; the state changes only when a warning does. */
export function createSoundStore(feed: PreviewFeed, timers: Timers, inputs: () => readonly AudioInput[]) {
  const store = createStore<SoundSlice>(() => ({ warnings: new Map() }));
  let watch = EMPTY_WATCH;

  function judge(): void {
    const next = warnings(watch, inputs(), timers.nowMs());
    const before = store.getState().warnings;
    if (next.size !== before.size || [...next].some(([id, warning]) => before.get(id) !== warning)) {
      store.setState({ warnings: next });
    }
  }

  const stopMeters = feed.onMeters((readings) => {
    watch = hear(watch, readings, timers.nowMs());
    judge();
  });
  const stopState = feed.onState((state) => {
    if (state !== 'open') {
      // Nothing is known while nothing is measured.
      watch = EMPTY_WATCH;
      judge();
    }
  });

  return {
    ...store,
    judge,
    stop(): void {
      stopMeters();
      stopState();
    },
  };
}
