import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { createSerial } from '../../base/serial.ts';
import { AppError } from '../../shared/app-error.ts';
import type { SecretStore } from '../ports/secrets.ts';

/** Seals what is kept in the catalogue and is nobody's business: AES-256-GCM under a master key that only the key store has. */
export type Vault = {
  /** `purpose` is where the text will stand: it opens there and nowhere else. Rejects with what the key store says. */
  seal(plain: Uint8Array, purpose: string): Promise<string>;
  /** Rejects with `secrets/unavailable` when the master key is gone or another one, or the text was changed. */
  open(sealed: string, purpose: string): Promise<Uint8Array>;
};

/** The name of the master key in the key store. */
const MASTER = 'content-keys-master';
const MASTER_BYTES = 32;
/** NIST SP 800-38D §8.2.2: random nonces of 96 bits are good for 2^32 texts under one key. */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** The first part of a sealed text. Goes up when the form changes; older ones are opened as they were written. */
const FORMAT = '1';

type Master = { readonly id: string; readonly key: Uint8Array };

export function createVault(secrets: SecretStore): Vault {
  const serial = createSerial();
  let known: Master | undefined;

  async function master(isNew: boolean): Promise<Master> {
    return await serial.run(async () => (known ??= await loadMaster(secrets, isNew)));
  }

  return {
    async seal(plain, purpose) {
      const { id, key } = await master(true);
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, nonce);
      cipher.setAAD(Buffer.from(`${FORMAT}.${id}.${purpose}`));
      const bytes = Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
      return `${FORMAT}.${id}.${bytes.toString('base64url')}`;
    },
    async open(sealed, purpose) {
      const [format, sealedBy, text = '', ...rest] = sealed.split('.');
      const { id, key } = await master(false);
      const bytes = Buffer.from(text, 'base64url');
      if (format !== FORMAT || rest.length > 0 || bytes.byteLength < NONCE_BYTES + TAG_BYTES) {
        throw unavailable('a sealed text is not in a form that this version knows');
      }
      if (sealedBy !== id) {
        throw unavailable('they were sealed with another master key than the one in the key store');
      }
      try {
        const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES), {
          authTagLength: TAG_BYTES,
        });
        decipher.setAAD(Buffer.from(`${FORMAT}.${id}.${purpose}`));
        decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
        return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
      } catch (error) {
        throw unavailable('a sealed text was changed', error);
      }
    },
  };
}

/** A new one only where nothing was sealed yet or is to be opened: it never takes the place of one that is there. */
async function loadMaster(secrets: SecretStore, isNew: boolean): Promise<Master> {
  const stored = await secrets.get(MASTER);
  if (stored !== undefined) {
    const key = Buffer.from(stored, 'base64');
    if (key.byteLength !== MASTER_BYTES) {
      throw unavailable(`what the key store has as ${MASTER} is no master key`);
    }
    return { id: idOf(key), key };
  }
  if (!isNew) {
    throw unavailable('the key store does not have their master key');
  }
  const key = randomBytes(MASTER_BYTES);
  await secrets.set(MASTER, key.toString('base64'));
  return { id: idOf(key), key };
}

/** Says which key it is and nothing about it. */
function idOf(key: Uint8Array): string {
  return createHash('sha256').update('Lectern master key ').update(key).digest('base64url').slice(0, 8);
}

function unavailable(why: string, cause?: unknown): AppError {
  return new AppError('secrets/unavailable', `The content keys cannot be opened: ${why}.`, { cause });
}
