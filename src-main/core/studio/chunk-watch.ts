import type { Clock } from '../../base/clock.ts';
import type { Presentation } from '../ports/presentation.ts';

/** Nothing new for so long: viewers are about to notice. */
const SILENT_MS = 1500;
const LOOK_EVERY_MS = 500;

/**
 * Watches whether viewers can see anything: chunks on the timeline, not a button that was pressed. `onLook` is called now and then, for what
 * changes all the time.
 */
export function watchChunks(
  presentation: Presentation,
  clock: Clock,
  told: { readonly onChunk: () => void; readonly onSilent: () => void; readonly onLook: () => void },
): Disposable {
  let lastChunkMs = clock.monotonicMs();
  let timer: Disposable | undefined;
  const chunks = presentation.changed.on(() => {
    lastChunkMs = clock.monotonicMs();
    told.onChunk();
  });
  function look(): void {
    if (clock.monotonicMs() - lastChunkMs > SILENT_MS) {
      told.onSilent();
    }
    told.onLook();
    timer = clock.after(LOOK_EVERY_MS, look);
  }
  look();
  return {
    [Symbol.dispose]() {
      chunks[Symbol.dispose]();
      timer?.[Symbol.dispose]();
    },
  };
}
