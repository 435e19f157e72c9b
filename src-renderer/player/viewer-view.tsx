import { type ReactNode, useEffect, useState } from 'react';
import { createServerTime } from '../api/server-time.ts';
import { usePlayer } from './use-player.ts';

export type ViewerDelay =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'behind'; readonly seconds: number }
  | { readonly kind: 'failed' };

/** The programme as viewers see it: the real playback address through the origin, silent, at the live edge. */
export function ViewerView(props: {
  readonly url: string;
  readonly label: string;
  readonly onDelay: (delay: ViewerDelay) => void;
  /** See `usePlayer`. */
  readonly keyToken?: (() => Promise<string>) | undefined;
}): ReactNode {
  const { url, onDelay, keyToken } = props;
  const { setHost, state } = usePlayer({ url, isLive: true, autoplay: true, isMuted: true, keyToken });
  const offsetMs = useOriginOffset(url);

  useEffect(() => {
    if (state.hasFailed) {
      onDelay({ kind: 'failed' });
      return;
    }
    onDelay(
      !state.isReady || state.wallMs === undefined || offsetMs === undefined
        ? { kind: 'connecting' }
        : { kind: 'behind', seconds: Math.max(0, (state.toldAtMs + offsetMs - state.wallMs) / 1000) },
    );
  }, [state, offsetMs, onDelay]);

  return <div ref={setHost} className="player__host" role="img" aria-label={props.label} />;
}

/** What to add to this device's clock to get the origin's, which stamped the pictures: asked for at its `/time` once. */
function useOriginOffset(url: string): number | undefined {
  const [offsetMs, setOffsetMs] = useState<number>();
  useEffect(() => {
    const gone = new AbortController();
    void (async () => {
      try {
        const sentMs = Date.now();
        const response = await fetch(new URL('/time', url), { signal: gone.signal, cache: 'no-store' });
        const stamp = Date.parse((await response.text()).trim());
        const time = createServerTime();
        time.sample(stamp, sentMs, Date.now(), 1);
        if (!Number.isNaN(stamp)) {
          setOffsetMs(time.offsetMs());
        }
      } catch {
        // Without the clock the delay is not stated; the player says for itself whether the stream can be had.
      }
    })();
    return () => gone.abort();
  }, [url]);
  return offsetMs;
}
