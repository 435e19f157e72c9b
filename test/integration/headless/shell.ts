import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../../src-main/base/clock.ts';
import type { Probes } from '../../../src-main/core/ports/service.ts';
import { runCommandLine } from '../../../src-main/headless/command-line.ts';
import type { Host } from '../../../src-main/headless/host.ts';
import { DEFAULT_SETTINGS } from '../../../src-main/shared/api/settings.ts';
import type { Device } from '../../../src-main/shared/api/studio.ts';
import { mkdtempDisposable } from '../../support/temporary-folder.ts';
import { type FakeService, openFakeService } from './fake-service.ts';

export type Shell = AsyncDisposable & {
  readonly folder: string;
  readonly dataDir: string;
  /** Runs one command line to its end. */
  readonly run: (...args: readonly string[]) => Promise<{ code: number; out: string; err: string }>;
  /** Ctrl-C. */
  readonly interrupt: () => void;
  /** What has been written on stdout so far. */
  readonly out: () => string;
  /** The services that commands have opened, oldest first. */
  readonly opened: readonly FakeService[];
  /** Told of each service just after it opened, before the command goes on. */
  onOpen: (service: FakeService) => void;
  /** Gives the service that is open when it is. */
  readonly service: () => Promise<FakeService>;
  readonly browsed: readonly string[];
  /** A service of somebody else on the same data folder. */
  readonly startElsewhere: () => Promise<FakeService>;
};

export async function openShell(
  overrides: Partial<Host> & { readonly devices?: readonly Device[]; readonly probes?: Partial<Probes> } = {},
): Promise<Shell> {
  const { devices = [], probes, ...host } = overrides;
  const temporary = await mkdtempDisposable(join(tmpdir(), 'lectern-headless-'));
  const folder = temporary.path;
  const dataDir = join(folder, 'data');
  const opened: FakeService[] = [];
  const browsed: string[] = [];
  const firstOpen = Promise.withResolvers<FakeService>();
  let interruption = new AbortController();
  let out = '';

  const shell: Shell = {
    folder,
    dataDir,
    async run(...args) {
      let err = '';
      out = '';
      interruption = new AbortController();
      const code = await runCommandLine(
        {
          out: { write: (text) => (out += text), isTerminal: false, columns: () => 80, waiting: () => 0 },
          err: { write: (text) => (err += text), isTerminal: false, columns: () => 80, waiting: () => 0 },
          clock: systemClock(),
          interrupted: interruption.signal,
          workingFolder: folder,
          defaultDataFolder: dataDir,
          version: '1.2.3',
          pagesFolder: undefined,
          helpFolder: undefined,
          passphrase: {},
          async openService(options) {
            const service = await openFakeService(options, { devices });
            opened.push(service);
            shell.onOpen(service);
            firstOpen.resolve(service);
            return service;
          },
          openProbes: () =>
            Promise.resolve({
              settings: {
                ...DEFAULT_SETTINGS,
                network: { ...DEFAULT_SETTINGS.network, controlPort: 0, originPort: 0 },
              },
              tools: () => Promise.reject(new Error('not in this test')),
              encoders: () => Promise.resolve([]),
              devices: () => Promise.resolve({ value: [...devices], problems: [] }),
              recogniser: () => Promise.resolve(undefined),
              ...probes,
              [Symbol.asyncDispose]: () => Promise.resolve(),
            }),
          openInBrowser: (url) => {
            browsed.push(url);
            return Promise.resolve();
          },
          ...host,
        },
        args,
      );
      return { code, out, err };
    },
    interrupt: () => interruption.abort(new Error('interrupted')),
    out: () => out,
    opened,
    onOpen: () => undefined,
    service: () => firstOpen.promise,
    browsed,
    startElsewhere: () =>
      openFakeService({ host: 'desktop', dataDir, version: '1.2.3', lock: true, controlPort: 0 }),
    [Symbol.asyncDispose]: () => temporary.remove(),
  };
  return shell;
}

/** Waits until something is so. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) {
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
