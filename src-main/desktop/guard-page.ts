import type { ContentsApi } from './electron-api.ts';
import { isOwnPage } from './external-links.ts';

/**
 * What our page may ask the browser for: copying a link, the player's full screen, and writing the file that a person has just chosen.
 * Neither camera nor microphone: media never passes through the page, which says so itself (`Permissions-Policy`).
 */
const ALLOWED: readonly string[] = ['clipboard-sanitized-write', 'fullscreen', 'fileSystem'];

/** Keeps a window on the page of the service: no other address, no other window, no other program inside, no permission it has no use for. */
export function guardPage(
  contents: ContentsApi,
  options: {
    readonly controlUrl: () => string | undefined;
    /** A link that leads out of the window. */
    readonly openLink: (url: string) => void;
  },
): void {
  const isOwn = (address: string): boolean => isOwnPage(address, options.controlUrl());

  contents.setWindowOpenHandler(({ url }) => {
    options.openLink(url);
    return { action: 'deny' };
  });
  contents.on('will-frame-navigate', (event) => {
    if (!event.isMainFrame) {
      event.preventDefault();
    } else if (!isOwn(event.url)) {
      event.preventDefault();
      options.openLink(event.url);
    }
  });
  contents.on('will-redirect', (event) => {
    if (!isOwn(event.url)) {
      event.preventDefault();
    }
  });
  contents.on('will-attach-webview', (event) => event.preventDefault());

  const { session } = contents;
  session.setPermissionRequestHandler((_contents, permission, callback, { requestingUrl }) =>
    callback(ALLOWED.includes(permission) && isOwn(requestingUrl)),
  );
  session.setPermissionCheckHandler(
    (_contents, permission, origin) => ALLOWED.includes(permission) && isOwn(origin),
  );
  session.setDevicePermissionHandler(() => false);
}
