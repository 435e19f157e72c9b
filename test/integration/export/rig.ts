import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createDecodePoints } from '../../../src-main/core/export/decode-points.ts';
import { createRemux } from '../../../src-main/core/export/remux.ts';
import type { OwnedProcesses } from '../../../src-main/core/process/create-processes.ts';
import { readBoxes } from '../../../src-main/media/isobmff/box-reader.ts';
import type { ExportCreate, ExportJob } from '../../../src-main/shared/api/assets.ts';
import { openExportRig } from '../../support/export-service.ts';
import { openMadeRecording } from '../../support/make-recording.ts';
import { ffmpeg, ffprobe } from '../media/ffmpeg-media.ts';

/** Recordings in folders of `root`, and what is exported of them with the real ffmpeg. */
export type ExportMedia = {
  /** Exports one of the recordings, checked by the real ffmpeg, and looks at the file, or at the playlist of the folder. */
  exported(
    name: string,
    request: Partial<ExportCreate>,
    look: (path: string, job: ExportJob) => Promise<void> | void,
  ): Promise<void>;
  /** The media of a track as it is in the archive, as one file. */
  trackFile(name: string, track: string): Promise<string>;
  /** A second of the sound of a file as samples, from a time of the file on. */
  soundOf(path: string, from: number): Promise<Buffer>;
};

export function createExportMedia(root: string, processes: OwnedProcesses): ExportMedia {
  const tools = { run: processes.runToEnd, ffmpeg: () => Promise.resolve('ffmpeg') };

  return {
    async exported(name, request, look) {
      await using made = await openMadeRecording(join(root, name));
      await using rig = await openExportRig(made.presentation, {
        decode: createDecodePoints(tools),
        remux: createRemux(tools),
      });
      const { format = 'mp4' } = request;
      const fileName = format === 'hls' ? 'out' : `out.${format}`;
      const out = join(rig.outFolder, fileName);
      const { id } = await rig.exports.create('talk', { format, quality: 'top', out, ...request });
      const job = await rig.exports.ended('talk', id);
      assert.deepEqual([job.state, job.error], ['done', undefined]);
      assert.deepEqual(await readdir(rig.outFolder), [fileName]);
      assert.deepEqual(await readdir(rig.folder), [`${id}.json`]);
      const played = format === 'hls' ? join(out, 'index.m3u8') : out;
      assert.equal(ffmpeg(['-i', played, '-f', 'null', '-'], 'warning'), '');
      await look(played, job);
    },
    async trackFile(name, track) {
      const folder = join(root, name, track);
      const files = (await readdir(folder)).filter((file) => /\.cmf[va]$/.test(file)).toSorted();
      const path = join(root, `${name}-${track}.mp4`);
      const parts = await Promise.all(files.map(async (file) => await readFile(join(folder, file))));
      await writeFile(path, Buffer.concat(parts.map((part, index) => (index === 0 ? part : withoutHeader(part)))));
      return path;
    },
    async soundOf(path, from) {
      const raw = join(root, 'sound.raw');
      const second = ['-af', `atrim=start=${from.toFixed(6)}:duration=1`];
      ffmpeg(['-copyts', '-i', path, '-map', '0:a', ...second, '-f', 's16le', '-c:a', 'pcm_s16le', raw]);
      return await readFile(raw);
    },
  };
}

function withoutHeader(bytes: Uint8Array): Uint8Array {
  for (const box of readBoxes(bytes).children()) {
    if (box.type === 'moof') {
      return bytes.subarray(box.offset);
    }
  }
  return new Uint8Array();
}

/** Presentation times of a stream, in seconds. */
export function times(path: string, stream: string): readonly number[] {
  return ffprobe(path, ['-select_streams', stream, '-show_entries', 'packet=pts_time'])
    .split('\n')
    .map((line) => Number(line.split(',')[0]))
    .toSorted((a, b) => a - b);
}
