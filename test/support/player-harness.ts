import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Browser, Page } from 'playwright';
import { build } from 'vite';
import { captionSei } from './caption-sei.ts';
import { mkdtempDisposable } from './temporary-folder.ts';

const PLAYER = join(import.meta.dirname, '../../src-renderer/player');
const SECONDS = 12;
/** UTC of the first picture. */
export const FIRST_MS = Date.UTC(2026, 0, 2, 3, 4, 5);

/** What the captions in the pictures say. */
export const SPOKEN = 'In the pictures';

/** What a server answers in the place of a file: a status, or other bytes. */
export type Fault = (path: string) => number | ((bytes: Buffer) => Buffer) | undefined;

export type PlayerHarness = AsyncDisposable & {
  /** Everything asked for so far. */
  readonly asked: readonly string[];
  setFault(fault: Fault | undefined): void;
  /** Our players on an otherwise empty page: `watch()` and `preview()` open one. `prepare` runs before anything of the page. */
  open(
    browser: Browser,
    options?: { readonly userAgent?: string; readonly prepare?: () => unknown },
  ): Promise<Page>;
};

const PAGE =
  '<!doctype html><meta charset=utf-8><style>#host{position:absolute;inset:0}</style><div id=host></div><script type=module src=./main.ts></script>';
const MAIN = `
import { openWatchPlayer } from ${JSON.stringify(join(PLAYER, 'watch-player.ts'))};
import { openPlayer } from ${JSON.stringify(join(PLAYER, 'open-player.ts'))};
const host = document.querySelector('#host');
const url = new URL('/stream/master.m3u8', location.href).href;
window.events = [];
window.watch = () => {
  window.player = openWatchPlayer(host, { url, isLive: false, language: 'en', session: 's', words: { quality: 'Quality', automatic: 'Auto' },
    onEvent: (event) => window.events.push(event) });
};
window.preview = () => {
  window.player = openPlayer(host, { url, isLive: false, autoplay: true, isMuted: true, onState: (state) => { window.state = state; } });
};
`;

/** A recording of 12 s in two qualities with sound in two languages, captions and subtitles, and the players of our pages to play it. */
export async function openPlayerHarness(): Promise<PlayerHarness> {
  await using opened = new AsyncDisposableStack();
  const folder = opened.use(await mkdtempDisposable(join(tmpdir(), 'lectern-harness-'))).path;
  await writeFile(join(folder, 'index.html'), PAGE);
  await writeFile(join(folder, 'main.ts'), MAIN);
  await build({
    root: folder,
    configFile: false,
    logLevel: 'error',
    publicDir: false,
    build: { outDir: join(folder, 'page'), target: 'es2022', modulePreload: { polyfill: false } },
  });
  await makeStream(folder);
  const asked: string[] = [];
  let fault: Fault | undefined;
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://here').pathname;
    asked.push(path);
    void (async () => {
      const wrong = fault?.(path);
      const file = path.startsWith('/stream/')
        ? path.slice('/stream/'.length)
        : join('page', path === '/' ? 'index.html' : path);
      try {
        const bytes = await readFile(join(folder, file));
        const type = { html: 'text/html', js: 'text/javascript', css: 'text/css' }[file.split('.').at(-1) ?? ''];
        response.writeHead(typeof wrong === 'number' ? wrong : 200, {
          'Content-Type': type ?? 'application/octet-stream',
        });
        response.end(typeof wrong === 'function' ? wrong(bytes) : bytes);
      } catch {
        response.writeHead(404).end();
      }
    })();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  opened.defer(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => {
      server.close(resolve);
    });
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const kept = opened.move();

  return {
    asked,
    setFault(next) {
      fault = next;
    },
    async open(browser, { userAgent, prepare } = {}) {
      const size = { width: 960, height: 540 };
      const page = await browser.newPage({
        viewport: size,
        locale: 'en',
        ...(userAgent === undefined ? {} : { userAgent }),
      });
      if (prepare !== undefined) {
        await page.addInitScript(prepare);
      }
      await page.goto(`http://127.0.0.1:${port}/`);
      return page;
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

async function makeStream(folder: string): Promise<void> {
  const hls = (name: string): readonly string[] => [
    ...['-f', 'hls', '-hls_time', '1', '-hls_playlist_type', 'vod', '-hls_segment_type', 'fmp4'],
    ...['-hls_fmp4_init_filename', `${name}-i.mp4`, '-hls_segment_filename', `${name}-%d.m4s`, `${name}.m3u8`],
  ];
  const run = async (...args: readonly string[]): Promise<void> => {
    await promisify(execFile)('ffmpeg', ['-v', 'error', ...args], { cwd: folder });
  };
  const x264 = [
    '-c:v',
    'libx264',
    '-preset',
    'ultrafast',
    '-pix_fmt',
    'yuv420p',
    '-x264-params',
    'keyint=25:scenecut=0:aud=1',
  ];
  const sound = (hertz: number): readonly string[] => ['-f', 'lavfi', '-i', `sine=f=${hertz}:d=${SECONDS}`];
  await run(
    ...['-f', 'lavfi', '-i', `testsrc2=s=640x360:r=25:d=${SECONDS}`],
    ...[...x264, '-b:v', '600k', 'v0.h264', '-s', '320x180', ...x264, '-b:v', '200k', 'v1.h264'],
  );
  for (const name of ['v0.h264', 'v1.h264']) {
    await writeFile(join(folder, name), withCaptions(await readFile(join(folder, name))));
  }
  await run(
    ...['-r', '25', '-i', 'v0.h264', '-r', '25', '-i', 'v1.h264', ...sound(440), ...sound(880)],
    ...['-map', '0:v', '-c', 'copy', ...hls('v0'), '-map', '1:v', '-c', 'copy', ...hls('v1')],
    ...['-map', '2:a', '-c:a', 'aac', ...hls('en'), '-map', '3:a', '-c:a', 'aac', ...hls('de')],
  );
  for (const name of ['v0', 'v1', 'en', 'de']) {
    const file = join(folder, `${name}.m3u8`);
    const date = `#EXT-X-PROGRAM-DATE-TIME:${new Date(FIRST_MS).toISOString()}\n#EXTINF`;
    await writeFile(file, (await readFile(file, 'utf8')).replace('#EXTINF', date));
  }
  const cues = 'WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:0,LOCAL:00:00:00.000\n\n00:00.000 --> 00:12.000\nHello there\n';
  await writeFile(join(folder, 'words-0.vtt'), cues);
  await writeFile(
    join(folder, 'words.m3u8'),
    `#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:${SECONDS}\n#EXT-X-PLAYLIST-TYPE:VOD\n#EXTINF:${SECONDS},\nwords-0.vtt\n#EXT-X-ENDLIST\n`,
  );
  const audio = (name: string, language: string, more: string): string =>
    `#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="${name}",LANGUAGE="${language}",AUTOSELECT=YES,${more}URI="${language}.m3u8"`;
  const video = (size: string, bitrate: number, uri: string): string =>
    `#EXT-X-STREAM-INF:BANDWIDTH=${bitrate},CODECS="avc1.42c01e,mp4a.40.2",RESOLUTION=${size},AUDIO="a",SUBTITLES="s"\n${uri}`;
  const lines = [
    '#EXTM3U',
    '#EXT-X-INDEPENDENT-SEGMENTS',
    audio('English', 'en', 'DEFAULT=YES,'),
    audio('Deutsch', 'de', ''),
    '#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="s",NAME="English words",LANGUAGE="en",AUTOSELECT=YES,URI="words.m3u8"',
    video('640x360', 800_000, 'v0.m3u8'),
    video('320x180', 300_000, 'v1.m3u8'),
  ];
  await writeFile(join(folder, 'master.m3u8'), `${lines.join('\n')}\n`);
}

/** `SPOKEN` as a CEA-608 caption that appears after half a second and goes after eight, one pair of bytes with each picture. */
function withCaptions(annexB: Buffer): Buffer {
  const [resumeLoading, lastRow, show, erase] = [
    [0x14, 0x20],
    [0x14, 0x70],
    [0x14, 0x2f],
    [0x14, 0x2c],
  ];
  const text = [...Buffer.from(SPOKEN)];
  const letters = Array.from({ length: Math.ceil(text.length / 2) }, (_, index) => [
    text[2 * index] ?? 0,
    text[2 * index + 1] ?? 0,
  ]);
  const pairs = new Map([resumeLoading, lastRow, ...letters, show].map((pair, index) => [index, pair]));
  pairs.set(8 * 25, erase);
  const delimiter = Buffer.of(0, 0, 0, 1, 9);
  const pictures = [];
  for (let at = annexB.indexOf(delimiter); at >= 0; ) {
    const next = annexB.indexOf(delimiter, at + 1);
    const picture = annexB.subarray(at, next < 0 ? undefined : next);
    const sei = captionSei([[0xfc, ...(pairs.get(pictures.length) ?? [0x80, 0x80])]]);
    const afterDelimiter = delimiter.length + 1;
    pictures.push(
      Buffer.concat([
        picture.subarray(0, afterDelimiter),
        Buffer.of(0, 0, 0, 1),
        sei,
        picture.subarray(afterDelimiter),
      ]),
    );
    at = next;
  }
  return Buffer.concat(pictures);
}
