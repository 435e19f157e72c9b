import type { Logger } from '../core/ports/logger.ts';
import {
  CONNECTION_CHANNEL,
  type DesktopCall,
  type DesktopCalls,
  type DesktopConnection,
  REQUEST_GUARDS,
  type Reply,
} from '../shared/desktop-contract.ts';
import type { IpcApi, SenderFrame } from './electron-api.ts';
import { isOwnPage } from './external-links.ts';
import { toWire } from './service-messages.ts';

/** One handler for every call of the contract; a missing one does not compile. */
export type DesktopHandlers = {
  readonly [K in DesktopCall]: (
    request: DesktopCalls[K]['request'],
  ) => DesktopCalls[K]['response'] | Promise<DesktopCalls[K]['response']>;
};

/**
 * The only user of `ipcMain`. Answers the main frame of the service's own page and nobody else, and only requests that the contract knows.
 */
export function registerCalls(
  ipc: IpcApi,
  options: {
    readonly handlers: DesktopHandlers;
    readonly connection: () => DesktopConnection | undefined;
    readonly logger: Logger;
  },
): Disposable {
  const { handlers, connection, logger } = options;

  const isTrusted = (frame: SenderFrame): boolean =>
    frame?.parent === null && isOwnPage(frame.url, connection()?.controlUrl);

  function register<K extends DesktopCall>(name: K, handle: DesktopHandlers[K]): void {
    const isValid = REQUEST_GUARDS[name];
    ipc.handle(name, async (event, request): Promise<Reply<DesktopCalls[K]['response']>> => {
      if (!isTrusted(event.senderFrame) || !isValid(request)) {
        logger.warn({ call: name, from: originOf(event.senderFrame) }, 'a call was refused');
        throw new Error(`${name}: refused`);
      }
      try {
        return { ok: true, value: await handle(request) };
      } catch (error) {
        const wire = toWire(error);
        logger.warn({ call: name, code: wire.code }, wire.message);
        return { ok: false, error: wire };
      }
    });
  }

  const names = Object.keys(REQUEST_GUARDS).filter(isCall);
  for (const name of names) {
    register(name, handlers[name]);
  }
  ipc.on(CONNECTION_CHANNEL, (event) => {
    event.returnValue = isTrusted(event.senderFrame) ? connection() : null;
  });

  return {
    [Symbol.dispose]() {
      for (const name of names) {
        ipc.removeHandler(name);
      }
      ipc.removeAllListeners(CONNECTION_CHANNEL);
    },
  };
}

function isCall(name: string): name is DesktopCall {
  return Object.hasOwn(REQUEST_GUARDS, name);
}

/** Never the whole address: it could hold a token. */
function originOf(frame: SenderFrame): string {
  return frame !== null && URL.canParse(frame.url) ? new URL(frame.url).origin : 'unknown';
}
