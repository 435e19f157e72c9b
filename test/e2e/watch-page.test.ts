import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright';
import { launchChromium, noChromium } from '../support/browser.ts';
import { missingPrograms } from '../support/real-ffmpeg.ts';
import { end, goLive, openStage, type Stage, until } from '../support/studio-stage.ts';
import { type PictureWatch, type Watched, watchPicture } from '../support/watched-picture.ts';

// A viewer of a real broadcast, from its first picture to its recording. Each step needs the ones before.

const skip = noChromium || missingPrograms('ffmpeg');

const WATCH_MS = 15_000;
/** For how long a viewer may see the same picture, and how old it may be, in seconds. */
const LONGEST_STILL = 0.5;
const OLDEST = 4;
/** A service whose processors others use is late now and then, and any player runs dry; a player that does so by itself does every time. */
const MOST_TRIES = 3;
/** One press of an arrow key on the seek bar of video.js, in seconds. */
const STEP = 5;

let stage: Stage;
let browser: Browser;
let page: Page;
let picture: PictureWatch;
const opened = new AsyncDisposableStack();

before(async () => {
  if (skip !== false) {
    return;
  }
  stage = opened.use(await openStage());
  browser = opened.adopt(await launchChromium(), (launched) => launched.close());
  page = await browser.newPage({ viewport: { width: 960, height: 540 }, locale: 'en' });
  picture = await watchPicture(page);
});
after(async () => await opened.disposeAsync());

test('the picture goes on from the first one, also through a change of quality, near the edge', {
  skip,
}, async () => {
  const session = await goLive(stage.lectern);

  const tries: Watched[][] = [];
  while (!tries.some(goesOn) && tries.length < MOST_TRIES) {
    await page.goto(session.urls.watch);
    tries.push(await watchThroughAChange());
  }

  const looks = tries.flat();
  assert.ok(tries.some(goesOn), `it stood still: ${JSON.stringify(looks)}`);
  assert.ok(
    looks.every(({ longestWithSound }) => longestWithSound < LONGEST_STILL),
    `it stood still while the sound went on: ${JSON.stringify(looks)}`,
  );
  const { delay } = looks.at(-1) ?? {};
  assert.ok(delay !== undefined && delay < OLDEST, `${delay} s old`);
});

function goesOn(looks: readonly Watched[]): boolean {
  return looks.every(({ longestStill }) => longestStill < LONGEST_STILL);
}

/** A quarter of a minute from the first picture, with a smaller quality in between. */
async function watchThroughAChange(): Promise<Watched[]> {
  const looks: Watched[] = [];
  const look = async (): Promise<Watched> => {
    const seen = await picture.look();
    looks.push(seen);
    return seen;
  };
  await until('it plays', async () => ((await look()).frames > 0 ? true : undefined));
  const quality = page.getByLabel('Quality');
  await quality.locator('option', { hasText: '270p' }).waitFor({ state: 'attached' });
  await page.waitForTimeout(WATCH_MS / 3);
  await quality.selectOption('270p');
  await until('the smaller quality is seen', async () => ((await look()).width === 480 ? true : undefined));
  await quality.selectOption('Auto');
  await page.waitForTimeout((2 * WATCH_MS) / 3);
  await look();
  return looks;
}

for (const [by, goBack] of [
  ['two presses of a key', twoSteps],
  ['the button for it', oneSkip],
] as const) {
  test(`who goes back with ${by} stays there, and comes back to the edge with one press`, { skip }, async () => {
    await goBack();
    await staysAndReturns();
  });
}

/** One soon after the other: the second comes while the first is still sought. */
async function twoSteps(): Promise<void> {
  await page.locator('.vjs-progress-holder').focus();
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('ArrowLeft');
}

async function oneSkip(): Promise<void> {
  await page.getByRole('button', { name: 'Skip backward 10 seconds' }).press('Enter');
}

async function staysAndReturns(): Promise<void> {
  const live = page.locator('.vjs-seek-to-live-control');
  const isBack = async (): Promise<true | undefined> =>
    ((await picture.look()).delay ?? 0) > 1.5 * STEP ? true : undefined;
  await until('an older picture is seen', isBack);

  await page.waitForTimeout(4000);
  assert.equal(await isBack(), true, 'it was not dragged to the edge');
  assert.equal(await live.getAttribute('aria-disabled'), 'false', 'it says that it is behind');
  // By key, which also shows the bar; it has gone by now.
  await live.press('Enter');

  await until('the edge is seen', async () =>
    ((await picture.look()).delay ?? OLDEST) < OLDEST ? true : undefined,
  );
}

test('the end is told, and the recording is watched from its beginning', { skip }, async () => {
  await end(stage.lectern);
  await page.getByRole('button', { name: 'Watch the recording' }).click();

  await until('the recording plays', async () => {
    const { time, delay } = await picture.look();
    return time > 0.5 && time < STEP && delay !== undefined && delay > WATCH_MS / 1000 ? true : undefined;
  });
  const duration = await page.evaluate(() => document.querySelector('video')?.duration);
  assert.ok(duration !== undefined && Number.isFinite(duration) && duration > WATCH_MS / 1000, `${duration}`);
});
