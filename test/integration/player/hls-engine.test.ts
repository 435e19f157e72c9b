import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright';
import { launchChromium, noChromium } from '../../support/browser.ts';
import { FIRST_MS, openPlayerHarness, type PlayerHarness, SPOKEN } from '../../support/player-harness.ts';
import { missingPrograms } from '../../support/real-ffmpeg.ts';

const skip = noChromium || missingPrograms('ffmpeg');

let harness: PlayerHarness;
let browser: Browser;
const opened = new AsyncDisposableStack();

before(async () => {
  if (skip === false) {
    harness = opened.use(await openPlayerHarness());
    browser = opened.adopt(await launchChromium(), (launched) => launched.close());
  }
});
after(async () => await opened.disposeAsync());

async function playsPast(page: Page, seconds: number): Promise<void> {
  await page.waitForFunction((past) => (document.querySelector('video')?.currentTime ?? 0) > past, seconds);
}

async function withPage(start: 'watch' | 'preview', use: (page: Page) => Promise<void>): Promise<void> {
  harness.setFault(undefined);
  const page = await harness.open(browser);
  try {
    await page.evaluate(`window.${start}()`);
    await use(page);
  } finally {
    await page.close();
    harness.setFault(undefined);
  }
}

/** By the page itself: the menus open under the pointer, and close again. */
async function choose(page: Page, menu: string, text: string): Promise<void> {
  const item = page.locator(`.vjs-${menu}-button .vjs-menu-item`, { hasText: text });
  await item.evaluate((found) => found instanceof HTMLElement && found.click());
}

test('sound and subtitles are chosen in the menus of the player', { skip }, async () => {
  await withPage('watch', async (page) => {
    await playsPast(page, 0.2);
    assert.equal(harness.asked.includes('/stream/words-0.vtt'), false, 'nobody wants to read yet');

    await choose(page, 'audio', 'Deutsch');
    await choose(page, 'subs-caps', 'English words');

    await page.locator('.vjs-text-track-cue', { hasText: 'Hello there' }).waitFor();
    await page.waitForFunction(() =>
      document.querySelector('.vjs-audio-button .vjs-selected')?.textContent.includes('Deutsch'),
    );
    await playsPast(page, 3);
    assert.ok(harness.asked.some((path) => /\/de-\d+\.m4s$/.test(path)));

    await choose(page, 'subs-caps', 'captions off');
    await page.locator('.vjs-text-track-cue').waitFor({ state: 'detached' });
  });
});

test('captions in the pictures are in the menu when they are found, and are shown', { skip }, async () => {
  await withPage('watch', async (page) => {
    await choose(page, 'subs-caps', 'CC1');

    await page.locator('.vjs-text-track-cue', { hasText: SPOKEN }).waitFor();
  });
});

test('the wall clock of a picture is that of the playlist, in both directions', { skip }, async () => {
  await withPage('preview', async (page) => {
    await playsPast(page, 0.5);

    const found: unknown = await page.evaluate(
      '(() => { const map = window.player.timeMap(); return [map.toWallMs(2.5), map.toPlayerSeconds(map.toWallMs(2.5))]; })()',
    );

    assert.deepEqual(found, [FIRST_MS + 2500, 2.5]);
  });
});

test('what is refused a few times is asked for again, and playing goes on', { skip }, async () => {
  await withPage('watch', async (page) => {
    let left = 2;
    harness.setFault((path) => {
      if (path.endsWith('-6.m4s') && left > 0) {
        left -= 1;
        return 503;
      }
      return undefined;
    });

    await playsPast(page, 8);

    assert.equal(left, 0);
    assert.deepEqual(await page.evaluate('window.events.includes("broken")'), false);
  });
});

test('a stream that is not there is broken at once, so that the page can ask what has become of it', {
  skip,
}, async () => {
  harness.setFault((path) => (path.endsWith('master.m3u8') ? 503 : undefined));
  const page = await harness.open(browser);
  await page.evaluate('window.watch()');

  await page.waitForFunction('window.events.includes("broken")', undefined, { timeout: 10_000 });

  await page.close();
});

test('bytes that the decoder stumbles over are got over', { skip }, async () => {
  await withPage('watch', async (page) => {
    let isSpoilt = false;
    harness.setFault((path) => {
      if (!isSpoilt && /v\d-2\.m4s$/.test(path)) {
        isSpoilt = true;
        // The boxes stay whole, what is in them does not.
        return (bytes) => Buffer.from(bytes).fill(0xff, bytes.indexOf('mdat') + 4);
      }
      return undefined;
    });

    await playsPast(page, 5);

    assert.equal(isSpoilt, true);
    assert.deepEqual(await page.evaluate('window.events.includes("broken")'), false);
  });
});

test('a player that has gone asks for nothing more', { skip }, async () => {
  await withPage('watch', async (page) => {
    await page.waitForFunction(() => document.querySelector('video') !== null);
    await page.evaluate('window.player.dispose()');
    // What was asked a moment before may still be on its way here.
    await page.waitForTimeout(500);
    const before = harness.asked.length;

    await page.waitForTimeout(1500);

    assert.deepEqual(harness.asked.slice(before), []);
    assert.equal(await page.locator('video').count(), 0);
  });
});

test('Safari plays by itself, as it can on any phone', { skip }, async () => {
  const userAgent =
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15';
  // Chromium says who it is in more than one way.
  const prepare = (): unknown => Reflect.deleteProperty(Navigator.prototype, 'userAgentData');
  const page = await harness.open(browser, { userAgent, prepare });
  await page.evaluate('window.watch()');

  await page.waitForFunction(() => document.querySelector('video')?.currentSrc.endsWith('/stream/master.m3u8'));

  await page.close();
});

test('a browser that lacks what it takes is told from a broken stream', { skip }, async () => {
  const page = await harness.open(browser, {
    prepare: () => {
      for (const name of ['MediaSource', 'ManagedMediaSource', 'WebKitMediaSource']) {
        Reflect.deleteProperty(window, name);
      }
      HTMLMediaElement.prototype.canPlayType = () => '';
    },
  });
  await page.evaluate('window.watch()');

  await page.waitForFunction('window.events.includes("unplayable")');

  await page.close();
});
