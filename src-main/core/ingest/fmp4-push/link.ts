import type { Clock } from '../../../base/clock.ts';
import { type AppError, toAppError } from '../../../shared/app-error.ts';
import type { IngestDoor, IngestEndCode } from '../../ports/ingest.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Body, BodyPace } from './body.ts';
import type { Exchange } from './exchange.ts';
import type { PushLimits } from './limits.ts';
import type { Memory } from './memory.ts';
import { createTrackIntake, type StreamHeader, type TrackIntake } from './track-intake.ts';

/** What both kinds of push share. */
export type PushContext = {
  readonly door: IngestDoor;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits: PushLimits;
  readonly memory: Memory;
  /** A body that ends when the service does. Disposing forgets it. */
  readonly openBody: (exchange: Exchange, pace: BodyPace) => Body & Disposable;
};

/** The door ended a stream, and that is no fault. */
export class StreamEnded extends Error {
  readonly code: IngestEndCode;

  constructor(code: IngestEndCode) {
    super(`the live event ended the stream with ${code}`);
    this.name = 'StreamEnded';
    this.code = code;
  }
}

/** A connection through the door and what goes through it. */
export type Link = {
  readonly intake: TrackIntake;
  /** Also when the door has ended it. */
  readonly isOver: () => boolean;
  /** Does nothing when the door has ended it already. Idempotent. */
  readonly end: (reason: unknown) => void;
};

/** Goes through the door. `onEnded` hears of it when the door ends the connection. Throws what the door refuses with. */
export function openLink(
  { door, logger }: PushContext,
  { peer, base }: Exchange,
  stream: {
    readonly accessToken: string;
    readonly streamName: string;
    /** Below the token. */
    readonly path: string;
    readonly known?: StreamHeader | undefined;
    readonly onEnded: (reason: Error) => void;
  },
): Link {
  const { accessToken, streamName, path, known, onEnded } = stream;
  let isOver = false;
  const connection = door.connect({
    protocol: 'FragmentedMP4',
    accessToken,
    streamName,
    ingestUrl: `${base}${path}`,
    // Of this protocol there is one address; two encoders may send to it at once (spec 2.9).
    entrance: 'primary',
    peer,
    disconnect(reason) {
      isOver = true;
      onEnded(typeof reason === 'string' ? new StreamEnded(reason) : reason);
    },
  });
  const end = (reason: unknown): void => {
    if (!isOver) {
      isOver = true;
      connection.end(endReason(reason));
    }
  };
  const told = logger.child({ stream: streamName, peer: peer.address });
  return { intake: createTrackIntake({ connection, logger: told, known }), isOver: () => isOver, end };
}

function endReason(reason: unknown): AppError | IngestEndCode {
  switch (reason) {
    case 'S_OK':
    case 'MPE_CLIENT_DISCONNECTED':
      return reason;
    default:
      return toAppError(reason);
  }
}
