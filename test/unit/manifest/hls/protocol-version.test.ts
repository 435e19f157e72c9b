import assert from 'node:assert/strict';
import { test } from 'node:test';
import { writeMediaPlaylist } from '../../../../src-main/manifest/hls/media-playlist.ts';
import type { MediaSegment } from '../../../../src-main/manifest/hls/media-segment.ts';
import {
  featuresOf,
  mediaVersion,
  multivariantVersion,
} from '../../../../src-main/manifest/hls/protocol-version.ts';

const segment: MediaSegment = { durationSeconds: 4, uri: 'a.ts' };
const versionOf = (tags: Partial<MediaSegment>, header: Parameters<typeof mediaVersion>[0] = {}): number =>
  mediaVersion(header, featuresOf([segment, { ...segment, ...tags }]));

test('the least version that is true is computed from what is there', () => {
  const iv = new Uint8Array(16);

  assert.deepEqual(
    {
      nothing: versionOf({}),
      partsDoNotCount: versionOf({ parts: [{ uri: 'p', durationSeconds: 0.5 }] }),
      keyWithoutIv: versionOf({ keys: [{ method: 'AES-128', uri: 'k' }] }),
      noKey: versionOf({ keys: [{ method: 'NONE' }] }),
      keyIv: versionOf({ keys: [{ method: 'AES-128', uri: 'k', iv }] }),
      decimals: versionOf({ durationSeconds: 4.004 }),
      decimalsThatRoundAway: versionOf({ durationSeconds: 4.0000001 }),
      byteRange: versionOf({ byteRange: { length: 1, offset: 0 } }),
      iFrames: versionOf({}, { iFramesOnly: true }),
      sampleAes: versionOf({ keys: [{ method: 'SAMPLE-AES', uri: 'k' }] }),
      keyFormat: versionOf({ keys: [{ method: 'AES-128', uri: 'k', keyFormat: 'identity' }] }),
      keyFormatVersions: versionOf({ keys: [{ method: 'AES-128', uri: 'k', keyFormatVersions: [1] }] }),
      mapInIFrames: versionOf({ map: { uri: 'i' } }, { iFramesOnly: true }),
      map: versionOf({ map: { uri: 'i' } }),
      variables: versionOf({}, { defines: [{ kind: 'import', name: 'a' }] }),
      skip: versionOf({}, { skip: { skippedSegments: 1 } }),
      skipDateRanges: versionOf({}, { skip: { skippedSegments: 1, recentlyRemovedDateRanges: [] } }),
      queryParameter: versionOf({}, { defines: [{ kind: 'query-parameter', name: 'a' }] }),
    },
    {
      nothing: 1,
      partsDoNotCount: 1,
      keyWithoutIv: 1,
      noKey: 1,
      keyIv: 2,
      decimals: 3,
      decimalsThatRoundAway: 1,
      byteRange: 4,
      iFrames: 4,
      sampleAes: 5,
      keyFormat: 5,
      keyFormatVersions: 5,
      mapInIFrames: 5,
      map: 6,
      variables: 8,
      skip: 9,
      skipDateRanges: 10,
      queryParameter: 11,
    },
  );
});

test('what an open segment has counts too', () => {
  assert.equal(mediaVersion({}, featuresOf([], { map: { uri: 'i' } })), 6);
});

test('a least version that was asked for is declared, but never too low a one', () => {
  const base = { targetDurationSeconds: 4, mediaSequence: 0 };

  assert.match(writeMediaPlaylist({ ...base, version: 4, segments: [segment] }), /^#EXT-X-VERSION:4$/m);
  assert.match(
    writeMediaPlaylist({ ...base, version: 4, segments: [{ ...segment, map: { uri: 'i' } }] }),
    /^#EXT-X-VERSION:6$/m,
  );
});

test('a multivariant playlist needs a version for captions services, layouts and instream ids only', () => {
  const base = { renditions: [], variants: [], iFrameVariants: [] };
  const variant = { uri: 'v', bandwidth: 1, reqVideoLayout: ['CH-STEREO'] };

  assert.deepEqual(
    [
      multivariantVersion(base),
      multivariantVersion({
        ...base,
        renditions: [{ type: 'CLOSED-CAPTIONS', groupId: 'c', name: 'n', instreamId: 'CC1' }],
      }),
      multivariantVersion({
        ...base,
        renditions: [{ type: 'CLOSED-CAPTIONS', groupId: 'c', name: 'n', instreamId: 'SERVICE9' }],
      }),
      multivariantVersion({ ...base, defines: [{ kind: 'value', name: 'a', value: '' }] }),
      multivariantVersion({ ...base, variants: [variant] }),
      multivariantVersion({ ...base, iFrameVariants: [variant] }),
      multivariantVersion({ ...base, renditions: [{ type: 'AUDIO', groupId: 'c', name: 'n', instreamId: 'x' }] }),
    ],
    [1, 1, 7, 8, 12, 12, 13],
  );
});
