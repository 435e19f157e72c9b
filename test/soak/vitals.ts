import { readdirSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { median } from '../bench/figure.ts';
import { residentBytes } from '../bench/process-cost.ts';
import { descendants } from '../support/descendants.ts';

export type ProcessName = 'service' | 'RTMP receiver';
type Look = { readonly atSeconds: number; readonly bytes: number; readonly descriptors: number };

/** What a process held early, after it had warmed up, and late. */
export type Growth = {
  readonly process: ProcessName;
  readonly earlyBytes: number;
  readonly lateBytes: number;
  readonly earlyDescriptors: number;
  readonly lateDescriptors: number;
};

export type Vitals = AsyncDisposable & {
  readonly growth: () => readonly Growth[];
  readonly restarts: () => number;
  /** The longest that this process, which sends and reads too, did not come to its turn, seconds. */
  readonly standstill: () => number;
};

/** A garbage collector is given two minutes to find its pace, or as much of a short run as leaves something to compare. */
const WARM_UP_SECONDS = 120;
const WARM_UP_SHARE = 0.4;
/** Memory breathes: the median of as long as this is compared. */
const WINDOW_SECONDS = 60;
const WINDOW_SHARE = 0.2;

/** Looks once a second at what the service and its RTMP receiver hold. */
export function watchVitals(servicePid: number, seconds: number): Vitals {
  const stopping = new AbortController();
  const looks = new Map<ProcessName, Look[]>([
    ['service', []],
    ['RTMP receiver', []],
  ]);
  const beganMs = performance.now();
  let receiver: number | undefined;
  let restarts = 0;
  let standstill = 0;

  function lookAt(process: ProcessName, pid: number): void {
    const atSeconds = (performance.now() - beganMs) / 1000;
    try {
      const descriptors = readdirSync(`/proc/${pid}/fd`).length;
      looks.get(process)?.push({ atSeconds, bytes: residentBytes(pid), descriptors });
    } catch {
      // It ended between being found and being looked at: the next look finds its successor.
    }
  }

  async function watch(): Promise<void> {
    while (!stopping.signal.aborted) {
      lookAt('service', servicePid);
      const found = descendants(servicePid).find(({ command }) => command.includes('rtmp-main'))?.pid;
      if (found !== undefined) {
        restarts += receiver !== undefined && receiver !== found ? 1 : 0;
        receiver = found;
        lookAt('RTMP receiver', found);
      }
      const fromMs = performance.now();
      await wait(1000, undefined, { signal: stopping.signal }).catch(() => undefined);
      standstill = Math.max(standstill, (performance.now() - fromMs) / 1000 - 1);
    }
  }

  const watching = watch();
  return {
    growth() {
      const now = (performance.now() - beganMs) / 1000;
      const warm = Math.min(WARM_UP_SECONDS, seconds * WARM_UP_SHARE);
      const length = Math.min(WINDOW_SECONDS, seconds * WINDOW_SHARE);
      return [...looks].flatMap(([process, all]) => {
        const early = all.filter(({ atSeconds }) => atSeconds >= warm && atSeconds < warm + length);
        const late = all.filter(({ atSeconds }) => atSeconds >= now - length);
        return early.length === 0 || late.length === 0
          ? []
          : [
              {
                process,
                earlyBytes: median(early.map(({ bytes }) => bytes)),
                lateBytes: median(late.map(({ bytes }) => bytes)),
                earlyDescriptors: median(early.map(({ descriptors }) => descriptors)),
                lateDescriptors: median(late.map(({ descriptors }) => descriptors)),
              },
            ];
      });
    },
    restarts: () => restarts,
    standstill: () => standstill,
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await watching;
    },
  };
}
