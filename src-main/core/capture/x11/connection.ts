import { connect, type Socket } from 'node:net';
import { type DisplayName, displayAddresses } from './display-name.ts';
import {
  answeredRequest,
  messageLength,
  parseSetupReply,
  type RootWindow,
  setupReplyLength,
  setupRequest,
  type XRequest,
} from './messages.ts';
import type { XCredential } from './xauthority.ts';

/** An X server that answers questions. Every request may be sent at once; answers find their request by its number. */
export type XConnection = Disposable & {
  readonly root: RootWindow;
  /** Undefined when the server answers with an error: the window is gone. Rejects when the connection breaks. */
  readonly ask: <T>(request: XRequest<T>) => Promise<T | undefined>;
};

/** More than any list of windows; an answer that claims more is not an X server's. */
const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;

/** Connects to a display. Rejects with the server's own words when it refuses, and with the signal's reason. */
export async function openXConnection(
  display: DisplayName,
  credential: XCredential | undefined,
  signal: AbortSignal,
): Promise<XConnection> {
  const socket = await connectTo(display, signal);
  const waiting = new Map<number, (reply: Uint8Array | undefined) => void>();
  const setup = Promise.withResolvers<readonly RootWindow[]>();
  const broken = Promise.withResolvers<never>();
  // Both are awaited where somebody waits; a connection that nobody asks may break in silence.
  setup.promise.catch(() => undefined);
  broken.promise.catch(() => undefined);
  let pending: Uint8Array = new Uint8Array();
  let isSetUp = false;
  let sent = 0;

  function fail(error: Error): void {
    setup.reject(error);
    broken.reject(error);
    socket.destroy();
  }

  function take(length: number): Uint8Array {
    const message = pending.slice(0, length);
    pending = pending.subarray(length);
    return message;
  }

  function read(): void {
    for (;;) {
      const length = isSetUp ? messageLength(pending) : setupReplyLength(pending);
      if (length !== undefined && length > MAX_MESSAGE_BYTES) {
        throw new Error(`the X server announces ${length} bytes at once`);
      }
      if (length === undefined || pending.length < length) {
        return;
      }
      const message = take(length);
      if (isSetUp) {
        answer(message);
      } else {
        accept(message);
      }
    }
  }

  function accept(message: Uint8Array): void {
    const reply = parseSetupReply(message);
    if (reply.kind === 'refused') {
      throw new Error(`the X server refuses: ${reply.reason}`);
    }
    isSetUp = true;
    setup.resolve(reply.roots);
  }

  function answer(message: Uint8Array): void {
    const answered = answeredRequest(message);
    if (answered !== undefined) {
      const resolve = waiting.get(answered.sequence);
      waiting.delete(answered.sequence);
      resolve?.(answered.isError ? undefined : message);
    }
  }

  const onAbort = (): void => fail(reasonOf(signal));
  signal.addEventListener('abort', onAbort, { once: true });
  socket.on('error', fail);
  socket.on('close', () => fail(new Error('the X server closed the connection')));
  socket.on('data', (chunk: Uint8Array) => {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    try {
      read();
    } catch (error) {
      fail(error instanceof Error ? error : new Error(String(error)));
    }
  });
  socket.write(setupRequest(credential));

  const roots = await setup.promise;
  const root = roots[display.screen];
  if (root === undefined) {
    socket.destroy();
    throw new Error(`the X server has no screen ${display.screen}`);
  }
  return {
    root,
    async ask(request) {
      sent += 1;
      const { promise, resolve } = Promise.withResolvers<Uint8Array | undefined>();
      waiting.set(sent & 0xffff, resolve);
      socket.write(request.bytes);
      const reply = await Promise.race([promise, broken.promise]);
      return reply === undefined ? undefined : request.parse(reply);
    },
    [Symbol.dispose]() {
      signal.removeEventListener('abort', onAbort);
      socket.destroy();
    },
  };
}

async function connectTo(display: DisplayName, signal: AbortSignal): Promise<Socket> {
  let failure: Error | undefined;
  for (const address of displayAddresses(display)) {
    signal.throwIfAborted();
    try {
      return await connected(connect(address), signal);
    } catch (error) {
      // The first is the one that was meant; the others are guesses.
      failure ??= error instanceof Error ? error : undefined;
    }
  }
  throw failure ?? new Error('the display cannot be reached');
}

async function connected(socket: Socket, signal: AbortSignal): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const onAbort = (): void => reject(reasonOf(signal));
  signal.addEventListener('abort', onAbort, { once: true });
  socket.once('connect', () => resolve(socket));
  socket.once('error', reject);
  try {
    return await promise;
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    signal.removeEventListener('abort', onAbort);
    socket.removeListener('error', reject);
  }
}

function reasonOf(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error('aborted');
}
