import type { Clock } from '../../base/clock.ts';
import { createEmitter, type EventSource } from '../../base/emitter.ts';
import { createSerial } from '../../base/serial.ts';
import type { Logger } from '../ports/logger.ts';
import { toDevices } from './device-facts.ts';
import type { ReadSigns } from './device-signs.ts';
import type { FoundDevices } from './found-devices.ts';

const LOOK_EVERY_MS = 1000;
/** Where there are no signs, every look asks programs: while somebody chooses a device, and now and then otherwise. */
const ASK_EVERY_MS = 2000;
const ASK_SELDOM_MS = 15_000;
/** Somebody who asked for the list is taken to look at it for so long. */
const ASKED_FOR_MS = 60_000;
/** A device that was plugged in gets its names and rights a moment after it has appeared. */
const SETTLED_MS = 1200;
/** A sound server tells of a headset in several events. */
const SOON_MS = 200;

export type DeviceChange = {
  readonly found: FoundDevices;
  /** Devices that were not there before, as `kind id`. */
  readonly added: ReadonlySet<string>;
  /** Those that were there. */
  readonly removed: ReadonlySet<string>;
};

/** The devices of this computer, watched from the first time somebody asks for them: until then nobody needs to know. */
export type DeviceWatch = AsyncDisposable & {
  /** Looks now. */
  list(): Promise<FoundDevices>;
  /** Watches from now on. */
  begin(): void;
  readonly changed: EventSource<DeviceChange>;
};

export type WatchDevicesOptions = {
  readonly find: () => Promise<FoundDevices>;
  readonly hardware: ReadSigns;
  readonly desktop: ReadSigns;
  /** What tells by itself that something has changed; undefined where nothing does. */
  readonly openSound: ((onChange: () => void) => AsyncDisposable) | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
};

export function watchDevices(options: WatchDevicesOptions): DeviceWatch {
  const { clock, logger } = options;
  const changed = createEmitter<DeviceChange>();
  const looks = createSerial();
  let known: { readonly text: string; readonly keys: ReadonlySet<string> } | undefined;
  let hardware: string | undefined;
  let desktop: string | undefined;
  let askedMs = -Infinity;
  let foundMs = -Infinity;
  let timer: Disposable | undefined;
  let again: Disposable | undefined;
  let sound: AsyncDisposable | undefined;
  let hasBegun = false;
  let isClosed = false;

  /** Finds what there is and tells it when it is something else than before. */
  const look = (): Promise<FoundDevices> =>
    looks.run(async () => {
      const found = await options.find();
      foundMs = clock.monotonicMs();
      const devices = toDevices(found.facts);
      const keys = new Set(devices.map(({ kind, id }) => `${kind} ${id}`));
      const text = JSON.stringify([devices, found.problems.map(({ code, message }) => [code, message])]);
      const before = known;
      known = { text, keys };
      if (before !== undefined && before.text !== text && !isClosed) {
        const added = new Set([...keys].filter((key) => !before.keys.has(key)));
        const removed = new Set([...before.keys].filter((key) => !keys.has(key)));
        changed.emit({ found, added, removed });
        lookSoon(SETTLED_MS);
      }
      return found;
    });

  function lookSoon(delayMs: number): void {
    if (isClosed || again !== undefined) {
      return;
    }
    again = clock.after(delayMs, () => {
      again = undefined;
      void lookQuietly();
    });
  }

  async function lookQuietly(): Promise<void> {
    try {
      await look();
    } catch (error) {
      logger.warn({ error }, 'the devices could not be looked for');
    }
  }

  const isAsked = (): boolean => clock.monotonicMs() - askedMs < ASKED_FOR_MS;

  async function hasSigns(): Promise<boolean> {
    if (options.hardware === undefined) {
      return clock.monotonicMs() - foundMs >= (isAsked() ? ASK_EVERY_MS : ASK_SELDOM_MS);
    }
    const hardwareNow = await options.hardware();
    const desktopNow = isAsked() ? await options.desktop?.() : desktop;
    const isOther =
      (hardware !== undefined && hardware !== hardwareNow) || (desktop !== undefined && desktop !== desktopNow);
    hardware = hardwareNow;
    desktop = desktopNow;
    return isOther;
  }

  async function watch(): Promise<void> {
    if (await hasSigns()) {
      await lookQuietly();
    }
    if (!isClosed) {
      timer = clock.after(LOOK_EVERY_MS, () => void watch());
    }
  }

  function start(): void {
    if (!hasBegun && !isClosed) {
      hasBegun = true;
      sound = options.openSound?.(() => lookSoon(SOON_MS));
      void watch();
    }
  }

  return {
    list() {
      askedMs = clock.monotonicMs();
      const found = look();
      start();
      return found;
    },
    begin() {
      if (!hasBegun) {
        void lookQuietly();
        start();
      }
    },
    changed,
    async [Symbol.asyncDispose]() {
      isClosed = true;
      timer?.[Symbol.dispose]();
      again?.[Symbol.dispose]();
      await sound?.[Symbol.asyncDispose]();
      await looks.idle();
    },
  };
}
