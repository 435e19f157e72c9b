import { z } from 'zod';
import type { Clock } from '../../../base/clock.ts';
import { isoTime } from '../../../shared/api/common.ts';
import { type Destination, destination } from '../../../shared/api/publishing.ts';
import type { Repository } from '../../ports/catalogue.ts';
import type { EventLog } from '../../ports/services.ts';

/** What a destination took the last time it was sent to. */
export const throughput = z.strictObject({
  /** Another address is another network. */
  url: z.string(),
  at: isoTime,
  /** Mean, in bits per second; while the network was the limit only, when it was. */
  bitrate: z.number(),
  /** Parts were left out, because no more than this got through. */
  limited: z.boolean(),
});
export type Throughput = z.infer<typeof throughput>;

export type ThroughputMemory = Disposable & {
  /** What the destination took the last time at its present address. */
  of(destination: Pick<Destination, 'name' | 'url'>): Throughput | undefined;
};

/** Figures are told once a second; fewer than these say nothing about a network. */
const LEAST_SAMPLES = 10;
/** More waiting than this, and it is the network that says how much goes through. */
const WAITING_SECONDS = 1;
const DROPPED_SECONDS = 0.5;

type Sending = {
  readonly url: string;
  readonly droppedBefore: number;
  readonly all: number[];
  readonly whileWaiting: number[];
  droppedSeconds: number;
};

/** Remembers, over restarts, what each destination took, from the figures that everybody is told. */
export function watchThroughput(options: {
  readonly events: Pick<EventLog, 'published'>;
  readonly rows: Repository<Throughput>;
  readonly clock: Clock;
}): ThroughputMemory {
  const { rows, clock } = options;
  const sending = new Map<string, Sending>();

  const listening = options.events.published.on(({ eventType, subject, data }) => {
    if (eventType === 'Lectern.DestinationChanged') {
      const parsed = destination.safeParse(data);
      if (parsed.success) {
        note(parsed.data);
      }
    } else if (eventType === 'Lectern.DestinationDeleted') {
      const name = subject.slice(subject.indexOf('/') + 1);
      sending.delete(name);
      rows.delete(name);
    }
  });

  function note({ name, url, state, sentBitrate, queueSeconds, droppedSeconds }: Destination): void {
    if (state !== 'live') {
      keep(name);
      return;
    }
    const known = sending.get(name);
    const entry =
      known?.url === url
        ? known
        : { url, droppedBefore: droppedSeconds, all: [], whileWaiting: [], droppedSeconds };
    sending.set(name, entry);
    entry.droppedSeconds = droppedSeconds;
    if (sentBitrate > 0) {
      entry.all.push(sentBitrate);
      if (queueSeconds > WAITING_SECONDS) {
        entry.whileWaiting.push(sentBitrate);
      }
    }
  }

  function keep(name: string): void {
    const entry = sending.get(name);
    sending.delete(name);
    if (entry === undefined || entry.all.length < LEAST_SAMPLES) {
      return;
    }
    const limited = entry.droppedSeconds - entry.droppedBefore > DROPPED_SECONDS && entry.whileWaiting.length > 0;
    rows.put(name, {
      url: entry.url,
      at: new Date(clock.wallMs()).toISOString(),
      bitrate: mean(limited ? entry.whileWaiting : entry.all),
      limited,
    });
  }

  return {
    of({ name, url }) {
      const known = rows.get(name);
      return known?.url === url ? known : undefined;
    },
    [Symbol.dispose]: () => listening[Symbol.dispose](),
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
