import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Clock, systemClock } from '../../../src-main/base/clock.ts';
import { openMirrorStage } from '../../integration/mirror/rig.ts';
import { START_SECONDS } from '../../integration/packaging/packaged-media.ts';
import { launchChromium, noChromium } from '../../support/browser.ts';
import { openPlayerPages, type PlayerName } from '../../support/player-pages.ts';
import { missingPrograms } from '../../support/real-ffmpeg.ts';
import { openS3Server, S3_KEY } from '../../support/s3-server.ts';

/** How long it is live, in seconds. */
const LIVE = 70;
const PLAYERS: readonly PlayerName[] = ['hls.js', 'shaka', 'dash.js'];

test('players play a mirror live without stalling, and its recording afterwards', {
  skip: noChromium || missingPrograms('ffmpeg'),
}, async () => {
  // The clock of the broadcast begins with its media; that of the storage is the same.
  const real = systemClock();
  let beganMs = real.monotonicMs();
  const clock: Clock = { ...real, wallMs: () => Number(START_SECONDS) * 1000 + real.monotonicMs() - beganMs };
  await using server = await openS3Server();
  server.now = () => clock.wallMs();
  await using stage = await openMirrorStage({ clock, seconds: LIVE + 5 });
  await using opened = new AsyncDisposableStack();
  const browser = opened.adopt(await launchChromium(), (launched) => launched.close());
  const pages = opened.use(await openPlayerPages());
  beganMs = real.monotonicMs();
  const timer = setInterval(() => {
    stage.broadcast.pushUntil(Math.min(LIVE, (real.monotonicMs() - beganMs) / 1000));
  }, 50);
  opened.defer(() => clearInterval(timer));
  const { urls } = await stage.mirror({ kind: 'S3', endpoint: server.url, bucket: 'shows', ...S3_KEY });
  await stage.settled(({ behindSeconds, uploadedObjects }) => uploadedObjects > 24 && behindSeconds < 3, 30_000);

  const watched = await Promise.all(
    PLAYERS.map(async (player) => {
      const source = String(player === 'hls.js' ? urls.hls : urls.dash);
      await using page = await pages.play(
        browser,
        player,
        source,
        player === 'hls.js' ? { lowLatencyMode: false } : {},
      );
      const { stalls } = await page.look();
      const { time, seekable, stalls: then } = await page.playsOn(12, 40_000);
      return { player, stalls: then - stalls, behind: (seekable?.[1] ?? time) - time };
    }),
  );
  clearInterval(timer);
  await stage.broadcast.end();
  await stage.settled(({ state }) => state === 'complete', 40_000);

  for (const { player, stalls, behind } of watched) {
    assert.equal(stalls, 0, player);
    assert(behind < 20, `${player} is ${behind} s behind`);
  }
  for (const player of PLAYERS) {
    await using page = await pages.play(browser, player, String(player === 'hls.js' ? urls.hls : urls.dash));
    await page.playsOn(3);
  }
});
