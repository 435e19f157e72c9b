import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** What a test lets an encoder send. */
export type MediaRecipe = {
  readonly seconds: number;
  /** One video track each, key frames aligned. None: sound only. */
  readonly layers: readonly { readonly size: string; readonly kbps: number }[];
  readonly frameRate?: number;
  readonly gopSeconds?: number;
  readonly bFrames?: number;
  readonly codec?: 'libx264' | 'libx265';
  /** A clock on a pattern unless told otherwise; with `noise` over it an encoder needs every bit that it may use; `clock`: see `clockSeconds`; `count`: see `countsOf`. */
  readonly picture?: 'pattern' | 'noise' | 'white' | 'clock' | 'count';
  /** One audio track each: a tone unless told otherwise. */
  readonly audio?: readonly {
    readonly kbps: number;
    readonly language?: string;
    readonly hertz?: number;
    readonly isNoise?: boolean;
    /** Half a second every two seconds instead, of 400, 500, 600, 700, 800 and again 400 Hz. */
    readonly isBeeping?: boolean;
  }[];
};

/** The brightness of the picture `clock` begins anew after so many seconds. */
export const CLOCK_SECONDS = 20;

/** The time of a picture of a `clock`, from 0 to `CLOCK_SECONDS`, by how bright it is on a screen (0 to 255): it was sent then. */
export function clockSeconds(brightness: number): number {
  return (brightness * 219) / 255 / 10;
}

/** The pictures of `count` are of so many greys, in turn: an odd number, so that all are seen where every second picture is. */
export const COUNTED = 25;
const DARKEST = 40;
const STEP = 7;

/** Which of the `COUNTED` pictures they are, by how bright they are; all of them must be there. Whoever reads greys may stretch their range. */
export function countsOf(greys: readonly number[]): readonly number[] {
  const darkest = Math.min(...greys);
  const step = (Math.max(...greys) - darkest) / (COUNTED - 1);
  return greys.map((grey) => Math.round((grey - darkest) / step));
}

const SOUND: NonNullable<MediaRecipe['audio']> = [{ kbps: 96 }];

/**
 * A file of moving pictures with a clock in them, and a tone: encoded once however many tests ask for it, so that senders need only copy.
 * Video tracks first, in the order of the layers.
 */
export async function mediaFile(recipe: MediaRecipe): Promise<string> {
  const key = createHash('sha256').update(JSON.stringify(recipe)).digest('hex').slice(0, 16);
  const path = join(tmpdir(), `lectern-test-media-${key}.mp4`);
  const made = FILES.get(path) ?? makeFile(path, recipe);
  FILES.set(path, made);
  await made;
  return path;
}

/** Tests that run at the same time ask for the same. */
const FILES = new Map<string, Promise<void>>();

async function makeFile(path: string, recipe: MediaRecipe): Promise<void> {
  if (existsSync(path)) {
    return;
  }
  const beside = `${path}.${process.pid}.part.mp4`;
  try {
    const args = ['-hide_banner', '-loglevel', 'error', '-y', ...encodeArgs(recipe), beside];
    await promisify(execFile)('ffmpeg', args);
    await rename(beside, path);
  } finally {
    await rm(beside, { force: true });
  }
}

const PICTURES: Readonly<Record<NonNullable<MediaRecipe['picture']>, (shape: string) => string>> = {
  pattern: (shape) => `testsrc2=${shape}`,
  noise: (shape) => `testsrc2=${shape},noise=alls=40:allf=t`,
  white: (shape) => `color=c=white:${shape}`,
  // Small, because each pixel of it is computed.
  clock: (shape) =>
    `color=${shape.replace(/s=\d+x\d+/, 's=32x18')},geq=lum='16+10*mod(T,${CLOCK_SECONDS})':cb=128:cr=128,scale=${/\d+x\d+/.exec(shape)?.[0] ?? ''}`,
  count: (shape) =>
    `color=${shape.replace(/s=\d+x\d+/, 's=32x18')},geq=lum='${DARKEST}+${STEP}*mod(N,${COUNTED})':cb=128:cr=128,scale=${/\d+x\d+/.exec(shape)?.[0] ?? ''}`,
};

/** See `fake-recogniser.ts`, which understands them. */
const BEEPS = "aevalsrc='0.4*sin(2*PI*(400+100*mod(floor(t/2),5))*t)*lt(mod(t,2),0.5)':s=48000";

function encodeArgs(recipe: MediaRecipe): readonly string[] {
  const {
    layers,
    seconds,
    frameRate = 30,
    gopSeconds = 2,
    bFrames = 0,
    codec = 'libx264',
    picture = 'pattern',
    audio = SOUND,
  } = recipe;
  const gop = Math.round(frameRate * gopSeconds);
  const inputs = [
    ...layers.flatMap(({ size }) => ['-f', 'lavfi', '-i', PICTURES[picture](`s=${size}:r=${frameRate}`)]),
    ...audio.flatMap(({ hertz = 440, isNoise = false, isBeeping = false }) => [
      ...['-f', 'lavfi'],
      ...['-i', isBeeping ? BEEPS : isNoise ? 'anoisesrc=r=48000:a=0.3' : `sine=f=${hertz}:r=48000`],
    ]),
  ];
  const maps = [...layers, ...audio].flatMap((_, index) => ['-map', `${index}:0`]);
  const video = layers.flatMap(({ kbps }, index) => [
    `-b:v:${index}`,
    `${kbps}k`,
    `-maxrate:v:${index}`,
    `${kbps}k`,
    `-bufsize:v:${index}`,
    `${kbps}k`,
  ]);
  const coding =
    codec === 'libx264'
      ? [
          '-preset',
          'ultrafast',
          '-g',
          `${gop}`,
          '-keyint_min',
          `${gop}`,
          '-sc_threshold',
          '0',
          '-bf',
          `${bFrames}`,
        ]
      : [
          '-preset',
          'ultrafast',
          '-tag:v',
          'hvc1',
          '-x265-params',
          `keyint=${gop}:min-keyint=${gop}:scenecut=0:bframes=${bFrames}:log-level=error`,
        ];
  const sound = audio.flatMap(({ kbps, language }, index) => [
    ...[`-b:a:${index}`, `${kbps}k`],
    ...(language === undefined ? [] : [`-metadata:s:a:${index}`, `language=${language}`]),
  ]);
  return [
    ...inputs,
    ...maps,
    ...(layers.length === 0 ? [] : ['-c:v', codec, '-pix_fmt', 'yuv420p', ...video, ...coding]),
    ...(audio.length === 0 ? [] : ['-c:a', 'aac', ...sound]),
    ...['-t', `${seconds}`],
  ];
}

/** An encoder of somebody else's: an ffmpeg that sends a file in real time. */
export type Sender = AsyncDisposable & {
  /** SIGKILL, as a computer that is switched off: nothing is said to the other side but the end of the connection. */
  readonly kill: () => Promise<void>;
  /** Ends as its user would: `q`. */
  readonly stop: () => Promise<void>;
  /** Resolves with its exit code when it ends by itself. */
  readonly ended: Promise<number | null>;
  readonly words: () => string;
};

/** `args`: outputs. `input`: what stands before them, a file in real time from its beginning unless told otherwise. */
export function send(args: readonly string[], input: readonly string[]): Sender {
  const child = spawn('ffmpeg', ['-hide_banner', '-loglevel', 'warning', '-nostats', ...input, ...args], {
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  let words = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    words = (words + text).slice(-8000);
  });
  child.stdin.on('error', () => undefined);
  const exited = once(child, 'exit');
  async function codeAtEnd(): Promise<number | null> {
    await exited;
    return child.exitCode;
  }
  async function kill(): Promise<void> {
    child.kill('SIGKILL');
    await exited;
  }
  return {
    kill,
    async stop() {
      child.stdin.write('q');
      const timer = setTimeout(() => child.kill('SIGKILL'), 5000);
      await exited;
      clearTimeout(timer);
    },
    ended: codeAtEnd(),
    words: () => words,
    [Symbol.asyncDispose]: kill,
  };
}

/** From the beginning of the file, `from` seconds into it, in real time; `loop`: again and again. */
export function realTime(
  path: string,
  options: { readonly from?: number; readonly loop?: boolean } = {},
): readonly string[] {
  return [
    ...['-re'],
    ...(options.loop === true ? ['-stream_loop', '-1'] : []),
    ...(options.from === undefined ? [] : ['-ss', String(options.from)]),
    ...['-i', path],
  ];
}

/**
 * Faster than real time: an encoder whose clock runs so many times as fast. The service takes its times as they come, and windows are measured in
 * media time: so minutes of a window go by in seconds.
 */
export function atSpeed(path: string, speed: number): readonly string[] {
  return ['-readrate', String(speed), '-i', path];
}

/** Each layer to a stream name of its own, with the sound in each, as encoders do that make several qualities (spec 2.7). */
export function rtmpOutputs(base: string, names: readonly string[]): readonly string[] {
  return names.flatMap((name, index) => [
    ...['-map', `0:v:${index}`, '-map', '0:a:0', '-c', 'copy', '-f', 'flv', `${base}/${name}`],
  ]);
}

/** All tracks in one Smooth Streaming POST. */
export function smoothOutput(url: string): readonly string[] {
  return [...['-map', '0', '-c', 'copy', '-f', 'ismv', '-movflags', 'isml+frag_keyframe', '-method', 'POST', url]];
}

/** All tracks in one transport stream. */
export function transportOutput(url: string): readonly string[] {
  return ['-map', '0', '-c', 'copy', '-f', 'mpegts', url];
}

/** MD5 of every packet of a track, in order: what came out equals what went in, byte for byte, if these do. `args`: of the output. */
export async function packetHashes(
  source: string,
  track = '0:v:0',
  args: readonly string[] = [],
): Promise<readonly string[]> {
  const { stdout } = await promisify(execFile)(
    'ffmpeg',
    [
      '-hide_banner',
      '-loglevel',
      'error',
      '-i',
      source,
      '-map',
      track,
      '-c',
      'copy',
      ...args,
      '-f',
      'framehash',
      '-hash',
      'md5',
      '-',
    ],
    { maxBuffer: 64 * 1024 * 1024 },
  );
  return (
    stdout
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      // Behind the hash stands that of what is beside the packet, as the kind of a transport stream.
      .map((line) => line.split(',')[5]?.trim() ?? '')
  );
}
