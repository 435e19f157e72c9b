import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { Browser, Locator, Page } from 'playwright';
import { build } from 'vite';
import { systemClock } from '../../../src-main/base/clock.ts';
import { createRecordingPresentation } from '../../../src-main/core/archive/recording-presentation.ts';
import { createSegmentReader } from '../../../src-main/core/archive/segment-reader.ts';
import { type Origin, openOrigin } from '../../../src-main/core/origin/origin.ts';
import { createPackager } from '../../../src-main/core/packaging/packager.ts';
import { silentLogger } from '../../../src-main/core/ports/logger.ts';
import type { Publication } from '../../../src-main/core/ports/presentation.ts';
import { createDrawSheet } from '../../../src-main/core/storyboard/draw.ts';
import { createPictureStore } from '../../../src-main/core/storyboard/picture-store.ts';
import { createStoryboards } from '../../../src-main/core/storyboard/storyboards.ts';
import { AppError } from '../../../src-main/shared/app-error.ts';
import { launchChromium, noChromium } from '../../support/browser.ts';
import { fakePublication } from '../../support/fake-presentation.ts';
import { encodeGrey, type GreyTrack, lumaOf, secondOf } from '../../support/grey-media.ts';
import { openPlayerPages } from '../../support/player-pages.ts';
import { missingPrograms, openProcesses } from '../../support/real-ffmpeg.ts';
import { openFolder } from '../media/ffmpeg-media.ts';
import { openBroadcast, START_SECONDS } from '../packaging/packaged-media.ts';

const WATCH = join(import.meta.dirname, '../../../src-renderer/watch');
const skip = noChromium === false ? missingPrograms('ffmpeg', 'ffprobe') : noChromium;

const RECORDING = '11111111-1111-1111-1111-111111111111';
const LIVE = '22222222-2222-2222-2222-222222222222';
const PROTECTED = '33333333-3333-3333-3333-333333333333';
const SECONDS = 60;
/** Of the broadcast there is so much. */
const LIVE_SECONDS = 42;
const real = systemClock();

suite('pictures for seeking in browsers', { skip }, () => {
  const opened = new AsyncDisposableStack();
  const publications = new Map<string, Publication>();
  let grey: GreyTrack;
  let browser: Browser;
  let origin: Origin;
  /** It is the time of the broadcast that began last. */
  let offsetMs = 0;

  /** A broadcast that goes on for some seconds more. */
  async function goLive(stack: AsyncDisposableStack): Promise<void> {
    const broadcast = stack.use(await openBroadcast(stack.use(openFolder()), [grey]));
    broadcast.pushUntil(LIVE_SECONDS);
    const { presentation } = broadcast;
    publications.set(LIVE, fakePublication(presentation));
    const begunMs = performance.now();
    offsetMs = (Number(START_SECONDS) + LIVE_SECONDS) * 1000 - real.wallMs();
    const timer = setInterval(
      () => broadcast.pushUntil(Math.min(SECONDS, LIVE_SECONDS + (performance.now() - begunMs) / 1000)),
      200,
    );
    stack.defer(() => clearInterval(timer));
  }

  before(async () => {
    const folder = opened.use(openFolder());
    await build({
      root: WATCH,
      base: './',
      configFile: false,
      logLevel: 'error',
      publicDir: false,
      build: { outDir: folder.path('page'), assetsInlineLimit: 0, modulePreload: { polyfill: false } },
    });
    grey = encodeGrey(folder, { seconds: SECONDS, startSeconds: START_SECONDS });
    const place = opened.use(openFolder());
    const finished = opened.use(await openBroadcast(place, [grey]));
    finished.pushUntil(SECONDS + 1);
    await finished.end();
    const recording = createRecordingPresentation({
      id: 'recording',
      folder: place.path('recording'),
      reader: opened.use(createSegmentReader()),
      tracks: finished.timeline.tracks(),
      segmentSeconds: 2,
      epochOffsetMs: 0,
    });
    const clock = { ...real, wallMs: () => real.wallMs() + offsetMs };
    publications.set(RECORDING, fakePublication(recording));
    publications.set(PROTECTED, {
      ...fakePublication(recording),
      protect: () => {
        throw new AppError('MPE_ENC_ENCRYPTION_NOT_SPECIFIED_IN_URL', 'Say how.');
      },
    });
    const processes = opened.use(openProcesses());
    origin = opened.use(
      await openOrigin({
        port: 0,
        host: '127.0.0.1',
        packager: createPackager({ clock, hasStoryboards: true }),
        storyboards: createStoryboards({
          store: createPictureStore({
            folder: folder.path('pictures'),
            maxDiskBytes: 10_000_000,
            maxMemoryBytes: 1_000_000,
            mayWrite: () => true,
            logger: silentLogger,
          }),
          draw: createDrawSheet({ run: processes.runToEnd, ffmpeg: async () => await Promise.resolve('ffmpeg') }),
          mayMake: () => true,
          clock,
          logger: silentLogger,
        }),
        findPublication: async (id) => await Promise.resolve(publications.get(id)),
        watchFolder: folder.path('page'),
        clock,
        logger: silentLogger,
        version: '1.2.3',
      }),
    );
    browser = await launchChromium();
    opened.defer(() => browser.close());
  });
  after(() => opened.disposeAsync());

  async function watch(
    locator: string,
    size = { width: 960, height: 600 },
    colorScheme: 'dark' | 'light' = 'dark',
  ): Promise<{ readonly page: Page; readonly bar: Locator; readonly picture: Locator }> {
    const page = await browser.newPage({ viewport: size, colorScheme });
    await page.goto(`${origin.url()}/watch/${locator}`);
    const bar = page.locator('.vjs-progress-holder');
    await page.waitForFunction(() => (document.querySelector('video')?.currentTime ?? 0) > 0.2);
    return { page, bar, picture: page.locator('.seek-preview') };
  }

  /** Points at a place of the bar, and gives the second that its picture shows. */
  async function point(
    { page, bar, picture }: Awaited<ReturnType<typeof watch>>,
    fraction: number,
  ): Promise<number> {
    const box = await bar.boundingBox();
    assert(box !== null);
    await page.mouse.move(box.x + fraction * box.width, box.y + box.height / 2);
    await picture.waitFor({ state: 'visible' });
    // The one before goes when this one is there.
    await page.waitForTimeout(300);
    return await shownSecond(page, picture);
  }

  async function shownSecond(page: Page, picture: Locator): Promise<number> {
    const box = await picture.boundingBox();
    assert(box !== null);
    const shot = await page.screenshot({
      clip: { x: box.x + box.width / 2, y: box.y + box.height / 2, width: 2, height: 2 },
    });
    const [pixel = 0] = execFileSync(
      'ffmpeg',
      ['-v', 'error', '-f', 'png_pipe', '-i', 'pipe:0', '-pix_fmt', 'gray', '-f', 'rawvideo', 'pipe:1'],
      { input: shot },
    );
    return secondOf(lumaOf(pixel));
  }

  test('the watch page shows over the bar of a recording what is where one points', async () => {
    const watched = await watch(RECORDING);

    const seconds = [await point(watched, 0.25), await point(watched, 0.75), await point(watched, 0.02)];

    assert.deepEqual(seconds, [14, 44, 0]);
    const [stage, picture] = [
      await watched.page.locator('#stage').boundingBox(),
      await watched.picture.boundingBox(),
    ];
    assert(stage !== null && picture !== null);
    assert(picture.x >= stage.x && picture.y >= stage.y, 'it stays inside of the stage');
    assert.equal(picture.width, 208);
    assert.equal(await watched.picture.getAttribute('aria-hidden'), 'true');
    await watched.page.mouse.move(300, 20);
    await watched.picture.waitFor({ state: 'hidden' });
    await watched.page.close();
  });

  test('who seeks with the keyboard sees where the keys have led to, for a moment', async () => {
    const watched = await watch(RECORDING);
    await watched.page.evaluate(() => document.querySelector('video')?.pause());
    await watched.bar.focus();
    for (let press = 0; press < 4; press += 1) {
      await watched.page.keyboard.press('ArrowRight');
    }

    await watched.picture.waitFor({ state: 'visible' });
    await watched.page.waitForTimeout(300);

    const second = await shownSecond(watched.page, watched.picture);
    const time = await watched.page.evaluate(() => document.querySelector('video')?.currentTime ?? 0);
    assert.equal(second, 2 * Math.floor(time / 2));
    await watched.picture.waitFor({ state: 'hidden' });
    await watched.page.close();
  });

  test('the watch page shows the window of a broadcast, also on a phone', async () => {
    await using stack = new AsyncDisposableStack();
    await goLive(stack);
    for (const size of [
      { width: 1440, height: 900 },
      { width: 390, height: 844 },
    ]) {
      const watched = await watch(LIVE, size);

      const [early, late] = [await point(watched, 0.3), await point(watched, 0.8)];

      const seekable = await watched.page.evaluate(() => document.querySelector('video')?.seekable.end(0) ?? 0);
      assert(Math.abs(early - 0.3 * seekable) <= 7, `${early}`);
      assert(Math.abs(late - 0.8 * seekable) <= 7, `${late}`);
      const box = await watched.picture.boundingBox();
      assert(box !== null && box.x >= 0 && box.x + box.width <= size.width);
      await watched.page.close();
    }
  });

  test('a protected stream is watched without pictures', async () => {
    const status: unknown = await (await fetch(`${origin.url()}/watch/${PROTECTED}/status.json`)).json();
    assert(typeof status === 'object' && status !== null && !('storyboard' in status));

    const answer = await fetch(`${origin.url()}/${PROTECTED}/stream.ism/Storyboard.vtt`);

    assert.deepEqual([answer.status, answer.headers.get('x-ms-error-code')], [403, 'MPE_ENC_ENCRYPTION_REQUIRED']);
  });

  test('text and full sprites are kept as manifests and fragments are, with CORS', async () => {
    await using stack = new AsyncDisposableStack();
    await goLive(stack);
    const viewers = origin.viewers();
    const base = `${origin.url()}/${RECORDING}/stream.ism/`;
    const text = await fetch(`${base}Storyboard.vtt`);
    const name = /^Storyboard\(.*\.jpg/m.exec(await text.text())?.[0];
    const sprite = await fetch(base + (name ?? ''));
    const live = await fetch(`${origin.url()}/${LIVE}/stream.ism/Storyboard.vtt`);

    const facts = [text, sprite, live].map(({ headers }) => [
      headers.get('content-type'),
      headers.get('cache-control'),
      headers.get('access-control-allow-origin'),
    ]);
    assert.deepEqual(facts, [
      ['text/vtt', 'public, max-age=259200', '*'],
      ['image/jpeg', 'public, max-age=259200, immutable', '*'],
      ['text/vtt', 'public, max-age=2', '*'],
    ]);
    assert.equal(origin.viewers(), viewers);
  });

  test('Shaka Player and dash.js find the picture of a time in the manifest, recorded and live', async () => {
    await using pages = await openPlayerPages();
    for (const locator of [RECORDING, LIVE]) {
      const source = `${origin.url()}/${locator}/stream.ism/manifest(format=mpd-time-cmaf)`;
      for (const player of ['shaka', 'dash.js'] as const) {
        await using stack = new AsyncDisposableStack();
        await goLive(stack);
        await using played = await pages.play(browser, player, source);
        for (const time of locator === RECORDING ? [3, 31, 59] : [6, 21, 33]) {
          const second = secondOf(lumaOf(await readThumbnail(played.page, player, time)));
          const [least, most] = locator === RECORDING ? [time - 2, time] : [time - 5, time + 2];
          assert(second >= least && second <= most, `${player} has second ${second} at ${time} of ${locator}`);
        }
      }
    }
  });
});

/** In the page of a player: the grey in the middle of the picture of a time. */
async function readThumbnail(page: Page, player: 'shaka' | 'dash.js', time: number): Promise<number> {
  const find =
    player === 'shaka'
      ? `const found = await player.getThumbnails(player.getImageTracks()[0].id, ${time});
         const [url, x, y] = [found.uris[0], found.positionX, found.positionY];`
      : `const found = await new Promise((resolve) => player.provideThumbnail(${time}, resolve));
         const { url, x, y } = found;`;
  const pixel: unknown = await page.evaluate(`(async () => {
    ${find}
    const image = new Image();
    image.crossOrigin = 'anonymous';
    image.src = url;
    await image.decode();
    const context = document.createElement('canvas').getContext('2d');
    context.drawImage(image, -(x + found.width / 2), -(y + found.height / 2));
    return context.getImageData(0, 0, 1, 1).data[0];
  })()`);
  assert(typeof pixel === 'number');
  return pixel;
}
