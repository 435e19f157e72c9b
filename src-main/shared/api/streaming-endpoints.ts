import { z } from 'zod';
import { base64, base64Size, crossSiteAccessPolicies, ipAccessControl, isoTime } from './common.ts';

/** Names of streaming endpoints (spec 5.1). */
export const endpointName = z
  .string()
  .min(1)
  .max(24)
  .regex(/^[a-zA-Z0-9]+(-*[a-zA-Z0-9])*$/, 'must be letters and digits, with hyphens inside');

/** The one that is always there. */
export const DEFAULT_ENDPOINT = 'default';

const STREAMING_ENDPOINT_STATES = ['Stopped', 'Starting', 'Running', 'Stopping'] as const;

/** 0 is any free port. */
const port = z.number().int().min(0).max(65_535);

/** RFC 1123 §2.1: at least two labels, and no address. `localhost` is this computer for everybody. */
const hostName = z
  .string()
  .max(253)
  .regex(/^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/i, 'must be a DNS name')
  .refine((name) => !/\.localhost$/i.test(name), 'must not be a name of this computer itself');
const customHostNames = z
  .array(hostName)
  .max(20)
  .refine(
    (names) => new Set(names.map((name) => name.toLowerCase())).size === names.length,
    'must not have a name twice',
  );

const maxCacheAge = z.number().int().min(0).max(31_536_000);

/** What stands in `X-Akamai-G2O-Auth-Data` as the nonce; commas separate the fields there. */
const signatureKeyId = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[\w.~-]+$/, 'must be letters, digits and . _ ~ -');
const signatureKey = z.strictObject({ identifier: signatureKeyId, expiration: isoTime.optional() });
const signatureKeyCreate = signatureKey.extend({
  /** Write-only. May be left out for a key that is there already. */
  base64Key: base64
    .refine((text) => base64Size(text) >= 1 && base64Size(text) <= 256, 'must be 1 to 256 bytes in base64')
    .optional(),
});

function accessControlOf<T extends z.ZodType<{ readonly identifier: string }>>(key: T) {
  return z.strictObject({
    /** Everybody when it is left out or empty. */
    ip: ipAccessControl.shape.ip.optional(),
    /** Nobody but Akamai, which signs what it asks for with one of these (G2O). */
    akamai: z
      .strictObject({
        akamaiSignatureHeaderAuthenticationKeyList: z
          .array(key)
          .max(10)
          .refine(
            (keys) => new Set(keys.map(({ identifier }) => identifier)).size === keys.length,
            'must not have an identifier twice',
          ),
      })
      .optional(),
  });
}

/** PEM: the certificate itself first, then those that vouch for it. */
const pem = z.string().min(1).max(65_536);
const path = z.string().min(1).max(4096);

const tls = z.strictObject({
  port,
  certificate: z.strictObject({
    subject: z.string(),
    /** DNS names and addresses it is for. */
    names: z.array(z.string()),
    validFrom: isoTime,
    validTo: isoTime,
  }),
  /** Where they are read from, at first and whenever they have changed. */
  certificateFile: path.optional(),
  privateKeyFile: path.optional(),
});

const tlsCreate = z
  .strictObject({
    /** 8443 for `default`, any free one for others; what it was when it is changed. */
    port: port.optional(),
    certificate: pem.optional(),
    /** Write-only. */
    privateKey: pem.optional(),
    certificateFile: path.optional(),
    privateKeyFile: path.optional(),
  })
  .refine(
    (given) =>
      (given.certificate ?? given.privateKey) === undefined
        ? (given.certificateFile === undefined) === (given.privateKeyFile === undefined)
        : given.certificate !== undefined &&
          given.privateKey !== undefined &&
          (given.certificateFile ?? given.privateKeyFile) === undefined,
    'needs certificate and privateKey, or certificateFile and privateKeyFile',
  );

export const streamingEndpoint = z.strictObject({
  name: z.string(),
  description: z.string(),
  /** Of those that were made here. */
  created: isoTime.optional(),
  lastModified: isoTime.optional(),
  resourceState: z.enum(STREAMING_ENDPOINT_STATES),
  /** The first of its own names, else how this computer is reached. */
  hostName: z.string(),
  port: z.number().int(),
  /** What addresses for viewers begin with. */
  urls: z.array(z.string()),
  customHostNames,
  /** Seconds that fragments, and manifests that do not change any more, may be kept; three days when left out. */
  maxCacheAge: maxCacheAge.optional(),
  accessControl: accessControlOf(signatureKey).optional(),
  crossSiteAccessPolicies: crossSiteAccessPolicies.optional(),
  tls: tls.optional(),
  /** Viewers that asked for media in the last 30 s, counted by connection address and player session. */
  viewers: z.number().int().min(0),
  egressBitrate: z.number().min(0),
});
export type StreamingEndpoint = z.infer<typeof streamingEndpoint>;

const description = z.string().max(1024);

export const streamingEndpointCreate = z.strictObject({
  description: description.optional(),
  /** Any free one when left out; kept from then on. */
  port: port.optional(),
  customHostNames: customHostNames.optional(),
  maxCacheAge: maxCacheAge.optional(),
  accessControl: accessControlOf(signatureKeyCreate).optional(),
  crossSiteAccessPolicies: crossSiteAccessPolicies.optional(),
  tls: tlsCreate.optional(),
});
export type StreamingEndpointCreate = z.infer<typeof streamingEndpointCreate>;

/** `null` takes a property away. A property that is given takes the place of the whole of it. */
export const streamingEndpointPatch = z.strictObject({
  description: description.optional(),
  customHostNames: customHostNames.optional(),
  maxCacheAge: z.union([maxCacheAge, z.null()]).optional(),
  accessControl: z.union([accessControlOf(signatureKeyCreate), z.null()]).optional(),
  crossSiteAccessPolicies: z.union([crossSiteAccessPolicies, z.null()]).optional(),
  tls: z.union([tlsCreate, z.null()]).optional(),
});
export type StreamingEndpointPatch = z.infer<typeof streamingEndpointPatch>;
