import type { ServerResponse } from 'node:http';
import type { Clock } from '../../../base/clock.ts';
import type { RemoteDesk } from '../../ports/remote.ts';
import { writeHead } from '../answer.ts';

const HEARTBEAT_MS = 10_000;
/** Often enough for a clock and a light; a state has a few kilobytes. */
const TELL_EVERY_MS = 400;
/** A phone that does not read gets the next state instead. */
const MAX_UNREAD_BYTES = 256 * 1024;
/** Pages that one device has open. */
const MOST_OF_A_DEVICE = 4;

export type StateStreams = Disposable & {
  /** Turns a request into an endless answer: the whole state, at once and whenever it has changed. */
  readonly open: (deviceId: string, response: ServerResponse) => void;
};

type Stream = {
  readonly deviceId: string;
  readonly response: ServerResponse;
  readonly connection: Disposable;
  last: string;
};

/** Server-sent events, one for each state. The streams of a device that is let in no more end at once. */
export function openStateStreams({
  desk,
  clock,
}: {
  readonly desk: RemoteDesk;
  readonly clock: Clock;
}): StateStreams {
  const streams = new Set<Stream>();
  let telling: Disposable | undefined;
  let beating = clock.after(HEARTBEAT_MS, beat);

  function beat(): void {
    for (const { response } of streams) {
      response.write(': still here\n\n');
    }
    beating = clock.after(HEARTBEAT_MS, beat);
  }

  function tell(stream: Stream): void {
    if (stream.response.writableLength > MAX_UNREAD_BYTES) {
      return;
    }
    const state = desk.state(stream.deviceId);
    // The time alone is no news.
    const news = JSON.stringify({ ...state, now: undefined });
    if (news !== stream.last) {
      stream.last = news;
      stream.response.write(`data: ${JSON.stringify(state)}\n\n`);
    }
  }

  const changes = desk.changed.on(() => {
    if (streams.size > 0) {
      telling ??= clock.after(TELL_EVERY_MS, () => {
        telling = undefined;
        for (const stream of [...streams]) {
          tell(stream);
        }
      });
    }
  });
  const revocations = desk.revoked.on((deviceId) => {
    for (const stream of [...streams].filter((candidate) => candidate.deviceId === deviceId)) {
      stream.response.destroy();
      close(stream);
    }
  });

  function close(stream: Stream): void {
    if (streams.delete(stream)) {
      stream.connection[Symbol.dispose]();
    }
  }

  return {
    open(deviceId, response) {
      const own = [...streams].filter((stream) => stream.deviceId === deviceId);
      if (own.length >= MOST_OF_A_DEVICE) {
        own[0]?.response.destroy();
      }
      writeHead(response, 200, {
        'Content-Type': 'text/event-stream',
        'X-Accel-Buffering': 'no',
        Connection: 'close',
      });
      // The heartbeat finds out about dead connections.
      response.setTimeout(0);
      response.write('retry: 1000\n\n');
      const stream: Stream = { deviceId, response, connection: desk.connect(deviceId), last: '' };
      streams.add(stream);
      response.once('close', () => close(stream));
      tell(stream);
    },
    [Symbol.dispose]() {
      changes[Symbol.dispose]();
      revocations[Symbol.dispose]();
      telling?.[Symbol.dispose]();
      beating[Symbol.dispose]();
      for (const stream of [...streams]) {
        stream.response.end();
        close(stream);
      }
    },
  };
}
