import { connect, createServer, type Socket } from 'node:net';
import { pipeline } from 'node:stream';
import { listenOn } from '../../ports/listen.ts';

/** A line to a port of this computer that can be cut. */
export type Line = AsyncDisposable & {
  /** On loopback. */
  readonly port: number;
  /** Every connection breaks off, and no other one comes about, as without a network. */
  cut(): void;
  mend(): void;
};

const LOOPBACK = '127.0.0.1';

export async function openLine(target: number): Promise<Line> {
  const sockets = new Set<Socket>();
  let isCut = false;

  const server = createServer((inside) => {
    if (isCut) {
      inside.on('error', () => undefined).resetAndDestroy();
      return;
    }
    const outside = connect(target, LOOPBACK);
    for (const socket of [inside, outside]) {
      socket.setNoDelay(true);
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
    }
    // Either end takes the other with it.
    pipeline(inside, outside, () => undefined);
    pipeline(outside, inside, () => undefined);
  });
  const port = await listenOn(server, {
    port: 0,
    host: LOOPBACK,
    purpose: 'for the fire drill',
    cure: 'Try the drill again.',
    details: {},
  });

  function breakAll(): void {
    for (const socket of sockets) {
      socket.resetAndDestroy();
    }
  }

  return {
    port,
    cut() {
      isCut = true;
      breakAll();
    },
    mend: () => void (isCut = false),
    async [Symbol.asyncDispose]() {
      const { promise, resolve } = Promise.withResolvers<undefined>();
      server.close(() => resolve(undefined));
      breakAll();
      await promise;
    },
  };
}
