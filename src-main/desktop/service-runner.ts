import type { OpenService, Service, ServiceOptions } from '../core/ports/service.ts';
import type { StudioState } from '../shared/api/studio.ts';
import { createMainCaller, type MainCaller } from './main-caller.ts';
import { type FromService, type OnAirStatus, type OpenMessage, toService, toWire } from './service-messages.ts';

export type RunnerOptions = {
  readonly post: (message: FromService) => void;
  readonly onMessage: (listener: (message: unknown) => void) => void;
  readonly openService: OpenService;
  /** Ends the process. */
  readonly exit: (code: number) => void;
};

/** The service as a process of the desktop app: opened by the first message, closed by the last, and gone after it. */
export function runService(options: RunnerOptions): void {
  const main = createMainCaller(options.post);
  let opening: Promise<Service> | undefined;
  let closing = false;

  options.onMessage((data) => {
    const message = toService.parse(data);
    switch (message.type) {
      case 'open':
        opening ??= options.openService(serviceOptions(message, main));
        void accompany(opening);
        break;
      case 'close':
        if (!closing) {
          closing = true;
          void close();
        }
        break;
      case 'woke-up':
        void retryDestinations();
        break;
      default:
        main.receive(message);
    }
  });

  /** Tells main what it has to know, from the start to an end that nobody asked for. */
  async function accompany(service: Promise<Service>): Promise<void> {
    try {
      const open = await service;
      options.post({ type: 'ready', controlUrl: open.controlUrl, originUrl: open.originUrl, token: open.token });
      tellStatus(open);
      const reason = await open.closed;
      if (reason === undefined) {
        return;
      }
      throw reason;
    } catch (error) {
      options.post({ type: 'failed', error: toWire(error) });
      options.exit(1);
    }
  }

  /** The state of the studio changes many times a second while live; what main needs of it does not. */
  function tellStatus({ events, studio }: Service): void {
    let last = '';
    const tell = (): void => {
      const status = onAirStatus(studio.state());
      const text = JSON.stringify(status);
      if (text !== last) {
        last = text;
        options.post({ type: 'status', status });
      }
    };
    events.published.on(({ eventType }) => {
      if (eventType === 'Lectern.StudioChanged') {
        tell();
      }
    });
    tell();
  }

  async function close(): Promise<void> {
    try {
      await (await opening)?.[Symbol.asyncDispose]();
      options.exit(0);
    } catch (error) {
      options.post({ type: 'failed', error: toWire(error) });
      options.exit(1);
    }
  }

  /** After sleep the connections are dead without having been told; waiting for that, or for the next try, would be time off air. */
  async function retryDestinations(): Promise<void> {
    try {
      const destinations = (await opening)?.destinations;
      for (const { name, state } of destinations?.list() ?? []) {
        if (state === 'reconnecting' || state === 'live') {
          await destinations?.start(name);
        }
      }
    } catch {
      // They try again by themselves, only later.
    }
  }
}

function serviceOptions({ type: _, ...given }: OpenMessage, main: MainCaller): ServiceOptions {
  return { ...given, host: 'desktop', lock: true, secrets: main.secrets, launchNode: main.launchNode };
}

function onAirStatus({ phase, title, session }: StudioState): OnAirStatus {
  return {
    phase,
    title,
    ...(session === undefined ? {} : { startedAt: session.startedAt }),
    ...(session?.undoUntil === undefined ? {} : { undoUntil: session.undoUntil }),
  };
}
