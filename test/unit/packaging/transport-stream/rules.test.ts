import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Track } from '../../../../src-main/core/ports/presentation.ts';
import { checkMediaPlaylist } from '../../../../src-main/manifest/hls/check/check-media-playlist.ts';
import { checkMultivariantPlaylist } from '../../../../src-main/manifest/hls/check/check-multivariant-playlist.ts';
import type { MediaPlaylist } from '../../../../src-main/manifest/hls/media-playlist.ts';
import { parseMultivariantPlaylist } from '../../../../src-main/manifest/hls/multivariant-playlist.ts';
import { parseMediaPlaylist } from '../../../../src-main/manifest/hls/parse-media-playlist.ts';
import type { Violation } from '../../../../src-main/manifest/violation.ts';
import { FAKE, FAKE_TRACKS, type FakePresentation } from '../../../support/fake-presentation.ts';
import { fakeStream } from '../../../support/packaged-stream.ts';

/** What happens to a broadcast. */
type Step =
  | { readonly kind: 'segments'; readonly count: number; readonly chunks: number }
  | { readonly kind: 'gap'; readonly seconds: number }
  | { readonly kind: 'silence'; readonly track: number; readonly isSilent: boolean }
  | { readonly kind: 'unseen'; readonly gaps: readonly number[] };

const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant('segments' as const),
        count: fc.integer({ min: 1, max: 15 }),
        chunks: fc.integer({ min: 5, max: 12 }),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant('gap' as const),
        seconds: fc.double({ min: 0.1, max: 20, noNaN: true }),
      }),
    },
    {
      weight: 1,
      // The first track sets the cuts and is never without media.
      arbitrary: fc.record({
        kind: fc.constant('silence' as const),
        track: fc.integer({ min: 1, max: 2 }),
        isSilent: fc.boolean(),
      }),
    },
    {
      weight: 1,
      // Nobody looks for longer than the window.
      arbitrary: fc.record({
        kind: fc.constant('unseen' as const),
        gaps: fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 6 }),
      }),
    },
  ),
  { minLength: 1, maxLength: 12 },
);

const WINDOW_SECONDS = 90;

/** Which playlists there are. */
const LISTS = FAKE_TRACKS.flatMap((track) => [
  { track, options: 'format=m3u8-aapl' },
  { track, options: 'format=m3u8-aapl-v3' },
  ...(track.kind === 'video' ? [{ track, options: 'format=m3u8-aapl,type=keyframes' }] : []),
]);

function listPath({ bitrate, name }: Track, options: string): string {
  return `QualityLevels(${bitrate})/Manifest(${name},${options})`;
}

/**
 * A version is declared that does not change, also as long as all durations happen to be whole.
 */
function complaints(violations: readonly Violation[]): readonly string[] {
  return violations
    .map(({ level, clause, message }) => `${level} ${clause}: ${message}`)
    .filter((text) => !/version 3 is declared, \d would do/.test(text));
}

function live(stream: FakePresentation & { readonly follow: () => void }, step: Step, look: () => void): void {
  const segments = (count: number, chunks: number): void => {
    for (let index = 0; index < count; index += 1) {
      stream.segments(1, chunks);
      look();
    }
  };
  switch (step.kind) {
    case 'segments':
      segments(step.count, step.chunks);
      break;
    case 'gap':
      stream.chunk();
      stream.chunk();
      stream.cut(step.seconds);
      look();
      break;
    case 'silence':
      stream.silence(FAKE_TRACKS[step.track]!.id, step.isSilent);
      break;
    case 'unseen':
      for (const gap of step.gaps) {
        stream.segments(1);
        stream.chunk();
        stream.cut(gap);
      }
      stream.segments(WINDOW_SECONDS);
      break;
  }
}

for (const fragmentsPerTsSegment of [undefined, 1, 2, 5]) {
  test(`every playlist with ${fragmentsPerTsSegment ?? 'as many as usual'} fragments a segment and every update of one keeps the rules of HLS`, () => {
    fc.assert(
      fc.property(steps, (story) => {
        const stream = fakeStream({ windowSeconds: WINDOW_SECONDS, fragmentsPerTsSegment });
        const previous = new Map<string, MediaPlaylist>();
        let isFollowed = true;
        const look = (): void => {
          stream.follow();
          for (const { track, options } of LISTS) {
            const path = listPath(track, options);
            const next = parseMediaPlaylist(stream.text(path));
            const before = isFollowed ? previous.get(path) : undefined;
            assert.deepEqual(complaints(checkMediaPlaylist(before, next)), [], path);
            const last = previous.get(path);
            assert(last === undefined || next.endList === true || next.mediaSequence >= last.mediaSequence, path);
            previous.set(path, next);
          }
          isFollowed = true;
          for (const format of ['m3u8-aapl', 'm3u8-aapl-v3']) {
            const text = stream.text(`manifest(format=${format},audio-only=true)`);
            assert.deepEqual(complaints(checkMultivariantPlaylist(parseMultivariantPlaylist(text))), []);
          }
        };

        stream.segments(20);
        for (const step of story) {
          live(stream, step, look);
          isFollowed = step.kind !== 'unseen';
          look();
        }
        stream.end();
        look();
      }),
      // A story takes too long to be made shorter.
      { numRuns: 6, endOnFailure: true },
    );
  });
}

test('a segment has the same fragments wherever the window begins, live and recorded', () => {
  fc.assert(
    fc.property(steps, (story) => {
      const stream = fakeStream({ windowSeconds: WINDOW_SECONDS });
      const durations = new Map<string, number>();
      const path = listPath(FAKE.BEST, 'format=m3u8-aapl');
      const look = (): void => {
        stream.follow();
        const { segments, endList } = parseMediaPlaylist(stream.text(path));
        // Only at the end of all there may be less.
        for (const { uri, durationSeconds } of endList === true ? segments.slice(1) : segments) {
          assert.equal(durationSeconds, durations.get(uri) ?? durationSeconds, uri);
          durations.set(uri, durationSeconds);
        }
      };

      stream.segments(20);
      for (const step of story) {
        live(stream, step, look);
        look();
      }
      stream.end();
      look();
      stream.clock.advance(60_000);
      look();
      const recorded = parseMediaPlaylist(stream.text(path));

      assert.equal(recorded.playlistType, 'VOD');
      assert.deepEqual(complaints(checkMediaPlaylist(undefined, recorded)), []);
    }),
    { numRuns: 20, endOnFailure: true },
  );
});
