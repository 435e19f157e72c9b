import videojs from 'video.js';
import { INITIAL_PLAYER_STATE, type PlayerState } from './player-state.ts';
import { createTimeMap, type MappedSegment, type TimeMap } from './time-map.ts';

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
    readonly onState: (state: PlayerState) => void;
  },
): OpenPlayer {
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
    html5: { vhs: { overrideNative: true, llhls: true }, nativeAudioTracks: false, nativeVideoTracks: false },
  });
  let state: PlayerState = { ...INITIAL_PLAYER_STATE, isMuted: options.isMuted };

  function tell(patch: Partial<PlayerState> = {}): void {
    const seconds = player.currentTime() ?? 0;
    state = {
      ...state,
      seconds,
      wallMs: mapOf(player.tech(true)).toWallMs(seconds),
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
  player.src({ src: options.url, type: 'application/x-mpegURL' });

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
    timeMap: () => mapOf(player.tech(true)),
    dispose() {
      player.dispose();
    },
  };
}

/** A browser may refuse to play or to fill the screen; what it then shows is the truth already. */
async function quietly(promise: Promise<unknown> | undefined): Promise<void> {
  try {
    await promise;
  } catch {
    // See above.
  }
}

/** Reads the playlist out of video.js's HLS engine, which has no types for it. */
function mapOf(tech: unknown): TimeMap {
  const media = callOf(at(at(at(tech, 'vhs'), 'playlists'), 'media'), at(at(tech, 'vhs'), 'playlists'));
  const list = at(media, 'segments');
  const segments = Array.isArray(list) ? list.map(segmentOf) : [];
  return createTimeMap(segments, { isComplete: at(media, 'endList') === true });
}

function segmentOf(segment: unknown): MappedSegment {
  const date = at(segment, 'dateTimeObject');
  const programDate = at(segment, 'programDateTime');
  return {
    startSeconds: numberOf(at(segment, 'start')),
    durationSeconds: numberOf(at(segment, 'duration')) ?? 0,
    wallMs: date instanceof Date ? date.getTime() : numberOf(programDate),
  };
}

function at(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}

function callOf(value: unknown, self: unknown): unknown {
  return typeof value === 'function' ? Reflect.apply(value, self, []) : undefined;
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}
