import { type BoxReader, readBoxes } from '../isobmff/box-reader.ts';
import { BoxWriter } from '../isobmff/box-writer.ts';

/** Times are in ms on a timeline that begins with the presentation. */
const BOOTSTRAP_TIMESCALE = 1000;

/** Fragments of equal length without a gap between them, from one number on. */
export type FragmentRun = { readonly first: number; readonly timeMs: number; readonly durationMs: number };

/** What is behind a run that is not followed by the next at once. */
export type FragmentEntry =
  | FragmentRun
  | { readonly first: number; readonly timeMs: number; readonly ends: 'time-gap' | 'presentation' };

/** The bootstrap of a stream (F4V 10.1 §2.11.2, `abst`): which fragments there are, and when. */
export type Bootstrap = {
  readonly isLive: boolean;
  /** CurrentMediaTime: where the newest fragment begins, which players of a live stream ask for first; of a recording where it ends. */
  readonly currentMs: number;
  /** Number of the last fragment; unknown while it goes on. */
  readonly lastFragment: number | undefined;
  readonly fragments: readonly FragmentEntry[];
};

const LIVE_FLAG = 0x20;
/** The one segment of a live stream has no end yet. */
const NO_LAST = 0xffff_ffff;
/** Movie id, servers, qualities, DRM data, metadata: none. */
const EMPTY_FIELDS = 5;
const ENDS = { presentation: 0, 'time-gap': 2 } as const;

export function writeBootstrap(bootstrap: Bootstrap): Uint8Array {
  const writer = new BoxWriter(256 + 17 * bootstrap.fragments.length);
  writer.fullBox('abst', 0, 0, (abst) => {
    // BootstrapinfoVersion: players compare it.
    abst.u32(bootstrap.lastFragment ?? Math.floor(bootstrap.currentMs / 100) + 1);
    abst.u8(bootstrap.isLive ? LIVE_FLAG : 0);
    abst.u32(BOOTSTRAP_TIMESCALE);
    abst.u64(bootstrap.currentMs);
    abst.u64(0);
    abst.zeros(EMPTY_FIELDS);
    abst.u8(1);
    abst.fullBox('asrt', 0, 0, (asrt) => {
      asrt.u8(0);
      asrt.u32(1);
      asrt.u32(1);
      asrt.u32(bootstrap.lastFragment ?? NO_LAST);
    });
    abst.u8(1);
    abst.fullBox('afrt', 0, 0, (afrt) => {
      afrt.u32(BOOTSTRAP_TIMESCALE);
      afrt.u8(0);
      afrt.u32(bootstrap.fragments.length);
      for (const entry of bootstrap.fragments) {
        afrt.u32(entry.first);
        afrt.u64(entry.timeMs);
        afrt.u32('ends' in entry ? 0 : entry.durationMs);
        if ('ends' in entry) {
          afrt.u8(ENDS[entry.ends]);
        }
      }
    });
  });
  return writer.finish();
}

/** Throws `media/malformed`, and `media/unsupported` for what `writeBootstrap` never writes: names of servers and qualities, several segments. */
export function parseBootstrap(bytes: Uint8Array): Bootstrap {
  const abst = readBoxes(bytes).require('abst');
  abst.fullBox(0);
  abst.u32();
  const isLive = (abst.u8() & LIVE_FLAG) !== 0;
  if (abst.u32() !== BOOTSTRAP_TIMESCALE) {
    throw abst.unsupported('does not count in ms');
  }
  const currentMs = Number(abst.u64());
  abst.u64();
  for (let empty = 0; empty < EMPTY_FIELDS; empty += 1) {
    if (abst.u8() !== 0) {
      throw abst.unsupported('has names of servers or qualities');
    }
  }
  const lastFragment = readSegments(tableIn(abst, 'asrt'));
  const fragments = readFragments(tableIn(abst, 'afrt'));
  return { isLive, currentMs, lastFragment, fragments };
}

function tableIn(abst: BoxReader, type: string): BoxReader {
  const count = abst.u8();
  const table = abst.child();
  if (count !== 1 || table?.type !== type) {
    throw abst.malformed(`does not have one ${type}`);
  }
  table.fullBox(0);
  return table;
}

function readSegments(asrt: BoxReader): number | undefined {
  if (asrt.u8() !== 0 || asrt.entryCount(8) !== 1 || asrt.u32() !== 1) {
    throw asrt.unsupported('does not say that there is one segment');
  }
  const last = asrt.u32();
  return last === NO_LAST ? undefined : last;
}

function readFragments(afrt: BoxReader): readonly FragmentEntry[] {
  if (afrt.u32() !== BOOTSTRAP_TIMESCALE || afrt.u8() !== 0) {
    throw afrt.unsupported('counts in another unit, or has qualities');
  }
  const count = afrt.entryCount(16);
  return Array.from({ length: count }, () => {
    const first = afrt.u32();
    const timeMs = Number(afrt.u64());
    const durationMs = afrt.u32();
    if (durationMs > 0) {
      return { first, timeMs, durationMs };
    }
    const indicator = afrt.u8();
    const ends = indicator === ENDS.presentation ? ('presentation' as const) : ('time-gap' as const);
    return { first, timeMs, ends };
  });
}
