import assert from 'node:assert/strict';
import { test } from 'node:test';
import HLS, { type types } from 'hls-parser';
import { type MediaPlaylist, writeMediaPlaylist } from '../../../src-main/manifest/hls/media-playlist.ts';
import { writeMultivariantPlaylist } from '../../../src-main/manifest/hls/multivariant-playlist.ts';
import { parseMediaPlaylist } from '../../../src-main/manifest/hls/parse-media-playlist.ts';

/** What we write, as a parser of somebody else understands it; and what that parser writes, as ours does. */

// It speaks of its own opinions on stderr, e.g. that EXT-X-GAP needs version 8, which 8216bis §8 does not say.
HLS.setOptions({ silent: true });

const NOON = Date.UTC(2026, 10, 20, 12, 0, 0);

const live: MediaPlaylist = {
  targetDurationSeconds: 2,
  serverControl: { canBlockReload: true, canSkipUntilSeconds: 12, holdBackSeconds: 6, partHoldBackSeconds: 1.2 },
  partTargetSeconds: 0.4,
  mediaSequence: 40,
  discontinuitySequence: 3,
  segments: [
    {
      map: { uri: 'init-1.mp4' },
      keys: [
        {
          method: 'SAMPLE-AES',
          uri: 'key-1',
          iv: new Uint8Array(16).fill(1),
          keyFormat: 'identity',
          keyFormatVersions: [1],
        },
      ],
      programDateTimeMs: NOON,
      dateRanges: [
        { id: 'x', class: 'c', startDateMs: NOON, durationSeconds: 4, extensions: { 'X-NAME': 'value' } },
      ],
      durationSeconds: 2.002,
      title: 'One',
      uri: 's40.m4s',
    },
    {
      discontinuity: true,
      map: { uri: 'init-2.mp4', byteRange: { length: 800, offset: 0 } },
      programDateTimeMs: NOON + 10_000,
      gap: true,
      durationSeconds: 1.998,
      byteRange: { length: 5000, offset: 800 },
      uri: 's41.m4s',
    },
    {
      parts: [
        { durationSeconds: 0.4, uri: 's42.0.m4s', independent: true },
        { durationSeconds: 0.4, uri: 's42.1.m4s' },
      ],
      durationSeconds: 0.8,
      uri: 's42.m4s',
    },
  ],
  open: { parts: [{ durationSeconds: 0.4, uri: 's43.m4s', byteRange: { length: 700, offset: 0 } }] },
  renditionReports: [{ uri: 'audio.m3u8', lastMediaSequence: 43, lastPart: 0 }],
};

function readMedia(text: string): types.MediaPlaylist {
  const playlist = HLS.parse(text);
  assert.ok(!playlist.isMasterPlaylist);
  return playlist;
}

test('a low-latency playlist means the same to another parser', () => {
  const read = readMedia(writeMediaPlaylist(live));

  assert.equal(read.version, 6);
  assert.equal(read.targetDuration, 2);
  assert.equal(read.mediaSequenceBase, 40);
  assert.equal(read.discontinuitySequenceBase, 3);
  assert.equal(read.partTargetDuration, 0.4);
  assert.deepEqual(read.lowLatencyCompatibility, {
    canBlockReload: true,
    canSkipUntil: 12,
    holdBack: 6,
    partHoldBack: 1.2,
  });
  assert.equal(read.endlist, false);
  assert.deepEqual(
    read.renditionReports.map(({ uri, lastMSN, lastPart }) => ({ uri, lastMSN, lastPart })),
    [{ uri: 'audio.m3u8', lastMSN: 43, lastPart: 0 }],
  );
});

test('segments mean the same to another parser', () => {
  const { segments } = readMedia(writeMediaPlaylist(live));
  const [first, second, third, open] = segments;

  assert.equal(segments.length, 4);
  assert.deepEqual(
    segments
      .slice(0, 3)
      .map(({ uri, duration, mediaSequenceNumber, discontinuitySequence, gap, discontinuity }) => ({
        uri,
        duration,
        mediaSequenceNumber,
        discontinuitySequence,
        gap: gap === true,
        discontinuity: discontinuity === true,
      })),
    [
      {
        uri: 's40.m4s',
        duration: 2.002,
        mediaSequenceNumber: 40,
        discontinuitySequence: 3,
        gap: false,
        discontinuity: false,
      },
      {
        uri: 's41.m4s',
        duration: 1.998,
        mediaSequenceNumber: 41,
        discontinuitySequence: 4,
        gap: true,
        discontinuity: true,
      },
      {
        uri: 's42.m4s',
        duration: 0.8,
        mediaSequenceNumber: 42,
        discontinuitySequence: 4,
        gap: false,
        discontinuity: false,
      },
    ],
  );
  assert.equal(first?.title, 'One');
  assert.equal(first.programDateTime?.getTime(), NOON);
  assert.equal(first.key?.method, 'SAMPLE-AES');
  assert.equal(first.key.uri, 'key-1');
  assert.equal(first.key.format, 'identity');
  assert.deepEqual(new Uint8Array(first.key.iv!), new Uint8Array(16).fill(1));
  assert.deepEqual(
    { uri: first.map.uri, byterange: first.map.byterange },
    { uri: 'init-1.mp4', byterange: undefined },
  );
  assert.deepEqual(second?.map.byterange, { length: 800, offset: 0 });
  assert.deepEqual(second.byterange, { length: 5000, offset: 800 });
  assert.deepEqual(
    third?.parts.map(({ uri, duration, independent }) => ({ uri, duration, independent: independent === true })),
    [
      { uri: 's42.0.m4s', duration: 0.4, independent: true },
      { uri: 's42.1.m4s', duration: 0.4, independent: false },
    ],
  );
  assert.deepEqual(
    open?.parts.map(({ uri, byterange }) => ({ uri, byterange })),
    [{ uri: 's43.m4s', byterange: { length: 700, offset: 0 } }],
  );
});

test('a date range means the same to another parser', () => {
  const [segment] = readMedia(writeMediaPlaylist(live)).segments;
  const range = segment?.dateRange;

  assert.equal(range?.id, 'x');
  assert.equal(range.classId, 'c');
  assert.equal(range.start?.getTime(), NOON);
  assert.equal(range.duration, 4);
  assert.deepEqual({ ...range.attributes }, { 'X-NAME': 'value' });
});

test('a delta update means the same to another parser', () => {
  const read = readMedia(
    writeMediaPlaylist({ ...live, skip: { skippedSegments: 2 }, segments: live.segments.slice(2) }),
  );

  assert.equal(read.version, 9);
  assert.equal(read.skip, 2);
  assert.equal(read.segments[0]?.uri, 's42.m4s');
});

test('a playlist of I-frames and a finished playlist mean the same to another parser', () => {
  const read = readMedia(
    writeMediaPlaylist({
      targetDurationSeconds: 2,
      mediaSequence: 0,
      playlistType: 'VOD',
      iFramesOnly: true,
      segments: [
        {
          map: { uri: 'v.mp4', byteRange: { length: 10, offset: 0 } },
          durationSeconds: 2,
          byteRange: { length: 90, offset: 10 },
          uri: 'v.mp4',
        },
        { durationSeconds: 2, byteRange: { length: 80 }, uri: 'v.mp4' },
      ],
      endList: true,
    }),
  );

  assert.equal(read.isIFrame, true);
  assert.equal(read.playlistType, 'VOD');
  assert.equal(read.endlist, true);
  assert.deepEqual(read.segments[1]?.byterange, { length: 80, offset: 100 });
});

test('a multivariant playlist means the same to another parser', () => {
  const text = writeMultivariantPlaylist({
    independentSegments: true,
    sessionData: [{ dataId: 'com.example.title', value: 'Show', language: 'en' }],
    sessionKeys: [{ method: 'SAMPLE-AES', uri: 'skd://k', keyFormat: 'com.apple.streamingkeydelivery' }],
    renditions: [
      {
        type: 'AUDIO',
        groupId: 'a',
        name: 'English',
        language: 'en',
        isDefault: true,
        autoSelect: true,
        channels: '2',
        uri: 'en.m3u8',
      },
      {
        type: 'AUDIO',
        groupId: 'a',
        name: 'Deutsch',
        language: 'de',
        autoSelect: true,
        channels: '2',
        uri: 'de.m3u8',
      },
      { type: 'SUBTITLES', groupId: 's', name: 'Deutsch', language: 'de', uri: 'sub.m3u8' },
    ],
    variants: [
      {
        bandwidth: 3_000_000,
        averageBandwidth: 2_500_000,
        codecs: ['avc1.64001f', 'mp4a.40.2'],
        resolution: { width: 1280, height: 720 },
        frameRate: 30,
        audio: 'a',
        subtitles: 's',
        uri: 'v.m3u8',
      },
    ],
    iFrameVariants: [{ bandwidth: 300_000, codecs: ['avc1.64001f'], uri: 'i.m3u8' }],
  });

  const read = HLS.parse(text);

  assert.ok(read.isMasterPlaylist);
  const { variants, sessionDataList, sessionKeyList, independentSegments } = read;
  const [variant, iFrames] = variants;
  assert.equal(independentSegments, true);
  assert.deepEqual(
    sessionDataList.map(({ id, value, language }) => ({ id, value, language })),
    [{ id: 'com.example.title', value: 'Show', language: 'en' }],
  );
  assert.deepEqual(
    sessionKeyList.map(({ method, uri, format }) => ({ method, uri, format })),
    [{ method: 'SAMPLE-AES', uri: 'skd://k', format: 'com.apple.streamingkeydelivery' }],
  );
  assert.equal(variant?.uri, 'v.m3u8');
  assert.equal(variant.bandwidth, 3_000_000);
  assert.equal(variant.averageBandwidth, 2_500_000);
  assert.equal(variant.codecs, 'avc1.64001f,mp4a.40.2');
  assert.deepEqual({ ...variant.resolution }, { width: 1280, height: 720 });
  assert.equal(variant.frameRate, 30);
  assert.deepEqual(
    variant.audio.map(({ name, uri, isDefault, autoselect, channels }) => ({
      name,
      uri,
      ...(isDefault ? { isDefault } : {}),
      autoselect,
      channels,
    })),
    [
      { name: 'English', uri: 'en.m3u8', isDefault: true, autoselect: true, channels: '2' },
      { name: 'Deutsch', uri: 'de.m3u8', autoselect: true, channels: '2' },
    ],
  );
  assert.deepEqual(
    variant.subtitles.map(({ uri }) => uri),
    ['sub.m3u8'],
  );
  assert.deepEqual(
    { uri: iFrames?.uri, isIFrameOnly: iFrames?.isIFrameOnly },
    { uri: 'i.m3u8', isIFrameOnly: true },
  );
});

test('what another writer makes of our playlist is read as the same segments', () => {
  // For an open segment it writes the map as a key of method `undefined`.
  const theirs = HLS.stringify(readMedia(writeMediaPlaylist({ ...live, open: undefined })));

  const read = parseMediaPlaylist(theirs);

  assert.deepEqual(
    read.segments.map(({ uri, durationSeconds, discontinuity, gap, byteRange, parts }) => ({
      uri,
      durationSeconds,
      discontinuity,
      gap,
      byteRange,
      parts: parts?.length,
    })),
    live.segments.map(({ uri, durationSeconds, discontinuity, gap, byteRange, parts }) => ({
      uri,
      durationSeconds,
      discontinuity,
      gap,
      byteRange,
      parts: parts?.length,
    })),
  );
  assert.equal(read.mediaSequence, 40);
  assert.equal(read.partTargetSeconds, 0.4);
  assert.deepEqual(read.segments[0]?.keys, live.segments[0]?.keys);
});
