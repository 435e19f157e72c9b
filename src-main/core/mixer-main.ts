import { randomInt } from 'node:crypto';
import { systemClock } from '../base/clock.ts';
import { classifyCaptureExit } from './capture/classify-capture-exit.ts';
import { lackError } from './capture/lack-error.ts';
import { createJsonLines } from './mix/json-lines.ts';
import { MIXER_SOCKET_VARIABLE, MIXER_TOKEN_VARIABLE } from './mix/link.ts';
import { createMixerCore } from './mix/mixer.ts';
import { type ServedLink, serveLink } from './mix/serve-link.ts';
import { createSleepMeter } from './platform/sleep-meter.ts';
import { createProcesses } from './process/create-processes.ts';
import { readFfmpegFailure } from './process/parse-failure.ts';

/**
 * The mixer process. It lives as long as the service: told by its environment where to connect, it ends when the socket closes, or the channel
 * of whoever launched it, and takes its children with it.
 */
async function main(path: string, token: string): Promise<void> {
  // Whoever launches us logs stdout as information and stderr as warnings.
  const logger = createJsonLines((level, line) => {
    (level === 'info' ? process.stdout : process.stderr).write(`${line}\n`);
  });
  const clock = systemClock({ sleptMs: createSleepMeter({ platform: process.platform }) });
  await using processes = createProcesses({
    clock,
    random: () => randomInt(2 ** 32) / 2 ** 32,
    logger,
    platform: process.platform,
  });
  const asked = Promise.withResolvers<'in-order' | 'at-once'>();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => asked.resolve('at-once'));
  }
  process.once('disconnect', () => asked.resolve('at-once'));
  // The channel may have been closed while we were being loaded; Node says so by a null that its types do not have.
  const channel: unknown = process.channel;
  if (channel === null) {
    asked.resolve('at-once');
  }

  await using core = createMixerCore({
    processes,
    words: {
      ended: (exit, source) =>
        classifyCaptureExit(exit, source, { platform: process.platform, readFailure: readFfmpegFailure }),
      lacks: (lack, source) => lackError(lack, source, process.platform),
    },
    clock,
    logger,
    onEvent: (event) => link.event(event),
    onEncoded: (run, track, bytes) => link.writer.encoded(run, track, bytes),
    onPicture: (width, wallMs, bytes, onFlushed) => link.writer.picture(width, wallMs, bytes, onFlushed),
  });
  // The core says nothing before the first command, and that comes through here.
  const link = await serveLink({
    path,
    token,
    logger,
    onCommand(command) {
      if (command.type === 'shutdown') {
        asked.resolve('in-order');
      }
      core.handle(command);
    },
  });
  link.event({ type: 'ready' });

  const how = await Promise.race([asked.promise, gone(link)]);
  if (how === 'in-order') {
    await core.shutDown();
    await Promise.race([link.end(), processes[Symbol.asyncDispose]()]);
  }
}

async function gone(link: ServedLink): Promise<'at-once'> {
  await link.closed;
  return 'at-once';
}

const path = process.env[MIXER_SOCKET_VARIABLE];
const token = process.env[MIXER_TOKEN_VARIABLE];
if (path === undefined || token === undefined) {
  process.stderr.write(`The mixer is started by Lectern: ${MIXER_SOCKET_VARIABLE} is not set.\n`);
  process.exitCode = 2;
} else {
  await main(path, token);
  // Sockets and channels that are still open would keep the process alive.
  process.exit();
}
