import { once } from 'node:events';
import { createServer, type Server } from 'node:net';

/** Listens on a free port of the loopback interface, and gives it. */
export async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') {
    throw new Error('a server on a port');
  }
  return address.port;
}

/** A port on which nobody listens now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  server.close();
  await once(server, 'close');
  return port;
}
