import { AD_CUE_TIMESCALE } from '../../../media/flv/ad-cue.ts';
import { ticks } from '../../../media/time.ts';
import { AppError, toAppError } from '../../../shared/app-error.ts';
import type { IncomingTrackInput, IngestConnection, IngestDoor, IngestEndCode } from '../../ports/ingest.ts';
import type { Logger } from '../../ports/logger.ts';
import type { LinkFrame, TrackKind } from './link.ts';
import {
  type ReceiverCommand,
  type ReceiverEvent,
  reasonFromWire,
  reasonToWire,
  trackFromWire,
} from './messages.ts';

type Told<T extends ReceiverEvent['type']> = Extract<ReceiverEvent, { type: T }>;

/** The streams that one receiver process has: between it and the door. */
export type Publishers = {
  publish(event: Told<'publish'>): void;
  track(event: Told<'track'>): void;
  readonly sample: (frame: Extract<LinkFrame, { kind: 'sample' }>) => void;
  cue(event: Told<'cue'>): void;
  ended(event: Told<'ended'>): void;
  /** All of them are over. */
  endAll(reason: AppError | IngestEndCode): void;
  readonly count: () => number;
};

type Publisher = {
  /** Undefined while the door is being asked. */
  connection: IngestConnection | undefined;
  readonly tracks: Map<TrackKind, IncomingTrackInput>;
};

const CUE_SCHEME = 'urn:scte:scte35:2013:bin';
const CUE_MESSAGE = 'onAdCue';

export function createPublishers(options: {
  readonly door: IngestDoor;
  readonly logger: Logger;
  readonly send: (command: ReceiverCommand) => void;
}): Publishers {
  const { door, logger, send } = options;
  const publishers = new Map<number, Publisher>();

  /** Runs a step of one publisher; what it throws ends that publisher and nothing else. */
  function step(id: number, action: (connection: IngestConnection, tracks: Publisher['tracks']) => void): void {
    const publisher = publishers.get(id);
    // After it was ended here, what was on its way still arrives.
    if (publisher?.connection === undefined) {
      return;
    }
    try {
      action(publisher.connection, publisher.tracks);
    } catch (error) {
      const reason = toAppError(error);
      // The door may have ended it itself before it threw.
      if (publishers.delete(id)) {
        turnAway(id, reason);
        publisher.connection.end(reason);
      }
    }
  }

  function turnAway(id: number, reason: AppError | IngestEndCode): void {
    if (reason instanceof AppError && reason.code === 'service/internal') {
      logger.error({ error: reason, connection: id }, 'an encoder was turned away by a mistake of ours');
    }
    send({ type: 'end', id, reason: reasonToWire(reason) });
  }

  return {
    publish({ id, entrance, address, port, accessToken, streamName, ingestUrl }) {
      const publisher: Publisher = { connection: undefined, tracks: new Map() };
      publishers.set(id, publisher);
      // Numbers come again with every process, and the door may hold on to what it was given.
      const isPresent = (): boolean => publishers.get(id) === publisher;
      function drop(reason: AppError | IngestEndCode): void {
        if (isPresent()) {
          publishers.delete(id);
          turnAway(id, reason);
        }
      }
      try {
        const connection = door.connect({
          protocol: 'RTMP',
          accessToken,
          streamName,
          ingestUrl,
          entrance,
          peer: { address, port },
          disconnect: drop,
        });
        if (isPresent()) {
          publisher.connection = connection;
          send({ type: 'accept', id });
        }
      } catch (error) {
        drop(toAppError(error));
      }
    },
    track({ id, description, declaredBitrate }) {
      step(id, (connection, tracks) => {
        const track = trackFromWire(description);
        tracks.set(track.kind, connection.addTrack({ description: track, declaredBitrate }));
      });
    },
    sample({ connection, track, sample }) {
      step(connection, (_, tracks) => tracks.get(track)?.push([sample]));
    },
    cue({ id, cueId, time, duration, section }) {
      step(id, (connection) =>
        connection.cue({
          scheme: CUE_SCHEME,
          value: CUE_MESSAGE,
          id: cueId,
          time: { ticks: ticks(time), timescale: AD_CUE_TIMESCALE },
          duration,
          message: section === undefined ? undefined : new Uint8Array(Buffer.from(section, 'base64')),
        }),
      );
    },
    ended({ id, reason }) {
      step(id, (connection) => {
        publishers.delete(id);
        connection.end(reasonFromWire(reason));
      });
    },
    endAll(reason) {
      for (const id of [...publishers.keys()]) {
        step(id, (connection) => {
          publishers.delete(id);
          connection.end(reason);
        });
      }
    },
    count: () => publishers.size,
  };
}
