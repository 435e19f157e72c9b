import { createHash, randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { Clock } from '../../base/clock.ts';
import { createEmitter, type EventSource } from '../../base/emitter.ts';
import { type RemoteDevice, remoteDevice } from '../../shared/api/remote.ts';
import { AppError } from '../../shared/app-error.ts';
import type { Repository } from '../ports/catalogue.ts';

/** What lasts of a device. Its token is kept as a digest: whoever reads the catalogue cannot use it. */
export const storedDevice = remoteDevice.omit({ connected: true }).extend({ digest: z.string() });
export type StoredDevice = z.infer<typeof storedDevice>;

/** Of one presenter's helpers. */
export const MOST_DEVICES = 10;
/** A phone that has the page open is seen all the time; that is written down so often. */
const WRITE_SEEN_EVERY_MS = 60_000;

export type Devices = {
  readonly list: () => readonly RemoteDevice[];
  readonly get: (id: string) => RemoteDevice;
  readonly add: (name: string, from: string) => { readonly token: string; readonly device: RemoteDevice };
  readonly rename: (id: string, name: string) => RemoteDevice;
  readonly revoke: (id: string) => void;
  readonly authenticate: (token: string, from: string) => string | undefined;
  readonly connect: (id: string) => Disposable;
  readonly revoked: EventSource<string>;
  readonly changed: EventSource<undefined>;
};

export function createDevices(options: {
  readonly rows: Repository<StoredDevice>;
  readonly clock: Clock;
}): Devices {
  const { rows, clock } = options;
  const revoked = createEmitter<string>();
  const changed = createEmitter<undefined>();
  /** By id: how many pages it has open, and when it was seen last. */
  const open = new Map<string, number>();
  const seenMs = new Map<string, number>();

  function stored(id: string): StoredDevice {
    const device = rows.get(id);
    if (device === undefined) {
      throw new AppError('resource/not-found', 'There is no such device.', { details: { device: id } });
    }
    return device;
  }

  function shown({ digest: _digest, ...device }: StoredDevice): RemoteDevice {
    const lastMs = seenMs.get(device.id);
    return {
      ...device,
      ...(lastMs === undefined ? {} : { lastSeen: new Date(lastMs).toISOString() }),
      connected: (open.get(device.id) ?? 0) > 0,
    };
  }

  function see(device: StoredDevice, from: string): void {
    const nowMs = clock.wallMs();
    seenMs.set(device.id, nowMs);
    const writtenMs = Date.parse(device.lastSeen ?? device.pairedAt);
    if (device.from !== from || nowMs - writtenMs >= WRITE_SEEN_EVERY_MS) {
      rows.keep(device.id, { ...device, from, lastSeen: new Date(nowMs).toISOString() });
      changed.emit(undefined);
    }
  }

  return {
    revoked,
    changed,
    list: () => rows.list().map(shown),
    get: (id) => shown(stored(id)),
    add(name, from) {
      const id = randomBytes(9).toString('base64url');
      const token = randomBytes(32).toString('base64url');
      const pairedAt = new Date(clock.wallMs()).toISOString();
      const device = { id, name, pairedAt, lastSeen: pairedAt, from, digest: digestOf(token) };
      rows.put(id, device);
      changed.emit(undefined);
      return { token, device: shown(device) };
    },
    rename(id, name) {
      rows.put(id, { ...stored(id), name });
      changed.emit(undefined);
      return shown(stored(id));
    },
    revoke(id) {
      stored(id);
      rows.delete(id);
      seenMs.delete(id);
      revoked.emit(id);
      changed.emit(undefined);
    },
    authenticate(token, from) {
      // Found by its digest: how long that takes says nothing of the token.
      const digest = digestOf(token);
      const device = rows.list().find((candidate) => candidate.digest === digest);
      if (device === undefined) {
        return undefined;
      }
      see(device, from);
      return device.id;
    },
    connect(id) {
      open.set(id, (open.get(id) ?? 0) + 1);
      changed.emit(undefined);
      let isOpen = true;
      return {
        [Symbol.dispose]() {
          if (isOpen) {
            isOpen = false;
            const left = (open.get(id) ?? 1) - 1;
            if (left > 0) {
              open.set(id, left);
            } else {
              open.delete(id);
            }
            changed.emit(undefined);
          }
        },
      };
    },
  };
}

function digestOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}
