import type { Clock } from '../../base/clock.ts';
import type { LiveEvent } from '../../shared/api/live-events.ts';
import type { IngestHeartbeat } from '../../shared/api/telemetry.ts';
import { parseIsoDuration } from '../../shared/iso-duration.ts';
import type { Logger } from '../ports/logger.ts';
import { isEncoding } from './event-resource.ts';

/** A running event without outputs. */
type Candidate = {
  readonly event: LiveEvent;
  readonly startedAtMs: number;
  readonly tracks: readonly Pick<IngestHeartbeat, 'lastFragmentArrivalTime'>[];
};

const LOOK_EVERY_MS = 60_000;

/**
 * Stops encoding events that encode for nobody: without outputs, and nothing has come in for so long (spec 2.1). Those that pass through
 * cost next to nothing and are never stopped.
 */
export function watchIdleEvents(options: {
  readonly clock: Clock;
  readonly candidates: () => readonly Candidate[];
  /** ISO 8601 duration. */
  readonly stopAfter: () => string;
  readonly stop: (name: string) => Promise<unknown>;
  readonly logger: Logger;
}): Disposable {
  const { clock, logger } = options;
  let timer = clock.after(LOOK_EVERY_MS, look);

  function look(): void {
    timer = clock.after(LOOK_EVERY_MS, look);
    const afterMs = (parseIsoDuration(options.stopAfter()) ?? Infinity) * 1000;
    for (const candidate of options.candidates()) {
      if (
        isEncoding(candidate.event.encoding.encodingType) &&
        clock.wallMs() - lastInputMs(candidate) >= afterMs
      ) {
        void stop(candidate.event.name);
      }
    }
  }

  async function stop(name: string): Promise<void> {
    logger.info(
      { liveEvent: name },
      'a live event is stopped: nothing has come in for long, and it has no outputs',
    );
    try {
      await options.stop(name);
    } catch (error) {
      // Somebody was faster, or has just begun to record.
      logger.warn({ liveEvent: name, error }, 'an idle live event was not stopped');
    }
  }

  return { [Symbol.dispose]: () => timer[Symbol.dispose]() };
}

function lastInputMs({ startedAtMs, tracks }: Candidate): number {
  const arrivals = tracks.map(({ lastFragmentArrivalTime }) => Date.parse(lastFragmentArrivalTime ?? ''));
  return Math.max(startedAtMs, ...arrivals.filter((arrival) => !Number.isNaN(arrival)));
}
