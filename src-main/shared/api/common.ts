import { z } from 'zod';
import { parseIsoDuration } from '../iso-duration.ts';

/** ISO 8601 UTC instant, as `Date.prototype.toISOString` writes it. */
export const isoTime = z.iso.datetime({ offset: true });

/** ISO 8601 duration of days, hours, minutes and seconds. */
export const isoDuration = z
  .string()
  .refine((text) => parseIsoDuration(text) !== undefined, 'must be an ISO 8601 duration such as PT1H30M')
  .meta({ format: 'duration' });

/** An ISO 8601 duration between two bounds, both included. The bounds are durations themselves, so that the message can say them. */
export function isoDurationBetween(least: string, most: string) {
  const from = parseIsoDuration(least) ?? 0;
  const to = parseIsoDuration(most) ?? Infinity;
  return isoDuration.refine((text) => {
    const seconds = parseIsoDuration(text) ?? -1;
    return seconds >= from && seconds <= to;
  }, `must be between ${least} and ${most}`);
}

export const guid = z.string().regex(/^[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}$/, 'must be a GUID');

/** Bytes in base64 (RFC 4648 §4), padded. */
export const base64 = z
  .string()
  .regex(/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/, 'must be base64');

/** How many bytes valid base64 stands for. */
export function base64Size(text: string): number {
  return (text.length / 4) * 3 - (text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0);
}

/** Names of live events (spec 2.3). */
export const liveEventName = z
  .string()
  .min(1)
  .max(32)
  .regex(/^[a-zA-Z0-9]+(-*[a-zA-Z0-9])*$/, 'must be letters and digits, with hyphens inside');

/** Names of live outputs (spec 3). */
export const liveOutputName = z
  .string()
  .min(1)
  .max(256)
  .regex(/^[a-zA-Z0-9]+(-*[a-zA-Z0-9])*$/, 'must be letters and digits, with hyphens inside');

/** Names of assets, locators, policies and destinations: they appear in URLs and in file dialogs. */
export const resourceName = z
  .string()
  .min(1)
  .max(260)
  .regex(/^[\p{L}\p{N}](?:[\p{L}\p{N} ._()-]*[\p{L}\p{N})])?$/u, 'must start and end with a letter or digit');

/** Part of a URL (`…/{manifestName}.ism/manifest`). */
export const manifestName = z
  .string()
  .min(1)
  .max(128)
  .regex(/^[A-Za-z0-9][A-Za-z0-9_-]*$/, 'must be letters, digits, hyphens and underscores');

export const tags = z.record(z.string().max(256), z.string().max(256));

/** Addresses that are let in (spec 2.6): one address, CIDR, or dotted mask in `address`, or a prefix length beside it. */
export const ipAccessControl = z.strictObject({
  ip: z.strictObject({
    allow: z
      .array(
        z.strictObject({
          name: z.string().min(1).max(256).optional(),
          /** `10.0.0.1`, `10.0.0.0/22`, `10.0.0.1(255.255.252.0)`, `fd00::/8`. */
          address: z.string().min(2).max(64),
          subnetPrefixLength: z.number().int().min(0).max(128).optional(),
        }),
      )
      .max(400),
  }),
});
export type IpAccessControl = z.infer<typeof ipAccessControl>;

/** Files that pages of Silverlight and Flash ask for before they read from another site (spec 5.1). */
export const crossSiteAccessPolicies = z.strictObject({
  clientAccessPolicy: z.string().max(65_536).optional(),
  crossDomainPolicy: z.string().max(65_536).optional(),
});
export type CrossSiteAccessPolicies = z.infer<typeof crossSiteAccessPolicies>;

/** The list query every collection takes; `$filter` and `$orderby` follow the OData subset of `core/control/odata.ts`. */
export const listQuery = z.strictObject({
  $filter: z.string().max(1000).optional(),
  $orderby: z.string().max(200).optional(),
  $top: z.coerce.number().int().min(1).max(1000).optional(),
  $skiptoken: z.string().max(500).optional(),
  search: z.string().max(200).optional(),
});
export type ListQuery = z.infer<typeof listQuery>;

export function listOf<T extends z.ZodType>(item: T) {
  return z.strictObject({ value: z.array(item), nextLink: z.string().optional() });
}

/** RFC 9457 problem document. `detail` is a sentence for people; `details` are the facts it was made of. */
export const problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  detail: z.string(),
  code: z.string(),
  details: z.record(z.string(), z.unknown()).optional(),
  /** For a request with fields that are not right: which, and why. */
  errors: z.array(z.strictObject({ field: z.string(), message: z.string() })).optional(),
});
export type Problem = z.infer<typeof problem>;

/** A long operation. `result` is the URL of what it made or changed. */
export const operation = z.strictObject({
  id: z.string(),
  /** Which action, for example `liveEvents/start`. */
  action: z.string(),
  subject: z.string(),
  status: z.enum(['InProgress', 'Succeeded', 'Failed']),
  startTime: isoTime,
  endTime: isoTime.optional(),
  result: z.string().optional(),
  error: problem.optional(),
});
export type Operation = z.infer<typeof operation>;

/** `?wait=PT30S` on a long operation holds the answer until it has ended, at most five minutes. */
export const waitQuery = z.strictObject({ wait: isoDurationBetween('PT0S', 'PT5M').optional() });
