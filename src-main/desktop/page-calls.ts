import { existsSync } from 'node:fs';
import { extname, isAbsolute } from 'node:path';
import type { FileFilter, OpenDialogOptions } from 'electron';
import { AppError } from '../shared/app-error.ts';
import type { FileKind } from '../shared/desktop-contract.ts';
import { MEDIA_EXTENSIONS } from '../shared/media-files.ts';
import type { ElectronApi } from './electron-api.ts';
import type { MainWindow } from './main-window.ts';
import type { MediaAccessDesk } from './media-access.ts';
import type { DesktopHandlers } from './register-calls.ts';
import type { Words } from './words.ts';

/** What the page may have done for it. */
export function pageCalls(parts: {
  readonly electron: Pick<ElectronApi, 'dialog' | 'shell'>;
  readonly words: Words;
  readonly window: Pick<MainWindow, 'protect'>;
  readonly media: MediaAccessDesk;
  readonly openLink: (link: string) => Promise<boolean>;
}): DesktopHandlers {
  const { electron, words, window, media, openLink } = parts;
  return {
    'desktop:show-in-folder': ({ path }) => {
      if (!isAbsolute(path) || !existsSync(path)) {
        throw new AppError('resource/not-found', `There is no file ${path}.`, { details: { path } });
      }
      electron.shell.showItemInFolder(path);
      return null;
    },
    'desktop:choose-file': async ({ kind }) => {
      const { canceled, filePaths } = await electron.dialog.showOpenDialog(openDialogOptions(kind, words));
      return canceled ? null : (filePaths[0] ?? null);
    },
    'desktop:choose-save-path': async ({ name }) => {
      const defaultPath = safeFileName(name);
      const extension = extname(defaultPath).slice(1);
      const { canceled, filePath } = await electron.dialog.showSaveDialog({
        defaultPath,
        ...(extension === '' ? {} : { filters: [{ name: extension.toUpperCase(), extensions: [extension] }] }),
        properties: ['createDirectory', 'showOverwriteConfirmation'],
      });
      return canceled || filePath === '' ? null : filePath;
    },
    'desktop:open-external': ({ url }) => openLink(url),
    'desktop:media-access': ({ kind }) => media.status(kind),
    'desktop:request-media-access': ({ kind }) => media.request(kind),
    'desktop:protect-content': ({ on }) => {
      window.protect(on);
      return null;
    },
  };
}

function openDialogOptions(kind: FileKind, words: Words): OpenDialogOptions {
  const all: FileFilter = { name: words.allFiles, extensions: ['*'] };
  switch (kind) {
    case 'media':
      return {
        properties: ['openFile'],
        filters: [{ name: words.mediaFiles, extensions: [...MEDIA_EXTENSIONS] }, all],
      };
    case 'program':
      return { properties: ['openFile'] };
    case 'folder':
      return { properties: ['openDirectory', 'createDirectory'] };
  }
}

/**
 * A title as a file name that every system takes: no path, none of the characters that Windows refuses, and none of the names it keeps for
 * its devices.
 */
export function safeFileName(name: string): string {
  const plain = name
    .replace(/[\u0000-\u001f<>:"/\\|?*]+/g, ' ')
    .replace(/\s+/g, ' ')
    .replace(/^[. ]+|[. ]+$/g, '');
  const safe = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i.test(plain) ? `_${plain}` : plain;
  return safe === '' ? 'Lectern' : safe;
}
