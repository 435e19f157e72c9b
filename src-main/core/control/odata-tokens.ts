import { RequestError } from './request-error.ts';

export type Token = {
  readonly kind: 'word' | 'text' | 'number' | 'time' | 'punctuation' | 'end';
  /** What it says: quotes taken off, doubled quotes single again. */
  readonly text: string;
  /** Where it starts, from 1, as editors and people count. */
  readonly position: number;
};

/**
 * What an OData expression can be made of (OData 4.01 ABNF, `primitiveLiteral`): a quote inside text is doubled; times and GUIDs stand without
 * quotes. `duration'…'` and, from version 3, `datetime'…'` and `guid'…'` are text with a word in front that adds nothing.
 */
const PATTERNS: readonly (readonly [kind: Token['kind'] | 'space', pattern: RegExp])[] = [
  ['space', /[ \t]+/y],
  ['text', /(?:(?:duration|datetime|datetimeoffset|guid)(?='))?'(?:[^']|'')*'/y],
  ['text', /[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}(?![\w-])/y],
  ['time', /\d{4}-\d\d-\d\d(?:T[\d:.]+(?:Z|[+-]\d\d:\d\d)?)?(?![\w-])/y],
  ['number', /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])/y],
  ['word', /[A-Za-z_]\w*(?:\/[A-Za-z_]\w*)*/y],
  ['punctuation', /[(),]/y],
];

/** Reads from the left, so that an error names the first thing that is wrong. Throws `request/invalid` with its position. */
export function tokenize(source: string, field: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < source.length) {
    const { kind, raw } = tokenAt(source, at) ?? fail(field, at + 1, unreadable(source, at));
    if (kind !== 'space') {
      const text = kind === 'text' && raw.endsWith("'") ? unquote(raw) : raw;
      tokens.push({ kind, text, position: at + 1 });
    }
    at += raw.length;
  }
  return [...tokens, { kind: 'end', text: 'the end', position: source.length + 1 }];
}

function tokenAt(
  source: string,
  at: number,
): { readonly kind: Token['kind'] | 'space'; readonly raw: string } | undefined {
  for (const [kind, pattern] of PATTERNS) {
    pattern.lastIndex = at;
    const raw = pattern.exec(source)?.[0];
    if (raw !== undefined) {
      return { kind, raw };
    }
  }
  return undefined;
}

function unquote(raw: string): string {
  return raw.slice(raw.indexOf("'") + 1, -1).replaceAll("''", "'");
}

function unreadable(source: string, at: number): string {
  return source[at] === "'" ? 'this text has no closing quote' : `“${source[at] ?? ''}” means nothing here`;
}

/** Throws `request/invalid` for one place of a query expression. */
export function fail(field: string, position: number, message: string): never {
  throw new RequestError('request/invalid', [
    { field, message: `cannot be read at character ${position}: ${message}` },
  ]);
}
