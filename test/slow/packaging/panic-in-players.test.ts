import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import type { Browser } from 'playwright';
import { launchChromium, noChromium } from '../../support/browser.ts';
import { openPlayerPages, PLAYERS, type PlayerName, type PlayerPages } from '../../support/player-pages.ts';
import { missingPrograms } from '../../support/real-ffmpeg.ts';
import { goLive, openStage, type Session, type Stage, until } from '../../support/studio-stage.ts';

// What was shown last is taken back while players play it, and they have to come through to what is shown then.

const skip = noChromium || missingPrograms('ffmpeg');
const REMOVED_SECONDS = 10;
const SLATE_MS = 10_000;
/** From the way back until the programme is on the screen: as long as a player that is some segments behind takes. */
const BACK_MS = 25_000;

let stage: Stage;
let browser: Browser;
let pages: PlayerPages;
let session: Session;
const opened = new AsyncDisposableStack();

before(async () => {
  if (skip !== false) {
    return;
  }
  stage = opened.use(await openStage());
  browser = opened.adopt(await launchChromium(), (launched) => launched.close());
  pages = opened.use(await openPlayerPages());
  session = await goLive(stage.lectern, 'Panic');
  await wait(REMOVED_SECONDS * 1000);
});

after(async () => await opened.disposeAsync());

for (const name of ['hls.js', 'video.js', 'shaka', 'dash.js'] satisfies readonly PlayerName[]) {
  test(`${name} comes through a panic to the slate, and to the programme behind it`, { skip }, async () => {
    const { lectern } = stage;
    const address = PLAYERS[name].format === 'm3u8-cmaf' ? session.urls.hls : session.urls.dash;
    await using player = await pages.play(browser, name, address);
    const before = await player.playsOn(2);

    const { panic } = await lectern.call('panic', { body: { seconds: REMOVED_SECONDS } });
    assert.equal(panic?.removal, 'removed');
    await wait(SLATE_MS);
    const during = await player.look();
    const backMs = Date.now();
    await lectern.call('panicBack', {});
    await until(
      'the programme is shown again',
      async () => {
        const { burnt = 0 } = await player.look();
        return burnt > backMs ? true : undefined;
      },
      BACK_MS,
    );
    const after = await player.playsOn(2);

    assert.deepEqual(after.errors, []);
    const played = during.played - before.played;
    assert(
      played > 0.5 * (SLATE_MS / 1000),
      `${played} s of ${SLATE_MS / 1000} s, also through what was taken back`,
    );
  });
}
