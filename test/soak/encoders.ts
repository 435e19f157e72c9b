import { setTimeout as wait } from 'node:timers/promises';
import type { LiveSender, SenderClock } from '../support/live-senders.ts';
import type { Random } from './random.ts';

/** Media seconds over which an encoder sent; `until` is undefined while it does. */
export type Span = { readonly from: number; readonly until: number | undefined };

/** One encoder that comes and goes: a program with one or several connections, which all end at once. */
export type Encoder = AsyncDisposable & {
  start(): Promise<void>;
  kill(): void;
  /** Seconds since its first key frame; 0 while it is away. */
  aliveFor(): number;
  readonly spans: () => readonly Span[];
  /** Made so far, and those that are there. */
  readonly connections: () => number;
  readonly open: () => number;
  /** How often the other side ended it, or it could not connect. */
  readonly faults: () => readonly string[];
  /** To be called now and then: notices what ended by itself, and begins again. */
  watch(): Promise<void>;
};

/** All begin at the same key frame, which is no earlier than this from now. */
const AHEAD_SECONDS = 0.3;

export function createEncoder(options: {
  readonly name: string;
  readonly clock: SenderClock;
  readonly open: (from: number) => readonly Promise<LiveSender>[];
}): Encoder {
  const { name, clock, open } = options;
  const past: Span[] = [];
  const faults: string[] = [];
  let senders: readonly LiveSender[] = [];
  let connections = 0;

  function current(): Span | undefined {
    const froms = senders.map((sender) => sender.from());
    const begun = froms.filter((from) => from !== undefined);
    return begun.length === 0 || begun.length < froms.length
      ? undefined
      : { from: Math.max(...begun), until: undefined };
  }

  async function start(): Promise<void> {
    const opened = await Promise.allSettled(open(clock.now() + AHEAD_SECONDS));
    senders = opened.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    connections += senders.length;
    for (const one of opened) {
      if (one.status === 'rejected') {
        faults.push(`${name} could not connect: ${String(one.reason)}`);
      }
    }
  }

  function kill(): void {
    const span = current();
    if (span !== undefined) {
      past.push({ from: span.from, until: Math.min(...senders.map((sender) => sender.until())) });
    }
    for (const sender of senders) {
      sender.kill();
    }
    senders = [];
  }

  return {
    start,
    kill,
    aliveFor() {
      const span = current();
      return span === undefined ? 0 : clock.now() - span.from;
    },
    spans() {
      const span = current();
      return span === undefined ? past : [...past, span];
    },
    connections: () => connections,
    open: () => senders.length,
    faults: () => faults,
    async watch() {
      if (senders.some((sender) => sender.isCutOff())) {
        faults.push(`${name} was cut off at ${clock.now().toFixed(1)} s`);
        kill();
        await start();
      }
    },
    async [Symbol.asyncDispose]() {
      const opened = senders;
      kill();
      await Promise.all(opened.map((sender) => sender[Symbol.asyncDispose]()));
    },
  };
}

export type Habits = {
  /** Seconds from one disconnection to the next one at the soonest, and at the latest. */
  readonly between: readonly [number, number];
  /** Seconds away. */
  readonly away: readonly [number, number];
};

/** An encoder that is not alone is not killed unless another has been there for as long as this. */
const SURE_SECONDS = 3;

/** Kills one of the encoders now and then, and brings it back; of several never two at once. Ends with all of them there. */
export async function flap(
  encoders: readonly [Encoder, ...Encoder[]],
  options: { readonly random: Random; readonly habits: Habits; readonly signal: AbortSignal },
): Promise<void> {
  const { random, habits, signal } = options;
  const pause = async ([least, most]: readonly [number, number]): Promise<void> => {
    // What ends it is the end of the run, which is no error.
    await wait(random.between(least, most) * 1000, undefined, { signal }).catch(() => undefined);
  };
  for (;;) {
    await pause(habits.between);
    const victim = random.pick(...encoders);
    const others = encoders.filter((encoder) => encoder !== victim);
    while (!signal.aborted && others.length > 0 && !others.some((other) => other.aliveFor() > SURE_SECONDS)) {
      await pause([0.2, 0.2]);
    }
    if (signal.aborted) {
      return;
    }
    victim.kill();
    await pause(habits.away);
    await victim.start();
  }
}
