import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { createSerial } from '../base/serial.ts';
import type { Logger } from '../core/ports/logger.ts';
import type { SecretStore } from '../core/ports/secrets.ts';
import { AppError } from '../shared/app-error.ts';
import type { SafeStorageApi } from './electron-api.ts';

/** How secrets are made unreadable for everybody but this user. */
export type Keychain =
  | { readonly usable: true; readonly seal: Seal; readonly unseal: Unseal }
  /** `reason` is for the log; what a person is told is in the words. */
  | { readonly usable: false; readonly reason: string };

type Seal = (text: string) => Promise<Buffer>;
/** `stale`: the system has changed its key, and the value should be sealed again. */
type Unseal = (data: Buffer) => Promise<{ readonly text: string; readonly stale: boolean }>;

/**
 * The system's keychain, through Electron. On a Linux without one Electron would encrypt with a key that is written in its source
 * (`basic_text`); that is no keychain, and is not used.
 */
export async function findKeychain(storage: SafeStorageApi, platform: NodeJS.Platform): Promise<Keychain> {
  if (!(await storage.isAsyncEncryptionAvailable())) {
    return { usable: false, reason: 'the system offers no encryption' };
  }
  const backend = platform === 'linux' ? storage.getSelectedStorageBackend?.() : undefined;
  if (backend === 'basic_text' || backend === 'unknown') {
    return { usable: false, reason: `the only key store is “${backend}”, which protects nothing` };
  }
  return {
    usable: true,
    seal: (text) => storage.encryptStringAsync(text),
    async unseal(data) {
      const { result, shouldReEncrypt } = await storage.decryptStringAsync(data);
      return { text: result, stale: shouldReEncrypt };
    },
  };
}

export type SecretVaultOptions = {
  readonly path: string;
  /** Asked for at the first use and not before: macOS asks the person then, who should know what for. */
  readonly openKeychain: () => Promise<Keychain>;
  /**
   * Asked when there is something to keep and no keychain: may it be written to a file that only this user can read? A yes is remembered
   * in the file.
   */
  readonly consent: () => Promise<boolean>;
  readonly logger: Logger;
};

const vaultFile = z.object({
  version: z.literal(1),
  plainAllowed: z.boolean(),
  secrets: z.record(z.string(), z.object({ sealed: z.enum(['keychain', 'plain']), data: z.base64() })),
});
type VaultFile = z.infer<typeof vaultFile>;

const EMPTY: VaultFile = { version: 1, plainAllowed: false, secrets: {} };

/**
 * Stream keys, in one file of mode 0600, each sealed by the system's keychain. Throws `secrets/unavailable` when a value cannot be kept or
 * not be read any more; it is then still there for the day on which it can.
 */
export function createSecretVault({ path, openKeychain, consent, logger }: SecretVaultOptions): SecretStore {
  const serial = createSerial();
  let content: VaultFile | undefined;
  let opened: Keychain | undefined;

  async function openOnce(): Promise<Keychain> {
    opened ??= await openKeychain();
    return opened;
  }

  async function load(): Promise<VaultFile> {
    content ??= await readVault(path, logger);
    return content;
  }

  async function save(next: VaultFile): Promise<void> {
    await writeWhole(path, JSON.stringify(next, undefined, 2));
    content = next;
  }

  async function put(name: string, value: string): Promise<void> {
    const vault = await load();
    const keychain = await openOnce();
    if (keychain.usable) {
      const data = (await keychain.seal(value)).toString('base64');
      await save({ ...vault, secrets: { ...vault.secrets, [name]: { sealed: 'keychain', data } } });
      return;
    }
    if (!vault.plainAllowed && !(await consent())) {
      throw new AppError(
        'secrets/unavailable',
        'This system has no keychain, and you chose not to keep stream keys in a file. The key was not kept.',
        { details: { reason: keychain.reason } },
      );
    }
    const data = Buffer.from(value).toString('base64');
    const secrets = { ...vault.secrets, [name]: { sealed: 'plain' as const, data } };
    await save({ ...vault, plainAllowed: true, secrets });
  }

  async function take(name: string): Promise<string | undefined> {
    const { secrets } = await load();
    const kept = Object.hasOwn(secrets, name) ? secrets[name] : undefined;
    if (kept === undefined) {
      return undefined;
    }
    const data = Buffer.from(kept.data, 'base64');
    if (kept.sealed === 'plain') {
      return data.toString();
    }
    const keychain = await openOnce();
    if (!keychain.usable) {
      throw locked(name, keychain.reason);
    }
    try {
      const { text, stale } = await keychain.unseal(data);
      if (stale) {
        await put(name, text);
      }
      return text;
    } catch (error) {
      throw locked(name, error instanceof Error ? error.message : 'unknown', error);
    }
  }

  return {
    get: (name) => serial.run(() => take(name)),
    set: (name, value) => serial.run(() => put(name, value)),
    delete: (name) =>
      serial.run(async () => {
        const vault = await load();
        if (Object.hasOwn(vault.secrets, name)) {
          const { [name]: _, ...secrets } = vault.secrets;
          await save({ ...vault, secrets });
        }
      }),
  };
}

function locked(name: string, reason: string, cause?: unknown): AppError {
  return new AppError(
    'secrets/unavailable',
    'The system’s keychain does not open the stream key. Unlock it and try again, or enter the key again.',
    { details: { name, reason }, cause },
  );
}

/** A file that cannot be understood is kept aside: nobody types a dozen stream keys again because of one bad byte without having seen it. */
async function readVault(path: string, logger: Logger): Promise<VaultFile> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      return EMPTY;
    }
    throw new AppError('secrets/unavailable', `The key file ${path} cannot be read.`, {
      details: { path },
      cause: error,
    });
  }
  const parsed = vaultFile.safeParse(parseJson(text));
  if (parsed.success) {
    return parsed.data;
  }
  const aside = `${path}.damaged`;
  await rename(path, aside);
  logger.error({ path: aside }, 'the key file was damaged; it was put aside and a new one begun');
  return EMPTY;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Write, flush, rename: after a crash the old file or the new one is there, never a part. */
async function writeWhole(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.new`;
  const file = await open(temporary, 'w', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
}
