import { createServer } from 'node:net';

/** Why nothing could listen on a port of this computer; undefined when something could. Listens for a moment to find out. */
export async function checkPort(port: number): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const server = createServer();
  server.once('error', (error: NodeJS.ErrnoException) => {
    resolve(error.code === 'EADDRINUSE' ? `${port} is already in use` : `${port}: ${error.message}`);
  });
  server.listen(port, '127.0.0.1', () => {
    server.close(() => resolve(undefined));
  });
  return await promise;
}
