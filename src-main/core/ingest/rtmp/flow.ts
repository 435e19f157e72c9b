import type { Duplex } from 'node:stream';
import type { Clock } from '../../../base/clock.ts';
import type { RtmpLimits } from './limits.ts';

/** Whether a peer is read from. While it is not, TCP tells it to wait, and nothing of it piles up here. */
export type Flow = {
  /** So many bytes of it wait for the service. The result is called once, when they do no more. */
  queue(bytes: number): () => void;
  /** Until `release`, whatever is queued. */
  hold(): void;
  release(): void;
  /** For how long the service has kept it waiting; 0 when it does not. */
  heldUpMs(): number;
};

export function createFlow(options: {
  readonly socket: Duplex;
  readonly clock: Clock;
  readonly limits: Pick<RtmpLimits, 'queuedBytes'>;
}): Flow {
  const { socket, clock, limits } = options;
  let queued = 0;
  let isHeld = false;
  let fullSinceMs: number | undefined;

  function update(): void {
    if (isHeld || fullSinceMs !== undefined) {
      socket.pause();
    } else if (socket.isPaused()) {
      socket.resume();
    }
  }

  return {
    queue(bytes) {
      queued += bytes;
      if (queued > limits.queuedBytes && fullSinceMs === undefined) {
        fullSinceMs = clock.monotonicMs();
        update();
      }
      return () => {
        queued -= bytes;
        // Half, so that it does not go to and fro with every frame.
        if (fullSinceMs !== undefined && queued <= limits.queuedBytes / 2) {
          fullSinceMs = undefined;
          update();
        }
      };
    },
    hold() {
      isHeld = true;
      update();
    },
    release() {
      isHeld = false;
      update();
    },
    heldUpMs: () => (fullSinceMs === undefined ? 0 : clock.monotonicMs() - fullSinceMs),
  };
}
