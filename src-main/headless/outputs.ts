import type { WriteStream } from 'node:tty';
import type { Output } from './host.ts';

/** Standard output as an `Output`. A reader that has gone (`lectern archives | head`) is nobody's fault. */
export function outputTo(stream: WriteStream): Output {
  stream.on('error', () => undefined);
  return {
    write(text) {
      if (stream.writable) {
        stream.write(text);
      }
    },
    isTerminal: stream.isTTY,
    columns: () => (stream.isTTY ? stream.columns : 80),
    waiting: () => stream.writableLength,
  };
}

/** Resolves when everything written so far has been taken, or never will be. */
export async function untilWritten(stream: WriteStream): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  if (stream.writable) {
    stream.write('', () => resolve(undefined));
  } else {
    resolve(undefined);
  }
  await promise;
}
