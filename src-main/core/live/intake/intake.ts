import { createHash } from 'node:crypto';
import type { Clock } from '../../../base/clock.ts';
import type { LiveEvent } from '../../../shared/api/live-events.ts';
import { AppError } from '../../../shared/app-error.ts';
import type { IncomingCue, IngestDoor, IngestRequest } from '../../ports/ingest.ts';
import type { Logger } from '../../ports/logger.ts';
import { isSameSecret } from '../../ports/same-secret.ts';
import type { EventLog } from '../../ports/services.ts';
import type { IngestTelemetry } from '../../ports/telemetry.ts';
import { isEncoding, segmentSecondsOf } from '../event-resource.ts';
import { connectionDenied, createFeed, type IntakeFeed, type IntakeFeedOptions, type OpenedFeed } from './feed.ts';
import { createTelemetry, type TelemetryLimits } from './telemetry.ts';

/** Where outside encoders and the live events that they send to find each other. */
export type Intake = {
  /** For every way in. */
  readonly door: IngestDoor;
  readonly telemetry: IngestTelemetry;
  /** A live event begins to run: its access token is good from now on. Throws `resource/in-use` when another event runs with it. */
  open(options: IntakeFeedOptions): IntakeFeed;
  /**
   * A cue for a running event that comes by no connection: timed metadata (spec 2.13). Throws as `IngestDoor.connect` does, telling nobody,
   * and `ingest/cue-invalid`.
   */
  cue(request: Pick<IngestRequest, 'protocol' | 'accessToken' | 'peer'>, cue: IncomingCue): void;
};

export type IntakeOptions = {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly events: EventLog;
  readonly telemetryLimits?: Partial<TelemetryLimits> | undefined;
};

type Knock = Pick<IngestRequest, 'protocol' | 'accessToken' | 'peer'>;

export function createIntake({ clock, logger, events, telemetryLimits }: IntakeOptions): Intake {
  const telemetry = createTelemetry({ clock, events, limits: telemetryLimits });
  const feeds = new Map<string, OpenedFeed>();

  function admitted({ protocol, accessToken, peer }: Knock): OpenedFeed {
    const feed = feeds.get(keyOf(protocol, accessToken));
    if (feed === undefined) {
      throw new AppError(
        'MPE_RTMP_APPID_AUTH_FAILURE',
        'The access token in the address is of no live event that runs and takes this protocol. Copy the ingest address again, and start the live event.',
        { details: { protocol } },
      );
    }
    if (!feed.admits(peer)) {
      throw connectionDenied(peer);
    }
    return feed;
  }

  /** The running event of a token, whatever it takes: to tell its owner of who was turned away. */
  function eventOf(accessToken: string): string | undefined {
    const token = plainToken(accessToken);
    return [...feeds.values()].find(({ event }) => isSameSecret(plainToken(event.input.accessToken), token))?.event
      .name;
  }

  return {
    telemetry,
    door: {
      connect(request) {
        try {
          return admitted(request).connect(request);
        } catch (error) {
          if (error instanceof AppError) {
            const liveEvent = eventOf(request.accessToken);
            logger.warn({ liveEvent, peer: request.peer.address, code: error.code }, 'an encoder was turned away');
            telemetry.rejected(liveEvent, request, error.code);
          }
          throw error;
        }
      },
      check: (request) => void admitted(request),
      misaddressed({ ingestUrl, peer }) {
        // Nothing of what it asked for is said again: a token may stand anywhere in it.
        telemetry.rejected(undefined, { streamName: '', ingestUrl, peer }, 'MPE_BAD_URL_SYNTAX');
      },
    },
    open(options) {
      const { event } = options;
      const key = keyOf(event.input.streamingProtocol, event.input.accessToken);
      const other = feeds.get(key)?.event.name;
      if (other !== undefined) {
        throw new AppError(
          'resource/in-use',
          `The live event ${other} runs with the access token of ${event.name}. Give one of them another.`,
          { details: { liveEvent: event.name, other } },
        );
      }
      const feed = createFeed({
        ...options,
        clock,
        events,
        logger: logger.child({ liveEvent: event.name }),
        telemetry: telemetry.beginRun(
          event.name,
          isEncoding(event.encoding.encodingType) ? undefined : segmentSecondsOf(event),
        ),
        rejected: (request, code) => telemetry.rejected(event.name, request, code),
        onStopped: () => void feeds.delete(key),
      });
      feeds.set(key, feed);
      return feed;
    },
    cue: (request, cue) => admitted(request).cue(cue),
  };
}

/** A digest, so that how long it takes to find an event says nothing about its token. */
function keyOf(protocol: LiveEvent['input']['streamingProtocol'], accessToken: string): string {
  return createHash('sha256')
    .update(`${protocol} ${plainToken(accessToken)}`)
    .digest('hex');
}

/** A GUID with or without its hyphens, in either case. */
function plainToken(accessToken: string): string {
  return accessToken.replaceAll('-', '').toLowerCase();
}
