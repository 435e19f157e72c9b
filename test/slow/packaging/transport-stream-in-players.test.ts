import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { Browser } from 'playwright';
import { type Clock, systemClock } from '../../../src-main/base/clock.ts';
import { type Origin, openOrigin } from '../../../src-main/core/origin/origin.ts';
import { createPackager } from '../../../src-main/core/packaging/packager.ts';
import { silentLogger } from '../../../src-main/core/ports/logger.ts';
import { openFolder } from '../../integration/media/ffmpeg-media.ts';
import {
  type Broadcast,
  encode,
  openBroadcast,
  START_SECONDS,
} from '../../integration/packaging/packaged-media.ts';
import { launchChromium, noChromium } from '../../support/browser.ts';
import { fakePublication } from '../../support/fake-presentation.ts';
import {
  openPlayerPages,
  type PlayerName,
  type PlayerPage,
  type PlayerPages,
} from '../../support/player-pages.ts';
import { missingPrograms } from '../../support/real-ffmpeg.ts';

const NAMES: readonly PlayerName[] = ['hls.js', 'video.js', 'shaka'];
const FORMATS = ['m3u8-aapl-v3', 'm3u8-aapl'] as const;
/** Seconds of media when the first player comes, and when the broadcast ends. */
const WATCHED = 32;
const END = 130;
const PLAYED_SECONDS = 20;

suite('players of HLS play transport streams', {
  skip: noChromium || missingPrograms('ffmpeg', 'ffprobe'),
}, () => {
  const opened = new AsyncDisposableStack();
  let browser: Browser;
  let pages: PlayerPages;
  let broadcast: Broadcast;
  let origin: Origin;
  let seconds: () => number;
  let timer: NodeJS.Timeout;

  before(async () => {
    const folder = opened.use(openFolder());
    const qualities = [
      { height: 180, kbps: 300 },
      { height: 90, kbps: 100 },
    ];
    broadcast = opened.use(await openBroadcast(folder, encode(folder, END + 40, qualities)));
    browser = opened.adopt(await launchChromium(), (launched) => launched.close());
    pages = opened.use(await openPlayerPages());
    // The clock of the broadcast begins with its media, of which there is enough already.
    const real = systemClock();
    const began = real.monotonicMs() - WATCHED * 1000;
    const clock: Clock = { ...real, wallMs: () => Number(START_SECONDS) * 1000 + real.monotonicMs() - began };
    seconds = () => (real.monotonicMs() - began) / 1000;
    timer = setInterval(() => broadcast.pushUntil(seconds()), 100);
    opened.defer(() => clearInterval(timer));
    origin = opened.use(
      await openOrigin({
        port: 0,
        host: '127.0.0.1',
        packager: createPackager({ clock }),
        findPublication: () => Promise.resolve(fakePublication(broadcast.presentation)),
        watchFolder: undefined,
        clock,
        logger: silentLogger,
        version: '1.0.0',
      }),
    );
  });
  after(async () => await opened.disposeAsync());

  async function each(
    format: string,
    run: (name: PlayerName, player: PlayerPage) => Promise<void>,
  ): Promise<void> {
    const source = `${origin.url()}/0f0e/stream.ism/manifest(format=${format})`;
    const watching = NAMES.map(async (name) => {
      await using player = await pages.play(browser, name, source);
      await run(name, player);
    });
    await Promise.all(watching);
  }

  for (const format of FORMATS) {
    test(`${format} live without a stall, and from where somebody goes back to`, async (context) => {
      await each(format, async (name, player) => {
        const before = await player.look();
        const { stalls, time, seekable } = await player.playsOn(PLAYED_SECONDS, 3 * PLAYED_SECONDS * 1000);
        context.diagnostic(`${name}: at ${time} of ${seekable?.join(' to ')}, ${stalls - before.stalls} stalls`);
        assert.equal(stalls - before.stalls, 0, `${name} stalled`);

        await player.seek((seekable?.[0] ?? 0) + 8);
        const back = await player.playsOn(3);
        assert(back.time < time - 5, `${name} went back from ${time} to ${back.time}`);
      });
    });
  }

  test('both from the beginning when it has ended', async () => {
    await pause(Math.max(0, (END - seconds()) * 1000));
    clearInterval(timer);
    await broadcast.end();
    // Until then those who were watching are shown what they were.
    await pause(13_000);

    for (const format of FORMATS) {
      await each(format, async (name, player) => {
        const { seekable, time } = await player.playsOn(3);

        const length = (seekable?.[1] ?? 0) - (seekable?.[0] ?? 0);
        assert(time < 30, `${name} ${format} begins at ${time}`);
        assert(Math.abs(length - END) < 3, `${name} ${format} is ${length} s long`);
      });
    }
  });
});
