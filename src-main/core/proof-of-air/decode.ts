import { type FfmpegOption, toArgs } from '../ports/ffmpeg-options.ts';
import type { RunToEnd } from '../ports/process.ts';

/** Grey pictures of one segment, the first at its beginning, the others `STEP_MS` apart. */
export type DecodedPictures = readonly Uint8Array[];

export type Decode = {
  /** Empty when there is nothing in it that can be decoded as a picture. */
  readonly pictures: (media: Uint8Array) => Promise<DecodedPictures>;
  /** The highest level in dBFS; undefined when there is no sound in it. */
  readonly peakDb: (media: Uint8Array) => Promise<number | undefined>;
};

export const STEP_MS = 250;
/** Large enough for the mark of the test picture, which needs some lines. */
export const WIDTH = 320;
export const HEIGHT = 180;
/** I420. */
const PICTURE_BYTES = WIDTH * HEIGHT * 1.5;
const MOST_PICTURES = 40;
const TIMEOUT_MS = 15_000;

/** What ffmpeg is told that it gets; it is not left to guess, because what it guesses may be a list of addresses to fetch. */
type Container = 'mp4' | 'mpegts' | 'aac' | 'mp3';

/**
 * Looks into segments that came from somewhere. ffmpeg is given bytes and never an address, opens nothing but its pipes, has one thread, little
 * time and the lowest priority: what is live comes first.
 */
export function createDecode(options: {
  readonly run: RunToEnd;
  /** Path of ffmpeg. Throws `process/not-found`. */
  readonly ffmpeg: () => Promise<string>;
}): Decode {
  async function run(
    args: readonly string[],
    media: Uint8Array,
    onLine?: (line: string) => void,
  ): Promise<Uint8Array> {
    const { stdout } = await options.run(
      {
        name: 'proof-of-air',
        executable: await options.ffmpeg(),
        args,
        stdin: 'pipe',
        stdout: 'pipe',
        pipes: [],
        priority: 'low',
        secrets: [],
        quit: 'term',
        graceMs: 1000,
      },
      {
        timeoutMs: TIMEOUT_MS,
        maxOutputBytes: (MOST_PICTURES + 1) * PICTURE_BYTES,
        stdin: media,
        ...(onLine === undefined ? {} : { onLine }),
      },
    );
    return stdout;
  }

  return {
    async pictures(media) {
      const container = containerOf(media);
      if (container !== 'mp4' && container !== 'mpegts') {
        return [];
      }
      const bytes = await run(picturesArgs(container), media);
      return Array.from({ length: Math.floor(bytes.length / PICTURE_BYTES) }, (_, index) =>
        bytes.subarray(index * PICTURE_BYTES, index * PICTURE_BYTES + WIDTH * HEIGHT),
      );
    },
    async peakDb(media) {
      const container = containerOf(media);
      let peak: number | undefined;
      if (container !== undefined) {
        await run(peakArgs(container), media, (line) => {
          const [, level] = /max_volume: (-?[\d.]+|-inf) dB/.exec(line) ?? [];
          peak = level === undefined ? peak : level === '-inf' ? Number.NEGATIVE_INFINITY : Number(level);
        });
      }
      return peak;
    },
  };
}

export function containerOf(media: Uint8Array): Container | undefined {
  const [first = 0, second = 0] = media;
  if (first === 0x47) {
    return 'mpegts';
  }
  const text = new TextDecoder('latin1').decode(media.subarray(0, 8));
  if (['ftyp', 'styp', 'moov', 'moof', 'sidx', 'emsg', 'prft', 'free'].includes(text.slice(4))) {
    return 'mp4';
  }
  // Packed audio (8216bis §3.1.3): its time stands in an ID3 tag in front; layer 0 is that of ADTS.
  if (text.startsWith('ID3') || (first === 0xff && (second & 0xf6) === 0xf0)) {
    return 'aac';
  }
  return first === 0xff && (second & 0xe0) === 0xe0 ? 'mp3' : undefined;
}

function inputOf(container: Container, level: 'error' | 'info'): readonly FfmpegOption[] {
  return [
    ['-hide_banner'],
    ['-nostats'],
    ['-loglevel', level],
    ['-threads', 1],
    ['-protocol_whitelist', 'pipe'],
    ['-f', container],
    ['-i', 'pipe:0'],
  ];
}

/** Pure. */
export function picturesArgs(container: Container): readonly string[] {
  return toArgs([
    ...inputOf(container, 'error'),
    ['-map', '0:v:0?'],
    ['-frames:v', MOST_PICTURES],
    ['-filter_threads', 1],
    ['-vf', `fps=${1000 / STEP_MS},scale=${WIDTH}:${HEIGHT}:flags=area`],
    // As it is: a conversion to grey would also change the range of its levels.
    ['-pix_fmt', 'yuv420p'],
    ['-f', 'rawvideo'],
    ['pipe:1'],
  ]);
}

/** Pure. The level stands in a line of its own, which is no error. */
export function peakArgs(container: Container): readonly string[] {
  return toArgs([
    ...inputOf(container, 'info'),
    ['-map', '0:a:0?'],
    ['-filter_threads', 1],
    ['-af', 'volumedetect'],
    ['-f', 'null'],
    ['pipe:1'],
  ]);
}
