import { readFileSync } from 'node:fs';
import { systemClock } from '../../src-main/base/clock.ts';
import {
  openRtmpIngest,
  type RtmpIngest,
  type RtmpIngestOptions,
} from '../../src-main/core/ingest/rtmp/rtmp-ingest.ts';
import { silentLogger } from '../../src-main/core/ports/logger.ts';
import type { NodeChild } from '../../src-main/core/ports/process.ts';
import { createProcesses } from '../../src-main/core/process/create-processes.ts';
import { type RecordingDoor, recordingDoor } from './rtmp-door.ts';

const RTMP_ENTRY = new URL('../../src-main/core/rtmp-main.ts', import.meta.url);
export const FREE_PORTS = { primary: 0, secondary: 0, tlsPrimary: 0, tlsSecondary: 0 };

export type RtmpWorld = AsyncDisposable & {
  readonly ingest: RtmpIngest;
  readonly door: RecordingDoor;
  /** Every process of the receiver so far, the present one last. */
  readonly children: readonly NodeChild[];
  /** `rtmp://127.0.0.1:port` of the primary entrance. */
  readonly port: () => number;
};

/** A real receiver process between a recording door and whoever connects. */
export async function openRtmpWorld(
  options: Partial<RtmpIngestOptions> & { readonly door?: RecordingDoor } = {},
): Promise<RtmpWorld> {
  await using opened = new AsyncDisposableStack();
  const { logger = silentLogger, door = recordingDoor() } = options;
  const clock = systemClock();
  const processes = opened.use(createProcesses({ clock, random: () => 0.5, logger, platform: process.platform }));
  const children: NodeChild[] = [];
  const ingest = opened.use(
    await openRtmpIngest({
      async launchNode(launch) {
        const child = await processes.launchNode(launch);
        children.push(child);
        return child;
      },
      entry: RTMP_ENTRY,
      clock,
      logger,
      platform: process.platform,
      host: '127.0.0.1',
      ports: FREE_PORTS,
      tls: undefined,
      ...options,
      door,
    }),
  );
  const owned = opened.move();
  return {
    ingest,
    door,
    children,
    port() {
      const { primary } = ingest.ports();
      if (primary === undefined) {
        throw new Error('the receiver listens');
      }
      return primary;
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Looks again and again until it is so. */
export async function until(condition: () => boolean, what: string, withinMs = 15_000): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!condition()) {
    if (performance.now() > deadline) {
      throw new Error(`waited ${withinMs} ms in vain: ${what}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Resident memory of a process in MiB, Linux only. */
export function residentMb(pid: number): number {
  const match = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(match?.[1] ?? Number.NaN) / 1024;
}
