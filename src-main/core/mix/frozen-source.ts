import { DEVICE_PATIENCE } from './capture-source.ts';
import { copyPicture, createPicture, type Picture } from './picture.ts';
import type { Source } from './source.ts';

/**
 * A source whose picture has stopped coming, for a fire drill: shown and reported exactly as that of a camera that stands still, while the real one
 * runs on behind it, untouched. Its sound goes on.
 */
export function freezeSource(source: Source, frozenMs: number): Source {
  let last: { readonly picture: Picture; readonly version: string } | undefined;
  return {
    ...source,
    pictureAt(frame, dueMs, wallMs) {
      if (dueMs - frozenMs >= DEVICE_PATIENCE.lostAfterMs) {
        return undefined;
      }
      last ??= keep(source.pictureAt(frame, dueMs, wallMs));
      return last;
    },
    status(nowMs) {
      const silentMs = nowMs - frozenMs;
      const state =
        silentMs < DEVICE_PATIENCE.heldAfterMs ? 'live' : silentMs < DEVICE_PATIENCE.lostAfterMs ? 'held' : 'lost';
      const status = source.status(nowMs);
      return status.state === 'live' ? { ...status, state, frameRate: 0 } : status;
    },
  };
}

/** A copy: the bytes of a source's picture are its own again with the next data. */
function keep(shown: ReturnType<Source['pictureAt']>): ReturnType<Source['pictureAt']> {
  if (shown === undefined) {
    return undefined;
  }
  const { width, height } = shown.picture;
  const picture = createPicture(width, height);
  copyPicture(shown.picture, picture, 0, 0);
  return { picture, version: `frozen ${shown.version}` };
}
