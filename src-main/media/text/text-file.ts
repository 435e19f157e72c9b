import { AppError } from '../../shared/app-error.ts';

/** A text file that breaks the rules of its format. Lines are counted from 1. */
export function brokenText(format: string, line: number, problem: string): AppError {
  return new AppError('media/malformed', `Line ${line} of the ${format} file ${problem}.`, {
    details: { format, line, problem },
  });
}

/** The text of a file in UTF-8, without a byte order mark. Throws `media/malformed` with the first line that is not UTF-8. */
export function decodeUtf8(format: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw brokenText(format, firstBrokenLine(bytes), 'is not UTF-8');
  }
}

function firstBrokenLine(bytes: Uint8Array): number {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let line = 1;
  for (let from = 0; from < bytes.length; line += 1) {
    const end = bytes.indexOf(0x0a, from);
    const to = end < 0 ? bytes.length : end + 1;
    try {
      decoder.decode(bytes.subarray(from, to));
    } catch {
      return line;
    }
    from = to;
  }
  return line;
}
