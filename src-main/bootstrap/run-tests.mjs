import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { run } from 'node:test';

/**
 * Everything the runner says about all phases, as one stream. Each file has a runner of its own, because only so can it have a time limit:
 * one that leaves a timer or a socket behind would keep the whole run from ending.
 *
 * @param {string} root
 * @param {readonly import('./test-plan.mjs').Phase[]} phases
 * @param {AbortSignal} stopped
 * @returns {AsyncGenerator<import('node:test/reporters').TestEvent>}
 */
export async function* testEvents(root, phases, stopped) {
  // Set by a runner for its files; with it, ours would believe that it is one of them and run nothing.
  delete process.env['NODE_TEST_CONTEXT'];
  // Hundreds of processes load the same files: to strip and compile them once is a tenth of the time of all.
  process.env['NODE_COMPILE_CACHE'] ??= join(root, 'node_modules', '.cache', 'node-compile');

  for (const { group, files } of phases) {
    const waiting = [...files];
    const width = Math.min(waiting.length, widthOf(group.concurrency));
    /** @type {import('node:test/reporters').TestEvent[]} */
    const queue = [];
    let wake = () => undefined;
    let running = width;
    const worker = async () => {
      try {
        for (let file = waiting.shift(); file !== undefined && !stopped.aborted; file = waiting.shift()) {
          for await (const event of runFile(join(root, file), root, group.fileLimitMs, stopped)) {
            queue.push(event);
            wake();
          }
        }
      } finally {
        running -= 1;
        wake();
      }
    };
    const workers = Array.from({ length: width }, worker);
    while (running > 0 || queue.length > 0) {
      const event = queue.shift();
      if (event === undefined) {
        await new Promise((resolve) => {
          wake = () => void resolve(undefined);
        });
      } else {
        yield event;
      }
    }
    await Promise.all(workers);
  }
}

/** @param {import('./test-plan.mjs').Group['concurrency']} concurrency */
function widthOf(concurrency) {
  if (concurrency === 1) {
    return 1;
  }
  return Math.ceil(availableParallelism() * (concurrency === 'waiting' ? 1.5 : 1));
}

/**
 * @param {string} file
 * @param {string} cwd
 * @param {number} limitMs
 * @param {AbortSignal} stopped
 */
function runFile(file, cwd, limitMs, stopped) {
  const limit = AbortSignal.timeout(limitMs);
  return run({
    files: [file],
    cwd,
    concurrency: 1,
    signal: AbortSignal.any([limit, stopped]),
  });
}
