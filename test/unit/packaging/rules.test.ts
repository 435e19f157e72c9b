import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CUE_TIMESCALE } from '../../../src-main/core/ports/cues.ts';
import { checkMpd } from '../../../src-main/manifest/dash/check/check-mpd.ts';
import { checkMpdSchema } from '../../../src-main/manifest/dash/check/check-schema.ts';
import type { Mpd } from '../../../src-main/manifest/dash/mpd.ts';
import { checkMediaPlaylist } from '../../../src-main/manifest/hls/check/check-media-playlist.ts';
import { checkMultivariantPlaylist } from '../../../src-main/manifest/hls/check/check-multivariant-playlist.ts';
import { applyDeltaUpdate } from '../../../src-main/manifest/hls/delta-update.ts';
import type { MediaPlaylist } from '../../../src-main/manifest/hls/media-playlist.ts';
import { parseMultivariantPlaylist } from '../../../src-main/manifest/hls/multivariant-playlist.ts';
import type { DateRange } from '../../../src-main/manifest/hls/tags/date-range.ts';
import type { Violation } from '../../../src-main/manifest/violation.ts';
import { ticks } from '../../../src-main/media/time.ts';
import { cuesOn } from '../../support/fake-cues.ts';
import { FAKE_TRACKS } from '../../support/fake-presentation.ts';
import { fakeStream } from '../../support/packaged-stream.ts';
import { insertSection } from '../../support/splice-messages.ts';

const SPLICE = 'urn:scte:scte35:2013:bin';

/** What happens to a broadcast. */
type Step =
  | { readonly kind: 'chunks'; readonly count: number }
  | { readonly kind: 'cut'; readonly gapSeconds: number }
  | { readonly kind: 'segments'; readonly count: number; readonly chunks: number }
  | { readonly kind: 'silence'; readonly track: number; readonly isSilent: boolean }
  | {
      readonly kind: 'cue';
      readonly id: string;
      /** From the newest media on. */
      readonly inSeconds: number;
      readonly seconds: number | undefined;
      readonly says: 'out' | 'in' | 'cancel';
    }
  | { readonly kind: 'cancel'; readonly id: string };

const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({ kind: fc.constant('chunks' as const), count: fc.integer({ min: 1, max: 3 }) }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant('cut' as const),
        gapSeconds: fc.oneof(fc.constant(0), fc.double({ min: 0.1, max: 20, noNaN: true })),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant('segments' as const),
        count: fc.integer({ min: 1, max: 12 }),
        chunks: fc.integer({ min: 3, max: 12 }),
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
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant('cue' as const),
        id: fc.constantFrom('1', '2', 'x'),
        inSeconds: fc.integer({ min: -10, max: 20 }),
        seconds: fc.option(fc.integer({ min: 1, max: 40 }), { nil: undefined }),
        says: fc.constantFrom('out', 'out', 'in', 'cancel'),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('cancel' as const), id: fc.constantFrom('1', '2', 'x') }),
    },
  ),
  { minLength: 1, maxLength: 12 },
);

/** A track is back, in the middle of a segment, behind more empty ones than memory has parts of. */
const BACK_AFTER_LONG: readonly Step[] = [
  { kind: 'silence', track: 1, isSilent: true },
  { kind: 'segments', count: 7, chunks: 3 },
  { kind: 'cut', gapSeconds: 0.1 },
  { kind: 'silence', track: 1, isSilent: false },
  { kind: 'chunks', count: 1 },
  { kind: 'cut', gapSeconds: 0.1 },
];

const describe = (violations: readonly Violation[]): readonly string[] =>
  violations.map(({ level, clause, message }) => `${level} ${clause}: ${message}`);

/** Low-latency and whole-segment broadcasts are driven in the same way. */
for (const partSeconds of [0.2134, undefined]) {
  const kind = partSeconds === undefined ? 'whole segments' : 'low latency';

  test(`every playlist of a broadcast of ${kind} and every update of one keeps the rules of HLS`, () => {
    fc.assert(
      fc.property(steps, (story) => {
        const stream = fakeStream({ partSeconds, chunksPerPart: 1 });
        const { run } = player(stream);
        const previous = new Map<string, MediaPlaylist>();

        run(story, () => {
          for (const track of FAKE_TRACKS) {
            const full = stream.playlist(track);
            const before = previous.get(track.id);
            const profile =
              partSeconds === undefined || stream.presentation.state() === 'ended' || !hasParts(full)
                ? undefined
                : { otherRenditions: FAKE_TRACKS.length - 1 };
            assert.deepEqual(describe(checkMediaPlaylist(before, full, { lowLatencyProfile: profile })), []);

            const delta = stream.playlist(track, '_HLS_skip=YES');
            assert.deepEqual(describe(checkMediaPlaylist(before ?? full, delta)), []);
            assert.deepEqual(applyDeltaUpdate(full, delta), full);

            const latest = stream.playlist(track, '_HLS_skip=v2');
            assert.deepEqual(describe(checkMediaPlaylist(before ?? full, latest)), []);
            const updated = applyDeltaUpdate(before ?? full, latest);
            assert.deepEqual(rangesOf(updated), rangesOf(full));
            assert.deepEqual(
              updated?.segments.map(({ uri }) => uri),
              full.segments.map(({ uri }) => uri),
            );
            previous.set(track.id, full);
          }
          assert.deepEqual(
            describe(
              checkMultivariantPlaylist(parseMultivariantPlaylist(stream.text('manifest(format=m3u8-cmaf)'))),
            ),
            [],
          );
        });
      }),
      { numRuns: 20, examples: [[BACK_AFTER_LONG]] },
    );
  });

  test(`every MPD of a broadcast of ${kind} and every update of one keeps the rules of DASH`, () => {
    fc.assert(
      fc.property(steps, (story) => {
        const stream = fakeStream({ partSeconds, chunksPerPart: 1 });
        const { run } = player(stream);
        let previous: Mpd | undefined;

        run(story, () => {
          const mpd = stream.mpd();
          assert.deepEqual(describe(checkMpdSchema(stream.text('manifest(format=mpd-time-cmaf)'))), []);
          const violations = checkMpd(previous, mpd, { nowMs: stream.clock.wallMs() });
          assert.deepEqual(
            describe(violations).filter((one) => !isAccepted(one)),
            [],
          );
          previous = mpd;
        });
      }),
      { numRuns: 20 },
    );
  });
}

/**
 * What cannot be otherwise: where nothing was recorded there is a hole in the timeline; a segment that is still being written may turn out
 * shorter or longer than it was said to become; cuts come when the encoder makes them.
 */
function isAccepted(violation: string): boolean {
  return [
    /has a gap before/,
    /changed an S, or took back segments from the end/,
    /has an availabilityTimeOffset that is not shorter than its segments/,
    /ends \S+ s (?:before|after) now/,
    // A track that was silent at the end, or at the beginning of the window; the first one never is.
    /ends before its Period/,
    /representation (?:video_600000|audio_128000) begins inside the time-shift buffer/,
  ].some((pattern) => pattern.test(violation));
}

/** As a player has them, which merges the tags of one id. */
function rangesOf(playlist: MediaPlaylist | undefined): ReadonlyMap<string, DateRange> {
  const ranges = new Map<string, DateRange>();
  for (const range of playlist?.dateRanges ?? []) {
    ranges.set(range.id, { ...ranges.get(range.id), ...range });
  }
  return ranges;
}

function hasParts({ segments, open }: MediaPlaylist): boolean {
  return open?.parts !== undefined || segments.at(-1)?.parts !== undefined;
}

/**
 * Lives a story, looking after each step and each segment, as players do: whoever looks more seldom may find that segments have left that
 * an update refers to.
 */
function player(stream: ReturnType<typeof fakeStream>): {
  readonly run: (story: readonly Step[], look: () => void) => void;
} {
  let openChunks = 0;
  const cues = cuesOn(stream);

  function cut(gapSeconds = 0): void {
    if (openChunks > 0) {
      stream.cut(gapSeconds);
      openChunks = 0;
    }
  }

  function chunks(count: number): void {
    for (let index = 0; index < count; index += 1) {
      // No segment is longer than the nominal length by half a second.
      if (openChunks === 12) {
        cut();
      }
      stream.chunk();
      openChunks += 1;
    }
  }

  function live(step: Step, look: () => void): void {
    switch (step.kind) {
      case 'chunks':
        chunks(step.count);
        break;
      case 'cut':
        cut(step.gapSeconds);
        break;
      case 'segments':
        for (let index = 0; index < step.count; index += 1) {
          cut();
          chunks(step.chunks);
          look();
        }
        break;
      case 'silence':
        stream.silence(FAKE_TRACKS[step.track]!.id, step.isSilent);
        break;
      case 'cue':
        cues.put({
          id: step.id,
          scheme: SPLICE,
          value: 'onAdCue',
          time: ticks(BigInt(Math.round(stream.edgeMs() + step.inSeconds * 1000) * (CUE_TIMESCALE / 1000))),
          duration: step.seconds === undefined ? undefined : step.seconds * CUE_TIMESCALE,
          message: insertSection(1, step.says),
        });
        break;
      case 'cancel':
        cues.cancel(SPLICE, step.id);
        break;
    }
  }

  return {
    run(story, look) {
      const follow = (): void => {
        stream.follow();
        cues.follow();
        look();
      };
      stream.segments(4);
      for (const step of story) {
        live(step, follow);
        follow();
      }
      stream.end();
      follow();
    },
  };
}
