import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { Browser } from 'playwright';
import type { Clock } from '../../../src-main/base/clock.ts';
import { systemClock } from '../../../src-main/base/clock.ts';
import { type Origin, openOrigin } from '../../../src-main/core/origin/origin.ts';
import { createPackager } from '../../../src-main/core/packaging/packager.ts';
import { CUE_TIMESCALE } from '../../../src-main/core/ports/cues.ts';
import { silentLogger } from '../../../src-main/core/ports/logger.ts';
import { toHex } from '../../../src-main/manifest/binary-text.ts';
import { writeId3 } from '../../../src-main/media/id3/id3.ts';
import { ticks } from '../../../src-main/media/time.ts';
import { launchChromium, noChromium } from '../../support/browser.ts';
import { fakePublication } from '../../support/fake-presentation.ts';
import { openPlayerPages, PLAYERS, type PlayerName, type PlayerPages } from '../../support/player-pages.ts';
import { missingPrograms } from '../../support/real-ffmpeg.ts';
import { insertSection } from '../../support/splice-messages.ts';
import { openFolder } from '../media/ffmpeg-media.ts';
import { type Broadcast, encode, openBroadcast, START_SECONDS } from './packaged-media.ts';

const SECONDS = 90;
const OUT = insertSection(7, 'out', { breakTicks: 4 * CUE_TIMESCALE });
const noteOf = (text: string): Uint8Array =>
  writeId3({
    frames: [
      {
        kind: 'GEOB',
        mimeType: 'application/json',
        fileName: '',
        description: '',
        object: Buffer.from(text),
      },
    ],
  });
/** A note is in one segment, and a player that has run dry on a busy computer jumps over one now and then: then there is another note. */
const NOTES = ['{"score":"1:0"}', '{"score":"2:0"}', '{"score":"3:0"}'];

type Heard = { readonly notes: readonly string[]; readonly splices: readonly string[] };

const PREPARE = `const video = document.querySelector('video');
  const notes = new Map(), splices = new Map();
  const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('').toUpperCase();
  const jsonOf = (bytes) => /\\{.*/.exec(new TextDecoder().decode(bytes))[0];
  Object.defineProperty(window, 'heard', { get: () => ({ notes: [...notes.keys()].sort(), splices: [...splices.keys()].sort() }) });`;

/** What a player is asked to write down; run in its page before the cues come. */
const LISTEN: Readonly<Record<Exclude<PlayerName, 'video.js'>, string>> = {
  'hls.js': `${PREPARE}
    let count = 0;
    player.on('hlsFragParsingMetadata', (_, { samples }) => samples.forEach(({ data, pts }) => {
      if (Math.abs(pts - video.currentTime) < 10) { count += 1; notes.set((count > 1 ? count + ' ' : '') + jsonOf(data)); }
    }));
    player.on('hlsLevelUpdated', (_, { details }) => Object.values(details.dateRanges).forEach((range) => splices.set(
      [range.id, range.startDate.getTime() / 1000, range.plannedDuration, range.attr['SCTE35-OUT'].slice(2)].join(' '))));`,
  shaka: `${PREPARE}
    player.addEventListener('emsg', ({ detail }) => detail.schemeIdUri.includes('scte35')
      ? splices.set('inband ' + detail.id + ' ' + hex(detail.messageData)) : notes.set(jsonOf(detail.messageData)));
    player.addEventListener('timelineregionadded', ({ detail }) => detail.schemeIdUri.includes('xml+bin') && splices.set('mpd ' + detail.id));`,
  'dash.js': `${PREPARE}
    player.on('https://aomedia.org/emsg/ID3', ({ event }) => notes.set(jsonOf(event.messageData)));
    player.on('urn:scte:scte35:2014:xml+bin', ({ event }) => splices.set(['mpd', event.id, event.duration].join(' ')));
    player.on('urn:scte:scte35:2013:bin', ({ event }) => splices.set(['inband', event.id, event.duration, hex(event.messageData)].join(' ')));`,
};

/** hls.js tells of what playlists say; the others of that and of what segments carry. */
const SPLICES_HEARD = { 'hls.js': 1, shaka: 2, 'dash.js': 2 } as const;

suite('cues reach the players that viewers use', {
  skip: noChromium || missingPrograms('ffmpeg', 'ffprobe'),
}, () => {
  const opened = new AsyncDisposableStack();
  let browser: Browser;
  let pages: PlayerPages;
  let broadcast: Broadcast;
  let origin: Origin;
  let clock: Clock;

  before(async () => {
    const folder = opened.use(openFolder());
    broadcast = opened.use(await openBroadcast(folder, encode(folder, SECONDS)));
    // The clock of the broadcast begins with its media.
    const real = systemClock();
    const began = real.monotonicMs();
    clock = { ...real, wallMs: () => Number(START_SECONDS) * 1000 + real.monotonicMs() - began };
    const timer = setInterval(() => broadcast.pushUntil((clock.monotonicMs() - began) / 1000), 50);
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
    browser = opened.adopt(await launchChromium(), (launched) => launched.close());
    pages = opened.use(await openPlayerPages());
  });
  after(async () => await opened.disposeAsync());

  const edgeSeconds = (): number => clock.wallMs() / 1000;

  test('those that joined before there were any hear of a break and of timed metadata', async () => {
    const names = ['hls.js', 'shaka', 'dash.js'] as const;
    const players = await Promise.all(
      names.map(async (name) => {
        const player = await pages.play(
          browser,
          name,
          `${origin.url()}/0f0e/stream.ism/manifest(format=${PLAYERS[name].format})`,
        );
        await player.page.evaluate(`{ ${LISTEN[name]} }`);
        return { name, player };
      }),
    );

    const breakAt = Math.ceil(edgeSeconds() + 5);
    broadcast.cues.put({
      id: '7',
      scheme: 'urn:scte:scte35:2013:bin',
      value: 'onAdCue',
      time: ticks(BigInt(breakAt) * BigInt(CUE_TIMESCALE)),
      duration: 4 * CUE_TIMESCALE,
      message: OUT,
    });
    const putNote = (text: string): boolean =>
      broadcast.cues.put({
        id: text,
        scheme: 'https://aomedia.org/emsg/ID3',
        value: '',
        time: ticks(Math.round(edgeSeconds() * CUE_TIMESCALE)),
        duration: undefined,
        message: noteOf(text),
      });
    const [first = '', ...others] = NOTES;
    putNote(first);

    const heard = new Map<string, Heard>();
    const listen = async ({ name, player }: (typeof players)[number]): Promise<void> => {
      await player.playsOn(9, 40_000);
      // How far behind the edge a player is, is its own affair: it hears of things when it gets there.
      await player.page
        .waitForFunction(
          `window.heard.notes.length >= 1 && window.heard.splices.length >= ${SPLICES_HEARD[name]}`,
          undefined,
          {
            timeout: 20_000,
          },
        )
        .catch(() => undefined);
      heard.set(name, await player.page.evaluate('window.heard'));
    };
    await Promise.all(players.map(listen));
    const put = [first];
    for (const text of others) {
      if (names.some((name) => heard.get(name)?.notes.length === 0)) {
        putNote(text);
        put.push(text);
        await Promise.all(players.map(listen));
      }
    }

    for (const name of names) {
      // Each at most once: what is heard twice is numbered.
      const notes = heard.get(name)?.notes ?? [];
      assert(notes.length > 0 && notes.every((text) => put.includes(text)), `${name}: ${notes.join(', ')}`);
    }
    assert.deepEqual(heard.get('hls.js')?.splices, [`7 ${breakAt} 4 ${toHex(OUT)}`]);
    assert.deepEqual(heard.get('shaka')?.splices, [`inband 7 ${toHex(OUT)}`, 'mpd 7']);
    assert.deepEqual(heard.get('dash.js')?.splices, [`inband 7 4 ${toHex(OUT)}`, 'mpd 7 4']);
  });
});
