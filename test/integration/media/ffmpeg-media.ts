import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFragmentReader } from '../../../src-main/media/cmaf/fragment-reader.ts';
import type { ParsedTrack } from '../../../src-main/media/cmaf/init-segment.ts';
import type { Sample } from '../../../src-main/media/cmaf/types.ts';

/** What the encoder of this program is told about its output. */
export const ENCODER_OUTPUT: readonly string[] = [
  '-f',
  'mp4',
  '-movflags',
  '+frag_every_frame+empty_moov+default_base_moof+frag_discont',
  '-avoid_negative_ts',
  'disabled',
  '-output_ts_offset',
  '10',
];

export const PICTURES: readonly string[] = ['-f', 'lavfi', '-i', 'testsrc2=s=320x180:r=30'];
export const SOUND: readonly string[] = ['-f', 'lavfi', '-i', 'sine=r=48000'];

/** A folder that is gone after the test. */
export function openFolder(): Disposable & { readonly path: (name: string) => string } {
  const folder = mkdtempSync(join(tmpdir(), 'lectern-media-'));
  return {
    path: (name) => join(folder, name),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Runs ffmpeg to its end and returns what it wrote to stdout. */
export function ffmpeg(args: readonly string[], level: 'error' | 'warning' = 'error'): string {
  return execFileSync('ffmpeg', ['-nostdin', '-hide_banner', '-v', level, '-y', ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

/** Every decoded frame with its hash and its times in the file. */
export function frameHashes(file: string, stream = '0'): string {
  return ffmpeg(['-copyts', '-i', file, '-map', stream, '-f', 'framemd5', '-']);
}

/** Only the hashes, for files whose clock starts elsewhere. */
export function pictureHashes(file: string, stream: string): readonly string[] {
  return frameHashes(file, stream)
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split(',').at(-1)?.trim() ?? '');
}

export function ffprobe(file: string, args: readonly string[]): string {
  return execFileSync('ffprobe', ['-v', 'error', ...args, '-of', 'csv=p=0', file], { encoding: 'utf8' }).trim();
}

export type ReadTrack = ParsedTrack & { readonly fragments: readonly (readonly Sample[])[] };

/** All tracks of a fragmented file, read in pieces as they would come through a pipe. */
export function readFragmented(file: string, pieceBytes = 4093): readonly ReadTrack[] {
  const reader = createFragmentReader();
  const bytes = readFileSync(file);
  const tracks = new Map<number, ReadTrack & { readonly fragments: (readonly Sample[])[] }>();
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    for (const event of reader.push(bytes.subarray(at, at + pieceBytes))) {
      if (event.kind === 'header') {
        for (const track of event.tracks) {
          tracks.set(track.trackId, { ...track, fragments: [] });
        }
      } else {
        tracks.get(event.trackId)?.fragments.push(event.samples);
      }
    }
  }
  return [...tracks.values()];
}

export function samplesOf(track: ReadTrack | undefined): readonly Sample[] {
  assert(track !== undefined);
  return track.fragments.flat();
}

/** Groups of up to `length` samples that follow each other. */
export function groupsOf(samples: readonly Sample[], length: number): readonly (readonly Sample[])[] {
  return Array.from({ length: Math.ceil(samples.length / length) }, (_, index) =>
    samples.slice(index * length, (index + 1) * length),
  );
}

export function writeAll(file: string, parts: readonly Uint8Array[]): void {
  writeFileSync(file, Buffer.concat(parts));
}
