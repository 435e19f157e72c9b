import type { Logger } from '../core/ports/logger.ts';
import type { ElectronApi } from './electron-api.ts';
import type { Words } from './words.ts';

export type CrashOptions = {
  readonly electron: { readonly app: Pick<ElectronApi['app'], 'exit'>; readonly dialog: ElectronApi['dialog'] };
  readonly words: Words;
  readonly logger: Logger;
  readonly logFolder: string;
  /** Whether there is a broadcast that an end of this process would cut off. */
  readonly isOnAir: () => boolean;
};

/**
 * What becomes of an error that nobody caught in this process. The service is another process and does not depend on us, but ends with us:
 * while it is live, we therefore go on as well as we can and say so once; else we say what happened and end.
 */
export function createCrashHandler(options: CrashOptions): (error: unknown) => void {
  const { electron, words, logger } = options;
  let told = false;

  return (error) => {
    const message = error instanceof Error ? error.message : String(error);
    const stack = error instanceof Error ? error.stack : undefined;
    logger.error({ stack }, `uncaught: ${message}`);
    if (!options.isOnAir()) {
      electron.dialog.showErrorBox(words.crashTitle, words.crashText(message, options.logFolder));
      electron.app.exit(1);
    } else if (!told) {
      told = true;
      void electron.dialog.showMessageBox({
        type: 'warning',
        message: words.crashTitle,
        detail: words.crashWhileLive,
        buttons: [words.close],
      });
    }
  };
}
