import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { writeMediaPlaylist } from '../../../../src-main/manifest/hls/media-playlist.ts';
import {
  parseMultivariantPlaylist,
  writeMultivariantPlaylist,
} from '../../../../src-main/manifest/hls/multivariant-playlist.ts';
import { parseMediaPlaylist } from '../../../../src-main/manifest/hls/parse-media-playlist.ts';
import { AppError } from '../../../../src-main/shared/app-error.ts';
import { mediaPlaylist, multivariantPlaylist } from './playlist-arbitraries.ts';

/** Reading ends in a model or in `media/malformed`, never in anything else. */
function assertNoOtherError(parse: (text: string) => unknown, text: string): void {
  try {
    parse(text);
  } catch (error) {
    assert.ok(error instanceof AppError && error.code === 'media/malformed', String(error));
  }
}

test('a playlist that is cut off anywhere is read or refused', () => {
  const options = { seed: 7, numRuns: 6 };
  for (const text of fc.sample(mediaPlaylist, options).map(writeMediaPlaylist)) {
    for (let end = 0; end < text.length; end += 1) {
      assertNoOtherError(parseMediaPlaylist, text.slice(0, end));
    }
  }
  for (const text of fc.sample(multivariantPlaylist, options).map(writeMultivariantPlaylist)) {
    for (let end = 0; end < text.length; end += 1) {
      assertNoOtherError(parseMultivariantPlaylist, text.slice(0, end));
    }
  }
});

test('a playlist with any character changed is read or refused', () => {
  fc.assert(
    fc.property(
      mediaPlaylist,
      fc.nat(),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
      (playlist, at, character) => {
        const text = writeMediaPlaylist(playlist);
        const index = at % text.length;

        assertNoOtherError(parseMediaPlaylist, text.slice(0, index) + character + text.slice(index + 1));
        assertNoOtherError(parseMultivariantPlaylist, text);
      },
    ),
    { numRuns: 300 },
  );
});

test('any text is read or refused', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      assertNoOtherError(parseMediaPlaylist, text);
      assertNoOtherError(parseMediaPlaylist, `#EXTM3U\n#EXT-X-TARGETDURATION:1\n${text}`);
      assertNoOtherError(parseMultivariantPlaylist, `#EXTM3U\n${text}`);
    }),
    { numRuns: 500 },
  );
});

/** Processor time of this process in µs, the least of three runs: what else the machine does is not in it. */
function leastCpu(work: () => unknown): number {
  return Math.min(
    ...[0, 1, 2].map(() => {
      const before = process.cpuUsage();
      work();
      const { user, system } = process.cpuUsage(before);
      return user + system;
    }),
  );
}

test('tags that pile up cost no more than their number', () => {
  const repeated = [
    '#EXT-X-KEY:METHOD=AES-128,URI="k"\n',
    '#EXT-X-PART:DURATION=1,URI="p"\n',
    '#EXT-X-UNKNOWN\n',
    '#EXT-X-RENDITION-REPORT:URI="a"\n',
    '#EXTINF:1,\na\n',
  ];
  const read = (line: string, count: number) => () =>
    parseMediaPlaylist(`#EXTM3U\n#EXT-X-TARGETDURATION:1\n${line.repeat(count)}`);

  for (const line of repeated) {
    const growth = leastCpu(read(line, 80_000)) / leastCpu(read(line, 10_000));

    // Eight times the tags: about 8 when the work is proportional, 64 when it grows with the square.
    assert.ok(growth < 25, `${line.trim()}: ${growth.toFixed(1)} times the work`);
  }
});

test('one line of a megabyte is refused before it is looked at', () => {
  const head = '#EXTM3U\n#EXT-X-TARGETDURATION:1\n';
  for (const line of [`#EXT-X-START:${'A=1,'.repeat(250_000)}`, `#EXTINF:${'1'.repeat(1e6)},`, 'x'.repeat(1e6)]) {
    assert.throws(() => parseMediaPlaylist(`${head}${line}\n`), /line 3.*longer than 65536 characters/);
  }
});

test('names of object prototypes are names like others', () => {
  const playlist = parseMediaPlaylist(
    '#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXT__proto__:1\n#EXTconstructor\n#EXT-X-DATERANGE:ID="__proto__",START-DATE="2026-11-20T00:00:00Z",X-CONSTRUCTOR="a"\n',
  );

  assert.deepEqual(playlist.unknownTags, ['#EXT__proto__:1', '#EXTconstructor']);
  assert.equal(playlist.dateRanges?.[0]?.id, '__proto__');
});
