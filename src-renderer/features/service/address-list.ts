import type { IpAccessControl, Problem } from '../../../src-main/shared/api/common.ts';
import { fieldFaults, isWithin } from '../../api/problem.ts';

/** One address or network of a list, as it is being typed. */
export type AddressRow = {
  /** Tells rows apart while they are typed in and removed. */
  readonly id: number;
  readonly address: string;
  /** Bits of the network; empty where the address says it itself, or is a single one. */
  readonly prefix: string;
  readonly name: string;
};

/** Spec 2.6: the second one admits IPv6. */
const EVERYBODY: IpAccessControl = { ip: { allow: [{ address: '0.0.0.0/0' }, { address: '::/0' }] } };

export function everybody(): IpAccessControl {
  return EVERYBODY;
}

/** Whether a list lets everybody in, however it writes that. */
export function isEverybody(list: IpAccessControl | undefined): boolean {
  return (
    list === undefined ||
    list.ip.allow.some(
      ({ address, subnetPrefixLength }) =>
        /^0\.0\.0\.0(?:\/0|\(0\.0\.0\.0\))$/.test(address) || (address === '0.0.0.0' && subnetPrefixLength === 0),
    )
  );
}

export function rowsOf(list: IpAccessControl | undefined): readonly AddressRow[] {
  return (list?.ip.allow ?? []).map(({ address, subnetPrefixLength, name }, id) => ({
    id,
    address,
    prefix: subnetPrefixLength === undefined ? '' : String(subnetPrefixLength),
    name: name ?? '',
  }));
}

export function withRow(rows: readonly AddressRow[]): readonly AddressRow[] {
  const id = Math.max(-1, ...rows.map((row) => row.id)) + 1;
  return [...rows, { id, address: '', prefix: '', name: '' }];
}

/** A row in which nothing was typed means nothing. */
function isBlank({ address, prefix, name }: AddressRow): boolean {
  return [address, prefix, name].every((text) => text.trim() === '');
}

export function listOf(rows: readonly AddressRow[]): IpAccessControl {
  return {
    ip: {
      allow: sentOf(rows).map(({ address, prefix, name }) => ({
        ...(name.trim() === '' ? {} : { name: name.trim() }),
        address: address.trim(),
        ...(prefix.trim() === '' ? {} : { subnetPrefixLength: Number(prefix.trim()) }),
      })),
    },
  };
}

function sentOf(rows: readonly AddressRow[]): readonly AddressRow[] {
  return rows.filter((row) => !isBlank(row));
}

export type AddressFault = 'address' | 'prefix';

/** What cannot even be sent, by row; which addresses there are, the service knows. */
export function typedFaults(rows: readonly AddressRow[]): ReadonlyMap<number, AddressFault> {
  return new Map(
    sentOf(rows).flatMap(({ id, address, prefix }): [number, AddressFault][] => {
      if (address.trim().length < 2) {
        return [[id, 'address']];
      }
      return /^(?:\d{1,3})?$/.test(prefix.trim()) && Number(prefix) <= 128 ? [] : [[id, 'prefix']];
    }),
  );
}

/** What the service has against a list: against one of its rows where it says which, else against the whole. */
export function refusedRow(
  problem: Problem | undefined,
  field: string,
  rows: readonly AddressRow[],
): { readonly row: number | undefined; readonly message: string } | undefined {
  const fault = fieldFaults(problem).find(({ field: named }) => isWithin(named, field));
  if (fault === undefined) {
    return undefined;
  }
  const sent = sentOf(rows);
  const index = /\ballow[.[](\d+)/.exec(fault.field)?.[1];
  const written = problem?.details?.['address'];
  const row = index === undefined ? sent.find(({ address }) => address.trim() === written) : sent[Number(index)];
  return { row: row?.id, message: row === undefined ? fault.message : reasonOf(fault.message) };
}

/** The service's sentence names the list, the entry and what else could be written, all of which stand around the row already. */
function reasonOf(message: string): string {
  return /is not right: (.*?)\.(?= Write | Nothing |$)/.exec(message)?.[1] ?? message;
}
