import { setFlagsFromString } from 'node:v8';

/** Percent: it may double. */
export const SERVICE_HEAP_GROWTH = 100;

/**
 * Lets the heap of this process grow by so many percent before all of it is marked again (decision 38). Media are short-lived buffers, which V8
 * counts to a heap that is small otherwise: with ten encoders, or a viewer on a fast line, it would mark that several times a second, and take
 * a third of the processor time for it. Called once, before anything else: V8 takes this setting while it runs, Electron's too.
 */
export function letHeapGrow(percent: number): void {
  setFlagsFromString(`--heap-growing-percent=${percent}`);
}
