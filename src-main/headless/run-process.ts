import { homedir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../base/clock.ts';
import { defaultDataFolder } from '../core/control/data-folder.ts';
import { findAppRoot } from './app-root.ts';
import { askPassphrase } from './ask-passphrase.ts';
import { runCommandLine } from './command-line.ts';
import { EXIT, type ExitCode, type Host } from './host.ts';
import { outputTo, untilWritten } from './outputs.ts';

/** One Ctrl-C, or one stop of a service manager, can reach a process more than once: by itself and through those that started it. */
const ECHO_MS = 1000;

/**
 * This process as one command line, to its end: the exit code comes when everything is closed and everything written has been taken. The first
 * SIGINT or SIGTERM asks the command to end, a second one calls `force`.
 */
export async function runProcess(
  parts: Pick<Host, 'openService' | 'openProbes' | 'openInBrowser'>,
  force: (code: ExitCode) => void,
): Promise<ExitCode> {
  const { root, version } = findAppRoot(import.meta.dirname);
  const clock = systemClock();
  const interruption = new AbortController();
  let firstMs = Infinity;
  const onSignal = (): void => {
    if (clock.monotonicMs() - firstMs > ECHO_MS) {
      force(EXIT.interrupted);
    }
    firstMs = Math.min(firstMs, clock.monotonicMs());
    interruption.abort(new Error('interrupted'));
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);

  // Out of the environment: a browser that we open gets all of it.
  const passphrase = process.env['LECTERN_PASSPHRASE'];
  delete process.env['LECTERN_PASSPHRASE'];

  const code = await runCommandLine(
    {
      ...parts,
      out: outputTo(process.stdout),
      err: outputTo(process.stderr),
      clock,
      interrupted: interruption.signal,
      workingFolder: process.cwd(),
      defaultDataFolder: defaultDataFolder({
        platform: process.platform,
        environment: process.env,
        home: homedir(),
      }),
      version,
      pagesFolder: join(root, 'dist', 'renderer'),
      helpFolder: join(root, 'resources', 'help'),
      passphrase: {
        text: passphrase,
        ...(process.stdin.isTTY && process.stderr.isTTY
          ? { ask: () => askPassphrase(process, interruption.signal) }
          : {}),
      },
    },
    process.argv.slice(2),
  );
  await untilWritten(process.stdout);
  await untilWritten(process.stderr);
  return code;
}
