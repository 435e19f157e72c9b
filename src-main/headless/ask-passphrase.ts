import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { AppError } from '../shared/app-error.ts';

/** Asks at the terminal. What is typed is shown nowhere; Ctrl-C, Ctrl-D and `signal` are no answer. */
export async function askPassphrase(
  terminal: { readonly stdin: NodeJS.ReadableStream; readonly stderr: NodeJS.WritableStream },
  signal: AbortSignal,
): Promise<string> {
  const nowhere = new Writable({ write: (_echo, _encoding, done) => done() });
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  // It sees the signs itself, so that the terminal does not echo them; before the question, because answers come at once.
  const lines = createInterface({ input: terminal.stdin, output: nowhere, terminal: true, historySize: 0 });
  terminal.stderr.write('Passphrase of the stored keys: ');
  const close = (): void => lines.close();
  lines
    .on('line', resolve)
    .on('SIGINT', close)
    .on('close', () =>
      reject(new AppError('secrets/unavailable', 'No passphrase was given. Nothing was changed.')),
    );
  signal.addEventListener('abort', close, { once: true });
  if (signal.aborted) {
    close();
  }
  try {
    return await promise;
  } finally {
    signal.removeEventListener('abort', close);
    close();
    terminal.stderr.write('\n');
  }
}
