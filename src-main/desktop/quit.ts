import type { Clock } from '../base/clock.ts';
import type { Logger } from '../core/ports/logger.ts';
import type { ControlClient } from './control-client.ts';
import type { ElectronApi } from './electron-api.ts';
import { isOnAir } from './power.ts';
import type { ServiceHost } from './service-host.ts';
import type { Words } from './words.ts';

/** Closing is mostly quicker than this; a box that flashes up would only worry. */
const SAY_AFTER_MS = 800;

export type QuitOptions = {
  readonly electron: Pick<ElectronApi, 'dialog'>;
  readonly host: Pick<ServiceHost, 'onAir' | 'onAirChanged' | typeof Symbol.asyncDispose>;
  readonly control: Pick<ControlClient, 'end'>;
  readonly words: Words;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Nothing is left to wait for: ends the app. */
  readonly exit: () => void;
};

export type Quit = {
  /** False when the person would rather stay live. Asked again while a question is open or the end is under way, it joins that. */
  request(options: { readonly ask: boolean }): Promise<boolean>;
};

/**
 * Quitting waits for the service, whose recording has to be completed.
 *
 *     idle ──request──▶ asking ──end and quit──▶ closing ──closed, deadline or “quit now”──▶ exit
 *       ▲      │           │                        ▲
 *       │      └─off air or not to be asked─────────┤
 *       └───────keep live──┘
 */
export function createQuit(options: QuitOptions): Quit {
  const { electron, host, control, words, logger } = options;
  let asking: Promise<boolean> | undefined;
  let closing: Promise<boolean> | undefined;

  async function ask(): Promise<boolean> {
    const { response } = await electron.dialog.showMessageBox({
      type: 'warning',
      message: words.quitQuestion,
      detail: words.quitDetail,
      buttons: [words.keepLive, words.endAndQuit],
      // What Enter and Escape do must be what harms nobody.
      defaultId: 0,
      cancelId: 0,
      noLink: true,
    });
    return response === 1;
  }

  async function close(): Promise<boolean> {
    const notice = openClosingNotice(options);
    try {
      if (isOnAir(host.onAir())) {
        await endBroadcast();
      }
      await Promise.race([host[Symbol.asyncDispose](), notice.quitNow]);
    } catch (error) {
      logger.error({ error: String(error) }, 'the service did not close cleanly');
    } finally {
      notice[Symbol.dispose]();
    }
    options.exit();
    return true;
  }

  /** The service would end it too when it closes; asked for, it does so by the studio's own rules. */
  async function endBroadcast(): Promise<void> {
    try {
      await control.end({ now: true });
    } catch (error) {
      logger.warn({ error: String(error) }, 'the broadcast is left to the service to end');
    }
  }

  return {
    async request(how) {
      if (closing !== undefined) {
        return await closing;
      }
      if (how.ask && isOnAir(host.onAir())) {
        asking ??= ask();
        const yes = await asking;
        asking = undefined;
        if (!yes) {
          return false;
        }
      }
      closing ??= close();
      return await closing;
    },
  };
}

/** Says what closing waits for, once it takes long enough to be noticed, with a way out. */
function openClosingNotice({
  electron,
  host,
  words,
  clock,
}: QuitOptions): Disposable & { readonly quitNow: Promise<undefined> } {
  const quitNow = Promise.withResolvers<undefined>();
  let box: AbortController | undefined;
  let said: string | undefined;

  async function say(): Promise<void> {
    const detail = isOnAir(host.onAir()) ? words.closingBroadcast : words.closingRecording;
    if (detail === said) {
      return;
    }
    said = detail;
    box?.abort();
    const current = new AbortController();
    box = current;
    await electron.dialog.showMessageBox({
      type: 'info',
      message: words.closing,
      detail,
      buttons: [words.quitNow],
      signal: current.signal,
      noLink: true,
    });
    // Closing the box by its signal is answered like a press of its button.
    if (!current.signal.aborted) {
      quitNow.resolve(undefined);
    }
  }

  const listeners = new DisposableStack();
  listeners.use(
    clock.after(SAY_AFTER_MS, () => {
      void say();
      listeners.use(host.onAirChanged.on(() => void say()));
    }),
  );
  return {
    quitNow: quitNow.promise,
    [Symbol.dispose]() {
      listeners.dispose();
      box?.abort();
    },
  };
}
