import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser, Locator, Page } from 'playwright';
import type { OwnedProcesses } from '../../src-main/core/process/create-processes.ts';
import { launchChromium, noChromium } from '../support/browser.ts';
import { ffprobe } from '../support/ffprobe.ts';
import {
  openPlayerPages,
  PLAYERS,
  type PlayerName,
  type PlayerPage,
  type PlayerPages,
} from '../support/player-pages.ts';
import { missingPrograms, openProcesses } from '../support/real-ffmpeg.ts';
import { playTone, type SoundServer, startPulseAudio } from '../support/sound-server.ts';
import { type Session, until } from '../support/studio-stage.ts';
import { type StudioWindow, studioWindows } from '../support/studio-window.ts';
import { showClock, startClient, startXvfb } from '../support/x-server.ts';

// The whole of what the product is for, once, in the order in which a presenter does it, in each window that a presenter can have here. Each
// step is a test, so that a failure has a name; each needs the ones before. Along the top of the captured display runs a clock, so that every
// picture that a viewer gets says when it was there.

const skip = noChromium || missingPrograms('ffmpeg', 'ffprobe', 'Xvfb', 'openbox', 'pulseaudio');
const NAMES: readonly PlayerName[] = ['hls.js', 'video.js', 'shaka', 'dash.js'];
/** From the screen to a viewer, also where a player fell behind when it began: what is encoded, shown and played here shares few cores. */
const LIVE_DELAY_MS = 20_000;
/** So much there has to be behind the live edge before a viewer goes back, in seconds. */
const LEAST_WINDOW = 4;
/**
 * A picture of a display is taken when its turn comes, and shown until the next one: by so much one may be later than another, in seconds. It
 * is less than a segment; that pictures are exact to the frame is seen by the test picture, in players.test.ts.
 */
const CAPTURE_SECONDS = 1.5;

for (const { name: windowName, open } of studioWindows()) {
  describe(`in ${windowName}`, () => {
    let processes: OwnedProcesses;
    let sound: SoundServer;
    let studio: StudioWindow;
    let viewerBrowser: Browser;
    let players: PlayerPages;
    let page: Page;
    let session: Session;
    let pressedMs = 0;
    const opened = new AsyncDisposableStack();

    before(async () => {
      if (skip !== false) {
        return;
      }
      processes = opened.use(openProcesses());
      // As wide for its height as what goes out, so that the clock lies where a mark lies.
      const { display } = opened.use(await startXvfb(processes, { screen: '1440x810x24' }));
      await startClient(processes, display, 'openbox', []);
      const clock = opened.use(await showClock(display));
      sound = opened.use(await startPulseAudio(processes));
      studio = opened.use(await open({ display, environment: sound.environment, top: clock.height }));
      ({ page } = studio);
      viewerBrowser = opened.adopt(await launchChromium(), (browser) => browser.close());
      players = opened.use(await openPlayerPages());
    });

    after(async () => await opened.disposeAsync());

    test('the page opens with an invitation to choose what to show', { skip }, async () => {
      await page.getByRole('heading', { name: 'Choose what to show' }).waitFor();
      assert.equal(await page.getByRole('button', { name: 'Go live' }).isDisabled(), true);
    });

    test('the screen and a microphone are chosen, and picture and level are seen', { skip }, async () => {
      await page.getByRole('button', { name: 'Choose a source' }).click();
      const dialog = page.getByRole('dialog');
      for (const kind of ['Screen', 'Microphone']) {
        await dialog.getByRole('button', { name: new RegExp(`^${kind}`) }).click();
        await dialog.getByRole('button', { name: 'Add', exact: true }).click();
        await dialog.getByText('In use').waitFor();
      }
      await dialog.getByRole('button', { name: 'Done' }).click();

      // Something of the screen is in the preview: it is not one colour.
      await page.waitForFunction(() => {
        const canvas = document.querySelector<HTMLCanvasElement>('.programme__canvas');
        const pixels = canvas?.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
        const seen = new Set<number>();
        for (let at = 0; at < pixels.length; at += 4 * 97) {
          seen.add(pixels[at] ?? 0);
        }
        return seen.size > 4;
      });
      await until('both are live', async () => {
        const { sources } = await studio.lectern.call('getStudio', {});
        const states = sources.map(({ spec, state }) => `${spec.kind} ${state}`);
        return states.join() === 'screen live,microphone live' ? true : undefined;
      });
      const meter = page.getByRole('img', { name: /^Level of (?!the programme)/ });
      assert.equal(await barOf(meter), 0, 'nobody speaks yet');
      opened.use(await playTone(processes, sound, 'headset'));
      // It is −24 dBFS on average, a little below the middle.
      await until('the level is seen', async () => {
        const bar = await barOf(meter);
        return bar > 0.4 && bar < 0.5 ? true : undefined;
      });
    });

    test('one press goes live', { skip }, async () => {
      pressedMs = Date.now();
      await page.getByRole('button', { name: 'Go live' }).click();
      await page.locator('.studio[data-phase="live"]').waitFor();
      session = await until(
        'there is a session',
        async () => (await studio.lectern.call('getStudio', {})).session,
      );
    });

    for (const [at, name] of NAMES.entries()) {
      test(`${name} plays the printed address${at === 0 ? ' within seconds' : ''}, and what was then when the viewer goes back`, {
        skip,
      }, async () => {
        const { hls, dash } = session.urls;
        const address = PLAYERS[name].format === 'm3u8-cmaf' ? hls : dash;
        // One at a time: four pages that decode are more than two cores have beside the encoder.
        await using player = await players.play(viewerBrowser, name, address);
        assert.ok(at > 0 || Date.now() - pressedMs < 15_000, `it took ${Date.now() - pressedMs} ms`);
        const { width } = await player.look();
        assert.ok(width >= 426);
        const heard = await player.page.evaluate(() => {
          const video = document.querySelector('video');
          // Chromium's own count; the only way to know from outside that sound is decoded.
          return video === null ? 0 : Number(Reflect.get(video, 'webkitAudioDecodedByteCount'));
        });
        assert.ok(heard > 0, 'no sound was decoded');

        const live = await until('there is something to go back to', async () => {
          const { time, seekable } = await player.playsOn(0.5);
          const from = seekable?.[0] ?? Infinity;
          return time - from > LEAST_WINDOW ? { time, from } : undefined;
        });
        const newest = await markedFrame(player);
        const delayMs = Date.now() - newest.burnt;
        assert.ok(delayMs > 0 && delayMs < LIVE_DELAY_MS, `${delayMs} ms behind`);

        await player.seek(Math.max(live.from + 0.5, live.time - 8));
        await player.playsOn(0.5);
        const then = await markedFrame(player);

        const mediaStep = newest.mediaTime - then.mediaTime;
        const pictureStep = (newest.burnt - then.burnt) / 1000;
        assert.ok(mediaStep > 1, `it did not go back: ${mediaStep} s`);
        assert.ok(
          Math.abs(mediaStep - pictureStep) < CAPTURE_SECONDS,
          `${mediaStep} s of time, ${pictureStep} s of picture`,
        );
      });
    }

    test('the watch page plays it to whoever has the link', { skip }, async () => {
      const watch = await viewerBrowser.newPage({ viewport: { width: 390, height: 844 } });
      const errors: string[] = [];
      watch.on('pageerror', (error) => errors.push(error.message));
      await watch.goto(session.urls.watch);

      await watch.waitForFunction(
        () =>
          (document.querySelector('video')?.currentTime ?? 0) > 0 &&
          (document.querySelector('video')?.videoWidth ?? 0) > 0,
      );
      await watch.close();

      assert.deepEqual(errors, []);
    });

    test('holding the end button ends it, and the recording is in the archive and plays there', {
      skip,
    }, async () => {
      await page.getByRole('button', { name: 'Hold to end' }).hover();
      await page.mouse.down();
      await page.getByRole('button', { name: /^Undo/ }).waitFor();
      await page.mouse.up();
      await page.locator('.studio[data-phase="off-air"]').waitFor({ timeout: 15_000 });

      await page.getByRole('link', { name: 'Archive' }).click();
      const card = page.getByRole('listitem').filter({ hasText: 'Verified' });
      await card.getByRole('link').click();
      const [asset] = (await studio.lectern.call('listAssets', {})).value;
      assert.equal(asset?.state, 'ready');
      await page.getByRole('button', { name: /^Play/ }).click();
      await page.waitForFunction(() => (document.querySelector('video')?.currentTime ?? 0) > 0.5);
    });

    test('the recording is saved as an MP4 that any player takes', { skip }, async () => {
      await page.getByRole('button', { name: 'Save as a file' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
      await page.getByText('Checked and ready').waitFor({ timeout: 30_000 });
      const saved = await studio.takeExport();

      const [asset] = (await studio.lectern.call('listAssets', {})).value;
      assert.ok(asset);
      const { codecs, starts, seconds } = await ffprobe(saved);
      assert.deepEqual(codecs, ['video h264', 'audio aac']);
      assert.ok(Math.abs((starts[0] ?? 9) - (starts[1] ?? 0)) < 0.05, `A/V start ${starts.join()}`);
      // On a computer that is busy with other things there may be gaps; the file keeps to the clock.
      const span = asset.gaps.reduce((sum, { duration }) => sum + duration, asset.duration);
      assert.ok(Math.abs((seconds ?? 0) - span) < 0.2, `${String(seconds)} s of ${span} s`);
    });

    test('the page had nothing to complain about', { skip }, () => {
      assert.deepEqual(studio.complaints, []);
    });
  });
}

/** The next picture whose clock can be read: the capture may have got one while it was drawn. */
async function markedFrame(player: PlayerPage): Promise<{ readonly mediaTime: number; readonly burnt: number }> {
  return await until('a picture says its time', async () => {
    const { mediaTime, burnt } = await player.nextFrame();
    return burnt === undefined ? undefined : { mediaTime, burnt };
  });
}

/** How much of a level meter its bar covers, 0 to 1, as it is painted. */
async function barOf(meter: Locator): Promise<number> {
  return await meter.evaluate((canvas) => {
    if (!(canvas instanceof HTMLCanvasElement)) {
      return NaN;
    }
    const row = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, 1).data ?? [];
    const colours = Array.from({ length: canvas.width }, (_, x) => row.slice(4 * x, 4 * x + 3).join());
    // What the right end is painted with is no bar; the lines of the scale and of the peak are in another colour than both.
    return colours[0] === colours.at(-1) ? 0 : (colours.lastIndexOf(colours[0] ?? '') + 1) / canvas.width;
  });
}
