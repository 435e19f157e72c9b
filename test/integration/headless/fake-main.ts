// The real command line as a process of its own, before services in memory.

import { runProcess } from '../../../src-main/headless/run-process.ts';
import { DEFAULT_SETTINGS } from '../../../src-main/shared/api/settings.ts';
import { openFakeService } from './fake-service.ts';

const exit = (code: number): void => process.exit(code);

exit(
  await runProcess(
    {
      openService: openFakeService,
      openProbes: () =>
        Promise.resolve({
          settings: DEFAULT_SETTINGS,
          tools: () => Promise.reject(new Error('not here')),
          encoders: () => Promise.resolve([]),
          devices: () => Promise.resolve({ value: [], problems: [] }),
          recogniser: () => Promise.resolve(undefined),
          [Symbol.asyncDispose]: () => Promise.resolve(),
        }),
      openInBrowser: () => Promise.reject(new Error(`it would know ${Object.keys(process.env).join(', ')}`)),
    },
    exit,
  ),
);
