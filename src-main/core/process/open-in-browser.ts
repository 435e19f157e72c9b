import { spawn } from 'node:child_process';
import { win32 } from 'node:path';
import { AppError } from '../../shared/app-error.ts';

/** Where no browser is running yet, the opener becomes the browser and does not end: then it has opened. */
const OPENED_AFTER_MS = 3000;

/**
 * Opens an address in the browser of whoever runs this. The browser is theirs: it gets their environment, and stays when we end.
 * Throws `request/invalid` for anything but http and https, and `process/not-found` where there is nothing that opens addresses.
 */
export async function openInBrowser(url: string): Promise<void> {
  const { file, args } = browserCommand(url, process.platform, process.env['SystemRoot']);
  const { promise: ended, resolve } = Promise.withResolvers<string | undefined>();
  const opener = spawn(file, args, { detached: true, stdio: 'ignore' });
  opener.once('error', (error) => resolve(error.message));
  opener.once('exit', (code) => resolve(code === 0 ? undefined : `${file} ended with code ${code ?? 'unknown'}`));
  const timer = setTimeout(() => resolve(undefined), OPENED_AFTER_MS);

  const reason = await ended;
  clearTimeout(timer);
  opener.unref();
  if (reason !== undefined) {
    throw new AppError('process/not-found', `No browser could be opened here (${reason}).`, {
      details: { reason },
    });
  }
}

/** No shell on any system: an address may hold `&` and `;`. */
export function browserCommand(
  url: string,
  platform: NodeJS.Platform,
  systemRoot: string | undefined,
): { readonly file: string; readonly args: readonly string[] } {
  // As the parser writes it: nothing in it can pass for an option, a path or another kind of address.
  const address = URL.canParse(url) ? new URL(url) : undefined;
  if (address?.protocol !== 'http:' && address?.protocol !== 'https:') {
    throw new AppError('request/invalid', 'Only http and https addresses are opened in a browser.');
  }
  switch (platform) {
    case 'darwin':
      return { file: '/usr/bin/open', args: [address.href] };
    case 'win32':
      return {
        file: win32.join(systemRoot ?? 'C:\\Windows', 'System32', 'rundll32.exe'),
        args: ['url.dll,FileProtocolHandler', address.href],
      };
    default:
      return { file: 'xdg-open', args: [address.href] };
  }
}
