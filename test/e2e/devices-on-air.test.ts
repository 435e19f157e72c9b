import assert from 'node:assert/strict';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import type { Locator } from 'playwright';
import { decodeMark } from '../../src-main/shared/test-mark.ts';
import { noChromium } from '../support/browser.ts';
import { descendants } from '../support/descendants.ts';
import { LONGEST_STILL_MS, longestStillMs, makeCamera, showsCamera } from '../support/fake-camera.ts';
import { type LiveWindow, openLiveWindow } from '../support/live-window.ts';
import { missingPrograms } from '../support/real-ffmpeg.ts';
import { playTone } from '../support/sound-server.ts';
import { type Session, until } from '../support/studio-stage.ts';
import { studioWindows } from '../support/studio-window.ts';
import { stretchesOf, tonesOf } from '../support/viewed-stream.ts';
import {
  eachPicture,
  meanLuma,
  type Point,
  pixelAt,
  type ViewedPicture,
  type ViewedTrack,
  viewedSound,
  viewedTracks,
} from '../support/viewed-tracks.ts';

// A camera or a microphone fails while viewers watch it: what the presenter reads in the window, and what viewers get meanwhile. What else is on air is the test
// source, whose every picture says when it was made, and which beeps each second.

const skip =
  process.platform === 'linux'
    ? noChromium || missingPrograms('ffmpeg', 'Xvfb', 'openbox', 'pulseaudio', 'pactl')
    : 'needs Linux';

/** The camera is there in both of the scenes. */
const CAMERA_AT: Point = [0.84, 0.78];
/**
 * A second, and what is on its way when a camera stops: a picture that was captured and one that is due, a tick of the mixer, and on a busy computer
 * the turn of a process.
 */
const SLATE_WITHIN_MS = 1000 + 200;
/** As in its playlist, in whole ms; pictures are 33 ms apart. */
const MARK_MS = 2;
const BEEP = 1000;
/** Of what is said into the microphone; far enough from the beeps to be told. */
const TONE = 440;
const LEVEL_MS = 50;
/** In the window: a second until it is lost, and a second for the news of it. */
const TOLD_WITHIN_MS = 5000;
/** The watchdog gives up a process that is silent after 3 s, and begins another. */
const BACK_WITHIN_MS = 15_000;

type Look = {
  readonly timeMs: number;
  readonly shown: 'camera' | 'slate' | 'other';
  readonly level: number;
  readonly madeMs: number | undefined;
};

for (const { name: windowName, open } of studioWindows()) {
  describe(`in ${windowName}`, () => {
    let live: LiveWindow;
    let session: Session;
    let file: string;
    let card: Locator;
    const opened = new AsyncDisposableStack();

    before(async () => {
      if (skip !== false) {
        return;
      }
      live = opened.use(await openLiveWindow(open));
      file = join(live.folder, 'camera.mp4');
      await makeCamera(file);
      await live.useTestPicture();
      await live.addSource({ file });
      card = live.page.getByRole('radio', { name: /^camera\.mp4/ });
      session = await live.goLive();
    });

    after(async () => await opened.disposeAsync());

    const capture = (): number =>
      descendants(process.pid).findLast(({ command }) => command.includes(file))?.pid ?? NaN;
    const cardSays = async (state: 'Lost' | 'live'): Promise<void> => {
      const words = card.getByText(/^(?:Starting|Still|Lost|Failed)$/);
      await (state === 'live'
        ? words.waitFor({ state: 'detached', timeout: BACK_WITHIN_MS })
        : words.filter({ hasText: state }).waitFor({ timeout: TOLD_WITHIN_MS }));
    };
    /** What viewers get from a time to now. */
    async function seenSince(
      fromMs: number,
    ): Promise<{ readonly pictures: readonly Look[]; readonly audio: ViewedTrack }> {
      const { video, audio } = await viewedTracks(session.urls.hls, { fromMs, toMs: Date.now() }, live.folder);
      assert.deepEqual([video.breaks, audio.breaks], [[], []]);
      const pictures = await eachPicture(video, lookAt);
      return { pictures: pictures.filter(({ timeMs }) => timeMs >= fromMs), audio };
    }

    test('one that stalls says so on its card, is gone from the picture within a second, and comes back by itself; the other source never notices', {
      skip,
    }, async () => {
      const fromMs = Date.now();
      await live.press('3');
      await wait(1500);
      process.kill(capture(), 'SIGSTOP');
      const stalledMs = Date.now();
      await cardSays('Lost');
      await cardSays('live');
      await wait(1000);
      const { pictures, audio } = await seenSince(fromMs);

      assertFailedOnce(pictures.slice(pictures.findIndex(({ shown }) => shown === 'camera')), stalledMs);
      for (const { timeMs, madeMs } of pictures) {
        assert.ok(
          madeMs !== undefined && Math.abs(madeMs - timeMs) < MARK_MS,
          `the picture of ${timeMs} shows what was made at ${madeMs}`,
        );
      }
      const [levels = []] = await tonesOf(audio.file, [BEEP]);
      const beeps = levels.filter((level, index) => level > -40 && (levels[index - 1] ?? -99) <= -40).length;
      assert.ok(Math.abs(beeps - levels.length / 20) <= 1.5, `${beeps} beeps in ${levels.length / 20} s`);
    });

    test('one that is unplugged while it is all there is to see is replaced by the slate, says so over the picture and where the sources are, and comes back when it is plugged in', {
      skip,
    }, async () => {
      const { page } = live;
      await live.press('2');
      await wait(1000);
      const fromMs = Date.now();
      await wait(1000);
      await rename(file, `${file}.away`);
      process.kill(capture(), 'SIGKILL');
      const unpluggedMs = Date.now();
      await page.getByText('camera.mp4 is lost: viewers see the slate').waitFor({ timeout: TOLD_WITHIN_MS });
      await cardSays('Lost');
      await page.getByRole('button', { name: 'Sources', exact: true }).click();
      const row = page.getByRole('dialog').getByRole('listitem').filter({ hasText: 'camera.mp4' });
      await row.locator('.rows__fault').waitFor();
      const words = await row.innerText();
      await rename(`${file}.away`, file);
      await row.getByText('Live').waitFor({ timeout: BACK_WITHIN_MS });
      await page.getByRole('button', { name: 'Done' }).click();
      await cardSays('live');
      await page.getByText('camera.mp4 is lost').waitFor({ state: 'detached' });
      await wait(1000);
      const { pictures } = await seenSince(fromMs);

      assert.match(words, /cannot be played any more.*Lost/s);
      assertFailedOnce(pictures, unpluggedMs);
      assert.ok(
        pictures.every(({ shown }) => shown !== 'other'),
        'nothing but camera and slate was seen',
      );
    });

    test('a microphone that is unplugged says so on its strip, and what it means; it is silent within a second, and heard again when it is plugged in', {
      skip,
    }, async () => {
      const { page, lectern, sound } = live;
      await live.addSource({ kind: 'Microphone' });
      await using _tone = await playTone(live.processes, sound, 'headset');
      await until('the microphone is heard', async () => {
        const { inputs, levels } = await lectern.call('getSound', {});
        const id = inputs.find(({ label }) => label === 'Headset')?.id;
        return levels.some((level) => level.id === id && level.peakDb > -40) ? true : undefined;
      });
      const strip = page.locator('.strip', { hasText: 'Headset' });
      const fromMs = Date.now();
      await wait(1500);

      await sound.unplugMicrophone();
      const unpluggedMs = Date.now();
      await strip.getByText('Lost').waitFor({ timeout: TOLD_WITHIN_MS });
      await page.getByRole('button', { name: 'Headset is lost' }).press('Enter');
      await page.getByText('Viewers do not hear it meanwhile.').waitFor();
      await page.keyboard.press('Escape');
      await sound.plugMicrophone();
      await strip.getByText('Lost').waitFor({ state: 'detached', timeout: BACK_WITHIN_MS });
      await wait(1500);
      const { audio } = await seenSince(fromMs);
      const [levels = []] = await tonesOf(audio.file, [TONE]);
      const { startMs } = await viewedSound(audio);

      // It begins with the segment that is played then.
      const before = Math.ceil((fromMs - startMs) / LEVEL_MS);
      const heard = stretchesOf(
        levels.slice(before).map((level) => (level > -50 ? 'tone' : 'silence')),
        LEVEL_MS / 1000,
        0.3,
      );
      assert.deepEqual(
        heard.map(({ kind }) => kind),
        ['tone', 'silence', 'tone'],
        JSON.stringify(heard),
      );
      const lateMs = startMs + before * LEVEL_MS + 1000 * (heard[0]?.seconds ?? NaN) - unpluggedMs;
      assert.ok(Math.abs(lateMs) < SLATE_WITHIN_MS, `silent ${lateMs} ms after it was unplugged`);
      assert.deepEqual(live.complaints, []);
    });
  });
}

function lookAt(picture: ViewedPicture): Look {
  const { timeMs, bytes, width, height } = picture;
  return {
    timeMs,
    // The slate is dark all over, also where a test picture is bright.
    shown: showsCamera(picture, CAMERA_AT) ? 'camera' : meanLuma(picture) < 60 ? 'slate' : 'other',
    level: pixelAt(picture, CAMERA_AT).y,
    madeMs: decodeMark(bytes, width, height)?.utcMs,
  };
}

/** It went once, and was back; it stood still only before it went, and no longer than it may. */
function assertFailedOnce(pictures: readonly Look[], failedMs: number): void {
  const went = pictures.findIndex(({ shown }) => shown !== 'camera');
  const back = pictures.findLastIndex(({ shown }) => shown !== 'camera') + 1;
  const [goneMs, backMs] = [pictures[went]?.timeMs ?? NaN, pictures[back]?.timeMs ?? NaN];
  assert.ok(went > 0 && back < pictures.length, `gone at ${goneMs}, back at ${backMs}`);
  assert.ok(
    pictures.slice(went, back).every(({ shown }) => shown !== 'camera'),
    'it was not seen in between',
  );
  assert.ok(goneMs - failedMs < SLATE_WITHIN_MS, `seen for ${goneMs - failedMs} ms more`);
  assert.ok(longestStillMs(pictures.slice(0, went)) < SLATE_WITHIN_MS);
  assert.ok(longestStillMs(pictures.slice(back)) < LONGEST_STILL_MS);
}
