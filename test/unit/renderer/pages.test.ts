import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { type Browser, chromium, type Page } from 'playwright';
import { build } from 'vite';
import {
  aDestination,
  anAsset,
  type World,
  withArchive,
  withSources,
} from '../../support/fake-service/scenarios.ts';
import { type FakeService, openFakeService } from '../../support/fake-service.ts';

const CHROMIUM = '/usr/bin/chromium';
const RENDERER = join(import.meta.dirname, '../../../src-renderer');
const skip = existsSync(CHROMIUM) ? false : 'there is no Chromium here';

const SIZES = {
  laptop: { width: 1440, height: 900 },
  smallest: { width: 960, height: 600 },
  phone: { width: 390, height: 844 },
} as const;

let browser: Browser;
let axe: string;

before(async () => {
  if (skip === false) {
    await build({ configFile: join(RENDERER, 'vite.config.ts'), logLevel: 'error' });
    axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
    const args = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--mute-audio'];
    browser = await chromium.launch({ executablePath: CHROMIUM, headless: true, args });
  }
});

after(async () => {
  if (skip === false) {
    await browser.close();
  }
});

type Opened = { readonly page: Page; readonly service: FakeService; readonly errors: string[] };

/** A page on a service of its own. What the browser complains about is collected: also breaches of the content security policy. */
async function open(
  t: TestContext,
  options: {
    readonly arrange?: (world: World) => unknown;
    readonly size?: keyof typeof SIZES;
    readonly route?: string;
    readonly exportMs?: number;
  } = {},
): Promise<Opened> {
  const service = await openFakeService({
    startMs: 100,
    ...(options.exportMs === undefined ? {} : { exportMs: options.exportMs }),
    ...(options.arrange === undefined ? {} : { arrange: options.arrange }),
  });
  const page = await browser.newPage({ viewport: SIZES[options.size ?? 'laptop'], locale: 'en-GB' });
  t.after(async () => {
    await page.close();
    await service[Symbol.asyncDispose]();
  });
  const errors: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') {
      errors.push(message.text());
    }
  });
  page.on('pageerror', (error) => errors.push(error.message));
  await page.goto(service.pageUrl());
  await page.getByRole('navigation', { name: /^(?:Places|Bereiche)$/ }).waitFor();
  if (options.route !== undefined) {
    await goTo(page, options.route);
  }
  return { page, service, errors };
}

async function goTo(page: Page, route: string): Promise<void> {
  await page.evaluate((hash) => {
    location.hash = hash;
  }, route);
}

async function goLive(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Go live' }).click();
  await page.locator('.studio[data-phase="live"]').waitFor();
}

/** Everything that axe finds against WCAG 2.2 AA and its own best practices. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  return await page.evaluate(async () => {
    // The script that was just run left it there.
    // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion
    const { axe: runner } = window as unknown as { axe: typeof import('axe-core') };
    const found = await runner.run(document, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    });
    return found.violations.map(
      ({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`,
    );
  });
}

async function sidewaysScroll(page: Page): Promise<number> {
  return await page.evaluate(() => {
    const boxes = [document.documentElement, ...document.querySelectorAll('.app__main')];
    return Math.max(...boxes.map((box) => box.scrollWidth - box.clientWidth));
  });
}

/** A broadcast with everything wrong at once: what a person must be able to read. */
function breakEverything(service: FakeService): void {
  const problem = {
    type: 'x',
    title: 'Lost',
    status: 502,
    detail: 'It was lost.',
    code: 'publish/connection-lost',
  };
  service.change('Lectern.DestinationChanged', 'destination/Channel', (world) => {
    const destination = aDestination('Channel', {
      state: 'reconnecting',
      retries: 2,
      retryAt: new Date(Date.now() + 60_000).toISOString(),
      error: problem,
    });
    world.destinations.set('Channel', destination);
    return destination;
  });
  service.change('Lectern.StudioChanged', 'studio', (world) => {
    world.studio = {
      ...world.studio,
      sources: world.studio.sources.map((source) => ({ ...source, state: 'lost' as const })),
      audio: world.studio.audio.map((input) => ({ ...input, muted: true })),
      health: { level: 'poor', reasons: [{ code: 'source-lost', subject: 'screen', detail: 'Lost.' }] },
      disk: { freeBytes: 1e9, secondsLeft: 60 },
    };
    return world.studio;
  });
}

const SCREENS: readonly {
  readonly name: string;
  readonly route?: string;
  readonly arrange?: (world: World) => unknown;
  readonly act?: (opened: Opened) => Promise<unknown>;
}[] = [
  { name: 'the studio on the first run' },
  { name: 'the studio with sources', arrange: withSources },
  {
    name: 'the studio live',
    arrange: withSources,
    act: ({ page }) => goLive(page),
  },
  {
    name: 'the studio with everything wrong',
    arrange: withSources,
    async act({ page, service }) {
      await goLive(page);
      breakEverything(service);
      await page.getByText('Try now').waitFor();
    },
  },
  {
    name: 'the choice of a source',
    arrange: withSources,
    async act({ page }) {
      await page.getByRole('button', { name: 'Sources', exact: true }).click();
      await page.getByRole('button', { name: /^Camera/ }).click();
      await page.getByRole('dialog').getByText('FaceTime').waitFor();
    },
  },
  { name: 'the empty archive', route: '/archive' },
  { name: 'the archive', route: '/archive', arrange: withArchive },
  { name: 'a recording', route: '/archive/lecture-7', arrange: withArchive },
  { name: 'the settings', route: '/settings' },
  { name: 'the service', route: '/service', arrange: withArchive },
];

for (const screen of SCREENS) {
  for (const size of ['laptop', 'smallest', 'phone'] as const) {
    test(`${screen.name} is accessible and fits a ${size} screen`, { skip }, async (t) => {
      for (const theme of ['dark', 'light'] as const) {
        const opened = await open(t, {
          size,
          arrange(world) {
            screen.arrange?.(world);
            world.settings.theme = theme;
          },
          ...(screen.route === undefined ? {} : { route: screen.route }),
        });
        await opened.page.locator(`html[data-theme="${theme}"]`).waitFor();
        await screen.act?.(opened);
        await opened.page.getByRole('heading', { level: 1 }).first().waitFor({ state: 'attached' });

        assert.deepEqual(await violations(opened.page), [], theme);
        assert.equal(await sidewaysScroll(opened.page), 0, theme);
        assert.deepEqual(opened.errors, [], theme);
      }
    });
  }
}

test('nothing is captured before it is chosen', { skip }, async (t) => {
  const { page, service } = await open(t);

  await page.getByText('Until you choose, nothing is captured.').waitFor();

  const called = service.calls.map(({ name }) => name);
  assert.deepEqual(
    called.filter((name) => ['getDevices', 'putSources', 'getPreview', 'rehearse', 'goLive'].includes(name)),
    [],
  );
});

test('the token leaves the address bar and survives a reload', { skip }, async (t) => {
  const { page } = await open(t, { arrange: withSources });

  assert.equal(new URL(page.url()).hash, '');
  await page.reload();
  await page.getByRole('button', { name: 'Go live' }).waitFor();
});

test('a whole broadcast can be made with the keyboard alone', { skip }, async (t) => {
  const { page, service, errors } = await open(t);
  const press = async (name: string | RegExp): Promise<void> => {
    await page.getByRole('button', { name }).first().focus();
    await page.keyboard.press('Enter');
  };

  await press('Use the test picture');
  await page.locator('.shot[data-selected]').waitFor();
  await press('Go live');
  await page.locator('.studio[data-phase="live"]').waitFor();

  // A key that is only touched ends nothing, and neither does the space bar.
  await page.locator('#main').focus();
  await page.keyboard.press('e');
  await page.keyboard.press('Space');
  await page.keyboard.press('m');
  await page.getByText('Marked at').waitFor();
  await page.keyboard.press('0');
  await page.waitForFunction(() => document.querySelector('.shot[data-selected]')?.textContent.includes('Slate'));
  assert.equal(service.world.studio.phase, 'live');

  await page.keyboard.down('e');
  await page.locator('.studio[data-phase="ending"]').waitFor();
  await page.keyboard.up('e');
  await page.keyboard.press('u');
  await page.locator('.studio[data-phase="live"]').waitFor();
  assert.equal(service.calls.filter(({ name }) => name === 'endLive').length, 1);

  await page.keyboard.press('Control+2');
  await page.getByRole('heading', { name: 'Archive' }).waitFor();
  await page.getByText('Recording', { exact: true }).waitFor();
  await page.keyboard.press('Control+1');
  await page.getByRole('button', { name: 'Hold to end' }).waitFor();
  assert.deepEqual(errors, []);
});

test('a click on the end button ends nothing; holding it does, and can be taken back', { skip }, async (t) => {
  const { page, service } = await open(t, { arrange: withSources });
  await goLive(page);
  const button = page.getByRole('button', { name: 'Hold to end' });

  await button.click();
  await page.getByText('Keep it pressed').waitFor();
  assert.equal(service.calls.filter(({ name }) => name === 'endLive').length, 0);

  await button.hover();
  await page.mouse.down();
  await page.getByRole('button', { name: /^Undo/ }).waitFor();
  await page.mouse.up();
  await page.getByRole('button', { name: /^Undo/ }).click();

  await page.locator('.studio[data-phase="live"]').waitFor();
});

test('the preview is painted while it can be seen and its stream is closed when it cannot', {
  skip,
}, async (t) => {
  const { page, service } = await open(t, { arrange: withSources });
  await page.waitForFunction(() => {
    const canvas = document.querySelector<HTMLCanvasElement>('.programme__canvas');
    const pixel = canvas?.getContext('2d')?.getImageData(320, 20, 1, 1).data;
    return pixel !== undefined && (pixel[0] ?? 0) > 200;
  });
  assert.equal(service.openPreviews(), 1);

  await goTo(page, '/settings');
  await page.waitForTimeout(2600);
  assert.equal(service.openPreviews(), 0);

  await goTo(page, '/studio');
  await page.locator('.programme__canvas').waitFor();
  await page.waitForTimeout(300);
  assert.equal(service.openPreviews(), 1);
});

test('as viewers see it plays the real link and states the delay', { skip }, async (t) => {
  const { page, errors } = await open(t, { arrange: withSources });
  await goLive(page);
  // The first segments have to be there before anybody can see them.
  await page.waitForTimeout(6500);

  await page.getByText('As viewers see it').click();

  await page.getByText(/Viewers are \d+\.\d s behind/).waitFor({ timeout: 20_000 });
  assert.deepEqual(errors, []);
});

test('an input that gives no sound is warned about loudly', { skip }, async (t) => {
  const { page, service } = await open(t, { arrange: withSources });
  service.silent.add('mic');

  await page.getByText('No signal for 10 s').waitFor({ timeout: 15_000 });
});

test('a page that lost touch says so, and is itself again when the service is back', { skip }, async (t) => {
  const { page, service } = await open(t, { arrange: withSources });

  await page.route('**/api/v1/events', (route) => route.abort());
  service.dropEvents();
  await page.getByText('This page has lost touch with Lectern').waitFor();
  service.world.studio = { ...service.world.studio, title: 'Changed meanwhile' };
  await page.unroute('**/api/v1/events');
  await page.getByRole('button', { name: 'Try again' }).click();

  await page.waitForFunction(
    () => document.querySelector<HTMLInputElement>('.title')?.value === 'Changed meanwhile',
  );
  assert.equal(await page.getByText('This page has lost touch').count(), 0);
});

test('a stream key goes in and nowhere is it shown again', { skip }, async (t) => {
  const { page, service } = await open(t, { arrange: withSources });
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await page.getByLabel('Name').fill('Channel');
  await page.getByLabel('Address', { exact: true }).fill('http://wrong');
  await page.getByLabel('Stream key').fill('planted-key-4711');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('must be an rtmp://').waitFor();
  await page.getByLabel('Address', { exact: true }).fill('rtmp://live.example.org/app');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('article', { name: 'Channel' }).waitFor();

  assert.equal(service.world.destinations.get('Channel')?.hasStreamKey, true);
  const everywhere = await page.evaluate(
    () =>
      document.documentElement.outerHTML +
      JSON.stringify([Object.entries(localStorage), Object.entries(sessionStorage)]),
  );
  assert(!everywhere.includes('planted-key-4711'));
});

test('a recording is played, trimmed, saved, published and deleted', { skip }, async (t) => {
  const { page, service, errors } = await open(t, {
    route: '/archive/talk',
    exportMs: 600,
    arrange: (world) => world.assets.set('talk', anAsset('talk', { title: 'Talk', duration: 60 })),
  });
  await page.getByRole('button', { name: /^Play/ }).waitFor();
  await page.waitForFunction(() => document.querySelector('.player__host video')?.getAttribute('src') !== null);
  await page.waitForFunction(() => (document.querySelector<HTMLVideoElement>('video')?.readyState ?? 0) > 1);

  await page.locator('#main').focus();
  await page.keyboard.press('l');
  await page.getByText('0:10 / 1:00').waitFor();
  await page.keyboard.press('i');
  await page.getByText('0:10 – 1:00').waitFor();
  await page.getByRole('button', { name: 'Save this part' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
  await page.getByText('Checked and ready').waitFor();
  assert.deepEqual(service.calls.find(({ name }) => name === 'createExport')?.body, {
    format: 'mp4',
    quality: 'top',
    start: 10,
    end: 60,
  });

  await page.getByRole('button', { name: 'New link' }).click();
  await page.getByRole('button', { name: 'Make the link' }).click();
  await page.getByText('Works until you take it back.').waitFor();

  await page.getByRole('button', { name: 'Delete the recording' }).click();
  await page.getByRole('alertdialog', { name: /Talk/ }).getByRole('button', { name: 'Delete' }).click();
  await page.getByText('“Talk” is being deleted').waitFor();
  await page.getByRole('button', { name: /^Undo/ }).click();
  await page.getByRole('link', { name: /Talk/ }).waitFor();
  assert(service.world.assets.has('talk'));
  assert.deepEqual(errors, []);
});

test('a setting that the service refuses says why at its field, and the one of before stays', {
  skip,
}, async (t) => {
  const { page, service } = await open(t, { route: '/settings' });
  const field = page.getByLabel('Viewers can go back');
  await field.fill('30');
  await field.press('Enter');

  await page.getByText('must be between PT1M and PT25H').waitFor();
  assert.equal(service.world.settings.recording.rewindWindowLength, 'PT2H');

  await page.getByLabel('Port for viewers').fill('9000');
  await page.getByLabel('Port for viewers').press('Enter');
  await page.getByText('Takes effect at the next start').waitFor();
});

test('the page speaks German when the settings say so', { skip }, async (t) => {
  const { page, errors } = await open(t, { arrange: (world) => void (world.settings.language = 'de') });

  await page.getByRole('heading', { name: 'Was möchten Sie zeigen?' }).waitFor();
  await page.keyboard.press('F1');
  await page.getByRole('heading', { name: 'Erste Schritte' }).waitFor();

  assert.equal(await page.evaluate(() => document.documentElement.lang), 'de');
  assert.deepEqual(errors, []);
});

test('a page without its key says how to open it', { skip }, async (t) => {
  const { page, service } = await open(t);
  await page.evaluate(() => sessionStorage.clear());

  await page.goto(`${service.url}/`);
  await page.reload();

  await page.getByText('This page was opened without its key').waitFor();
});
