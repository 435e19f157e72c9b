import { isIP } from 'node:net';
import { hostname, type NetworkInterfaceInfo, networkInterfaces } from 'node:os';
import type { Clock } from '../../base/clock.ts';

export type ReadInterfaces = () => NodeJS.Dict<NetworkInterfaceInfo[]>;

const HOST_NAME = /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/i;

/** Often enough that a reconnection feels immediate; reading the list costs some 20 µs. */
const LOOK_EVERY_MS = 1000;

/** Addresses of this computer on its networks, IPv4 first; without loopback and link-local ones. */
export function ownAddresses(read: ReadInterfaces = networkInterfaces): readonly string[] {
  const all = Object.values(read()).flatMap((addresses) => addresses ?? []);
  const usable = all.filter(({ internal, address }) => !internal && !/^(?:169\.254\.|fe80:)/i.test(address));
  return [
    ...usable.filter(({ family }) => family === 'IPv4'),
    ...usable.filter(({ family }) => family === 'IPv6'),
  ].map(({ address }) => address);
}

/** What listens on every address of this computer: IPv6 takes IPv4 in too, where there is any of it. */
export function everywhere(read: ReadInterfaces = networkInterfaces): '::' | '0.0.0.0' {
  const families = Object.values(read()).flatMap((addresses) => (addresses ?? []).map(({ family }) => family));
  return families.includes('IPv6') ? '::' : '0.0.0.0';
}

/** How addresses for other computers name this one: as its user says, else by its first address; an IPv6 one in brackets (RFC 3986 §3.2.2). */
export function hostForOthers(named: string, read: ReadInterfaces = networkInterfaces): string {
  const host = named === '' ? (ownAddresses(read)[0] ?? '127.0.0.1') : named;
  return isIP(host) === 6 ? `[${host}]` : host;
}

/** Whether a name is one of DNS, under which there may be others: no address, and no name of the local network only. */
export function isDnsName(name: string): boolean {
  return isIP(name) === 0 && HOST_NAME.test(name) && name.includes('.');
}

/** What others may know this computer by, for a certificate. */
export function namesOfThisComputer(named: string, read: ReadInterfaces = networkInterfaces): readonly string[] {
  const names = ['localhost', '127.0.0.1', '::1', hostname(), ...ownAddresses(read), named];
  return [...new Set(names.filter((name) => isIP(name) !== 0 || HOST_NAME.test(name)))];
}

/**
 * Calls `onReturn` when this computer gets an address that it did not have a moment ago: Wi-Fi is back, the cable is in, the laptop woke up
 * somewhere else. Connections that wait to be tried again need not wait any longer then.
 */
export function watchNetwork(options: {
  readonly clock: Clock;
  readonly onReturn: () => void;
  readonly read?: ReadInterfaces;
}): Disposable {
  const { clock, read = networkInterfaces } = options;
  let known = new Set(ownAddresses(read));
  let timer = clock.after(LOOK_EVERY_MS, look);

  function look(): void {
    const present = new Set(ownAddresses(read));
    const returned = [...present].some((address) => !known.has(address));
    known = present;
    timer = clock.after(LOOK_EVERY_MS, look);
    if (returned) {
      options.onReturn();
    }
  }

  return { [Symbol.dispose]: () => timer[Symbol.dispose]() };
}
