import { type Clock, sleep } from '../../../base/clock.ts';
import type { MediaPlaylist } from '../../../manifest/hls/media-playlist.ts';
import { parseMultivariantPlaylist } from '../../../manifest/hls/multivariant-playlist.ts';
import { parseMediaPlaylist } from '../../../manifest/hls/parse-media-playlist.ts';
import { createFetchAsViewer } from '../../proof-of-air/fetch-as-viewer.ts';
import { type Arrivals, createArrivals } from './arrivals.ts';
import { type Line, openLine } from './line.ts';

/** A viewer of the own origin, on this computer, behind a line that can be cut. It loads what a player of low latency loads, and shows nothing. */
export type TrialViewer = AsyncDisposable & {
  readonly line: Line;
  readonly arrivals: Arrivals;
};

/** What a player of low latency holds; only when it has run out, the picture stands still. Others hold more. */
export const VIEWER_HOLDS_SECONDS = 3;
const LOOK_EVERY_MS = 200;
const MAX_BYTES = 32 * 1024 * 1024;
/** Half a frame. */
const ROUNDING_SECONDS = 0.01;

export async function openTrialViewer(options: {
  /** `http://127.0.0.1:port` of the origin. */
  readonly originUrl: string;
  /** Of the multivariant playlist, wherever others find it. */
  readonly hlsUrl: string;
  readonly clock: Clock;
}): Promise<TrialViewer> {
  const { clock } = options;
  const arrivals = createArrivals(clock);
  const line = await openLine(Number(new URL(options.originUrl).port));
  const { pathname, search } = new URL(options.hlsUrl);
  const url = `http://127.0.0.1:${line.port}${pathname}${search}`;
  const fetch = createFetchAsViewer({ typedUrl: url, authorities: () => [], clock });
  const closing = new AbortController();

  async function textAt(at: string): Promise<string> {
    return new TextDecoder().decode((await fetch({ url: at, maxBytes: MAX_BYTES })).bytes);
  }

  /** One look at the playlist, and all that is new in it. */
  async function look(): Promise<void> {
    const { variants } = parseMultivariantPlaylist(await textAt(url));
    const [lowest] = variants.toSorted((a, b) => a.bandwidth - b.bandwidth);
    if (lowest === undefined) {
      return;
    }
    const mediaUrl = new URL(lowest.uri, url).href;
    const pieces = piecesOf(parseMediaPlaylist(await textAt(mediaUrl)));
    const begin = Math.max(arrivals.untilSeconds(), (pieces.at(-1)?.untilSeconds ?? 0) - VIEWER_HOLDS_SECONDS);
    for (const piece of pieces.filter(({ untilSeconds }) => untilSeconds > begin + ROUNDING_SECONDS)) {
      await fetch({ url: new URL(piece.uri, mediaUrl).href, maxBytes: MAX_BYTES });
      arrivals.add(piece.fromSeconds, piece.untilSeconds);
    }
  }

  async function watch(): Promise<void> {
    while (!closing.signal.aborted) {
      try {
        await look();
        await sleep(clock, LOOK_EVERY_MS, closing.signal);
      } catch {
        // Nothing to see yet, or the line is cut: what does not come is what is measured.
        await sleep(clock, LOOK_EVERY_MS);
      }
    }
  }

  const watching = watch();
  return {
    line,
    arrivals,
    async [Symbol.asyncDispose]() {
      closing.abort(new Error('the fire drill is over'));
      await line[Symbol.asyncDispose]();
      await watching;
    },
  };
}

type Piece = { readonly uri: string; readonly fromSeconds: number; readonly untilSeconds: number };

/** What can be loaded, oldest first: the parts where there are any, whole segments before them. */
function piecesOf({ segments, open }: MediaPlaylist): readonly Piece[] {
  const pieces: Piece[] = [];
  let atSeconds = 0;
  const whole = segments.map((segment) => ({ ...segment, parts: segment.parts ?? [segment] }));
  for (const { programDateTimeMs, parts = [] } of [...whole, open ?? {}]) {
    atSeconds = programDateTimeMs === undefined ? atSeconds : programDateTimeMs / 1000;
    for (const { uri, durationSeconds, gap } of parts) {
      const untilSeconds = atSeconds + durationSeconds;
      if (gap !== true) {
        pieces.push({ uri, fromSeconds: atSeconds, untilSeconds });
      }
      atSeconds = untilSeconds;
    }
  }
  return pieces;
}
