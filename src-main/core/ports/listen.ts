import type { Server } from 'node:net';
import { AppError, type ErrorDetails } from '../../shared/app-error.ts';

/** How a port that cannot be had is spoken of. */
export type PortWords = {
  /** A sentence that says where to choose another. */
  readonly cure: string;
  /** The setting, the flag. */
  readonly details: ErrorDetails;
};

export type ListenOptions = PortWords & {
  /** 0 takes any free one. */
  readonly port: number;
  readonly host: string;
  /** As in `Port 8888 for viewers is already in use`. */
  readonly purpose: string;
};

/** Resolves to the port that the server listens on. Throws `service/port-taken` and `service/port-refused`. */
export async function listenOn(server: Server, options: ListenOptions): Promise<number> {
  const { port, host } = options;
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  server.once('error', reject);
  server.listen(port, host, () => resolve(undefined));
  try {
    await promise;
  } catch (error) {
    throw refusal(error, options);
  }
  server.off('error', reject);
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}

function refusal(error: unknown, { port, purpose, cure, ...words }: ListenOptions): AppError {
  const details = { port, ...words.details };
  if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
    const message = `Port ${port} ${purpose} is already in use. ${cure}`;
    return new AppError('service/port-taken', message, { details, cause: error });
  }
  const why = error instanceof Error ? error.message : String(error);
  const message = `The operating system refuses port ${port} ${purpose}: ${why}. ${cure}`;
  return new AppError('service/port-refused', message, { details, cause: error });
}
