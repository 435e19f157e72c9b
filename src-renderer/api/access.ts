import type { DesktopConnection } from '../../src-main/shared/desktop-contract.ts';
import type { Access } from './client.ts';

const STORED_TOKEN = 'lectern.token';

/** The parts of a browser that finding the way to the service needs. */
export type AccessSurroundings = {
  readonly hash: string;
  readonly desktop: DesktopConnection | undefined;
  readonly stored: Pick<Storage, 'getItem' | 'setItem'>;
  /** Replaces the address bar's fragment, so that the token is neither seen over a shoulder nor kept in the history. */
  readonly replaceHash: (hash: string) => void;
};

/** Where the service is and what opens it: from the desktop window, from `#token=…`, or as remembered for this tab. */
export function findAccess({ hash, desktop, stored, replaceHash }: AccessSurroundings): Access {
  if (desktop !== undefined) {
    return { baseUrl: desktop.controlUrl.replace(/\/$/, ''), token: desktop.token };
  }
  const given = tokenIn(hash);
  if (given === undefined) {
    return { baseUrl: '', token: stored.getItem(STORED_TOKEN) ?? undefined };
  }
  stored.setItem(STORED_TOKEN, given);
  replaceHash('');
  return { baseUrl: '', token: given };
}

function tokenIn(hash: string): string | undefined {
  return /^#token=([^&]+)/.exec(hash)?.[1];
}
