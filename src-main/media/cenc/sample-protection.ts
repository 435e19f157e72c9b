/** AES-128 as common encryption uses it. Whoever has a key makes one; here is no I/O and no randomness. */
export type SampleCiphers = {
  /** Counter mode from a counter block of 16 bytes on: run after run, as many bytes as were given. */
  ctr(counterBlock: Uint8Array): (plain: Uint8Array) => Uint8Array;
  /** Cipher block chaining without padding: whole blocks of 16 bytes. */
  cbc(iv: Uint8Array, plain: Uint8Array): Uint8Array;
};

/** How the samples of a track are encrypted, ISO/IEC 23001-7 §10: `cenc` in counter mode, `cbcs` in block chaining with a pattern. */
export type SampleScheme = 'cenc' | 'cbcs';

/** What a header says of a protected track. */
export type TrackProtection = {
  readonly scheme: SampleScheme;
  /** 16 bytes. */
  readonly keyId: Uint8Array;
  /** 16 bytes, of all samples of `cbcs`. */
  readonly constantIv: Uint8Array;
};

/** Bytes of the IV of a sample of `cenc`: what stays free of a counter block counts its blocks. */
export const SAMPLE_IV_BYTES = 8;
export const CIPHER_BLOCK = 16;

/** Of ten blocks of video one is encrypted (§10.4): enough to make it useless, and cheap for small devices. */
export const VIDEO_PATTERN = { crypt: 1, skip: 9 } as const;

/** A clear run of a sample and the protected one behind it, §7.2. */
export type Subsample = { readonly clear: number; readonly protected: number };
