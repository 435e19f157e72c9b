import type { Clock } from '../../base/clock.ts';
import { createEmitter } from '../../base/emitter.ts';
import { AppError } from '../../shared/app-error.ts';
import { keepNode, type NodeLife } from '../ports/kept-node.ts';
import type { Logger } from '../ports/logger.ts';
import type { Mixer, MixerCommand, MixerData, MixerEvent, MixerPhase } from '../ports/mixer.ts';
import type { LaunchNode } from '../ports/process.ts';
import {
  createLinkReader,
  createLinkWriter,
  type LinkWriter,
  MIXER_SOCKET_VARIABLE,
  MIXER_TOKEN_VARIABLE,
} from './link.ts';
import { isMixerEvent } from './messages.ts';
import { createMixerState } from './mixer-state.ts';

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

/**
 * Runs the mixer in a process of its own and keeps one running until it is disposed. Resolves as soon as the socket is there; the phase tells the
 * rest. Throws what listening on a local socket throws.
 */
export async function openMixer(options: OpenMixerOptions): Promise<Mixer> {
  const { clock, logger } = options;
  const events = createEmitter<MixerEvent>();
  const data = createEmitter<MixerData>();
  const phaseChanged = createEmitter<MixerPhase>();
  const state = createMixerState();
  /** Encodings that were asked to stop and have not said that they have. */
  const stopping = new Set<string>();
  let phase: MixerPhase = 'starting';
  /** To the process that is connected. */
  let writer: LinkWriter | undefined;
  /** Runs are numbered by each process from 1; here they go on. */
  let runBase = 0;
  let lastRun = 0;

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

  function onEvent(from: NodeLife, event: MixerEvent): void {
    switch (event.type) {
      case 'ready':
        from.ready();
        for (const command of state.commands(clock.wallMs())) {
          writer?.message(command);
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
    if (kept.life()?.isReady === true) {
      writer?.message(command.type === 'configure' ? { ...command, wallNowMs: clock.wallMs() } : command);
    } else if (command.type === 'stop-encoder') {
      // Later, so that whoever stops an encoding hears of its end behind the call, as always.
      queueMicrotask(endWhatWasStopping);
    }
  }

  const kept = await keepNode({
    name: 'mixer',
    calledInLog: 'the mixer',
    ...{ launch: options.launch, entry: options.entry, clock, logger, platform: options.platform },
    variables: { socket: MIXER_SOCKET_VARIABLE, token: MIXER_TOKEN_VARIABLE },
    createReader: createLinkReader,
    beforeLaunch: () => void (runBase = lastRun),
    onConnected: (_, socket) => void (writer = createLinkWriter(socket)),
    onFrame(life, frame) {
      if (frame.kind === 'data') {
        const item = frame.data;
        tell(data, item.type === 'encoded' ? { ...item, run: item.run + runBase } : item);
        return;
      }
      if (!isMixerEvent(frame.value)) {
        throw new AppError('media/malformed', 'The mixer sent a message of an unknown kind.');
      }
      onEvent(life, frame.value);
    },
    // A running mixer sends its levels every second at least.
    mayBeSilent: () => !state.isConfigured(),
    onGone(next) {
      writer = undefined;
      if (next === 'restart') {
        setPhase('restarting');
        endWhatWasStopping();
      }
    },
    async shutDown(life) {
      writer?.message({ type: 'shutdown' });
      using _late = clock.after(SHUTDOWN_MS, () => life.kill());
      await life.ended;
    },
  });
  return {
    send,
    events,
    data,
    phase: () => phase,
    phaseChanged,
    restarts: kept.restarts,
    [Symbol.asyncDispose]: () => kept[Symbol.asyncDispose](),
  };
}
