import { BlockList, isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { ReadInterfaces } from './network.ts';

/** Networks whose addresses nobody has on the internet (RFC 1918, RFC 4193), and those of one link or one computer. */
const PRIVATE = [
  ['10.0.0.0', 8, 'ipv4'],
  ['172.16.0.0', 12, 'ipv4'],
  ['192.168.0.0', 16, 'ipv4'],
  ['169.254.0.0', 16, 'ipv4'],
  ['127.0.0.0', 8, 'ipv4'],
  ['fc00::', 7, 'ipv6'],
  ['fe80::', 10, 'ipv6'],
  ['::1', 128, 'ipv6'],
] as const;

/** Whether a caller is in a network of this computer, or in a private one: a port that is open to all is open to those only. */
export function isInOwnNetwork(address: string, read: ReadInterfaces = networkInterfaces): boolean {
  const bare = address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '');
  const family = isIP(bare) === 6 ? 'ipv6' : 'ipv4';
  if (isIP(bare) === 0) {
    return false;
  }
  const near = new BlockList();
  for (const [network, prefix, kind] of PRIVATE) {
    near.addSubnet(network, prefix, kind);
  }
  for (const { cidr, family: kind } of Object.values(read()).flatMap((addresses) => addresses ?? [])) {
    const [network, prefix] = cidr?.split('/') ?? [];
    if (network !== undefined && prefix !== undefined) {
      near.addSubnet(network, Number(prefix), kind === 'IPv6' ? 'ipv6' : 'ipv4');
    }
  }
  return near.check(bare, family);
}
