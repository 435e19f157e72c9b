import type { Page } from 'playwright';
import { launchChromium } from '../support/browser.ts';
import { openPlayerPages } from '../support/player-pages.ts';
import { end, goLive, openStage, until } from '../support/studio-stage.ts';
import { type Bench, median, quantile } from './figure.ts';

const GO_LIVE_ROUNDS = 7;
const WATCH_MS = 300_000;
const PREVIEW_MS = 20_000;

/** From the press of the button to the first segment that a player could take. */
export const goLiveBench: Bench = {
  name: 'go-live',
  takes: '1 min',
  async run() {
    await using stage = await openStage();
    const { lectern } = stage;
    const seconds: number[] = [];
    await lectern.call('putSources', { body: { sources: [{ id: 'test', kind: 'test' }] } });
    for (let round = 0; round < GO_LIVE_ROUNDS; round += 1) {
      // The presenter has looked at the picture, in a rehearsal: the encoder runs already.
      await lectern.call('rehearse', {});
      const { session: rehearsal } = await lectern.call('getStudio', {});
      await until('the rehearsal plays', async () => await firstSegment(rehearsal?.urls.hls));
      const pressedMs = performance.now();
      const { session } = await lectern.call('goLive', { body: { title: 'Bench' } });
      while ((await firstSegment(session?.urls.hls)) === undefined) {
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      seconds.push((performance.now() - pressedMs) / 1000);
      await end(lectern);
    }
    return [
      {
        figure: 'Go live pressed → first playable segment at the URL',
        measured: median(seconds),
        unit: 's',
        target: { most: 1.5 },
        note: `median of ${GO_LIVE_ROUNDS}, worst ${Math.max(...seconds).toFixed(2)} s`,
      },
    ];
  },
};

/** Size of the first segment or part that the first rendition offers; undefined while there is none. */
export async function firstSegment(multivariantUrl: string | undefined): Promise<number | undefined> {
  if (multivariantUrl === undefined) {
    return undefined;
  }
  const top = await get(multivariantUrl);
  const rendition = top?.split('\n').find((line) => line !== '' && !line.startsWith('#'));
  if (rendition === undefined) {
    return undefined;
  }
  const playlistUrl = new URL(rendition, multivariantUrl);
  const playlist = await get(playlistUrl);
  const uri =
    playlist?.split('\n').find((line) => line !== '' && !line.startsWith('#')) ??
    /#EXT-X-PART:.*URI="([^"]+)"/.exec(playlist ?? '')?.[1];
  const media = uri === undefined ? undefined : await fetch(new URL(uri, playlistUrl));
  return media?.ok === true ? (await media.arrayBuffer()).byteLength : undefined;
}

async function get(url: string | URL): Promise<string | undefined> {
  const response = await fetch(url);
  const text = await response.text();
  return response.ok ? text : undefined;
}

/** How old the picture is that a viewer sees, and the one that the presenter sees, read from the clock in the picture itself. */
export const latencyBench: Bench = {
  name: 'latency',
  takes: '6 min',
  async run(tell) {
    await using stage = await openStage();
    const { lectern } = stage;
    await using pages = await openPlayerPages();
    const browser = await launchChromium();
    try {
      const session = await goLive(lectern, 'Bench', { kind: 'preset', preset: '720p-3-Layer' });
      let viewerMs: number[];
      let stalls: number;
      {
        await using player = await pages.play(browser, 'hls.js', session.urls.hls);
        await player.playsOn(5);
        const before = (await player.look()).stalls;
        viewerMs = await sample(player.page, 'window.readMark()', WATCH_MS);
        stalls = (await player.look()).stalls - before;
        tell(`viewer: ${median(viewerMs).toFixed(0)} ms, ${stalls} stalls`);
      }
      const studio = await browser.newPage({ viewport: { width: 1440, height: 900 } });
      await studio.goto(lectern.pageUrl);
      await studio.locator('.programme__canvas').waitFor();
      const preview = await samplePreview(studio);
      await end(lectern);
      return [
        {
          figure: 'picture → player, LL-HLS in hls.js on the same machine',
          measured: median(viewerMs) / 1000,
          unit: 's',
          target: { most: 1.5 },
          note: `median over ${WATCH_MS / 60_000} min, 95 % within ${(quantile(viewerMs, 0.95) / 1000).toFixed(2)} s, ${stalls} stalls; the browser decodes in software on the same cores`,
        },
        {
          figure: 'stalls of that player in 5 min',
          measured: stalls,
          unit: '×',
          target: { most: 0 },
        },
        {
          figure: 'programme picture → studio preview in the page',
          measured: median(preview) / 1000,
          unit: 's',
          target: { most: 0.1 },
          note: `median over ${PREVIEW_MS / 1000} s, 95 % within ${(quantile(preview, 0.95) / 1000).toFixed(3)} s`,
        },
      ];
    } finally {
      await browser.close();
    }
  },
};

/** Ages in ms of the pictures that the page shows, four times a second. */
async function sample(page: Page, expression: string, forMs: number): Promise<number[]> {
  const ages: number[] = [];
  const untilMs = Date.now() + forMs;
  while (Date.now() < untilMs) {
    const age: unknown = await page.evaluate(
      `(() => { const burnt = ${expression}; return burnt === undefined ? undefined : Date.now() - burnt; })()`,
    );
    if (typeof age === 'number') {
      ages.push(age);
    }
    await page.waitForTimeout(250);
  }
  return ages;
}

/** The programme's canvas, read with the same decoder as the player's picture. */
async function samplePreview(page: Page): Promise<number[]> {
  const { readFile } = await import('node:fs/promises');
  const { stripTypeScriptTypes } = await import('node:module');
  const source = stripTypeScriptTypes(
    await readFile(new URL('../../src-main/shared/test-mark.ts', import.meta.url), 'utf8'),
  ).replaceAll(/^export /gm, '');
  await page.evaluate(`${source}
    window.readMark = () => {
      const canvas = document.querySelector('.programme__canvas');
      const { width, height } = canvas;
      return decodeMark(canvas.getContext('2d').getImageData(0, 0, width, height).data, width, height)?.utcMs;
    };`);
  return await sample(page, 'window.readMark()', PREVIEW_MS);
}
