import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Samples per second of what is decoded here. */
export const TONE_RATE = 48_000;

/** Writes a file that sounds of one tone, at −18 dBFS. */
export async function writeTone(path: string, hertz: number, seconds: number): Promise<void> {
  const source = `sine=frequency=${hertz}:sample_rate=${TONE_RATE}:duration=${seconds}`;
  await run('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', source, '-ac', '2', path], { timeout: 60_000 });
}

/** The left channel of a track of sound, −1…1, from the beginning of the file on: what is before the track is silent. */
export async function decodeSound(path: string, track = 0): Promise<Float32Array> {
  const { stdout } = await run(
    'ffmpeg',
    [
      '-v',
      'error',
      '-i',
      path,
      '-map',
      `0:a:${track}`,
      '-af',
      'aresample=async=1:first_pts=0,pan=mono|c0=c0',
    ].concat(['-ar', String(TONE_RATE), '-f', 'f32le', '-']),
    { timeout: 60_000, encoding: 'buffer', maxBuffer: 256 * 1024 * 1024 },
  );
  return new Float32Array(stdout.buffer.slice(stdout.byteOffset, stdout.byteOffset + (stdout.length & ~3)));
}

/** A tenth of a second: of tones of whole tens of hertz a whole number of waves. */
const PART = TONE_RATE / 10;

/** How loud one tone is in a stretch of sound, in dBFS: in the middle one of its tenths of a second, so that a break in the playing does not count. */
export function toneDb(samples: Float32Array, hertz: number): number {
  const parts = Array.from({ length: Math.floor(samples.length / PART) }, (_, index) =>
    partDb(samples.subarray(index * PART, (index + 1) * PART), hertz),
  );
  return parts.toSorted((a, b) => a - b)[Math.floor(parts.length / 2)] ?? Number.NEGATIVE_INFINITY;
}

/** Goertzel. */
function partDb(samples: Float32Array, hertz: number): number {
  const turn = (2 * Math.PI * hertz) / TONE_RATE;
  let [one, two] = [0, 0];
  for (const sample of samples) {
    [one, two] = [sample + 2 * Math.cos(turn) * one - two, one];
  }
  const power = one * one + two * two - 2 * Math.cos(turn) * one * two;
  return 20 * Math.log10((2 * Math.sqrt(Math.max(power, 1e-20))) / samples.length);
}

/** Largest sample. */
export function peakOf(samples: Float32Array): number {
  return samples.reduce((peak, sample) => Math.max(peak, Math.abs(sample)), 0);
}

/** By how many samples, between −`most` and `most`, `b` has to be moved for the least of `a` to be left when it is taken away. */
export function offsetBetween(a: Float32Array, b: Float32Array, most: number): number {
  let best = { offset: 0, left: Number.POSITIVE_INFINITY };
  for (let offset = -most; offset <= most; offset += 1) {
    let left = 0;
    for (let i = most; i < Math.min(a.length, b.length) - most; i += 1) {
      left += ((a[i] ?? 0) - (b[i + offset] ?? 0)) ** 2;
    }
    if (left < best.left) {
      best = { offset, left };
    }
  }
  return best.offset;
}
