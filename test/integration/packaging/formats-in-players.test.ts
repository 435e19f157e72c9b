import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { Browser } from 'playwright';
import { systemClock } from '../../../src-main/base/clock.ts';
import { type Origin, openOrigin } from '../../../src-main/core/origin/origin.ts';
import { createPackager } from '../../../src-main/core/packaging/packager.ts';
import { silentLogger } from '../../../src-main/core/ports/logger.ts';
import type { KeySystem } from '../../../src-main/core/ports/protection.ts';
import type { EncryptionTag } from '../../../src-main/core/ports/streaming-format.ts';
import { launchChromium, noChromium } from '../../support/browser.ts';
import { fakePublication } from '../../support/fake-presentation.ts';
import { FAKE_KEY, fakeProtection } from '../../support/fake-protection.ts';
import { type KeyServer, openKeyServer } from '../../support/key-server.ts';
import { openPlayerPages, type PageName, type PlayerPages } from '../../support/player-pages.ts';
import { missingPrograms } from '../../support/real-ffmpeg.ts';
import { openFolder } from '../media/ffmpeg-media.ts';
import { type Broadcast, encode, openBroadcast, START_SECONDS } from './packaged-media.ts';

const SECONDS = 12;

type Way = { readonly player: PageName; readonly format?: string; readonly tag?: EncryptionTag };

/** One of each format and scheme; `test/slow/packaging` has all that is played by something, live and for longer. */
const WAYS: readonly Way[] = [
  { player: 'hls.js', format: 'm3u8-aapl' },
  { player: 'video.js', format: 'm3u8-aapl-v3' },
  { player: 'dash.js-smooth' },
  { player: 'shaka', format: 'mpd-time-csf' },
  { player: 'hls.js', format: 'm3u8-cmaf', tag: 'cbc' },
  { player: 'shaka', format: 'mpd-time-cmaf', tag: 'cenc' },
  { player: 'dash.js', format: 'mpd-time-cmaf', tag: 'cbcs-aapl' },
  { player: 'dash.js', format: 'mpd-time-csf', tag: 'cenc' },
];

suite('recordings play in every format and scheme', { skip: noChromium || missingPrograms('ffmpeg') }, () => {
  const opened = new AsyncDisposableStack();
  const clock = { ...systemClock(), wallMs: () => Number(START_SECONDS) * 1000 + 600_000 };
  let browser: Browser;
  let pages: PlayerPages;
  let keys: KeyServer;
  let broadcast: Broadcast;
  const origins = new Map<string, Origin>();

  before(async () => {
    const folder = opened.use(openFolder());
    broadcast = opened.use(await openBroadcast(folder, encode(folder, SECONDS)));
    broadcast.pushUntil(SECONDS);
    await broadcast.end();
    browser = opened.adopt(await launchChromium(), (launched) => launched.close());
    pages = opened.use(await openPlayerPages());
    keys = opened.use(await openKeyServer(FAKE_KEY));
  });
  after(async () => await opened.disposeAsync());

  async function originOf(tag: EncryptionTag | undefined): Promise<Origin> {
    const systems: readonly KeySystem[] =
      tag === 'cbc'
        ? [{ kind: 'envelope', keyUri: keys.keyUri }]
        : [{ kind: 'clear-key', licenseUrl: keys.licenseUrl }];
    const protection = tag === undefined ? undefined : fakeProtection(tag, { systems });
    const publication = fakePublication(broadcast.presentation);
    const origin = opened.use(
      await openOrigin({
        port: 0,
        host: '127.0.0.1',
        packager: createPackager({ clock }),
        findPublication: () =>
          Promise.resolve(protection === undefined ? publication : { ...publication, protect: () => protection }),
        watchFolder: undefined,
        clock,
        logger: silentLogger,
        version: '1.0.0',
      }),
    );
    origins.set(tag ?? '', origin);
    return origin;
  }

  for (const { player, format, tag } of WAYS) {
    test(`${player} plays ${format ?? 'Smooth Streaming'}${tag === undefined ? '' : ` encrypted with ${tag}`}`, async () => {
      const origin = origins.get(tag ?? '') ?? (await originOf(tag));
      const options = [
        ...(format === undefined ? [] : [`format=${format}`]),
        ...(tag === undefined ? [] : [`encryption=${tag}`]),
      ].join(',');
      const address = `${origin.url()}/0f0e/stream.ism/manifest${options === '' ? '' : `(${options})`}`;

      await using viewer = await pages.play(browser, player, address);

      await viewer.playsOn(3);
    });
  }

  for (const [player, format, session, config] of [
    ['hls.js', 'm3u8-cmaf', 'in-the-address', { cmcd: { sessionId: 'in-the-address', contentId: 'show' } }],
    ['hls.js', 'm3u8-aapl', 'in-headers', { cmcd: { sessionId: 'in-headers', useHeaders: true } }],
    [
      'dash.js',
      'mpd-time-cmaf',
      'of-dash',
      {
        streaming: {
          // It takes what arrives within 10 ms to be from a cache, and measures no bitrate by it; here all can be so quick.
          cacheLoadThresholds: { video: 0, audio: 0 },
          cmcd: { applyParametersFromMpd: false, enabled: true, sid: 'of-dash', mode: 'query' },
        },
      },
    ],
  ] as const) {
    test(`${player} says how it fares, and it is known (${session})`, async () => {
      const origin = origins.get('') ?? (await originOf(undefined));

      await using viewer = await pages.play(
        browser,
        player,
        `${origin.url()}/0f0e/stream.ism/manifest(format=${format})`,
        config,
      );
      await viewer.playsOn(2);

      const known = origin.viewerSessions().find(({ sessionId }) => sessionId === session);
      assert.ok(known, JSON.stringify(origin.viewerSessions()));
      assert.equal(known.streamingLocatorId, '0f0e');
      assert.ok((known.bufferSeconds ?? 0) > 0, JSON.stringify(known));
      assert.ok((known.measuredBitrate ?? 0) > 100_000, JSON.stringify(known));
      assert.ok((known.requestedBitrate ?? 0) >= 300_000, JSON.stringify(known));
      // Whether it ran dry on its way is for the computer to say; that it is read is tested with what players send.
      assert.equal(known.streamType, 'vod');
    });
  }
});
