import { setFlagsFromString } from 'node:v8';

/**
 * Lets the heap of the service double before all of it is marked again. Media are short-lived buffers, which V8 counts to a heap that is small
 * otherwise: with ten encoders, or a viewer on a fast line, it would mark that several times a second, and take a third of the processor time
 * for it. Called once, before anything else: V8 takes this setting while it runs, Electron's too, which keeps flags changeable for Node.
 */
export function letHeapGrow(): void {
  setFlagsFromString('--heap-growing-percent=100');
}
