import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { checkPolicyFiles } from '../../manifest/cross-site/policy-file.ts';
import {
  DEFAULT_ENDPOINT,
  type StreamingEndpointCreate,
  type StreamingEndpointPatch,
  streamingEndpoint,
} from '../../shared/api/streaming-endpoints.ts';
import { AppError, toAppError } from '../../shared/app-error.ts';
import type { EndpointRules } from '../ports/endpoint-rules.ts';
import { parseIpList } from '../ports/ip-list.ts';

/** What of a streaming endpoint is kept in the catalogue. Keys are in the key store. */
export const storedEndpoint = streamingEndpoint
  .pick({
    name: true,
    description: true,
    created: true,
    lastModified: true,
    port: true,
    customHostNames: true,
    maxCacheAge: true,
    accessControl: true,
    crossSiteAccessPolicies: true,
  })
  .extend({
    isRunning: z.boolean(),
    tls: z
      .strictObject({
        port: z.number().int(),
        /** PEM; left out where it is read from files. */
        certificate: z.string().optional(),
        certificateFile: z.string().optional(),
        privateKeyFile: z.string().optional(),
      })
      .optional(),
  });
export type StoredEndpoint = z.infer<typeof storedEndpoint>;

/** Base64, by identifier. */
export type SignatureSecrets = Readonly<Record<string, string>>;

type Given = StreamingEndpointCreate | StreamingEndpointPatch;

/** As it is before anything was said of it. */
export function newEndpoint(name: string): StoredEndpoint {
  return { name, description: '', port: 0, customHostNames: [], isRunning: name === DEFAULT_ENDPOINT };
}

/** The fields that need nothing but themselves, as they are after a change. Throws for what is not right. */
export function changed(before: StoredEndpoint, given: Given): StoredEndpoint {
  const { maxCacheAge = before.maxCacheAge, crossSiteAccessPolicies = before.crossSiteAccessPolicies } = given;
  const { accessControl = before.accessControl } = given;
  const { name, description, created, lastModified, port, isRunning, tls } = before;
  if (crossSiteAccessPolicies !== null && crossSiteAccessPolicies !== undefined) {
    checkPolicyFiles(crossSiteAccessPolicies);
  }
  return {
    name,
    description: given.description ?? description,
    created,
    lastModified,
    port,
    isRunning,
    customHostNames: (given.customHostNames ?? before.customHostNames).map((host) => host.toLowerCase()),
    ...(maxCacheAge === null || maxCacheAge === undefined ? {} : { maxCacheAge }),
    ...(crossSiteAccessPolicies === null || crossSiteAccessPolicies === undefined
      ? {}
      : { crossSiteAccessPolicies }),
    ...(accessControl === null || accessControl === undefined
      ? {}
      : { accessControl: withoutSecrets(accessControl) }),
    ...(tls === undefined ? {} : { tls }),
  };
}

type AccessControl = NonNullable<StreamingEndpointCreate['accessControl']>;

function withoutSecrets({ ip, akamai }: AccessControl): NonNullable<StoredEndpoint['accessControl']> {
  return {
    ...(ip === undefined ? {} : { ip }),
    ...(akamai === undefined
      ? {}
      : {
          akamai: {
            akamaiSignatureHeaderAuthenticationKeyList: akamai.akamaiSignatureHeaderAuthenticationKeyList.map(
              ({ base64Key: _base64Key, ...key }) => key,
            ),
          },
        }),
  };
}

/** The keys after a change: those that are given, and of those that are only named what they were. Throws `request/invalid` for one that is not known. */
export function changedSecrets(before: SignatureSecrets, given: Given): SignatureSecrets {
  if (given.accessControl === undefined) {
    return before;
  }
  const keys = given.accessControl?.akamai?.akamaiSignatureHeaderAuthenticationKeyList ?? [];
  return Object.fromEntries(
    keys.map(({ identifier, base64Key }, index) => {
      const key = base64Key ?? (Object.hasOwn(before, identifier) ? before[identifier] : undefined);
      if (key === undefined) {
        const field = `accessControl.akamai.akamaiSignatureHeaderAuthenticationKeyList.${index}.base64Key`;
        throw new AppError('request/invalid', `The key ${identifier} is new, so that base64Key is needed.`, {
          details: { field },
        });
      }
      return [identifier, key];
    }),
  );
}

/** What the origin keeps to. Throws `ingest/address-list-invalid`. */
export function rulesOf(
  endpoint: StoredEndpoint,
  secrets: SignatureSecrets,
  isOfAnother: EndpointRules['isOfAnother'],
): EndpointRules {
  const { accessControl } = endpoint;
  const keys = accessControl?.akamai?.akamaiSignatureHeaderAuthenticationKeyList ?? [];
  return {
    admits: admittedBy(accessControl?.ip),
    signatureKeys: keys.map(({ identifier, expiration }) => ({
      identifier,
      key: keyOf(identifier, secrets),
      expiresMs: expiration === undefined ? undefined : Date.parse(expiration),
    })),
    isOfAnother,
    crossSiteAccessPolicies: endpoint.crossSiteAccessPolicies ?? {},
    maxCacheAge: endpoint.maxCacheAge,
  };
}

/** In the place of a key that is gone one that nobody knows: nobody is let in by its absence. */
function keyOf(identifier: string, secrets: SignatureSecrets): Uint8Array {
  const key = Object.hasOwn(secrets, identifier) ? secrets[identifier] : undefined;
  return key === undefined ? randomBytes(32) : Buffer.from(key, 'base64');
}

/** Identifiers of those whose secrets are not there. */
export function lackingKeys({ accessControl }: StoredEndpoint, secrets: SignatureSecrets): readonly string[] {
  const keys = accessControl?.akamai?.akamaiSignatureHeaderAuthenticationKeyList ?? [];
  return keys.map(({ identifier }) => identifier).filter((identifier) => !Object.hasOwn(secrets, identifier));
}

/** Spec 5.1: an empty list is everybody, unlike that of a live event. */
function admittedBy(ip: AccessControl['ip']): EndpointRules['admits'] {
  if (ip === undefined || ip.allow.length === 0) {
    return () => true;
  }
  try {
    const list = parseIpList({ ip });
    return (address) => list.has(address);
  } catch (error) {
    const { code, message, details } = toAppError(error);
    const field = 'accessControl.ip';
    throw new AppError(code, `${field}: ${message}`, { details: { ...details, field }, cause: error });
  }
}
