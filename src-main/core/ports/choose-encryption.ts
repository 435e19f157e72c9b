import { AppError } from '../../shared/app-error.ts';
import type { EncryptionScheme } from './protection.ts';
import type { EncryptionTag, StreamingFormat } from './streaming-format.ts';

/** What a streaming policy allows the protocol of a format to be. */
export type AllowedEncryption = {
  readonly clear: boolean;
  /** In no order. */
  readonly schemes: readonly EncryptionScheme[];
};

export type ChosenEncryption = { readonly scheme: EncryptionScheme; readonly tag: EncryptionTag };

const SCHEMES: Readonly<Record<EncryptionTag, EncryptionScheme>> = {
  cbc: 'EnvelopeEncryption',
  cenc: 'CommonEncryptionCenc',
  'cbcs-aapl': 'CommonEncryptionCbcs',
  piff: 'CommonEncryptionCenc',
};

/**
 * How each format can be encrypted (spec 5.3), and of several tags for one scheme the usual one first. DASH has `cbcs` too, as Azure Media
 * Services had in the end: it has to be asked for, so it changes nothing for anybody else.
 */
const TAGS: Readonly<Record<StreamingFormat, readonly EncryptionTag[]>> = {
  smooth: ['cbc', 'cenc', 'piff'],
  'fmp4-v20': ['cbc', 'cenc', 'piff'],
  'm3u8-aapl-v3': ['cbc', 'cbcs-aapl'],
  'm3u8-aapl': ['cbc', 'cbcs-aapl'],
  'm3u8-cmaf': ['cbc', 'cbcs-aapl'],
  'mpd-time-csf': ['cbc', 'cenc'],
  'mpd-time-cmaf': ['cbc', 'cenc', 'cbcs-aapl'],
  'f4m-f4f': [],
};
/** Whose addresses always name their encryption. */
const TAGGED: readonly StreamingFormat[] = ['m3u8-cmaf', 'mpd-time-cmaf'];

/** Tags that an address of the format may have under such a policy; empty when it cannot be encrypted. For lists of paths. */
export function encryptionTagsOf(
  format: StreamingFormat,
  schemes: readonly EncryptionScheme[],
): readonly EncryptionTag[] {
  return TAGS[format].filter((tag) => schemes.includes(SCHEMES[tag]));
}

/**
 * How what is asked for is encrypted; undefined when it is clear. Throws `MPE_OUTPUT_FORMAT_BLOCKED` when the policy has nothing for the
 * protocol, `MPE_ENC_ENCRYPTION_REQUIRED` when it asks for encryption that the format cannot have, `MPE_ENC_ENCRYPTION_NOT_SPECIFIED_IN_URL`
 * when the address has to say which, `MPE_ENC_ENCRYPTION_NOT_SET_IN_DELIVERY_POLICY` when the policy does not have the one it says, and
 * `MPE_FORMAT_NOT_SUPPORTED` when the format does not have it.
 */
export function chooseEncryption(
  format: StreamingFormat,
  tag: EncryptionTag | undefined,
  { clear, schemes }: AllowedEncryption,
): ChosenEncryption | undefined {
  if (!clear && schemes.length === 0) {
    throw new AppError('MPE_OUTPUT_FORMAT_BLOCKED', 'The streaming policy of this address does not allow it.');
  }
  const possible = encryptionTagsOf(format, schemes);
  if (tag !== undefined) {
    return chosen(format, tag, schemes);
  }
  if (clear) {
    return undefined;
  }
  const [first] = possible;
  if (first === undefined) {
    throw new AppError(
      'MPE_ENC_ENCRYPTION_REQUIRED',
      'The streaming policy of this address asks for encryption that this format cannot have.',
    );
  }
  const isAmbiguous = new Set(possible.map((one) => SCHEMES[one])).size > 1;
  if (isAmbiguous || TAGGED.includes(format)) {
    throw new AppError(
      'MPE_ENC_ENCRYPTION_NOT_SPECIFIED_IN_URL',
      `This stream is encrypted. Say how: ${possible.map((one) => `encryption=${one}`).join(' or ')}.`,
    );
  }
  return { scheme: SCHEMES[first], tag: first };
}

function chosen(
  format: StreamingFormat,
  tag: EncryptionTag,
  schemes: readonly EncryptionScheme[],
): ChosenEncryption {
  if (!TAGS[format].includes(tag)) {
    const possible = TAGS[format].map((one) => `encryption=${one}`).join(', ');
    throw new AppError(
      'MPE_FORMAT_NOT_SUPPORTED',
      `This format does not have encryption=${tag}. ${possible === '' ? 'It is never encrypted.' : `It has ${possible}.`}`,
    );
  }
  const scheme = SCHEMES[tag];
  if (!schemes.includes(scheme)) {
    throw new AppError(
      'MPE_ENC_ENCRYPTION_NOT_SET_IN_DELIVERY_POLICY',
      `The streaming policy of this address does not have encryption=${tag} for this format.`,
    );
  }
  return { scheme, tag };
}
