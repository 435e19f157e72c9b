import type { LaunchNode } from '../core/ports/process.ts';
import type { SecretStore } from '../core/ports/secrets.ts';
import { AppError } from '../shared/app-error.ts';
import { type FromService, fromWire, type ServiceCall, type ToService } from './service-messages.ts';

/** The service's side of what only Electron's main process can do. */
export type MainCaller = {
  readonly secrets: SecretStore;
  readonly launchNode: LaunchNode;
  /** Whether the message was for it. */
  receive(message: ToService): boolean;
};

export function createMainCaller(post: (message: FromService) => void): MainCaller {
  const waiting = new Map<number, PromiseWithResolvers<string | number | undefined>>();
  const children = new Map<number, (code: number | null) => void>();
  let lastId = 0;

  function ask(call: ServiceCall): Promise<string | number | undefined> {
    lastId += 1;
    const pending = Promise.withResolvers<string | number | undefined>();
    waiting.set(lastId, pending);
    post({ type: 'call', id: lastId, call });
    return pending.promise;
  }

  return {
    secrets: {
      async get(name) {
        const value = await ask({ name: 'get-secret', key: name });
        return value === undefined ? undefined : String(value);
      },
      async set(name, value) {
        await ask({ name: 'set-secret', key: name, value });
      },
      async delete(name) {
        await ask({ name: 'delete-secret', key: name });
      },
    },

    async launchNode({ name, entry, env }) {
      const pid = await ask({ name: 'launch-node', label: name, entry: builtModule(entry).href, env });
      if (typeof pid !== 'number') {
        throw new AppError('process/not-found', `The process ${name} could not be started.`);
      }
      // Main tells of an end after it has told of the start, so that nobody can end before being noted here.
      const exited = Promise.withResolvers<{ readonly code: number | null }>();
      children.set(pid, (code) => exited.resolve({ code }));
      return { pid, exited: exited.promise, kill: () => post({ type: 'kill-child', pid }) };
    },

    receive(message) {
      switch (message.type) {
        case 'answer':
          take(message.id)?.resolve(message.value);
          return true;
        case 'refusal':
          take(message.id)?.reject(fromWire(message.error));
          return true;
        case 'child-exited':
          children.get(message.pid)?.(message.code);
          children.delete(message.pid);
          return true;
        default:
          return false;
      }
    },
  };

  function take(id: number): PromiseWithResolvers<string | number | undefined> | undefined {
    const pending = waiting.get(id);
    waiting.delete(id);
    return pending;
  }
}

/** The compiler rewrites the `.ts` of an import, not of a URL: in the desktop app everything is built. */
function builtModule(entry: URL): URL {
  return new URL(entry.href.replace(/\.ts$/, '.js'));
}
