import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readHls } from '../../../src-main/core/proof-of-air/read-hls.ts';

const BASE = 'https://cdn.example/live/index.m3u8?viewer=1';

function newestOf(lines: readonly string[]) {
  const listing = readHls(['#EXTM3U', ...lines].join('\n'), BASE);
  assert(listing.kind === 'media');
  return { isOver: listing.isOver, ...listing.newest };
}

test('the newest segment has its address, its time of day and the distance to where a viewer begins', () => {
  const newest = newestOf([
    '#EXT-X-TARGETDURATION:4',
    '#EXT-X-MEDIA-SEQUENCE:7',
    '#EXT-X-MAP:URI="init.mp4"',
    '#EXT-X-PROGRAM-DATE-TIME:2030-01-01T00:00:00.000Z',
    '#EXTINF:4,',
    'a.m4s',
    '#EXTINF:3.5,',
    'b.m4s',
  ]);

  assert.deepEqual(newest, {
    isOver: false,
    init: { url: 'https://cdn.example/live/init.mp4' },
    segment: { url: 'https://cdn.example/live/b.m4s' },
    isEncrypted: false,
    duration: 3.5,
    toPlayhead: 3.5 - 12,
    startsAtMs: Date.UTC(2030, 0, 1) + 4000,
    edge: '8 https://cdn.example/live/b.m4s',
  });
});

test('with parts a viewer begins as far from the last one as the server says', () => {
  const newest = newestOf([
    '#EXT-X-TARGETDURATION:2',
    '#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=0.75,HOLD-BACK=6',
    '#EXT-X-PART-INF:PART-TARGET=0.25',
    '#EXT-X-PART:DURATION=0.25,URI="a.0.m4s"',
    '#EXTINF:2,',
    'a.m4s',
    '#EXT-X-PART:DURATION=0.25,URI="b.0.m4s"',
    '#EXT-X-PART:DURATION=0.25,URI="b.1.m4s"',
    '#EXT-X-PRELOAD-HINT:TYPE=PART,URI="b.2.m4s"',
  ]);

  assert.equal(newest.toPlayhead, 2 + 0.5 - 0.75);
});

test('what a player passes over is passed over: tags of others, lists that are not right, gaps', () => {
  const newest = newestOf([
    '#EXT-X-TWITCH-INFO:ORIGIN="s3"',
    '#EXT-X-TARGETDURATION:2',
    '#EXT-X-DATERANGE:ID="x",START-DATE=not-quoted',
    '#EXT-X-TARGETDURATION:2',
    '#EXTINF:2.0,live',
    'a.ts',
    '#EXT-X-GAP',
    '#EXTINF:2.0',
    'b.ts',
  ]);

  assert.equal(newest.segment?.url, 'https://cdn.example/live/a.ts');
});

test('a discontinuity makes the time of day unknown until it is said again', () => {
  const newest = newestOf([
    '#EXT-X-TARGETDURATION:2',
    '#EXT-X-PROGRAM-DATE-TIME:2030-01-01T00:00:00Z',
    '#EXTINF:2,',
    'a.ts',
    '#EXT-X-DISCONTINUITY',
    '#EXTINF:2,',
    'b.ts',
  ]);

  assert.equal(newest.startsAtMs, undefined);
});

test('ranges go on from one another and keys hold until they are taken back', () => {
  const encrypted = newestOf([
    '#EXT-X-TARGETDURATION:2',
    '#EXT-X-KEY:METHOD=AES-128,URI="key"',
    '#EXT-X-BYTERANGE:100@50',
    '#EXTINF:2,',
    'all.ts',
    '#EXT-X-BYTERANGE:30',
    '#EXTINF:2,',
    'all.ts',
  ]);
  const clear = newestOf(['#EXT-X-KEY:METHOD=AES-128,URI="key"', '#EXT-X-KEY:METHOD=NONE', '#EXTINF:2,', 'a.ts']);

  assert.deepEqual(encrypted.segment, {
    url: 'https://cdn.example/live/all.ts',
    range: { first: 150, last: 179 },
  });
  assert.equal(encrypted.isEncrypted, true);
  assert.equal(clear.isEncrypted, false);
});

test('a playlist that has ended says so, and one without segments has no newest', () => {
  assert.equal(newestOf(['#EXTINF:2,', 'a.ts', '#EXT-X-ENDLIST']).isOver, true);
  assert.deepEqual(readHls('#EXTM3U\n#EXT-X-TARGETDURATION:2', BASE), {
    kind: 'media',
    isOver: false,
    newest: undefined,
  });
});

test('variants have their sound and whether they have pictures', () => {
  const listing = readHls(
    [
      '#EXTM3U',
      '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="one",URI="one.m3u8"',
      '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="two",DEFAULT=YES,URI="two.m3u8"',
      '#EXT-X-STREAM-INF:BANDWIDTH=2000000,RESOLUTION=1280x720,CODECS="avc1.64001f,mp4a.40.2",AUDIO="a"',
      'top.m3u8',
      '#EXT-X-STREAM-INF:BANDWIDTH=64000,CODECS="mp4a.40.2"',
      'sound.m3u8',
    ].join('\r\n'),
    BASE,
  );

  assert.deepEqual(listing, {
    kind: 'variants',
    variants: [
      {
        url: 'https://cdn.example/live/top.m3u8',
        bandwidth: 2_000_000,
        hasPictures: true,
        soundUrl: 'https://cdn.example/live/two.m3u8',
      },
      { url: 'https://cdn.example/live/sound.m3u8', bandwidth: 64_000, hasPictures: false, soundUrl: undefined },
    ],
  });
});

test('what is no playlist is refused', () => {
  assert.throws(() => readHls('<html>not found</html>', BASE), { code: 'media/malformed' });
});
