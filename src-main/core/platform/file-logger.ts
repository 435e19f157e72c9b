import { closeSync, openSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import pino, { type Logger as PinoLogger } from 'pino';
import type { LogFields, Logger } from '../ports/logger.ts';

/** A log file of this size is set aside; so many of those are kept. */
const MAX_BYTES = 10 * 1024 * 1024;
const KEPT = 3;

/** JSON lines in a file that never grows beyond 10 MB, with the three before it beside it (`.1`, `.2`, `.3`). */
export function openFileLogger(path: string): Logger & Disposable {
  const file = openRotatingFile(path);
  const logger = pino(
    {
      level: 'debug',
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: pino.stdSerializers.err },
    },
    // Written synchronously: the lines before a crash are the ones that are wanted.
    { write: (line) => file.write(line) },
  );
  return { ...adapt(logger), [Symbol.dispose]: () => file[Symbol.dispose]() };
}

function adapt(logger: PinoLogger): Logger {
  return {
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
    child: (fields: LogFields) => adapt(logger.child(fields)),
  };
}

function openRotatingFile(path: string): Disposable & { write(line: string): void } {
  let descriptor = openSync(path, 'a', 0o600);
  let size = statSync(path).size;
  let closed = false;

  function rotate(): void {
    closeSync(descriptor);
    rmSync(`${path}.${KEPT}`, { force: true });
    for (let number = KEPT - 1; number >= 1; number -= 1) {
      moveIfThere(`${path}.${number}`, `${path}.${number + 1}`);
    }
    moveIfThere(path, `${path}.1`);
    descriptor = openSync(path, 'a', 0o600);
    size = 0;
  }

  return {
    write(line) {
      if (closed) {
        return;
      }
      try {
        if (size >= MAX_BYTES) {
          rotate();
        }
        size += writeSync(descriptor, line);
      } catch {
        // A full disk must not take the broadcast down by way of its log.
      }
    },
    [Symbol.dispose]() {
      if (!closed) {
        closed = true;
        closeSync(descriptor);
      }
    },
  };
}

function moveIfThere(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch {
    // Not that many yet.
  }
}
