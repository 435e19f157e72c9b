import { type Cipheriv, createCipheriv, createHash, createSecretKey } from 'node:crypto';
import { CIPHER_BLOCK, type SampleCiphers } from '../../../media/cenc/sample-protection.ts';
import type { ContentKey } from '../../ports/protection.ts';

export function sampleCiphers({ value }: ContentKey): SampleCiphers {
  // A cipher for each sample costs a fourth with the key ready.
  const key = createSecretKey(value);
  let chain: { readonly cipher: Cipheriv; last: Uint8Array } | undefined;
  return {
    ctr(counterBlock) {
      const cipher = createCipheriv('aes-128-ctr', key, counterBlock);
      return (plain) => cipher.update(plain);
    },
    /**
     * One chain for all calls: to make a cipher costs as much as to encrypt 10 kB, and there is a call for each slice of a picture. What goes in
     * first is mixed with the last block that came out, which takes that out of the chain again and puts the IV in its place.
     */
    cbc(iv, plain) {
      if (plain.length === 0) {
        return plain;
      }
      chain ??= { cipher: createCipheriv('aes-128-cbc', key, iv).setAutoPadding(false), last: iv };
      const mixed = new Uint8Array(plain);
      for (let at = 0; at < CIPHER_BLOCK; at += 1) {
        mixed[at] = (mixed[at] ?? 0) ^ (chain.last[at] ?? 0) ^ (iv[at] ?? 0);
      }
      const encrypted = chain.cipher.update(mixed);
      chain.last = encrypted.subarray(-CIPHER_BLOCK);
      return encrypted;
    },
  };
}

/** A whole fragment, padded as RFC 8216 §5.2 wants it (PKCS7). */
export function encryptWhole({ value, iv }: ContentKey, parts: readonly Uint8Array[]): Uint8Array {
  const cipher = createCipheriv('aes-128-cbc', value, iv);
  const encrypted = parts.map((part) => cipher.update(part));
  return Buffer.concat([...encrypted, cipher.final()]);
}

/** The first bytes of a key's id in PlayReady's order, encrypted with the key: by them players know a wrong one. */
export function playReadyChecksum({ value }: ContentKey, keyId: Uint8Array): Uint8Array {
  const cipher = createCipheriv('aes-128-ecb', value, null);
  cipher.setAutoPadding(false);
  return cipher.update(keyId).subarray(0, 8);
}

/**
 * The IV of the first sample of a chunk. Under one key no two chunks may have it in common (CTR would encrypt both with one key stream), and
 * everybody who asks for a chunk must be given the same, also after a restart. A counter would do for one track, but tracks share keys, and
 * qualities share decode times. So it is a hash of the track and the chunk's `moof`: the decode time, and the size of every sample. Of the
 * chunks of a day of six tracks two have a common IV with a probability of 1 to 100 000.
 */
export function chunkIv(trackId: string, moof: Uint8Array): bigint {
  return createHash('sha256').update(`${trackId}\0`).update(moof).digest().readBigUInt64BE();
}
