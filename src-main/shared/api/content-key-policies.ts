import { z } from 'zod';
import { base64, guid, isoDuration, isoTime, resourceName } from './common.ts';

/**
 * Who gets content keys, and as what (spec 4.4). Where AMS wrote `"@odata.type": "#Microsoft.Media.ContentKeyPolicyOpenRestriction"` this says
 * `"kind": "Open"`. What is secret goes in and never comes out; left out of a change, it stays as it was.
 */

/** Of an assertion or key: a few kilobytes. */
const secretBytes = base64.min(4).max(16_384);

/** Every value is for requests only: an answer says which kind of key there is. */
const verificationKeyInput = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('Symmetric'), keyValue: secretBytes.optional() }),
  z.strictObject({
    kind: z.literal('Rsa'),
    exponent: secretBytes.optional(),
    modulus: secretBytes.optional(),
  }),
  /** A certificate, DER. */
  z.strictObject({ kind: z.literal('X509'), rawBody: secretBytes.optional() }),
]);
export type VerificationKeyInput = z.infer<typeof verificationKeyInput>;
const verificationKey = z.strictObject({ kind: z.enum(['Symmetric', 'Rsa', 'X509']) });

/** Issuer, audience and claims are compared exactly. */
const claimText = z.string().min(1).max(1024);

const tokenRestriction = {
  kind: z.literal('Token'),
  issuer: claimText,
  audience: claimText,
  restrictionTokenType: z.enum(['Jwt', 'Swt']),
  requiredClaims: z
    .array(
      z.strictObject({
        claimType: claimText,
        /** Left out: any value; of the content key identifier the id of the key that is asked for. */
        claimValue: claimText.optional(),
      }),
    )
    // Spec 2.18.
    .max(30)
    .default([]),
  /** Whose keys tokens may be signed with as well; for JWT. */
  openIdConnectDiscoveryDocument: z
    .string()
    .max(2048)
    .regex(
      /^(?:https:\/\/|http:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?=[:/]))[^\s"<>]+$/i,
      'must be an https:// address',
    )
    .optional(),
};

const open = z.strictObject({ kind: z.literal('Open') });
const restriction = z.discriminatedUnion('kind', [
  open,
  z.strictObject({
    ...tokenRestriction,
    primaryVerificationKey: verificationKey.optional(),
    alternateVerificationKeys: z.array(verificationKey).default([]),
  }),
]);
const restrictionInput = z.discriminatedUnion('kind', [
  open,
  z.strictObject({
    ...tokenRestriction,
    primaryVerificationKey: verificationKeyInput.optional(),
    alternateVerificationKeys: z.array(verificationKeyInput).max(20).default([]),
  }),
]);
export type RestrictionInput = z.infer<typeof restrictionInput>;

const outputLevel = (levels: readonly number[]) => z.literal(levels).optional();
const level0To3 = z.number().int().min(0).max(3);

const playReadyLicense = z.strictObject({
  allowTestDevices: z.boolean(),
  securityLevel: z.enum(['Unknown', 'SL150', 'SL2000', 'SL3000']).optional(),
  beginDate: isoTime.optional(),
  expirationDate: isoTime.optional(),
  relativeBeginDate: isoDuration.optional(),
  relativeExpirationDate: isoDuration.optional(),
  gracePeriod: isoDuration.optional(),
  licenseType: z.enum(['NonPersistent', 'Persistent']),
  contentKeyLocation: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('ContentEncryptionKeyFromHeader') }),
    z.strictObject({ kind: z.literal('ContentEncryptionKeyFromKeyIdentifier'), keyId: guid }),
  ]),
  contentType: z.enum(['Unspecified', 'UltraVioletDownload', 'UltraVioletStreaming']),
  playRight: z
    .strictObject({
      digitalVideoOnlyContentRestriction: z.boolean(),
      imageConstraintForAnalogComponentVideoRestriction: z.boolean(),
      imageConstraintForAnalogComputerMonitorRestriction: z.boolean(),
      allowPassingVideoContentToUnknownOutput: z.enum(['NotAllowed', 'Allowed', 'AllowedWithVideoConstriction']),
      firstPlayExpiration: isoDuration.optional(),
      scmsRestriction: level0To3.optional(),
      agcAndColorStripeRestriction: level0To3.optional(),
      explicitAnalogTelevisionOutputRestriction: z
        .strictObject({ bestEffort: z.boolean(), configurationData: level0To3 })
        .optional(),
      uncompressedDigitalVideoOpl: outputLevel([100, 250, 270, 300]),
      compressedDigitalVideoOpl: outputLevel([400, 500]),
      analogVideoOpl: outputLevel([100, 150, 200]),
      compressedDigitalAudioOpl: outputLevel([100, 150, 200, 250, 300]),
      uncompressedDigitalAudioOpl: outputLevel([100, 150, 200, 250, 300]),
    })
    .optional(),
});

const clearKey = z.strictObject({ kind: z.literal('ClearKey') });
const playReady = z.strictObject({
  kind: z.literal('PlayReady'),
  licenses: z
    .array(
      playReadyLicense
        .refine(({ beginDate, relativeBeginDate }) => beginDate === undefined || relativeBeginDate === undefined, {
          message: 'has a beginDate already',
          path: ['relativeBeginDate'],
        })
        .refine(
          ({ expirationDate, relativeExpirationDate }) =>
            expirationDate === undefined || relativeExpirationDate === undefined,
          { message: 'has an expirationDate already', path: ['relativeExpirationDate'] },
        ),
    )
    .min(1)
    .max(10),
  responseCustomData: z.string().max(1024).optional(),
});
const widevine = z.strictObject({
  kind: z.literal('Widevine'),
  /** `{}` is all defaults. */
  widevineTemplate: z
    .string()
    .max(16_384)
    .refine((text) => isJsonObject(text), 'must be a JSON object'),
});
const fairPlay = {
  kind: z.literal('FairPlay'),
  rentalAndLeaseKeyType: z.enum(['Undefined', 'DualExpiry', 'PersistentUnlimited', 'PersistentLimited']),
  /** Seconds. */
  rentalDuration: z.number().int().min(0),
  offlineRentalConfiguration: z
    .strictObject({
      playbackDurationSeconds: z.number().int().min(0),
      storageDurationSeconds: z.number().int().min(0),
    })
    .optional(),
};

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

const option = z.strictObject({
  policyOptionId: guid,
  name: z.string().optional(),
  configuration: z.discriminatedUnion('kind', [clearKey, playReady, widevine, z.strictObject(fairPlay)]),
  restriction,
});
export type ContentKeyPolicyOption = z.infer<typeof option>;

const optionInput = z.strictObject({
  /** Unique in the policy. By it a change finds the secrets that it leaves out. */
  name: z.string().min(1).max(256).optional(),
  configuration: z.discriminatedUnion('kind', [
    clearKey,
    playReady,
    widevine,
    z.strictObject({
      ...fairPlay,
      /** Application secret key: 16 bytes. */
      ask: secretBytes.optional(),
      fairPlayPfx: secretBytes.optional(),
      fairPlayPfxPassword: z.string().max(1024).optional(),
    }),
  ]),
  restriction: restrictionInput,
});
export type ContentKeyPolicyOptionInput = z.infer<typeof optionInput>;

export const contentKeyPolicy = z.strictObject({
  name: resourceName,
  policyId: guid,
  description: z.string(),
  options: z.array(option),
  created: isoTime,
  lastModified: isoTime,
});
export type ContentKeyPolicy = z.infer<typeof contentKeyPolicy>;

const description = z.string().max(4096);
const options = z.array(optionInput).min(1).max(20);

export const contentKeyPolicyCreate = z.strictObject({ description: description.default(''), options });
export type ContentKeyPolicyCreate = z.infer<typeof contentKeyPolicyCreate>;

/** The list of options is replaced as a whole. */
export const contentKeyPolicyPatch = z.strictObject({
  description: description.optional(),
  options: options.optional(),
});
export type ContentKeyPolicyPatch = z.infer<typeof contentKeyPolicyPatch>;
