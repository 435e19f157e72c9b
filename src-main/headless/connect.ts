import {
  type ControlClient,
  createControlClient,
  findRunningService,
} from '../core/control/client/control-client.ts';
import type { Service } from '../core/ports/service.ts';
import type { Host } from './host.ts';
import type { OptionValues } from './options.ts';
import {
  type DATA_OPTIONS,
  dataFolder,
  type PORT_OPTIONS,
  portsGiven,
  serviceOptions,
} from './service-options.ts';

/** A service to talk to: the one that runs on the data folder, or one of this command's own until it is disposed. */
export type Connection = AsyncDisposable & {
  readonly client: ControlClient;
  /** The service of this command, when none was running. */
  readonly own: Service | undefined;
};

/**
 * Both ways are spoken to over the control API, so that a command cannot behave differently in one of them. Throws what `openService` throws.
 */
export async function connect(
  host: Host,
  options: OptionValues<typeof DATA_OPTIONS>,
  ports: OptionValues<typeof PORT_OPTIONS> | 'any',
): Promise<Connection> {
  const running = await findRunningService(dataFolder(host, options));
  if (running !== undefined) {
    if (ports !== 'any' && portsGiven(ports)) {
      host.err.write(`Lectern runs already, at ${running.controlUrl}; the ports given here change nothing.\n`);
    }
    return {
      client: createControlClient(running),
      own: undefined,
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  }
  const own = await host.openService(serviceOptions(host, options, ports));
  return { client: createControlClient(own), own, [Symbol.asyncDispose]: () => own[Symbol.asyncDispose]() };
}
