import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright';

/** The players that viewers use, each as its makers publish it. */
export const PLAYERS = {
  'hls.js': {
    script: 'hls.js/dist/hls.min.js',
    format: 'm3u8-cmaf',
    start: `const { bearer, ...rest } = config;
      const withToken = (xhr, url) => url.includes('/keydelivery/') && xhr.setRequestHeader('Authorization', 'Bearer ' + bearer);
      const player = new Hls({ lowLatencyMode: true, liveDurationInfinity: true, maxLiveSyncPlaybackRate: 1.1, ...rest,
        ...(bearer === undefined ? {} : { xhrSetup: withToken }) });
      player.on(Hls.Events.ERROR, (_, data) => data.fatal && errors.push(data.details));
      player.on(Hls.Events.MANIFEST_PARSED, () => begin());
      player.loadSource(source); player.attachMedia(video);
      window.player = player;
      window.latency = () => player.latency;`,
  },
  'video.js': {
    script: 'video.js/dist/video.min.js',
    format: 'm3u8-cmaf',
    start: `const player = videojs(video, { liveui: true, muted: true, autoplay: true, html5: { vhs: { overrideNative: true } } });
      player.on('error', () => errors.push(player.error().message));
      player.src({ src: source, type: 'application/x-mpegURL' });`,
  },
  shaka: {
    script: 'shaka-player/dist/shaka-player.compiled.js',
    format: 'mpd-time-cmaf',
    start: `const player = new shaka.Player(); await player.attach(video);
      window.player = player;
      player.configure({ streaming: { lowLatencyMode: true } });
      player.configure(config);
      player.addEventListener('error', (event) => errors.push('shaka ' + event.detail.code + ' ' + JSON.stringify(event.detail.data).slice(0, 200)));
      await player.load(source).then(begin, (error) => errors.push('shaka ' + error.code));`,
  },
  'dash.js': {
    script: 'dashjs/dist/modern/umd/dash.all.min.js',
    format: 'mpd-time-cmaf',
    start: `const player = dashjs.MediaPlayer().create();
      player.updateSettings({ debug: { logLevel: 0 }, ...config });
      player.on('error', (event) => errors.push('dash.js ' + (event.error.message ?? event.error)));
      player.initialize(video, source, true);
      window.player = player;
      window.latency = () => player.getCurrentLiveLatency();`,
  },
} as const;
export type PlayerName = keyof typeof PLAYERS;

/** Those, and one of them with what it needs for Smooth Streaming. */
const PAGES = {
  ...PLAYERS,
  'dash.js-smooth': { ...PLAYERS['dash.js'], plugin: 'dashjs/dist/modern/umd/dash.mss.min.js' },
} as const;
export type PageName = keyof typeof PAGES;

/** What a player shows at one moment. */
export type Playing = {
  readonly time: number;
  readonly paused: boolean;
  readonly width: number;
  /** Seconds of media that were really played. */
  readonly played: number;
  /** How often it ran dry since it first played. */
  readonly stalls: number;
  readonly seekable: readonly [start: number, end: number] | undefined;
  readonly errors: readonly string[];
  /** `HTMLMediaElement.readyState`, and the ranges that are buffered: why one does not play. */
  readonly ready: number;
  readonly buffered: readonly (readonly [start: number, end: number])[];
  /** UTC in ms that is burnt into the picture by the test source, and UTC at which it was read. */
  readonly burnt: number | undefined;
  readonly now: number;
};

/** A picture, when it comes onto the screen: where it lies in the media, s, and the UTC in ms that is burnt into it. */
export type ShownFrame = { readonly mediaTime: number; readonly burnt: number | undefined };

export type PlayerConfig = Readonly<Record<string, unknown>>;

export type PlayerPages = AsyncDisposable & {
  /** Opens a player in a page of its own and waits until it plays. `config` is that of hls.js, Shaka Player or dash.js; of hls.js `bearer` is the token of key requests. */
  play(browser: Browser, player: PageName, source: string, config?: PlayerConfig): Promise<PlayerPage>;
};

export type PlayerPage = AsyncDisposable & {
  readonly page: Page;
  readonly look: () => Promise<Playing>;
  /** The next picture; a player that waits for a key frame has none for up to a segment. */
  readonly nextFrame: () => Promise<ShownFrame>;
  seek(time: number): Promise<void>;
  /** Waits until the picture moves on by so many seconds of media without an error. */
  playsOn(seconds: number, withinMs?: number): Promise<Playing>;
};

const PLAYS_WITHIN_MS = 20_000;

/** Serves a page for each player, and the players' own files, from another origin than the media: so CORS is part of the test. */
export async function openPlayerPages(): Promise<PlayerPages> {
  const mark = stripTypeScriptTypes(
    await readFile(join(import.meta.dirname, '../../src-main/shared/test-mark.ts'), 'utf8'),
  );
  const scripts = new Map<string, Buffer>();
  for (const script of Object.values(PAGES).flatMap(scriptsOf)) {
    scripts.set(`/${script}`, await readFile(join(import.meta.dirname, '../../node_modules', script)));
  }
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://here').pathname;
    const script = scripts.get(path);
    const player = Object.entries(PAGES).find(([name]) => path === `/${name}`);
    if (path === '/mark.js') {
      response.setHeader('Content-Type', 'text/javascript').end(mark);
    } else if (script !== undefined) {
      response.setHeader('Content-Type', 'text/javascript').end(script);
    } else if (player === undefined) {
      response.writeHead(404).end();
    } else {
      response.setHeader('Content-Type', 'text/html').end(pageOf(player[1]));
    }
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;

  return {
    async play(browser, player, source, config = {}) {
      const page = await browser.newPage({ viewport: { width: 960, height: 540 } });
      const query = new URLSearchParams({ source, config: JSON.stringify(config) });
      await page.goto(`http://127.0.0.1:${port}/${player}?${query}`);
      const opened = control(page, player);
      await opened.playsOn(0.5);
      return opened;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

function control(page: Page, player: PageName): PlayerPage {
  // The page's own functions; see `pageOf`.
  const look = async (): Promise<Playing> => await page.evaluate('window.look()');
  const nextFrame = async (): Promise<ShownFrame> => await page.evaluate('window.nextFrame()');
  return {
    page,
    look,
    nextFrame,
    async seek(time) {
      await page.evaluate((to) => {
        const video = document.querySelector('video');
        if (video !== null) {
          video.currentTime = to;
        }
      }, time);
    },
    async playsOn(seconds, withinMs = PLAYS_WITHIN_MS) {
      const { played } = await look();
      const deadline = Date.now() + withinMs;
      for (;;) {
        const present = await look();
        if (present.errors.length > 0) {
          throw new Error(`${player}: ${present.errors.join('; ')}`);
        }
        if (present.width > 0 && present.played >= played + seconds) {
          return present;
        }
        if (Date.now() > deadline) {
          throw new Error(`${player} does not play: ${JSON.stringify(present)}`);
        }
        await page.waitForTimeout(50);
      }
    },
    async [Symbol.asyncDispose]() {
      await page.close();
    },
  };
}

function scriptsOf(player: (typeof PAGES)[PageName]): readonly string[] {
  return 'plugin' in player ? [player.script, player.plugin] : [player.script];
}

function pageOf(player: (typeof PAGES)[PageName]): string {
  return `<!doctype html><meta charset=utf-8><title>player</title>
<body style="margin:0;background:#222"><video style="width:100%" muted playsinline></video>
${scriptsOf(player)
  .map((script) => `<script src="/${script}"></script>`)
  .join('')}
<script type=module>
import { decodeMark } from '/mark.js';
const { source, config: configText } = Object.fromEntries(new URL(location).searchParams);
const config = JSON.parse(configText);
const video = document.querySelector('video');
const errors = [];
const canvas = document.createElement('canvas');
let stalls = 0, played = 0, last = 0;
video.addEventListener('waiting', () => { if (played > 0 && !video.seeking) stalls += 1; });
function count() {
  const step = video.currentTime - last;
  // A jump to the live edge, or a seek, is no playing.
  if (step > 0 && step < 1 && !video.seeking) played += step;
  last = video.currentTime;
}
video.addEventListener('timeupdate', count);
// Players that leave it to the page: the attribute alone waits until the browser has painted the page and believes that it never runs dry.
const begin = () => void video.play().catch((error) => errors.push('play: ' + error.message));
window.readMark = () => {
  if (video.videoWidth === 0) return undefined;
  canvas.width = 640; canvas.height = 360;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  context.drawImage(video, 0, 0, 640, 360);
  return decodeMark(context.getImageData(0, 0, 640, 360).data, 640, 360)?.utcMs;
};
window.nextFrame = () => new Promise((resolve) =>
  video.requestVideoFrameCallback((_, { mediaTime }) => resolve({ mediaTime, burnt: window.readMark() })));
window.look = () => {
  count();
  const { seekable, buffered } = video;
  return { time: video.currentTime, paused: video.paused, width: video.videoWidth, stalls, played, errors,
    ready: video.readyState, buffered: Array.from(buffered, (_, at) => [buffered.start(at), buffered.end(at)]),
    seekable: seekable.length === 0 ? undefined : [seekable.start(0), seekable.end(seekable.length - 1)],
    burnt: window.readMark(), now: Date.now() };
};
window.stats = { get stalls() { return stalls; } };
${player.start}
</script>`;
}
