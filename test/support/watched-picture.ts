import { readFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import type { Page } from 'playwright';

/** How the picture of a page's player fared since it was last asked. */
export type Watched = {
  /** Pictures that came onto the screen. */
  readonly frames: number;
  /** For how long the picture stood still at the longest, in seconds; moments in which the page itself got no turn do not count. */
  readonly longestStill: number;
  /** The same in seconds of media: the sound went on, the picture did not. No processor is so busy that this is its doing. */
  readonly longestWithSound: number;
  /** How often it ran dry. */
  readonly stalls: number;
  /** How old the picture is, by the clock burnt into it, in seconds; undefined while it cannot be read. */
  readonly delay: number | undefined;
  /** From the beginning of the page to its first picture, in seconds. */
  readonly firstFrame: number | undefined;
  readonly width: number;
  readonly time: number;
};

/** Of a display that gets its turns, one is no longer than this; what is longer is a processor that others keep busy. */
const LONGEST_TURN_MS = 50;

export type PictureWatch = { readonly look: () => Promise<Watched> };

/** Before the page is opened. */
export async function watchPicture(page: Page): Promise<PictureWatch> {
  const mark = stripTypeScriptTypes(
    await readFile(join(import.meta.dirname, '../../src-main/shared/test-mark.ts'), 'utf8'),
  ).replaceAll(/^export /gm, '');
  await page.addInitScript(`(() => {
    ${mark}
    const canvas = document.createElement('canvas');
    let video, firstFrame, frames = 0, still = 0, longestStill = 0, stalls = 0, last = performance.now();
    let withSound = 0, longestWithSound = 0, time = 0;
    function shown(now) {
      firstFrame ??= now / 1000;
      frames += 1;
      longestStill = Math.max(longestStill, still);
      longestWithSound = Math.max(longestWithSound, withSound);
      still = 0; withSound = 0;
      video.requestVideoFrameCallback(shown);
    }
    function turn(now) {
      const found = document.querySelector('video');
      if (found !== null && found !== video) {
        video = found;
        video.addEventListener('waiting', () => { if (firstFrame !== undefined && !video.seeking) stalls += 1; });
        video.requestVideoFrameCallback(shown);
      }
      if (firstFrame !== undefined && !video.paused) still += Math.min(now - last, ${LONGEST_TURN_MS});
      const step = (video?.currentTime ?? 0) - time;
      // A jump is no playing.
      if (firstFrame !== undefined && step > 0 && step < 1 && !video.seeking) withSound += step;
      time = video?.currentTime ?? 0;
      last = now;
      requestAnimationFrame(turn);
    }
    requestAnimationFrame(turn);
    function delay() {
      if (!(video?.videoWidth > 0)) return undefined;
      canvas.width = 640; canvas.height = 360;
      const context = canvas.getContext('2d', { willReadFrequently: true });
      context.drawImage(video, 0, 0, 640, 360);
      const burnt = decodeMark(context.getImageData(0, 0, 640, 360).data, 640, 360)?.utcMs;
      return burnt === undefined ? undefined : (Date.now() - burnt) / 1000;
    }
    window.watched = () => {
      const answer = { frames, longestStill: Math.max(longestStill, still) / 1000,
        longestWithSound: Math.max(longestWithSound, withSound), stalls, delay: delay(), firstFrame,
        width: video?.videoWidth ?? 0, time: video?.currentTime ?? 0 };
      frames = 0; longestStill = 0; longestWithSound = 0; stalls = 0;
      return answer;
    };
  })()`);
  return { look: async (): Promise<Watched> => await page.evaluate('window.watched()') };
}
