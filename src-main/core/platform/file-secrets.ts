import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { createSerial } from '../../base/serial.ts';
import { AppError } from '../../shared/app-error.ts';
import type { Logger } from '../ports/logger.ts';
import type { PassphraseSources, SecretStore } from '../ports/secrets.ts';
import { checkPassphrase, givenPassphrase, type Passphrase } from './passphrase.ts';
import { createSeal, isSealed, openSealed, type Seal } from './passphrase-seal.ts';

export type FileSecretsOptions = {
  readonly path: string;
  readonly writeFile: (path: string, text: string, mode: number) => Promise<void>;
  readonly passphrase: PassphraseSources;
  readonly logger: Logger;
};

type Content = { readonly secrets: ReadonlyMap<string, string>; readonly seal: Seal };

const content = z.record(z.string(), z.string());

/**
 * Secrets in a file that only its owner can read (mode 0600), sealed by a passphrase where one is given: what a headless service has, where
 * there is no keychain to ask. Each change replaces the file as a whole. Throws `secrets/unavailable` when the file cannot be opened, and has
 * then changed nothing.
 */
export async function openFileSecrets(options: FileSecretsOptions): Promise<SecretStore> {
  const { path } = options;
  const serial = createSerial();
  const opened = await openContent(options);
  let known = opened.secrets;

  /** Known from now on only when it is written. */
  async function replace(next: ReadonlyMap<string, string>): Promise<void> {
    await options.writeFile(path, opened.seal(textOf(next)), 0o600);
    known = next;
  }

  return {
    get: (name) => Promise.resolve(known.get(name)),
    set: (name, value) =>
      serial.run(async () => {
        await replace(new Map(known).set(name, value));
      }),
    delete: (name) =>
      serial.run(async () => {
        const next = new Map(known);
        if (next.delete(name)) {
          await replace(next);
        }
      }),
  };
}

async function openContent(options: FileSecretsOptions): Promise<Content> {
  const { path, logger, passphrase: sources } = options;
  const stored = await readStored(path);
  const given = await givenPassphrase(sources);
  if (stored !== undefined && isSealed(stored)) {
    const passphrase = given ?? (await askFor(sources, path));
    return await openWith(passphrase, stored, path);
  }
  if (given === undefined) {
    logger.warn(
      { path },
      'the keys are protected by the permissions of their file alone: whoever can read the data folder or a copy of it has them; a passphrase (LECTERN_PASSPHRASE or --passphrase-file) seals them',
    );
    // Of a file that is rubbish the keys have to be entered again, and nothing else is lost.
    return { secrets: parseSecrets(stored ?? '{}') ?? new Map(), seal: (plain) => plain };
  }
  const secrets = parseSecrets(stored ?? '{}');
  if (secrets === undefined) {
    throw damaged(path);
  }
  const seal = await createSeal(given.text);
  if (stored !== undefined) {
    await options.writeFile(path, seal(textOf(secrets)), 0o600);
    logger.info({ path }, 'the keys lay there in clear and are sealed by the passphrase now');
  }
  return { secrets, seal };
}

async function openWith({ text, from }: Passphrase, stored: string, path: string): Promise<Content> {
  const opening = await openSealed(stored, text);
  const secrets = opening.kind === 'open' ? parseSecrets(opening.plain) : undefined;
  if (opening.kind === 'not-opened') {
    throw unavailable(
      path,
      `The passphrase ${from} does not open the keys in ${path}: they were sealed with another one, or the file was changed. Nothing was changed now.`,
    );
  }
  if (opening.kind === 'unknown-form' || secrets === undefined) {
    throw damaged(path);
  }
  return { secrets, seal: opening.seal };
}

async function askFor({ ask }: PassphraseSources, path: string): Promise<Passphrase> {
  if (ask === undefined) {
    throw unavailable(
      path,
      `The keys in ${path} are sealed, and no passphrase was given. Give it in LECTERN_PASSPHRASE, in a file with --passphrase-file or the setting service.passphraseFile, or start at a terminal, which asks for it. If it is lost, so are the keys: put the file away, and enter or make them anew.`,
    );
  }
  return checkPassphrase(await ask(), 'that was typed');
}

async function readStored(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      return undefined;
    }
    throw unavailable(path, `The file of keys ${path} cannot be read.`, error);
  }
}

function parseSecrets(text: string): ReadonlyMap<string, string> | undefined {
  try {
    return new Map(Object.entries(content.parse(JSON.parse(text))));
  } catch {
    return undefined;
  }
}

function textOf(secrets: ReadonlyMap<string, string>): string {
  return `${JSON.stringify(Object.fromEntries(secrets))}\n`;
}

function damaged(path: string): AppError {
  return unavailable(
    path,
    `The file of keys ${path} is not whole, or of a version that this one does not know. Nothing was changed. Put back a copy of it, or put it away: then the keys have to be entered or made anew.`,
  );
}

function unavailable(path: string, message: string, cause?: unknown): AppError {
  return new AppError('secrets/unavailable', message, { details: { path }, cause });
}
