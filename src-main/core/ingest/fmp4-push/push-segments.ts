import { createSerial, type Serial } from '../../../base/serial.ts';
import { AppError } from '../../../shared/app-error.ts';
import type { Body } from './body.ts';
import { type Exchange, hasBody } from './exchange.ts';
import { type Link, openLink, type PushContext } from './link.ts';
import { createStreamFeed } from './stream-feed.ts';
import type { StreamHeader, TrackIntake } from './track-intake.ts';

/**
 * Streams that come as one request for each segment (DASH-IF Live Media Ingest 1.2, §6 with short requests, and what ffmpeg and GPAC do). The
 * segments of one quality, over however many connections, go through the door as one.
 */
export type SegmentPushes = {
  /** Rejects with what the answer is to say, `StreamEnded` among it. */
  readonly push: (exchange: Exchange, segment: SegmentAddress) => Promise<void>;
  /** Ends every stream. What is being sent is for the caller to end. */
  readonly close: (reason: AppError) => void;
};

export type SegmentAddress = {
  readonly accessToken: string;
  readonly streamName: string;
  /** Below the token. */
  readonly path: string;
};

/** One quality. It lives for as long as its header is worth remembering. */
type Session = {
  readonly serial: Serial;
  readonly address: SegmentAddress;
  header: StreamHeader | undefined;
  link: Link | undefined;
  /** What is being received. */
  active: { readonly path: string; readonly body: Body } | undefined;
  /** Of those that were let in, also the active one. */
  requests: number;
  timer: Disposable | undefined;
};

/** The header that a segment needs has not been sent: the encoder is to send it again (DASH-IF §5). */
export const HEADER_MISSING_STATUS = 412;

export function createSegmentPushes(context: PushContext): SegmentPushes {
  const { clock, limits } = context;
  const sessions = new Map<string, Session>();
  let isClosed = false;

  function sessionOf(address: SegmentAddress): Session {
    const key = `${address.accessToken.toLowerCase()}/${address.streamName}`;
    const found = sessions.get(key);
    if (found !== undefined) {
      return found;
    }
    if (sessions.size >= limits.sessions) {
      throw overfull('More streams are being sent than are taken in.', limits.sessions);
    }
    const made: Session = {
      serial: createSerial(),
      address,
      header: undefined,
      link: undefined,
      active: undefined,
      requests: 0,
      timer: undefined,
    };
    sessions.set(key, made);
    return made;
  }

  /** A first silence ends the stream, a long one also the memory of it. */
  function rest(session: Session): void {
    session.timer?.[Symbol.dispose]();
    session.timer = clock.after(limits.sessionIdleMs, () => {
      session.link?.end('S_OK');
      session.timer = clock.after(session.header === undefined ? 0 : limits.headerKeptMs, () => {
        for (const [key, other] of sessions) {
          if (other === session) {
            sessions.delete(key);
          }
        }
      });
    });
  }

  /** Whatever has not come of the segment before is not waited for as long as it would be alone; of the same one, not at all. */
  function overtake({ active }: Session, path: string): void {
    if (active?.path === path) {
      active.body.stop(overtaken());
    } else {
      active?.body.setPace({ idleMs: limits.overtakenIdleMs, progressMs: limits.progressMs });
    }
  }

  async function receive(session: Session, exchange: Exchange, segment: SegmentAddress): Promise<void> {
    using memory = context.memory.open();
    const idleMs = session.requests > 1 ? limits.overtakenIdleMs : limits.bodyIdleMs;
    using body = context.openBody(exchange, { idleMs, progressMs: limits.progressMs });
    session.active = { path: segment.path, body };
    const intake = (): TrackIntake => {
      if (session.link === undefined || session.link.isOver()) {
        session.link = connect(session, exchange);
      }
      return session.link.intake;
    };
    const feed = createStreamFeed({ intake, memory, maxBoxBytes: limits.boxBytes, known: session.header });
    let received = 0;
    try {
      const ended = await body.read((bytes) => {
        received += bytes.length;
        const progressed = feed.push(bytes);
        session.header = session.link?.intake.header() ?? session.header;
        return progressed;
      });
      // An empty one asks whether the address is right.
      if (ended === 'complete' && received > 0) {
        feed.end();
      }
    } catch (error) {
      // Damaged bytes spoil one segment; what the door or the intake refuses spoils the stream.
      if (!isOfBytes(error)) {
        session.link?.end(error);
      }
      throw error;
    } finally {
      session.active = undefined;
    }
  }

  function connect(session: Session, exchange: Exchange): Link {
    return openLink(context, exchange, {
      ...session.address,
      known: session.header,
      onEnded: (reason) => session.active?.body.stop(reason),
    });
  }

  return {
    async push(exchange, segment) {
      if (!hasBody(exchange.request)) {
        return;
      }
      const session = sessionOf(segment);
      if (session.requests > limits.waitingSegments) {
        throw overfull(
          'More segments of one stream are being sent at once than are taken in.',
          limits.waitingSegments,
        );
      }
      session.requests += 1;
      session.timer?.[Symbol.dispose]();
      overtake(session, segment.path);
      try {
        await session.serial.run(async () => {
          // Whoever gave up while it waited is not read.
          if (!exchange.request.destroyed) {
            await receive(session, exchange, segment);
          }
        });
      } finally {
        session.requests -= 1;
        if (session.requests === 0 && !isClosed) {
          rest(session);
        }
      }
    },
    close(reason) {
      isClosed = true;
      for (const session of sessions.values()) {
        session.timer?.[Symbol.dispose]();
        session.link?.end(reason);
      }
      sessions.clear();
    },
  };
}

function isOfBytes(error: unknown): boolean {
  return (
    error instanceof AppError &&
    (error.code.startsWith('media/') ||
      error.code === 'MPE_INGEST_DESCRIPTION_INFO_NOT_RECEIVED' ||
      error.code === 'ERROR_END_OF_MEDIA' ||
      error.code === 'MPE_RTMP_SESSION_IDLE_TIMEOUT')
  );
}

function overfull(message: string, limit: number): AppError {
  return new AppError('MPE_CAPACITY_LIMIT_REACHED', message, { details: { limit } });
}

function overtaken(): AppError {
  return new AppError(
    'MPE_RTMP_SESSION_IDLE_TIMEOUT',
    'The same segment is being sent again, so this one is not waited for.',
  );
}
