import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { mediaName, trackFolder } from '../../../src-main/core/mirror/file-names.ts';
import { isOnThisComputer, unreachableKey } from '../../../src-main/core/mirror/key-addresses.ts';

test('the folder of a track is plain, whatever its encoder called it, and no two tracks share one', () => {
  const track = fc.record({ name: fc.string({ unit: 'binary', minLength: 1 }), bitrate: fc.nat() });
  fc.assert(
    fc.property(track, track, (one, other) => {
      const [a, b] = [trackFolder(one, undefined), trackFolder(other, undefined)];
      assert.match(a, /^[A-Za-z0-9_-]+$/);
      assert.equal(a === b, one.name === other.name && one.bitrate === other.bitrate);
    }),
    {
      examples: [
        [
          { name: '../x', bitrate: 1 },
          { name: '.', bitrate: 1 },
        ],
      ],
    },
  );
});

test('media is called after its time, encrypted media after the scheme as well', () => {
  const track = { name: 'video', bitrate: 800_000 };

  assert.deepEqual(
    [
      mediaName({ kind: 'segment', format: 'm3u8-cmaf', track, time: 90_000n }, false),
      mediaName({ kind: 'segment', format: 'mpd-time-cmaf', track, time: 90_000n }, false),
      mediaName({ kind: 'segment', format: 'm3u8-cmaf', track, time: 90_000n, encryption: 'cbcs-aapl' }, false),
      mediaName({ kind: 'init', format: 'm3u8-cmaf', track }, false),
      mediaName({ kind: 'segment', format: 'm3u8-cmaf', track, time: 90_000n }, true),
      mediaName({ kind: 'segment', format: 'mpd-time-cmaf', track, time: 90_000n }, true),
      mediaName({ kind: 'manifest', format: 'm3u8-cmaf', audioOnly: false }, false),
    ],
    [
      'video-800000/90000.m4s',
      'video-800000/90000.m4s',
      'video-800000-cbcs-aapl/90000.m4s',
      'video-800000/init.mp4',
      'video-800000/90000.vtt',
      'video-800000/text-90000.vtt',
      undefined,
    ],
  );
});

test('keys that only this computer could give are found', () => {
  const own = ['http://127.0.0.1:8480/keydelivery/x', 'http://localhost/x', 'http://[::1]:80/x', '/keydelivery/x'];
  const others = [
    'https://keys.example.org/x',
    'http://192.168.1.20:8480/x',
    'skd://abc',
    'data:text/plain;base64,AA==',
  ];

  for (const url of own) {
    assert.equal(unreachableKey(new Set([...others, url]))?.code, 'upload/keys-unreachable', url);
  }
  assert.equal(unreachableKey(new Set(others)), undefined);
  assert.equal(isOnThisComputer(''), false);
});
