import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { decodeMark, markHeight } from '../../src-main/shared/test-mark.ts';
import { noChromium } from '../support/browser.ts';
import { ffprobe } from '../support/ffprobe.ts';
import { type LiveWindow, openLiveWindow } from '../support/live-window.ts';
import { missingPrograms } from '../support/real-ffmpeg.ts';
import { type Session, until } from '../support/studio-stage.ts';
import { studioWindows } from '../support/studio-window.ts';
import { eachFrame, eachPicture, viewedTracks } from '../support/viewed-tracks.ts';

// An end that is taken back, a marker and a clip, all of them by key, and what became of them, read from the pictures of the test source: each says
// when it was made. Each step needs the ones before.

const skip = noChromium || missingPrograms('ffmpeg', 'ffprobe', 'Xvfb', 'openbox', 'pulseaudio');

/** As in a playlist, in whole ms; pictures are 33 ms apart. */
const MARK_MS = 2;
const FRAME_MS = 1000 / 30;
const CLIP_MS = 15_000;
/** A clip begins with a key frame. */
const GOP_MS = 2000;
/** What comes while a clip is written goes with it: chunks of 200 ms. */
const WHILE_WRITTEN_MS = 600;
/** Sound and picture of a clip end with the chunks that were there, 200 ms each: one may be ahead of the other by one, and a frame of sound. */
const UNEVEN_MS = 250;
/** What is encoded and not yet recorded when a key is pressed: chunks of 200 ms, on a busy computer some of them, and the press itself. */
const ON_ITS_WAY_MS = 1500;
/** From the press to the request, and where a player comes to when it seeks: to a picture. */
const MARKED_WITHIN_MS = 500;
const [WIDTH, HEIGHT] = [640, 360];

for (const { name: windowName, open } of studioWindows()) {
  describe(`in ${windowName}`, () => {
    let live: LiveWindow;
    let session: Session;
    let markedMs = 0;
    let clippedMs = 0;
    const opened = new AsyncDisposableStack();

    before(async () => {
      if (skip !== false) {
        return;
      }
      live = opened.use(await openLiveWindow(open));
      await live.useTestPicture();
      session = await live.goLive();
    });

    after(async () => await opened.disposeAsync());

    test('an end that is taken back by key has left no trace in what viewers get', { skip }, async () => {
      const { page } = live;
      await wait(2500);
      await page.locator('#main').focus();
      const heldMs = Date.now();
      await page.keyboard.down('e');
      await page.locator('.studio[data-phase="ending"]').waitFor();
      await page.keyboard.up('e');
      // Most of the five seconds in which nothing has ended.
      await wait(3000);
      await live.press('u');
      await page.locator('.studio[data-phase="live"]').waitFor();
      await wait(2000);
      const { video, audio } = await viewedTracks(
        session.urls.hls,
        { fromMs: heldMs, toMs: Date.now() },
        live.folder,
      );
      const madeMs = await eachPicture(video, ({ timeMs, bytes, width, height }) => ({
        timeMs,
        madeMs: decodeMark(bytes, width, height)?.utcMs ?? NaN,
      }));

      assert.deepEqual([video.breaks, audio.breaks], [[], []]);
      assert.ok(madeMs.length > 5 * 30, `${madeMs.length} pictures`);
      const wrong = madeMs.filter((picture) => !(Math.abs(picture.madeMs - picture.timeMs) < MARK_MS));
      assert.deepEqual(wrong, []);
      const { session: now } = await live.lectern.call('getStudio', {});
      assert.deepEqual(now, session, 'it is the same broadcast');
    });

    test('the last seconds become a clip by key, which the notice leads to, and it is saved as a file of just them', {
      skip,
    }, async () => {
      const { page } = live;
      markedMs = await live.press('m');
      await page.getByText(/^Marked at/).waitFor();
      await until('there is as much as a clip is to have, and the group of pictures before', async () => {
        const { duration } = await live.lectern.call('getAsset', { params: { name: session.asset ?? '' } });
        return duration * 1000 > CLIP_MS + GOP_MS ? true : undefined;
      });
      clippedMs = await live.press('x');
      await page.getByText(/^Clip of 0:1[5-8] is in the archive/).waitFor();
      await page.getByRole('link', { name: 'Open the clip' }).click();
      await page.getByText('Verified').waitFor();
      await page.getByRole('button', { name: 'Save as a file' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
      await page.getByText('Checked and ready').waitFor({ timeout: 30_000 });
      const file = await live.takeExport();

      const { codecs, seconds = 0 } = await ffprobe(file);
      const madeMs = await marksOf(file);
      const [firstMs = NaN, lastMs = NaN] = [madeMs[0], madeMs.at(-1)];
      assert.deepEqual(codecs, ['video h264', 'audio aac']);
      // Up to the press, and for as long before as was asked.
      assert.ok(
        lastMs <= clippedMs + ON_ITS_WAY_MS && lastMs > clippedMs - ON_ITS_WAY_MS,
        `${lastMs - clippedMs}`,
      );
      const lengthMs = lastMs + FRAME_MS - firstMs;
      assert.ok(lengthMs > CLIP_MS - FRAME_MS && lengthMs < CLIP_MS + GOP_MS + WHILE_WRITTEN_MS, `${lengthMs} ms`);
      assert.ok(
        Math.abs(seconds * 1000 - lengthMs) < UNEVEN_MS,
        `${seconds} s of file, ${lengthMs} ms of picture`,
      );
      const steps = madeMs.slice(1).map((made, index) => made - (madeMs[index] ?? NaN));
      assert.ok(
        steps.every((step) => Math.abs(step - FRAME_MS) < 1),
        'no picture is missing, and none is there twice',
      );
    });

    test('the clip and the recording that goes on are in the archive, where the marker leads to the picture of its key', {
      skip,
    }, async () => {
      const { page } = live;
      await page.getByRole('link', { name: 'Archive', exact: true }).click();
      const cards = page.getByRole('listitem').filter({ has: page.getByRole('link') });
      await cards.filter({ hasText: 'Clip' }).filter({ hasText: 'Verified' }).waitFor();
      await cards.filter({ hasText: 'Recording' }).getByRole('link').click();
      await page.locator('.markers__item').click();

      const shownMs = await until('the player shows a picture of then', async () => {
        const made = await markOnPage();
        return made !== undefined && Math.abs(made - markedMs) < MARKED_WITHIN_MS ? made : undefined;
      });
      assert.ok(shownMs > markedMs - MARKED_WITHIN_MS, `${shownMs - markedMs} ms`);
      assert.deepEqual(live.complaints, []);
    });

    /** When the picture was made that the page's player shows. */
    async function markOnPage(): Promise<number | undefined> {
      const lines = markHeight(HEIGHT) + 2;
      const green = await live.page.evaluate(
        ([across, down, wanted]) => {
          const video = document.querySelector('video');
          const canvas = document.createElement('canvas');
          [canvas.width, canvas.height] = [across, down];
          const context = canvas.getContext('2d');
          if (video === null || video.videoWidth === 0 || context === null) {
            return [];
          }
          context.drawImage(video, 0, 0, across, down);
          const pixels = context.getImageData(0, 0, across, wanted).data;
          return Array.from({ length: across * wanted }, (_, index) => pixels[4 * index + 1] ?? 0);
        },
        [WIDTH, HEIGHT, lines] as const,
      );
      const luma = new Uint8Array(WIDTH * HEIGHT);
      luma.set(green);
      return decodeMark(luma, WIDTH, HEIGHT)?.utcMs;
    }
  });
}

/** When each picture of a file was made. */
async function marksOf(file: string): Promise<readonly number[]> {
  return await eachFrame(
    { file, width: WIDTH, height: HEIGHT },
    (bytes) => decodeMark(bytes, WIDTH, HEIGHT)?.utcMs ?? NaN,
  );
}
