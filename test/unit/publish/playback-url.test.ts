import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createdDestination, patchedDestination } from '../../../src-main/core/publish/destination-change.ts';
import { destinationCreate, destinationPatch } from '../../../src-main/shared/api/publishing.ts';

const URL = 'https://cdn.example/live.m3u8?viewer=1';

test('where viewers play it is kept, changed and taken away without touching anything else', () => {
  const created = createdDestination(
    'channel',
    destinationCreate.parse({ url: 'rtmp://live.example/app', streamKey: 'k', playbackUrl: URL }),
  );
  assert.equal(created.row.playbackUrl, URL);

  const other = patchedDestination(created.row, { enabled: false });
  assert.deepEqual([other.row.playbackUrl, other.key], [URL, 'kept']);

  const gone = patchedDestination(created.row, { playbackUrl: null });
  assert.deepEqual([gone.row.playbackUrl, gone.row.url, gone.key], [undefined, created.row.url, 'kept']);
});

test('it is an address of the web and of nothing else', () => {
  for (const playbackUrl of [
    'file:///etc/passwd',
    'rtmp://live.example/app',
    'javascript:alert(1)',
    'live.m3u8',
    '',
  ]) {
    assert.equal(destinationPatch.safeParse({ playbackUrl }).success, false, playbackUrl);
  }
  assert.equal(destinationPatch.safeParse({ playbackUrl: 'http://192.168.1.5:8080/hls/live.m3u8' }).success, true);
});
