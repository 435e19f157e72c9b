import type { Clock } from '../base/clock.ts';
import { createEmitter, type EventSource } from '../base/emitter.ts';
import type { Logger } from '../core/ports/logger.ts';
import type { RestartPolicy, SupervisionState } from '../core/ports/process.ts';
import type { SecretStore } from '../core/ports/secrets.ts';
import { FIRST_ATTEMPT, type SupervisionEvent, transition } from '../core/process/supervision.ts';
import { AppError } from '../shared/app-error.ts';
import type { ServiceStatus } from '../shared/desktop-contract.ts';
import type { ElectronApi } from './electron-api.ts';
import { createNodeChildren, logOutput, type NodeChildren } from './node-children.ts';
import {
  type FromService,
  fromService,
  fromWire,
  type OnAirStatus,
  type OpenMessage,
  type ServiceCall,
  type ToService,
  toWire,
} from './service-messages.ts';

/** Reading the recordings again after a crash takes its time, so nothing counts how long a start takes. */
const POLICY: RestartPolicy = {
  delaysMs: [0, 500, 2000, 5000],
  jitter: 0,
  healthyAfterMs: 60_000,
  maxAttempts: 6,
  stallAfterMs: Infinity,
  startWithinMs: Infinity,
};

/** A program that was killed while it writes a recording loses at most its last second; a quit that never ends loses the presenter's trust. */
export const CLOSE_DEADLINE_MS = 10_000;

const OFF_AIR: OnAirStatus = { phase: 'off-air', title: '' };

export type ServiceConnection = {
  readonly controlUrl: string;
  readonly originUrl: string;
  readonly token: string;
};

export type ServiceHostOptions = {
  readonly forkNode: ElectronApi['forkNode'];
  /** Module of the service process. */
  readonly entry: string;
  readonly open: OpenMessage;
  readonly secrets: SecretStore;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  readonly forceKill: (pid: number) => void;
  readonly clock: Clock;
  readonly logger: Logger;
};

/** The owner of the service process: it lives as long as the app, the process may be a new one. */
export type ServiceHost = AsyncDisposable & {
  /** Undefined until the first start is complete; while it restarts, the last one. */
  readonly connection: () => ServiceConnection | undefined;
  readonly status: () => ServiceStatus | { readonly state: 'starting' };
  readonly onAir: () => OnAirStatus;
  readonly ready: EventSource<ServiceConnection>;
  readonly statusChanged: EventSource<ServiceStatus>;
  readonly onAirChanged: EventSource<OnAirStatus>;
  /** The computer did, from sleep. */
  wokeUp(): void;
  /** After it gave up. */
  retry(): void;
};

export function openServiceHost(options: ServiceHostOptions): ServiceHost {
  const { clock, logger } = options;
  const ready = createEmitter<ServiceConnection>();
  const statusChanged = createEmitter<ServiceStatus>();
  const onAirChanged = createEmitter<OnAirStatus>();

  let state: SupervisionState = FIRST_ATTEMPT;
  let connection: ServiceConnection | undefined;
  let onAir = OFF_AIR;
  let instance: Instance | undefined;
  let closing: Promise<void> | undefined;
  /** Until it is tried again, or counts as healthy. */
  let timer: Disposable | undefined;

  function apply(event: SupervisionEvent): void {
    const before = state;
    state = transition(before, event, { policy: POLICY, nowMs: clock.monotonicMs(), chance: 0.5 });
    if (state !== before) {
      enter(state);
    }
  }

  function enter(next: SupervisionState): void {
    timer?.[Symbol.dispose]();
    switch (next.kind) {
      case 'starting':
        start();
        break;
      case 'running':
        timer = clock.after(POLICY.healthyAfterMs, () => apply({ kind: 'healthy' }));
        statusChanged.emit({ state: 'running' });
        break;
      case 'backing-off':
        logger.warn({ attempt: next.attempt, code: next.error.code }, next.error.message);
        timer = clock.after(next.retryAtMs - clock.monotonicMs(), () => apply({ kind: 'retry' }));
        statusChanged.emit({ state: 'restarting', attempt: next.attempt });
        break;
      case 'gave-up':
        logger.error({ attempt: next.attempt, code: next.error.code }, next.error.message);
        setOnAir(OFF_AIR);
        statusChanged.emit({ state: 'failed', error: toWire(next.error) });
        break;
      case 'stopping':
      case 'stopped':
        break;
    }
  }

  function start(): void {
    const fresh = openInstance(options, {
      onMessage(message) {
        if (fresh === instance) {
          receive(message);
        }
      },
      onExit(code, failure) {
        if (fresh === instance) {
          instance = undefined;
          apply(
            state.kind === 'stopping'
              ? { kind: 'ended' }
              : { kind: 'failed', error: failure ?? endedUnasked(code) },
          );
        }
      },
    });
    instance = fresh;
  }

  function receive(message: FromService): void {
    switch (message.type) {
      case 'ready': {
        const { controlUrl, originUrl, token } = message;
        connection = { controlUrl, originUrl, token };
        apply({ kind: 'spawned', pid: instance?.pid() ?? 0 });
        ready.emit(connection);
        break;
      }
      case 'status':
        setOnAir(message.status);
        break;
      default:
    }
  }

  /** While the service restarts, what it said last stands: it is about to carry on with it. */
  function setOnAir(status: OnAirStatus): void {
    onAir = status;
    onAirChanged.emit(status);
  }

  async function close(): Promise<void> {
    const last = instance;
    apply({ kind: 'stop-requested' });
    if (last === undefined) {
      return;
    }
    last.post({ type: 'close' });
    const deadline = clock.after(CLOSE_DEADLINE_MS, () => {
      logger.warn({ deadlineMs: CLOSE_DEADLINE_MS }, 'the service did not close in time and is ended');
      last.kill();
    });
    await last.gone;
    deadline[Symbol.dispose]();
  }

  enter(state);
  return {
    connection: () => connection,
    status: () => statusOf(state),
    onAir: () => onAir,
    ready,
    statusChanged,
    onAirChanged,
    wokeUp: () => instance?.post({ type: 'woke-up' }),
    retry: () => apply({ kind: 'retry' }),
    [Symbol.asyncDispose]() {
      closing ??= close();
      return closing;
    },
  };
}

function statusOf(state: SupervisionState): ServiceStatus | { readonly state: 'starting' } {
  switch (state.kind) {
    case 'starting':
      return state.attempt === 1 ? { state: 'starting' } : { state: 'restarting', attempt: state.attempt };
    case 'backing-off':
      return { state: 'restarting', attempt: state.attempt };
    case 'gave-up':
      return { state: 'failed', error: toWire(state.error) };
    default:
      return { state: 'running' };
  }
}

function endedUnasked(code: number): AppError {
  return new AppError('process/exited', `The service ended with code ${code} although nobody asked it to.`, {
    details: { reason: `code ${code}` },
  });
}

/** One life of the service process, with the Node children it asked for. */
type Instance = {
  readonly pid: () => number | undefined;
  readonly gone: Promise<undefined>;
  post(message: ToService): void;
  kill(): void;
};

function openInstance(
  options: ServiceHostOptions,
  events: {
    readonly onMessage: (message: FromService) => void;
    /** `failure` is why it could not be opened, when it said so. */
    readonly onExit: (code: number, failure: AppError | undefined) => void;
  },
): Instance {
  const logger = options.logger.child({ child: 'service' });
  const utility = options.forkNode(options.entry, [], {
    serviceName: 'Lectern service',
    env: serviceEnvironment(options.environment),
    stdio: 'pipe',
  });
  logOutput(utility, logger);

  const gone = Promise.withResolvers<undefined>();
  let isGone = false;
  let failure: AppError | undefined;
  const post = (message: ToService): void => {
    if (!isGone) {
      utility.postMessage(message);
    }
  };
  const children = createNodeChildren({
    ...options,
    onExit: (pid, code) => post({ type: 'child-exited', pid, code }),
  });

  utility.on('message', (data) => {
    const message = fromService.parse(data);
    switch (message.type) {
      case 'call':
        void answer(message.id, message.call, post, options.secrets, children);
        break;
      case 'kill-child':
        children.kill(message.pid);
        break;
      case 'failed':
        failure = fromWire(message.error);
        break;
      default:
        events.onMessage(message);
    }
  });
  utility.on('exit', (code) => {
    isGone = true;
    children[Symbol.dispose]();
    gone.resolve(undefined);
    events.onExit(code, failure);
  });
  post(options.open);

  return {
    pid: () => utility.pid,
    gone: gone.promise,
    post,
    kill() {
      // Windows knows no asking, and elsewhere it has been asked already.
      if (utility.pid !== undefined) {
        options.forceKill(utility.pid);
      }
    },
  };
}

async function answer(
  id: number,
  call: ServiceCall,
  post: (message: ToService) => void,
  secrets: SecretStore,
  children: NodeChildren,
): Promise<void> {
  try {
    const value = await carryOut(call, secrets, children);
    post({ type: 'answer', id, ...(value === undefined ? {} : { value }) });
  } catch (error) {
    post({ type: 'refusal', id, error: toWire(error) });
  }
}

async function carryOut(
  call: ServiceCall,
  secrets: SecretStore,
  children: NodeChildren,
): Promise<string | number | undefined> {
  switch (call.name) {
    case 'get-secret':
      return await secrets.get(call.key);
    case 'set-secret':
      await secrets.set(call.key, call.value);
      return undefined;
    case 'delete-secret':
      await secrets.delete(call.key);
      return undefined;
    case 'launch-node':
      return await children.launch(call);
  }
}

/** Ours, less what would change how Node or Electron itself behaves. */
function serviceEnvironment(own: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const kept = Object.entries(own).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !/^(NODE_|ELECTRON_|npm_)/.test(entry[0]),
  );
  return Object.fromEntries(kept);
}
