import { mkdirSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import pino from 'pino';
import type { Logger } from '../core/ports/logger.ts';

/** At most twice this much is kept of each log. */
const MAX_BYTES = 5 * 1024 * 1024;

/**
 * A log of JSON lines. Written synchronously, because the lines that matter most are the last ones before a crash. The file of the run
 * before the last goes when it has grown too large.
 */
export function openLogFile(path: string): Logger {
  mkdirSync(dirname(path), { recursive: true });
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > MAX_BYTES) {
    renameSync(path, `${path}.1`);
  }
  const options = { base: null, timestamp: pino.stdTimeFunctions.isoTime };
  return pino(options, pino.destination({ dest: path, sync: true }));
}
