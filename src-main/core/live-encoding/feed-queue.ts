import { writeFeedFragment } from './feed-file.ts';
import type { FeedSample } from './pacer.ts';
import { createPictureTimes, type PictureTimes } from './picture-times.ts';

/** What its decoder still has to be given of a feed. */
export type FeedReader = {
  /** The next bytes; undefined while there are none. */
  next(): Uint8Array | undefined;
  /** Of the pictures that have been given. */
  readonly pictures: PictureTimes;
};

/**
 * The samples of a feed that are due, on their way to the decoder. A decoder that begins is given them from the latest key frame on; one that
 * is more than two groups of pictures behind goes on with the newest key frame that waits for it, or else with the next that comes.
 */
export type FeedQueue = {
  push(sample: FeedSample): void;
  /** A decoder begins: the one before gets nothing more. */
  join(): FeedReader;
  /** The newest key frame; undefined before the first. */
  keyFrame(): FeedSample | undefined;
};

/** Until two key frames are known; and a group may be shorter, but a decoder that starts needs half a second. */
const USUAL_GOP_MS = 2000;
const LEAST_GOP_MS = 500;
/** The longest group (spec 2.3: 20 s) of the highest bitrate. What is larger is no longer kept for whoever begins. */
const MOST_GOP_MS = 22_000;
const MOST_GOP_BYTES = 64 * 1024 * 1024;
/** The decoder conceals a lost picture or two; behind a longer hole everything it made would be mud. */
const HOLE_MS = 1000;

export function createFeedQueue(): FeedQueue {
  /** Since the newest key frame, which is its first; empty while there is none to begin with. */
  let group: FeedSample[] = [];
  let groupBytes = 0;
  let gopMs = USUAL_GOP_MS;
  let keyFrame: FeedSample | undefined;
  let endMs: number | undefined;
  let needsKeyFrame = true;
  let reader: Reader | undefined;

  function beginGroup(sample: FeedSample): void {
    if (keyFrame !== undefined && !needsKeyFrame) {
      gopMs = Math.max(LEAST_GOP_MS, sample.decodeMs - keyFrame.decodeMs);
    }
    keyFrame = sample;
    needsKeyFrame = false;
    group = [];
    groupBytes = 0;
  }

  return {
    push(sample) {
      if (sample.kind === 'video') {
        const hasHole = endMs !== undefined && Math.abs(sample.decodeMs - endMs) > HOLE_MS;
        endMs = sample.decodeMs;
        needsKeyFrame ||= hasHole;
        if (sample.sample.sync) {
          beginGroup(sample);
        } else if (needsKeyFrame) {
          group = [];
          return;
        }
      }
      if (keyFrame === undefined) {
        return;
      }
      if (sample === keyFrame || group.length > 0) {
        group.push(sample);
        groupBytes += sample.sample.data.length;
        if (groupBytes > MOST_GOP_BYTES || sample.decodeMs - keyFrame.decodeMs > MOST_GOP_MS) {
          group = [];
        }
      }
      reader?.add(sample, group, 2 * gopMs);
    },
    join() {
      reader = createReader();
      return reader;
    },
    keyFrame: () => keyFrame,
  };
}

type Reader = FeedReader & {
  /** `group` is what has come since the newest key frame, this sample included. */
  add(sample: FeedSample, group: readonly FeedSample[], mostMs: number): void;
};

function createReader(): Reader {
  const pictures = createPictureTimes();
  let waiting: FeedSample[] = [];
  let hasBegun = false;
  let needsKeyFrame = true;
  /** Pictures before it need one that was not given. */
  let beginsMs = -Infinity;
  let sequence = 0;

  function beginWith(group: readonly FeedSample[]): void {
    hasBegun = true;
    waiting = [...group];
    needsKeyFrame = false;
    beginsMs = group[0]?.showMs ?? beginsMs;
  }

  /** What is left of too much: from the newest key frame on. */
  function shorten(): void {
    const newest = waiting.findLastIndex(isKeyFrame);
    // What is older than the key frame it began with has been given, so that this is never the one that it is just working on.
    needsKeyFrame = newest < 0;
    waiting = newest < 0 ? [] : waiting.slice(newest);
    beginsMs = waiting[0]?.showMs ?? beginsMs;
  }

  return {
    pictures,
    add(sample, group, mostMs) {
      if (!hasBegun) {
        // Not when it came: should the feed be silent and go on elsewhere, what is over would be shown once more.
        if (group.length > 0) {
          beginWith(group);
        }
        return;
      }
      if (needsKeyFrame && sample.kind === 'video') {
        if (!sample.sample.sync) {
          return;
        }
        needsKeyFrame = false;
        beginsMs = sample.showMs;
      }
      if (sample.kind === 'video' && sample.showMs < beginsMs) {
        return;
      }
      waiting.push(sample);
      const [oldest] = waiting;
      if (oldest !== undefined && sample.decodeMs - oldest.decodeMs > mostMs) {
        shorten();
      }
    },
    next() {
      const sample = waiting.shift();
      if (sample === undefined) {
        return undefined;
      }
      if (sample.kind === 'video') {
        pictures.add(sample.showMs);
      }
      sequence += 1;
      return writeFeedFragment(sample.kind, sample.sample, sequence);
    },
  };
}

function isKeyFrame({ kind, sample }: FeedSample): boolean {
  return kind === 'video' && sample.sync;
}
