import { execFileSync } from 'node:child_process';
import type { Track } from '../../src-main/core/ports/presentation.ts';
import { writeInitSegment } from '../../src-main/media/cmaf/init-segment.ts';
import type { Sample } from '../../src-main/media/cmaf/types.ts';
import { ticks } from '../../src-main/media/time.ts';
import { ENCODER_OUTPUT, type openFolder, readFragmented, samplesOf } from '../integration/media/ffmpeg-media.ts';

/** Pictures that say when they are: one grey all over, a step lighter each second. */
export type GreyTrack = { readonly track: Track; readonly samples: readonly Sample[]; readonly file: string };

const FRAMES_PER_SECOND = 10;
const DARKEST = 24;
const STEP = 3;
/** Lighter is not to be had. */
const MOST_SECONDS = 70;
/** Pixels of the raw pictures; ffmpeg makes them larger. */
const RAW = { width: 32, height: 18 } as const;

/** What the second of a picture is, by its luma. */
export function secondOf(luma: number): number {
  return Math.max(0, Math.round((luma - DARKEST) / STEP));
}

/** Pixels have the full range, of JPEG and on the screen; the greys are of the range of video. */
export function lumaOf(pixel: number): number {
  return 16 + (pixel * 219) / 255;
}

/** Key frames every 2 s. With H.265 as open groups, which begin with pictures that are none of a new beginning. */
export function encodeGrey(
  folder: ReturnType<typeof openFolder>,
  options: {
    readonly seconds: number;
    readonly codec?: 'libx264' | 'libx265';
    readonly height?: number;
    readonly startSeconds: bigint;
  },
): GreyTrack {
  const { seconds, codec = 'libx264', height = 180, startSeconds } = options;
  if (seconds > MOST_SECONDS) {
    throw new Error(`at most ${MOST_SECONDS} s`);
  }
  const size = RAW.width * RAW.height;
  const frames = seconds * FRAMES_PER_SECOND;
  const raw = Buffer.alloc(size * frames);
  for (let frame = 0; frame < frames; frame += 1) {
    raw.fill(DARKEST + STEP * Math.floor(frame / FRAMES_PER_SECOND), frame * size, (frame + 1) * size);
  }
  const file = folder.path(`grey-${codec}-${height}.mp4`);
  const gop = 2 * FRAMES_PER_SECOND;
  const coding =
    codec === 'libx264'
      ? ['-preset', 'ultrafast', '-g', String(gop), '-keyint_min', String(gop), '-sc_threshold', '0']
      : [
          ...['-preset', 'ultrafast', '-tag:v', 'hvc1'],
          ...['-x265-params', `keyint=${gop}:min-keyint=${gop}:scenecut=0:open-gop=1:bframes=3:log-level=error`],
        ];
  execFileSync(
    'ffmpeg',
    [
      ...['-hide_banner', '-v', 'error', '-y', '-f', 'rawvideo', '-pix_fmt', 'gray'],
      ...['-s', `${RAW.width}x${RAW.height}`, '-r', String(FRAMES_PER_SECOND), '-i', 'pipe:0'],
      // The grey is meant as it is coded, not as it is seen.
      ...['-vf', `scale=${(height * 16) / 9}:${height}:in_range=tv:out_range=tv,format=yuv420p`],
      ...['-c:v', codec, ...coding, ...ENCODER_OUTPUT, '-video_track_timescale', '90000', file],
    ],
    { input: raw, stdio: ['pipe', 'ignore', 'inherit'] },
  );
  const [read] = readFragmented(file);
  const samples = samplesOf(read);
  const bitrate = height * 1000;
  const description = { ...read!.description, bitrate };
  const first = samples[0]!.decodeTime;
  const start = startSeconds * BigInt(description.timescale);
  return {
    file,
    track: { ...description, id: `video_${bitrate}`, name: 'video', init: writeInitSegment(description) },
    samples: samples.map((sample) => ({ ...sample, decodeTime: ticks(sample.decodeTime - first + start) })),
  };
}

/** The luma in the middle of each picture of a sheet, row by row, and the size of the sheet. */
export function readSheet(
  jpeg: Uint8Array,
  columns: number,
  rows: number,
): { readonly width: number; readonly height: number; readonly lumas: readonly number[] } {
  const header = execFileSync(
    'ffprobe',
    ['-v', 'error', '-f', 'mjpeg', '-i', 'pipe:0', '-show_entries', 'stream=width,height', '-of', 'csv=p=0'],
    { input: jpeg, encoding: 'utf8' },
  );
  const [width = 0, height = 0] = header.trim().split(',').map(Number);
  const pixels = execFileSync(
    'ffmpeg',
    [
      ...['-hide_banner', '-v', 'error', '-f', 'mjpeg', '-i', 'pipe:0'],
      ...['-pix_fmt', 'gray', '-f', 'rawvideo', 'pipe:1'],
    ],
    { input: jpeg, maxBuffer: 64 * 1024 * 1024 },
  );
  const lumas = Array.from({ length: columns * rows }, (_, index) => {
    const x = Math.floor(((index % columns) + 0.5) * (width / columns));
    const y = Math.floor((Math.floor(index / columns) + 0.5) * (height / rows));
    return lumaOf(pixels[y * width + x] ?? 0);
  });
  return { width, height, lumas };
}
