import videojs from 'video.js';
import german from 'video.js/dist/lang/de.json';
import 'video.js/dist/video-js.css';
import './watch-player.css';

export type WatchPlayer = {
  readonly unmute: () => void;
  readonly isMuted: () => boolean;
  readonly dispose: () => void;
};

export type WatchEvent =
  /** The picture moves. */
  | 'playing'
  /** It came to its end. */
  | 'finished'
  /** Nothing moves any more and the player has given up, or did not notice. */
  | 'broken'
  /** The browser lacks what it takes. */
  | 'unplayable'
  | 'volume';

/** For how long the picture may stand still, not paused, until that counts as broken. */
const STALL_MS = 12_000;
const STALL_CHECK_MS = 1000;

/** MEDIA_ERR_SRC_NOT_SUPPORTED of a browser that has neither Media Source Extensions nor HLS. */
const NOT_SUPPORTED = 4;

/** The player with its own controls: seek bar with the live window, way back to live, speed, quality, picture in picture, full screen, keys. */
export function openWatchPlayer(
  host: HTMLElement,
  options: {
    readonly url: string;
    readonly isLive: boolean;
    readonly language: string;
    /** Tells sessions apart in the viewer count; CTA-5004 `sid`. */
    readonly session: string;
    /** What the service is shown for the keys of a protected stream. */
    readonly token?: string | undefined;
    readonly words: { readonly quality: string; readonly automatic: string };
    readonly onEvent: (event: WatchEvent) => void;
  },
): WatchPlayer {
  videojs.addLanguage('de', german);
  // Safari's own player cannot show a token with its requests for keys.
  const isNative = isSafari() && options.token === undefined;
  const element = document.createElement('video');
  element.className = 'video-js watch-player';
  element.playsInline = true;
  host.append(element);
  const player = videojs(element, {
    controls: true,
    // With sound where the browser lets it, else silent.
    autoplay: 'any',
    preload: 'auto',
    liveui: true,
    // The seek bar from the first segment on: the window is looked at only once, and it grows.
    liveTracker: { trackingThreshold: 0 },
    fill: true,
    language: options.language,
    playbackRates: options.isLive ? [] : [0.5, 1, 1.25, 1.5, 2],
    errorDisplay: false,
    textTrackSettings: false,
    disablePictureInPicture: false,
    inactivityTimeout: 2500,
    userActions: { hotkeys: true },
    controlBar: {
      volumePanel: { inline: true },
      skipButtons: { backward: 10, forward: options.isLive ? undefined : 10 },
    },
    html5: {
      // Safari's own player saves battery and is the only one on an iPhone; elsewhere the browser's HLS is none or half of one.
      vhs: { overrideNative: !isNative, llhls: true },
      nativeAudioTracks: isNative,
      nativeVideoTracks: isNative,
    },
  });
  markRequests(player.tech(true), options);

  let lastSeconds = 0;
  let movedMs = performance.now();
  const watch = setInterval(() => {
    const seconds = player.currentTime() ?? 0;
    if (seconds !== lastSeconds || player.paused() || player.ended() || document.hidden) {
      lastSeconds = seconds;
      movedMs = performance.now();
    } else if (performance.now() - movedMs > STALL_MS) {
      movedMs = performance.now();
      options.onEvent('broken');
    }
  }, STALL_CHECK_MS);

  player.on('playing', () => options.onEvent('playing'));
  player.on('ended', () => options.onEvent('finished'));
  player.on('volumechange', () => options.onEvent('volume'));
  player.on('error', () => {
    const isHopeless = player.error()?.code === NOT_SUPPORTED && !('MediaSource' in window) && !isSafari();
    options.onEvent(isHopeless ? 'unplayable' : 'broken');
  });
  // Until the player knows its qualities, which may be after it has begun to play; only the first time counts.
  player.on(['loadedmetadata', 'canplay', 'timeupdate'], () => addQualityMenu(player, options.words));
  player.src({ src: options.url, type: 'application/x-mpegURL' });

  return {
    unmute() {
      player.muted(false);
      if (player.volume() === 0) {
        player.volume(1);
      }
    },
    isMuted: () => player.muted() === true,
    dispose() {
      clearInterval(watch);
      player.dispose();
    },
  };
}

function isSafari(): boolean {
  return videojs.browser.IS_ANY_SAFARI || videojs.browser.IS_IOS;
}

/** The page is of the same origin as the media, so a header costs no preflight, and addresses stay the same for everybody's cache. */
function markRequests(
  tech: unknown,
  { session, token }: { readonly session: string; readonly token?: string | undefined },
): void {
  const xhr = at(at(tech, 'vhs'), 'xhr') ?? at(at(videojs, 'Vhs'), 'xhr');
  const onRequest = at(xhr, 'onRequest');
  if (typeof onRequest === 'function') {
    Reflect.apply(onRequest, xhr, [
      (request: { uri?: string; headers?: Record<string, string> }) => {
        request.headers = {
          ...request.headers,
          'CMCD-Session': `sid="${session}"`,
          ...(token !== undefined && isOwnKey(request.uri) ? { Authorization: `Bearer ${token}` } : {}),
        };
        return request;
      },
    ]);
  }
}

/** The token is for the service that the page came from and for nobody else. */
function isOwnKey(uri: string | undefined): boolean {
  const address = URL.parse(uri ?? '', location.href);
  return address?.origin === location.origin && address.pathname.startsWith('/keydelivery/');
}

/**
 * A native `<select>` in the control bar: keyboard, screen readers and phones all know how to use one. Only where there is a choice; Safari's
 * own player offers none.
 */
function addQualityMenu(
  player: ReturnType<typeof videojs>,
  words: { readonly quality: string; readonly automatic: string },
): void {
  const levels = levelsOf(player);
  const bar = player.el().querySelector('.vjs-control-bar');
  if (levels.length < 2 || bar?.querySelector('.watch-player__quality') !== null) {
    return;
  }
  const sorted = [...levels].sort((a, b) => b.height - a.height || b.bitrate - a.bitrate);
  const select = document.createElement('select');
  select.setAttribute('aria-label', words.quality);
  select.title = words.quality;
  select.append(new Option(words.automatic, 'auto'));
  for (const [index, level] of sorted.entries()) {
    select.append(new Option(labelOf(level, sorted), String(index)));
  }
  select.addEventListener('change', () => {
    const chosen = sorted[Number(select.value)];
    for (const level of sorted) {
      level.enable(chosen === undefined || level === chosen);
    }
  });
  // The player's hot keys would take the arrows away from it.
  select.addEventListener('keydown', (event) => event.stopPropagation());
  const holder = document.createElement('div');
  holder.className = 'watch-player__quality vjs-control';
  holder.append(select);
  bar.insertBefore(holder, bar.querySelector('.vjs-picture-in-picture-control, .vjs-fullscreen-control'));
}

type Level = { readonly height: number; readonly bitrate: number; readonly enable: (isEnabled: boolean) => void };

/** `player.qualityLevels()` comes with video.js's HLS engine and has no types. */
function levelsOf(player: ReturnType<typeof videojs>): readonly Level[] {
  const list = callOf(at(player, 'qualityLevels'), player);
  const length = Number(at(list, 'length') ?? 0);
  return Array.from({ length }, (_, index) => {
    const level = at(list, String(index));
    return {
      height: Number(at(level, 'height') ?? 0),
      bitrate: Number(at(level, 'bitrate') ?? 0),
      enable(isEnabled) {
        if (typeof level === 'object' && level !== null) {
          Reflect.set(level, 'enabled', isEnabled);
        }
      },
    };
  });
}

function labelOf(level: Level, all: readonly Level[]): string {
  const rate = `${(level.bitrate / 1e6).toFixed(1)} Mbit/s`;
  if (!(level.height > 0)) {
    return rate;
  }
  return all.filter(({ height }) => height === level.height).length > 1
    ? `${level.height}p · ${rate}`
    : `${level.height}p`;
}

function at(value: unknown, key: string): unknown {
  return (typeof value === 'object' || typeof value === 'function') && value !== null
    ? Reflect.get(value, key)
    : undefined;
}

function callOf(value: unknown, self: unknown): unknown {
  return typeof value === 'function' ? Reflect.apply(value, self, []) : undefined;
}
