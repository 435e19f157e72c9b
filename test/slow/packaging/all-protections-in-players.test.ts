import assert from 'node:assert/strict';
import { after, before, suite, type TestContext, test } from 'node:test';
import type { Browser } from 'playwright';
import { type Clock, systemClock } from '../../../src-main/base/clock.ts';
import { openOrigin } from '../../../src-main/core/origin/origin.ts';
import { createPackager } from '../../../src-main/core/packaging/packager.ts';
import { silentLogger } from '../../../src-main/core/ports/logger.ts';
import type { KeySystem, Protection } from '../../../src-main/core/ports/protection.ts';
import type { EncryptionTag } from '../../../src-main/core/ports/streaming-format.ts';
import { periodKey } from '../../../src-main/core/protect/period-keys.ts';
import { openFolder } from '../../integration/media/ffmpeg-media.ts';
import {
  type EncodedTrack,
  encode,
  openBroadcast,
  START_SECONDS,
} from '../../integration/packaging/packaged-media.ts';
import { launchChromium, noChromium } from '../../support/browser.ts';
import { fakePublication } from '../../support/fake-presentation.ts';
import { FAKE_KEY, fakeProtection } from '../../support/fake-protection.ts';
import { type KeyServer, openKeyServer } from '../../support/key-server.ts';
import {
  openPlayerPages,
  type PlayerConfig,
  type PlayerName,
  type PlayerPage,
  type PlayerPages,
} from '../../support/player-pages.ts';
import { LIMIT_QUALITY } from '../../support/player-quality.ts';
import { missingPrograms } from '../../support/real-ffmpeg.ts';

const RIGHT = 'right';
const WRONG = 'wrong';
/** Of a broadcast, when its viewer comes: a delta update leaves something out then. */
const BEGUN_SECONDS = 30;
/** Live and from where the viewer goes back to, each `PLAYED_SECONDS`, with what it takes to begin and to change the quality. */
const WATCHED_SECONDS = 100;
const PLAYED_SECONDS = 20;
/** At first a player measures, and takes the quality that fits. */
const SETTLED_SECONDS = 4;

const BEST = { height: 360, kbps: 800 };
const SMALL = { height: 180, kbps: 300 };

const KEY = ['envelope'] as const;
const BOTH = ['clear-key', 'envelope'] as const;

type Way = {
  readonly player: PlayerName;
  readonly format: string;
  /** Undefined: it is clear. */
  readonly tag?: EncryptionTag;
  readonly systems?: readonly KeySystem['kind'][];
  readonly asked?: keyof KeyServer['asked'];
  /** The engine of video.js, with parts, may wait for longer than anybody does before it plays another quality (`decisions/0030`). */
  readonly keepsQuality?: true;
  /** Keys rotate: the one who watches from the beginning of the window to its end meets several. */
  readonly rotates?: true;
  readonly config?: (keys: KeyServer) => PlayerConfig;
};

const EME_OF_HLS_JS = (keys: KeyServer): PlayerConfig => ({
  emeEnabled: true,
  drmSystems: { 'org.w3.clearkey': { licenseUrl: keys.licenseUrl } },
});
/** What plays what, with what a page has to say for it. */
const WAYS: readonly Way[] = [
  { player: 'hls.js', format: 'm3u8-cmaf' },
  { player: 'video.js', format: 'm3u8-cmaf', keepsQuality: true },
  { player: 'shaka', format: 'm3u8-cmaf' },
  { player: 'shaka', format: 'mpd-time-cmaf' },
  { player: 'dash.js', format: 'mpd-time-cmaf' },
  { player: 'hls.js', tag: 'cbc', format: 'm3u8-cmaf', systems: KEY, asked: 'keys' },
  { player: 'video.js', tag: 'cbc', format: 'm3u8-cmaf', systems: KEY, asked: 'keys' },
  { player: 'shaka', tag: 'cbc', format: 'm3u8-cmaf', systems: KEY, asked: 'keys' },
  { player: 'shaka', tag: 'cbc', format: 'mpd-time-cmaf', systems: KEY, asked: 'keys' },
  { player: 'shaka', tag: 'cenc', format: 'mpd-time-cmaf', systems: BOTH, asked: 'licenses' },
  { player: 'dash.js', tag: 'cenc', format: 'mpd-time-cmaf', systems: BOTH, asked: 'licenses' },
  { player: 'shaka', tag: 'cbcs-aapl', format: 'mpd-time-cmaf', systems: BOTH, asked: 'licenses' },
  { player: 'dash.js', tag: 'cbcs-aapl', format: 'mpd-time-cmaf', systems: BOTH, asked: 'licenses' },
  { player: 'shaka', tag: 'cbcs-aapl', format: 'm3u8-cmaf', systems: KEY, asked: 'keys' },
  {
    player: 'hls.js',
    tag: 'cbcs-aapl',
    format: 'm3u8-cmaf',
    systems: BOTH,
    asked: 'licenses',
    config: EME_OF_HLS_JS,
  },
  { player: 'hls.js', tag: 'cbcs-aapl', format: 'm3u8-aapl', systems: BOTH, asked: 'keys' },
  { player: 'hls.js', tag: 'cbcs-aapl', format: 'm3u8-aapl-v3', systems: BOTH, asked: 'keys' },
  { player: 'hls.js', tag: 'cbc', format: 'm3u8-cmaf', systems: KEY, asked: 'keys', rotates: true },
  { player: 'hls.js', tag: 'cbc', format: 'm3u8-aapl', systems: KEY, asked: 'keys', rotates: true },
  { player: 'hls.js', tag: 'cbcs-aapl', format: 'm3u8-aapl', systems: BOTH, asked: 'keys', rotates: true },
  {
    player: 'hls.js',
    tag: 'cbcs-aapl',
    format: 'm3u8-cmaf',
    systems: BOTH,
    asked: 'licenses',
    rotates: true,
    config: EME_OF_HLS_JS,
  },
  { player: 'shaka', tag: 'cbc', format: 'm3u8-cmaf', systems: KEY, asked: 'keys', rotates: true },
  { player: 'shaka', tag: 'cenc', format: 'mpd-time-cmaf', systems: BOTH, asked: 'licenses', rotates: true },
  { player: 'shaka', tag: 'cbcs-aapl', format: 'mpd-time-cmaf', systems: BOTH, asked: 'licenses', rotates: true },
  { player: 'dash.js', tag: 'cenc', format: 'mpd-time-cmaf', systems: BOTH, asked: 'licenses', rotates: true },
];

/** One of the broadcast ends 5 s behind its beginning. */
const PERIOD_MS = 15_000;
const FIRST_PERIOD = Math.floor((Number(START_SECONDS) * 1000) / PERIOD_MS);
/** Of all crypto periods there are. */
const PERIOD_KEYS = Array.from({ length: 8 }, (_, index) => periodKey(FAKE_KEY, FIRST_PERIOD + index));

suite('clear and encrypted streams play in Chromium', { skip: noChromium || missingPrograms('ffmpeg') }, () => {
  const opened = new AsyncDisposableStack();
  let browser: Browser;
  let pages: PlayerPages;
  let encoded: readonly EncodedTrack[];
  const servers = new Map<string, KeyServer>();

  before(async () => {
    encoded = encode(opened.use(openFolder()), BEGUN_SECONDS + WATCHED_SECONDS, [BEST, SMALL]);
    browser = opened.adopt(await launchChromium(), (launched) => launched.close());
    pages = opened.use(await openPlayerPages());
    const others = PERIOD_KEYS.map(({ id, value }) => [id, value] as const);
    servers.set(RIGHT, opened.use(await openKeyServer(FAKE_KEY, new Map(others))));
    const wrong = Buffer.alloc(16, 7);
    const allWrong = new Map(others.map(([id]) => [id, wrong]));
    servers.set(WRONG, opened.use(await openKeyServer({ id: FAKE_KEY.id, value: wrong }, allWrong)));
  });
  after(async () => await opened.disposeAsync());

  function protectionOf({ tag, systems = [], rotates }: Way, server: KeyServer): Protection | undefined {
    if (tag === undefined) {
      return undefined;
    }
    const { keyUri, licenseUrl } = server;
    const all = (id: string): readonly KeySystem[] => [
      { kind: 'clear-key', licenseUrl },
      { kind: 'envelope', keyUri: keyUri.replace(FAKE_KEY.id, id) },
    ];
    return {
      ...fakeProtection(tag, rotates === true ? { cryptoPeriodMs: PERIOD_MS } : {}),
      systemsOf: ({ id }) => all(id).filter(({ kind }) => systems.includes(kind)),
    };
  }

  /** Gives the address of a broadcast that goes on, or of its recording, and of the manifest there. */
  async function publish(
    media: AsyncDisposableStack,
    way: Way,
    server: KeyServer,
    kind: 'live' | 'recorded',
  ): Promise<string> {
    const broadcast = media.use(await openBroadcast(media.use(openFolder()), encoded));
    const real = systemClock();
    const began = real.monotonicMs() - 1000 * BEGUN_SECONDS;
    const clock: Clock = { ...real, wallMs: () => Number(START_SECONDS) * 1000 + real.monotonicMs() - began };
    broadcast.pushUntil(BEGUN_SECONDS);
    if (kind === 'recorded') {
      await broadcast.end();
    } else {
      const timer = setInterval(() => broadcast.pushUntil((real.monotonicMs() - began) / 1000), 50);
      media.defer(() => clearInterval(timer));
    }
    const protection = protectionOf(way, server);
    const publication = {
      ...fakePublication(broadcast.presentation),
      ...(protection === undefined ? {} : { protect: () => protection }),
    };
    const origin = media.use(
      await openOrigin({
        port: 0,
        host: '127.0.0.1',
        packager: createPackager({ clock }),
        findPublication: () => Promise.resolve(publication),
        watchFolder: undefined,
        clock,
        logger: silentLogger,
        version: '1.0.0',
      }),
    );
    return `${origin.url()}/0f0e/stream.ism/manifest(format=${way.format}${way.tag === undefined ? '' : `,encryption=${way.tag}`})`;
  }

  for (const way of WAYS) {
    const how = way.rotates === true ? `${way.format} with keys that rotate` : way.format;
    test(`${way.player} plays ${way.tag ?? 'the clear stream'} as ${how}: live, where its viewer goes back to, and recorded`, async (context) => {
      await using media = new AsyncDisposableStack();
      const server = servers.get(RIGHT)!;
      const before = way.asked && server.asked[way.asked];
      const config = way.config?.(server) ?? {};
      const live = await publish(media, way, server, 'live');
      const recorded = await publish(media, way, server, 'recorded');

      const watching = media.use(await pages.play(browser, way.player, live, config));
      await playsWithoutStall(watching, context, 'live');
      if (way.keepsQuality !== true) {
        await changesQuality(watching, way.player);
      }
      await watching.seek((await watching.look()).seekable![0] + 3);
      await watching.playsOn(1);
      await playsWithoutStall(watching, context, 'back');
      await watching[Symbol.asyncDispose]();

      const replaying = media.use(await pages.play(browser, way.player, recorded, config));
      await playsWithoutStall(replaying, context, 'recorded');
      await replaying.seek((await replaying.look()).seekable![0] + 2);
      await replaying.playsOn(3);

      if (before !== undefined && way.asked !== undefined) {
        assert(server.asked[way.asked] > before, 'the key came from its server');
      }
    });

    if (way.tag === undefined || way.asked === undefined) {
      continue;
    }
    const { asked } = way;
    test(`${way.player} does not play ${way.tag} as ${how} with another key`, async () => {
      await using media = new AsyncDisposableStack();
      const server = servers.get(WRONG)!;
      const before = server.asked[asked];
      const recorded = await publish(media, way, server, 'recorded');

      await assert.rejects(pages.play(browser, way.player, recorded, way.config?.(server) ?? {}));

      assert(server.asked[asked] > before, 'a key came');
    });
  }
});

async function playsWithoutStall(player: PlayerPage, context: TestContext, what: string): Promise<void> {
  const before = await player.playsOn(SETTLED_SECONDS);
  const { stalls, errors } = await player.playsOn(PLAYED_SECONDS, 2 * PLAYED_SECONDS * 1000);
  context.diagnostic(`${what}: ${stalls - before.stalls} stalls`);
  assert.deepEqual([stalls - before.stalls, errors], [0, []], what);
}

const REPRESENTATIONS = 'videojs.getAllPlayers()[0].tech(true).vhs.representations()';
/** Of media that come as they are made, these two believe that the network is no faster than that, and take no better quality by themselves. */
const TAKE_QUALITY: typeof LIMIT_QUALITY = {
  ...LIMIT_QUALITY,
  'video.js': ({ height }) => `${REPRESENTATIONS}.forEach((one) => one.enabled(one.height === ${height}))`,
  shaka: ({ height }) =>
    `player.configure({ abr: { enabled: false } });
    player.selectVariantTrack(player.getVariantTracks().find((one) => one.height === ${height}), true)`,
};

/** To the small quality and back to the best. */
async function changesQuality(player: PlayerPage, name: PlayerName): Promise<void> {
  for (const quality of [SMALL, BEST]) {
    await player.page.evaluate(TAKE_QUALITY[name](quality));
    await player.page.waitForFunction(
      (height) => document.querySelector('video')?.videoHeight === height,
      quality.height,
      { timeout: 25_000 },
    );
    await player.playsOn(1);
  }
}
