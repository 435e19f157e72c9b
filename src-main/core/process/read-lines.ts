import { StringDecoder } from 'node:string_decoder';
import { createRedactor } from './redact.ts';

/** No line is longer than this; what is cut off is marked by an ellipsis. */
export const MAX_LINE_LENGTH = 2000;

export type LineReader = {
  readonly push: (chunk: Uint8Array) => void;
  /** The last line, when it had no line end. */
  readonly end: () => void;
};

/**
 * Cuts what a child writes into lines and takes secrets out of each. `\r` ends a line too, as ffmpeg's progress on a terminal does; empty
 * lines are left out. Memory is bounded whatever the child writes: of a line without end only its beginning is kept.
 */
export function createLineReader(options: {
  readonly secrets: readonly string[];
  readonly onLine: (line: string) => void;
}): LineReader {
  const { redact, longest } = createRedactor(options.secrets);
  // Room for a secret that begins inside of the limit and ends beyond it.
  const kept = MAX_LINE_LENGTH + longest;
  const decoder = new StringDecoder('utf8');
  let line = '';
  let isCut = false;

  function append(text: string): void {
    const room = kept - line.length;
    isCut ||= text.length > room;
    line += text.slice(0, room);
  }

  function flush(): void {
    if (line !== '') {
      options.onLine(isCut ? ellipsize(withoutTail(redact(line), longest)) : ellipsize(redact(line)));
    }
    line = '';
    isCut = false;
  }

  return {
    push(chunk) {
      const [rest = '', ...others] = decoder.write(chunk).split(/[\r\n]/);
      append(rest);
      for (const text of others) {
        flush();
        append(text);
      }
    },
    end() {
      append(decoder.end());
      flush();
    },
  };
}

/** The last characters of a cut line may be the beginning of a secret, which nothing recognises. */
function withoutTail(text: string, length: number): string {
  return `${text.slice(0, Math.max(0, text.length - length))}…`;
}

function ellipsize(text: string): string {
  return text.length <= MAX_LINE_LENGTH ? text : `${text.slice(0, MAX_LINE_LENGTH - 1)}…`;
}
