import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TrackWindow } from '../../../src-main/core/ports/presentation.ts';
import { expandTimeline, timelineRuns } from '../../../src-main/manifest/dash/segment-timeline.ts';
import type { Ticks } from '../../../src-main/media/time.ts';
import { FAKE_TRACKS, fakePresentation, fakePublication } from '../../support/fake-presentation.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { packagedStream, playlistPath } from '../../support/packaged-stream.ts';

const DASH = 'manifest(format=mpd-time-cmaf)';

/** A broadcast that counts how many rows of its tables are read. */
function countedStream(windowSegments: number) {
  const fake = fakePresentation({ windowSeconds: windowSegments * 2 });
  let reads = 0;
  const windows = fake.presentation.tracks().map((window): TrackWindow => {
    const { segments } = window;
    return Object.defineProperties(
      { ...window },
      {
        open: { get: () => window.open },
        segments: {
          value: {
            get length() {
              return segments.length;
            },
            get firstSequence() {
              return segments.firstSequence;
            },
            at(index: number) {
              reads += 1;
              return segments.at(index);
            },
            indexAtTime: (time: Ticks) => segments.indexAtTime(time),
            indexBefore: (time: Ticks) => segments.indexBefore(time),
          },
        },
      },
    );
  });
  const clock = manualClock(fake.edgeMs());
  const stream = packagedStream(fakePublication({ ...fake.presentation, tracks: () => windows }), clock, {
    chunksPerPart: 2,
  });
  return {
    ...fake,
    ...stream,
    readsOf(action: () => void): number {
      const before = reads;
      action();
      return reads - before;
    },
  };
}

/** The most that one new segment costs, over as many as a run of blocks has. */
function costPerSegment(windowSegments: number): { readonly hls: number; readonly dash: number } {
  const stream = countedStream(windowSegments);
  const look = (path: string): number => stream.readsOf(() => stream.manifest(path).gzip());
  stream.segments(windowSegments + 70);
  const [video] = FAKE_TRACKS;
  look(playlistPath(video!));
  look(DASH);
  const hls: number[] = [];
  const dash: number[] = [];
  for (let index = 0; index < 130; index += 1) {
    stream.segments(1);
    hls.push(look(playlistPath(video!)));
    dash.push(look(DASH));
  }
  return { hls: Math.max(...hls), dash: Math.max(...dash) };
}

test('what a new segment costs does not depend on how long the window is', () => {
  const short = costPerSegment(300);
  const long = costPerSegment(10_800);

  assert(short.hls < 400 && short.dash < 400, JSON.stringify(short));
  // Where blocks begin differs with the length; how many are written anew does not.
  assert(long.hls <= short.hls + 64 && long.dash <= short.dash + 64, JSON.stringify({ short, long }));
});

test('the playlist and the MPD of a window of 6 h are whole although they are put together from pieces', () => {
  const stream = countedStream(10_800);
  stream.segments(10_900);

  const [video] = FAKE_TRACKS;
  const playlist = stream.playlist(video!);
  const mpd = stream.mpd();
  const [set] = mpd.periods[0]!.adaptationSets;
  const listed = [...expandTimeline(timelineRuns(set!.segmentTemplate!.timeline!))];

  assert(playlist.segments.length >= 10_800 && playlist.segments.length < 10_803);
  assert.equal(playlist.mediaSequence + playlist.segments.length, 10_901);
  assert(listed.length >= 10_800 && listed.length < 10_803 + 16);
});

test('everybody is given the same object until something changes, and asking again costs no look at the segments', () => {
  const stream = countedStream(1000);
  stream.segments(1100);
  stream.chunk();
  const paths = [...FAKE_TRACKS.map(playlistPath), DASH, 'manifest(format=m3u8-cmaf)'];
  const first = paths.map((path) => stream.manifest(path));

  const reads = stream.readsOf(() => {
    assert(paths.every((path, index) => stream.manifest(path) === first[index]));
  });

  assert.equal(reads, 0);
  assert(
    first.every((document) => document.gzip() === document.gzip() && document.identity() === document.identity()),
  );
});

test('a chunk that no manifest shows yet changes none of them', () => {
  const stream = countedStream(100);
  stream.segments(20);
  stream.chunk();
  stream.chunk();
  const paths = [...FAKE_TRACKS.map(playlistPath), DASH, 'manifest(format=m3u8-cmaf)'];
  const before = paths.map((path) => stream.manifest(path));

  stream.chunk();

  assert.deepEqual(
    paths.map((path, index) => stream.manifest(path) === before[index]),
    paths.map(() => true),
  );
});
