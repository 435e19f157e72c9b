import type { ElectronApi } from './electron-api.ts';
import { judgeLink } from './external-links.ts';
import type { Words } from './words.ts';

/** Opens a link in the person's browser, having asked where that is due. Gives whether it was opened. */
export function createLinkOpener(
  electron: Pick<ElectronApi, 'dialog' | 'shell'>,
  words: Words,
  own: () => { readonly controlUrl: string; readonly originUrl: string } | undefined,
): (link: string) => Promise<boolean> {
  return async (link) => {
    const addresses = own();
    const judged = addresses === undefined ? undefined : judgeLink(link, addresses);
    if (judged === undefined || judged.verdict === 'refuse') {
      return false;
    }
    if (judged.verdict === 'ask') {
      const { response } = await electron.dialog.showMessageBox({
        type: 'question',
        message: words.openLink(judged.host),
        detail: judged.url,
        buttons: [words.cancel, words.open],
        defaultId: 0,
        cancelId: 0,
        noLink: true,
      });
      if (response !== 1) {
        return false;
      }
    }
    await electron.shell.openExternal(judged.url);
    return true;
  };
}
