import { execFileSync } from 'node:child_process';
import { systemClock } from '../../src-main/base/clock.ts';
import { silentLogger } from '../../src-main/core/ports/logger.ts';
import type { FfmpegBinary } from '../../src-main/core/ports/process.ts';
import { createProcesses, type OwnedProcesses } from '../../src-main/core/process/create-processes.ts';
import type { ProbeCache } from '../../src-main/core/process/probe-cache.ts';
import { probeFfmpeg } from '../../src-main/core/process/probe-ffmpeg.ts';

/** The processes of one test, closed with it. */
export function openProcesses(environment?: Readonly<Record<string, string | undefined>>): OwnedProcesses {
  return createProcesses({
    clock: systemClock(),
    random: () => 0.5,
    logger: silentLogger,
    platform: process.platform,
    ...(environment === undefined ? {} : { environment }),
  });
}

const NO_CACHE: ProbeCache = {
  hashOf: () => Promise.resolve('test-binary'),
  find: () => undefined,
  keep: () => undefined,
  save: () => Promise.resolve(),
};

/** The ffmpeg of this machine; undefined when there is none, then tests that need it skip with that reason. */
export async function localFfmpeg(processes: OwnedProcesses): Promise<FfmpegBinary | undefined> {
  try {
    return await probeFfmpeg({ run: processes.runToEnd, cache: NO_CACHE }, { path: 'ffmpeg', origin: 'path' });
  } catch {
    return undefined;
  }
}

/** Why a test that needs these programs is skipped, or false. */
export function missingPrograms(...names: readonly string[]): string | false {
  const missing = names.filter((name) => {
    try {
      execFileSync('which', [name], { stdio: 'ignore' });
      return false;
    } catch {
      return true;
    }
  });
  return missing.length === 0 ? false : `needs ${missing.join(', ')}`;
}
