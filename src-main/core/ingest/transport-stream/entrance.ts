import type { Clock } from '../../../base/clock.ts';
import type { IngestDoor, IngestEndCode } from '../../ports/ingest.ts';
import type { Logger } from '../../ports/logger.ts';
import type { SenderLimits } from './sender.ts';

/** What every way in is made with. */
export type EntranceOptions = {
  readonly door: IngestDoor;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits: SenderLimits;
};

/** One port of one event. */
export type Entrance = {
  readonly port: number;
  /** How many send now. */
  readonly senders: () => number;
  /** Sends everybody away and frees the port. */
  readonly close: (reason: IngestEndCode) => Promise<void>;
};

/** TCP and UDP carry no name of a stream, and one stream. */
export const ONLY_STREAM = 'main';

/** As many as come to one port at a time: an encoder, its spare, and those that have not noticed yet that they are gone. */
export const MAX_SENDERS = 4;

/** An IPv4 address never in the form that a socket for both families gives it. */
export function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '');
}

/** How a host stands in an address. */
export function hostInUrl(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
