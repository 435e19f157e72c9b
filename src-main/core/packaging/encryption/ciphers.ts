import { createCipheriv, createHash } from 'node:crypto';
import type { SampleCiphers } from '../../../media/cenc/sample-protection.ts';
import type { ContentKey } from '../../ports/protection.ts';

export function sampleCiphers({ value }: ContentKey): SampleCiphers {
  return {
    ctr: (counterBlock, plain) => createCipheriv('aes-128-ctr', value, counterBlock).update(plain),
    cbc(iv, plain) {
      const cipher = createCipheriv('aes-128-cbc', value, iv);
      cipher.setAutoPadding(false);
      return cipher.update(plain);
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
