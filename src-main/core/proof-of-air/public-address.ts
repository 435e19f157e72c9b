import { BlockList, isIP } from 'node:net';

/**
 * Networks that no address on the internet is in (IANA special-purpose registries, RFC 6890 and successors): loopback, private, link-local,
 * carrier-grade NAT, multicast, documentation, and what is translated into one of them.
 */
const SPECIAL = new BlockList();
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const) {
  SPECIAL.addSubnet(network, prefix, 'ipv4');
}
for (const [network, prefix] of [
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
  ['5f00::', 16],
] as const) {
  SPECIAL.addSubnet(network, prefix, 'ipv6');
}

/** All of what is in use on the internet is in here; `64:ff9b::/96` stands for addresses of IPv4. */
const GLOBAL_IPV6 = new BlockList();
GLOBAL_IPV6.addSubnet('2000::', 3, 'ipv6');

/** Whether a numeric address can only be that of a computer on the internet, and of none in a network of one's own. */
export function isPublicAddress(address: string): boolean {
  const bare = address.replace(/%.*$/, '');
  switch (isIP(bare)) {
    case 4:
      return !SPECIAL.check(bare, 'ipv4');
    case 6: {
      const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(bare)?.[1];
      return mapped === undefined
        ? GLOBAL_IPV6.check(bare, 'ipv6') && !SPECIAL.check(bare, 'ipv6')
        : isPublicAddress(mapped);
    }
    default:
      return false;
  }
}
