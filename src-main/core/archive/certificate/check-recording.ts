import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ticksToSeconds } from '../../../media/time.ts';
import type { Asset } from '../../../shared/api/assets.ts';
import type { Certificate } from '../../../shared/api/certificates.ts';
import { toAppError } from '../../../shared/app-error.ts';
import type { Presentation, TrackWindow } from '../../ports/presentation.ts';
import { parseMediaFileName } from '../file-names.ts';
import type { DecodeTrack } from './decode-track.ts';

/** A file of media as it stands on the disk. */
export type FoundFile = { readonly path: string; readonly size: number; readonly changedMs: number };

/** The share of reading the files in the progress; the rest is decoding. */
const READING = 0.7;

/** Every file of media below the folder of a recording, by its path. */
export async function findMediaFiles(folder: string): Promise<readonly FoundFile[]> {
  const found: FoundFile[] = [];
  const entries = await readdir(folder, { withFileTypes: true });
  for (const { name: track } of entries.filter((entry) => entry.isDirectory())) {
    for (const name of await readdir(join(folder, track))) {
      if (parseMediaFileName(name) !== undefined) {
        const { size, mtimeMs } = await stat(join(folder, track, name));
        found.push({ path: `${track}/${name}`, size, changedMs: Math.floor(mtimeMs) });
      }
    }
  }
  return found.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

/**
 * Looks at a finished recording as whoever wants to keep it would: reads every byte of every file, decodes all of the sound and some of the
 * pictures of each quality. What cannot be read or decoded is a fault of the certificate and no error; throws the signal's reason.
 */
export async function checkRecording(options: {
  readonly asset: Asset;
  readonly folder: string;
  readonly presentation: Presentation;
  readonly files: readonly FoundFile[];
  readonly decode: DecodeTrack;
  /** 0..1. */
  readonly onProgress: (progress: number) => void;
  readonly signal: AbortSignal;
}): Promise<Omit<Certificate, 'state' | 'asset' | 'progress' | 'checked'>> {
  const { asset, folder, presentation, files, decode, onProgress, signal } = options;
  const faults: { track: string; message: string }[] = [];
  const tell = (track: string, error: unknown): void => {
    signal.throwIfAborted();
    faults.push({ track, message: toAppError(error).message });
  };
  if (asset.damage !== undefined) {
    faults.push({ track: '', message: asset.damage });
  }

  const total = Math.max(
    1,
    files.reduce((sum, { size }) => sum + size, 0),
  );
  let readBytes = 0;
  const hashed: { path: string; size: number; sha256: string }[] = [];
  for (const { path, size } of files) {
    try {
      const sha256 = await hashFile(join(folder, path), signal, (bytes) => {
        readBytes += bytes;
        onProgress((READING * readBytes) / total);
      });
      hashed.push({ path, size, sha256 });
    } catch (error) {
      tell(path, error);
    }
  }

  const windows = presentation.tracks().filter(({ segments }) => segments.length > 0);
  const firstSound = windows.find(({ track }) => track.kind === 'audio');
  let loudness: Certificate['loudness'];
  let decodedSegments = 0;
  for (const [index, window] of windows.entries()) {
    const { id, kind } = window.track;
    const runs = kind === 'video' ? spread(window).map((sequence) => [sequence]) : [sequencesOf(window)];
    for (const sequences of runs) {
      try {
        const decoded = await decode(kind, segmentsOf(presentation, window, sequences), signal);
        faults.push(...decoded.complaints.map((message) => ({ track: id, message })));
        loudness = window === firstSound ? decoded.loudness : loudness;
        decodedSegments += kind === 'video' ? sequences.length : 0;
      } catch (error) {
        // Without a decoder nothing can be said.
        if (toAppError(error).code.startsWith('process/')) {
          throw error;
        }
        tell(id, error);
      }
    }
    onProgress(READING + ((1 - READING) * (index + 1)) / windows.length);
  }

  const picture = windows.find(({ track }) => track.kind === 'video');
  return {
    duration: asset.duration,
    gaps: asset.gaps,
    ...(picture === undefined || firstSound === undefined
      ? {}
      : { soundOffset: Math.round(1000 * (startOf(firstSound) - startOf(picture))) / 1000 }),
    ...(loudness === undefined ? {} : { loudness }),
    decodedSegments,
    faults,
    files: hashed,
  };
}

async function hashFile(path: string, signal: AbortSignal, onRead: (bytes: number) => void): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(path, {
    signal,
    highWaterMark: 1024 * 1024,
  }) as AsyncIterable<Buffer>) {
    hash.update(piece);
    onRead(piece.length);
  }
  return hash.digest('hex');
}

/** The header and then the bytes of segments. */
async function* segmentsOf(
  presentation: Presentation,
  window: TrackWindow,
  sequences: readonly number[],
): AsyncIterable<Uint8Array> {
  yield window.track.init;
  for (const sequence of sequences) {
    yield await presentation.readSegment(window, sequence);
  }
}

/** Those that have media: what was taken back has none. */
function sequencesOf({ segments }: TrackWindow): readonly number[] {
  return Array.from({ length: segments.length }, (_, index) => segments.at(index))
    .filter(({ size }) => size > 0)
    .map(({ sequence }) => sequence);
}

/** First, middle and last. */
function spread(window: TrackWindow): readonly number[] {
  const sequences = sequencesOf(window);
  const chosen = new Set([0, Math.floor(sequences.length / 2), sequences.length - 1]);
  return [...chosen].flatMap((index) => sequences[index] ?? []);
}

function startOf({ track, segments }: TrackWindow): number {
  return ticksToSeconds(segments.at(0).time, track.timescale);
}
