import type { SegmentRef } from '../../media/cmaf/segment-table.ts';
import { type Ticks, ticks } from '../../media/time.ts';
import type { Presentation, TrackWindow } from '../ports/presentation.ts';
import type { ChunkSamples } from './read-chunks.ts';
import { readHeads } from './read-heads.ts';

/** Where a track can be cut: a key frame. Decode times choose samples, presentation times are what people see. */
export type Cut = { readonly decodeTime: Ticks; readonly presentedAt: Ticks };

/** Cuts that follow each other, oldest first, and whether there are others on either side. */
export type CutRow = { readonly cuts: readonly Cut[]; readonly isFirst: boolean; readonly isLast: boolean };

/** The key frames of a track, found in its media: a segment may have several, and encoders set them as they like. */
export type Cuts = {
  /** Where a part that is to begin then begins: the last key frame shown at or before the time; in a gap, and before the first, the next one. */
  beginningAt(time: Ticks): Promise<Cut | undefined>;
  /** The first key frame shown at or after a time; undefined when the recording ends before. */
  atOrAfter(time: Ticks): Promise<Cut | undefined>;
  /** The last `count` shown at or before a time and the first `count` behind it. */
  around(time: Ticks, count: number): Promise<CutRow>;
  /** When what is shown at a time began to be shown, key frame or not; undefined in a gap, and before the first. */
  shownAt(time: Ticks): Promise<Ticks | undefined>;
  /**
   * Where a part ends that shows nothing from a time on, key frame or not: with the last picture that begins before it. Decoded is what is shown
   * before, wherever it stands. Undefined when the recording ends before.
   */
  endAt(time: Ticks): Promise<Cut | undefined>;
};

/** Times that are asked for come from clicks and decimals; a frame that begins this little later is meant. */
const CLICK_SECONDS = 0.001;

export function clickTicks(timescale: number): bigint {
  return BigInt(Math.round(CLICK_SECONDS * timescale));
}

/** `rows`: those of the track that have bytes, oldest first. What it gives throws what reading them throws. */
export function createCuts(presentation: Presentation, window: TrackWindow, rows: readonly SegmentRef[]): Cuts {
  const tolerance = clickTicks(window.track.timescale);
  const picturesOf = async (row: SegmentRef): Promise<readonly Picture[]> =>
    picturesIn(await readHeads(presentation, window, row.sequence));
  const cutsOf = async (row: SegmentRef): Promise<readonly Cut[]> =>
    (await picturesOf(row)).filter(({ isSync }) => isSync);
  const coveringRow = (time: Ticks): number => rows.findLastIndex((row) => row.time <= time + tolerance);

  /** Newest first, from the segment that a time is in. */
  async function* backwards(time: Ticks): AsyncGenerator<Cut> {
    for (const row of rows.slice(0, coveringRow(time) + 1).reverse()) {
      const cuts = await cutsOf(row);
      // Pictures are shown after they are decoded: the key frame of the covering segment may still be to come.
      yield* cuts.filter(({ presentedAt }) => presentedAt <= time + tolerance).toReversed();
    }
  }

  async function* forwards(isWanted: (cut: Cut) => boolean, time: Ticks): AsyncGenerator<Cut> {
    for (const row of rows.slice(Math.max(0, coveringRow(time) - 1))) {
      yield* (await cutsOf(row)).filter(isWanted);
    }
  }

  return {
    async beginningAt(time) {
      const covering = coveringRow(time);
      const isInside = covering >= 0 && time < endOf(rows.slice(covering, covering + 1));
      const [cut] = isInside ? await take(backwards(time), 1) : [];
      const next = isInside ? rows[0] : rows[covering + 1];
      return cut ?? (next === undefined ? undefined : (await cutsOf(next))[0]);
    },
    async atOrAfter(time) {
      const [cut] = await take(
        forwards(({ presentedAt }) => presentedAt >= time - tolerance, time),
        1,
      );
      return cut;
    },
    async around(time, count) {
      // One more than is asked for tells whether there is more.
      const before = await take(backwards(time), count + 1);
      const behind = await take(
        forwards(({ presentedAt }) => presentedAt > time + tolerance, time),
        count + 1,
      );
      return {
        cuts: [...before.slice(0, count).toReversed(), ...behind.slice(0, count)],
        isFirst: before.length <= count,
        isLast: behind.length <= count,
      };
    },
    async shownAt(time) {
      const pictures = await picturesAround(time);
      const begun = pictures.filter(({ presentedAt }) => presentedAt <= time + tolerance);
      const shown = latest(begun.map(({ presentedAt }) => presentedAt));
      const last = begun.find(({ presentedAt }) => presentedAt === shown);
      return last !== undefined && last.presentedAt + BigInt(last.duration) > time ? shown : undefined;
    },
    async endAt(time) {
      const pictures = await picturesAround(time);
      const isBehind = ({ presentedAt }: Picture): boolean => presentedAt >= time - tolerance;
      const next = pictures.filter(isBehind).toSorted((a, b) => Number(a.presentedAt - b.presentedAt))[0];
      const before = pictures.filter((picture) => !isBehind(picture));
      const after = (begin: Ticks, { duration }: Picture): Ticks => ticks(begin + BigInt(duration));
      const decoded = latest(before.map((picture) => after(picture.decodeTime, picture)));
      const shown = latest(before.map((picture) => after(picture.presentedAt, picture)));
      if (next === undefined || decoded === undefined || shown === undefined) {
        return next;
      }
      // In a gap nothing is shown.
      return { decodeTime: decoded, presentedAt: shown < next.presentedAt ? shown : next.presentedAt };
    },
  };

  /** Of the segment that a time is in and of its neighbours: pictures are shown later than they are decoded. */
  async function picturesAround(time: Ticks): Promise<readonly Picture[]> {
    const covering = coveringRow(time);
    const near = rows.slice(Math.max(0, covering - 1), covering + 2);
    return (await Promise.all(near.map(picturesOf))).flat();
  }
}

export function rowsOf({ segments }: TrackWindow): readonly SegmentRef[] {
  return Array.from({ length: segments.length }, (_, index) => segments.at(index)).filter(({ size }) => size > 0);
}

/** Where the last of some segments ends. */
export function endOf(rows: readonly SegmentRef[]): Ticks {
  const last = rows.at(-1);
  return ticks(last === undefined ? 0n : last.time + BigInt(last.duration));
}

async function take<T>(from: AsyncGenerator<T>, count: number): Promise<readonly T[]> {
  const taken: T[] = [];
  for await (const one of from) {
    taken.push(one);
    if (taken.length === count) {
      break;
    }
  }
  return taken;
}

/** One sample of a track, in ticks of it. */
type Picture = Cut & { readonly duration: number; readonly isSync: boolean };

function picturesIn(chunks: readonly ChunkSamples[]): readonly Picture[] {
  return chunks.flatMap((chunk) => {
    let decodeTime = chunk.decodeTime;
    return Array.from({ length: chunk.sampleCount }, (_, sample): Picture => {
      const [began, duration] = [decodeTime, chunk.duration(sample)];
      decodeTime = ticks(began + BigInt(duration));
      const presentedAt = ticks(began + BigInt(chunk.compositionOffset(sample)));
      return { decodeTime: began, presentedAt, duration, isSync: chunk.isSync(sample) };
    });
  });
}

function latest(times: readonly Ticks[]): Ticks | undefined {
  return times.reduce<Ticks | undefined>(
    (last, time) => (last === undefined || time > last ? time : last),
    undefined,
  );
}
