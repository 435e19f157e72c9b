import { letHeapGrow, SERVICE_HEAP_GROWTH } from '../core/platform/heap-growth.ts';
import { openService } from '../core/service.ts';
import { runService } from './service-runner.ts';

// The entry of the service process. It has no window, and nothing of Electron's but the port to main.

letHeapGrow(SERVICE_HEAP_GROWTH);
const { parentPort } = process;

runService({
  post: (message) => parentPort.postMessage(message),
  onMessage: (listener) => parentPort.on('message', ({ data }) => listener(data)),
  openService,
  exit: (code) => process.exit(code),
});
