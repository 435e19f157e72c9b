import type { ContentKey, EncryptionScheme, KeySystem, Protection } from '../../src-main/core/ports/protection.ts';
import type { EncryptionTag } from '../../src-main/core/ports/streaming-format.ts';
import { periodKey } from '../../src-main/core/protect/period-keys.ts';

export const FAKE_KEY: ContentKey = {
  id: '0f0e0d0c-0b0a-4908-8706-050403020100',
  value: Buffer.from('00112233445566778899aabbccddeeff', 'hex'),
  iv: Buffer.from('a0a1a2a3a4a5a6a7a8a9aaabacadaeaf', 'hex'),
};

const SCHEMES: Readonly<Record<EncryptionTag, EncryptionScheme>> = {
  cbc: 'EnvelopeEncryption',
  cenc: 'CommonEncryptionCenc',
  piff: 'CommonEncryptionCenc',
  'cbcs-aapl': 'CommonEncryptionCbcs',
};

/** Every key system there is, at addresses that lead nowhere. */
const ALL_SYSTEMS: readonly KeySystem[] = [
  { kind: 'clear-key', licenseUrl: 'https://keys.example/clearkey' },
  { kind: 'playready', licenseUrl: 'https://keys.example/playready?a=1&b=2', customAttributes: undefined },
  { kind: 'widevine', licenseUrl: 'https://keys.example/widevine' },
  { kind: 'fairplay', keyUri: 'skd://0f0e0d0c-0b0a-4908-8706-050403020100' },
];

export function fakeProtection(
  tag: EncryptionTag,
  options: {
    readonly systems?: readonly KeySystem[];
    readonly key?: ContentKey;
    /** FourCCs of tracks that stay clear. */
    readonly clear?: readonly string[];
    /** Then the key is the one that those of the crypto periods are made from. */
    readonly cryptoPeriodMs?: number;
  } = {},
): Protection {
  const { systems = tag === 'cbc' ? [{ kind: 'envelope', keyUri: '/keys/1' }] : ALL_SYSTEMS } = options;
  const { key = FAKE_KEY, clear = [], cryptoPeriodMs } = options;
  return {
    scheme: SCHEMES[tag],
    tag,
    cryptoPeriodMs,
    keyOf({ fourCc }, cryptoPeriod) {
      if (clear.includes(fourCc)) {
        return undefined;
      }
      return cryptoPeriodMs === undefined ? key : periodKey(key, cryptoPeriod);
    },
    systemsOf: () => systems,
  };
}
