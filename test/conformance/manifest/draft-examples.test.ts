import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkMediaPlaylist } from '../../../src-main/manifest/hls/check/check-media-playlist.ts';
import { writeMediaPlaylist } from '../../../src-main/manifest/hls/media-playlist.ts';
import { parseMultivariantPlaylist } from '../../../src-main/manifest/hls/multivariant-playlist.ts';
import { parseMediaPlaylist } from '../../../src-main/manifest/hls/parse-media-playlist.ts';

/** Playlists of the kinds that section 9 of 8216bis shows, written by hand. */

test('a simple playlist, §9.1', () => {
  const text = `#EXTM3U
#EXT-X-TARGETDURATION:10
#EXT-X-VERSION:3
#EXTINF:9.009,
http://media.example.com/first.ts
#EXTINF:9.009,
http://media.example.com/second.ts
#EXTINF:3.003,
http://media.example.com/third.ts
#EXT-X-ENDLIST
`;

  const playlist = parseMediaPlaylist(text);

  assert.deepEqual(playlist, {
    version: 3,
    targetDurationSeconds: 10,
    mediaSequence: 0,
    segments: [
      { durationSeconds: 9.009, uri: 'http://media.example.com/first.ts' },
      { durationSeconds: 9.009, uri: 'http://media.example.com/second.ts' },
      { durationSeconds: 3.003, uri: 'http://media.example.com/third.ts' },
    ],
    endList: true,
  });
  assert.deepEqual(checkMediaPlaylist(undefined, playlist), []);
});

test('a live playlist with encrypted segments, §9.2 and §9.3', () => {
  const text = `#EXTM3U
#EXT-X-VERSION:3
#EXT-X-MEDIA-SEQUENCE:7794
#EXT-X-TARGETDURATION:15

#EXT-X-KEY:METHOD=AES-128,URI="https://priv.example.com/key.php?r=52"

#EXTINF:2.833,
http://media.example.com/fileSequence52-A.ts
#EXTINF:15.0,
http://media.example.com/fileSequence52-B.ts

#EXT-X-KEY:METHOD=AES-128,URI="https://priv.example.com/key.php?r=53"

#EXTINF:15.0,
http://media.example.com/fileSequence53-A.ts
`;

  const playlist = parseMediaPlaylist(text);

  assert.deepEqual(
    playlist.segments.map(({ keys }) => keys),
    [
      [{ method: 'AES-128', uri: 'https://priv.example.com/key.php?r=52' }],
      undefined,
      [{ method: 'AES-128', uri: 'https://priv.example.com/key.php?r=53' }],
    ],
  );
  assert.deepEqual(checkMediaPlaylist(undefined, playlist), []);
});

test('a multivariant playlist with alternative audio and I-frames, §9.4 to §9.6', () => {
  const text = `#EXTM3U
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="aac",NAME="English",DEFAULT=YES,AUTOSELECT=YES,LANGUAGE="en",URI="main/english-audio.m3u8"
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="aac",NAME="Commentary",DEFAULT=NO,AUTOSELECT=NO,LANGUAGE="en",URI="commentary/audio-only.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=1280000,CODECS="avc1.4d401e,mp4a.40.2",AUDIO="aac"
low/video-only.m3u8
#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=86000,URI="low/iframe.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=65000,CODECS="mp4a.40.5",AUDIO="aac"
main/english-audio.m3u8
`;

  assert.deepEqual(parseMultivariantPlaylist(text), {
    renditions: [
      {
        type: 'AUDIO',
        groupId: 'aac',
        name: 'English',
        language: 'en',
        isDefault: true,
        autoSelect: true,
        uri: 'main/english-audio.m3u8',
      },
      { type: 'AUDIO', groupId: 'aac', name: 'Commentary', language: 'en', uri: 'commentary/audio-only.m3u8' },
    ],
    variants: [
      { bandwidth: 1_280_000, codecs: ['avc1.4d401e', 'mp4a.40.2'], audio: 'aac', uri: 'low/video-only.m3u8' },
      { bandwidth: 65_000, codecs: ['mp4a.40.5'], audio: 'aac', uri: 'main/english-audio.m3u8' },
    ],
    iFrameVariants: [{ bandwidth: 86_000, uri: 'low/iframe.m3u8' }],
  });
});

test('a break in two date range tags, §9.10', () => {
  const text = `#EXTM3U
#EXT-X-VERSION:3
#EXT-X-TARGETDURATION:10
#EXT-X-PROGRAM-DATE-TIME:2014-03-05T11:15:00Z
#EXT-X-DATERANGE:ID="splice-6FFFFFF0",START-DATE="2014-03-05T11:15:00Z",PLANNED-DURATION=59.993,SCTE35-OUT=0xFC002F0000000000FF000014056FFFFFF000E011622DCAFF000052636200000000000A0008029896F50000008700000000
#EXTINF:9.5,
a.ts
#EXT-X-DATERANGE:ID="splice-6FFFFFF0",DURATION=59.993,SCTE35-IN=0xFC002A0000000000FF00000F056FFFFFF000401162802E6100000000000A0008029896F50000008700000000
#EXTINF:9.5,
b.ts
`;

  const playlist = parseMediaPlaylist(text);

  assert.deepEqual(checkMediaPlaylist(undefined, playlist), []);
  assert.equal(playlist.segments[0]?.dateRanges?.[0]?.plannedDurationSeconds, 59.993);
  assert.equal(playlist.segments[1]?.dateRanges?.[0]?.scte35In?.at(-5), 0x87);
  assert.deepEqual(parseMediaPlaylist(writeMediaPlaylist(playlist)), playlist);
});

test('a low-latency playlist and its delta update, §9.11', () => {
  const head = `#EXTM3U
#EXT-X-TARGETDURATION:4
#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=1.0,CAN-SKIP-UNTIL=24.0
#EXT-X-PART-INF:PART-TARGET=0.33334
#EXT-X-MEDIA-SEQUENCE:266
`;
  const skippable = Array.from({ length: 3 }, (_, index) => `#EXTINF:4.00008,\nfileSequence${266 + index}.mp4\n`);
  const kept = Array.from({ length: 7 }, (_, index) => `#EXTINF:4.00008,\nfileSequence${269 + index}.mp4\n`);
  const edge = `#EXT-X-PROGRAM-DATE-TIME:2019-02-14T02:14:00.106Z
#EXT-X-PART:DURATION=0.33334,URI="filePart276.a.mp4",INDEPENDENT=YES
#EXT-X-PART:DURATION=0.33334,URI="filePart276.b.mp4"
#EXT-X-PRELOAD-HINT:TYPE=PART,URI="filePart276.c.mp4"
#EXT-X-RENDITION-REPORT:URI="../1M/waitForMSN.php",LAST-MSN=276,LAST-PART=1
#EXT-X-RENDITION-REPORT:URI="../4M/waitForMSN.php",LAST-MSN=276,LAST-PART=0
`;
  const full = parseMediaPlaylist(
    head.replace('#EXT-X-T', '#EXT-X-VERSION:3\n#EXT-X-T') + skippable.join('') + kept.join('') + edge,
  );
  const delta = parseMediaPlaylist(
    `${head.replace('#EXT-X-T', '#EXT-X-VERSION:9\n#EXT-X-T')}#EXT-X-SKIP:SKIPPED-SEGMENTS=3\n${kept.join('')}${edge}`,
  );

  assert.deepEqual(checkMediaPlaylist(undefined, full), []);
  assert.deepEqual(checkMediaPlaylist(full, delta), []);
  assert.deepEqual(delta.preloadHints, [{ type: 'PART', uri: 'filePart276.c.mp4' }]);
  assert.equal(delta.open?.parts?.length, 2);
});
