import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { type Browser, chromium, type Page } from 'playwright';
import { build } from 'vite';
import type { Answer } from '../../../src-main/core/ports/packaging.ts';
import { fakeDocument, fakePublication, LOCATOR } from '../../support/fake-packager.ts';
import { openTestOrigin, type TestOrigin } from '../../support/open-test-origin.ts';
import { missingPrograms } from '../../support/real-ffmpeg.ts';

const CHROMIUM = '/usr/bin/chromium';
const WATCH = join(import.meta.dirname, '../../../src-renderer/watch');
const skip = existsSync(CHROMIUM) ? missingPrograms('ffmpeg') : 'there is no Chromium here';

const SIZES = { wide: { width: 1280, height: 720 }, phone: { width: 390, height: 844 } } as const;
const SEGMENTS = 8;
const QUALITIES = [0, 1] as const;

let folder: string;
let browser: Browser;
let axe: string;

before(async () => {
  if (skip !== false) {
    return;
  }
  folder = await mkdtemp(join(tmpdir(), 'lectern-watch-'));
  await build({
    root: WATCH,
    base: './',
    configFile: false,
    logLevel: 'error',
    publicDir: false,
    build: { outDir: join(folder, 'page'), assetsInlineLimit: 0, modulePreload: { polyfill: false } },
  });
  execFileSync('ffmpeg', ffmpegArgs(), { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  const args = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--mute-audio'];
  browser = await chromium.launch({ executablePath: CHROMIUM, headless: true, args });
});

after(async () => {
  if (skip === false) {
    await browser.close();
    await rm(folder, { recursive: true });
  }
});

/** Eight seconds in two qualities, in segments of one second. */
function ffmpegArgs(): readonly string[] {
  const options: readonly (readonly string[])[] = [
    ['-hide_banner', '-loglevel', 'error'],
    ['-f', 'lavfi', '-i', `testsrc2=s=640x360:r=25:d=${SEGMENTS}`],
    ['-f', 'lavfi', '-i', `sine=f=440:b=2:d=${SEGMENTS}`],
    ['-map', '0:v', '-map', '1:a', '-map', '0:v', '-map', '1:a'],
    ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-g', '25', '-sc_threshold', '0'],
    ['-s:v:0', '640x360', '-b:v:0', '600k', '-s:v:1', '320x180', '-b:v:1', '200k', '-c:a', 'aac', '-b:a', '64k'],
    ['-f', 'hls', '-hls_time', '1', '-hls_list_size', '0', '-hls_segment_type', 'fmp4'],
    ['-hls_flags', 'independent_segments+program_date_time', '-master_pl_name', 'master.m3u8'],
    ['-var_stream_map', 'v:0,a:0 v:1,a:1', '-hls_segment_filename', 'v%v/s%d.m4s', 'v%v/index.m3u8'],
  ];
  return options.flat();
}

/** What the fake packager answers, cut to the first `count` segments, with an end or without. */
async function publish(
  { answers, publications }: TestOrigin,
  count: number,
  state: 'live' | 'ended',
): Promise<void> {
  const manifest = (text: string): Answer => ({
    kind: 'manifest',
    document: fakeDocument(text, { version: `${state}${count}` }),
    lifetime: 0,
  });
  answers.set('manifest(format=m3u8-cmaf)', manifest(await readFile(join(folder, 'master.m3u8'), 'utf8')));
  for (const quality of QUALITIES) {
    const name = `v${quality}`;
    for (const file of await readdir(join(folder, name))) {
      const bytes = await readFile(join(folder, name, file));
      if (file === 'index.m3u8') {
        answers.set(`${name}/${file}`, manifest(cut(bytes.toString('utf8'), count, state)));
      } else {
        answers.set(`${name}/${file}`, {
          kind: 'media',
          contentType: 'video/mp4',
          version: 'm',
          madeAtMs: 0,
          size: bytes.length,
          chunks: [bytes],
          lifetime: 'immutable',
        });
      }
    }
  }
  publications.set(LOCATOR, fakePublication({ title: 'Town hall', state, segments: count }));
}

function cut(playlist: string, count: number, state: 'live' | 'ended'): string {
  const lines = playlist.split('\n').filter((line) => !/ENDLIST|PLAYLIST-TYPE/.test(line));
  const last = lines.findIndex((line) => line === `s${count - 1}.m4s`);
  return `${lines.slice(0, last + 1).join('\n')}\n${state === 'ended' ? '#EXT-X-ENDLIST\n' : ''}`;
}

type Opened = TestOrigin & { readonly page: Page; readonly complaints: string[] };

async function openPage(
  context: TestContext,
  options: {
    readonly size?: keyof typeof SIZES;
    readonly colorScheme?: 'light' | 'dark';
    readonly locale?: string;
    readonly prepare?: (opened: TestOrigin) => unknown;
  } = {},
): Promise<Opened> {
  const opened = await openTestOrigin(context, {
    watchFolder: join(folder, 'page'),
    publication: fakePublication({ title: 'Town hall', segments: 0 }),
  });
  await options.prepare?.(opened);
  const page = await browser.newPage({
    viewport: SIZES[options.size ?? 'wide'],
    colorScheme: options.colorScheme ?? 'dark',
    locale: options.locale ?? 'en-GB',
  });
  context.after(() => page.close());
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    // That an answer was 404 or 503 is what some of the tests are about.
    if (['error', 'warning'].includes(message.type()) && !message.text().startsWith('Failed to load resource')) {
      complaints.push(message.text());
    }
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(opened.origin.url()) && !/^(?:blob|data):/.test(request.url())) {
      complaints.push(`asked elsewhere: ${request.url()}`);
    }
  });
  await page.goto(`${opened.origin.url()}/watch/${LOCATOR}`);
  return { ...opened, page, complaints };
}

async function violations(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe);
  return await page.evaluate(async () => {
    // The script that was just run left it there.
    // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion
    const { axe: runner } = window as unknown as { axe: typeof import('axe-core') };
    const found = await runner.run(document, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'],
    });
    return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
  });
}

async function playsPast(page: Page, seconds: number): Promise<void> {
  await page.waitForFunction((past) => (document.querySelector('video')?.currentTime ?? 0) > past, seconds);
}

async function sidewaysScroll(page: Page): Promise<number> {
  return await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}

test('a viewer who is early waits, watches, sees the end, and watches the recording on the same page', {
  skip,
}, async (context) => {
  const opened = await openPage(context);
  const { page, complaints, origin } = opened;
  await page.locator('#notice-title', { hasText: 'It has not started yet' }).waitFor();
  assert.deepEqual(await violations(page), []);

  await publish(opened, 4, 'live');
  await playsPast(page, 0.5);
  assert.equal(await page.locator('#notice').isHidden(), true);
  assert.equal(await page.locator('#chip').textContent(), 'Live');
  assert.equal(await page.locator('.vjs-liveui .vjs-progress-control').isVisible(), true);
  // The menu fills when the player tells of its qualities, which may be a moment after the first picture.
  await page.getByLabel('Quality').locator('option', { hasText: '180p' }).waitFor({ state: 'attached' });
  assert.deepEqual(await page.getByLabel('Quality').locator('option').allTextContents(), ['Auto', '360p', '180p']);
  assert.equal(origin.viewers(LOCATOR), 1);
  const [viewer] = origin.viewerSessions();
  assert.equal(viewer?.streamType, 'live');
  assert.ok(viewer.bufferSeconds !== undefined && viewer.requestedBitrate !== undefined, JSON.stringify(viewer));
  assert.deepEqual(await violations(page), []);

  await publish(opened, SEGMENTS, 'ended');
  await page.locator('#notice-title', { hasText: 'The broadcast has ended' }).waitFor();
  assert.equal(await page.locator('#chip').textContent(), 'Recording');
  await page.getByRole('button', { name: 'Watch the recording' }).click();
  await page.waitForFunction(() => document.querySelector('video')?.duration === 8);
  await playsPast(page, 0.5);
  assert.deepEqual(complaints, []);
});

test('a chosen quality is the one that is fetched', { skip }, async (context) => {
  const opened = await openPage(context, { prepare: (origin) => publish(origin, 3, 'live') });
  const { page } = opened;
  await playsPast(page, 0.1);
  await page.getByLabel('Quality').locator('option', { hasText: '180p' }).waitFor({ state: 'attached' });
  for (const [label, count, wanted] of [
    ['180p', 5, '/v1/s4.m4s'],
    ['360p', SEGMENTS, '/v0/s7.m4s'],
  ] as const) {
    await page.getByLabel('Quality').selectOption(label);
    const fetched = page.waitForRequest((request) => request.url().endsWith(`/s${count - 1}.m4s`));

    await publish(opened, count, 'live');

    assert.ok((await fetched).url().endsWith(wanted), `${label} fetched ${(await fetched).url()}`);
  }
});

test('it looks after itself when nothing is served for a while', { skip }, async (context) => {
  const opened = await openPage(context, { prepare: ({ origin }) => origin.stop() });
  const { page, origin, complaints } = opened;
  await page.locator('#notice-title', { hasText: 'The stream is switched off at the moment' }).waitFor();
  await publish(opened, SEGMENTS, 'ended');

  origin.start();

  await playsPast(page, 0.5);
  assert.deepEqual(complaints, []);
});

test('a link that leads nowhere says so, and is followed once it leads somewhere', { skip }, async (context) => {
  const opened = await openPage(context, {
    locale: 'de-DE',
    prepare: ({ publications }) => publications.delete(LOCATOR),
  });
  const { page } = opened;
  await page.locator('#notice-title', { hasText: 'Unter dieser Adresse gibt es nichts' }).waitFor();
  assert.equal(await page.evaluate(() => document.documentElement.lang), 'de');
  assert.deepEqual(await violations(page), []);

  await publish(opened, SEGMENTS, 'ended');
  await page.getByRole('button', { name: 'Jetzt versuchen' }).click();

  await playsPast(page, 0.1);
  assert.equal(await page.title(), 'Town hall');
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`it fits a phone and can be used by everybody, ${colorScheme}`, { skip }, async (context) => {
    const opened = await openPage(context, {
      size: 'phone',
      colorScheme,
      prepare: (origin) => publish(origin, SEGMENTS, 'ended'),
    });
    const { page, complaints } = opened;
    await playsPast(page, 0.1);

    assert.equal(await sidewaysScroll(page), 0);
    assert.deepEqual(await violations(page), []);
    const stage = await page.locator('#stage').boundingBox();
    assert.equal(stage?.width, SIZES.phone.width);
    assert.deepEqual(complaints, []);
  });
}
