import { type RefCallback, useEffect, useState } from 'react';
import type { OpenPlayer } from './open-player.ts';
import { INITIAL_PLAYER_STATE, type PlayerState } from './player-state.ts';

export type UsedPlayer = {
  /** Goes to the element that the player fills. */
  readonly setHost: RefCallback<HTMLElement>;
  readonly state: PlayerState;
  /** Undefined until video.js has been fetched. */
  readonly player: OpenPlayer | undefined;
};

/** A player of one address. video.js is large and is fetched when it is first needed. */
export function usePlayer(options: {
  readonly url: string | undefined;
  readonly isLive: boolean;
  readonly autoplay: boolean;
  readonly isMuted: boolean;
  /** Of what is protected; the same function as long as the address is the same. */
  readonly keyToken?: (() => Promise<string>) | undefined;
}): UsedPlayer {
  const { url, isLive, autoplay, isMuted, keyToken } = options;
  const [host, setHost] = useState<HTMLElement | null>(null);
  const [opened, setOpened] = useState<{ readonly url: string; readonly player: OpenPlayer }>();
  const [told, setTold] = useState<{ readonly url: string; readonly state: PlayerState }>();

  useEffect(() => {
    if (url === undefined || host === null) {
      return undefined;
    }
    const gone = new AbortController();
    let player: OpenPlayer | undefined;
    void (async () => {
      // Read while video.js is loaded: its style elements would break a strict content security policy. The few rules are in player.css.
      Reflect.set(window, 'VIDEOJS_NO_DYNAMIC_STYLE', true);
      const { openPlayer } = await import('./open-player.ts');
      if (!gone.signal.aborted) {
        const onState = (state: PlayerState): void => setTold({ url, state });
        player = openPlayer(host, { url, isLive, autoplay, isMuted, keyToken, onState });
        setOpened({ url, player });
      }
    })();
    return () => {
      gone.abort();
      player?.dispose();
    };
  }, [url, host, isLive, autoplay, isMuted, keyToken]);

  return {
    setHost,
    player: opened?.url === url ? opened?.player : undefined,
    state: told?.url === url ? (told?.state ?? INITIAL_PLAYER_STATE) : INITIAL_PLAYER_STATE,
  };
}
