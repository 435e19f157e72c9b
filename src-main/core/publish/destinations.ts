import { createSerial, type Serial } from '../../base/serial.ts';
import type { QualityChange } from '../../shared/api/events.ts';
import type { Destination } from '../../shared/api/publishing.ts';
import { AppError } from '../../shared/app-error.ts';
import { problemOf } from '../../shared/problem.ts';
import type { Repository } from '../ports/catalogue.ts';
import type { Presentation } from '../ports/presentation.ts';
import type { Publishing } from '../ports/publish.ts';
import type { SecretStore } from '../ports/secrets.ts';
import type { DestinationService, EventLog } from '../ports/services.ts';
import {
  createdDestination,
  type DestinationChange,
  type KeyChange,
  patchedDestination,
  type StoredDestination,
} from './destination-change.ts';
import { type Push, type PushAddressWithKey, type PushTools, startPush } from './push.ts';
import type { RungChange } from './push-rungs.ts';
import { removeOldSecretFiles } from './secret-file.ts';
import { isSrt } from './srt-address.ts';

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

/** Figures of what is being sent are told so often, when they have changed. */
const TELL_EVERY_MS = 1000;

/**
 * The places that a broadcast is pushed to. Each has a process and a row of steps of its own; none of them can hold up another, or the
 * broadcast.
 *
 *     off ◀──stop── waiting ──begin──▶ connecting ──▶ live ◀──▶ reconnecting, failed
 *      └──start──▶     ▲ └──────────────end──────────────┘
 */
export function createDestinations(options: DestinationsOptions): Destinations {
  const { rows, secrets, events, clock, logger } = options;
  const turns = new Map<string, Serial>();
  const pushes = new Map<string, Push>();
  /** Started or stopped by hand, until the end of the broadcast; else what `enabled` says. */
  const wanted = new Map<string, boolean>();
  /** The figures that were told last. */
  const told = new Map<string, string>();
  let presentation: Presentation | undefined;
  let telling: Disposable | undefined;

  /** One step after the other, for each destination by itself. */
  function inTurn<T>(name: string, step: () => Promise<T>): Promise<T> {
    const turn = turns.get(name) ?? createSerial();
    turns.set(name, turn);
    return turn.run(step);
  }

  function stored(name: string): StoredDestination {
    const found = rows.get(name);
    if (found === undefined) {
      throw new AppError('resource/not-found', `There is no destination ${name}.`, {
        details: { destination: name },
      });
    }
    return found;
  }

  const isWanted = ({ name, enabled }: StoredDestination): boolean => wanted.get(name) ?? enabled;

  function shown(row: StoredDestination): Destination {
    const status = pushes.get(row.name)?.status();
    return {
      ...row,
      state: status?.state ?? (isWanted(row) ? 'waiting' : 'off'),
      sentBitrate: status?.sentBitrate ?? 0,
      queueSeconds: status?.queueSeconds ?? 0,
      droppedSeconds: status?.droppedSeconds ?? 0,
      retries: status?.retries ?? 0,
      ...(status?.retryAtMs === undefined ? {} : { retryAt: new Date(status.retryAtMs).toISOString() }),
      ...(status?.connectedAtMs === undefined
        ? {}
        : { connectedAt: new Date(status.connectedAtMs).toISOString() }),
      ...(status?.error === undefined ? {} : { error: problemOf(status.error) }),
      ...(status?.sending === undefined ? {} : { sending: status.sending }),
    };
  }

  /** Says it when there is something new to say. */
  function tell(name: string): void {
    const row = rows.get(name);
    const now = row === undefined ? undefined : shown(row);
    const text = JSON.stringify(now);
    if (now !== undefined && told.get(name) !== text) {
      told.set(name, text);
      events.publish('Lectern.DestinationChanged', `destination/${name}`, now);
    }
  }

  function tellFigures(): void {
    for (const name of pushes.keys()) {
      tell(name);
    }
    telling = pushes.size === 0 ? undefined : clock.after(TELL_EVERY_MS, tellFigures);
  }

  function tellQuality(destination: string, { direction, track }: RungChange): void {
    const quality = `${track.height}p`;
    const detail =
      direction === 'down'
        ? `The network to ${destination} does not take the best quality: ${quality} goes there for a while. The other destinations and the recording keep theirs.`
        : `The network to ${destination} has room again: ${quality} goes there.`;
    logger.info({ destination, direction, quality }, detail);
    const told: QualityChange = { cause: 'network', direction, destination, quality, detail };
    events.publish('Lectern.QualityChanged', `destination/${destination}`, told);
  }

  function open(row: StoredDestination): void {
    if (presentation === undefined || pushes.has(row.name)) {
      return;
    }
    const main: PushAddressWithKey = { url: row.url, key: () => mainKey(row) };
    const backup = row.backupUrl === undefined ? [] : [{ url: row.backupUrl, key: () => backupKey(row) }];
    const push = startPush(
      presentation,
      { name: row.name, addresses: [main, ...backup], quality: row.quality },
      options,
    );
    pushes.set(row.name, push);
    push.changed.on(() => tell(row.name));
    push.rungChanged.on((change) => tellQuality(row.name, change));
    telling ??= clock.after(TELL_EVERY_MS, tellFigures);
  }

  async function mainKey({ name, hasStreamKey }: StoredDestination): Promise<string | undefined> {
    const key = hasStreamKey ? await secrets.get(keyName(name)) : undefined;
    if (hasStreamKey && key === undefined) {
      throw new AppError(
        'secrets/unavailable',
        `The stream key of ${name} is no longer in the key store of this computer. Enter it again.`,
        { details: { destination: name } },
      );
    }
    return key;
  }

  /** Its own, else the same, as far as that is one for a server of its kind. */
  async function backupKey(row: StoredDestination): Promise<string | undefined> {
    const own = await secrets.get(backupKeyName(row.name));
    return own ?? (isSrt(row.url) === isSrt(row.backupUrl ?? row.url) ? await mainKey(row) : undefined);
  }

  async function close(name: string, how: 'stop' | 'finish'): Promise<void> {
    await pushes.get(name)?.[how]();
    pushes.delete(name);
  }

  /** Whether it is another one. */
  async function changeKey(name: string, change: KeyChange): Promise<boolean> {
    if (change === 'kept') {
      return false;
    }
    const known = await secrets.get(name);
    const key = 'from' in change ? change.from(known) : change.key;
    if (known === key) {
      return false;
    }
    await (key === undefined ? secrets.delete(name) : secrets.set(name, key));
    return true;
  }

  /** What is being sent goes on when only other things have changed; what nobody wants any more is let go. */
  async function save({ row, key, backupKey }: DestinationChange): Promise<Destination> {
    const { name } = row;
    const known = rows.get(name);
    // Keys first: a row that says that there is one must not stand without it.
    const hasNewKey = await changeKey(keyName(name), key);
    const hasNewBackupKey = await changeKey(backupKeyName(name), backupKey);
    rows.put(name, row);
    const goesElsewhere =
      hasNewKey ||
      hasNewBackupKey ||
      known?.url !== row.url ||
      known.backupUrl !== row.backupUrl ||
      known.quality !== row.quality;
    if (goesElsewhere || !isWanted(row)) {
      await close(name, 'stop');
    }
    return carryOut(row);
  }

  function carryOut(row: StoredDestination): Destination {
    if (isWanted(row)) {
      open(row);
      pushes.get(row.name)?.retryNow();
    }
    tell(row.name);
    return shown(row);
  }

  /** Nobody waits for it. */
  async function beginOne(name: string): Promise<void> {
    try {
      await Promise.resolve(carryOut(stored(name)));
    } catch (error) {
      logger.error({ error, destination: name }, 'a destination could not be opened');
    }
  }

  /** What is wished counts from the moment it is said: an end that comes before its turn ends it too. */
  async function wish(name: string, isOn: boolean): Promise<Destination> {
    stored(name);
    wanted.set(name, isOn);
    return await inTurn(name, async () => {
      const row = stored(name);
      if (!isWanted(row)) {
        await close(name, 'finish');
      }
      return carryOut(row);
    });
  }

  async function endAll(how: 'stop' | 'finish'): Promise<void> {
    presentation = undefined;
    const names = new Set([...turns.keys(), ...pushes.keys()]);
    await Promise.all([...names].map((name) => inTurn(name, () => close(name, how))));
  }

  void removeOldSecretFiles(clock.wallMs());
  return {
    list: () => rows.list().map(shown),
    get: (name) => shown(stored(name)),
    put: (name, request) =>
      inTurn(name, async () => {
        const change = createdDestination(name, request);
        if (rows.get(name)?.enabled !== change.row.enabled) {
          wanted.delete(name);
        }
        return await save(change);
      }),
    update: (name, patch) =>
      inTurn(name, async () => {
        const change = patchedDestination(stored(name), patch);
        if (patch.enabled !== undefined) {
          wanted.delete(name);
        }
        return await save(change);
      }),
    delete: (name) =>
      inTurn(name, async () => {
        stored(name);
        await close(name, 'stop');
        // Keys first: while the row stands, it can be asked for again.
        await secrets.delete(keyName(name));
        await secrets.delete(backupKeyName(name));
        rows.delete(name);
        wanted.delete(name);
        told.delete(name);
        events.publish('Lectern.DestinationDeleted', `destination/${name}`, { name });
      }),
    start: (name) => wish(name, true),
    stop: (name) => wish(name, false),
    begin(live) {
      presentation = live;
      for (const row of rows.list().filter(isWanted)) {
        void inTurn(row.name, () => beginOne(row.name));
      }
    },
    async end() {
      wanted.clear();
      await endAll('finish');
      for (const { name } of rows.list()) {
        tell(name);
      }
    },
    networkReturned() {
      for (const push of pushes.values()) {
        const { state } = push.status();
        if (state === 'reconnecting' || state === 'failed') {
          push.retryNow();
        }
      }
    },
    async [Symbol.asyncDispose]() {
      await endAll('stop');
      telling?.[Symbol.dispose]();
    },
  };
}

function keyName(destinationName: string): string {
  return `destination/${destinationName}/streamKey`;
}

function backupKeyName(destinationName: string): string {
  return `destination/${destinationName}/backupStreamKey`;
}
