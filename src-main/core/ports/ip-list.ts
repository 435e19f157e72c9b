import { BlockList, isIP } from 'node:net';
import type { IpAccessControl } from '../../shared/api/common.ts';
import { AppError } from '../../shared/app-error.ts';

/** The addresses that may send to a live event, or look at it or at anything. */
export type IpList = { has(address: string): boolean };

type Entry = IpAccessControl['ip']['allow'][number];
type Subnet = { readonly address: string; readonly family: 'ipv4' | 'ipv6'; readonly prefix: number };

/** `::ffff:10.0.0.1`: an IPv4 address as a socket for both families has it. */
const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;
/** `10.0.0.1(255.255.252.0)` */
const WITH_MASK = /^([^()/]+)\(([^()/]+)\)$/;

/**
 * Reads an allow list (spec 2.6): single addresses, CIDR, dotted masks, or a prefix length beside the address. Without a list everybody is on
 * it, on an empty one nobody is.
 *
 * Throws `ingest/address-list-invalid`, naming the entry.
 */
export function parseIpList(accessControl: IpAccessControl | undefined): IpList {
  if (accessControl === undefined) {
    return { has: () => true };
  }
  // One list would have every IPv4 address on it with ::/0 or ::ffff:0:0/96.
  const lists = { ipv4: new BlockList(), ipv6: new BlockList() };
  for (const entry of accessControl.ip.allow) {
    const { address, family, prefix } = parseEntry(entry);
    lists[family].addSubnet(address, prefix, family);
  }
  return {
    has(address) {
      const plain = plainAddress(address.replace(/%.*$/, ''));
      const version = isIP(plain);
      const family = version === 4 ? 'ipv4' : 'ipv6';
      return version !== 0 && lists[family].check(plain, family);
    },
  };
}

function parseEntry(entry: Entry): Subnet {
  const written = entry.address.trim();
  const mask = WITH_MASK.exec(written);
  const [address = '', prefix, ...rest] = mask === null ? written.split('/') : [mask[1]];
  const plain = plainAddress(address.trim());
  const version = isIP(plain);
  if (version === 0 || address.includes('%') || rest.length > 0) {
    throw invalid(entry, `${JSON.stringify(address)} is not an IP address`);
  }
  const most = version === 4 ? 32 : 128;
  const lengths = [
    ...(prefix === undefined ? [] : [parsePrefix(entry, prefix)]),
    ...(mask === null ? [] : [parseMask(entry, mask[2] ?? '', version)]),
    // AMS's own samples write 0 beside the address of all, and beside single ones, where it says nothing.
    ...(entry.subnetPrefixLength === undefined || (entry.subnetPrefixLength === 0 && !/^[0:.]+$/.test(plain))
      ? []
      : [entry.subnetPrefixLength]),
  ];
  const [length = most, other = length] = lengths;
  if (other !== length) {
    throw invalid(entry, `it says two lengths of the network, ${length} and ${other}`);
  }
  // In the IPv6 form the prefix counts 96 bits more.
  const bits = plain === address.trim() || lengths.length === 0 ? length : length - 96;
  if (bits < 0 || bits > most) {
    throw invalid(entry, `${length} is no prefix length of that kind of address`);
  }
  return { address: plain, family: version === 4 ? 'ipv4' : 'ipv6', prefix: bits };
}

function parsePrefix(entry: Entry, prefix: string): number {
  if (!/^\d{1,3}$/.test(prefix)) {
    throw invalid(entry, `${JSON.stringify(prefix)} is no prefix length`);
  }
  return Number(prefix);
}

function parseMask(entry: Entry, mask: string, version: number): number {
  if (version !== 4 || isIP(mask) !== 4) {
    throw invalid(entry, `${JSON.stringify(mask)} is no mask of an IPv4 network`);
  }
  const bits = mask
    .split('.')
    .map((part) => Number(part).toString(2).padStart(8, '0'))
    .join('');
  if (!/^1*0*$/.test(bits)) {
    throw invalid(entry, `the mask ${mask} has holes`);
  }
  return bits.replaceAll('0', '').length;
}

/** As it is written by itself. */
export function plainAddress(address: string): string {
  return MAPPED.exec(address)?.[1] ?? address;
}

function invalid({ address, name }: Entry, why: string): AppError {
  const which = name === undefined ? address : `${name} (${address})`;
  return new AppError(
    'ingest/address-list-invalid',
    `The entry ${which} of the list of addresses is not right: ${why}. Write 10.0.0.1, 10.0.0.0/22, 10.0.0.1(255.255.252.0) or fd00::/8. Nothing was changed.`,
    { details: { address, name } },
  );
}
