import german from 'video.js/dist/lang/de.json';
import 'video.js/dist/video-js.css';
import { cmcdHeaders, type PlayerFacts } from './cmcd-headers.ts';
import { type EngineSettings, hlsOf, type VideoJsPlayer, videojs } from './hls-engine.ts';
import { chooseQuality } from './hls-quality.ts';
import { isKeyAddress, tokenHeaders } from './key-headers.ts';
import './watch-player.css';
import { previewSeeking } from './watch-preview.ts';

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

/**
 * Who is more than this behind the edge, in seconds, is told so and can return to it. Of 15 by default: video.js counts on seeing every
 * way back, and does not see its own button for it, nor a second step back that comes during the first.
 */
const LIVE_TOLERANCE = 4;

/** MEDIA_ERR_SRC_NOT_SUPPORTED of a browser that has neither Media Source Extensions nor HLS. */
const NOT_SUPPORTED = 4;

/** The player with its own controls: seek bar with the live window, way back to live, speed, quality, picture in picture, full screen, keys. */
export function openWatchPlayer(
  host: HTMLElement,
  options: {
    readonly url: string;
    readonly isLive: boolean;
    /** Of pictures for seeking; undefined when there are none. */
    readonly storyboard?: string | undefined;
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
  // Safari's own player cannot show a token with its requests for keys. Streams for Clear Key never get here in Safari, which has none.
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
    liveTracker: { trackingThreshold: 0, liveTolerance: LIVE_TOLERANCE },
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
      hls: {
        isNative,
        headers: (url) => ({
          ...cmcdHeaders(factsOf()),
          ...(options.token !== undefined && isKeyAddress(url, options.url) ? tokenHeaders(options.token) : {}),
        }),
      } satisfies EngineSettings,
      nativeAudioTracks: isNative,
      nativeVideoTracks: isNative,
    },
  });
  const factsOf = followPlayer(player, options);

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

  const preview = options.storyboard === undefined ? undefined : previewSeeking(player, options.storyboard);
  player.on('playing', () => options.onEvent('playing'));
  player.on('ended', () => options.onEvent('finished'));
  player.on('volumechange', () => options.onEvent('volume'));
  player.on('error', () => {
    const isHopeless = player.error()?.code === NOT_SUPPORTED && !hasMediaSource() && !isSafari();
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
      preview?.[Symbol.dispose]();
      player.dispose();
    },
  };
}

/** MediaSource, or what iPhones have in its place. */
function hasMediaSource(): boolean {
  return 'MediaSource' in window || 'ManagedMediaSource' in window;
}

function isSafari(): boolean {
  return videojs.browser.IS_ANY_SAFARI || videojs.browser.IS_IOS;
}

/** How it fares, so that the presenter sees who waits; asked for each request. */
function followPlayer(
  player: VideoJsPlayer,
  { session, isLive }: { readonly session: string; readonly isLive: boolean },
): () => PlayerFacts {
  let hasPlayed = false;
  let isWaiting = true;
  let hasStarved = false;
  player.on('playing', () => {
    hasPlayed = true;
    isWaiting = false;
  });
  player.on('waiting', () => {
    // Who jumps waits too, but has not run dry.
    hasStarved ||= hasPlayed && !isWaiting && !player.seeking();
    isWaiting = true;
  });
  return () => {
    const hls = hlsOf(player);
    const facts: PlayerFacts = {
      session,
      isLive,
      bufferSeconds: bufferedAhead(player),
      measuredBitrate: hasPlayed ? hls?.bandwidthEstimate : undefined,
      bitrate: hls?.levels[hls.loadLevel]?.bitrate,
      hasStarved,
      isStarting: isWaiting,
      playbackRate: player.paused() ? 0 : (player.playbackRate() ?? 1),
    };
    hasStarved = false;
    return facts;
  };
}

function bufferedAhead(player: VideoJsPlayer): number | undefined {
  const video = player.el().querySelector('video');
  if (video === null) {
    return undefined;
  }
  const { buffered, currentTime: now } = video;
  for (let index = 0; index < buffered.length; index += 1) {
    if (buffered.start(index) <= now && now <= buffered.end(index)) {
      return buffered.end(index) - now;
    }
  }
  return 0;
}

/**
 * A native `<select>` in the control bar: keyboard, screen readers and phones all know how to use one. Only where there is a choice; Safari's
 * own player offers none.
 */
function addQualityMenu(
  player: VideoJsPlayer,
  words: { readonly quality: string; readonly automatic: string },
): void {
  const hls = hlsOf(player);
  const bar = player.el().querySelector('.vjs-control-bar');
  if (hls === undefined || hls.levels.length < 2 || bar?.querySelector('.watch-player__quality') !== null) {
    return;
  }
  const sorted = [...hls.levels].sort((a, b) => b.height - a.height || b.bitrate - a.bitrate);
  const select = document.createElement('select');
  select.setAttribute('aria-label', words.quality);
  select.title = words.quality;
  select.append(new Option(words.automatic, 'auto'));
  for (const [index, level] of sorted.entries()) {
    select.append(new Option(labelOf(level, sorted), String(index)));
  }
  select.addEventListener('change', () => {
    const chosen = sorted[Number(select.value)];
    const index = chosen === undefined ? -1 : hls.levels.indexOf(chosen);
    chooseQuality(hls, index, bufferedAhead(player) ?? 0);
  });
  // The player's hot keys would take the arrows away from it.
  select.addEventListener('keydown', (event) => event.stopPropagation());
  const holder = document.createElement('div');
  holder.className = 'watch-player__quality vjs-control';
  holder.append(select);
  bar.insertBefore(holder, bar.querySelector('.vjs-picture-in-picture-control, .vjs-fullscreen-control'));
}

type Level = { readonly height: number; readonly bitrate: number };

function labelOf(level: Level, all: readonly Level[]): string {
  const rate = `${(level.bitrate / 1e6).toFixed(1)} Mbit/s`;
  if (!(level.height > 0)) {
    return rate;
  }
  return all.filter(({ height }) => height === level.height).length > 1
    ? `${level.height}p · ${rate}`
    : `${level.height}p`;
}
