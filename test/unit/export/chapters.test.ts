import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { chaptersOf } from '../../../src-main/core/export/chapters.ts';
import { openPartFile } from '../../../src-main/core/export/part-file.ts';
import { planExport } from '../../../src-main/core/export/plan-export.ts';
import { writeMovie } from '../../../src-main/core/export/write-movie.ts';
import { audioTrack, frames, sounds, videoTrack } from '../../support/broadcast-media.ts';
import { makeRecording, openMadeRecording } from '../../support/make-recording.ts';
import { missingPrograms } from '../../support/real-ffmpeg.ts';
import { mkdtempDisposable } from '../../support/temporary-folder.ts';

const run = promisify(execFile);
const marker = (time: number, label: string) => ({ id: label, time, label });

test('the markers of the part are its chapters, counted from its beginning, behind one with the title', () => {
  const markers = [marker(1, 'before'), marker(5, 'One'), marker(7.5, ''), marker(12, 'behind')];

  assert.deepEqual(chaptersOf(markers, { start: 4, end: 10 }, 'A talk'), [
    { seconds: 0, title: 'A talk' },
    { seconds: 1, title: 'One' },
    { seconds: 3.5, title: '2' },
  ]);
  assert.deepEqual(chaptersOf([marker(4, 'One')], { start: 4, end: 10 }, 'A talk'), [
    { seconds: 0, title: 'One' },
  ]);
  assert.deepEqual(chaptersOf(markers, { start: 8, end: 10 }, 'A talk'), []);
});

test('ffprobe reads them in the file', { skip: missingPrograms('ffprobe') }, async () => {
  await using root = await mkdtempDisposable(join(tmpdir(), 'lectern-chapters-'));
  const folder = join(root.path, 'asset');
  const options = { from: 300, to: 600, gop: 60 };
  await makeRecording({
    folder,
    tracks: [
      { track: videoTrack(), samples: frames(options) },
      { track: audioTrack(), samples: sounds(options) },
    ],
  });
  await using made = await openMadeRecording(folder);
  const plan = await planExport(made.presentation, { format: 'mp4', quality: 'top' });
  const target = join(root.path, 'talk.mp4');
  {
    await using file = await openPartFile({ target, part: `${target}.part`, openFile: undefined });
    await writeMovie(plan, file, {
      title: 'A talk',
      chapters: chaptersOf([marker(2, 'Begrüßung'), marker(6, 'Questions')], plan, 'A talk'),
      signal: new AbortController().signal,
      onProgress: () => undefined,
      pace: () => Promise.resolve(),
    });
    await file.keep();
  }

  const { stdout } = await run('ffprobe', ['-v', 'quiet', '-of', 'csv=p=0', '-show_chapters', target]);

  const read = stdout
    .trim()
    .split('\n')
    .map((line) => line.split(','))
    .map((fields) => [Number(fields[3]), fields.at(-1)]);
  assert.deepEqual(read, [
    [0, 'A talk'],
    [2, 'Begrüßung'],
    [6, 'Questions'],
  ]);
});
