import type { z } from 'zod';
import { createSerial } from '../../base/serial.ts';
import {
  type Destination,
  type DestinationCreate,
  type DestinationPatch,
  destination,
} from '../../shared/api/publishing.ts';
import { AppError, toAppError } from '../../shared/app-error.ts';
import { problemOf } from '../../shared/problem.ts';
import type { Repository } from '../ports/catalogue.ts';
import type { Presentation } from '../ports/presentation.ts';
import type { Publishing } from '../ports/publish.ts';
import type { SecretStore } from '../ports/secrets.ts';
import type { DestinationService, EventLog } from '../ports/services.ts';
import { type Push, type PushAddressWithKey, type PushTools, startPush } from './push.ts';
import { splitPushAddress } from './push-address.ts';

/** What lasts of a destination. Its keys are with the secrets. */
export const storedDestination = destination.pick({
  name: true,
  url: true,
  backupUrl: true,
  hasStreamKey: true,
  enabled: true,
  quality: true,
});
export type StoredDestination = z.infer<typeof storedDestination>;

export type DestinationsOptions = PushTools & {
  readonly rows: Repository<StoredDestination>;
  readonly secrets: SecretStore;
  readonly events: EventLog;
};

export type Destinations = DestinationService &
  Publishing &
  AsyncDisposable & {
    /** This computer has a network again: nobody waits any longer. */
    networkReturned(): void;
  };

/** Figures of what is being sent are told so often. */
const TELL_EVERY_MS = 1000;

/**
 * The places that a broadcast is pushed to. Each has a process of its own; none of them can hold up another, or the broadcast.
 *
 *     off ◀──stop── waiting ──begin──▶ connecting ──▶ live ◀──▶ reconnecting
 *      └──start──▶     ▲ └──────────────end──────────────┘           failed ──start──▶ connecting
 */
export function createDestinations(options: DestinationsOptions): Destinations {
  const { rows, secrets, events, clock, logger } = options;
  const serial = createSerial();
  const pushes = new Map<string, Push>();
  /** Started or stopped by hand, until the end of the broadcast; else what `enabled` says. */
  const wanted = new Map<string, boolean>();
  let presentation: Presentation | undefined;
  let telling: Disposable | undefined;

  function stored(name: string): StoredDestination {
    const found = rows.get(name);
    if (found === undefined) {
      throw new AppError('resource/not-found', `There is no destination ${name}.`, {
        details: { destination: name },
      });
    }
    return found;
  }

  function shown(row: StoredDestination): Destination {
    const status = pushes.get(row.name)?.status();
    const isWanted = wanted.get(row.name) ?? row.enabled;
    return {
      ...row,
      state: status?.state ?? (isWanted ? 'waiting' : 'off'),
      sentBitrate: status?.sentBitrate ?? 0,
      queueSeconds: status?.queueSeconds ?? 0,
      droppedSeconds: status?.droppedSeconds ?? 0,
      retries: status?.retries ?? 0,
      ...(status?.retryAtMs === undefined ? {} : { retryAt: new Date(status.retryAtMs).toISOString() }),
      ...(status?.connectedAtMs === undefined
        ? {}
        : { connectedAt: new Date(status.connectedAtMs).toISOString() }),
      ...(status?.error === undefined ? {} : { error: problemOf(status.error) }),
    };
  }

  function tell(name: string): void {
    const row = rows.get(name);
    if (row !== undefined) {
      events.publish('Lectern.DestinationChanged', `destination/${name}`, shown(row));
    }
  }

  function tellFigures(): void {
    for (const name of pushes.keys()) {
      tell(name);
    }
    telling = pushes.size === 0 ? undefined : clock.after(TELL_EVERY_MS, tellFigures);
  }

  /** Throws when the key cannot be had: then there is nothing to push with. */
  async function open(row: StoredDestination): Promise<void> {
    if (presentation === undefined || pushes.has(row.name)) {
      return;
    }
    const shownTo = presentation;
    const key = row.hasStreamKey ? await secrets.get(keyName(row.name)) : undefined;
    const main: PushAddressWithKey = { url: row.url, key };
    const backup =
      row.backupUrl === undefined
        ? []
        : [{ url: row.backupUrl, key: (await secrets.get(backupKeyName(row.name))) ?? key }];
    // Ended while the keychain was asked.
    if (presentation !== shownTo) {
      return;
    }
    const push = startPush(
      shownTo,
      { name: row.name, addresses: [main, ...backup], quality: row.quality },
      options,
    );
    pushes.set(row.name, push);
    push.changed.on(() => tell(row.name));
    telling ??= clock.after(TELL_EVERY_MS, tellFigures);
    tell(row.name);
  }

  async function close(name: string, how: 'stop' | 'finish'): Promise<void> {
    const push = pushes.get(name);
    await push?.[how]();
    pushes.delete(name);
    tell(name);
  }

  async function setKey(name: string, key: string | undefined): Promise<void> {
    await (key === undefined ? secrets.delete(name) : secrets.set(name, key));
  }

  /** Keys first: a row that says that there is one must not stand without it. */
  async function save(name: string, request: DestinationCreate & { readonly keepsKey: boolean }): Promise<void> {
    const known = rows.get(name);
    const keeps = request.keepsKey && known?.hasStreamKey === true;
    const main = splitPushAddress(request.url, keeps ? '' : request.streamKey);
    const backup =
      request.backupUrl === undefined
        ? undefined
        : splitPushAddress(
            request.backupUrl,
            hasKeyInside(request.backupUrl, main.url) ? undefined : '',
            'backupUrl',
          );
    if (!keeps) {
      await setKey(keyName(name), main.key);
    }
    await setKey(backupKeyName(name), backup?.key);
    rows.put(name, {
      name,
      url: main.url,
      ...(backup === undefined ? {} : { backupUrl: backup.url }),
      hasStreamKey: keeps || main.key !== undefined,
      enabled: request.enabled,
      quality: request.quality,
    });
  }

  /** With what has changed; one that nobody wants any more is let go. */
  async function restart(name: string): Promise<void> {
    await close(name, 'stop');
    const row = stored(name);
    if (wanted.get(name) ?? row.enabled) {
      await open(row);
    }
    tell(name);
  }

  return {
    list: () => rows.list().map(shown),
    get: (name) => shown(stored(name)),
    put: (name, request) =>
      serial.run(async () => {
        await save(name, { ...request, keepsKey: false });
        await restart(name);
        return shown(stored(name));
      }),
    update: (name, patch) =>
      serial.run(async () => {
        const row = stored(name);
        await save(name, merged(row, patch));
        if (patch.enabled !== undefined) {
          wanted.delete(name);
        }
        await restart(name);
        return shown(stored(name));
      }),
    delete: (name) =>
      serial.run(async () => {
        stored(name);
        await close(name, 'stop');
        rows.delete(name);
        wanted.delete(name);
        await setKey(keyName(name), undefined);
        await setKey(backupKeyName(name), undefined);
        events.publish('Lectern.DestinationDeleted', `destination/${name}`, { name });
      }),
    start: (name) =>
      serial.run(async () => {
        const row = stored(name);
        wanted.set(name, true);
        const push = pushes.get(name);
        if (push === undefined) {
          await open(row);
        } else {
          push.retryNow();
        }
        tell(name);
        return shown(row);
      }),
    stop: (name) =>
      serial.run(async () => {
        const row = stored(name);
        wanted.set(name, false);
        await close(name, 'finish');
        return shown(row);
      }),
    begin(live) {
      presentation = live;
      void serial.run(async () => {
        for (const row of rows.list().filter(({ name, enabled }) => wanted.get(name) ?? enabled)) {
          try {
            await open(row);
          } catch (error) {
            logger.error({ error, destination: row.name }, 'a destination could not be opened');
            const { code, message } = toAppError(error);
            events.publish('Lectern.Problem', `destination/${row.name}`, { code, detail: message });
          }
        }
      });
    },
    async end() {
      presentation = undefined;
      await serial.run(async () => {
        await Promise.all([...pushes.keys()].map((name) => close(name, 'finish')));
        wanted.clear();
        for (const { name } of rows.list()) {
          tell(name);
        }
      });
    },
    networkReturned() {
      for (const push of pushes.values()) {
        if (push.status().state === 'reconnecting') {
          push.retryNow();
        }
      }
    },
    async [Symbol.asyncDispose]() {
      presentation = undefined;
      await serial.run(async () => {
        await Promise.all([...pushes.keys()].map((name) => close(name, 'stop')));
      });
      telling?.[Symbol.dispose]();
    },
  };
}

function merged(
  row: StoredDestination,
  patch: DestinationPatch,
): DestinationCreate & { readonly keepsKey: boolean } {
  const backupUrl = patch.backupUrl === undefined ? row.backupUrl : (patch.backupUrl ?? undefined);
  return {
    url: patch.url ?? row.url,
    ...(backupUrl === undefined ? {} : { backupUrl }),
    // A key that is taken away is the empty one; an address with a key inside brings its own.
    ...(patch.streamKey === undefined ? {} : { streamKey: patch.streamKey ?? '' }),
    enabled: patch.enabled ?? row.enabled,
    quality: patch.quality ?? row.quality,
    keepsKey: patch.streamKey === undefined && (patch.url === undefined || pathParts(patch.url) < 2),
  };
}

/** A backup is written like the main address: with a key behind it only when it has one part more. */
function hasKeyInside(backupUrl: string, mainUrl: string): boolean {
  return pathParts(backupUrl) > pathParts(mainUrl);
}

function pathParts(url: string): number {
  return URL.canParse(url) ? new URL(url).pathname.split('/').filter((part) => part !== '').length : 0;
}

function keyName(destinationName: string): string {
  return `destination/${destinationName}/streamKey`;
}

function backupKeyName(destinationName: string): string {
  return `destination/${destinationName}/backupStreamKey`;
}
