import { z } from 'zod';
import { isoTime, problem, resourceName } from './common.ts';
import { EVENT_TYPES } from './events.ts';

/** Events that webhooks are never told of: a delivery would cause the next one. */
const OWN_TYPES = ['Lectern.WebhookChanged', 'Lectern.WebhookDeleted', 'Lectern.Resync'] as const;

export const WEBHOOK_EVENT_TYPES = EVENT_TYPES.filter(
  (type): type is Exclude<(typeof EVENT_TYPES)[number], (typeof OWN_TYPES)[number]> =>
    !OWN_TYPES.some((own) => own === type),
);

/** Told several times a second and of use to a page only: sent to who names it. */
export const NOISY_EVENT_TYPES: readonly string[] = ['Lectern.StudioChanged', 'Lectern.PreflightChanged'];

/** `Event`: one envelope as a JSON object. `EventGrid`: a list of one, with the headers and the validation handshake of Azure Event Grid. */
const DELIVERY_SCHEMAS = ['Event', 'EventGrid'] as const;

/**
 * `off`: not enabled. `idle`: everything has been delivered. `delivering`. `waiting`: the last try failed, the next is at `retryAt`.
 */
const WEBHOOK_STATES = ['off', 'idle', 'delivering', 'waiting'] as const;

const eventTypes = z.array(z.enum(WEBHOOK_EVENT_TYPES)).max(WEBHOOK_EVENT_TYPES.length);

const webhookUrl = z
  .string()
  .max(2048)
  .refine((text) => isWebAddress(text), 'must be an http:// or https:// address without user name and password');

/** `new URL` is no part of the language that shared/ is written in, and says less than this. */
function isWebAddress(text: string): boolean {
  return /^https?:\/\/(?:\[[0-9a-f:.]+\]|[^\s/?#@:[\]]+)(?::\d{1,5})?(?:[/?]\S*)?$/i.test(text);
}

/** Where events are sent to. */
export const webhook = z.strictObject({
  name: resourceName,
  url: z.string(),
  /** The secret itself is never given back. */
  hasSecret: z.boolean(),
  /** Empty: all but `Lectern.StudioChanged`. */
  eventTypes,
  deliverySchema: z.enum(DELIVERY_SCHEMAS),
  enabled: z.boolean(),
  created: isoTime,
  lastModified: isoTime,
  state: z.enum(WEBHOOK_STATES),
  /** Events that wait, the one under way included. */
  queued: z.number().int().min(0),
  /** Delivered since the start of the service. */
  delivered: z.number().int().min(0),
  /** Given up since the start of the service: refused for good, too old, or pushed out of a full queue. */
  dropped: z.number().int().min(0),
  /** Tries that failed in a row. */
  failures: z.number().int().min(0),
  retryAt: isoTime.optional(),
  lastDelivery: z.strictObject({ time: isoTime, eventId: z.string(), status: z.number().int() }).optional(),
  error: problem.optional(),
});
export type Webhook = z.infer<typeof webhook>;

export const webhookCreate = z.strictObject({
  url: webhookUrl,
  /** Write-only: key of the HMAC in `Lectern-Signature`. Without it nothing is signed. */
  secret: z.string().min(8).max(1024).optional(),
  eventTypes: eventTypes.default([]),
  deliverySchema: z.enum(DELIVERY_SCHEMAS).default('Event'),
  enabled: z.boolean().default(true),
});
export type WebhookCreate = z.infer<typeof webhookCreate>;

export const webhookPatch = z.strictObject({
  url: webhookUrl.optional(),
  /** `null`: nothing is signed any more. */
  secret: z.union([z.string().min(8).max(1024), z.null()]).optional(),
  eventTypes: eventTypes.optional(),
  deliverySchema: z.enum(DELIVERY_SCHEMAS).optional(),
  enabled: z.boolean().optional(),
});
export type WebhookPatch = z.infer<typeof webhookPatch>;
