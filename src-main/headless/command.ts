import type { ExitCode, Host } from './host.ts';
import { flag, type OptionTable, type ParsedArguments, parseOptions, UsageError } from './options.ts';

/** One word of the command line, ready to be told its arguments. */
export type Command = {
  readonly name: string;
  /** After the name in the help: `ASSET --out PATH [options]`. */
  readonly usage: string;
  readonly summary: string;
  /** Sentences below the options. */
  readonly notes: readonly string[];
  readonly options: OptionTable;
  readonly run: (host: Host, args: readonly string[]) => Promise<ExitCode>;
};

/** Makes a command of its parts. `positionals` names what stands without a flag; each of them must be there, and nothing more. */
export function defineCommand<const S extends OptionTable>(definition: {
  readonly name: string;
  readonly usage: string;
  readonly summary: string;
  readonly notes?: readonly string[];
  readonly positionals?: readonly string[];
  readonly options: S;
  readonly run: (host: Host, parsed: ParsedArguments<S>) => Promise<ExitCode>;
}): Command {
  const { name, positionals: wanted = [] } = definition;
  return {
    name,
    usage: definition.usage,
    summary: definition.summary,
    notes: definition.notes ?? [],
    options: { ...definition.options, ...STANDARD_OPTIONS },
    async run(host, args) {
      const parsed = parseOptions(name, definition.options, args);
      const [missing] = wanted.slice(parsed.positionals.length);
      if (missing !== undefined) {
        throw new UsageError(`${name} needs ${missing}: lectern ${name} ${definition.usage}.`);
      }
      const [extra] = parsed.positionals.slice(wanted.length);
      if (extra !== undefined) {
        throw new UsageError(`${name} has no use for “${extra}”.`);
      }
      return await definition.run(host, parsed);
    },
  };
}

const STANDARD_OPTIONS = {
  help: flag('Shows this.'),
  version: flag('Shows the version.'),
};
