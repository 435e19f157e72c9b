import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { decodeMark } from '../../src-main/shared/test-mark.ts';
import { noChromium } from '../support/browser.ts';
import { LONGEST_STILL_MS, longestStillMs, makeCamera, showsCamera } from '../support/fake-camera.ts';
import { type LiveWindow, openLiveWindow } from '../support/live-window.ts';
import { missingPrograms } from '../support/real-ffmpeg.ts';
import type { Session } from '../support/studio-stage.ts';
import { studioWindows } from '../support/studio-window.ts';
import { eachPicture, meanLuma, pixelAt, type ViewedPicture, viewedTracks } from '../support/viewed-tracks.ts';

// Scenes are changed by key in the window, and what is said of them is read from the pictures that viewers get: those of the test source say
// when they were made, and those of the camera are red.

const skip = noChromium || missingPrograms('ffmpeg', 'Xvfb', 'openbox', 'pulseaudio');

/** How long each scene is looked at. */
const SCENE_MS = 1200;
/**
 * From the key to the first picture of its scene: a press in the page, a request, and the next picture of the mixer. It takes 0.1 s, and 0.3 s on a
 * busy computer; half of a group of pictures is what is allowed, so that no viewer waits for another key frame because of it.
 */
const SEEN_WITHIN_MS = 1000;
/** On average over a picture: television's black is 16, the slate 43. */
const LEAST_LUMA = 30;
/** As the mark says it in whole ms, and the playlist in whole ms for the first of a segment; pictures are 33 ms apart. */
const MARK_MS = 2;

/** Places by which scenes are told, where the test picture is grey; and one that a name covers. 0…1 of width and height. */
const PLACES = { inset: [0.84, 0.78], right: [0.53, 0.69], all: [0.03, 0.83] } as const;
const NAMED = [0.3, 0.9] as const;
const SCENES = new Map([
  ['inset right all', 'camera'],
  ['inset', 'picture in picture'],
  ['right', 'side by side'],
]);

type Look = {
  readonly timeMs: number;
  readonly scene: string;
  readonly luma: number;
  /** How bright the camera is, where it is all there is. */
  readonly level: number;
  /** What the test picture says of when it was made; undefined where there is none. */
  readonly madeMs: number | undefined;
  readonly hasName: boolean;
};

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
      const { page } = live;
      const camera = join(live.folder, 'camera.mp4');
      await makeCamera(camera);
      await live.useTestPicture();
      await live.addSource({ file: camera });
      await page.getByRole('button', { name: 'Scenes', exact: true }).click();
      await page.getByRole('tab', { name: 'Logo and names' }).click();
      await page.getByLabel('Name', { exact: true }).fill('Dr. Maria Müller');
      await page.getByRole('button', { name: 'Use these words' }).click();
      await page.getByRole('button', { name: 'Done' }).click();
      session = await live.goLive();
      await wait(SCENE_MS);
    });

    after(async () => await opened.disposeAsync());

    /** What viewers see from before the first of these keys on, each a while behind the one before. */
    async function seenAfter(keys: readonly string[]): Promise<Seen> {
      const pressed: number[] = [];
      for (const key of keys) {
        pressed.push(await live.press(key));
        await wait(SCENE_MS);
      }
      const fromMs = (pressed[0] ?? 0) - 100;
      const { video, audio } = await viewedTracks(session.urls.hls, { fromMs, toMs: Date.now() }, live.folder);
      const pictures = await eachPicture(video, lookAt);
      return { pressed, pictures, breaks: [...video.breaks, ...audio.breaks] };
    }

    test('each scene is seen soon after its key, with nothing in between, no picture black, and none twice', {
      skip,
    }, async () => {
      const { pressed, pictures, breaks } = await seenAfter(['2', '3', '4', '0', '1']);

      assert.deepEqual(breaks, []);
      const changes = changesOf(pictures, ({ scene }) => scene);
      assert.deepEqual(
        changes.map(({ scene }) => scene),
        ['camera', 'picture in picture', 'side by side', 'slate', 'test picture'],
      );
      assertSoonAfter(pressed, changes);
      for (const { timeMs, scene, luma, madeMs } of pictures) {
        assert.ok(luma > LEAST_LUMA, `a picture of ${luma} at ${timeMs}`);
        if (scene !== 'camera' && scene !== 'slate') {
          assert.ok(
            madeMs !== undefined && Math.abs(madeMs - timeMs) < MARK_MS,
            `${scene} of ${timeMs} shows what was made at ${madeMs}`,
          );
        }
      }
      const ofCamera = pictures.filter(({ scene }) => scene === 'camera');
      assert.ok(ofCamera.length > SCENE_MS / 50, `${ofCamera.length} pictures of the camera`);
      assert.ok(longestStillMs(ofCamera) < LONGEST_STILL_MS, `it stood still for ${longestStillMs(ofCamera)} ms`);
    });

    test('a name lies on the picture from its key on until the next press, and the picture goes on below', {
      skip,
    }, async () => {
      await live.press('2');
      await wait(SCENE_MS);
      const { pressed, pictures, breaks } = await seenAfter(['l', 'l']);

      assert.deepEqual(breaks, []);
      const shown = pictures.slice(pictures.findLastIndex(({ scene }) => scene !== 'camera') + 1);
      const changes = changesOf(shown, ({ hasName }) => hasName);
      assert.deepEqual(
        changes.map(({ hasName }) => hasName),
        [true, false],
      );
      assertSoonAfter(pressed, changes);
      assert.ok(longestStillMs(shown) < LONGEST_STILL_MS, `it stood still for ${longestStillMs(shown)} ms`);
    });

    test('from the beginning to now all of it came from one encoder, in which no player has to begin anew', {
      skip,
    }, async () => {
      const { encoder } = await live.lectern.call('getStudio', {});
      const { video, audio } = await viewedTracks(
        session.urls.hls,
        { fromMs: 0, toMs: Date.parse(session.startedAt) },
        live.folder,
      );
      const dash = await (await fetch(session.urls.dash)).text();

      assert.equal(encoder?.restarts, 0);
      assert.deepEqual([video.breaks, audio.breaks], [[], []]);
      assert.ok(video.samples.length > 300, `${video.samples.length} pictures`);
      assert.equal(dash.match(/<Period\b/g)?.length, 1);
      assert.deepEqual(live.complaints, []);
    });
  });
}

type Seen = {
  readonly pressed: readonly number[];
  readonly pictures: readonly Look[];
  readonly breaks: readonly string[];
};

function lookAt(picture: ViewedPicture): Look {
  const { timeMs, bytes, width, height } = picture;
  const places = Object.entries(PLACES).flatMap(([place, at]) => (showsCamera(picture, at) ? [place] : []));
  const luma = meanLuma(picture);
  // The slate is dark, also where a test picture is bright.
  const scene = SCENES.get(places.join(' ')) ?? (luma < 60 ? 'slate' : 'test picture');
  const [marked, size] = scene === 'side by side' ? [leftHalf(bytes, width, height), 0.5] : [bytes, 1];
  return {
    timeMs,
    scene,
    luma,
    level: pixelAt(picture, PLACES.all).y,
    madeMs: decodeMark(marked, width * size, height * size)?.utcMs,
    hasName: scene === 'camera' && !showsCamera(picture, NAMED),
  };
}

/** The luma of what lies in the left half, as wide for its height as all of it. */
function leftHalf(bytes: Buffer, width: number, height: number): Buffer {
  const top = height / 4;
  return Buffer.concat(
    Array.from({ length: height / 2 }, (_, line) =>
      bytes.subarray((top + line) * width, (top + line) * width + width / 2),
    ),
  );
}

/** The first pictures of something else than before. */
function changesOf(pictures: readonly Look[], kindOf: (picture: Look) => unknown): readonly Look[] {
  return pictures.filter((picture, index) => {
    const before = pictures[index - 1];
    return before !== undefined && kindOf(picture) !== kindOf(before);
  });
}

function assertSoonAfter(pressed: readonly number[], changes: readonly Look[]): void {
  const lateMs = changes.map(({ timeMs }, index) => timeMs - (pressed[index] ?? NaN));
  assert.ok(
    lateMs.every((late) => late > -34 && late < SEEN_WITHIN_MS),
    `seen ${lateMs.map(Math.round).join(', ')} ms after the keys`,
  );
}
