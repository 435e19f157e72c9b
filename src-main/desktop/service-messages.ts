import { z } from 'zod';
import { STUDIO_PHASES } from '../shared/api/studio.ts';
import { AppError, toAppError } from '../shared/app-error.ts';
import type { WireError } from '../shared/desktop-contract.ts';
import { isErrorCode } from '../shared/error-codes.ts';

/**
 * What Electron's main process and the service process say to each other. Both are ours and of one build; the schemas are here because a
 * message that is not understood must be an error with a name, not a silence.
 */
const wireError = z.object({
  code: z.string(),
  message: z.string(),
  details: z.record(
    z.string(),
    z.union([z.string(), z.number(), z.boolean(), z.array(z.string()).readonly()]).optional(),
  ),
});

/** As much of the presenter's session as the tray, the dock and the question before quitting need. */
const onAirStatus = z.object({
  phase: z.enum(STUDIO_PHASES),
  title: z.string(),
  startedAt: z.string().optional(),
  undoUntil: z.string().optional(),
});
export type OnAirStatus = z.infer<typeof onAirStatus>;

const port = z.number().optional();

/** The first message: as much of `ServiceOptions` as can be sent. */
const openMessage = z.object({
  type: z.literal('open'),
  dataDir: z.string(),
  controlPort: port,
  originPort: port,
  rtmpPort: port,
  rtmpsPort: port,
  ingestPort: port,
  srtPort: port,
  remotePort: port,
  pagesFolder: z.string(),
  helpFolder: z.string(),
  version: z.string(),
  resourcesFolder: z.string().optional(),
});
export type OpenMessage = z.infer<typeof openMessage>;

export const toService = z.discriminatedUnion('type', [
  openMessage,
  z.object({ type: z.literal('close') }),
  /** The computer did, from sleep. */
  z.object({ type: z.literal('woke-up') }),
  /** The answer to a `call` of the same id. */
  z.object({ type: z.literal('answer'), id: z.number(), value: z.union([z.string(), z.number()]).optional() }),
  z.object({ type: z.literal('refusal'), id: z.number(), error: wireError }),
  z.object({ type: z.literal('child-exited'), pid: z.number(), code: z.number().nullable() }),
]);
export type ToService = z.infer<typeof toService>;

/** What only the main process can do: it alone may start processes of Electron's and reach the keychain. */
const serviceCall = z.discriminatedUnion('name', [
  z.object({ name: z.literal('get-secret'), key: z.string() }),
  z.object({ name: z.literal('set-secret'), key: z.string(), value: z.string() }),
  z.object({ name: z.literal('delete-secret'), key: z.string() }),
  /** Answers with the process id. */
  z.object({
    name: z.literal('launch-node'),
    label: z.string(),
    entry: z.string(),
    env: z.record(z.string(), z.string()),
  }),
]);
export type ServiceCall = z.infer<typeof serviceCall>;

export const fromService = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('ready'),
    controlUrl: z.url({ protocol: /^http$/, hostname: /^(127\.0\.0\.1|localhost)$/ }),
    originUrl: z.url(),
    token: z.string(),
  }),
  /** It could not be opened, or could not go on. It ends by itself. */
  z.object({ type: z.literal('failed'), error: wireError }),
  z.object({ type: z.literal('status'), status: onAirStatus }),
  z.object({ type: z.literal('call'), id: z.number(), call: serviceCall }),
  z.object({ type: z.literal('kill-child'), pid: z.number() }),
]);
export type FromService = z.infer<typeof fromService>;

export function toWire(thrown: unknown): WireError {
  const error = toAppError(thrown);
  return { code: error.code, message: error.message, details: error.details };
}

export function fromWire(error: WireError): AppError {
  return new AppError(isErrorCode(error.code) ? error.code : 'service/internal', error.message, {
    details: error.details,
  });
}
