import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { noChromium } from '../support/browser.ts';
import { type LiveWindow, openLiveWindow } from '../support/live-window.ts';
import { missingPrograms } from '../support/real-ffmpeg.ts';
import { playTone } from '../support/sound-server.ts';
import { type Session, until } from '../support/studio-stage.ts';
import { studioWindows } from '../support/studio-window.ts';
import { stretchesOf } from '../support/viewed-stream.ts';
import { eachPicture, SOUND_RATE, type Viewed, viewedSound, viewedTracks } from '../support/viewed-tracks.ts';

// Sound is set by key in the window, and what came of it is heard in what viewers get.

const skip = noChromium || missingPrograms('ffmpeg', 'Xvfb', 'openbox', 'pulseaudio');

/** Flash and beep of the test source are made for the same moment; what is less is how a threshold finds the beginning of a beep. */
const TOGETHER_MS = 5;
const DELAY_MS = 150;

/** Of the microphone: at its peaks. */
const TONE = { db: -21, amplitude: 10 ** (-21 / 20) };
/** What a page key does to the gain. */
const PAGE_DB = 8;
/** A decibel is heard by nobody; the codec alone makes a few hundredths. */
const LEVEL_DB = 0.5;
const SILENCE_DB = -80;
/** How much the sound may change from one sample to the next: the tone does by 0.005; a mute without a ramp by as much as it is loud, 0.09. */
const MOST_STEP = 0.01;
/**
 * How much its slope may. The tone by itself, with what the codec adds, comes to 0.00035, and one that begins without a ramp to 0.004, wherever in
 * its wave that is.
 */
const MOST_BEND = 0.001;
/**
 * On a computer that is busy with other things a microphone itself comes too late now and then, and breaks off for a moment, which is faded; what is
 * done by a key is done every time.
 */
const MOST_TRIES = 3;
/** From a key to what is heard of it: a press in the page, a request, a ramp. It takes 0.1 s, on a busy computer several times that. */
const HEARD_WITHIN_MS = 1000;
/** So much earlier than the key: what is on its way through the mixer when it is pressed was captured before, and its time is told to windows of 5 ms. */
const MIXING_MS = 100;
/** For how long each setting is heard, and from when on behind its answer it is what it is: a ramp, and what the mixer has made already. */
const HEARD_MS = 1000;
const SETTLED_MS = 400;
/** More than two waves of the tone: no gap that is longer than this is overlooked, and shorter ones are clicks. */
const WINDOW = SOUND_RATE / 200;

for (const { name: windowName, open } of studioWindows()) {
  describe(`in ${windowName}`, () => {
    let live: LiveWindow;
    let session: Session;
    const opened = new AsyncDisposableStack();

    before(async () => {
      if (skip !== false) {
        return;
      }
      live = opened.use(await openLiveWindow(open));
      await live.useTestPicture();
      await live.addSource({ kind: 'Microphone' });
      session = await live.goLive();
    });

    after(async () => await opened.disposeAsync());

    /** What viewers get from a time to now. */
    async function viewedSince(fromMs: number): Promise<Viewed> {
      const viewed = await viewedTracks(session.urls.hls, { fromMs, toMs: Date.now() }, live.folder);
      assert.deepEqual([viewed.video.breaks, viewed.audio.breaks], [[], []]);
      return viewed;
    }

    test('flash and beep are at the same time, by the clock and for players that know none', {
      skip,
    }, async () => {
      await wait(3000);
      const { video, audio } = await viewedSince(0);
      const apart = await beepsBehindFlashes({ video, audio });

      assert.ok(apart.length >= 3, `${apart.length} flashes`);
      assert.ok(
        apart.every((ms) => Math.abs(ms) < TOGETHER_MS),
        `the beeps are ${apart.join(', ')} ms behind the flashes`,
      );
      // Whole ms are what the playlists say it in.
      assert.ok(Math.abs(video.epochMs - audio.epochMs) <= 1, `${video.epochMs} and ${audio.epochMs}`);
    });

    test('a delay that is typed is heard, to the millisecond, and gone again without it', { skip }, async () => {
      const { page } = live;
      await page.getByRole('button', { name: 'More for Test picture' }).press('Enter');
      const delay = page
        .getByRole('group', { name: 'More for Test picture' })
        .getByRole('textbox', { name: 'Delay' });
      async function apartWith(ms: number): Promise<readonly number[]> {
        await delay.fill(String(ms));
        await delay.press('Enter');
        await wait(SETTLED_MS);
        const fromMs = Date.now();
        await wait(2000);
        return await beepsBehindFlashes(await viewedSince(fromMs), fromMs);
      }

      const [delayed, again] = [await apartWith(DELAY_MS), await apartWith(0)];

      for (const [apart, wanted] of [
        [delayed, DELAY_MS],
        [again, 0],
      ] as const) {
        assert.ok(
          apart.length > 0 && apart.every((ms) => Math.abs(ms - wanted) < TOGETHER_MS),
          `${apart.join(', ')} ms instead of ${wanted}`,
        );
      }
      await page.getByRole('button', { name: 'More for Test picture' }).press('Enter');
    });

    test('mute and gain are heard as they are set, without a click and without a gap', { skip }, async () => {
      await live.page.getByRole('button', { name: 'Mute Test picture' }).press('Enter');
      await using _tone = await playTone(live.processes, live.sound, 'headset');
      // It begins, at once and with a click, when its program has started.
      await until('the tone is there', async () => {
        const { levels } = await live.lectern.call('getSound', {});
        return levels.some(({ peakDb }) => Math.abs(peakDb - TONE.db) < LEVEL_DB) ? true : undefined;
      });
      await wait(HEARD_MS);

      const tries: Tried[] = [];
      while (!tries.some(isUnbroken) && tries.length < MOST_TRIES) {
        tries.push(await setAndHear());
      }

      const told = JSON.stringify(tries);
      assert.ok(
        tries.every(({ step }) => step < MOST_STEP),
        `it clicked: ${told}`,
      );
      const whole = tries.find(isUnbroken);
      assert.ok(whole !== undefined, `it clicked or broke off: ${told}`);
      for (const { what, heardDb, wantedDb } of whole.levels) {
        assert.ok(
          wantedDb === undefined ? heardDb < SILENCE_DB : Math.abs(heardDb - wantedDb) < LEVEL_DB,
          `${what}: ${heardDb} dBFS instead of ${wantedDb}`,
        );
      }
      assert.ok(
        whole.lateMs.every((late) => late > -MIXING_MS && late < HEARD_WITHIN_MS),
        `heard ${whole.lateMs.join(', ')} ms after the keys`,
      );
      assert.deepEqual(live.complaints, []);
    });

    /** Sets all there is to set with keys, one behind the other, and hears what viewers hear of it. */
    async function setAndHear(): Promise<Tried> {
      const { page, lectern } = live;
      const toggle = (label: 'Mute' | 'Unmute') => page.getByRole('button', { name: `${label} Headset` });
      const gain = page.getByRole('slider', { name: 'Gain of Headset' });
      const steps: readonly Step[] = [
        { what: 'as it comes', muted: false, gainDb: 0, act: () => Promise.resolve() },
        { what: 'muted by S', muted: true, gainDb: 0, act: () => live.press('s') },
        { what: 'opened by S', muted: false, gainDb: 0, act: () => live.press('s') },
        { what: 'turned down', muted: false, gainDb: -PAGE_DB, act: () => gain.press('PageDown') },
        { what: 'muted', muted: true, gainDb: -PAGE_DB, act: () => toggle('Mute').press('Enter') },
        { what: 'opened', muted: false, gainDb: -PAGE_DB, act: () => toggle('Unmute').press('Enter') },
        { what: 'turned up', muted: false, gainDb: 0, act: () => gain.press('PageUp') },
      ];
      const fromMs = Date.now();
      const done: (Step & { readonly pressedMs: number; readonly setMs: number })[] = [];
      for (const step of steps) {
        const pressedMs = Date.now();
        await step.act();
        await until(step.what, async () => {
          const { audio } = await lectern.call('getStudio', {});
          const input = audio.find(({ label }) => label === 'Headset');
          return input?.muted === step.muted && input.gainDb === step.gainDb ? true : undefined;
        });
        done.push({ ...step, pressedMs, setMs: Date.now() });
        await wait(HEARD_MS);
      }
      const toMs = Date.now();
      const { startMs, pcm } = await viewedSound((await viewedSince(fromMs)).audio);
      const between = (from: number, to: number): Float32Array =>
        pcm.subarray(...[from, to].map((ms) => Math.round(((ms - startMs) * SOUND_RATE) / 1000)));

      const all = between(fromMs, toMs);
      const heard = stretchesOf(loudness(all), WINDOW / SOUND_RATE);
      let changeMs = fromMs;
      return {
        levels: done.map(({ what, muted, gainDb, setMs }) => ({
          what,
          heardDb: levelDb(between(setMs + SETTLED_MS, setMs + HEARD_MS - MIXING_MS)),
          wantedDb: muted ? undefined : TONE.db + gainDb,
        })),
        ...steepest(all),
        kinds: heard.map(({ kind }) => kind).join(),
        lateMs: done
          .filter(({ muted }, index) => index > 0 && muted !== done[index - 1]?.muted)
          .map(({ pressedMs }, index) => {
            changeMs += 1000 * (heard[index]?.seconds ?? NaN);
            return Math.round(changeMs - pressedMs);
          }),
      };
    }
  });
}

type Step = {
  readonly what: string;
  readonly muted: boolean;
  readonly gainDb: number;
  readonly act: () => Promise<unknown>;
};

type Tried = {
  readonly levels: readonly {
    readonly what: string;
    readonly heardDb: number;
    /** Undefined is silence. */
    readonly wantedDb: number | undefined;
  }[];
  readonly step: number;
  readonly bend: number;
  readonly bendMs: number;
  readonly kinds: string;
  /** Of each mute and its end, behind its key. */
  readonly lateMs: readonly number[];
};

/** By how many ms each beep of the test source is behind its flash, or the next one if there is none before it. */
async function beepsBehindFlashes({ video, audio }: Viewed, fromMs = 0): Promise<readonly number[]> {
  const { width, height } = video;
  const pictures = await eachPicture(video, ({ timeMs, bytes }) => ({
    timeMs,
    // A place in the blue bar, which is dark but in the flash.
    isBright: (bytes[Math.floor(height * 0.28) * width + Math.floor(width * 0.97)] ?? 0) > 150,
  }));
  const flashes = pictures.filter(({ isBright }, index) => isBright && pictures[index - 1]?.isBright === false);
  const { startMs, pcm } = await viewedSound(audio);
  const beeps: number[] = [];
  let quiet = 0;
  pcm.forEach((value, index) => {
    const isLoud = Math.abs(value) > 0.03;
    // A tenth of a second: of what is cut at its beginning nobody knows where it began.
    if (isLoud && quiet > SOUND_RATE / 10) {
      beeps.push(startMs + (index * 1000) / SOUND_RATE);
    }
    quiet = isLoud ? 0 : quiet + 1;
  });
  const endMs = startMs + (pcm.length * 1000) / SOUND_RATE;
  // The sound of the last one may not be there yet.
  return flashes
    .filter(({ timeMs }) => timeMs > Math.max(startMs + 200, fromMs) && timeMs < endMs - 500)
    .map(({ timeMs }) => (beeps.find((beep) => beep > timeMs - 100) ?? Infinity) - timeMs);
}

/** How loud a tone is at its peaks, in dBFS, whatever its pitch: a microphone that comes too fast or too slow is drawn level by a few cents. */
function levelDb(samples: Float32Array): number {
  const square = samples.reduce((sum, value) => sum + value ** 2, 0) / samples.length;
  return 10 * Math.log10(2 * square + 1e-12);
}

/** The most that the sound changes from one sample to the next, and the most that its slope does: a tone bends slowly, a click at once. */
function steepest(samples: Float32Array): {
  readonly step: number;
  readonly bend: number;
  readonly bendMs: number;
} {
  let [step, bend, bendMs] = [0, 0, 0];
  for (let index = 2; index < samples.length; index += 1) {
    const [before = 0, last = 0, value = 0] = samples.subarray(index - 2, index + 1);
    step = Math.max(step, Math.abs(value - last));
    if (Math.abs(value - 2 * last + before) > bend) {
      [bend, bendMs] = [Math.abs(value - 2 * last + before), (index * 1000) / SOUND_RATE];
    }
  }
  return { step, bend, bendMs };
}

function isUnbroken({ bend, kinds }: Tried): boolean {
  return bend < MOST_BEND && kinds === 'tone,silence,tone,silence,tone';
}

/** Whether anything is heard in each window. */
function loudness(samples: Float32Array): readonly ('tone' | 'silence')[] {
  return Array.from({ length: Math.floor(samples.length / WINDOW) }, (_, index) => {
    const peak = samples
      .subarray(index * WINDOW, (index + 1) * WINDOW)
      .reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    // A third of the tone when it is turned down.
    return peak > TONE.amplitude / 8 ? 'tone' : 'silence';
  });
}
