import { parseArgs } from 'node:util';

/** The command line is wrong. The message is one sentence that names what. */
export class UsageError extends Error {}

/** One option of a command. `read` gets every value it was given, oldest first, and none when it was left out. */
export type Option<T> = {
  readonly takes: 'nothing' | 'value' | 'values';
  /** Stands for the value in the help. */
  readonly placeholder: string;
  readonly help: string;
  readonly read: (values: readonly string[], flag: string) => T;
};

export type OptionTable = Readonly<Record<string, Option<unknown>>>;
export type OptionValues<S extends OptionTable> = {
  readonly [K in keyof S]: S[K] extends Option<infer T> ? T : never;
};

export function flag(help: string): Option<boolean> {
  return { takes: 'nothing', placeholder: '', help, read: (values) => values.length > 0 };
}

/** A value of a kind: `parse` gives undefined for text that is none, and `wanted` says what would have been one. */
export function value<T>(
  placeholder: string,
  help: string,
  wanted: string,
  parse: (text: string) => T | undefined,
): Option<T | undefined> {
  return {
    takes: 'value',
    placeholder,
    help,
    read: ([text], name) => (text === undefined ? undefined : parseOne(text, name, wanted, parse)),
  };
}

export function values<T>(
  placeholder: string,
  help: string,
  wanted: string,
  parse: (text: string) => T | undefined,
): Option<readonly T[]> {
  return {
    takes: 'values',
    placeholder,
    help,
    read: (texts, name) => texts.map((text) => parseOne(text, name, wanted, parse)),
  };
}

function parseOne<T>(text: string, name: string, wanted: string, parse: (text: string) => T | undefined): T {
  const parsed = parse(text);
  if (parsed === undefined) {
    throw new UsageError(`${name} must be ${wanted}, and “${text}” is not.`);
  }
  return parsed;
}

/** Any text but the empty one. */
export function text(placeholder: string, help: string): Option<string | undefined> {
  return value(placeholder, help, 'something', (given) => (given === '' ? undefined : given));
}

export function choice<const C extends string>(choices: readonly C[], help: string): Option<C | undefined> {
  const wanted = choices.length === 1 ? choices.join('') : `one of ${choices.join(', ')}`;
  return value(choices.join('|'), help, wanted, (given) => choices.find((name) => name === given));
}

export type ParsedArguments<S extends OptionTable> = {
  readonly options: OptionValues<S>;
  readonly positionals: readonly string[];
};

/** Reads the arguments of one command. Throws `UsageError` for the first that is wrong. */
export function parseOptions<S extends OptionTable>(
  command: string,
  table: S,
  args: readonly string[],
): ParsedArguments<S> {
  const { tokens } = parseArgs({
    args: [...args],
    // Not strict: our own words for what is wrong, not those of node:util.
    strict: false,
    allowPositionals: true,
    tokens: true,
    options: Object.fromEntries(
      Object.entries(table).map(([name, { takes }]) => [
        name,
        { type: takes === 'nothing' ? ('boolean' as const) : ('string' as const), multiple: true },
      ]),
    ),
  });
  const given = new Map<string, string[]>();
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') {
      positionals.push(token.value);
    } else if (token.kind === 'option') {
      const option =
        Object.hasOwn(table, token.name) && token.rawName.startsWith('--') ? table[token.name] : undefined;
      if (option === undefined) {
        throw new UsageError(`There is no option ${token.rawName} for ${command}.`);
      }
      const before = given.get(token.name) ?? [];
      if (before.length > 0 && option.takes !== 'values') {
        throw new UsageError(`${token.rawName} is given twice.`);
      }
      given.set(token.name, [
        ...before,
        readValue(option, token.rawName, token.value, token.inlineValue === true),
      ]);
    }
  }
  const read = Object.entries(table).map(([name, option]) => [
    name,
    option.read(given.get(name) ?? [], `--${name}`),
  ]);
  // Each value was read by the option of its name, which is what OptionValues says.
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion
  return { options: Object.fromEntries(read) as OptionValues<S>, positionals };
}

function readValue(option: Option<unknown>, name: string, given: string | undefined, inline: boolean): string {
  if (option.takes === 'nothing') {
    if (given !== undefined) {
      throw new UsageError(`${name} takes no value, and “${given}” is one.`);
    }
    return '';
  }
  // `--out --json` forgot the value; who means it writes `--out=--json`.
  if (given === undefined || (!inline && given.startsWith('--'))) {
    throw new UsageError(`${name} needs a value: ${name} ${option.placeholder}.`);
  }
  return given;
}
