import { AppError } from '../../shared/app-error.ts';

/** Names and addresses that mean the computer itself, on every computer. */
const OWN_HOST = /^(?:localhost|.*\.localhost|127(?:\.\d+){3}|\[::1\]|\[::\]|0\.0\.0\.0)$/i;

/** Whether only this computer can reach what is there. */
export function isOnThisComputer(url: string): boolean {
  return URL.canParse(url) && OWN_HOST.test(new URL(url).hostname);
}

/**
 * Encrypted media are mirrored as they are, and players go on asking this computer for the keys. When they cannot reach it there, a copy would
 * be of no use to anybody.
 */
export function unreachableKey(urls: ReadonlySet<string>): AppError | undefined {
  const bad = [...urls].find((url) => !URL.canParse(url) || isOnThisComputer(url));
  return bad === undefined
    ? undefined
    : new AppError(
        'upload/keys-unreachable',
        'The locator is encrypted, and viewers elsewhere could not get the keys: their address is one that only this computer knows. Share on the network and give a public host name, or use a streaming policy with a licence server that everybody reaches.',
        { details: { address: bad.slice(0, 200) } },
      );
}
