import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

const RATE = 48_000;
const STEP_SECONDS = 0.05;

async function decode(args: readonly string[]): Promise<Buffer> {
  const { stdout } = await run('ffmpeg', ['-v', 'error', ...args, '-'], {
    encoding: 'buffer',
    timeout: 60_000,
    maxBuffer: 256 * 1024 * 1024,
  });
  return stdout;
}

/** The mean brightness of each picture that viewers got, in order, 0…255. */
export async function brightnessOf(url: string): Promise<readonly number[]> {
  const size = ['-vf', 'scale=16:16:flags=area:out_range=full,format=gray,scale=1:1:flags=area'];
  return [...(await decode(['-i', url, '-map', '0:v:0', '-fps_mode', 'passthrough', ...size, '-f', 'rawvideo']))];
}

/** How strong a tone of each of these frequencies was in what viewers heard, in dBFS, for each twentieth of a second. */
export async function tonesOf(
  url: string,
  frequencies: readonly number[],
): Promise<readonly (readonly number[])[]> {
  const pcm = await decode(['-i', url, '-map', '0:a:0', '-ac', '1', '-ar', String(RATE), '-f', 's16le']);
  const samples = new Int16Array(pcm.buffer, pcm.byteOffset, pcm.length >> 1);
  const step = RATE * STEP_SECONDS;
  return frequencies.map((hertz) =>
    Array.from({ length: Math.floor(samples.length / step) }, (_, index) =>
      toneLevel(samples.subarray(index * step, (index + 1) * step), hertz),
    ),
  );
}

/** Goertzel. */
function toneLevel(samples: Int16Array, hertz: number): number {
  const factor = 2 * Math.cos((2 * Math.PI * hertz) / RATE);
  let before = 0;
  let last = 0;
  for (const sample of samples) {
    const next = sample / 32_768 + factor * last - before;
    before = last;
    last = next;
  }
  const power = last * last + before * before - factor * last * before;
  return 10 * Math.log10((4 * Math.max(0, power)) / samples.length ** 2 + 1e-12);
}

export type Stretch<K extends string> = { readonly kind: K; readonly seconds: number };

/** Neighbours of one kind as one stretch; those shorter than `leastSeconds` belong to the one before. */
export function stretchesOf<K extends string>(
  kinds: readonly K[],
  secondsEach: number,
  leastSeconds = 0,
): readonly Stretch<K>[] {
  const raw: { kind: K; seconds: number }[] = [];
  for (const kind of kinds) {
    const last = raw.at(-1);
    if (last?.kind === kind) {
      last.seconds += secondsEach;
    } else {
      raw.push({ kind, seconds: secondsEach });
    }
  }
  const joined: { kind: K; seconds: number }[] = [];
  for (const stretch of raw) {
    const last = joined.at(-1);
    if (last !== undefined && (stretch.seconds < leastSeconds || last.kind === stretch.kind)) {
      last.seconds += stretch.seconds;
    } else {
      joined.push({ ...stretch });
    }
  }
  return joined;
}
