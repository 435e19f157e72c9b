import type { Clock } from '../base/clock.ts';
import type { Output } from './host.ts';

/** How often a line is written where it cannot be rewritten. */
const LOG_EVERY_MS = 10_000;

/** One line that says how far something is: rewritten on a terminal, else a new one every ten seconds. */
export type StatusLine = Disposable & {
  readonly show: (text: string) => void;
  /** A line that stays, above the one that changes. */
  readonly note: (text: string) => void;
  /** Takes the line away; the next `show` brings it back. */
  readonly clear: () => void;
};

export function createStatusLine(output: Output, clock: Clock): StatusLine {
  let shown = '';
  let nextMs = -Infinity;

  function clear(): void {
    if (shown !== '') {
      output.write('\r\u001b[K');
      shown = '';
    }
  }

  return {
    show(text) {
      if (output.isTerminal) {
        // The last column stays free: some terminals go on to the next line from it.
        const fitting = text.slice(0, Math.max(1, output.columns() - 1)).toWellFormed();
        if (fitting !== shown) {
          clear();
          output.write(fitting);
          shown = fitting;
        }
      } else if (clock.monotonicMs() >= nextMs) {
        output.write(`${text}\n`);
        nextMs = clock.monotonicMs() + LOG_EVERY_MS;
      }
    },
    note(text) {
      const again = shown;
      clear();
      output.write(`${text}\n${again}`);
      shown = again;
    },
    clear,
    [Symbol.dispose]: clear,
  };
}
