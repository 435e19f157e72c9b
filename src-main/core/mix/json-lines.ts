import type { LogFields, Logger } from '../ports/logger.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** A logger that writes one JSON object a line: how a process of ours without a log of its own talks to the one that has it. */
export function createJsonLines(write: (level: LogLevel, line: string) => void, fields: LogFields = {}): Logger {
  const log =
    (level: LogLevel) =>
    (more: LogFields, message: string): void =>
      write(level, JSON.stringify({ level, ...fields, ...more, message }, plainErrors));
  return {
    debug: () => undefined,
    info: log('info'),
    warn: log('warn'),
    error: log('error'),
    child: (more) => createJsonLines(write, { ...fields, ...more }),
  };
}

/** An error has no fields of its own that JSON would show. */
function plainErrors(_key: string, value: unknown): unknown {
  return value instanceof Error ? { name: value.name, message: value.message, stack: value.stack } : value;
}
