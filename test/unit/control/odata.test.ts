import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { z } from 'zod';
import { parseFilter, parseOrder } from '../../../src-main/core/control/odata.ts';
import { fieldsOf } from '../../../src-main/core/control/odata-fields.ts';
import { RequestError } from '../../../src-main/core/control/request-error.ts';
import { isoDuration, isoTime } from '../../../src-main/shared/api/common.ts';

const fields = fieldsOf(
  z.strictObject({
    name: z.string(),
    note: z.string().optional(),
    size: z.number(),
    live: z.boolean(),
    created: isoTime,
    length: isoDuration.optional(),
    quality: z.union([z.literal('top'), z.number()]),
    input: z.strictObject({ protocol: z.string() }),
    tags: z.record(z.string(), z.string()),
    list: z.array(z.string()),
  }),
);

const item = {
  name: "Ann's talk",
  size: 1500,
  live: true,
  created: '2030-01-01T12:00:00Z',
  length: 'PT1H30M',
  quality: 'top',
  input: { protocol: 'RTMP' },
  tags: { room: 'blue' },
  list: ['a'],
};

function errorOf(run: () => unknown): RequestError {
  try {
    run();
  } catch (error) {
    assert(error instanceof RequestError);
    return error;
  }
  throw new Error('it did not throw');
}

for (const [filter, wanted] of [
  ["name eq 'Ann''s talk'", true],
  ["name eq 'Anns talk'", false],
  ["name ne 'x'", true],
  ['size gt 1500', false],
  ['size ge 1500', true],
  ['size lt 1.6e3', true],
  ['size le -1', false],
  ['1500 eq size', true],
  ['live', true],
  ['not live', false],
  ['live eq false', false],
  ['live ne false', true],
  ['created gt 2030-01-01T11:59:59Z', true],
  ['created eq 2030-01-01T14:00:00+02:00', true],
  ["created lt '2030-01-01'", false],
  ["created lt datetime'2030-01-02'", true],
  ["length gt 'PT60M'", true],
  ["length eq duration'PT90M'", true],
  ["quality eq 'top'", true],
  ['quality gt 100', false],
  ['quality ne 100', true],
  ["input/protocol eq 'RTMP'", true],
  ["properties/input/protocol eq 'RTMP'", true],
  ["tags/room eq 'blue'", true],
  ["tags/floor eq 'blue'", false],
  ["tags/constructor eq 'blue'", false],
  ["contains(name,'talk')", true],
  ["contains(name,'Talk')", false],
  ["startswith(name, 'Ann')", true],
  ["endswith(name,'talk') eq true", true],
  ["not endswith(name,'talk')", false],
  ["contains(note,'x')", false],
  ['note eq null', true],
  ['note ne null', false],
  ['null ne name', true],
  ["note ne 'x'", true],
  ["note gt ''", false],
  ["live and size eq 1 or name ne ''", true],
  ["live and (size eq 1 or name eq '')", false],
  ['not (not (live))', true],
] as const) {
  test(`${filter} is ${String(wanted)} of the example`, () => {
    assert.equal(parseFilter(filter, fields)(item), wanted);
  });
}

for (const [filter, position, words] of [
  ['', 1, 'expected a property or a value and found the end'],
  ['naem eq 1', 1, 'there is no property “naem” to compare'],
  ['live and', 9, 'found the end'],
  ['name eq', 8, 'found the end'],
  ["name eq 'x", 9, 'no closing quote'],
  ['name = 1', 6, '“=” means nothing here'],
  ["size eq 'x'", 9, '“x” cannot be compared with “size” by eq'],
  ["created gt 'yesterday'", 12, '“yesterday” is not a time'],
  ['created gt 2030-13-01', 12, '“2030-13-01” is not a time'],
  ['size gt null', 9, 'cannot be compared'],
  ['name', 5, 'expected a comparison such as eq and found the end'],
  ['true', 5, 'expected a comparison'],
  ["(name eq 'x'", 13, 'expected “)” and found the end'],
  ["name eq 'x')", 12, 'expected “and”, “or” or the end and found “)”'],
  ["length(name) eq 'x'", 1, 'there is no function “length”'],
  ["contains(size,'x')", 10, '“size” is not text'],
  ["contains(name 'x')", 15, 'expected “,”'],
  ["list eq 'a'", 1, 'there is no property “list” to compare'],
  ["input eq 'a'", 1, 'there is no property “input” to compare'],
  ["name eq 'x' name", 13, 'expected “and”'],
  ["toString eq 'x'", 1, 'there is no property'],
] as const) {
  test(`the filter “${filter}” is refused at character ${position}`, () => {
    const error = errorOf(() => parseFilter(filter, fields));

    assert.equal(error.code, 'request/invalid');
    assert.equal(error.errors[0]?.field, '$filter');
    assert(error.message.includes(`at character ${position}:`), error.message);
    assert(error.message.includes(words), error.message);
  });
}

test('any text is either a filter or refused with the field’s name, and never anything else', () => {
  const piece = fc.constantFrom(
    ...['name', 'size', 'live', 'created', 'eq', 'ne', 'gt', 'and', 'or', 'not', '(', ')', ',', "'x'", "''", "'"],
    ...['1', '-2.5', 'null', 'true', '2030-01-01', 'contains', 'input/protocol', '/', '%', '\u0000', '__proto__'],
  );
  const texts = fc.oneof(
    fc.string({ maxLength: 60 }),
    fc.array(piece, { maxLength: 14 }).map((all) => all.join(' ')),
  );

  fc.assert(
    fc.property(texts, (text) => {
      try {
        assert.equal(typeof parseFilter(text, fields)(item), 'boolean');
      } catch (error) {
        assert(error instanceof RequestError);
        assert.equal(error.errors[0]?.field, '$filter');
      }
    }),
    { numRuns: 2000 },
  );
});

test('any text compares equal to itself when its quotes are doubled', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (name) => {
      assert.equal(parseFilter(`name eq '${name.replaceAll("'", "''")}'`, fields)({ name }), true);
    }),
  );
});

test('a filter as deep as the query allows is read without running out of stack', () => {
  const filter = `${'('.repeat(495)}live${')'.repeat(495)}`;

  assert.equal(parseFilter(filter, fields)(item), true);
});

test('an order lists properties with their directions', () => {
  const keys = parseOrder('created desc, input/protocol asc,size', fields);

  assert.deepEqual(
    keys.map(({ field, descending }) => [field.read(item), descending]),
    [
      [Date.parse(item.created), true],
      ['RTMP', false],
      [1500, false],
    ],
  );
});

for (const [order, position] of [
  ['', 1],
  ['nope', 1],
  ['list', 1],
  ['name up', 6],
  ['name,', 6],
  ['name desc asc', 11],
  ["'name'", 1],
] as const) {
  test(`the order “${order}” is refused at character ${position}`, () => {
    const error = errorOf(() => parseOrder(order, fields));

    assert.equal(error.errors[0]?.field, '$orderby');
    assert(error.message.includes(`at character ${position}:`), error.message);
  });
}
