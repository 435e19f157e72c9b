import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type ListKind, listPage } from '../../../src-main/core/control/list-page.ts';
import { fieldsOf } from '../../../src-main/core/control/odata-fields.ts';
import { RequestError } from '../../../src-main/core/control/request-error.ts';
import { asset } from '../../../src-main/shared/api/assets.ts';
import { type ListQuery, listQuery } from '../../../src-main/shared/api/common.ts';
import { createFakeServices } from '../../support/fake-services.ts';

const kind: ListKind = { fields: fieldsOf(asset), defaultOrder: 'created desc' };
const self = new URL('http://127.0.0.1:8400/api/v1/assets?$top=2&search=x');

function item(name: string, day: number, size = 0) {
  return createFakeServices().addAsset(name, { created: `2030-01-0${day}T00:00:00Z`, size });
}

const items = [item('a', 1, 5), item('b', 3, 5), item('c', 2, 9), item('d', 3, 1)];
const namesOf = (page: { readonly value: readonly { readonly name: string }[] }): string =>
  page.value.map(({ name }) => name).join('');

/** Follows the links as a caller would. */
function allPages(list: typeof items, query: ListQuery): string[] {
  const pages: string[] = [];
  let page = listPage(list, query, kind, self);
  for (;;) {
    pages.push(namesOf(page));
    if (page.nextLink === undefined) {
      return pages;
    }
    const $skiptoken = new URL(page.nextLink).searchParams.get('$skiptoken');
    page = listPage(list, listQuery.parse({ ...query, $skiptoken }), kind, self);
  }
}

test('a list without a query is in its own order, names deciding ties, and has no next page', () => {
  const page = listPage(items, {}, kind, self);

  assert.equal(namesOf(page), 'bdca');
  assert.equal(page.nextLink, undefined);
});

test('the next link keeps the query and leads to the rest', () => {
  const page = listPage(items, { $top: 2 }, kind, self);
  const next = new URL(page.nextLink ?? '');

  assert.equal(namesOf(page), 'bd');
  assert.equal(next.searchParams.get('search'), 'x');
  assert.deepEqual(allPages(items, { $top: 2 }), ['bd', 'ca']);
});

test('several sort keys decide in their order', () => {
  assert.equal(namesOf(listPage(items, { $orderby: 'size desc,created' }, kind, self)), 'cabd');
});

test('what is created or deleted between two pages neither repeats nor hides another resource', () => {
  const first = listPage(items, { $top: 2 }, kind, self);
  const $skiptoken = new URL(first.nextLink ?? '').searchParams.get('$skiptoken') ?? '';
  const withNew = [item('new', 9), ...items];
  const withoutLast = items.filter(({ name }) => name !== 'd');

  assert.equal(namesOf(listPage(withNew, { $top: 2, $skiptoken }, kind, self)), 'ca');
  assert.equal(namesOf(listPage(withoutLast, { $top: 2, $skiptoken }, kind, self)), 'ca');
});

test('a token of another list, or none at all, is refused by name', () => {
  const token =
    new URL(listPage(items, { $top: 1 }, kind, self).nextLink ?? '').searchParams.get('$skiptoken') ?? '';

  for (const query of [
    { $skiptoken: token, $orderby: 'name' },
    { $skiptoken: token, $filter: 'size gt 0' },
    { $skiptoken: 'nonsense' },
    { $skiptoken: '' },
  ]) {
    assert.throws(
      () => listPage(items, query, kind, self),
      (error) => error instanceof RequestError && error.errors[0]?.field === '$skiptoken',
    );
  }
});

test('a search wants every word, in whatever case, in name, title, description or tags', () => {
  const talk = { ...item('talk', 1), title: 'Über Kameras', description: 'second try', tags: ['Team A'] };
  const list = [talk, item('other', 2)];

  assert.equal(namesOf(listPage(list, { search: 'über TRY team' }, kind, self)), 'talk');
  assert.equal(namesOf(listPage(list, { search: 'über missing' }, kind, self)), '');
  assert.equal(namesOf(listPage(list, { search: '  ' }, kind, self)), 'othertalk');
});

test('pages of any size give every resource once, in order, with tokens that fit into a query', () => {
  const names = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 260 }), { maxLength: 20 });

  fc.assert(
    fc.property(names, fc.integer({ min: 1, max: 7 }), (given, $top) => {
      const list = given.map((name, index) => ({ ...items[index % 4]!, name }));

      const pages = allPages(list, { $top });

      assert.equal(pages.join(''), namesOf(listPage(list, {}, kind, self)));
    }),
    { numRuns: 100 },
  );
});
