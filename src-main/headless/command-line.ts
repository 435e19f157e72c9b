import { AppError } from '../shared/app-error.ts';
import type { Command } from './command.ts';
import { archivesCommand } from './commands/archives.ts';
import { doctorCommand } from './commands/doctor.ts';
import { exportCommand } from './commands/export.ts';
import { liveCommand } from './commands/live.ts';
import { serveCommand } from './commands/serve.ts';
import { EXIT, type ExitCode, type Host } from './host.ts';
import { UsageError } from './options.ts';

const COMMANDS: readonly Command[] = [serveCommand, liveCommand, archivesCommand, exportCommand, doctorCommand];

/** Runs one command line to its end. Never throws: what goes wrong is told on stderr and in the exit code. */
export async function runCommandLine(host: Host, args: readonly string[]): Promise<ExitCode> {
  const [first, ...rest] = args;
  try {
    if (first === undefined) {
      host.err.write(overview());
      return EXIT.usage;
    }
    if (first === '--version') {
      host.out.write(`${host.version}\n`);
      return EXIT.ok;
    }
    if (first === 'help' || isHelp(first)) {
      const about = COMMANDS.find(({ name }) => name === rest[0]);
      host.out.write(about === undefined ? overview() : helpOf(about));
      return EXIT.ok;
    }
    const command = COMMANDS.find(({ name }) => name === first);
    if (command === undefined) {
      throw new UsageError(`There is no ${first.startsWith('-') ? 'option' : 'command'} “${first}”.`);
    }
    const own = rest.includes('--') ? rest.slice(0, rest.indexOf('--')) : rest;
    if (own.some(isHelp)) {
      host.out.write(helpOf(command));
      return EXIT.ok;
    }
    if (own.includes('--version')) {
      host.out.write(`${host.version}\n`);
      return EXIT.ok;
    }
    return await command.run(host, rest);
  } catch (error) {
    return tell(host, error, COMMANDS.find(({ name }) => name === first)?.name);
  }
}

function isHelp(arg: string): boolean {
  return arg === '--help' || arg === '-h';
}

function tell(host: Host, error: unknown, command: string | undefined): ExitCode {
  if (error instanceof UsageError) {
    const help = command === undefined ? 'lectern --help' : `lectern ${command} --help`;
    host.err.write(`${error.message} See “${help}”.\n`);
    return EXIT.usage;
  }
  if (error instanceof AppError) {
    host.err.write(`${error.message}\n`);
    return EXIT.failed;
  }
  const words = error instanceof Error ? (error.stack ?? error.message) : String(error);
  host.err.write(`Lectern made a mistake. Please report it with these lines:\n${words}\n`);
  return EXIT.failed;
}

function overview(): string {
  return lines(
    'Lectern goes live from this computer, records, and exports what it recorded.',
    '',
    'Usage: lectern COMMAND [options]',
    '',
    ...columns(COMMANDS.map(({ name, summary }) => [name, summary])),
    '',
    '“lectern COMMAND --help” tells more about each.',
    '',
    'Exit codes: 0 done, 1 failed, 2 the command line is wrong, 3 live, but the recording is damaged, 130 interrupted.',
  );
}

function helpOf({ name, usage, summary, options, notes }: Command): string {
  const offered = Object.entries(options).map(([option, { help, placeholder, takes }]) => {
    const given = placeholder === '' ? `--${option}` : `--${option} ${placeholder}`;
    return [given, takes === 'values' ? `${help} May be repeated.` : help] as const;
  });
  return lines(
    summary,
    '',
    `Usage: lectern ${name} ${usage}`,
    '',
    ...columns(offered),
    ...(notes.length === 0 ? [] : ['', ...notes]),
  );
}

function columns(rows: readonly (readonly [left: string, right: string])[]): readonly string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}

function lines(...all: readonly string[]): string {
  return `${all.join('\n')}\n`;
}
