import { readFile } from 'node:fs/promises';
import { AppError } from '../../shared/app-error.ts';
import type { PassphraseSources } from '../ports/secrets.ts';

/** NIST SP 800-63B §5.1.1.2. */
const LEAST_CHARACTERS = 8;

export type Passphrase = {
  readonly text: string;
  /** Where it came from, in a sentence that begins with “The passphrase”. */
  readonly from: string;
};

/**
 * What was given without a question: the file of the command line, else the environment, else the file of the settings. Throws
 * `secrets/unavailable` when the one that counts is no passphrase.
 */
export async function givenPassphrase({
  file,
  text,
  settingsFile = '',
}: PassphraseSources): Promise<Passphrase | undefined> {
  if (file !== undefined) {
    return await readPassphrase(file, '--passphrase-file');
  }
  if (text !== undefined) {
    return checkPassphrase(text, 'in LECTERN_PASSPHRASE');
  }
  return settingsFile === '' ? undefined : await readPassphrase(settingsFile, 'service.passphraseFile');
}

async function readPassphrase(path: string, source: string): Promise<Passphrase> {
  const from = `in ${path} (${source})`;
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw unusable(from, 'cannot be read', error);
  }
  return checkPassphrase(text.replace(/\r?\n$/, ''), from);
}

/** Signs that look the same are the same (NFKC): not every keyboard and editor writes an ä in one way. */
export function checkPassphrase(given: string, from: string): Passphrase {
  const text = given.normalize('NFKC');
  if (/[\r\n]/.test(text)) {
    throw unusable(from, 'has more than one line');
  }
  if (text.length < LEAST_CHARACTERS) {
    throw unusable(from, `has fewer than ${LEAST_CHARACTERS} characters`);
  }
  return { text, from };
}

function unusable(from: string, why: string, cause?: unknown): AppError {
  return new AppError('secrets/unavailable', `The passphrase ${from} ${why}. Nothing was changed.`, {
    details: { from },
    cause,
  });
}
