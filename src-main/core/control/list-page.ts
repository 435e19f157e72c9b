import { createHash } from 'node:crypto';
import type { ListQuery } from '../../shared/api/common.ts';
import { parseFilter, parseOrder, type SortKey } from './odata.ts';
import type { FindField, Scalar } from './odata-fields.ts';
import { RequestError } from './request-error.ts';

/** As many as `$top` may ask for. A laptop's lists end before this; a page that ends here has a `nextLink`. */
const PAGE_SIZE = 1000;

export type ListKind = {
  readonly fields: FindField;
  readonly defaultOrder: string;
  /** The property that no two of them share; `name` when left out. */
  readonly key?: string;
};
type Page<T> = { readonly value: T[]; readonly nextLink?: string };

/**
 * One page of a list: `$filter`, `search=`, `$orderby`, `$skiptoken` and `$top`, in this order. The key is the last to sort by in every list,
 * so that the order is total, and the token names the last resource given: what is created or deleted between two pages neither repeats nor
 * hides another resource.
 */
export function listPage<T extends object>(
  items: readonly T[],
  query: ListQuery,
  kind: ListKind,
  self: URL,
): Page<T> {
  const order = query.$orderby ?? kind.defaultOrder;
  const { key = 'name' } = kind;
  const keyOf = (item: T): string => String(Reflect.get(item, key));
  const keys = [...parseOrder(order, kind.fields), ...parseOrder(key, kind.fields)];
  const filter = query.$filter === undefined ? () => true : parseFilter(query.$filter, kind.fields);
  const search = searchWords(query.search);

  const sorted = items
    .filter((item) => filter(item) && search(item))
    .map((item) => ({ item, values: keys.map(({ field }) => field.read(item)) }))
    .sort((left, right) => compareAll(left.values, right.values, keys))
    .map(({ item }) => item);
  const list = digest(JSON.stringify([order, query.$filter, query.search]));
  const start = query.$skiptoken === undefined ? 0 : startAfter(query.$skiptoken, list, sorted.map(keyOf));

  const end = start + (query.$top ?? PAGE_SIZE);
  const value = sorted.slice(start, end);
  const last = value.at(-1);
  return last === undefined || end >= sorted.length
    ? { value }
    : { value, nextLink: nextLink(self, `${end}.${list}.${digest(keyOf(last))}`) };
}

/** Every word must be in the name, the title, the description or a tag, in whatever case. */
function searchWords(search: string | undefined): (item: object) => boolean {
  const words = fold(search ?? '')
    .split(/\s+/)
    .filter((word) => word !== '');
  return (item) => {
    const text = words.length === 0 ? '' : fold(searchable(item));
    return words.every((word) => text.includes(word));
  };
}

function searchable(item: Readonly<Partial<Record<'name' | 'title' | 'description' | 'tags', unknown>>>): string {
  return JSON.stringify([item.name, item.title, item.description, item.tags]);
}

function fold(text: string): string {
  return text.normalize('NFC').toLowerCase();
}

function compareAll(left: readonly Scalar[], right: readonly Scalar[], keys: readonly SortKey[]): number {
  for (const [index, { descending }] of keys.entries()) {
    const order = compareScalars(left[index] ?? null, right[index] ?? null);
    if (order !== 0) {
      return descending ? -order : order;
    }
  }
  return 0;
}

/** What is not there comes first (OData 4.01 part 2, 5.1.4), then numbers, text and booleans among themselves. */
function compareScalars(left: Scalar, right: Scalar): number {
  if (left === null || right === null) {
    return Number(left !== null) - Number(right !== null);
  }
  if (typeof left !== typeof right) {
    return typeof left < typeof right ? -1 : 1;
  }
  return left === right ? 0 : left < right ? -1 : 1;
}

/** Behind the resource that the token names; where that has been deleted, behind the place it was at. */
function startAfter(token: string, list: string, keys: readonly string[]): number {
  const [, end, ofList, ofKey] = /^(\d{1,9})\.([\w-]+)\.([\w-]+)$/.exec(token) ?? [];
  if (ofList !== list) {
    throw new RequestError('request/invalid', [
      { field: '$skiptoken', message: 'is not one that this list has given; follow nextLink as it is' },
    ]);
  }
  const index = keys.findIndex((key) => digest(key) === ofKey);
  return index === -1 ? Math.max(0, Number(end) - 1) : index + 1;
}

/** Short, so that a token of a long name still fits into a query. */
function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 16);
}

function nextLink(self: URL, token: string): string {
  const link = new URL(self);
  link.searchParams.set('$skiptoken', token);
  return link.href;
}
