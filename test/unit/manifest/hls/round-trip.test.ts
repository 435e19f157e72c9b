import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { writeMediaPlaylist } from '../../../../src-main/manifest/hls/media-playlist.ts';
import {
  parseMultivariantPlaylist,
  writeMultivariantPlaylist,
} from '../../../../src-main/manifest/hls/multivariant-playlist.ts';
import { parseMediaPlaylist } from '../../../../src-main/manifest/hls/parse-media-playlist.ts';
import {
  featuresOf,
  mediaVersion,
  multivariantVersion,
} from '../../../../src-main/manifest/hls/protocol-version.ts';
import { mediaPlaylist, multivariantPlaylist } from './playlist-arbitraries.ts';

/** A playlist of version 1 has no version tag to read. */
const declared = (version: number): { readonly version?: number } => (version > 1 ? { version } : {});

test('any media playlist is read back as it was written', () => {
  fc.assert(
    fc.property(mediaPlaylist, (playlist) => {
      const version = mediaVersion(playlist, featuresOf(playlist.segments, playlist.open));

      const read = parseMediaPlaylist(writeMediaPlaylist(playlist));

      assert.deepEqual(read, { ...declared(version), ...playlist });
    }),
    { numRuns: 500 },
  );
});

test('any multivariant playlist is read back as it was written', () => {
  fc.assert(
    fc.property(multivariantPlaylist, (playlist) => {
      const read = parseMultivariantPlaylist(writeMultivariantPlaylist(playlist));

      assert.deepEqual(read, { ...declared(multivariantVersion(playlist)), ...playlist });
    }),
    { numRuns: 500 },
  );
});

test('text that was written, read and written again is the same text', () => {
  fc.assert(
    fc.property(mediaPlaylist, (playlist) => {
      const text = writeMediaPlaylist(playlist);

      assert.equal(writeMediaPlaylist(parseMediaPlaylist(text)), text);
    }),
    { numRuns: 200 },
  );
});
