import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { listen } from './free-port.ts';

/** A line to a port of this computer that can be made slow, silent or broken while it is in use. */
export type ShapedRelay = AsyncDisposable & {
  readonly port: number;
  /** So many bits per second are taken from the caller, of all connections together; 0 is a black hole, Infinity all that such a line takes. */
  take(bitsPerSecond: number): void;
  /** Every connection is reset; new ones are taken again. */
  cut(): void;
  /** Bytes that came through so far. */
  passed(): number;
};

const TICK_MS = 20;
/**
 * A good line, and no better: of what is read faster the operating system learns to keep tens of megabytes that nobody has read, and then a black
 * hole takes minutes of a broadcast.
 */
const LINE_BITRATE = 20_000_000;

export async function openShapedRelay(target: number): Promise<ShapedRelay> {
  const pairs = new Set<{ readonly caller: Socket; readonly server: Socket }>();
  let bitrate = LINE_BITRATE;
  let tokens = 0;
  let passed = 0;

  function pump(): void {
    tokens = Math.min(tokens + (bitrate * TICK_MS) / 8000, Math.max(1, (bitrate * 2 * TICK_MS) / 8000));
    for (const { caller, server } of pairs) {
      while (tokens >= 1 && caller.readableLength > 0) {
        // Node's type says `any`.
        const bytes: unknown = caller.read(Math.min(caller.readableLength, Math.floor(Math.min(tokens, 65_536))));
        if (!(bytes instanceof Buffer)) {
          break;
        }
        tokens -= bytes.length;
        passed += bytes.length;
        server.write(bytes);
      }
      if (bitrate > 0 && caller.readableLength === 0) {
        // That nothing more comes is only noticed by who wants more.
        caller.read();
      }
    }
  }

  const listener = createServer({ highWaterMark: 16_384 }, (caller) => {
    const server = connect(target, '127.0.0.1');
    const pair = { caller, server };
    pairs.add(pair);
    server.pipe(caller);
    // Reading happens when there are tokens; without a listener nothing would be read ahead.
    caller.on('readable', () => undefined);
    caller.on('end', () => server.end());
    for (const socket of [caller, server]) {
      socket.on('error', () => undefined);
      socket.on('close', () => {
        pairs.delete(pair);
        caller.destroy();
        server.destroy();
      });
    }
  });
  const port = await listen(listener);
  const ticking = setInterval(pump, TICK_MS);
  return {
    port,
    take(bitsPerSecond) {
      bitrate = Math.min(bitsPerSecond, LINE_BITRATE);
      tokens = 0;
      pump();
    },
    cut() {
      for (const { caller, server } of pairs) {
        caller.resetAndDestroy();
        server.destroy();
      }
    },
    passed: () => passed,
    async [Symbol.asyncDispose]() {
      clearInterval(ticking);
      for (const { caller, server } of pairs) {
        caller.destroy();
        server.destroy();
      }
      listener.close();
      await once(listener, 'close');
    },
  };
}
