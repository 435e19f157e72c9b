/** Takes known secrets out of text that a child wrote. */
export type Redactor = {
  readonly redact: (text: string) => string;
  /** The most characters that one secret can take up in any spelling of it. */
  readonly longest: number;
};

const MARK = '[secret]';
const NOTHING: Redactor = { redact: (text) => text, longest: 0 };

/**
 * Finds a secret in every spelling a child may repeat it in: as it is, with any of its characters percent-encoded (in either case, once
 * or twice over), with `+` for a space, or with backslashes before characters that ffmpeg escapes.
 */
export function createRedactor(secrets: readonly string[]): Redactor {
  // Text is searched line by line, so each line of a secret (a PEM block) is one of its own.
  const lines = secrets.flatMap((secret) => secret.split(/[\r\n]+/));
  const texts = [...new Set(lines)].filter((secret) => secret.trim() !== '');
  if (texts.length === 0) {
    return NOTHING;
  }
  // The longest first: of a key and its beginning, both secret, the whole key must go.
  const pattern = new RegExp(
    texts
      .toSorted((a, b) => b.length - a.length)
      .map(spellings)
      .join('|'),
    'gu',
  );
  return {
    redact: (text) => text.replace(pattern, MARK),
    // `%25XX` for every byte is the longest spelling.
    longest: Math.max(...texts.map((text) => Buffer.byteLength(text) * 5)),
  };
}

function spellings(secret: string): string {
  return Array.from(secret, (character) => {
    const encoded = Array.from(Buffer.from(character), percentEncoded).join('');
    const plain = `\\\\?${character.replace(/[\^$\\.*+?()[\]{}|/]/u, String.raw`\$&`)}`;
    return character === ' ' ? `(?:${plain}|\\+|${encoded})` : `(?:${plain}|${encoded})`;
  }).join('');
}

function percentEncoded(byte: number): string {
  const digits = byte.toString(16).padStart(2, '0');
  return `%(?:25)?${digits.replace(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`)}`;
}
