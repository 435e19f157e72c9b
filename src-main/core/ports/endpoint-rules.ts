import type { CrossSiteAccessPolicies } from '../../shared/api/common.ts';

/** A key that a content delivery network signs its requests with. */
export type SignatureKey = {
  readonly identifier: string;
  readonly key: Uint8Array;
  /** UTC in ms; undefined: for good. */
  readonly expiresMs: number | undefined;
};

/** What one streaming endpoint asks of its callers and tells them. */
export type EndpointRules = {
  /** Whether callers of that IP address are answered. */
  readonly admits: (address: string) => boolean;
  /** When there are any, only what is signed with one of them is answered. */
  readonly signatureKeys: readonly SignatureKey[];
  /** Whether requests to that host name are for another endpoint. In lower case, without a port. */
  readonly isOfAnother: (hostName: string) => boolean;
  readonly crossSiteAccessPolicies: CrossSiteAccessPolicies;
  /** Seconds that fragments, and manifests that do not change any more, may be kept; undefined: as Azure Media Services had it. */
  readonly maxCacheAge: number | undefined;
};

/** A certificate with those that vouch for it, and its key; PEM. */
export type TlsMaterial = { readonly cert: string; readonly key: string };
