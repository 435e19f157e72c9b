import type { MenuItemConstructorOptions } from 'electron';
import type { Words } from './words.ts';

/**
 * The menu bar. Without its Edit menu macOS has no copy and paste in a window; the places of the studio and everything live are the page's,
 * keys included, so that they work the same in a browser. There is no Reload in the packaged app: a slip of the finger while live.
 */
export function appMenuTemplate(options: {
  readonly words: Words;
  readonly platform: NodeJS.Platform;
  readonly isPackaged: boolean;
  readonly openHelp: () => void;
  readonly openLogs: () => void;
}): MenuItemConstructorOptions[] {
  const { words, platform, isPackaged } = options;
  const mac = platform === 'darwin';
  const developer: MenuItemConstructorOptions[] = isPackaged
    ? []
    : [{ role: 'reload' }, { role: 'toggleDevTools' }, { type: 'separator' }];
  return [
    mac ? { role: 'appMenu' } : { label: 'Lectern', submenu: [{ role: 'quit', label: words.quit }] },
    { role: 'editMenu', label: words.edit },
    {
      label: words.view,
      submenu: [
        ...developer,
        { role: 'resetZoom' },
        { role: 'zoomIn' },
        { role: 'zoomOut' },
        { type: 'separator' },
        { role: 'togglefullscreen' },
      ],
    },
    { role: 'windowMenu', label: words.window },
    {
      role: 'help',
      label: words.help,
      submenu: [
        { label: words.openHelp, click: options.openHelp },
        { label: words.openLogs, click: options.openLogs },
      ],
    },
  ];
}
