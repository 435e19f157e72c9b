import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type Point, pixelAt, type ViewedPicture } from './viewed-tracks.ts';

const run = promisify(execFile);

/**
 * A camera is a file here, played over and over: red all over, no picture of it as bright as the one before, and none as dark as the slate.
 */
export async function makeCamera(path: string): Promise<void> {
  const levels = "geq=lum='110+mod(N*11,60)':cb=110:cr=200";
  const picture = `color=c=gray:size=320x180:rate=30:duration=6,${levels}`;
  await run('ffmpeg', [
    '-v',
    'error',
    '-f',
    'lavfi',
    '-i',
    picture,
    '-c:v',
    'libx264',
    '-preset',
    'ultrafast',
    path,
  ]);
}

/** Whether it is the camera that is seen there. Nothing of the slate is as red; of the test picture only what lies in its upper part. */
export function showsCamera(picture: ViewedPicture, at: Point): boolean {
  return pixelAt(picture, at).v > 170;
}

/** A camera that stands still for longer is said to do so; 30 pictures a second come, on another clock than that of the programme. */
export const LONGEST_STILL_MS = 500;

/** For how long it stood still at the longest, by how bright it was in each of its pictures. */
export function longestStillMs(pictures: readonly { readonly timeMs: number; readonly level: number }[]): number {
  let [sinceMs, before, longest] = [NaN, NaN, 0];
  for (const { timeMs, level } of pictures) {
    // They are eleven apart.
    if (!(Math.abs(level - before) < 4)) {
      [sinceMs, before] = [timeMs, level];
    }
    longest = Math.max(longest, timeMs - sinceMs);
  }
  return longest;
}
