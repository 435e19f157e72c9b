import { statfs } from 'node:fs/promises';
import type { Clock } from '../../base/clock.ts';
import { createEmitter, type EventSource } from '../../base/emitter.ts';

export type DiskLevel = 'fine' | 'low' | 'full';

/**
 * Watches the room on the data folder's volume, so that a full disk is met before it happens: `low` warns, `full` ends writing while there is
 * still room to end it cleanly. It takes `HYSTERESIS` times the limit to be fine again, so that it does not flap.
 */
export type DiskGuard = AsyncDisposable & {
  readonly freeBytes: () => number;
  readonly level: () => DiskLevel;
  readonly changed: EventSource<DiskLevel>;
  /** Looks now instead of at the next interval. */
  check(): Promise<void>;
};

export type DiskLimits = { readonly warnFreeBytes: number; readonly stopFreeBytes: number };

const INTERVAL_MS = 2000;
const HYSTERESIS = 1.25;

export type FreeBytes = (folder: string) => Promise<number>;

/** Bytes that we may use, not those kept for the administrator. */
export async function freeBytesOf(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

/** The next level, given the present one. Pure. */
export function nextLevel(level: DiskLevel, freeBytes: number, limits: DiskLimits): DiskLevel {
  const stop = level === 'full' ? limits.stopFreeBytes * HYSTERESIS : limits.stopFreeBytes;
  const warn = level === 'fine' ? limits.warnFreeBytes : limits.warnFreeBytes * HYSTERESIS;
  if (freeBytes < stop) {
    return 'full';
  }
  return freeBytes < warn ? 'low' : 'fine';
}

export async function openDiskGuard(options: {
  readonly folder: string;
  readonly limits: () => DiskLimits;
  readonly clock: Clock;
  readonly freeBytes?: FreeBytes;
}): Promise<DiskGuard> {
  const { folder, clock, freeBytes: measure = freeBytesOf } = options;
  const changed = createEmitter<DiskLevel>();
  let freeBytes = await measure(folder);
  let level = nextLevel('fine', freeBytes, options.limits());
  let timer: Disposable | undefined;
  let closed = false;

  async function check(): Promise<void> {
    try {
      freeBytes = await measure(folder);
    } catch {
      // The volume is gone. Whoever writes will be told by its own writes.
      freeBytes = 0;
    }
    const next = nextLevel(level, freeBytes, options.limits());
    if (next !== level) {
      level = next;
      changed.emit(level);
    }
  }

  function schedule(): void {
    timer = clock.after(INTERVAL_MS, () => void tick());
  }

  async function tick(): Promise<void> {
    await check();
    // It may have been closed while we waited for the volume.
    if (!closed) {
      schedule();
    }
  }

  schedule();
  return {
    freeBytes: () => freeBytes,
    level: () => level,
    changed,
    check,
    async [Symbol.asyncDispose]() {
      closed = true;
      timer?.[Symbol.dispose]();
      await Promise.resolve();
    },
  };
}
