import { mkdir, open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeChunk } from '../../../media/cmaf/chunk.ts';
import { chunkNumber } from '../../../media/cmaf/chunk-number.ts';
import { writeInitSegment } from '../../../media/cmaf/init-segment.ts';
import type { Sample } from '../../../media/cmaf/types.ts';
import { silentFrame } from '../../../media/codecs/silent-aac.ts';
import { rescale, ticks, ticksToSeconds } from '../../../media/time.ts';
import { AppError } from '../../../shared/app-error.ts';
import type { TrackWindow } from '../../ports/presentation.ts';
import { indexPath, mediaPath } from '../file-names.ts';
import { type IndexRecord, writeIndexRecord } from '../index-record.ts';
import type { SoundFile, SoundFrame } from './sound-file.ts';

/** A segment of the recording, in ticks of the sound. */
type Row = {
  readonly sequence: number;
  readonly start: bigint;
  readonly end: bigint;
  readonly discontinuity: boolean;
};

export type FittedSound = {
  /** Bits per second, containers left out. */
  readonly bitrate: number;
  readonly seconds: number;
  /** Of the recording, from its first segment to its last, gaps included. */
  readonly recordingSeconds: number;
};

const ONE_FILE = 1;
/** Segments that are less apart run on; see `core/live/segmenter.ts`. */
const SEAM_SECONDS = 0.1;

/**
 * Writes the frames of a sound file as a track of the recording, `{folder}/{id}/000001.cmfa` with its index: from its first segment on, cut
 * where `leader` is cut, and nothing where nothing was recorded. No frame is changed. Frames before 0, and those behind the end, are left out;
 * where the sound begins late or ends early silence stands in for it, in codecs that have a frame for it.
 */
export async function fitSound(options: {
  readonly sound: SoundFile;
  readonly leader: TrackWindow;
  readonly folder: string;
  readonly id: string;
}): Promise<FittedSound> {
  const { sound, leader, folder, id } = options;
  const { description } = sound;
  const { timescale } = description;
  const rows = rowsOf(leader, timescale);
  const origin = rows[0]?.start ?? 0n;
  const end = rows.at(-1)?.end ?? origin;
  const track = { id, kind: 'audio' } as const;
  await mkdir(join(folder, id), { recursive: true });
  await using file = await open(mediaPath(folder, track, ONE_FILE), 'wx');
  const init = writeInitSegment(description);
  await file.write(init);
  const records: IndexRecord[] = [];
  const silence = silentFrame(description);
  let offset = init.length;
  let row = 0;
  let pending: Sample[] = [];
  let bytes = 0;
  let duration = 0n;
  /** First tick behind the frames so far. */
  let next: bigint | undefined;

  async function flush({ sequence, discontinuity }: Row): Promise<void> {
    if (pending.length === 0) {
      return;
    }
    const chunk = writeChunk(pending, { sequenceNumber: chunkNumber(sequence, 0), kind: 'audio' });
    pending = [];
    await file.write(chunk.bytes);
    const { decodeTime, duration: ticksLong, bytes: written } = chunk;
    records.push({
      ...{ decodeTime, duration: ticksLong, size: written.length, offset },
      ...{ sequence, part: 0, independent: true, discontinuity },
    });
    offset += written.length;
  }

  async function place({ time, duration: frameTicks, data }: SoundFrame): Promise<void> {
    let current = rows[row];
    while (current !== undefined && time >= current.end) {
      await flush(current);
      row += 1;
      current = rows[row];
    }
    if (current !== undefined && time >= current.start) {
      pending.push({ decodeTime: ticks(time), duration: frameTicks, compositionOffset: 0, sync: true, data });
    }
  }

  async function fillUntil(until: bigint): Promise<void> {
    for (; silence !== undefined && next !== undefined && next < until; next += BigInt(silence.duration)) {
      await place({ ...silence, time: next });
    }
  }

  for await (const frames of sound.frames()) {
    for (const frame of frames) {
      const time = origin + frame.time;
      if (next === undefined && silence !== undefined) {
        // Whole frames of silence that end where the sound begins.
        next = time - (frame.time > 0n ? (frame.time / BigInt(silence.duration)) * BigInt(silence.duration) : 0n);
        await fillUntil(time);
      }
      if (next !== undefined && time !== next) {
        const at = ticksToSeconds(ticks(frame.time), timescale).toFixed(3);
        throw new AppError(
          'media/unsupported',
          `The sound does not run on at ${at} s. Write it anew without gaps.`,
        );
      }
      if (frame.time >= 0n) {
        await place({ ...frame, time });
        bytes += frame.data.length;
        duration += BigInt(frame.duration);
      }
      next = time + BigInt(frame.duration);
    }
  }
  if (duration === 0n) {
    throw new AppError('media/unsupported', 'There is no sound in the file.');
  }
  await fillUntil(end);
  const last = rows[row];
  if (last !== undefined) {
    await flush(last);
  }
  if (records.length === 0) {
    throw new AppError('media/unsupported', 'The sound has nothing in the time of the recording.');
  }
  await file.datasync();
  await writeFile(indexPath(folder, track, ONE_FILE), Buffer.concat(records.map(writeIndexRecord)));
  const seconds = ticksToSeconds(ticks(duration), timescale);
  return {
    bitrate: Math.max(1, Math.round((bytes * 8) / seconds)),
    seconds,
    recordingSeconds: ticksToSeconds(ticks(end - origin), timescale),
  };
}

/** The segments that have something, each up to where the next begins unless nothing was recorded between them. */
function rowsOf({ segments, track }: TrackWindow, timescale: number): readonly Row[] {
  const rows: Row[] = [];
  const at = (time: bigint): bigint => rescale(ticks(time), track.timescale, timescale);
  const seam = BigInt(Math.round(timescale * SEAM_SECONDS));
  for (let index = 0; index < segments.length; index += 1) {
    const { sequence, time, duration, size, discontinuity } = segments.at(index);
    const before = rows.at(-1);
    const start = at(time);
    if (before !== undefined && size > 0 && start - before.end < seam) {
      rows[rows.length - 1] = { ...before, end: start };
    }
    if (size > 0) {
      rows.push({ sequence, start, end: at(time + BigInt(duration)), discontinuity });
    }
  }
  return rows;
}
