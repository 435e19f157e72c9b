import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clock, sleep } from '../../base/clock.ts';
import type { Logger } from './logger.ts';
import type { LaunchNode, NodeChild } from './process.ts';
import { isSameSecret } from './same-secret.ts';

/** Waits before the 1st, 2nd, … restart in a row; the last is used from then on. */
const RESTART_DELAYS_MS = [0, 500, 1000, 2000, 4000];
/** A process that lived so long counts as healthy: the next wait is the first again. */
const HEALTHY_MS = 10_000;
/** From launch to being ready. A cold start on a busy laptop takes a second. */
const START_MS = 15_000;
/** It says something every second: silent for so many looks, a second apart, it hangs. */
const LOOK_MS = 1000;
const SILENT_LOOKS = 5;
/** Whoever connects and says nothing is shown out. */
const HELLO_MS = 5000;

/** Frames as they come over the socket. The first is a `hello` with the token; until `trust` no other is taken. Throws for garbage. */
type FrameReader<F> = {
  trust(): void;
  push(bytes: Buffer, onFrame: (frame: F | { readonly kind: 'hello'; readonly token: string }) => void): void;
};

/** One process from its launch to its end. */
export type NodeLife = {
  /** Undefined until it has connected and shown the token. */
  readonly socket: Socket | undefined;
  /** It does its work: from now on it has to say something every second. */
  ready(): void;
  readonly isReady: boolean;
  kill(): void;
  readonly ended: Promise<unknown>;
};

export type KeptNodeOptions<F> = {
  /** In short; also the name of the socket. */
  readonly name: string;
  /** In sentences of the log: `the mixer`. */
  readonly calledInLog: string;
  readonly launch: LaunchNode;
  readonly entry: URL;
  /** Names of the environment variables in which it is told where to connect, and with what. */
  readonly variables: { readonly socket: string; readonly token: string };
  readonly clock: Clock;
  readonly logger: Logger;
  readonly platform: NodeJS.Platform;
  readonly createReader: () => FrameReader<F>;
  /** It has shown the token. */
  readonly onConnected: (life: NodeLife, socket: Socket) => void;
  /** Throwing cuts its connection, and so ends it. */
  readonly onFrame: (life: NodeLife, frame: Exclude<F, { readonly kind: 'hello' }>) => void;
  /** Whether one that is ready has a reason to say nothing at the moment. */
  readonly mayBeSilent?: () => boolean;
  readonly beforeLaunch?: () => void;
  /** It has ended, or could not be started. */
  readonly onGone: (next: 'restart' | 'closing') => void;
  /** Ends it in order; killed right away when left out. */
  readonly shutDown?: (life: NodeLife) => Promise<void>;
};

export type KeptNode = AsyncDisposable & {
  /** The process that runs now. */
  readonly life: () => NodeLife | undefined;
  readonly restarts: () => number;
};

type Life = NodeLife & {
  readonly child: NodeChild;
  readonly startedMs: number;
  socket: Socket | undefined;
  isReady: boolean;
  silentLooks: number;
};

/**
 * Runs a part of the service in a process of its own and keeps one running until it is disposed: it is started again when it ends, does not get
 * ready, or falls silent. It is reached over a local socket that only this user can open, by who knows a token that is new for every process.
 * Resolves as soon as the socket is there. Throws what listening on a local socket throws.
 */
export async function keepNode<F extends { readonly kind: string }>(
  options: KeptNodeOptions<F>,
): Promise<KeptNode> {
  await using opened = new AsyncDisposableStack();
  const { clock, logger, calledInLog } = options;
  const address = await localAddress(options.name, options.platform);
  opened.defer(address.remove);
  const server = createServer();
  await listen(server, address.path);
  opened.defer(() => closeServer(server));
  const closing = new AbortController();
  const isClosing = (): boolean => closing.signal.aborted;
  let life: Life | undefined;
  let restarts = 0;
  let token = '';

  server.on('connection', (socket: Socket) => {
    const here = life;
    if (here === undefined || here.socket !== undefined) {
      socket.destroy();
      return;
    }
    accept(socket, here);
  });

  /** Nothing is taken from a connection, and nothing told to it, before it has shown the token. */
  function accept(socket: Socket, here: Life): void {
    const reader = options.createReader();
    const timer = clock.after(HELLO_MS, () => socket.destroy());

    function onFrame(frame: F | { readonly kind: 'hello'; readonly token: string }): void {
      if (isHello(frame)) {
        welcome(frame.token);
      } else {
        // `hello` is left out above.
        // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion
        options.onFrame(here, frame as Exclude<F, { readonly kind: 'hello' }>);
      }
    }

    function welcome(shown: string): void {
      if (!isSameSecret(shown, token) || here.socket !== undefined || here !== life) {
        logger.warn({}, `somebody without the token connected to the socket of ${calledInLog}`);
        socket.destroy();
        return;
      }
      timer[Symbol.dispose]();
      reader.trust();
      here.socket = socket;
      options.onConnected(here, socket);
    }

    socket.on('data', (bytes: Buffer) => {
      here.silentLooks = here.socket === socket ? 0 : here.silentLooks;
      try {
        reader.push(bytes, onFrame);
      } catch (error) {
        logger.error({ error }, `the socket of ${calledInLog} carried garbage and is cut off`);
        socket.destroy();
      }
    });
    socket.on('error', (error) => logger.warn({ error }, `the socket of ${calledInLog} failed`));
    socket.on('close', () => {
      timer[Symbol.dispose]();
      if (here.socket === socket && here === life) {
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
        logger.error({ error }, `${calledInLog} could not be started`);
      }
      if (isClosing()) {
        options.onGone('closing');
        return;
      }
      restarts += 1;
      options.onGone('restart');
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
    options.beforeLaunch?.();
    const child = await options.launch({
      name: options.name,
      entry: options.entry,
      env: { [options.variables.socket]: address.path, [options.variables.token]: token },
    });
    const here = beginLife(child, clock.monotonicMs());
    life = here;
    if (isClosing()) {
      child.kill();
    }
    using _watch = watch(here);
    const { code } = await child.exited;
    life = undefined;
    here.socket?.destroy();
    if (!isClosing()) {
      logger.error({ code, pid: child.pid }, `${calledInLog} ended unasked and is started again`);
    }
  }

  /** A process that does not get ready, or falls silent, is ended at once: while it hangs, nothing is done. */
  function watch(here: Life): Disposable {
    let timer = clock.after(LOOK_MS, look);
    function look(): void {
      here.silentLooks += here.isReady && options.mayBeSilent?.() !== true ? 1 : 0;
      const isLate = !here.isReady && clock.monotonicMs() - here.startedMs > START_MS;
      if (isLate || here.silentLooks > SILENT_LOOKS) {
        logger.error({ pid: here.child.pid, isReady: here.isReady }, `${calledInLog} hangs and is killed`);
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
    const last = life;
    if (last?.socket === undefined || options.shutDown === undefined) {
      last?.socket?.destroy();
      last?.child.kill();
    } else {
      await options.shutDown(last);
    }
    await lived;
  });
  const owned = opened.move();
  return {
    life: () => life,
    restarts: () => restarts,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function isHello(frame: { readonly kind: string }): frame is { readonly kind: 'hello'; readonly token: string } {
  return frame.kind === 'hello';
}

function beginLife(child: NodeChild, startedMs: number): Life {
  const life: Life = {
    child,
    startedMs,
    socket: undefined,
    isReady: false,
    silentLooks: 0,
    ready: () => void (life.isReady = true),
    kill: () => child.kill(),
    ended: child.exited,
  };
  return life;
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
  name: string,
  platform: NodeJS.Platform,
): Promise<{ readonly path: string; readonly remove: () => Promise<void> }> {
  if (platform === 'win32') {
    const path = `\\\\.\\pipe\\lectern-${name}-${randomBytes(16).toString('hex')}`;
    return { path, remove: () => Promise.resolve() };
  }
  // mkdtemp makes it for the owner only. The path of a socket may have 104 characters on macOS, hence the short names.
  const folder = await mkdtemp(join(tmpdir(), 'lectern-'));
  return { path: join(folder, name), remove: () => rm(folder, { recursive: true, force: true }) };
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
