import type { XmlElement } from '../../manifest/dash/xml.ts';
import type { EncryptionKey } from '../../manifest/hls/tags/key.ts';
import type { EncryptionTag } from './streaming-format.ts';

/**
 * How media are encrypted, in the words of AMS (spec 4.3): whole fragments with AES-128-CBC, samples with AES-CTR (ISO/IEC 23001-7 `cenc`),
 * samples with AES-CBC in a pattern (`cbcs`).
 */
export type EncryptionScheme = 'EnvelopeEncryption' | 'CommonEncryptionCenc' | 'CommonEncryptionCbcs';

export type ContentKey = {
  /** GUID in lower case, with hyphens. */
  readonly id: string;
  /** 16 bytes. */
  readonly value: Uint8Array;
  /** 16 bytes: the IV of `cbc` and the constant IV of `cbcs`; derived from the key's id, so it is the same for all who ask. */
  readonly iv: Uint8Array;
};

/** Where players get what they need to decrypt. Addresses are complete: templates are filled in already (spec 4.3). */
export type KeySystem =
  /**
   * The key itself by HTTP, 16 raw bytes: HLS AES-128 and `urn:mpeg:dash:sea:2012`. Of `cbcs` it is for HLS alone, and only without
   * `clear-key`: Shaka Player reads such a playlist (KEYFORMAT `identity`), hls.js only one of the other kind (`org.w3.clearkey`).
   */
  | { readonly kind: 'envelope'; readonly keyUri: string }
  /** A JWK set in answer to a ClearKey licence request (W3C EME §9.1). */
  | { readonly kind: 'clear-key'; readonly licenseUrl: string }
  | { readonly kind: 'widevine'; readonly licenseUrl: string | undefined }
  | {
      readonly kind: 'playready';
      readonly licenseUrl: string | undefined;
      readonly customAttributes: string | undefined;
    }
  /** `skd://…`, or an https address. */
  | { readonly kind: 'fairplay'; readonly keyUri: string }
  /** As a key server said that it has to be said (CPIX); what it left out is not said. */
  | {
      readonly kind: 'given';
      /** A UUID in lower case, with hyphens. */
      readonly systemId: string;
      /** A whole box. */
      readonly pssh: Uint8Array | undefined;
      /** Inside of its ContentProtection in an MPD. */
      readonly contentProtection: readonly XmlElement[];
      readonly hls: readonly EncryptionKey[];
      /** Its ProtectionHeader in a Smooth Streaming manifest. */
      readonly smooth: Uint8Array | undefined;
      readonly licenseUrl: string | undefined;
    };

/**
 * The encryption of one publication in one scheme. The same object as long as nothing about it changes: packaging keeps what it has encrypted
 * by it.
 */
export type Protection = {
  readonly scheme: EncryptionScheme;
  /** What addresses of this view carry as `encryption=`. */
  readonly tag: EncryptionTag;
  /**
   * How long a key is used before another one takes its place, in ms; undefined: for good. Crypto periods are counted from 1970: the first is 0.
   */
  readonly cryptoPeriodMs?: number | undefined;
  /**
   * Undefined for a track that stays clear. Where keys rotate, of a segment that begins in that crypto period; without one, the key of what
   * is of no time: text.
   */
  keyOf(track: { readonly fourCc: string }, cryptoPeriod?: number): ContentKey | undefined;
  systemsOf(key: ContentKey): readonly KeySystem[];
};
