import { letHeapGrow, SERVICE_HEAP_GROWTH } from '../core/platform/heap-growth.ts';
import { runProcess } from './run-process.ts';

letHeapGrow(SERVICE_HEAP_GROWTH);

const exit = (code: number): void => process.exit(code);

// The parts are loaded when a command wants them: help, a typing error, and a command that talks to a running service need none of them.
const code = await runProcess(
  {
    openService: async (options) => (await import('../core/service.ts')).openService(options),
    openProbes: async (options) => (await import('../core/probes.ts')).openProbes(options),
    openInBrowser: async (url) => (await import('../core/process/open-in-browser.ts')).openInBrowser(url),
  },
  exit,
);

// Not left to the event loop: everything that has to be closed is closed, and a forgotten timer must not keep a shell waiting.
exit(code);
