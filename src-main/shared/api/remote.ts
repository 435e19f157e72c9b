import { z } from 'zod';
import { isoTime, problem } from './common.ts';
import { proofOfAir } from './proof-of-air.ts';
import { STUDIO_PHASES, scene } from './studio.ts';

/**
 * The remote: a page on a phone in the same network. It has a server and a small API of its own, which can do what a helper of the presenter does
 * while something is live and nothing else: there is no way from it to settings, keys, files or sources.
 */

const deviceName = z.string().trim().min(1).max(60);
const deviceId = z.string();

/** A phone that was let in. Its token is known to itself alone. */
export const remoteDevice = z.strictObject({
  id: deviceId,
  name: deviceName,
  pairedAt: isoTime,
  lastSeen: isoTime.optional(),
  /** The address it came from last. */
  from: z.string().optional(),
  /** It has the page open now. */
  connected: z.boolean(),
});
export type RemoteDevice = z.infer<typeof remoteDevice>;

export const remoteStatus = z.strictObject({
  /** As the setting `network.remote` says; what is listening may lag behind, or fail with `error`. */
  enabled: z.boolean(),
  /** Where the page is: for each address of this computer one. Empty while nothing listens. */
  urls: z.array(z.string()),
  /** With the certificate of the settings. Without it, everybody on the network could listen in. */
  tls: z.boolean(),
  error: problem.optional(),
  /** While a code is good. The code itself is given to who asked for it, once. */
  pairing: z.strictObject({ expiresAt: isoTime, attemptsLeft: z.number().int().min(0) }).optional(),
  devices: z.array(remoteDevice),
});
export type RemoteStatus = z.infer<typeof remoteStatus>;

export const remotePairing = z.strictObject({
  /** Eight characters, for typing. */
  code: z.string(),
  /** The page with the code behind `#`, where no server sees it: for a QR code. */
  url: z.string(),
  expiresAt: isoTime,
});
export type RemotePairing = z.infer<typeof remotePairing>;

export const remoteDevicePatch = z.strictObject({ name: deviceName });

// What the phone says and hears.

export const pairRequest = z.strictObject({
  code: z.string().min(1).max(40),
  name: deviceName,
});

/** What can be done now; a page leaves out what it does not know. */
export const REMOTE_ACTIONS = ['mute', 'scene', 'mark', 'retry', 'panic', 'panic-off', 'end', 'undo-end'] as const;
export type RemoteActionKind = (typeof REMOTE_ACTIONS)[number];

/** What a helper needs to know, and no more of the studio than that. */
export const remoteState = z.strictObject({
  device: deviceName,
  title: z.string(),
  phase: z.enum(STUDIO_PHASES),
  /** The service's clock at the time of telling, for counting on. */
  now: isoTime,
  startedAt: isoTime.optional(),
  undoUntil: isoTime.optional(),
  viewers: z.number().int().min(0),
  health: z.enum(['good', 'fair', 'poor']),
  /** Why the health is less than good, as in the studio's state; `subject` is the label of what it is about. */
  troubles: z.array(z.strictObject({ code: z.string(), subject: z.string(), detail: z.string() })),
  inputs: z.array(z.strictObject({ id: z.string(), label: z.string(), muted: z.boolean() })),
  scenes: z.array(z.strictObject({ label: z.string(), scene, isOnAir: z.boolean() })),
  destinations: z.array(z.strictObject({ name: z.string(), state: z.string(), retryAt: isoTime.optional() })),
  /** What viewers see, looked at from outside. */
  air: z.array(proofOfAir),
  /** The page for viewers, to show what they see. Left out when a phone could not reach it. */
  watchUrl: z.string().optional(),
  isPanicking: z.boolean(),
  actions: z.array(z.enum(REMOTE_ACTIONS)),
});
export type RemoteState = z.infer<typeof remoteState>;

export const remoteAction = z.discriminatedUnion('action', [
  z.strictObject({ action: z.literal('mute'), input: z.string().max(100), muted: z.boolean() }),
  z.strictObject({ action: z.literal('scene'), scene }),
  z.strictObject({ action: z.literal('mark'), label: z.string().max(200).default('') }),
  z.strictObject({ action: z.literal('retry'), destination: z.string().max(260) }),
  z.strictObject({ action: z.literal('panic') }),
  z.strictObject({ action: z.literal('panic-off') }),
  /** With its 5 s in which `undo-end` takes it back. */
  z.strictObject({ action: z.literal('end') }),
  z.strictObject({ action: z.literal('undo-end') }),
]);
export type RemoteAction = z.infer<typeof remoteAction>;
