import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clock, sleep } from '../../base/clock.ts';
import { createEmitter } from '../../base/emitter.ts';
import type { Logger } from '../ports/logger.ts';
import type { Mixer, MixerCommand, MixerData, MixerEvent, MixerPhase } from '../ports/mixer.ts';
import type { LaunchNode, NodeChild } from '../ports/process.ts';
import { MIXER_SOCKET_VARIABLE, MIXER_TOKEN_VARIABLE } from './link.ts';
import { acceptMixer, type MixerLink } from './mixer-link.ts';
import { createMixerState } from './mixer-state.ts';

/** Waits before the 1st, 2nd, … restart in a row; the last is used from then on. */
const RESTART_DELAYS_MS = [0, 500, 1000, 2000, 4000];
/** A process that lived so long counts as healthy: the next wait is the first again. */
const HEALTHY_MS = 10_000;
/** From launch to `ready`. A cold start on a busy laptop takes a second. */
const START_MS = 15_000;
/** A running mixer sends its levels every second at least: silent for so many looks, a second apart, it hangs. */
const LOOK_MS = 1000;
const SILENT_LOOKS = 5;
/** How long it may take to end its encodings in order. */
const SHUTDOWN_MS = 5000;

export type OpenMixerOptions = {
  readonly launch: LaunchNode;
  /** `core/mixer-main`, `.ts` from a checkout, `.js` when built. */
  readonly entry: URL;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly platform: NodeJS.Platform;
};

/** One process from its launch to its end. */
type Life = {
  readonly child: NodeChild;
  readonly startedMs: number;
  link: MixerLink | undefined;
  isReady: boolean;
  silentLooks: number;
};

/**
 * Runs the mixer in a process of its own and keeps one running until it is disposed. Resolves as soon as the socket is there; the phase tells the
 * rest. Throws what listening on a local socket throws.
 */
export async function openMixer(options: OpenMixerOptions): Promise<Mixer> {
  await using opened = new AsyncDisposableStack();
  const { clock, logger } = options;
  const address = await localAddress(options.platform);
  opened.defer(address.remove);
  const server = createServer();
  await listen(server, address.path);
  opened.defer(() => closeServer(server));

  const events = createEmitter<MixerEvent>();
  const data = createEmitter<MixerData>();
  const phaseChanged = createEmitter<MixerPhase>();
  const state = createMixerState();
  /** Encodings that were asked to stop and have not said that they have. */
  const stopping = new Set<string>();
  const closing = new AbortController();
  let phase: MixerPhase = 'starting';
  let restarts = 0;
  let life: Life | undefined;
  /** What whoever connects has to know; a new one for every process. */
  let token = '';
  /** Runs are numbered by each process from 1; here they go on. */
  let runBase = 0;
  let lastRun = 0;

  const isClosing = (): boolean => closing.signal.aborted;

  function tell<T>(emitter: { readonly emit: (value: T) => void }, value: T): void {
    try {
      emitter.emit(value);
    } catch (error) {
      // Thrown on, it would end the program from inside of a socket.
      logger.error({ error }, 'a listener failed on what the mixer said');
    }
  }

  function setPhase(next: MixerPhase): void {
    if (next !== phase) {
      phase = next;
      tell(phaseChanged, next);
    }
  }

  function onEvent(from: Life, event: MixerEvent): void {
    switch (event.type) {
      case 'ready':
        from.isReady = true;
        for (const command of state.commands(clock.wallMs())) {
          from.link?.send(command);
        }
        setPhase('running');
        tell(events, event);
        break;
      case 'encoder-run':
        lastRun = Math.max(lastRun, event.run + runBase);
        tell(events, { ...event, run: event.run + runBase });
        break;
      case 'encoder-ended':
        state.forgetEncoding(event.encoding);
        stopping.delete(event.encoding);
        tell(events, event);
        break;
      default:
        tell(events, event);
    }
  }

  server.on('connection', (socket: Socket) => {
    const here = life;
    if (here === undefined || here.link !== undefined) {
      socket.destroy();
      return;
    }
    acceptMixer(socket, {
      token,
      clock,
      logger,
      onTrusted(link) {
        if (here.link === undefined && here === life) {
          here.link = link;
        } else {
          link.close();
        }
      },
      onBytes: () => (here.silentLooks = 0),
      onEvent: (event) => onEvent(here, event),
      onData: (item) => tell(data, item.type === 'encoded' ? { ...item, run: item.run + runBase } : item),
      onClosed() {
        // Without its socket it ends by itself; should it not, it is of no use any more either.
        if (here === life) {
          here.child.kill();
        }
      },
    });
  });

  async function live(): Promise<void> {
    let failures = 0;
    while (!isClosing()) {
      const startedMs = clock.monotonicMs();
      try {
        await oneLife();
      } catch (error) {
        logger.error({ error }, 'the mixer could not be started');
      }
      if (isClosing()) {
        return;
      }
      restarts += 1;
      setPhase('restarting');
      endWhatWasStopping();
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
    runBase = lastRun;
    const child = await options.launch({
      name: 'mixer',
      entry: options.entry,
      env: { [MIXER_SOCKET_VARIABLE]: address.path, [MIXER_TOKEN_VARIABLE]: token },
    });
    const here: Life = {
      child,
      startedMs: clock.monotonicMs(),
      link: undefined,
      isReady: false,
      silentLooks: 0,
    };
    life = here;
    if (isClosing()) {
      child.kill();
    }
    using _watch = watch(here);
    const { code } = await child.exited;
    life = undefined;
    here.link?.close();
    if (!isClosing()) {
      logger.error({ code, pid: child.pid }, 'the mixer process ended unasked and is started again');
    }
  }

  /** A process that does not get ready, or falls silent, is ended at once: while it hangs, viewers see nothing. */
  function watch(here: Life): Disposable {
    let timer = clock.after(LOOK_MS, look);
    function look(): void {
      here.silentLooks += here.isReady && state.isConfigured() ? 1 : 0;
      const isLate = !here.isReady && clock.monotonicMs() - here.startedMs > START_MS;
      if (isLate || here.silentLooks > SILENT_LOOKS) {
        logger.error({ pid: here.child.pid, isReady: here.isReady }, 'the mixer process hangs and is killed');
        killNow(here.child);
        return;
      }
      timer = clock.after(LOOK_MS, look);
    }
    return { [Symbol.dispose]: () => timer[Symbol.dispose]() };
  }

  /** Nobody is left who could say so. */
  function endWhatWasStopping(): void {
    for (const encoding of [...stopping]) {
      stopping.delete(encoding);
      state.forgetEncoding(encoding);
      const message = 'The mixer ended before the encoder had given everything.';
      tell(events, { type: 'encoder-ended', encoding, fault: { code: 'capture/mixer-down', message } });
    }
  }

  function send(command: MixerCommand): void {
    state.remember(command);
    if (command.type === 'stop-encoder') {
      if (!state.encodings().includes(command.encoding)) {
        return;
      }
      stopping.add(command.encoding);
    }
    if (life?.isReady === true) {
      life.link?.send(command.type === 'configure' ? { ...command, wallNowMs: clock.wallMs() } : command);
    } else if (command.type === 'stop-encoder') {
      // Later, so that whoever stops an encoding hears of its end behind the call, as always.
      queueMicrotask(endWhatWasStopping);
    }
  }

  const lived = live();

  opened.defer(async () => {
    closing.abort();
    const last = life;
    if (last?.link === undefined) {
      last?.child.kill();
    } else {
      last.link.send({ type: 'shutdown' });
      using _late = clock.after(SHUTDOWN_MS, () => last.child.kill());
      await last.child.exited;
    }
    await lived;
  });
  const owned = opened.move();
  return {
    send,
    events,
    data,
    phase: () => phase,
    phaseChanged,
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
    return {
      path: `\\\\.\\pipe\\lectern-mixer-${randomBytes(16).toString('hex')}`,
      remove: () => Promise.resolve(),
    };
  }
  // mkdtemp makes it for the owner only. The path of a socket may have 104 characters on macOS, hence the short names.
  const folder = await mkdtemp(join(tmpdir(), 'lectern-'));
  return { path: join(folder, 'mixer'), remove: () => rm(folder, { recursive: true, force: true }) };
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
