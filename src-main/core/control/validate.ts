import type { z } from 'zod';
import { type FieldError, RequestError } from './request-error.ts';

type RawIssue = z.core.$ZodRawIssue;
type Issue = z.core.$ZodIssue;

/** The value as the schema gives it out, defaults filled in. Throws `request/unknown-field` or `request/invalid` with every wrong field. */
export function validate<T>(schema: z.ZodType<T>, value: unknown, root: string): T {
  const result = schema.safeParse(value, { error: wordsFor });
  if (result.success) {
    return result.data;
  }
  const { issues } = result.error;
  const unknown = issues.some((issue) => issue.code === 'unrecognized_keys');
  throw new RequestError(
    unknown ? 'request/unknown-field' : 'request/invalid',
    issues.flatMap((issue) => fieldErrors(issue, root)),
  );
}

function fieldErrors(issue: Issue, root: string): readonly FieldError[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ field: fieldName([...issue.path, key], root), message: 'does not exist' }));
  }
  return [{ field: fieldName(issue.path, root), message: sentence(issue) }];
}

/** `sources[0].region.width`, as one would write it in a program. */
function fieldName(path: readonly PropertyKey[], root: string): string {
  const name = path.reduce<string>((before, step) => {
    if (typeof step === 'number') {
      return `${before}[${step}]`;
    }
    return before === '' ? String(step) : `${before}.${String(step)}`;
  }, '');
  return name === '' ? root : name;
}

/** A union that fits in none of its members says what each of them would have wanted. */
function sentence(issue: Issue): string {
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) {
    return issue.message;
  }
  const wanted = issue.errors.flatMap((member) => member.map((inner) => inner.message.replace(/^must be /, '')));
  return `must be ${[...new Set(wanted)].join(', or ')}`;
}

/** Our words for what zod found, where the schema has none of its own: all read on after the name of the field. */
function wordsFor(issue: RawIssue): string | undefined {
  if (issue.input === undefined) {
    return 'is missing';
  }
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${withArticle(issue.expected)}`;
    case 'invalid_value':
      return `must be ${oneOf(issue.values)}`;
    case 'invalid_union':
      return 'options' in issue && Array.isArray(issue.options) ? `must be ${oneOf(issue.options)}` : undefined;
    case 'too_small':
      return bound(issue.origin, issue.minimum, issue.inclusive === true ? 'at least' : 'more than');
    case 'too_big':
      return bound(issue.origin, issue.maximum, issue.inclusive === true ? 'at most' : 'less than');
    case 'not_multiple_of':
      return `must be a multiple of ${issue.divisor}`;
    case 'invalid_format':
      return FORMATS[issue.format];
    case 'invalid_key':
      return 'has a name that is not right';
    case 'invalid_element':
    case 'unrecognized_keys':
    case 'custom':
      return undefined;
    default:
      return undefined;
  }
}

const FORMATS: Readonly<Record<string, string>> = {
  datetime: 'must be an ISO 8601 time such as 2030-01-31T12:00:00Z',
  url: 'must be a URL',
};

function withArticle(type: string): string {
  const words: Readonly<Record<string, string>> = {
    int: 'a whole number',
    array: 'a list',
    record: 'an object',
    object: 'an object',
    boolean: 'true or false',
    nonoptional: 'given',
  };
  return words[type] ?? `a ${type}`;
}

function oneOf(values: readonly unknown[]): string {
  const names = values.map((value) => JSON.stringify(value));
  return names.length === 1 ? names.join('') : `one of ${names.join(', ')}`;
}

const COUNTED: Readonly<Record<string, readonly [one: string, many: string]>> = {
  string: ['character', 'characters'],
  array: ['entry', 'entries'],
};

function bound(origin: string, limit: number | bigint, how: string): string {
  const units = COUNTED[origin];
  if (units !== undefined && how === 'at least' && Number(limit) === 1) {
    return 'must not be empty';
  }
  if (units === undefined) {
    return `must be ${how} ${limit}`;
  }
  return `must have ${how} ${limit} ${Number(limit) === 1 ? units[0] : units[1]}`;
}
