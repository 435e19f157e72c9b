import { useEffect, useMemo, useState } from 'react';
import { openStoryboard } from './open-storyboard.ts';
import type { ShownTile, Storyboard } from './storyboard.ts';

/** The pictures for seeking in what plays at an address of HLS; undefined as long as there is none. */
export function useStoryboard(hlsUrl: string | undefined): Storyboard | undefined {
  return useMemo(
    () => (hlsUrl === undefined ? undefined : openStoryboard(new URL('Storyboard.vtt', hlsUrl).href)),
    [hlsUrl],
  );
}

/** The picture of a time; the one before as long as it is fetched. Undefined where there is none. */
export function useTile(storyboard: Storyboard | undefined, wallMs: number | undefined): ShownTile | undefined {
  const [tile, setTile] = useState<ShownTile>();
  useEffect(() => {
    const gone = new AbortController();
    void (async () => {
      const found = wallMs === undefined ? undefined : await storyboard?.at(wallMs);
      if (!gone.signal.aborted) {
        setTile(found);
      }
    })();
    return () => gone.abort();
  }, [storyboard, wallMs]);
  return wallMs === undefined ? undefined : tile;
}
