import { type EngineSettings, quietly, videojs } from './hls-engine.ts';
import { isKeyAddress, tokenHeaders } from './key-headers.ts';
import { INITIAL_PLAYER_STATE, type PlayerState } from './player-state.ts';
import { playlistTimes } from './playlist-times.ts';
import type { TimeMap } from './time-map.ts';

export type OpenPlayer = {
  readonly play: () => void;
  readonly pause: () => void;
  readonly seek: (playerSeconds: number) => void;
  readonly setMuted: (isMuted: boolean) => void;
  readonly fullscreen: () => void;
  readonly timeMap: () => TimeMap;
  readonly dispose: () => void;
};

/** Plays one HLS address inside of `host`. Media Source Extensions always: Chromium's own HLS says "maybe" and then fails on fMP4. */
export function openPlayer(
  host: HTMLElement,
  options: {
    readonly url: string;
    readonly isLive: boolean;
    readonly autoplay: boolean;
    readonly isMuted: boolean;
    /** What is shown for its keys, when it is protected; asked for each time. */
    readonly keyToken?: (() => Promise<string>) | undefined;
    readonly onState: (state: PlayerState) => void;
  },
): OpenPlayer {
  const { url, keyToken } = options;
  const element = document.createElement('video');
  element.className = 'player__video';
  element.playsInline = true;
  host.append(element);
  const player = videojs(element, {
    controls: false,
    autoplay: options.autoplay,
    muted: options.isMuted,
    preload: 'auto',
    liveui: options.isLive,
    loadingSpinner: false,
    bigPlayButton: false,
    errorDisplay: false,
    textTrackSettings: false,
    html5: {
      ...(keyToken === undefined
        ? {}
        : {
            hls: {
              headers: async (address) => (isKeyAddress(address, url) ? tokenHeaders(await keyToken()) : {}),
            } satisfies EngineSettings,
          }),
      nativeAudioTracks: false,
      nativeVideoTracks: false,
    },
  });
  let state: PlayerState = { ...INITIAL_PLAYER_STATE, isMuted: options.isMuted };

  function tell(patch: Partial<PlayerState> = {}): void {
    const seconds = player.currentTime() ?? 0;
    state = {
      ...state,
      seconds,
      wallMs: playlistTimes(player).toWallMs(seconds),
      toldAtMs: Date.now(),
      isPaused: player.paused(),
      isMuted: player.muted() ?? false,
      ...patch,
    };
    options.onState(state);
  }

  player.on('loadedmetadata', () => tell({ isReady: true, isWaiting: false }));
  player.on(['waiting', 'seeking'], () => tell({ isWaiting: true }));
  player.on(['playing', 'canplay', 'seeked'], () => tell({ isWaiting: false }));
  player.on(['timeupdate', 'pause', 'play', 'volumechange', 'durationchange', 'progress'], () => tell());
  player.on('error', () => tell({ hasFailed: true, isWaiting: false }));
  player.src({ src: url, type: 'application/x-mpegURL' });

  return {
    play: () => void quietly(player.play()),
    pause() {
      player.pause();
    },
    seek(seconds) {
      player.currentTime(seconds);
    },
    setMuted(isMuted) {
      player.muted(isMuted);
    },
    fullscreen: () => void quietly(host.requestFullscreen()),
    timeMap: () => playlistTimes(player),
    dispose() {
      player.dispose();
    },
  };
}
