import { createCipheriv, createDecipheriv, randomBytes, type ScryptOptions, scrypt } from 'node:crypto';
import { z } from 'zod';

/** What one guess costs. OWASP's Password Storage Cheat Sheet since 2023: 128 MiB, and about half a second. */
const COST = { N: 2 ** 17, r: 8, p: 1 };
/** What a file may ask of us at most: a forged one must not take the computer down. */
const MOST_MEMORY_BYTES = 2 ** 30;
const MOST_ROUNDS = 16;
const KEY_BYTES = 32;
const SALT_BYTES = 16;
/** NIST SP 800-38D §8.2.2: random nonces of 96 bits are good for 2^32 texts under one key. */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** The first field of a sealed text. Goes up when the form changes; older ones are opened as they were written. */
const FORMAT = 1;

const form = z.strictObject({
  sealed: z.literal(FORMAT),
  kdf: z.strictObject({
    name: z.literal('scrypt'),
    N: z.int().positive(),
    r: z.int().positive(),
    p: z.int().positive().max(MOST_ROUNDS),
    salt: z.base64(),
  }),
  cipher: z.literal('aes-256-gcm'),
  nonce: z.base64(),
  data: z.base64(),
});
type Kdf = z.infer<typeof form>['kdf'];

/** Seals a text by a passphrase that is no longer needed for it. */
export type Seal = (plain: string) => string;

export type Opening =
  | { readonly kind: 'open'; readonly plain: string; readonly seal: Seal }
  /** Cut off, of a later version, or not sealed at all. */
  | { readonly kind: 'unknown-form' }
  /** Another passphrase, or the text was changed: AES-GCM does not tell which. */
  | { readonly kind: 'not-opened' };

/** Also of one that is cut off: nothing that was sealed is taken for something else. */
export function isSealed(text: string): boolean {
  return /^\s*\{\s*"sealed"\s*:/.test(text);
}

export async function createSeal(passphrase: string, cost = COST): Promise<Seal> {
  const kdf: Kdf = { name: 'scrypt', ...cost, salt: randomBytes(SALT_BYTES).toString('base64') };
  return sealWith(await deriveKey(passphrase, kdf), kdf);
}

/** `seal` goes on with the same key. */
export async function openSealed(text: string, passphrase: string): Promise<Opening> {
  const parsed = form.safeParse(parseJson(text));
  if (!parsed.success) {
    return { kind: 'unknown-form' };
  }
  const { kdf } = parsed.data;
  const nonce = Buffer.from(parsed.data.nonce, 'base64');
  const data = Buffer.from(parsed.data.data, 'base64');
  if (nonce.byteLength !== NONCE_BYTES || data.byteLength < TAG_BYTES) {
    return { kind: 'unknown-form' };
  }
  let key: Buffer;
  try {
    key = await deriveKey(passphrase, kdf);
  } catch {
    // No cost of scrypt, or more than we spend.
    return { kind: 'unknown-form' };
  }
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(boundTo(kdf));
    decipher.setAuthTag(data.subarray(-TAG_BYTES));
    const plain = Buffer.concat([decipher.update(data.subarray(0, -TAG_BYTES)), decipher.final()]);
    return { kind: 'open', plain: plain.toString(), seal: sealWith(key, kdf) };
  } catch {
    return { kind: 'not-opened' };
  }
}

function sealWith(key: Buffer, kdf: Kdf): Seal {
  return (plain) => {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', key, nonce);
    cipher.setAAD(boundTo(kdf));
    const data = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final(), cipher.getAuthTag()]);
    return JSON.stringify({
      sealed: FORMAT,
      kdf,
      cipher: 'aes-256-gcm',
      nonce: nonce.toString('base64'),
      data: data.toString('base64'),
    } satisfies z.infer<typeof form>);
  };
}

function boundTo({ name, N, r, p, salt }: Kdf): Buffer {
  return Buffer.from(['Lectern keys', FORMAT, name, N, r, p, salt].join(' '));
}

async function deriveKey(passphrase: string, { N, r, p, salt }: Kdf): Promise<Buffer> {
  const cost: ScryptOptions = { N, r, p, maxmem: MOST_MEMORY_BYTES };
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  scrypt(passphrase, Buffer.from(salt, 'base64'), KEY_BYTES, cost, (error, key) =>
    error === null ? resolve(key) : reject(error),
  );
  return await promise;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
