import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

const SEGMENT_SECONDS = 2;
const FILM_SECONDS = 60;

/** A small real film in fragmented MP4, for a page that really plays. Made once, when it is first asked for. */
export type Film = AsyncDisposable & {
  readonly file: (name: string) => Promise<Buffer | undefined>;
  readonly vodPlaylist: (startMs: number) => Promise<string>;
  readonly livePlaylist: (startMs: number, nowMs: number) => Promise<string>;
  readonly poster: (seed: number) => Promise<Buffer>;
};

export function createFilm(): Film {
  let folder: Promise<string> | undefined;
  const posters = new Map<number, Promise<Buffer>>();

  async function make(): Promise<string> {
    const made = await mkdtemp(join(tmpdir(), 'lectern-film-'));
    const input = ['-f', 'lavfi', '-i'];
    const video = ['-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-g', '40', '-b:v', '300k'];
    const hls = ['-f', 'hls', '-hls_time', '2', '-hls_list_size', '0', '-hls_segment_type', 'fmp4'];
    await run(
      'ffmpeg',
      [
        ...['-nostdin', '-v', 'error', '-threads', '1'],
        ...[...input, `testsrc2=size=320x180:rate=20:duration=${FILM_SECONDS}`],
        ...[...input, `sine=frequency=330:duration=${FILM_SECONDS}`],
        ...[...video, '-pix_fmt', 'yuv420p', '-c:a', 'aac', '-b:a', '48k', '-shortest'],
        ...[...hls, '-hls_segment_filename', 'seg%d.m4s', 'film.m3u8'],
      ],
      { cwd: made },
    );
    return made;
  }

  async function segmentCount(): Promise<number> {
    folder ??= make();
    return (await readdir(await folder)).filter((name) => name.endsWith('.m4s')).length;
  }

  function head(startMs: number, firstIndex: number): readonly string[] {
    return [
      '#EXTM3U',
      '#EXT-X-VERSION:7',
      `#EXT-X-TARGETDURATION:${SEGMENT_SECONDS}`,
      `#EXT-X-MEDIA-SEQUENCE:${firstIndex}`,
      '#EXT-X-MAP:URI="init.mp4"',
      `#EXT-X-PROGRAM-DATE-TIME:${new Date(startMs + firstIndex * SEGMENT_SECONDS * 1000).toISOString()}`,
    ];
  }

  function segments(from: number, to: number): readonly string[] {
    return Array.from({ length: Math.max(0, to - from) }, (_, index) => [
      `#EXTINF:${SEGMENT_SECONDS}.0,`,
      `seg${from + index}.m4s`,
    ]).flat();
  }

  async function makePoster(seed: number): Promise<Buffer> {
    const looks = [
      'gradients=s=480x270:c0=0x1d4d4f:c1=0xe8d9b5:x0=0:y0=0:x1=480:y1=270',
      'mandelbrot=s=480x270',
      'gradients=s=480x270:c0=0x2b2d42:c1=0xb56576:x0=0:y0=270:x1=480:y1=0',
      'testsrc2=s=480x270',
      'gradients=s=480x270:c0=0x14213d:c1=0xfca311:x0=240:y0=0:x1=240:y1=270',
      'smptehdbars=s=480x270',
    ];
    const { stdout } = await run(
      'ffmpeg',
      [
        ...['-nostdin', '-v', 'error', '-f', 'lavfi', '-i', looks[seed % looks.length] ?? 'testsrc2'],
        ...['-frames:v', '1', '-f', 'image2pipe', '-c:v', 'mjpeg', '-q:v', '4', '-'],
      ],
      { encoding: 'buffer', maxBuffer: 4 * 1024 * 1024 },
    );
    return stdout;
  }

  return {
    async file(name) {
      folder ??= make();
      return /^(?:init\.mp4|seg\d+\.m4s)$/.test(name) ? await readFile(join(await folder, name)) : undefined;
    },
    async vodPlaylist(startMs) {
      const count = await segmentCount();
      return [...head(startMs, 0), '#EXT-X-PLAYLIST-TYPE:VOD', ...segments(0, count), '#EXT-X-ENDLIST', ''].join(
        '\n',
      );
    },
    async livePlaylist(startMs, nowMs) {
      const count = await segmentCount();
      const ready = Math.min(count, Math.floor((nowMs - startMs) / 1000 / SEGMENT_SECONDS));
      const first = Math.max(0, ready - 8);
      return [...head(startMs, first), ...segments(first, ready), ''].join('\n');
    },
    poster(seed) {
      const made = posters.get(seed) ?? makePoster(seed);
      posters.set(seed, made);
      return made;
    },
    async [Symbol.asyncDispose]() {
      if (folder !== undefined) {
        await rm(await folder, { recursive: true, force: true });
      }
    },
  };
}
