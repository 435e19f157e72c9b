import { follow, type Reading } from './hls-reader.ts';
import type { Anchors, Hole } from './track-check.ts';

export type ManifestReader = Reading & {
  readonly holes: () => readonly (Hole & { readonly kind: string })[];
  readonly segments: () => number;
};

const POLL_MS = 2000;

type Timeline = {
  readonly kind: string;
  readonly timescale: number;
  readonly times: readonly { readonly from: number; readonly to: number }[];
  /** Of the newest segment in the best quality. */
  readonly newest: string | undefined;
};

/** Follows an MPD: every segment of its timelines begins where the one before ended, and the newest can be had. */
export function followManifest(url: string, anchors: Anchors): ManifestReader {
  const stopping = new AbortController();
  const { signal } = stopping;
  const failures: string[] = [];
  const holes: (Hole & { kind: string })[] = [];
  const ends = new Map<string, number>();
  let segments = 0;

  async function look(): Promise<void> {
    const answer = await fetch(url, { signal });
    const text = await answer.text();
    if (!answer.ok) {
      throw new Error(`${answer.status} ${url}`);
    }
    for (const timeline of timelinesIn(text)) {
      const { kind } = timeline;
      const isNew = noteTimes(timeline);
      if (isNew && timeline.newest !== undefined) {
        const media = await fetch(new URL(timeline.newest, url), { signal });
        const bytes = (await media.arrayBuffer()).byteLength;
        if (!media.ok || bytes === 0) {
          throw new Error(`${media.status}, ${bytes} bytes, for the newest segment of ${kind}`);
        }
      }
    }
  }

  function noteTimes({ kind, timescale, times }: Timeline): boolean {
    let end = ends.get(kind);
    let isNew = false;
    const [anchor] = anchors.all;
    for (const { from, to } of times) {
      if (end !== undefined && to <= end) {
        continue;
      }
      if (end !== undefined && from !== end && anchor !== undefined) {
        holes.push({ kind, from: end / timescale - anchor, to: from / timescale - anchor });
      }
      end = to;
      isNew = true;
      segments += 1;
    }
    if (end !== undefined) {
      ends.set(kind, end);
    }
    return isNew;
  }

  const following = follow(look, POLL_MS, signal, failures);
  return {
    failures: () => failures,
    holes: () => holes,
    segments: () => segments,
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await following;
    },
  };
}

function timelinesIn(text: string): readonly Timeline[] {
  return [...text.matchAll(/<AdaptationSet [^>]*contentType="(video|audio)".*?<\/AdaptationSet>/gs)].map(
    ([set, kind = '']) => {
      const timescale = Number(/ timescale="(\d+)"/.exec(set)?.[1] ?? 1);
      const times: { from: number; to: number }[] = [];
      for (const [, attributes = ''] of set.matchAll(/<S ([^>]*)\/>/g)) {
        const value = (name: string): number | undefined => {
          const found = new RegExp(`\\b${name}="(\\d+)"`).exec(attributes)?.[1];
          return found === undefined ? undefined : Number(found);
        };
        const duration = value('d') ?? 0;
        let from = value('t') ?? times.at(-1)?.to ?? 0;
        for (let repeat = value('r') ?? 0; repeat >= 0; repeat -= 1) {
          times.push({ from, to: from + duration });
          from += duration;
        }
      }
      const bandwidths = [...set.matchAll(/bandwidth="(\d+)"/g)].map((match) => Number(match[1]));
      const newest = times.at(-1);
      const media = / media="([^"]+)"/.exec(set)?.[1];
      return {
        kind,
        timescale,
        times,
        newest:
          newest === undefined
            ? undefined
            : media
                ?.replace('$Bandwidth$', String(Math.max(...bandwidths)))
                .replace('$Time$', String(newest.from)),
      };
    },
  );
}
