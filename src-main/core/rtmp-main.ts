import { systemClock } from '../base/clock.ts';
import { RTMP_SOCKET_VARIABLE, RTMP_TOKEN_VARIABLE } from './ingest/rtmp/link.ts';
import { serveReceiver } from './ingest/rtmp/serve-link.ts';
import { createJsonLines } from './mix/json-lines.ts';
import { letHeapGrow } from './platform/heap-growth.ts';

/** Next to nothing is kept of what passes through: some 12 MB, which V8 would mark again for every few megabytes that come. */
const HEAP_GROWTH = 1000;

/**
 * The process that receives RTMP. It lives as long as the service: told by its environment where to connect, it ends when the socket closes, or
 * the channel of whoever launched it.
 */
async function main(path: string, token: string): Promise<void> {
  // Whoever launches us logs stdout as information and stderr as warnings.
  const logger = createJsonLines((level, line) => {
    (level === 'info' ? process.stdout : process.stderr).write(`${line}\n`);
  });
  const asked = Promise.withResolvers<undefined>();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => asked.resolve(undefined));
  }
  process.once('disconnect', () => asked.resolve(undefined));
  // The channel may have been closed while we were being loaded; Node says so by a null that its types do not have.
  const channel: unknown = process.channel;
  if (channel === null) {
    return;
  }
  await Promise.race([serveReceiver({ path, token, clock: systemClock(), logger }), asked.promise]);
}

letHeapGrow(HEAP_GROWTH);
const path = process.env[RTMP_SOCKET_VARIABLE];
const token = process.env[RTMP_TOKEN_VARIABLE];
if (path === undefined || token === undefined) {
  process.stderr.write(`The RTMP receiver is started by Lectern: ${RTMP_SOCKET_VARIABLE} is not set.\n`);
  process.exitCode = 2;
} else {
  await main(path, token);
  // Sockets and channels that are still open would keep the process alive.
  process.exit();
}
