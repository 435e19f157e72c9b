import { StringDecoder } from 'node:string_decoder';

/** No line of the protocol comes near it; of a longer one only the beginning is kept. */
const MAX_LINE = 65_536;

/** Cuts what comes into lines, in bounded memory whatever comes. */
export function createLines(onLine: (line: string) => void): {
  readonly push: (bytes: Uint8Array) => void;
  readonly end: () => void;
} {
  const decoder = new StringDecoder('utf8');
  let line = '';

  function take(text: string): void {
    const [rest = '', ...others] = text.split('\n');
    line += rest.slice(0, MAX_LINE - line.length);
    for (const next of others) {
      onLine(line);
      line = next.slice(0, MAX_LINE);
    }
  }

  return {
    push: (bytes) => take(decoder.write(bytes)),
    end() {
      take(decoder.end());
      onLine(line);
      line = '';
    },
  };
}
