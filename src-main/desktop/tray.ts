import type { MenuItemConstructorOptions } from 'electron';
import { assertNever } from '../base/assert.ts';
import type { ElectronApi, ImageApi } from './electron-api.ts';
import { isOnAir } from './power.ts';
import type { OnAirStatus } from './service-messages.ts';
import type { Words } from './words.ts';

export type TrayActions = {
  readonly show: () => void;
  /** Opens the pre-flight in the window. */
  readonly goLive: () => void;
  readonly end: () => void;
  readonly undoEnd: () => void;
  readonly mark: () => void;
  readonly quit: () => void;
};

/** The state in words, for the tool tip and the first line of the menu. Since when, not for how long: that needs no timer to be true. */
export function statusLine(status: OnAirStatus, words: Words): string {
  switch (status.phase) {
    case 'off-air':
      return words.offAir;
    case 'rehearsing':
      return words.rehearsing;
    case 'starting':
      return words.starting;
    case 'live':
      return words.live(timeOfDay(status.startedAt));
    case 'reconnecting':
      return words.reconnecting;
    case 'ending':
      return words.ending;
    default:
      return assertNever(status.phase, 'studio phase');
  }
}

function timeOfDay(iso: string | undefined): string {
  const time = new Date(iso ?? NaN);
  return Number.isNaN(time.getTime())
    ? '–'
    : time.toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit' });
}

/** Only what can be done now. Going live opens the window, because only there can be seen what would go out. */
export function trayTemplate(
  status: OnAirStatus,
  words: Words,
  actions: TrayActions,
): MenuItemConstructorOptions[] {
  const items: MenuItemConstructorOptions[] = [
    { label: statusLine(status, words), enabled: false },
    { type: 'separator' },
    { label: words.show, click: actions.show },
  ];
  if (!isOnAir(status)) {
    items.push({ label: words.goLive, click: actions.goLive });
  } else {
    items.push({ label: words.mark, click: actions.mark });
    items.push(
      status.undoUntil === undefined
        ? { label: words.end, click: actions.end, enabled: status.phase !== 'ending' }
        : { label: words.undoEnd, click: actions.undoEnd },
    );
  }
  return [...items, { type: 'separator' }, { label: words.quit, click: actions.quit }];
}

export type TrayImages = { readonly idle: ImageApi; readonly live: ImageApi };

export type LiveTray = Disposable & { show(status: OnAirStatus): void };

export function openTray(
  electron: Pick<ElectronApi, 'createTray' | 'menu'>,
  options: {
    readonly images: TrayImages;
    readonly words: Words;
    readonly actions: TrayActions;
    readonly platform: NodeJS.Platform;
  },
): LiveTray {
  const { images, words, actions } = options;
  const tray = electron.createTray(images.idle);
  // On macOS a click opens the menu, and this would come on top of it.
  if (options.platform !== 'darwin') {
    tray.on('click', actions.show);
  }

  function show(status: OnAirStatus): void {
    tray.setImage(isOnAir(status) ? images.live : images.idle);
    tray.setToolTip(`Lectern – ${statusLine(status, words)}`);
    tray.setContextMenu(electron.menu.build(trayTemplate(status, words, actions)));
  }

  show({ phase: 'off-air', title: '' });
  return { show, [Symbol.dispose]: () => tray.destroy() };
}
