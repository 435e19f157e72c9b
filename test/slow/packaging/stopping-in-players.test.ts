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
  PLAYERS,
  type PlayerName,
  type PlayerPage,
  type PlayerPages,
} from '../../support/player-pages.ts';
import { LIMIT_QUALITY } from '../../support/player-quality.ts';
import { missingPrograms } from '../../support/real-ffmpeg.ts';

/** What happens, in seconds since the beginning of the broadcast. */
const AT = {
  watched: 8,
  sound: 15,
  small: 30,
  middleStops: 44,
  middleIsBack: 64,
  bestStops: 78,
  end: 94,
} as const;
/** Nobody's picture stands still for longer. */
const MAX_STALL_SECONDS = 3;

const QUALITIES = [
  { height: 360, kbps: 800 },
  { height: 270, kbps: 500 },
  { height: 180, kbps: 300 },
  { height: 90, kbps: 100 },
] as const;
const [BEST, MIDDLE, , SMALL] = QUALITIES;
type Quality = (typeof QUALITIES)[number];
const idOf = ({ kbps }: Quality): string => `video_${kbps}000`;
const SOUND = 'audio_128000';

/** Measures in the page for how long its picture stands still, at most. */
const WATCH_STALLS = `window.longest = 0; window.moved = performance.now(); window.at = video.currentTime;
  setInterval(() => {
    const now = performance.now();
    if (video.currentTime !== window.at || video.ended) { window.at = video.currentTime; window.moved = now; }
    window.longest = Math.max(window.longest, now - window.moved);
  }, 50); undefined`;

const NAMES: readonly PlayerName[] = ['hls.js', 'video.js', 'shaka', 'dash.js'];
type Watching = { readonly name: PlayerName; readonly player: PlayerPage };

suite('tracks stop, come late and come back while people watch', {
  skip: noChromium || missingPrograms('ffmpeg', 'ffprobe'),
}, () => {
  const opened = new AsyncDisposableStack();
  let browser: Browser;
  let pages: PlayerPages;
  let broadcast: Broadcast;
  let origin: Origin;
  let seconds: () => number;

  before(async () => {
    const folder = opened.use(openFolder());
    const late = [idOf(SMALL), SOUND];
    broadcast = opened.use(await openBroadcast(folder, encode(folder, AT.end + 6, QUALITIES), { late }));
    browser = opened.adopt(await launchChromium(), (launched) => launched.close());
    pages = opened.use(await openPlayerPages());
    // The clock of the broadcast begins with its media.
    const real = systemClock();
    const began = real.monotonicMs();
    const clock: Clock = { ...real, wallMs: () => Number(START_SECONDS) * 1000 + real.monotonicMs() - began };
    seconds = () => (real.monotonicMs() - began) / 1000;
    const timer = setInterval(() => broadcast.pushUntil(seconds()), 50);
    opened.defer(() => clearInterval(timer));
    origin = opened.use(await openOriginOf(broadcast, clock));
  });
  after(async () => await opened.disposeAsync());

  const reach = async (at: number): Promise<void> => await pause(Math.max(0, (at - seconds()) * 1000));

  async function watch(): Promise<readonly Watching[]> {
    return await Promise.all(
      NAMES.map(async (name) => {
        const player = await pages.play(browser, name, sourceOf(origin, name));
        // Beginning to play is none of what is measured.
        await player.playsOn(4);
        await player.page.evaluate(`const video = document.querySelector('video'); ${WATCH_STALLS}`);
        return { name, player };
      }),
    );
  }

  const all = async (watching: readonly Watching[], run: (one: Watching) => Promise<unknown>): Promise<void> => {
    await Promise.all(watching.map(run));
  };

  /** Everybody has played without an error and without a stall that is too long since the last time. */
  async function check(watching: readonly Watching[], what: string, say: (text: string) => void): Promise<void> {
    const faults: string[] = [];
    await all(watching, async ({ name, player }) => {
      const { errors, stalls, width } = await player.look();
      const stalled = Number(await player.page.evaluate('window.longest')) / 1000;
      const behind: string = await player.page.evaluate(
        `(window.latency?.() ?? Number.NaN).toFixed(1) + ' s late, audio ' + document.querySelector('video').webkitAudioDecodedByteCount`,
      );
      await player.page.evaluate('window.longest = 0');
      say(
        `${what}, ${name}: stood still for ${stalled.toFixed(1)} s, ${stalls} stalls, width ${width}, ${behind}`,
      );
      faults.push(...errors.map((error) => `${name}: ${error}`));
      if (stalled > MAX_STALL_SECONDS) {
        faults.push(`${name} stood still for ${stalled.toFixed(1)} s`);
      }
    });
    assert.deepEqual(faults, [], what);
  }

  /** Everybody plays this one from now on, if it is there. */
  async function limit(watching: readonly Watching[], quality: Quality): Promise<void> {
    await all(watching, ({ name, player }) => player.page.evaluate(LIMIT_QUALITY[name](quality)));
  }

  test('sound that begins late disturbs nobody', async (context) => {
    const say = context.diagnostic.bind(context);
    await reach(AT.watched);
    const watching = await watch();
    await reach(AT.sound);
    broadcast.leaveOut(SOUND, false);
    await reach(AT.sound + 10);
    await check(watching, 'sound', say);
    await all(watching, async ({ player }) => await player[Symbol.asyncDispose]());
  });

  test('a quality that begins late, one that stops and comes back, and one that stops for good disturb nobody', async (context) => {
    const say = context.diagnostic.bind(context);
    const watching = await watch();
    await reach(AT.small);
    broadcast.leaveOut(idOf(SMALL), false);
    await reach(AT.middleStops - 9);
    await check(watching, 'a fourth quality', say);
    await limit(watching, MIDDLE);
    await reach(AT.middleStops);
    await check(watching, 'the middle', say);
    broadcast.leaveOut(idOf(MIDDLE), true);
    await reach(AT.middleIsBack);
    await check(watching, 'without the middle', say);
    broadcast.leaveOut(idOf(MIDDLE), false);
    await reach(AT.bestStops - 9);
    await check(watching, 'the middle is back', say);
    await limit(watching, BEST);
    await reach(AT.bestStops);
    await check(watching, 'the best', say);
    broadcast.leaveOut(idOf(BEST), true);
    await reach(AT.end);
    await check(watching, 'without the best', say);
    await all(watching, async ({ player }) => await player[Symbol.asyncDispose]());
  });
});

suite('the recording of a broadcast whose tracks stop, come late and come back', {
  skip: noChromium || missingPrograms('ffmpeg', 'ffprobe'),
}, () => {
  const opened = new AsyncDisposableStack();
  after(async () => await opened.disposeAsync());

  test('plays from beginning to end in every player', async (context) => {
    const folder = opened.use(openFolder());
    const encoded = encode(folder, AT.end, QUALITIES);
    const broadcast = opened.use(await openBroadcast(folder, encoded, { late: [idOf(SMALL), SOUND] }));
    for (const [at, id, isLeftOut] of [
      [AT.sound, SOUND, false],
      [AT.small, idOf(SMALL), false],
      [AT.middleStops, idOf(MIDDLE), true],
      [AT.middleIsBack, idOf(MIDDLE), false],
      [AT.bestStops, idOf(BEST), true],
    ] as const) {
      broadcast.pushUntil(at);
      broadcast.leaveOut(id, isLeftOut);
    }
    broadcast.pushUntil(AT.end);
    await broadcast.end();
    const origin = opened.use(await openOriginOf(broadcast, systemClock()));
    const browser = opened.adopt(await launchChromium(), (launched) => launched.close());
    const pages = opened.use(await openPlayerPages());

    for (const name of NAMES) {
      const player = opened.use(await pages.play(browser, name, sourceOf(origin, name)));
      const begin = await player.look();
      await player.page.evaluate('document.querySelector("video").playbackRate = 4');
      await player.page.waitForFunction('document.querySelector("video").ended', undefined, { timeout: 90_000 });
      const { time, width, errors } = await player.look();
      const played = Number(
        await player.page.evaluate(`(({ played }) =>
          Array.from({ length: played.length }, (_, index) => played.end(index) - played.start(index))
            .reduce((sum, seconds) => sum + seconds, 0))(document.querySelector('video'))`),
      );
      const audio = Number(
        await player.page.evaluate('document.querySelector("video").webkitAudioDecodedByteCount'),
      );
      context.diagnostic(
        `${name}: began at ${(begin.time - begin.played).toFixed(1)}, ended at ${time.toFixed(1)} s, ${played.toFixed(1)} s played, width ${width}, audio ${audio}`,
      );
      assert.deepEqual(errors, [], name);
      assert(begin.time - begin.played < 1, `${name} begins at the beginning`);
      assert(time > AT.end - 3 && played > AT.end - 6, `${name} plays ${played} of ${time} s`);
      assert(audio > 0, `${name} plays the sound`);
      await player.page.close();
    }
  });
});

async function openOriginOf(broadcast: Broadcast, clock: Clock): Promise<Origin> {
  return await openOrigin({
    port: 0,
    host: '127.0.0.1',
    packager: createPackager({ clock }),
    findPublication: () => Promise.resolve(fakePublication(broadcast.presentation)),
    watchFolder: undefined,
    clock,
    logger: silentLogger,
    version: '1.0.0',
  });
}

function sourceOf(origin: Origin, name: PlayerName): string {
  return `${origin.url()}/0f0e/stream.ism/manifest(format=${PLAYERS[name].format})`;
}
