import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { createRemux, remuxArgs } from '../../../src-main/core/export/remux.ts';
import { AppError } from '../../../src-main/shared/app-error.ts';
import { hasCode } from './memory-recording.ts';

function remuxThat(lastLine: string) {
  const error = new AppError('process/exited', 'It ended.', { details: { lastLines: [lastLine] } });
  return createRemux({ run: () => Promise.reject(error), ffmpeg: () => Promise.resolve('ffmpeg') });
}

suite('an MP4 as Matroska', () => {
  test('keeps every track as it is, and names those that are not played', () => {
    assert.deepEqual(remuxArgs('/a b.mp4', '/-c.mkv', [undefined, undefined, '540p, 800 kbit/s']), [
      ...[
        '-hide_banner',
        '-nostdin',
        '-loglevel',
        'error',
        '-xerror',
        '-i',
        'file:/a b.mp4',
        '-map',
        '0',
        '-c',
        'copy',
      ],
      ...['-metadata:s:2', 'title=540p, 800 kbit/s', '-f', 'matroska', '-y', 'file:/-c.mkv'],
    ]);
  });

  test('on a disk that becomes full says so', async () => {
    const { signal } = new AbortController();

    const full = remuxThat('av_interleaved_write_frame(): No space left on device')('/a', '/disk/b', [], signal);
    const broken = remuxThat('Invalid data found')('/a', '/disk/b', [], signal);

    await assert.rejects(full, hasCode('archive/disk-full', /^The disk of \/disk became full/));
    await assert.rejects(broken, hasCode('export/check-failed'));
  });

  test('that is cancelled ends with the reason for it', async () => {
    const abort = new AbortController();
    abort.abort(new AppError('export/cancelled', 'Cancelled.'));

    await assert.rejects(remuxThat('killed')('/a', '/b', [], abort.signal), hasCode('export/cancelled'));
  });
});
