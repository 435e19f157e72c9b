import type { ServerResponse } from 'node:http';
import type { Clock } from '../../base/clock.ts';
import { AppError } from '../../shared/app-error.ts';
import type { OriginLimits } from './limits.ts';

/**
 * The memory that answers in progress keep alive. What many viewers are sent at once is shared and counts once; what counts is that slow ones
 * cling to media everybody else is done with.
 */
export type InFlight = {
  /**
   * Before an answer of these chunks. When they would not fit, answers that have taken too long are cut, the oldest first; throws
   * `origin/busy` when that does not make room.
   */
  readonly makeRoom: (chunks: readonly Uint8Array[]) => void;
  /** After an answer was given to its connection. What is sent already is not kept. */
  readonly track: (response: ServerResponse, chunks: readonly Uint8Array[]) => void;
  readonly bytes: () => number;
  /** Answers that were cut for being slow. */
  readonly cut: () => number;
};

type Transfer = { readonly response: ServerResponse; readonly startMs: number; readonly release: () => void };

export function createInFlight(clock: Clock, limits: OriginLimits): InFlight {
  /** How many answers hold a buffer: the whole buffer stays in memory for any view of it. */
  const holders = new Map<ArrayBufferLike, number>();
  /** In order of their beginning. */
  const transfers = new Set<Transfer>();
  let bytes = 0;
  let cut = 0;

  function hold(buffers: ReadonlySet<ArrayBufferLike>): void {
    for (const buffer of buffers) {
      const count = holders.get(buffer) ?? 0;
      holders.set(buffer, count + 1);
      bytes += count === 0 ? buffer.byteLength : 0;
    }
  }

  function letGo(buffers: ReadonlySet<ArrayBufferLike>): void {
    for (const buffer of buffers) {
      const count = holders.get(buffer) ?? 1;
      if (count > 1) {
        holders.set(buffer, count - 1);
      } else {
        holders.delete(buffer);
        bytes -= buffer.byteLength;
      }
    }
  }

  function missing(chunks: readonly Uint8Array[]): number {
    let size = 0;
    for (const buffer of buffersOf(chunks)) {
      size += holders.has(buffer) ? 0 : buffer.byteLength;
    }
    return size;
  }

  return {
    makeRoom(chunks) {
      // One answer alone may always be larger than the limit.
      if (bytes === 0 || bytes + missing(chunks) <= limits.inFlightBytes) {
        return;
      }
      const slowSinceMs = clock.monotonicMs() - limits.slowAfterMs;
      for (const transfer of transfers) {
        if (transfer.startMs > slowSinceMs) {
          break;
        }
        cut += 1;
        transfer.release();
        transfer.response.destroy();
        if (bytes + missing(chunks) <= limits.inFlightBytes) {
          return;
        }
      }
      throw new AppError(
        'origin/busy',
        'More viewers than this computer can serve at once. Try again in a second.',
      );
    },
    track(response, chunks) {
      // Most answers are with the operating system by now.
      if (response.destroyed || response.writableLength === 0) {
        return;
      }
      const buffers = buffersOf(chunks);
      hold(buffers);
      const transfer: Transfer = {
        response,
        startMs: clock.monotonicMs(),
        release() {
          if (transfers.delete(transfer)) {
            letGo(buffers);
          }
        },
      };
      transfers.add(transfer);
      response.once('close', transfer.release);
    },
    bytes: () => bytes,
    cut: () => cut,
  };
}

function buffersOf(chunks: readonly Uint8Array[]): ReadonlySet<ArrayBufferLike> {
  return new Set(chunks.map(({ buffer }) => buffer));
}
