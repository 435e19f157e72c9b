import Hls, { type ErrorData, ErrorDetails, ErrorTypes, Events, type HlsConfig } from 'hls.js';
import videojs, { type HandledSource, type Source } from 'video.js/core.es.js';
import { bridgeAudioTracks } from './hls-audio-tracks.ts';
import { QUALITY_CONFIG } from './hls-quality.ts';
import { createRecovery, type Fault } from './hls-recovery.ts';
import { bridgeTextTracks } from './hls-text-tracks.ts';

/** video.js with hls.js in the place of its own HLS engine; see decision 30. */
export { videojs };

export type VideoJsPlayer = ReturnType<typeof videojs>;

/** In `html5.hls` of a player's options. */
export type EngineSettings = {
  /** The browser's own player of HLS is to play. */
  readonly isNative?: boolean;
  /** What goes with a request to an address; asked once for each. A promise holds the request back. */
  readonly headers?: (url: string) => HeaderFields | Promise<HeaderFields>;
};
type HeaderFields = Readonly<Record<string, string>>;
type TechOptions = { readonly playerId?: string; readonly hls?: EngineSettings };

const HLS_TYPE = /^application\/(?:x-mpegurl|vnd\.apple\.mpegurl)$/i;

/** Of HTML: MEDIA_ERR_NETWORK, MEDIA_ERR_DECODE, MEDIA_ERR_SRC_NOT_SUPPORTED. */
const ERROR_CODES = { network: 2, media: 3, unsupported: 4 } as const;

/** The key system of the browser itself, and the service's licences for it. */
const CLEAR_KEY = 'org.w3.clearkey';
const LICENCE_PATH = '/keydelivery/clearkey';

const CONFIG: Partial<HlsConfig> = {
  ...QUALITY_CONFIG,
  emeEnabled: true,
  lowLatencyMode: true,
  // How a live stream is known by its controls: endless, with a window.
  liveDurationInfinity: true,
  // Who is a little behind catches up without hearing it; who went back on purpose is left there.
  maxLiveSyncPlaybackRate: 1.1,
  // A first guess as good as the network of most viewers, instead of a first segment fetched only to measure.
  testBandwidth: false,
  abrEwmaDefaultEstimate: 4_000_000,
  capLevelToPlayerSize: true,
  // What lies further back is fetched again by who goes there: hours of a broadcast do not fit into a page.
  backBufferLength: 30,
  maxBufferLength: 30,
  // What is fetched ahead and never watched is paid for by the presenter's uplink.
  maxMaxBufferLength: 60,
  // For MPEG-2 TS and software AES of a size that no page of ours gets; without it no page needs to allow workers.
  enableWorker: false,
  // video.js lists and draws them, the same in every browser.
  renderTextTracksNatively: false,
  captionsTextTrack1Label: 'CC1',
  captionsTextTrack1LanguageCode: '',
  captionsTextTrack2Label: 'CC2',
  captionsTextTrack2LanguageCode: '',
  captionsTextTrack3Label: 'CC3',
  captionsTextTrack4Label: 'CC4',
  // Nobody looks at them on our pages, and of a day of broadcast there are many.
  enableID3MetadataCues: false,
  enableEmsgMetadataCues: false,
  enableDateRangeMetadataCues: false,
  enableInterstitialPlayback: false,
};

const engines = new WeakMap<object, Hls>();

videojs.getTech('Html5').registerSourceHandler<TechOptions>(
  {
    canPlayType: (type) => (HLS_TYPE.test(type) && Hls.isSupported() ? 'probably' : ''),
    canHandleSource: ({ type = '' }, options) =>
      HLS_TYPE.test(type) && options?.hls?.isNative !== true && Hls.isSupported() ? 'probably' : '',
    handleSource,
  },
  // Before the browser's own: Chromium's says "maybe" to HLS and then fails on fMP4.
  0,
);

/** The engine of a player; undefined while it has no source, or when the browser plays by itself. */
export function hlsOf(player: VideoJsPlayer): Hls | undefined {
  return player.isDisposed() ? undefined : engines.get(player.tech(true));
}

type Tech = ReturnType<VideoJsPlayer['tech']>;

function handleSource(
  { src }: Source,
  tech: Tech,
  { playerId = '', hls: settings = {} }: TechOptions,
): HandledSource {
  const player = videojs.getPlayer(playerId);
  const video = tech.el();
  if (player === undefined || !(video instanceof HTMLVideoElement)) {
    throw new TypeError('The HLS engine needs a player with a video element.');
  }
  const { headers } = settings;
  const hls = new Hls({
    ...CONFIG,
    // Licences are where the stream is: the address in a playlist may be one that only this computer knows.
    drmSystems: { [CLEAR_KEY]: { licenseUrl: new URL(LICENCE_PATH, new URL(src, location.href)).href } },
    ...(headers === undefined
      ? {}
      : {
          xhrSetup: (xhr, url) => mark(xhr, 'GET', url, headers(url)),
          licenseXhrSetup: (xhr, url) => mark(xhr, 'POST', url, headers(url)),
        }),
  });
  engines.set(tech, hls);
  using undo = new DisposableStack();
  undo.defer(() => {
    engines.delete(tech);
    hls.destroy();
  });
  undo.use(recover(hls, player, video));
  undo.use(bridgeAudioTracks(hls, player, videojs.AudioTrack));
  undo.use(bridgeTextTracks(hls, player, video));
  hls.loadSource(src);
  hls.attachMedia(video);
  const opened = undo.move();

  return {
    seekable() {
      const details = hls.latestLevelDetails;
      const edge = hls.liveSyncPosition;
      // Up to where one can play without running dry: what lies behind is there, but not yet enough of it.
      return details?.live === true && edge !== null
        ? videojs.time.createTimeRanges(details.fragmentStart, Math.max(details.fragmentStart, edge))
        : video.seekable;
    },
    dispose: () => opened.dispose(),
  };
}

/** Opened first, because headers cannot be set before, and hls.js would ask a second time. */
async function mark(
  xhr: XMLHttpRequest,
  method: 'GET' | 'POST',
  url: string,
  given: HeaderFields | Promise<HeaderFields>,
): Promise<void> {
  const headers = await given;
  if (xhr.readyState === XMLHttpRequest.UNSENT) {
    xhr.open(method, url, true);
  }
  for (const [name, value] of Object.entries(headers)) {
    xhr.setRequestHeader(name, value);
  }
}

/** hls.js retries and changes qualities by itself; what it calls fatal is tried a few times more, and is then an error of the player. */
function recover(hls: Hls, player: VideoJsPlayer, video: HTMLVideoElement): Disposable {
  const recovery = createRecovery(() => performance.now());

  function rebuild(): void {
    const goesOn = !video.paused;
    hls.recoverMediaError();
    if (goesOn) {
      void quietly(video.play());
    }
  }

  /** What the decoder stumbled over; video.js, which listens too, hears of it only when it stays so. */
  function onVideoError(event: Event): void {
    const isRebuilt = video.error === null;
    if (isRebuilt) {
      event.stopImmediatePropagation();
    } else if (recovery.remedyFor('media') === 'rebuild') {
      event.stopImmediatePropagation();
      rebuild();
    }
  }

  hls.on(Events.ERROR, (_event, data) => {
    if (!data.fatal) {
      return;
    }
    switch (recovery.remedyFor(faultOf(data))) {
      case 'load-again':
        hls.startLoad();
        break;
      case 'rebuild':
        rebuild();
        break;
      case 'give-up':
        hls.stopLoad();
        videojs.log.warn(`${data.details}: ${data.error.message}`);
        player.error(codeOf(data));
        break;
    }
  });
  video.addEventListener('error', onVideoError, { capture: true });
  return { [Symbol.dispose]: () => video.removeEventListener('error', onVideoError, { capture: true }) };
}

/** Refused keys stay refused, and without its first listing there is nothing to go on with. */
function faultOf({ type, details }: ErrorData): Fault {
  if (type === ErrorTypes.MEDIA_ERROR && details !== ErrorDetails.MANIFEST_INCOMPATIBLE_CODECS_ERROR) {
    return 'media';
  }
  const isPassing = /^(?:level|audioTrack|subtitleTrack|frag)Load/.test(details);
  return type === ErrorTypes.NETWORK_ERROR && isPassing ? 'network' : 'other';
}

function codeOf({ type, details }: ErrorData): number {
  if (details === ErrorDetails.MANIFEST_INCOMPATIBLE_CODECS_ERROR) {
    return ERROR_CODES.unsupported;
  }
  return type === ErrorTypes.NETWORK_ERROR ? ERROR_CODES.network : ERROR_CODES.media;
}

/** A browser may refuse to play; what it then shows is the truth already. */
export async function quietly(promise: Promise<unknown> | undefined): Promise<void> {
  try {
    await promise;
  } catch {
    // See above.
  }
}
