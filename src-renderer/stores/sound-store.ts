import { createStore } from 'zustand/vanilla';
import type { StudioState } from '../../src-main/shared/api/studio.ts';
import type { PreviewFeed } from '../api/preview-feed.ts';
import type { Timers } from '../api/timers.ts';
import { EMPTY_WATCH, hear, type SoundWarning, warnings } from './sound-watch.ts';

export type SoundSlice = { readonly warnings: ReadonlyMap<string, SoundWarning> };

/**
 * Listens to the meters and to the service and says which input has something that somebody should be told. Ten readings a second come in; the state
 * changes only when a warning does.
 */
export function createSoundStore(feed: PreviewFeed, timers: Timers, studio: () => StudioState | undefined) {
  const store = createStore<SoundSlice>(() => ({ warnings: new Map() }));
  let watch = EMPTY_WATCH;

  function judge(): void {
    const { audio = [], sound } = studio() ?? {};
    const next = warnings(watch, audio, timers.nowMs(), sound?.warnings);
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
