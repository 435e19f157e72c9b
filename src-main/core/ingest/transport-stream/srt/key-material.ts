import { createDecipheriv, pbkdf2Sync } from 'node:crypto';
import { viewOf } from './packet.ts';

/** The keys of one connection, which its caller chose. */
export type StreamKeys = {
  readonly salt: Uint8Array;
  readonly even: Uint8Array | undefined;
  readonly odd: Uint8Array | undefined;
};

/** Version, packet type and signature of key material, draft-sharabayko-srt-01 §3.2.2. */
const HEADER = 0x12_2029;
const HEADER_BYTES = 16;
const CIPHER_AES_CTR = 2;
const SALT_BYTES = 16;
/** Of the key wrap: its integrity check. */
const WRAP_BYTES = 8;
const KEY_BYTES: ReadonlySet<number> = new Set([16, 24, 32]);
const ITERATIONS = 2048;

/** The initial value of RFC 3394 §2.2.3.1: what comes out of the wrap when the key was the right one. */
const INTEGRITY_CHECK = Buffer.alloc(WRAP_BYTES, 0xa6);

/**
 * The keys in a key material message (§6.1.5). Undefined when the passphrase is not the one that they were wrapped with, or the message
 * cannot be read. Costs a millisecond, as it is meant to.
 */
export function unwrapKeys(message: Uint8Array, passphrase: string): StreamKeys | undefined {
  if (message.length < HEADER_BYTES + SALT_BYTES) {
    return undefined;
  }
  const view = viewOf(message);
  const which = view.getUint8(3) & 3;
  const keyCount = which === 3 ? 2 : 1;
  const keyBytes = view.getUint8(15) * 4;
  const isReadable =
    view.getUint32(0) >>> 8 === HEADER &&
    which !== 0 &&
    view.getUint8(8) === CIPHER_AES_CTR &&
    view.getUint8(9) === 0 &&
    view.getUint8(14) * 4 === SALT_BYTES &&
    KEY_BYTES.has(keyBytes);
  const wrapped = message.subarray(HEADER_BYTES + SALT_BYTES);
  if (!isReadable || wrapped.length !== WRAP_BYTES + keyCount * keyBytes) {
    return undefined;
  }
  const salt = message.slice(HEADER_BYTES, HEADER_BYTES + SALT_BYTES);
  // Only the last eight bytes of the salt go into the key.
  const wrappingKey = pbkdf2Sync(passphrase, salt.subarray(8), ITERATIONS, keyBytes, 'sha1');
  const keys = unwrap(wrapped, wrappingKey);
  if (keys === undefined) {
    return undefined;
  }
  const first = keys.subarray(0, keyBytes);
  return {
    salt,
    even: which === 2 ? undefined : first,
    odd: which === 1 ? undefined : keys.subarray(keyBytes * (keyCount - 1)),
  };
}

/** AES in counter mode, where the counter begins with salt and sequence number (§6.2.2). */
export function decrypt(payload: Uint8Array, sequence: number, key: Uint8Array, salt: Uint8Array): Uint8Array {
  const start = Buffer.alloc(16);
  start.writeUInt32BE(sequence, 10);
  for (let index = 0; index < 14; index += 1) {
    start[index] = (start[index] ?? 0) ^ (salt[index] ?? 0);
  }
  return createDecipheriv(`aes-${key.length * 8}-ctr`, key, start).update(payload);
}

/** RFC 3394 §2.2.2, by hand: not every build of Node has the ciphers for it, that of Electron for one. */
function unwrap(wrapped: Uint8Array, wrappingKey: Uint8Array): Uint8Array | undefined {
  const blocks = wrapped.length / 8 - 1;
  const check = Buffer.from(wrapped.subarray(0, 8));
  const keys = Buffer.from(wrapped.subarray(8));
  const block = Buffer.alloc(16);
  const cipher = createDecipheriv(`aes-${wrappingKey.length * 8}-ecb`, wrappingKey, null).setAutoPadding(false);
  for (let step = 6 * blocks; step >= 1; step -= 1) {
    const at = 8 * ((step - 1) % blocks);
    check.copy(block);
    // There are at most 48 steps, so that they stay within the last byte.
    block[7] = (block[7] ?? 0) ^ step;
    keys.copy(block, 8, at, at + 8);
    const plain = cipher.update(block);
    plain.copy(check, 0, 0, 8);
    plain.copy(keys, at, 8, 16);
  }
  return check.equals(INTEGRITY_CHECK) ? new Uint8Array(keys) : undefined;
}
