import { sequenceAfter, sequenceDistance } from './packet.ts';

/** Packets that a sender may have under way: 11 MB, more than a second of any encoder. */
export const WINDOW_PACKETS = 8192;

/** First and last sequence number of packets that are missing. */
export type LossRange = readonly [first: number, last: number];

/**
 * Puts packets into their order. What is in order is given at once, and not when the sender's clock says: whoever reads a transport stream
 * goes by the times in it.
 */
export type ReceiveBuffer = {
  /** Returns what is in order now, and what has just been found to be missing. An empty payload has its place and is not given. */
  readonly push: (sequence: number, payload: Uint8Array, nowMs: number) => Arrival;
  /** Returns what comes behind packets that have been missing for too long: they are given up. */
  readonly expire: (nowMs: number) => readonly Uint8Array[];
  /** The sender has given these up. */
  readonly drop: (range: LossRange, nowMs: number) => readonly Uint8Array[];
  /** What is missing now, at most so many ranges. */
  readonly missing: (maxRanges: number) => readonly LossRange[];
  /** The next one that is waited for: everything before it was given, or given up. */
  readonly next: () => number;
  /** Packets that can be taken before others are given. */
  readonly room: () => number;
  /** Packets that never came. */
  readonly lost: () => number;
};

export type Arrival = { readonly ready: readonly Uint8Array[]; readonly lost: LossRange | undefined };

type Waiting = { readonly payload: Uint8Array; readonly atMs: number };

const NOTHING: Arrival = { ready: [], lost: undefined };
/** In the place of a packet that nobody waits for. */
const NO_PAYLOAD = new Uint8Array();

/** `latencyMs`: how long a missing packet is waited for once one behind it has come. */
export function createReceiveBuffer(first: number, latencyMs: number): ReceiveBuffer {
  const waiting = new Map<number, Waiting>();
  let next = first;
  /** Behind the furthest packet that has come. */
  let end = first;
  let lost = 0;

  /** What is in order from `next` on. */
  function take(): readonly Uint8Array[] {
    const ready: Uint8Array[] = [];
    for (let packet = waiting.get(next); packet !== undefined; packet = waiting.get(next)) {
      waiting.delete(next);
      next = sequenceAfter(next);
      if (packet.payload.length > 0) {
        ready.push(packet.payload);
      }
    }
    return ready;
  }

  return {
    next: () => next,
    room: () => WINDOW_PACKETS - waiting.size,
    lost: () => lost,
    push(sequence, payload, nowMs) {
      const distance = sequenceDistance(next, sequence);
      if (distance < 0 || distance >= WINDOW_PACKETS || waiting.has(sequence)) {
        return NOTHING;
      }
      waiting.set(sequence, { payload, atMs: nowMs });
      const beyond = sequenceDistance(end, sequence);
      const gap: LossRange | undefined = beyond > 0 ? [end, sequenceAfter(end, beyond - 1)] : undefined;
      end = beyond >= 0 ? sequenceAfter(sequence) : end;
      return { ready: take(), lost: gap };
    },
    expire(nowMs) {
      const ready: Uint8Array[] = [];
      while (waiting.size > 0) {
        let present = next;
        while (!waiting.has(present)) {
          present = sequenceAfter(present);
        }
        if ((waiting.get(present)?.atMs ?? nowMs) + latencyMs > nowMs) {
          break;
        }
        lost += sequenceDistance(next, present);
        next = present;
        ready.push(...take());
      }
      return ready;
    },
    drop([from, to], nowMs) {
      const count = sequenceDistance(from, to) + 1;
      for (let index = 0; index < Math.min(count, 2 * WINDOW_PACKETS); index += 1) {
        const sequence = sequenceAfter(from, index);
        const distance = sequenceDistance(next, sequence);
        if (distance >= 0 && distance < WINDOW_PACKETS && !waiting.has(sequence)) {
          waiting.set(sequence, { payload: NO_PAYLOAD, atMs: nowMs });
          end = sequenceDistance(end, sequence) >= 0 ? sequenceAfter(sequence) : end;
          lost += 1;
        }
      }
      return take();
    },
    missing(maxRanges) {
      const ranges: LossRange[] = [];
      let start: number | undefined;
      for (let at = next; at !== end && ranges.length < maxRanges; at = sequenceAfter(at)) {
        if (!waiting.has(at)) {
          start ??= at;
        } else if (start !== undefined) {
          ranges.push([start, sequenceAfter(at, 2 ** 31 - 1)]);
          start = undefined;
        }
      }
      return ranges;
    },
  };
}
