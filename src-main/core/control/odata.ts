import { type Field, type FindField, type Scalar, type ScalarKind, textAs } from './odata-fields.ts';
import { fail, type Token, tokenize } from './odata-tokens.ts';

type Predicate = (item: unknown) => boolean;

/** Something with a value: a property, or a literal with the token it came from. */
type Operand = Field & { readonly token: Token; readonly literal: boolean };

/** How two values in comparable form can relate. What a resource does not have is neither more nor less than anything. */
const COMPARISONS = {
  eq: (left, right) => left === right,
  ne: (left, right) => left !== right,
  gt: (left, right) => left !== null && right !== null && left > right,
  ge: (left, right) => left !== null && right !== null && left >= right,
  lt: (left, right) => left !== null && right !== null && left < right,
  le: (left, right) => left !== null && right !== null && left <= right,
} as const satisfies Record<string, (left: Scalar, right: Scalar) => boolean>;

const TEXT_FUNCTIONS = {
  contains: (text, part) => text.includes(part),
  startswith: (text, part) => text.startsWith(part),
  endswith: (text, part) => text.endsWith(part),
} as const satisfies Record<string, (text: string, part: string) => boolean>;

function isComparison(word: string): word is keyof typeof COMPARISONS {
  return Object.hasOwn(COMPARISONS, word);
}

function isTextFunction(word: string): word is keyof typeof TEXT_FUNCTIONS {
  return Object.hasOwn(TEXT_FUNCTIONS, word);
}

/**
 * A `$filter` as a function: `eq ne gt ge lt le`, `and or not`, parentheses, `contains startswith endswith`, paths with `/`, text in single
 * quotes, numbers, `true false null`, times with or without quotes (OData 4.01 part 2, 5.1.1, as far as lists of ours have a use for it).
 *
 *     or   := and ('or' and)*             test := function | operand [comparison operand]
 *     and  := not ('and' not)*            a lone operand must be a boolean property
 *     not  := 'not' not | '(' or ')' | test
 *
 * Whether a property exists and can be compared so is found out here, not at the first resource. Throws `request/invalid` with the place.
 */
export function parseFilter(source: string, fields: FindField, field = '$filter'): Predicate {
  const tokens = tokenize(source, field);
  let at = 0;

  const end: Token = { kind: 'end', text: 'the end', position: source.length + 1 };
  const peek = (): Token => tokens[at] ?? end;
  const next = (): Token => tokens[at++] ?? end;
  const stop = (token: Token, message: string): never => fail(field, token.position, message);

  function takeWord(...words: readonly string[]): boolean {
    const token = peek();
    if ((token.kind === 'word' || token.kind === 'punctuation') && words.includes(token.text)) {
      at += 1;
      return true;
    }
    return false;
  }

  function expect(text: string): void {
    if (!takeWord(text)) {
      stop(peek(), `expected “${text}” and found ${quoted(peek())}`);
    }
  }

  function parseOr(): Predicate {
    const members = [parseAnd()];
    while (takeWord('or')) {
      members.push(parseAnd());
    }
    return (item) => members.some((member) => member(item));
  }

  function parseAnd(): Predicate {
    const members = [parseNot()];
    while (takeWord('and')) {
      members.push(parseNot());
    }
    return (item) => members.every((member) => member(item));
  }

  function parseNot(): Predicate {
    if (takeWord('not')) {
      const inner = parseNot();
      return (item) => !inner(item);
    }
    if (takeWord('(')) {
      const inner = parseOr();
      expect(')');
      return inner;
    }
    return parseTest();
  }

  function parseTest(): Predicate {
    const left = isFunctionAhead() ? parseFunction() : parseOperand();
    const operator = peek();
    if (operator.kind === 'word' && isComparison(operator.text)) {
      at += 1;
      return compare(left, operator, parseOperand());
    }
    if (!left.kinds.has('boolean') || left.literal) {
      return stop(operator, `expected a comparison such as eq and found ${quoted(operator)}`);
    }
    return (item) => left.read(item) === true;
  }

  function isFunctionAhead(): boolean {
    const [word, bracket] = [tokens[at], tokens[at + 1]];
    return word?.kind === 'word' && bracket?.kind === 'punctuation' && bracket.text === '(';
  }

  function parseFunction(): Operand {
    const name = next();
    if (!isTextFunction(name.text)) {
      return stop(
        name,
        `there is no function ${quoted(name)}; there are ${Object.keys(TEXT_FUNCTIONS).join(', ')}`,
      );
    }
    expect('(');
    const text = parseText();
    expect(',');
    const part = parseText();
    expect(')');
    const test = TEXT_FUNCTIONS[name.text];
    const read = (item: unknown): boolean => {
      const [whole, piece] = [text.read(item), part.read(item)];
      return typeof whole === 'string' && typeof piece === 'string' && test(whole, piece);
    };
    return { kinds: new Set<ScalarKind>(['boolean']), read, token: name, literal: false };
  }

  function parseText(): Operand {
    const operand = parseOperand();
    return operand.kinds.has('text') ? operand : stop(operand.token, `${quoted(operand.token)} is not text`);
  }

  function parseOperand(): Operand {
    const token = next();
    switch (token.kind) {
      case 'text':
        return literal(token, token.text, 'text');
      case 'number':
        return literal(token, Number(token.text), 'number');
      case 'time': {
        const value = textAs('time', token.text) ?? stop(token, `${quoted(token)} is not a time`);
        return literal(token, value, 'time');
      }
      case 'word':
        return parseWord(token);
      case 'punctuation':
      case 'end':
        return stop(token, `expected a property or a value and found ${quoted(token)}`);
    }
  }

  function parseWord(token: Token): Operand {
    if (token.text === 'true' || token.text === 'false') {
      return literal(token, token.text === 'true', 'boolean');
    }
    if (token.text === 'null') {
      return { kinds: new Set(), read: () => null, token, literal: true };
    }
    const found = fields(token.text) ?? stop(token, `there is no property ${quoted(token)} to compare`);
    return { ...found, token, literal: false };
  }

  function compare(left: Operand, operator: Token, right: Operand): Predicate {
    const word = operator.text;
    if (!isComparison(word)) {
      return stop(operator, `expected a comparison and found ${quoted(operator)}`);
    }
    const test = COMPARISONS[word];
    const [a, b] = [alike(left, right), alike(right, left)];
    const comparesNull = a.kinds.size === 0 || b.kinds.size === 0;
    if (comparesNull ? word !== 'eq' && word !== 'ne' : ![...a.kinds].some((kind) => b.kinds.has(kind))) {
      return stop(right.token, `${quoted(right.token)} cannot be compared with ${quoted(left.token)} by ${word}`);
    }
    return (item) => {
      const [x, y] = [a.read(item), b.read(item)];
      return x !== null && y !== null && typeof x !== typeof y ? word === 'ne' : test(x, y);
    };
  }

  /** Text that is compared with a time or a duration is one, or is wrong. */
  function alike(operand: Operand, other: Operand): Operand {
    const kind = other.kinds.has('time') ? 'time' : other.kinds.has('duration') ? 'duration' : undefined;
    if (!operand.literal || !operand.kinds.has('text') || kind === undefined || other.literal) {
      return operand;
    }
    const value =
      textAs(kind, operand.token.text) ?? stop(operand.token, `${quoted(operand.token)} is not a ${kind}`);
    return literal(operand.token, value, kind);
  }

  const predicate = parseOr();
  if (peek().kind !== 'end') {
    stop(peek(), `expected “and”, “or” or the end and found ${quoted(peek())}`);
  }
  return predicate;
}

function literal(token: Token, value: Scalar, kind: ScalarKind): Operand {
  return { kinds: new Set([kind]), read: () => value, token, literal: true };
}

function quoted(token: Token): string {
  return token.kind === 'end' ? 'the end' : `“${token.text}”`;
}

export type SortKey = { readonly field: Field; readonly descending: boolean };

/** A `$orderby`: properties with commas between, each with `asc` or `desc` behind it if need be. Throws `request/invalid` with the place. */
export function parseOrder(source: string, fields: FindField): readonly SortKey[] {
  const field = '$orderby';
  const tokens = tokenize(source, field);
  const keys: SortKey[] = [];
  let at = 0;
  const next = (): Token => tokens[at++] ?? { kind: 'end', text: '', position: source.length + 1 };

  for (;;) {
    const path = next();
    const found = path.kind === 'word' ? fields(path.text) : undefined;
    if (found === undefined) {
      return fail(field, path.position, `there is no property ${quoted(path)} to sort by`);
    }
    let behind = next();
    const direction = behind.kind === 'word' && /^(?:asc|desc)$/.test(behind.text) ? behind.text : undefined;
    behind = direction === undefined ? behind : next();
    keys.push({ field: found, descending: direction === 'desc' });
    if (behind.kind === 'end') {
      return keys;
    }
    if (behind.text !== ',') {
      return fail(
        field,
        behind.position,
        `expected “asc”, “desc”, a comma or the end and found ${quoted(behind)}`,
      );
    }
  }
}
