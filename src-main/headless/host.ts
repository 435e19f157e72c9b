import type { Clock } from '../base/clock.ts';
import type { PassphraseSources } from '../core/ports/secrets.ts';
import type { OpenProbes, OpenService } from '../core/ports/service.ts';

/** Where text goes. Writing never waits: a terminal or a program that does not read must not hold up a broadcast. */
export type Output = {
  readonly write: (text: string) => void;
  /** A line can be rewritten, and somebody may be watching. */
  readonly isTerminal: boolean;
  readonly columns: () => number;
  /** Bytes that nobody has taken yet. */
  readonly waiting: () => number;
};

/** Everything a command has from outside, so that tests can be the outside. */
export type Host = {
  readonly out: Output;
  readonly err: Output;
  readonly clock: Clock;
  /** Aborts at the first Ctrl-C or SIGTERM. (A second one ends the process as it is.) */
  readonly interrupted: AbortSignal;
  /** Relative paths are meant from here. */
  readonly workingFolder: string;
  readonly defaultDataFolder: string;
  /** Of the program itself. */
  readonly version: string;
  readonly pagesFolder: string | undefined;
  readonly helpFolder: string | undefined;
  /** Of the stored keys, as far as the process knows it without its command line. */
  readonly passphrase: PassphraseSources;
  readonly openService: OpenService;
  readonly openProbes: OpenProbes;
  readonly openInBrowser: (url: string) => Promise<void>;
};

/** How a command ends. Documented in `lectern --help`; scripts rely on them. */
export const EXIT = {
  ok: 0,
  /** It could not be done; stderr says why in a sentence. */
  failed: 1,
  /** The command line itself is wrong; nothing was begun. */
  usage: 2,
  /** The broadcast went out, but its recording is damaged. */
  damaged: 3,
  /** Ctrl-C ended it before it was done. */
  interrupted: 130,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
