import { randomBytes, timingSafeEqual } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clock, sleep } from '../../../base/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { LaunchNode, NodeChild } from '../../ports/process.ts';
import {
  createLinkReader,
  createLinkWriter,
  type LinkFrame,
  RTMP_SOCKET_VARIABLE,
  RTMP_TOKEN_VARIABLE,
} from './link.ts';
import { type ReceiverCommand, type ReceiverEvent, receiverEvent } from './messages.ts';

/** Waits before the 1st, 2nd, … restart in a row; the last is used from then on. */
const RESTART_DELAYS_MS = [0, 500, 1000, 2000, 4000];
/** A process that lived so long counts as healthy: the next wait is the first again. */
const HEALTHY_MS = 10_000;
/** From launch to its first word. A cold start on a busy laptop takes a second. */
const START_MS = 15_000;
/** It says every second that it lives: silent for so many looks, a second apart, it hangs. */
const LOOK_MS = 1000;
const SILENT_LOOKS = 5;
/** Whoever connects and says nothing is shown out. */
const HELLO_MS = 5000;

export type ReceiverProcessOptions = {
  readonly launch: LaunchNode;
  readonly entry: URL;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly platform: NodeJS.Platform;
  /** A fresh process is there and knows nothing. */
  readonly onReady: () => void;
  readonly onEvent: (event: ReceiverEvent) => void;
  readonly onSample: (sample: Extract<LinkFrame, { kind: 'sample' }>) => void;
  /** The process is gone with all connections; another one is started. */
  readonly onGone: () => void;
};

export type ReceiverProcess = AsyncDisposable & {
  /** Nobody hears it while no process is there. */
  send(command: ReceiverCommand): void;
  readonly restarts: () => number;
};

/** One process from its launch to its end. */
type Life = {
  readonly child: NodeChild;
  readonly startedMs: number;
  link: { send(command: ReceiverCommand): void; close(): void } | undefined;
  silentLooks: number;
};

/**
 * Runs the receiver in a process of its own and keeps one running until it is disposed. Resolves as soon as the socket is there. Throws what
 * listening on a local socket throws.
 */
export async function openReceiverProcess(options: ReceiverProcessOptions): Promise<ReceiverProcess> {
  await using opened = new AsyncDisposableStack();
  const { clock, logger } = options;
  const address = await localAddress(options.platform);
  opened.defer(address.remove);
  const server = createServer();
  await listen(server, address.path);
  opened.defer(() => closeServer(server));
  const closing = new AbortController();
  let life: Life | undefined;
  let restarts = 0;
  /** What whoever connects has to know; a new one for every process. */
  let token = '';

  const isClosing = (): boolean => closing.signal.aborted;

  server.on('connection', (socket: Socket) => {
    const here = life;
    if (here === undefined || here.link !== undefined) {
      socket.destroy();
      return;
    }
    accept(socket, here);
  });

  /** Nothing is taken from a connection, and nothing told to it, before it has shown the token. */
  function accept(socket: Socket, here: Life): void {
    const reader = createLinkReader();
    const writer = createLinkWriter(socket, clock);
    let isTrusted = false;
    const timer = clock.after(HELLO_MS, () => socket.destroy());

    function onFrame(frame: LinkFrame): void {
      if (frame.kind === 'hello') {
        if (!isSame(frame.token, token) || here.link !== undefined || here !== life) {
          logger.warn({}, 'somebody without the token connected to the socket of the RTMP receiver');
          socket.destroy();
          return;
        }
        timer[Symbol.dispose]();
        reader.trust();
        isTrusted = true;
        here.link = { send: (command) => writer.message(command), close: () => socket.destroy() };
        options.onReady();
      } else if (frame.kind === 'message') {
        options.onEvent(receiverEvent.parse(frame.value));
      } else {
        options.onSample(frame);
      }
    }

    socket.on('data', (bytes: Buffer) => {
      here.silentLooks = isTrusted ? 0 : here.silentLooks;
      try {
        reader.push(bytes, onFrame);
      } catch (error) {
        logger.error({ error }, 'the socket of the RTMP receiver carried garbage and is cut off');
        socket.destroy();
      }
    });
    socket.on('error', (error) => logger.warn({ error }, 'the socket of the RTMP receiver failed'));
    socket.on('close', () => {
      timer[Symbol.dispose]();
      if (isTrusted && here === life) {
        // Without its socket it ends by itself; should it not, it is of no use any more either.
        here.child.kill();
      }
    });
  }

  async function live(): Promise<void> {
    let failures = 0;
    while (!isClosing()) {
      const startedMs = clock.monotonicMs();
      try {
        await oneLife();
      } catch (error) {
        logger.error({ error }, 'the RTMP receiver could not be started');
      }
      if (isClosing()) {
        return;
      }
      restarts += 1;
      failures = clock.monotonicMs() - startedMs > HEALTHY_MS ? 0 : failures;
      const delayMs = RESTART_DELAYS_MS[Math.min(failures, RESTART_DELAYS_MS.length - 1)] ?? 0;
      failures += 1;
      try {
        await sleep(clock, delayMs, closing.signal);
      } catch {
        // Being closed: the condition of the loop sees it.
      }
    }
  }

  /** Resolves when the process has ended. */
  async function oneLife(): Promise<void> {
    token = randomBytes(32).toString('hex');
    const child = await options.launch({
      name: 'rtmp',
      entry: options.entry,
      env: { [RTMP_SOCKET_VARIABLE]: address.path, [RTMP_TOKEN_VARIABLE]: token },
    });
    const here: Life = { child, startedMs: clock.monotonicMs(), link: undefined, silentLooks: 0 };
    life = here;
    if (isClosing()) {
      child.kill();
    }
    using _watch = watch(here);
    const { code } = await child.exited;
    life = undefined;
    here.link?.close();
    if (!isClosing()) {
      logger.error({ code, pid: child.pid }, 'the RTMP receiver ended unasked and is started again');
    }
    options.onGone();
  }

  /** A process that does not get ready, or falls silent, is ended at once. */
  function watch(here: Life): Disposable {
    let timer = clock.after(LOOK_MS, look);
    function look(): void {
      here.silentLooks += here.link === undefined ? 0 : 1;
      const isLate = here.link === undefined && clock.monotonicMs() - here.startedMs > START_MS;
      if (isLate || here.silentLooks > SILENT_LOOKS) {
        logger.error({ pid: here.child.pid }, 'the RTMP receiver hangs and is killed');
        killNow(here.child);
        return;
      }
      timer = clock.after(LOOK_MS, look);
    }
    return { [Symbol.dispose]: () => timer[Symbol.dispose]() };
  }

  const lived = live();
  opened.defer(async () => {
    closing.abort();
    life?.link?.close();
    life?.child.kill();
    await lived;
  });
  const owned = opened.move();
  return {
    send: (command) => life?.link?.send(command),
    restarts: () => restarts,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** `NodeChild.kill` asks first and waits for seconds, which a process that hangs does not answer. */
function killNow(child: NodeChild): void {
  try {
    process.kill(child.pid, 'SIGKILL');
  } catch {
    // It has ended at this moment.
  }
  child.kill();
}

/** A place for the socket that only this user can reach. */
async function localAddress(
  platform: NodeJS.Platform,
): Promise<{ readonly path: string; readonly remove: () => Promise<void> }> {
  if (platform === 'win32') {
    const path = `\\\\.\\pipe\\lectern-rtmp-${randomBytes(16).toString('hex')}`;
    return { path, remove: () => Promise.resolve() };
  }
  // mkdtemp makes it for the owner only. The path of a socket may have 104 characters on macOS, hence the short names.
  const folder = await mkdtemp(join(tmpdir(), 'lectern-'));
  return { path: join(folder, 'rtmp'), remove: () => rm(folder, { recursive: true, force: true }) };
}

function listen(server: Server, path: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  server.once('error', reject);
  server.listen(path, () => {
    server.removeListener('error', reject);
    resolve(undefined);
  });
  return promise;
}

function closeServer(server: Server): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  server.close(() => resolve(undefined));
  return promise;
}

function isSame(given: string, expected: string): boolean {
  const a = Buffer.from(given, 'latin1');
  const b = Buffer.from(expected, 'latin1');
  return a.length === b.length && timingSafeEqual(a, b);
}
